"""L9: after an erasure no byte of the person is left, nothing brings them back, and every proof still holds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from project.content.models import Author, ContentItem, ModerationDecision
from project.content.rules import State
from project.core.models import AuditEntry
from project.core.outbox import parked_deliveries, relay_shop
from project.core.scope import shop_scope
from project.core.shredding import shredders
from project.rights import selectors
from project.rights.contracts import EndReason, HoldReason, PrivacyState
from project.rights.ledger.commitments import author_document, sealed
from project.rights.ledger.heads import head_document, sign_head
from project.rights.ledger.proofs import Inclusion, inclusion
from project.rights.ledger.verifying import verify_ledger
from project.rights.models import ConsentRecord, Licence, LicenceEvent, LicenceItem, PrivacyRequest, RightsRequest
from project.rights.persons import person_of
from project.rights.services import close_hold, erase_author, export_author, open_hold, tidy_after_erasures
from project.runtime.replay import ReplayServer
from tests.assistant.helpers import embedder_at
from tests.collection.peers import served
from tests.factories import make_personas
from tests.rights.person import (
    ACCOUNT,
    EDITED_OUT,
    ELSEWHERE,
    EMAIL,
    IN_THE_FILE,
    IN_THE_POST,
    NAME,
    NETWORK,
    USERNAME,
    Traces,
    collect_again,
    import_again,
    leave_traces,
    replay,
    scan,
)
from tests.widgets.helpers import make_widget

pytestmark = pytest.mark.django_db(transaction=True)

# Where the person must be found before: a scanner that is blind there proves nothing.
PLACES = {
    *("content_author", "content_item", "content_version", "content_raw_record", "content_media"),
    *("content_moderation_decision", "content_item_tag", "collection_collected_item", "rights_request"),
    *("rights_request_reply", "rights_licence", "rights_licence_item", "rights_consent", "rights_notice"),
    *("rights_statement", "shops_mail", "shops_order", "assistant_passage", "assistant_passage_vector"),
    *("assistant_stored_answer", "media", "statistics of content_author"),
}


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with served(replay()) as running:
        yield running


@pytest.fixture
def embedder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answers are stored only when the question's vector was there."""
    place = tmp_path_factory.mktemp("embedder") / "s"
    monkeypatch.setenv("EMBEDDER_SOCKET", str(place))
    monkeypatch.setattr("assistant.answers.asked.DEADLINE_SECONDS", 10.0)
    with embedder_at(place):
        yield


@pytest.fixture
def traces(server: ReplayServer, embedder: None, tmp_path: Path, settings: Any) -> Traces:
    """In a media store of its own: other tests' pictures are drawn alike, byte for byte."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return leave_traces(make_personas(), server, tmp_path)


def test_the_scanner_reads_every_kind_of_value_in_every_database_of_valkey() -> None:
    """None of our keys holds anything of a person, so what it must find is planted."""
    needles = {"name": b"quilla featherstonehaugh"}
    assert scan(needles) == {}
    for number in (0, 15):
        with redis.Redis.from_url(settings.REDIS_URL, db=number) as valkey:
            plants: dict[str, Callable[[], Any]] = {
                "string": lambda: valkey.set("planted", f"by {NAME}"),
                "key": lambda: valkey.set(f"of {NAME}", "1"),
                "list": lambda: valkey.rpush("planted", "somebody", NAME),
                "set": lambda: valkey.sadd("planted", NAME),
                "sorted set": lambda: valkey.zadd("planted", {NAME: 1}),
                "hash": lambda: valkey.hset("planted", "name", NAME),
                "name in a hash": lambda: valkey.hset("planted", NAME, "1"),
                "stream": lambda: valkey.xadd("planted", {"name": NAME}),
            }
            for kind, plant in plants.items():
                plant()
                try:
                    assert scan(needles) == {f"valkey {number}": {"name"}}, kind
                finally:
                    valkey.delete("planted", f"of {NAME}")
    assert scan(needles) == {}


def erase(traces: Traces) -> str:
    erased = erase_author(
        shop_id=traces.shop_id, actor_id=traces.people.rita.pk, author_pk=traces.author_pk, confirmed_by="mail"
    )
    return erased.request_id


def ledger(shop_id: int) -> list[tuple[int, str]]:
    with shop_scope(shop_id):
        return list(LicenceEvent.objects.order_by("number").values_list("number", "body"))


def test_l9_no_byte_of_an_erased_person_is_left_and_nothing_brings_them_back(traces: Traces) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before, proofs = scan(traces.needles), ledger(traces.shop_id)
    missing = PLACES - set(before)
    assert not missing, f"the scanner found nothing in {sorted(missing)}"
    assert {needle for hits in before.values() for needle in hits} == set(traces.needles)

    request = erase(traces)
    relay_shop(traces.shop_id)
    assert parked_deliveries(traces.shop_id) == []
    steps = selectors.erasure_steps(traces.shop_id, request)
    assert {step.store for step in steps} == {"collection", "widgets", "assistant"}
    assert all(step.done for step in steps)
    assert tidy_after_erasures() == 1
    assert scan(traces.needles) == {}

    # P3: not one event is another than before, and none held anything of the person.
    assert ledger(traces.shop_id)[: len(proofs)] == proofs
    assert [body for _number, body in ledger(traces.shop_id)[len(proofs) :] if '"type":"erased"' in body]

    # Neither the connector nor the same file brings anything back; what is of others stays.
    assert collect_again(traces.mastodon) == {"created": 0, "refused": 1}
    again = import_again(traces.shop_id, traces.file)
    assert (again.created, again.refused) == (0, 1)
    assert scan(traces.needles) == {}
    with shop_scope(traces.shop_id):
        left = ContentItem.objects.exclude(state=State.ERASED).exclude(text="").values_list("external_id", flat=True)
        assert "file-2" in set(left)
        assert ContentItem.objects.get(public_id=traces.other_post).text.startswith("Rain all week")
        assert ContentItem.objects.get(public_id=traces.others).text
        assert Author.objects.count() == 2


def test_what_an_erasure_leaves_says_what_was_decided_and_of_nobody(traces: Traces) -> None:
    request = erase(traces)
    with shop_scope(traces.shop_id):
        shells = ContentItem.objects.filter(public_id__in=[traces.item, traces.imported])
        assert {(row.state, row.author_id, row.text, row.raw_hash, row.rating) for row in shells} == {
            (State.ERASED, None, "", "", None)
        }
        decisions = ModerationDecision.objects.filter(item__public_id=traces.item, decision="reject")
        assert [(row.reason, row.note) for row in decisions] == [("spam", "")]
        covered = LicenceItem.objects.filter(item__public_id__in=[traces.item, traces.imported])
        assert {row.end_reason for row in covered} == {EndReason.ERASURE}
        granted = Licence.objects.get(public_id=traces.licence)
        assert (granted.state, granted.ended_through, granted.channels) == ("withdrawn", "erasure", ["site"])
        consents = ConsentRecord.objects.all()
        assert {(row.author_id, row.purposes[0], row.withdrawn_through) for row in consents} == {
            (None, "site", "erasure")
        }
        assert {(row.page_sha256, row.address_part, row.browser_hash) for row in consents} == {("", "", "")}
        assert RightsRequest.objects.get().state == "granted"
        rows = {row.public_id: row for row in PrivacyRequest.objects.all()}
        assert rows[request].state == PrivacyState.DONE
        assert rows[request].confirmed_by == "mail"
        assert len(rows[request].author_hash) == 64
        assert {row.author_id for row in rows.values()} == {None}
        entry = AuditEntry.objects.get(shop_id=traces.shop_id, action="author.erased", data__pk=traces.author_pk)
        assert (entry.actor_id, entry.data["request"], entry.data["items"]) == (traces.people.rita.pk, request, 2)


def test_an_export_holds_what_every_store_has_of_the_person(traces: Traces) -> None:
    """A section that a store adds later fails here until the person has something in it."""
    shop_id = traces.shop_id
    make_widget(shop_id, name="On the front page")
    held = open_hold(shop_id=shop_id, actor_id=None, item_id=traces.item, reason=HoldReason.DISPUTE)
    close_hold(shop_id=shop_id, actor_id=None, hold_id=held)
    with shop_scope(shop_id):
        person = person_of(traces.author_pk)
        assert person is not None
        empty = [
            (shredder.name, section)
            for shredder in shredders()
            for section, rows in shredder.export(person).items() or [("", [])]
            if not rows
        ]
        external_id = ContentItem.objects.get(public_id=traces.item).external_id
    assert empty == []
    holds = {
        "author": (NAME, USERNAME, EMAIL.upper(), ACCOUNT),
        "content": (traces.item, traces.imported, IN_THE_POST, EDITED_OUT, IN_THE_FILE, f"{NAME} again"),
        "permission_requests": (f"Dear {NAME}, may we show your {IN_THE_POST}?", EMAIL, f"#yes, {ELSEWHERE}"),
        "licences": (traces.licence, f"Photo by {NAME}"),
        "consents": (f"con_{'0' * 22}", NETWORK, "c" * 64),
        "holds": (traces.item, "dispute"),
        "notices": (traces.item, f"That {ELSEWHERE} of {NAME} is not true."),
        "statements_of_reasons": (traces.item, f"{NAME} wrote {EDITED_OUT}."),
        "privacy_requests": ("access",),
        "where_it_is_shown": (traces.item, "On the front page"),
        "messages": (EMAIL, f"To {NAME}", f"Your {IN_THE_POST}."),
        "orders": ("1001",),
        "collected_posts": (traces.item, external_id),
        "selections": (traces.item, "Winter"),
        "passages_of_the_assistant": (traces.item, "brambleweft"),
    }
    data = export_author(shop_id=shop_id, author_pk=traces.author_pk, actor_id=traces.people.rita.pk)
    assert set(data) == {"format", "made_at", "held_by", *holds}
    missing = [(section, words) for section in holds for words in holds[section] if words not in str(data[section])]
    assert missing == []


def test_an_erased_persons_links_and_pictures_open_nothing(traces: Traces, client: Client) -> None:
    page = f"/c/{traces.token}"
    with shop_scope(traces.shop_id):
        item = ContentItem.objects.get(public_id=traces.item)
        file = item.media.get().file
    assert client.get(page).status_code == 200
    shown = client.get(f"/media/{file}")
    assert shown.status_code == 200
    assert b"".join(shown.streaming_content)
    erase(traces)
    assert client.get(page).status_code == 410
    assert client.get(f"/media/{file}").status_code == 404
    assert (Path(settings.MEDIA_ROOT) / file).exists()
    relay_shop(traces.shop_id)
    assert not (Path(settings.MEDIA_ROOT) / file).exists()


def test_p3_every_proof_of_before_holds_after_and_no_commitment_can_be_opened(traces: Traces) -> None:
    shop_id, log = traces.shop_id, traces.people.shop.public_id

    def proofs(size: int) -> list[Inclusion]:
        with shop_scope(shop_id):
            return [inclusion(log, number, size) for number in range(1, size + 1)]

    head = sign_head(shop_id=shop_id)
    assert head is not None
    with shop_scope(shop_id):
        saved = head_document(head, log)
        item = ContentItem.objects.select_related("author", "source").get(public_id=traces.item)
        author, document = item.author, author_document(item)
    assert author is not None
    assert document is not None
    before = proofs(head.tree_size)
    told = " ".join(body for _number, body in ledger(shop_id))
    commitment = sealed(author, "author", document)
    assert commitment in told

    erase(traces)
    assert proofs(head.tree_size) == before
    assert sign_head(shop_id=shop_id) is not None
    found = verify_ledger(shop_id=shop_id, saved=[saved])
    assert found.verified, found.problems
    with shop_scope(shop_id):
        # Who knows the document still needs the salt, and the salt is nowhere.
        assert not Author.objects.filter(salt=author.salt).exists()
        assert author_document(ContentItem.objects.select_related("author", "source").get(pk=item.pk)) is None
    author.salt = b"0" * 32
    assert sealed(author, "author", document) != commitment
