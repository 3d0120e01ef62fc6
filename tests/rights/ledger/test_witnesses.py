"""Witnesses: yesterday's last head goes to each of them once, and what fails is tried again."""

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from project.core.scope import shop_scope
from project.rights.ledger.checks import witnesses_can_be_told
from project.rights.ledger.heads import head_bytes
from project.rights.ledger.tasks import tell_witnesses_task
from project.rights.ledger.witnesses import tell_witnesses
from project.rights.models import HeadStamp, HeadWitness, TreeHead
from project.shops.models import Mail
from tests.core.outgoing_peer import Peer, running_peer
from tests.factories import Personas
from tests.rights.ledger.authority import Authority
from tests.rights.ledger.helpers import append, heads, signed

pytestmark = pytest.mark.django_db
SECRET = b"a secret of thirty-two bytes....!"
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def repository(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "heads"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    settings.VOUCHSAFE_WITNESS_GIT = str(folder)
    return folder


@pytest.fixture
def hook(settings: Any) -> Iterator[Peer]:
    with running_peer() as peer:
        peer.bodies = []  # type: ignore[attr-defined]

        def take(handler: Any) -> None:
            peer.bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))  # type: ignore[attr-defined]
            handler.send_response(204)
            handler.end_headers()

        peer.routes["/hook"] = take
        settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
        settings.VOUCHSAFE_WITNESS_WEBHOOK = peer.url("/hook")
        settings.VOUCHSAFE_WITNESS_SECRET = "whsec_" + base64.b64encode(SECRET).decode()
        yield peer


def told(shop_id: int) -> dict[str, tuple[bool, str]]:
    with shop_scope(shop_id):
        return {row.witness: (row.told_at is not None, row.error) for row in HeadWitness.objects.all()}


def lines(repository: Path, shop: Any) -> list[bytes]:
    return (repository / f"{shop.public_id}.jsonl").read_bytes().splitlines()


def commits(repository: Path) -> list[str]:
    log = ["git", "-C", str(repository), "log", "--reverse", "--format=%s"]
    return subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_last_head_of_the_day_is_told_once_the_day_is_over(people: Personas, repository: Path) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    append(people.shop.id, 1)
    last = signed(people.shop)
    assert tell_witnesses(shop_id=people.shop.id) == {}
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"git": ""}
    assert lines(repository, people.shop) == [head_bytes(last)]
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"git": ""}
    assert commits(repository) == [f"{people.shop.public_id}: 2 entries"]


def test_git_gets_one_line_and_one_commit_for_each_head_of_each_shop(people: Personas, repository: Path) -> None:
    for shop in (people.shop, people.other_shop, people.shop):
        append(shop.id, 1)
        signed(shop)
        tell_witnesses(shop_id=shop.id, head=heads(shop.id)[-1])
    assert len(lines(repository, people.shop)) == 2
    assert len(lines(repository, people.other_shop)) == 1
    assert len(commits(repository)) == 3


def test_a_line_that_was_written_and_not_committed_is_committed_once(people: Personas, repository: Path) -> None:
    append(people.shop.id, 1)
    line = head_bytes(signed(people.shop))
    (repository / f"{people.shop.public_id}.jsonl").write_bytes(line + b"\n")
    tell_witnesses(shop_id=people.shop.id, head=heads(people.shop.id)[0])
    assert lines(repository, people.shop) == [line]
    assert len(commits(repository)) == 1


def test_a_repository_that_is_gone_is_noted_and_tried_again(people: Personas, repository: Path, settings: Any) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    settings.VOUCHSAFE_WITNESS_GIT = str(repository / "gone")
    (repository / "gone").mkdir()
    (repository / ".git").rename(repository / "git.away")
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"git": "git_add"}
    assert told(people.shop.id) == {"git": (False, "git_add")}
    settings.VOUCHSAFE_WITNESS_GIT = str(repository / "nowhere")
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"git": "FileNotFoundError"}
    (repository / "git.away").rename(repository / ".git")
    settings.VOUCHSAFE_WITNESS_GIT = str(repository)
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"git": ""}
    assert told(people.shop.id) == {"git": (True, "")}


def test_a_webhook_is_signed_by_the_standard(people: Personas, hook: Peer) -> None:
    append(people.shop.id, 1)
    head = signed(people.shop)
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"webhook": ""}
    (method, _path, headers), (body,) = hook.seen[0], hook.bodies  # type: ignore[attr-defined]
    assert method == "POST"
    assert json.loads(body) == {"type": "ledger.head", "data": head}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == f"msg_{people.shop.public_id}_1"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60


def test_a_webhook_that_refuses_is_tried_again_under_the_same_id(people: Personas, hook: Peer) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    answer = hook.routes["/hook"]
    hook.says("/hook", b"", status=500)
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"webhook": "status_500"}
    hook.routes["/hook"] = answer
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"webhook": ""}
    assert len({headers["webhook-id"] for _method, _path, headers in hook.seen}) == 1


def test_a_webhook_into_the_private_network_is_refused(people: Personas, hook: Peer, settings: Any) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    settings.VOUCHSAFE_OUTGOING_ALLOW = []
    settings.VOUCHSAFE_WITNESS_WEBHOOK = hook.url("/hook").replace("http://", "https://")
    outcome = tell_witnesses(shop_id=people.shop.id, now=TOMORROW)
    assert outcome["webhook"].startswith("outgoing_")
    assert hook.seen == []


def test_mail_carries_the_head_word_for_word(people: Personas, settings: Any) -> None:
    settings.VOUCHSAFE_WITNESS_MAIL = ["notary@example.org", "press@example.org"]
    append(people.shop.id, 1)
    head = signed(people.shop)
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"mail": ""}
    with shop_scope(people.shop.id):
        sent = list(Mail.objects.order_by("id"))
    assert [mail.to for mail in sent] == ["notary@example.org", "press@example.org"]
    assert head_bytes(head).decode() in sent[0].text
    assert sent[0].purpose == "ledger_head"


def test_a_stamp_is_asked_for_with_the_days_head(people: Personas, settings: Any, tmp_path: Path) -> None:
    authority = Authority()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.root_pem)
    append(people.shop.id, 1)
    signed(people.shop)
    with running_peer() as peer:
        peer.routes["/tsa"] = authority.serve
        settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
        settings.VOUCHSAFE_STAMP_AUTHORITY, settings.VOUCHSAFE_STAMP_ROOTS = peer.url("/tsa"), str(roots)
        authority.spoil_signature = True
        assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"stamp": "StampRefused"}
        authority.spoil_signature = False
        assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"stamp": ""}
    with shop_scope(people.shop.id):
        assert HeadStamp.objects.get().head.tree_size == 1


def test_one_witness_that_fails_does_not_keep_the_others_from_being_told(
    people: Personas, repository: Path, hook: Peer
) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    hook.says("/hook", b"", status=500)
    tell_witnesses(shop_id=people.shop.id, now=TOMORROW)
    assert told(people.shop.id) == {"webhook": (False, "status_500"), "git": (True, "")}


def test_the_clock_tells_every_shops_yesterday(people: Personas, repository: Path) -> None:
    yesterday = int((datetime.now(UTC) - timedelta(days=1)).timestamp() * 1000)
    for shop in (people.shop, people.other_shop):
        with shop_scope(shop.id):
            TreeHead.objects.create(
                tree_size=1, root_hash="0" * 64, timestamp=yesterday, key_id="0" * 64, signature="0" * 128
            )
    tell_witnesses_task()
    assert len(commits(repository)) == 2


# --- on demand ------------------------------------------------------------------------------------


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = 0
    try:
        call_command("witness_head", *arguments)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, capsys.readouterr().out


def test_the_command_signs_and_tells_now(
    people: Personas, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(people.shop.id, 2)
    code, out = run("--shop", people.shop.slug, "--json", capsys=capsys)
    said = json.loads(out)
    assert (code, said["witnesses"], said["head"]["tree_size"]) == (0, {"git": ""}, 2)
    assert len(lines(repository, people.shop)) == 1
    assert run("--shop", people.shop.slug, capsys=capsys) == (0, "git: told.\n")


def test_the_command_says_what_failed_and_what_is_missing(
    people: Personas, hook: Peer, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--shop", "nobody", "--json", capsys=capsys)[0] == 2
    code, out = run("--shop", people.shop.slug, "--json", capsys=capsys)
    assert (code, json.loads(out)["error"]["code"]) == (2, "not_found")
    append(people.shop.id, 1)
    hook.says("/hook", b"", status=500)
    assert run("--shop", people.shop.slug, capsys=capsys) == (1, "webhook: failed (status_500).\n")
    settings.VOUCHSAFE_WITNESS_WEBHOOK = ""
    assert "No witness is configured" in run("--shop", people.shop.slug, capsys=capsys)[1]


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_" + base64.b64encode(b"x" * 23).decode(), "!!!"])
def test_a_webhook_without_a_good_secret_is_told_beforehand(
    people: Personas, hook: Peer, settings: Any, secret: str
) -> None:
    assert witnesses_can_be_told(None) == []
    settings.VOUCHSAFE_WITNESS_SECRET = secret
    (message,) = witnesses_can_be_told(None)
    assert message.id == "vouchsafe.rights.E011"
    append(people.shop.id, 1)
    signed(people.shop)
    assert tell_witnesses(shop_id=people.shop.id, now=TOMORROW) == {"webhook": "ValueError"}


def test_a_folder_without_a_repository_is_told_beforehand(settings: Any, tmp_path: Path, repository: Path) -> None:
    assert witnesses_can_be_told(None) == []
    settings.VOUCHSAFE_WITNESS_GIT = str(tmp_path)
    (message,) = witnesses_can_be_told(None)
    assert message.id == "vouchsafe.rights.E011"
