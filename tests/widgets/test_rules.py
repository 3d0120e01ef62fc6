"""Pure rules of what widgets show."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.contracts import Theme
from widgets.parameters import key_part, visit_of
from widgets.rules import (
    AVERAGE_FLOOR,
    EXCERPT_LENGTH,
    EXCERPT_SLACK,
    PageFacts,
    excerpt_end,
    may_carry_json_ld,
    parse_stars,
    rating_span,
    shown_average,
    sort_order,
    stars_within,
    theme_of,
    theme_problems,
)


def test_a_text_that_fits_is_not_cut() -> None:
    assert excerpt_end("") is None
    assert excerpt_end("word " * 60) is None


def test_a_cut_stands_between_words() -> None:
    text = "word " * 100
    end = excerpt_end(text)
    assert end is not None
    assert text[:end].endswith("word")
    assert end <= EXCERPT_LENGTH


@pytest.mark.parametrize("unit", ["👩‍👩‍👧", "👍🏽", "e\u0301", "🇩🇰"])
def test_a_cut_never_tears_a_written_character(unit: str) -> None:
    for shift in range(4):
        text = "x" * shift + unit * 200
        end = excerpt_end(text)
        assert end is not None
        assert (end - shift) % len(unit) == 0


@given(st.text(min_size=EXCERPT_LENGTH + EXCERPT_SLACK + 1, max_size=900))
def test_a_cut_is_a_place_inside_the_text(text: str) -> None:
    end = excerpt_end(text)
    assert end is not None
    assert 0 < end <= EXCERPT_LENGTH
    assert unicodedata.combining(text[end]) == 0 or end == 1


@pytest.mark.parametrize(
    ("average", "rated", "expected"),
    [
        (None, 0, None),
        (Decimal("5"), AVERAGE_FLOOR - 1, None),
        (Decimal("4.25"), AVERAGE_FLOOR, Decimal("4.3")),
        (Decimal("4.0833"), 12, Decimal("4.1")),
        (Decimal("4"), 12, Decimal("4.0")),
    ],
)
def test_an_average_is_shown_from_the_floor_on(average: Decimal | None, rated: int, expected: Decimal | None) -> None:
    assert shown_average(average, rated) == expected


def test_a_theme_that_an_older_version_let_through_falls_back() -> None:
    assert theme_of({"accent": "url(x)", "radius": 4, "old": 1}) == Theme(radius=4)
    assert theme_problems({"scheme": "dark", "accent": "#0b6e4f", "radius": 0, "density": "compact"}) == []
    assert theme_problems({"radius": True, "accent": "#ABCDEF"}) == ["radius", "accent"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ()), ("5", (5,)), ("5,4", (4, 5)), ("1,2,3,4,5", ()), ("6,x,-1, 3", (3,)), ("٣", ()), ("4,4", (4,))],
)
def test_stars_in_an_address(text: str, expected: tuple[int, ...]) -> None:
    assert parse_stars(text) == expected


def test_a_visitors_stars_stay_within_the_widgets() -> None:
    assert stars_within((), ()) == ()
    assert stars_within((1,), ()) == (1,)
    assert stars_within((), (4, 5)) == (4, 5)
    assert stars_within((3, 4), (4, 5)) == (4,)
    assert stars_within((1,), (4, 5)) == (0,)


def test_ratings_are_named_as_people_would() -> None:
    assert [rating_span(r) for r in [(5,), (4, 5), (1, 5), (5, 3, 4)]] == ["5", "4–5", "1, 5", "3–5"]


def test_unknown_orders_fall_back() -> None:
    assert sort_order("helpful", "newest") == "helpful"
    assert sort_order("'; drop", "newest") == "newest"


def test_parameters_are_reduced() -> None:
    visit = visit_of({"q": "  a\n b " + "x" * 500, "sort": "?", "stars": "9", "all": "yes", "cursor": "c" * 999})
    assert visit.search.startswith("a b x")
    assert len(visit.search) == 100
    assert (visit.order, visit.stars, visit.everything, len(visit.cursor)) == ("", (), False, 400)
    assert key_part({"locale": "da", "utm": "x", "product": "a b", "category": ""}) == b"product=a+b&locale=da"


page_facts = st.builds(
    PageFacts,
    product_placement=st.booleans(),
    filtered=st.booleans(),
    first_page=st.booleans(),
    ratings_shown=st.integers(0, 5),
    first_party_ratings=st.integers(0, 5),
)


@given(page_facts)
def test_json_ld_stands_only_where_page_and_markup_say_the_same(page: PageFacts) -> None:
    lawful = (
        page.product_placement
        and not page.filtered
        and page.first_page
        and page.first_party_ratings == page.ratings_shown > 0
    )
    assert may_carry_json_ld(page) is lawful
