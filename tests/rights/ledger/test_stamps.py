"""P5: a time stamp is kept when it verifies, and for nothing less."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from project.core.outgoing import OutgoingFailed
from project.core.scope import shop_scope
from project.rights.ledger.checks import stamp_roots_are_readable
from project.rights.ledger.heads import head_bytes
from project.rights.ledger.stamps import StampRefused, checked_time, new_request, stamp_head
from project.rights.models import HeadStamp
from tests.core.outgoing_peer import Peer, running_peer
from tests.factories import Personas
from tests.rights.ledger.authority import CODE_SIGNING, TIME_STAMPING, Asked, Authority
from tests.rights.ledger.helpers import append, heads, signed

HEAD = b'{"log":"shp_x","tree_size":3}'


def stamped(authority: Authority, *, roots: Authority | None = None, at: datetime | None = None) -> datetime:
    request = new_request(HEAD)
    response = authority.answer(request.as_bytes(), at)
    return checked_time(request=request, response=response, data=HEAD, roots=[(roots or authority).root])


def test_a_good_stamp_tells_the_time() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    valid = (at - timedelta(days=1), at + timedelta(days=1))
    assert stamped(Authority(valid=valid), at=at) == at


def test_p5_a_wrong_nonce_is_refused() -> None:
    def other_nonce(asked: Asked) -> None:
        asked.nonce += 1

    with pytest.raises(StampRefused):
        stamped(Authority(spoil=other_nonce))


def test_p5_an_altered_imprint_is_refused() -> None:
    def other_imprint(asked: Asked) -> None:
        asked.imprint = bytes(32)

    with pytest.raises(StampRefused):
        stamped(Authority(spoil=other_imprint))


def test_p5_a_stamp_over_other_data_is_refused() -> None:
    authority, request = Authority(), new_request(HEAD)
    response = authority.answer(request.as_bytes())
    with pytest.raises(StampRefused):
        checked_time(request=request, response=response, data=HEAD + b" ", roots=[authority.root])


@pytest.mark.parametrize(
    "authority", [Authority(purposes=(CODE_SIGNING,)), Authority(purposes=(TIME_STAMPING,), critical=False)]
)
def test_p5_a_certificate_for_another_purpose_is_refused(authority: Authority) -> None:
    with pytest.raises(StampRefused):
        stamped(authority)


def test_p5_a_chain_that_had_expired_when_it_stamped_is_refused() -> None:
    now = datetime.now(UTC)
    with pytest.raises(StampRefused):
        stamped(Authority(valid=(now - timedelta(days=30), now - timedelta(days=2))))
    with pytest.raises(StampRefused):
        stamped(Authority(valid=(now + timedelta(days=2), now + timedelta(days=3))))


def test_a_chain_that_expired_since_still_tells_the_time() -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    assert stamped(Authority(valid=(at - timedelta(days=1), at + timedelta(days=1))), at=at) == at


def test_an_authority_with_another_root_is_refused() -> None:
    with pytest.raises(StampRefused):
        stamped(Authority(), roots=Authority())


def test_a_signature_of_somebody_else_is_refused() -> None:
    with pytest.raises(StampRefused):
        stamped(Authority(spoil_signature=True))


def test_a_refusal_of_the_authority_is_no_stamp() -> None:
    with pytest.raises(StampRefused):
        stamped(Authority(status=2))


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_damaged_answer_is_no_stamp(cut: int) -> None:
    authority, request = Authority(), new_request(HEAD)
    response = authority.answer(request.as_bytes())
    with pytest.raises(StampRefused):
        checked_time(request=request, response=response[:cut], data=HEAD, roots=[authority.root])


# --- over the wire --------------------------------------------------------------------------------


@pytest.fixture
def served(settings: Any, tmp_path: Path) -> Iterator[tuple[Authority, Peer]]:
    authority = Authority()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.root_pem)
    with running_peer() as peer:
        peer.routes["/tsa"] = authority.serve
        settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
        settings.VOUCHSAFE_STAMP_AUTHORITY = peer.url("/tsa")
        settings.VOUCHSAFE_STAMP_ROOTS = str(roots)
        yield authority, peer


def test_a_head_is_stamped_once_with_question_and_answer_kept(people: Personas, served: tuple[Authority, Peer]) -> None:
    append(people.shop.id, 1)
    data = head_bytes(signed(people.shop))
    (head,) = heads(people.shop.id)
    with shop_scope(people.shop.id):
        for _ in range(2):
            stamp_head(head, data)
        (stamp,) = HeadStamp.objects.all()
    assert abs((stamp.stamped_at - datetime.now(UTC)).total_seconds()) < 30
    assert served[1].seen[0][2]["content-type"] == "application/timestamp-query"


def test_an_answer_that_does_not_verify_is_not_kept(people: Personas, served: tuple[Authority, Peer]) -> None:
    append(people.shop.id, 1)
    data = head_bytes(signed(people.shop))
    served[0].spoil_signature = True
    with shop_scope(people.shop.id):
        with pytest.raises(StampRefused):
            stamp_head(heads(people.shop.id)[0], data)
        served[1].says("/tsa", b"busy", status=503, content_type="text/plain")
        with pytest.raises(StampRefused):
            stamp_head(heads(people.shop.id)[0], data)
        assert not HeadStamp.objects.exists()


def test_an_authority_that_hangs_up_is_an_outgoing_failure(people: Personas, served: tuple[Authority, Peer]) -> None:
    append(people.shop.id, 1)
    data = head_bytes(signed(people.shop))
    served[1].routes["/tsa"] = lambda handler: handler.connection.close()
    with shop_scope(people.shop.id), pytest.raises(OutgoingFailed):
        stamp_head(heads(people.shop.id)[0], data)


def test_roots_that_cannot_be_read_are_told_beforehand(settings: Any, tmp_path: Path) -> None:
    assert stamp_roots_are_readable(None) == []
    settings.VOUCHSAFE_STAMP_AUTHORITY = "https://tsa.example"
    for content in (None, "", "nothing"):
        path = tmp_path / "roots.pem"
        if content is not None:
            path.write_text(content)
        settings.VOUCHSAFE_STAMP_ROOTS = str(path)
        (message,) = stamp_roots_are_readable(None)
        assert message.id == "vouchsafe.rights.E012"
    path.write_bytes(Authority().root_pem)
    assert stamp_roots_are_readable(None) == []
