"""Signed heads and the key that signs them."""

import base64
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.management import call_command
from django.db import IntegrityError, transaction

from project.core.events import StoredEvent
from project.core.outbox import relay_shop, subscribers
from project.core.scope import shop_scope
from project.rights.ledger import stored
from project.rights.ledger.checks import log_key_is_readable
from project.rights.ledger.heads import head_document, sign_due_heads, sign_head, signed_bytes
from project.rights.ledger.keys import LogKeyUnusable, current_signer, key_file, known_keys, read_key, rotate_key
from project.rights.ledger.stored import STRETCH, LedgerDamaged, StoredTree
from project.rights.ledger.tasks import sign_head_task, sign_heads_task
from project.rights.ledger.tree import consistency_path, extends, includes, inclusion_path, leaf_hash, root
from project.rights.models import LogKey, TreeHead
from tests.factories import Personas
from tests.rights.ledger.helpers import append, bodies, granted, heads, past_the_guard, rewrite, signed

pytestmark = pytest.mark.django_db

SEED = base64.b64encode(bytes(range(32))).decode()


def leaves(shop_id: int) -> list[bytes]:
    return [leaf_hash(body.encode()) for body in bodies(shop_id)]


def public_key(key_id: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(LogKey.objects.get(key_id=key_id).public_key))


# --- heads ----------------------------------------------------------------------------------------


def test_a_head_signs_shop_size_root_and_time(people: Personas) -> None:
    append(people.shop.id, 5)
    head = signed(people.shop)
    assert (head["log"], head["tree_size"]) == (people.shop.public_id, 5)
    assert head["root_hash"] == root(leaves(people.shop.id)).hex()
    public = public_key(head["key_id"])
    public.verify(bytes.fromhex(head["signature"]), signed_bytes(head))
    for name, value in (("log", people.other_shop.public_id), ("tree_size", 4), ("timestamp", 1), ("root_hash", "00")):
        with pytest.raises(InvalidSignature):
            public.verify(bytes.fromhex(head["signature"]), signed_bytes({**head, name: value}))


def test_nothing_new_means_no_new_head(people: Personas) -> None:
    assert sign_head(shop_id=people.shop.id) is None
    append(people.shop.id, 1)
    assert sign_head(shop_id=people.shop.id) is not None
    assert sign_head(shop_id=people.shop.id) is None


def test_heads_grow_in_size_and_in_time_even_when_the_clock_goes_back(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    for moment in (5_000_000_000, 4_000_000_000, 4_000_000_000):
        monkeypatch.setattr("project.rights.ledger.heads.time.time_ns", lambda moment=moment: moment)
        append(people.shop.id, 1)
        signed(people.shop)
    assert [(head.tree_size, head.timestamp) for head in heads(people.shop.id)] == [(1, 5000), (2, 5001), (3, 5002)]


def test_no_two_heads_have_one_size(people: Personas) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    with shop_scope(people.shop.id), pytest.raises(IntegrityError), transaction.atomic():
        TreeHead.objects.create(tree_size=1, root_hash="", timestamp=1, key_id="", signature="")


def test_a_ledger_that_was_altered_under_a_head_is_not_signed_again(people: Personas) -> None:
    append(people.shop.id, 3)
    signed(people.shop)
    rewrite(people.shop.id, 2, bodies(people.shop.id)[1].replace("req_1", "req_9"))
    append(people.shop.id, 1)
    with pytest.raises(LedgerDamaged):
        sign_head(shop_id=people.shop.id)
    assert len(heads(people.shop.id)) == 1


def test_a_ledger_with_a_hole_is_not_signed(people: Personas) -> None:
    append(people.shop.id, 3)
    past_the_guard("DELETE FROM rights_licence_event WHERE shop_id = %s AND number = 2", [people.shop.id])
    with pytest.raises(LedgerDamaged):
        sign_head(shop_id=people.shop.id)


def test_one_damaged_ledger_does_not_keep_the_others_from_being_signed(
    people: Personas, caplog: pytest.LogCaptureFixture
) -> None:
    append(people.shop.id, 2)
    append(people.other_shop.id, 1)
    past_the_guard("DELETE FROM rights_licence_event WHERE shop_id = %s AND number = 1", [people.shop.id])
    assert sign_due_heads() == 1
    assert "ledger.damaged" in caplog.text
    assert len(heads(people.other_shop.id)) == 1


def test_the_clock_signs_what_is_new(people: Personas) -> None:
    append(people.shop.id, 1)
    sign_heads_task()
    sign_heads_task()
    assert [head.tree_size for head in heads(people.shop.id)] == [1]


@pytest.mark.django_db(transaction=True)
def test_a_grant_and_a_withdrawal_are_signed_at_once(people: Personas, valkey: Any) -> None:
    (ours,) = [each for each in subscribers() if each.name == "rights.ledger_head"]
    assert ours.events == {"LicenceGranted", "LicenceWithdrawn"}
    granted(people)
    relay_shop(people.shop.id)
    queued = [json.loads(raw) for raw in valkey.lrange("default", 0, -1)]
    calls = [task for task in queued if task["headers"]["task"] == "project.rights.ledger.tasks.sign_head_task"]
    assert len(calls) == 1
    assert json.loads(base64.b64decode(calls[0]["body"]))[0] == [people.shop.id]
    sign_head_task(people.shop.id)
    assert len(heads(people.shop.id)) == 1


def test_the_subscriber_names_the_shop(people: Personas, valkey: Any) -> None:
    (ours,) = [each for each in subscribers() if each.name == "rights.ledger_head"]
    with shop_scope(people.shop.id):
        ours.handle(StoredEvent(1, people.shop.id, 1, "LicenceWithdrawn", {}, None))  # type: ignore[arg-type]
    assert valkey.llen("default") == 1


# --- long ledgers ---------------------------------------------------------------------------------


def test_proofs_out_of_the_database_are_those_of_the_plain_tree(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With stretches of four the whole machinery is at work on thirty entries."""
    monkeypatch.setattr(stored, "STRETCH", 4)
    monkeypatch.setattr(stored, "STRETCHES_AT_ONCE", 2)
    append(people.shop.id, 30)
    plain = leaves(people.shop.id)
    with shop_scope(people.shop.id):
        for size in range(1, 31):
            tree = StoredTree(people.shop.public_id)
            assert tree.root(size) == root(plain[:size])
            for index in range(size):
                path = inclusion_path(index, size, tree.hash_of)
                assert includes(leaf=plain[index], index=index, size=size, path=path, root=root(plain[:size]))
            for first in range(1, size + 1):
                path = consistency_path(first, size, tree.hash_of)
                assert extends(
                    first=first,
                    first_root=root(plain[:first]),
                    second=size,
                    second_root=root(plain[:size]),
                    path=path,
                )
        assert StoredTree(people.shop.public_id).root(0) == root([])


def test_a_proof_over_a_long_ledger_reads_little_of_it(people: Personas, django_assert_max_num_queries: Any) -> None:
    shop_id, count = people.shop.id, 20 * STRETCH + 7
    append(shop_id, 1)
    past_the_guard(
        "INSERT INTO rights_licence_event (shop_id, number, body, at) "
        "SELECT %s, n, '{\"number\":' || n || '}', now() FROM generate_series(2, %s) n",
        [shop_id, count],
    )
    with shop_scope(shop_id):
        tree = StoredTree(people.shop.public_id)
        with django_assert_max_num_queries(2):
            found = tree.root(count)
        with django_assert_max_num_queries(3):
            path = inclusion_path(5 * STRETCH + 3, count, tree.hash_of)
        (leaf,) = tree.leaves(5 * STRETCH + 3, 5 * STRETCH + 4)
    assert includes(leaf=leaf, index=5 * STRETCH + 3, size=count, path=path, root=found)


def test_what_is_kept_of_stretches_is_bounded(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "STRETCH", 2)
    monkeypatch.setattr(stored, "_KEPT", 3)
    append(people.shop.id, 12)
    with shop_scope(people.shop.id):
        assert StoredTree("a").root(12) == root(leaves(people.shop.id))
    assert len(stored._kept) == 3


# --- keys -----------------------------------------------------------------------------------------


def test_the_key_is_made_at_first_use_for_its_owner_alone() -> None:
    assert read_key() is None
    signer = current_signer()
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file().parent.stat().st_mode) == 0o700
    assert os.listdir(key_file().parent) == ["log.key"]
    assert signer.key_id == hashlib.sha256(bytes.fromhex(signer.public_key)).hexdigest()
    assert current_signer().key_id == signer.key_id
    assert [key.key_id for key in known_keys()] == [signer.key_id]


def test_the_environment_may_hold_the_key_as_seed_or_pem(settings: Any) -> None:
    settings.VOUCHSAFE_LOG_KEY = SEED
    by_seed = current_signer()
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for written in (pem, pem.replace("\n", "\\n")):
        settings.VOUCHSAFE_LOG_KEY = written
        assert current_signer().key_id == by_seed.key_id
    assert not key_file().exists()


EC_PEM = (
    generate_private_key(SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)


@pytest.mark.parametrize("value", ["no base64!", base64.b64encode(b"short").decode(), EC_PEM, "-----BEGIN X-----"])
def test_an_unreadable_key_is_loud(settings: Any, value: str) -> None:
    assert log_key_is_readable(None) == []
    settings.VOUCHSAFE_LOG_KEY = value
    with pytest.raises(LogKeyUnusable, match="Ed25519"):
        current_signer()
    (message,) = log_key_is_readable(None)
    assert message.id == "vouchsafe.rights.E010"


def test_a_key_that_others_may_read_is_refused() -> None:
    current_signer()
    key_file().chmod(0o644)
    with pytest.raises(LogKeyUnusable, match="chmod 600"):
        current_signer()
    assert log_key_is_readable(None) != []


def test_a_folder_in_place_of_the_key_is_loud() -> None:
    key_file().mkdir(parents=True)
    with pytest.raises(LogKeyUnusable, match="cannot be read"):
        current_signer()


def test_a_key_that_was_lost_is_not_silently_replaced(people: Personas) -> None:
    current_signer()
    key_file().unlink()
    append(people.shop.id, 1)
    with pytest.raises(LogKeyUnusable, match="is gone"):
        sign_head(shop_id=people.shop.id)
    rotate_key()
    assert sign_head(shop_id=people.shop.id) is not None


def test_of_two_that_make_the_first_key_at_once_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def beaten(source: Path, target: Path) -> None:
        target.write_text(SEED)
        target.chmod(0o600)
        link(source, target)

    monkeypatch.setattr("project.rights.ledger.keys.os.link", beaten)
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert current_signer().public_key == private.public_key().public_bytes_raw().hex()
    assert os.listdir(key_file().parent) == ["log.key"]


def test_a_rotation_retires_the_key_and_keeps_its_heads_valid(
    people: Personas, capsys: pytest.CaptureFixture[str]
) -> None:
    append(people.shop.id, 1)
    old = signed(people.shop)
    call_command("rotate_log_key", "--json")
    told = json.loads(capsys.readouterr().out)
    append(people.shop.id, 1)
    new = signed(people.shop)
    assert new["key_id"] == told["key_id"] != old["key_id"]
    assert [(key.key_id, key.retired_at is None) for key in known_keys()] == [
        (old["key_id"], False),
        (new["key_id"], True),
    ]
    public_key(old["key_id"]).verify(bytes.fromhex(old["signature"]), signed_bytes(old))
    call_command("rotate_log_key")
    assert "signed with key" in capsys.readouterr().out


def test_a_key_of_the_environment_is_rotated_there(settings: Any) -> None:
    settings.VOUCHSAFE_LOG_KEY = SEED
    first = current_signer()
    with pytest.raises(LogKeyUnusable, match="VOUCHSAFE_LOG_KEY"):
        rotate_key()
    settings.VOUCHSAFE_LOG_KEY = base64.b64encode(bytes(32)).decode()
    second = current_signer()
    assert [key.key_id for key in known_keys() if key.retired_at is None] == [second.key_id]
    settings.VOUCHSAFE_LOG_KEY = SEED
    with pytest.raises(LogKeyUnusable, match=first.key_id[:16]):
        current_signer()


def test_the_document_of_a_head_is_what_is_published(people: Personas) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    (head,) = heads(people.shop.id)
    assert set(head_document(head, "shp_x")) == {
        "log",
        "tree_size",
        "root_hash",
        "timestamp",
        "key_id",
        "signature",
    }
