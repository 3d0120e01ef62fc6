"""P1: whoever alters, cuts off or rewrites the ledger is found out, and the first bad entry is named."""

import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from project.core.scope import shop_scope
from project.rights.ledger.keys import current_signer
from project.rights.ledger.tree import leaf_hash
from project.rights.ledger.verifying import Verification, verify_ledger
from project.rights.models import LogKey
from project.shops.contracts import ShopFacts
from tests.factories import Personas
from tests.rights.ledger.helpers import append, bodies, granted, past_the_guard, rewrite, saved_file, signed

pytestmark = pytest.mark.django_db
SIZE = 9
HEADS_AT = (4, SIZE)


@pytest.fixture
def ledger(people: Personas) -> ShopFacts:
    """Nine entries; heads over four and over all nine."""
    append(people.shop.id, 4)
    signed(people.shop)
    append(people.shop.id, 5)
    signed(people.shop)
    return people.shop


def verified(shop: ShopFacts, *saved: dict[str, Any]) -> Verification:
    return verify_ledger(shop_id=shop.id, saved=saved)


def codes(found: Verification) -> list[str]:
    return [problem.code for problem in found.problems]


def relinked(shop: ShopFacts, first: int, change: dict[str, Any]) -> None:
    """Rewrite an entry and every link after it, as somebody would who knows how it works."""
    lines = bodies(shop.id)
    before = None
    for number, body in enumerate(lines, start=1):
        facts = json.loads(body)
        if number == first:
            facts |= change
        facts["prev"] = before
        text = rfc8785.dumps(facts).decode()
        if number >= first:
            rewrite(shop.id, number, text)
        before = leaf_hash(text.encode()).hex()


def test_a_sound_ledger_verifies(ledger: ShopFacts) -> None:
    found = verified(ledger)
    assert (found.verified, found.entries, found.heads, found.covered) == (True, SIZE, 2, SIZE)


def test_an_empty_ledger_verifies(people: Personas) -> None:
    assert verified(people.shop).verified


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, SIZE), position=st.integers(0, 10_000), bit=st.integers(0, 6))
def test_p1_one_flipped_byte_in_any_entry_is_named(ledger: ShopFacts, number: int, position: int, bit: int) -> None:
    """Any byte, any bit that leaves it storable: the index is exact."""
    body = bodies(ledger.id)[number - 1]
    at = position % len(body)
    other = chr(ord(body[at]) ^ (1 << bit))
    if other == "\0":
        return  # PostgreSQL stores no such character
    rewrite(ledger.id, number, body[:at] + other + body[at + 1 :])
    try:
        found = verified(ledger)
        assert found.first_bad_entry == number, found.problems
    finally:
        rewrite(ledger.id, number, body)
    assert verified(ledger).verified


@pytest.mark.parametrize("number", range(1, SIZE + 1))
def test_p1_every_byte_of_the_link_of_every_entry(ledger: ShopFacts, number: int) -> None:
    """The hard case: a link that does not fit is either its own entry's fault or that of the entry before."""
    body = bodies(ledger.id)[number - 1]
    start = body.index('"prev"')
    for at in range(start, body.index(",", start) + 1, 5):
        rewrite(ledger.id, number, body[:at] + chr(ord(body[at]) ^ 1) + body[at + 1 :])
        assert verified(ledger).first_bad_entry == number
    rewrite(ledger.id, number, body)


def test_an_entry_that_says_another_time_than_its_row_is_named(ledger: ShopFacts) -> None:
    past_the_guard(
        "UPDATE rights_licence_event SET at = at + interval '1 day' WHERE shop_id = %s AND number = 3", [ledger.id]
    )
    assert verified(ledger).first_bad_entry == 3


def test_a_missing_entry_is_named(ledger: ShopFacts) -> None:
    past_the_guard("DELETE FROM rights_licence_event WHERE shop_id = %s AND number = 6", [ledger.id])
    found = verified(ledger)
    assert (codes(found), found.first_bad_entry) == (["entry_missing"], 6)


def test_p1_an_end_that_was_cut_off_is_found_by_heads_and_count(ledger: ShopFacts) -> None:
    past_the_guard("DELETE FROM rights_licence_event WHERE shop_id = %s AND number > 7", [ledger.id])
    found = verified(ledger)
    assert (codes(found), found.first_bad_entry) == (["truncated"], 8)


def test_p1_an_end_that_was_cut_off_with_its_heads_is_found_by_a_kept_head(ledger: ShopFacts) -> None:
    kept = _newest(ledger)
    for sql in (
        "DELETE FROM rights_licence_event WHERE shop_id = %s AND number > 4",
        "DELETE FROM rights_tree_head WHERE shop_id = %s AND tree_size > 4",
        "UPDATE rights_ledger_head SET last_number = 4 WHERE shop_id = %s",
    ):
        past_the_guard(sql, [ledger.id])
    assert verified(ledger).verified
    found = verified(ledger, kept)
    assert (codes(found), found.first_bad_entry) == (["truncated"], 5)


def test_a_stretch_written_anew_with_its_links_is_found_by_the_head_above(ledger: ShopFacts) -> None:
    append(ledger.id, 1)
    relinked(ledger, 6, {"request": "req_other"})
    found = verified(ledger)
    # The links hold again, so all that is known is which head no longer fits: the entries since the one before.
    assert (codes(found), found.first_bad_entry) == (["root_differs"], 5)
    assert "5 to 9" in found.problems[0].message


def test_p1_a_fork_with_new_heads_is_found_by_a_kept_head(ledger: ShopFacts) -> None:
    kept = _newest(ledger)
    relinked(ledger, 6, {"request": "req_other"})
    past_the_guard("DELETE FROM rights_tree_head WHERE shop_id = %s AND tree_size > 4", [ledger.id])
    signed(ledger)
    assert verified(ledger).verified
    assert codes(verified(ledger, kept)) == ["fork"]


def test_a_kept_head_of_the_same_ledger_fits(ledger: ShopFacts) -> None:
    kept = _newest(ledger)
    append(ledger.id, 3)
    signed(ledger)
    assert verified(ledger, kept).verified


def test_a_kept_head_that_is_not_ours_is_told_apart(ledger: ShopFacts, people: Personas) -> None:
    kept = _newest(ledger)
    assert codes(verified(ledger, {**kept, "log": people.other_shop.public_id})) == ["head_foreign"]
    assert codes(verified(ledger, {**kept, "key_id": "0" * 64})) == ["head_unknown"]
    assert codes(verified(ledger, {**kept, "signature": "zz"})) == ["head_unknown"]


@pytest.mark.parametrize(
    "change",
    ["signature = repeat('0', 128)", "timestamp = timestamp + 1", "key_id = repeat('0', 64)", "timestamp = 1"],
)
def test_a_head_that_was_altered_is_told(ledger: ShopFacts, change: str) -> None:
    past_the_guard(f"UPDATE rights_tree_head SET {change} WHERE shop_id = %s AND tree_size = 4", [ledger.id])
    assert "head_invalid" in codes(verified(ledger))


def test_a_head_signed_after_its_key_was_retired_is_not_valid(ledger: ShopFacts) -> None:
    LogKey.objects.filter(key_id=current_signer().key_id).update(retired_at="2020-01-01T00:00:00Z")
    assert codes(verified(ledger)) == ["head_invalid", "head_invalid"]


def test_the_newest_entries_that_no_head_covers_yet_are_held_by_their_links(ledger: ShopFacts) -> None:
    append(ledger.id, 3)
    found = verified(ledger)
    assert (found.verified, found.covered, found.entries) == (True, SIZE, SIZE + 3)
    rewrite(ledger.id, 11, bodies(ledger.id)[10].replace("req_1", "req_7"))
    assert verified(ledger).first_bad_entry == 11


def test_entries_of_the_first_form_are_held_by_heads(people: Personas) -> None:
    """Ledgers that were begun before entries had links stay verifiable, and go on with links."""
    shop = people.shop
    append(shop.id, 2)
    for number, body in enumerate(bodies(shop.id), start=1):
        facts = json.loads(body)
        del facts["prev"]
        rewrite(shop.id, number, rfc8785.dumps({**facts, "v": 1}).decode())
    signed(shop)
    append(shop.id, 2)
    signed(shop)
    assert verified(shop).verified
    rewrite(shop.id, 1, bodies(shop.id)[0].replace("req_0", "req_8"))
    found = verified(shop)
    assert (codes(found), found.first_bad_entry) == (["root_differs"], 1)


@pytest.mark.parametrize(
    "body", ["[]", '"x"', "{", '{"v":true,"prev":null}', '{"v":2,"prev":7}', '{"v":9,"prev":null}']
)
def test_an_entry_that_is_none_is_named(ledger: ShopFacts, body: str) -> None:
    rewrite(ledger.id, 5, body)
    assert verified(ledger).first_bad_entry == 5


# --- the command ----------------------------------------------------------------------------------


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = 0
    try:
        call_command("verify_ledger", *arguments)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, capsys.readouterr().out


def test_the_command_says_in_words_and_in_json(ledger: ShopFacts, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run("--shop", ledger.slug, capsys=capsys)
    assert (code, out.strip()) == (0, "Verified: 9 entries, 2 signed heads, the newest over 9 entries.")
    code, out = run("--shop", ledger.slug, "--json", capsys=capsys)
    told = json.loads(out)
    assert (code, told["verified"], told["entries"], told["first_bad_entry"]) == (0, True, 9, None)


def test_the_command_names_the_first_bad_entry(ledger: ShopFacts, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(ledger.id, 7, bodies(ledger.id)[6].replace("req_2", "req_3"))
    code, out = run("--shop", ledger.slug, capsys=capsys)
    assert code == 1
    assert "Entry 7 was altered." in out
    code, out = run("--shop", ledger.slug, "--json", capsys=capsys)
    assert (code, json.loads(out)["first_bad_entry"]) == (1, 7)


def test_the_command_takes_kept_heads(ledger: ShopFacts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = saved_file(tmp_path, _head(ledger, 4), _newest(ledger))
    assert run("--shop", ledger.slug, "--head", str(kept), capsys=capsys)[0] == 0
    relinked(ledger, 3, {"request": "req_other"})
    past_the_guard("DELETE FROM rights_tree_head WHERE shop_id = %s", [ledger.id])
    code, out = run("--shop", ledger.slug, "--head", str(kept), capsys=capsys)
    assert code == 1
    assert "forked" in out


@pytest.mark.parametrize("content", ["no json", "[]", '{"tree_size": "4"}', None])
def test_the_command_refuses_what_is_no_head(
    ledger: ShopFacts, tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.json"
    if content is not None:
        path.write_text(content)
    code, out = run("--shop", ledger.slug, "--json", "--head", str(path), capsys=capsys)
    assert (code, json.loads(out)["error"]["code"]) == (2, "file_unreadable")
    assert run("--shop", "nobody", "--json", capsys=capsys)[0] == 2


def test_a_real_road_verifies(people: Personas) -> None:
    granted(people)
    signed(people.shop)
    assert verified(people.shop).verified


def _head(shop: ShopFacts, size: int) -> dict[str, Any]:
    from project.rights.ledger.heads import head_document, head_of_size

    with shop_scope(shop.id):
        head = head_of_size(size)
    assert head is not None
    return head_document(head, shop.public_id)


def _newest(shop: ShopFacts) -> dict[str, Any]:
    return _head(shop, SIZE)
