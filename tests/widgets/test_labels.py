"""What a widget says for itself, and in which language."""

import re
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from django.utils import translation

import assistant.labels
from project.content.rules import MaterialConnection, Verification
from project.rights import wording
from project.rights.contracts import Credit
from tests.embed.peers import EMBED, example_answer, example_feed
from widgets import labels
from widgets.contracts import Feed


def test_numbers_and_dates_follow_the_language() -> None:
    with translation.override("en"):
        assert labels.number_text(2431) == "2,431"
        assert labels.date_text(date(2012, 10, 25)) == "25 October 2012"
    with translation.override("da"):
        assert labels.number_text(2431) == "2.431"
        assert labels.number_text(Decimal("4.1"), 1) == "4,1"
        assert labels.date_text(date(2012, 10, 25)) == "25. oktober 2012"


def test_the_day_is_the_shops_own() -> None:
    late = datetime(2012, 10, 25, 23, 30, tzinfo=UTC)
    assert labels.day_of(late, "Europe/Copenhagen") == date(2012, 10, 26)
    assert labels.day_of(late, "UTC") == date(2012, 10, 25)


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        (Credit("customer", "", "39", ""), "A customer, aged 39"),
        (Credit("customer", "", "Size 38", ""), "A customer, Size 38"),
        (Credit("customer", "", "", ""), "A customer"),
        (Credit("customer", "Ana", "", ""), "A customer"),
        (Credit("name", "Ana", "", ""), "Ana"),
        (Credit("name", "Ana", "Aarhus", ""), "Ana, Aarhus"),
        (Credit("handle", "@ana@social.example", "", ""), "@ana@social.example"),
    ],
)
def test_credit_lines(credit: Credit, expected: str) -> None:
    with translation.override("en"):
        assert wording.credit_text(credit) == expected


@pytest.mark.parametrize(
    ("bases", "said"),
    [
        (set(), ""),
        ({"request"}, "Shown with the authors’ permission."),
        ({"request", "submission"}, "Shown with the authors’ permission."),
        ({"open_licence"}, "Shown under an open licence."),
        ({"owned"}, "Shown on the shop’s declaration that it may."),
        ({"open_licence", "request"}, "Shown with the authors’ permission or under an open licence."),
    ],
)
def test_no_right_is_claimed_that_no_licence_gives(bases: set[str], said: str) -> None:
    with translation.override("en"):
        assert labels.rights_text(bases).partition(" The words")[0] == said


def test_an_age_reads_like_one_in_every_language() -> None:
    with translation.override("da"):
        assert wording.credit_text(Credit("customer", "", "48", "")) == "En kunde, 48 år"


def test_every_connection_and_every_method_has_its_words() -> None:
    with translation.override("en"):
        for connection in MaterialConnection:
            said = wording.disclosure_text(connection)
            assert (said is None) is (connection is MaterialConnection.NONE)
        for method in Verification:
            said = wording.verification_text(method)
            assert (said is None) is (method is Verification.NONE)


@pytest.mark.parametrize("language", ["en", "da", "nl", "de"])
def test_a_badge_is_worded_for_its_method_in_every_language(language: str) -> None:
    methods = [method for method in Verification if method is not Verification.NONE]
    with translation.override("en"):
        english = {method: wording.verification_text(method) for method in methods}
    with translation.override(language):
        said = {method: wording.verification_text(method) for method in methods}
    assert all(said.values())
    assert len(set(said.values())) == len(methods)
    if language != "en":
        assert [method for method in methods if said[method] == english[method]] == []


def test_only_purchases_are_called_verified_purchases() -> None:
    with translation.override("en"):
        said = {method: wording.verification_text(method) or "" for method in Verification}
    purchases = {method for method, words in said.items() if words.startswith("✓ Verified purchase")}
    assert purchases == {
        Verification.ORDER_WEBHOOK,
        Verification.INVITATION_TOKEN,
        Verification.ORDER_NUMBER_CHECKED,
    }


def test_the_shops_own_word_is_another_badge_than_a_check() -> None:
    """A tick stands only where a purchase is known; that the shop vouches is said so in every language."""
    for language, vouches in {"en": "vouches", "da": "står inde", "nl": "staat ervoor in", "de": "bürgt"}.items():
        with translation.override(language):
            said = {method: wording.verification_text(method) or "" for method in Verification}
            assert {method for method, words in said.items() if words.startswith("✓")} == wording.TICKED
            assert vouches in said[Verification.MANUAL_EVIDENCE]
    assert Verification.MANUAL_EVIDENCE not in wording.TICKED
    assert Verification.EMAIL_CONFIRMED not in wording.TICKED


def test_summaries_always_say_how_many() -> None:
    with translation.override("en"):
        said = labels.summary_text(total=2431, rated=2431, average=Decimal("4.1"))
        assert said == "4.1 out of 5, from 2,431 reviews"
        assert labels.summary_text(total=1, rated=1, average=None) == "1 review"
        assert labels.summary_text(total=0, rated=0, average=None) == "No reviews yet."


@pytest.mark.parametrize(
    ("curated", "ratings", "average", "expected"),
    [
        (True, (), None, "Selected by the shop: 10 of 2,431"),
        (True, (4, 5), None, "Selected by the shop, 4–5 stars only: 10 of 2,431"),
        (False, (4, 5), Decimal("4.1"), "4–5 stars only: 10 of 2,431 reviews, average of all 4.1"),
        (False, (), None, "Highest rating first: 10 of 2,431"),
    ],
)
def test_notices_of_a_choice(curated: bool, ratings: tuple[int, ...], average: Decimal | None, expected: str) -> None:
    with translation.override("en"):
        said = labels.notice_text(
            curated=curated, ratings=ratings, order="highest", shown=10, total=2431, average=average
        )
    assert said == expected


def test_the_interface_has_every_label_that_the_embed_asks_for() -> None:
    with translation.override("en"):
        said = labels.interface_labels()
    asked = _asked_for(*(path for path in (EMBED / "src").rglob("*.js") if path.parent.name != "assistant"))
    assert len(asked) > 10
    assert asked <= set(said)
    assert said["of"] == "{n} of {total}"


def test_the_assistant_has_every_label_that_its_element_asks_for() -> None:
    """What it borrows of the core takes a label, too: the rating."""
    asked = _asked_for(*(EMBED / "src" / "assistant").glob("*.js"), EMBED / "src" / "core" / "stars.js")
    assert len(asked) > 10
    assert asked <= set(assistant.labels.labels(language="en"))
    assert set(example_answer()["config"]["labels"]) == set(assistant.labels.labels(language="en"))


def _asked_for(*sources: Path) -> set[str]:
    return {name for path in sources for name in re.findall(r"\blabels\??\.(\w+)", path.read_text())}


def test_the_feed_that_the_embed_is_tested_with_is_one_that_the_server_could_send() -> None:
    example = example_feed()
    _assert_shape(example, Feed)
    with translation.override("en"):
        assert set(example["labels"]) == set(labels.interface_labels())


def _assert_shape(value: Any, kind: Any) -> None:
    """Has just the fields of the contract, all the way down, each of its type."""
    if get_origin(kind) in (UnionType, Union):
        (kind,) = (one for one in get_args(kind) if (one is NoneType) is (value is None))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        assert set(value) == set(hints), kind
        for name, hint in hints.items():
            _assert_shape(value[name], hint)
    elif get_origin(kind) is tuple:
        for one in value:
            _assert_shape(one, get_args(kind)[0])
    else:
        assert isinstance(value, get_origin(kind) or kind), kind
