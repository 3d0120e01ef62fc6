"""From a row to a review: what each format's columns mean, and cells that are not what they should be."""

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.collection.imports import formats, values
from project.collection.imports.contracts import ImportedReview, NoticeCode, Problem, ProblemCode, Row
from project.collection.imports.errors import FormatUnknown
from project.collection.imports.formats import find_format, known_columns
from project.collection.imports.mapping import MAX_TEXT_CHARACTERS, Options, RowMapper, with_columns
from project.collection.imports.reading import normalised_header, open_table
from project.core.hashing import payload_hash

DEMO = Path(__file__).resolve().parents[3] / "project" / "runtime" / "demo"


def _mapper(header: str, *, options: Options | None = None, wanted: str = formats.AUTO) -> RowMapper:
    names = tuple(normalised_header(name) for name in header.split(","))
    return RowMapper(find_format(names, wanted=wanted), tuple(header.split(",")), options or Options())


def _one(header: str, *cells: str, options: Options | None = None) -> ImportedReview | Problem:
    return _mapper(header, options=options)(Row(7, 9, list(cells)))


def _review(header: str, *cells: str, options: Options | None = None) -> ImportedReview:
    found = _one(header, *cells, options=options)
    assert isinstance(found, ImportedReview), found
    return found


def _whole_file(name: str) -> list[ImportedReview]:
    table = open_table(DEMO / name, known=known_columns())
    mapper = RowMapper(find_format(table.names), table.header, Options())
    found = [mapper(row) for row in table.rows() if isinstance(row, Row)]
    return [review for review in found if isinstance(review, ImportedReview)]


def test_the_clothing_file_is_recognised_and_gives_an_age_but_no_name_and_no_date() -> None:
    reviews = _whole_file("womens_clothing.csv.gz")
    assert len(reviews) >= 2_500
    assert len({review.product_reference for review in reviews}) >= 12
    assert all(not review.author_name and review.occurred_at is None for review in reviews)
    assert all(review.author_detail.isdigit() for review in reviews)
    assert len({review.external_id for review in reviews}) == len(reviews)
    assert set(Counter(review.rating for review in reviews)) == {1, 2, 3, 4, 5}


def test_the_food_file_is_recognised_and_gives_dates_and_plain_product_names() -> None:
    reviews = _whole_file("fine_food.csv.gz")
    assert len(reviews) == 959
    assert reviews[0].occurred_at == datetime(2012, 10, 25, tzinfo=UTC)
    assert reviews[0].product_name == "Food product B003XPF9BO"
    assert all(not review.author_name for review in reviews)


@pytest.mark.parametrize("name", ["womens_clothing.csv.gz", "fine_food.csv.gz"])
def test_titles_and_texts_are_the_cells_letter_by_letter(name: str) -> None:
    with gzip.open(DEMO / name, "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    wanted = [(row.get("Title", row.get("Summary")), row.get("Review Text", row.get("Text"))) for row in rows]
    assert [(review.title, review.text) for review in _whole_file(name)] == wanted


def test_a_judgeme_export_is_read_and_what_it_did_not_show_is_marked() -> None:
    header = (
        "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle,"
        "reply,reply_date,picture_urls,ip_address,location,metaobject_handle"
    )
    row = ["Dejlig", "Varm.", "1", "2025-02-11 09:15:00 UTC", "email", "spam", "Mette H.", "m@example.com"]
    row += ["7001", "uldtroeje", "Tak!", "", "", "192.0.2.10", "DK", ""]
    review = _review(header, *row)
    assert (review.text, review.rating, review.author_name, review.author_detail) == (
        "Varm.",
        1,
        "Mette H.",
        "DK",
    )
    assert review.occurred_at == datetime(2025, 2, 11, 9, 15, tzinfo=UTC)
    assert (review.product_reference, review.product_handle) == ("7001", "uldtroeje")
    assert not review.published
    row[5] = "ok"
    assert _review(header, *row).published
    assert "192.0.2.10" not in review.payload


def test_every_format_file_says_its_own_name_and_is_found() -> None:
    assert {"generic", "womens_clothing", "fine_food", "judgeme"} <= set(formats.formats())
    for name, each in formats.formats().items():
        assert each.name == name
        assert each.signature or name == formats.GENERIC


@pytest.mark.parametrize(
    "header", ["Text,Stars", "REVIEW_BODY,review-text", "anmeldelse,stjerner", "  Review.Text ,x", "rating,x"]
)
def test_generic_columns_are_found_whatever_their_spelling(header: str) -> None:
    names = tuple(normalised_header(name) for name in header.split(","))
    assert find_format(names).name == formats.GENERIC


def test_a_table_without_text_and_rating_is_no_review_file() -> None:
    with pytest.raises(FormatUnknown, match="sku, price"):
        find_format(("sku", "price"))
    with pytest.raises(FormatUnknown, match="has no column"):
        find_format(("sku", "price"), wanted="judgeme")
    with pytest.raises(FormatUnknown, match="there are: fine_food"):
        find_format(("text",), wanted="unknown")


def test_columns_can_be_bound_by_hand() -> None:
    names = ("kundens ord", "karakter")
    bound = with_columns(formats.formats()["generic"], {"text": "Kundens ord", "rating": "karakter"}, names)
    review = RowMapper(bound, names, Options())(Row(1, 2, ["Fin", "4"]))
    assert isinstance(review, ImportedReview)
    assert (review.text, review.rating) == ("Fin", 4)
    with pytest.raises(FormatUnknown, match="no column missing"):
        with_columns(formats.formats()["generic"], {"text": "missing"}, names)
    with pytest.raises(FormatUnknown, match="no field mood"):
        with_columns(formats.formats()["generic"], {"mood": "karakter"}, names)


@pytest.mark.parametrize(
    ("cell", "stars"),
    [("5", 5), (" 4 ", 4), ("3.0", 3), ("2,00", 2), ("1/5", 1), ("", None), ("  ", None)],
)
def test_whole_stars_are_read(cell: str, stars: int | None) -> None:
    assert values.rating(cell) == stars


@pytest.mark.parametrize("cell", ["0", "6", "4.5", "-1", "five", "5 of 5", "55", "1e0", "٥", "=5"])
def test_other_ratings_are_a_problem_and_never_rounded(cell: str) -> None:
    found = _one("text,rating", "Fine", cell)
    assert isinstance(found, Problem)
    assert (found.code, found.row, found.line) == (ProblemCode.RATING_INVALID, 7, 9)
    assert cell in found.sentence


@given(st.text(max_size=12))
def test_a_rating_is_a_whole_star_none_or_unreadable(cell: str) -> None:
    try:
        stars = values.rating(cell)
    except values.Unreadable:
        return
    assert stars is None or stars in {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2025-02-11 09:15:00 UTC", datetime(2025, 2, 11, 9, 15, tzinfo=UTC)),
        ("2025-04-05T08:00:00.000Z", datetime(2025, 4, 5, 8, tzinfo=UTC)),
        ("2023-06-01T10:00:00-04:00", datetime(2023, 6, 1, 14, tzinfo=UTC)),
        ("2025-04-06", datetime(2025, 4, 6, 12, tzinfo=UTC)),
        ("31/03/2025", datetime(2025, 3, 31, 12, tzinfo=UTC)),
        ("03/31/2025", datetime(2025, 3, 31, 12, tzinfo=UTC)),
        ("04.04.2025 08:30", datetime(2025, 4, 4, 8, 30, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_read_as_tools_write_them(cell: str, moment: datetime | None) -> None:
    read = values.date_reader(None)(cell)
    assert read == moment
    assert read is None or read.tzinfo is not None


def test_a_date_that_can_mean_two_days_is_asked_about_not_guessed() -> None:
    found = _one("text,date", "Fine", "03/04/2025")
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.DATE_AMBIGUOUS
    assert "--dates dmy" in found.sentence
    day_first = _review("text,date", "Fine", "03/04/2025", options=Options(day_first=True))
    month_first = _review("text,date", "Fine", "03/04/2025", options=Options(day_first=False))
    assert day_first.occurred_at == datetime(2025, 4, 3, 12, tzinfo=UTC)
    assert month_first.occurred_at == datetime(2025, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["yesterday", "2025-13-01", "31/31/2025", "0001-01-01", "9999999999999"])
def test_a_date_that_cannot_be_read_is_a_problem(cell: str) -> None:
    found = _one("text,date", "Fine", cell)
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.DATE_INVALID


@given(st.text(max_size=30))
def test_any_date_cell_is_read_or_refused(cell: str) -> None:
    for day_first in (None, True, False):
        try:
            moment = values.date_reader(day_first)(cell)
        except values.Unreadable:
            continue
        assert moment is None or moment.tzinfo is not None


def test_a_rating_alone_is_a_review_and_nothing_at_all_is_not() -> None:
    assert _review("text,rating", "", "4").text == ""
    found = _one("text,rating", " ", "")
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.TEXT_MISSING


def test_limits_are_told() -> None:
    too_long = _one("text,rating", "a" * (MAX_TEXT_CHARACTERS + 1), "4")
    long_id = _one("id,text", "a" * 300, "Fine")
    votes = _one("text,helpful", "Fine", "many")
    codes = [found.code for found in (too_long, long_id, votes) if isinstance(found, Problem)]
    assert codes == [ProblemCode.TEXT_TOO_LONG, ProblemCode.ID_TOO_LONG, ProblemCode.NUMBER_INVALID]


@pytest.mark.parametrize("cell", ['=HYPERLINK("https://evil.example")', "+1+cmd|' /C calc'!A0", "-2", "@SUM(A1)"])
def test_a_formula_cell_is_text_like_any_other_and_is_noticed(cell: str) -> None:
    mapper = _mapper("text,rating")
    review = mapper(Row(1, 2, [cell, "4"]))
    assert isinstance(review, ImportedReview)
    assert review.text == cell
    assert mapper.noticed == {NoticeCode.FORMULA_AS_TEXT: 1}


def test_texts_that_look_like_html_are_kept_and_noticed() -> None:
    mapper = _mapper("text,rating")
    for text in ("nice<br />soft", "I <3 this", "Q&A", "5 &gt; 4"):
        review = mapper(Row(1, 2, [text, "4"]))
        assert isinstance(review, ImportedReview)
        assert review.text == text
    assert mapper.noticed == {NoticeCode.LOOKS_LIKE_HTML: 2}


def test_an_address_that_is_no_web_address_is_left_out() -> None:
    mapper = _mapper("text,url")
    review = mapper(Row(1, 2, ["Fine", "javascript:alert(1)"]))
    assert isinstance(review, ImportedReview)
    assert review.origin_url == ""
    assert mapper.noticed == {NoticeCode.LINK_IGNORED: 1}


@given(st.lists(st.text(), min_size=3, max_size=3))
def test_the_raw_record_is_canonical_json_of_the_whole_row(cells: list[str]) -> None:
    review = _mapper("text,b,a,text")(Row(1, 2, ["Fine", *cells]))
    assert isinstance(review, ImportedReview)
    payload = {"text": "Fine", "b": cells[0], "a": cells[1], "text (4)": cells[2]}
    assert json.loads(review.payload) == payload
    assert review.raw_hash == payload_hash(payload)


def test_rows_without_an_id_get_one_from_their_content() -> None:
    first = _review("text,rating,name", "Fine", "4", "Ana")
    same = _review("text,rating,name", "Fine", "4", "Ana")
    other = _review("text,rating,name", "Fine", "4", "Eva")
    assert first.external_id == same.external_id != other.external_id
    assert first.external_id.startswith("sha256:")


def test_nothing_a_file_says_makes_a_review_verified() -> None:
    review = _review("text,rating,verified_purchase,verified", "Fine", "5", "true", "yes")
    assert not any("verif" in name for name in ImportedReview._fields)
    assert '"verified_purchase":"true"' in review.payload
