"""``/log/{shop}/``: what an outsider gets is enough to check the ledger with a few lines of their own."""

from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from project.core.edge.limits import TokenBuckets
from project.rights.ledger import views
from tests.factories import Personas
from tests.rights.ledger.helpers import ANA, WORDS, append, bodies, granted, signed

pytestmark = pytest.mark.django_db


def get(people: Personas, what: str, *, shop: str = "", **query: Any) -> Any:
    return Client().get(f"/log/{shop or people.shop.public_id}/{what}", query, HTTP_ORIGIN="https://other.example")


def climbed(proof: dict[str, Any]) -> str:
    """An outsider's way from the leaf to the root, by the shape of the tree."""

    def climb(start: int, end: int, path: list[str]) -> bytes:
        if end - start == 1:
            return bytes.fromhex(proof["leaf_hash"])
        k = 1
        while k * 2 < end - start:
            k *= 2
        other = bytes.fromhex(path[-1])
        if proof["leaf_index"] < start + k:
            return sha256(b"\x01" + climb(start, start + k, path[:-1]) + other).digest()
        return sha256(b"\x01" + other + climb(start + k, end, path[:-1])).digest()

    return climb(0, proof["tree_size"], proof["path"]).hex()


def test_the_newest_head_and_each_earlier_one(people: Personas) -> None:
    append(people.shop.id, 2)
    first = signed(people.shop)
    append(people.shop.id, 1)
    second = signed(people.shop)
    newest, earlier = get(people, "sth"), get(people, "sth", size=2)
    assert (newest.json(), earlier.json()) == (second, first)
    assert newest["Cache-Control"] == "public, max-age=5"
    assert "immutable" in earlier["Cache-Control"]
    assert newest["Access-Control-Allow-Origin"] == "*"
    assert get(people, "sth", shop=people.shop.slug).json() == second


def test_a_proof_by_number_by_hash_and_for_the_newest(people: Personas) -> None:
    append(people.shop.id, 7)
    head = signed(people.shop)
    leaf = sha256(b"\x00" + bodies(people.shop.id)[4].encode()).hexdigest()
    by_number, by_hash = get(people, "proof", leaf=5, size=7), get(people, "proof", leaf=leaf, size=7)
    assert by_number.json() == by_hash.json()
    proof = by_number.json()
    assert (proof["leaf_hash"], proof["leaf_index"], proof["root_hash"]) == (leaf, 4, head["root_hash"])
    assert climbed(proof) == head["root_hash"]
    assert "immutable" in by_number["Cache-Control"]
    newest = get(people, "proof")
    assert newest.json()["number"] == 7
    assert climbed(newest.json()) == head["root_hash"]
    assert "immutable" not in newest["Cache-Control"]


def test_a_proof_of_consistency_between_two_heads(people: Personas) -> None:
    append(people.shop.id, 4)
    first = signed(people.shop)
    append(people.shop.id, 4)
    second = signed(people.shop)
    proof = get(people, "consistency", first=4, second=8).json()
    assert (proof["first_root"], proof["second_root"]) == (first["root_hash"], second["root_hash"])
    # Four of eight: the proof is the root over the other four.
    (step,) = proof["path"]
    assert sha256(b"\x01" + bytes.fromhex(first["root_hash"]) + bytes.fromhex(step)).hexdigest() == second["root_hash"]
    assert get(people, "consistency").json()["first"] == 1


def test_the_keys_with_their_history(people: Personas) -> None:
    append(people.shop.id, 1)
    head = signed(people.shop)
    (key,) = get(people, "keys").json()["keys"]
    assert key["key_id"] == head["key_id"] == sha256(bytes.fromhex(key["public_key"])).hexdigest()
    assert (key["algorithm"], key["retired_at"]) == ("Ed25519", None)


@pytest.mark.parametrize(
    ("what", "query", "status", "says"),
    [
        ("sth", {"size": 2}, 404, "No head was signed over exactly 2 entries. The newest covers 3."),
        ("sth", {"size": "many"}, 400, "Sizes are whole numbers."),
        ("sth", {"size": "-1"}, 400, "Sizes are whole numbers."),
        ("proof", {"size": 4}, 400, "The newest signed head covers 3 entries; choose a size from 1 to that."),
        ("proof", {"size": 0}, 400, "The newest signed head covers 3 entries; choose a size from 1 to that."),
        ("proof", {"leaf": 4}, 400, "Entry 4 is not in a tree of 3 entries; they count from 1."),
        ("proof", {"leaf": 0}, 400, "Entry 0 is not in a tree of 3 entries; they count from 1."),
        ("proof", {"leaf": 3, "size": 2}, 400, "Entry 3 is not in a tree of 2 entries; they count from 1."),
        (
            "proof",
            {"leaf": "x" * 64},
            400,
            "Name the entry by its number or by its leaf hash of 64 hexadecimal digits.",
        ),
        ("proof", {"leaf": "a" * 64}, 404, "No signed entry of this ledger has that leaf hash."),
        (
            "consistency",
            {"first": 3, "second": 2},
            400,
            "The earlier tree must have between 1 and 2 entries, as many as the later one at most.",
        ),
        (
            "consistency",
            {"first": 0},
            400,
            "The earlier tree must have between 1 and 3 entries, as many as the later one at most.",
        ),
        ("consistency", {"second": 9}, 400, "The newest signed head covers 3 entries; choose a size from 1 to that."),
    ],
)
def test_what_lies_outside_is_refused_in_a_clear_sentence(
    people: Personas, what: str, query: dict[str, Any], status: int, says: str
) -> None:
    append(people.shop.id, 3)
    signed(people.shop)
    append(people.shop.id, 2)  # not signed, so not shown
    response = get(people, what, **query)
    assert response.status_code == status
    assert response.json()["error"]["message"] == says
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "immutable" not in response["Cache-Control"]


@pytest.mark.parametrize("what", ["sth", "proof", "consistency"])
def test_before_the_first_head_there_is_nothing_to_prove(people: Personas, what: str) -> None:
    append(people.shop.id, 1)
    response = get(people, what)
    assert response.status_code == 404
    assert "no signed head yet" in response.json()["error"]["message"]
    assert b"Nothing has been written here yet." in get(people, "").content


@pytest.mark.parametrize("shop", ["shp_doesnotexist", "nobody", "shp_" + "x" * 300])
def test_a_shop_that_does_not_exist_has_no_ledger(people: Personas, shop: str) -> None:
    assert get(people, "sth", shop=shop).json()["error"]["code"] == "not_found"
    assert get(people, "", shop=shop).status_code == 404


def test_a_leaf_of_another_shop_is_not_found(people: Personas) -> None:
    append(people.shop.id, 2)
    append(people.other_shop.id, 1)
    signed(people.shop)
    signed(people.other_shop)
    leaf = sha256(b"\x00" + bodies(people.shop.id)[1].encode()).hexdigest()
    assert get(people, "proof", leaf=leaf).status_code == 200
    assert get(people, "proof", leaf=leaf, shop=people.other_shop.public_id).status_code == 404


def test_too_many_questions_are_put_off(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_buckets", TokenBuckets(rate=0.001, burst=3))
    answers = [get(people, what) for what in ("keys", "keys", "", "keys")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["code"] == "rate_limited"
    assert int(answers[3]["Retry-After"]) > 1


def test_looking_for_a_hash_counts_for_more_than_asking_by_number(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(people.shop.id, 1)
    signed(people.shop)
    monkeypatch.setattr(views, "_buckets", TokenBuckets(rate=0.001, burst=10))
    assert get(people, "proof", leaf=1).status_code == 200
    assert get(people, "proof", leaf="a" * 64).status_code == 429


def test_nothing_can_be_sent_there(people: Personas) -> None:
    for what in ("", "sth", "proof", "consistency", "keys"):
        assert Client().post(f"/log/{people.shop.slug}/{what}").status_code == 405


def test_the_page_for_people_says_how_to_check_and_nothing_of_anybody(people: Personas) -> None:
    granted(people)
    head = signed(people.shop)
    page = get(people, "", shop=people.shop.slug).content.decode()
    assert head["root_hash"] in page
    assert "How to check it" in page
    assert f"/log/{people.shop.public_id}/consistency" in page
    for private in (WORDS, ANA.handle, ANA.display_name):
        assert private not in page
    assert "<script" not in page
