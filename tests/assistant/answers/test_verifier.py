"""The verifier, rule by rule: each denial beside the claim that passes but for one thing."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from assistant.answers.connectives import names_a_quantity
from assistant.answers.contracts import Citation, Claim, Retrieval, Stance, Support, Tally
from assistant.answers.messages import Facts, Say, statement, support_of
from assistant.answers.verifier import LONGEST_SENTENCE, Check, Rejection, rejection, support_of_cited
from project.rights.contracts import Credit, PublishedItem, PublishedSource

TEXT = "I love it 😍. The fabric is soft and warm, but the sleeves are too long for me. Would not buy the red one."
SOFT = "The fabric is soft and warm, but the sleeves are too long for me."
NOT_RED = "Would not buy the red one."


def item(review_id: str = "rev_1", *, text: str = TEXT, rating: int | None = 5) -> PublishedItem:
    return PublishedItem(
        pk=1, id=review_id, kind="review", title="", text=text, version=1, language="en", rating=rating, helpful=0,
        credit=Credit("customer", "", "39", ""), disclosure="none", verification="none", occurred_at=None,
        received_at=datetime(2025, 1, 1, tzinfo=UTC), product=None,
        source=PublishedSource(kind="test", name="Test", in_json_ld=False), origin_url="", media=(),
        facts=MappingProxyType({}), shown_until=None,
    )  # fmt: skip


FACTS = Facts(
    tally=Tally(total=40, considered=12, ratings={5: 7, 3: 1, 1: 4}),
    words=("soft",),
    by_words=12,
    together=0,
    dissent=Stance.NEGATIVE,
    retrieval=Retrieval.LEXICAL,
)


def url(review_id: str) -> str:
    return f"https://reviews.example/w/wid_1/?item={review_id}"


def check(**values: Any) -> Check:
    defaults: dict[str, Any] = {
        "published": {"rev_1": item(), "rev_2": item("rev_2", rating=1)},
        "facts": FACTS,
        "links": {review_id: url(review_id) for review_id in ("rev_1", "rev_2")},
        "language": "en",
        "question": "Is the fabric soft?",
    }
    return Check(**{**defaults, **values})


def citation(quote: str = SOFT, review_id: str = "rev_1", rating: int | None = 5, **values: Any) -> Citation:
    start = TEXT.index(quote)
    return replace(
        Citation(
            review_id=review_id, url=url(review_id), quote=quote, start=start, end=start + len(quote), rating=rating
        ),
        **values,
    )


def counted(say: Say = Say.COVERAGE, **values: Any) -> Claim:
    claim = Claim(statement(say, FACTS, language="en"), support_of(say, FACTS), (citation(),))
    return replace(claim, **values)


def written(text: str, *citations: Citation) -> Claim:
    cited = citations or (citation(),)
    return Claim(text, support_of_cited(cited, check().published), cited)


def test_a_statement_with_the_counted_numbers_passes() -> None:
    assert rejection(counted(), check(), say=Say.COVERAGE) is None
    against = counted(Say.DISSENT, citations=(citation(review_id="rev_2", rating=1),))
    assert rejection(against, check(), say=Say.DISSENT) is None


def test_dissent_is_told_by_stars_and_cites_nobody_who_gave_others() -> None:
    assert rejection(counted(Say.DISSENT), check(), say=Say.DISSENT) is Rejection.SUPPORT_DIFFERS


def test_a_claim_without_a_citation_is_dropped() -> None:
    assert rejection(counted(citations=()), check(), say=Say.COVERAGE) is Rejection.NO_CITATION


def test_a_review_that_the_gate_does_not_publish_cannot_be_cited() -> None:
    assert rejection(counted(), check(published={}), say=Say.COVERAGE) is Rejection.NOT_PUBLISHED
    stranger = citation(review_id="rev_of_another_shop")
    assert rejection(counted(citations=(stranger,)), check(), say=Say.COVERAGE) is Rejection.NOT_PUBLISHED


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": SOFT.replace("soft", "Soft")},
        {"quote": SOFT[:-1]},
        {"quote": SOFT.replace(",", "")},
        {"start": 12},
        {"end": 10_000},
        {"start": -5},
        {"start": 50, "end": 50, "quote": ""},
        {"start": 60, "end": 50},
    ],
)
def test_a_quote_must_be_the_text_letter_by_letter(wrong: dict[str, Any]) -> None:
    claim = counted(citations=(replace(citation(), **wrong),))
    assert rejection(claim, check(), say=Say.COVERAGE) is Rejection.QUOTE_DIFFERS


def test_offsets_are_code_points_also_behind_emoji() -> None:
    assert rejection(counted(citations=(citation(NOT_RED),)), check(), say=Say.COVERAGE) is None
    utf16 = citation(NOT_RED, start=TEXT.index(NOT_RED) + 1, end=len(TEXT) + 1)
    assert rejection(counted(citations=(utf16,)), check(), say=Say.COVERAGE) is Rejection.QUOTE_DIFFERS


def test_an_edited_review_no_longer_bears_its_old_quote() -> None:
    edited = check(published={"rev_1": item(text="The fabric is rough.")})
    assert rejection(counted(), edited, say=Say.COVERAGE) is Rejection.QUOTE_DIFFERS


@pytest.mark.parametrize("wrong", [{"url": "https://evil.example/"}, {"url": ""}, {"rating": 4}, {"rating": None}])
def test_links_and_stars_are_the_reviews_own(wrong: dict[str, Any]) -> None:
    claim = counted(citations=(citation(**wrong),))
    assert rejection(claim, check(), say=Say.COVERAGE) is Rejection.DETAILS_DIFFER


def test_a_review_without_a_page_is_cited_without_a_link() -> None:
    nowhere = check(links={})
    assert rejection(counted(citations=(citation(url=""),)), nowhere, say=Say.COVERAGE) is None
    assert rejection(counted(), nowhere, say=Say.COVERAGE) is Rejection.DETAILS_DIFFER


def test_one_bad_citation_among_good_ones_drops_the_claim() -> None:
    claim = counted(citations=(citation(), citation(quote=NOT_RED, url="https://evil.example/")))
    assert rejection(claim, check(), say=Say.COVERAGE) is Rejection.DETAILS_DIFFER


def test_a_number_that_sql_does_not_confirm_drops_the_statement() -> None:
    inflated = counted(text=counted().text.replace("12", "13"))
    assert rejection(inflated, check(), say=Say.COVERAGE) is Rejection.STATEMENT_DIFFERS
    recounted = replace(FACTS, tally=replace(FACTS.tally, considered=11))
    assert rejection(counted(), check(facts=recounted), say=Say.COVERAGE) is Rejection.STATEMENT_DIFFERS


def test_support_is_the_counted_support() -> None:
    claim = counted(support=Support(positive=12, negative=0, mixed=0))
    assert rejection(claim, check(), say=Say.COVERAGE) is Rejection.SUPPORT_DIFFERS


def test_a_sentence_in_the_words_of_what_it_cites_passes() -> None:
    sentence = "Reviewers say the fabric is soft and warm, but that the sleeves are too long."
    assert rejection(written(sentence), check(), say=None) is None


def test_other_endings_of_a_cited_word_pass() -> None:
    assert rejection(written("The sleeve is described as too long."), check(), say=None) is None


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("", Rejection.TOO_LONG),
        ("The fabric is soft. " * 30, Rejection.TOO_LONG),
        ("The fabric is <b>soft</b>.", Rejection.MARKUP),
        ("The fabric is soft, see https://evil.example", Rejection.MARKUP),
        ("The fabric is [soft](//evil)", Rejection.MARKUP),
        ("The fabric is soft: www.evil.example", Rejection.MARKUP),
        ("The fabric is soft, mail me@evil.example", Rejection.MARKUP),
        ("Most say the fabric is soft.", Rejection.QUANTITY),
        ("9 say the fabric is soft.", Rejection.QUANTITY),
        ("Everyone says the fabric is soft.", Rejection.QUANTITY),
        ("Two say the fabric is soft.", Rejection.QUANTITY),
        ("The fabric is waterproof.", Rejection.NOT_IN_SOURCES),
        ("Reviewers adore the cotton.", Rejection.NOT_IN_SOURCES),
        ("They write “the fabric is very soft”.", Rejection.QUOTE_DIFFERS),
        ("The fabric is not soft.", Rejection.NEGATION_DIFFERS),
        ("The fabric isn't soft.", Rejection.NEGATION_DIFFERS),
    ],
)
def test_a_sentence_that_says_more_than_it_cites_is_dropped(sentence: str, reason: Rejection) -> None:
    assert rejection(written(sentence), check(), say=None) is reason


def test_the_longest_sentence_is_just_allowed() -> None:
    sentence = ("soft and warm " * 40)[:LONGEST_SENTENCE]
    assert rejection(written(sentence), check(), say=None) in (None, Rejection.NOT_IN_SOURCES)
    assert rejection(written(sentence + "x"), check(), say=None) is Rejection.TOO_LONG


def test_a_verbatim_quotation_inside_a_sentence_passes() -> None:
    assert rejection(written("They say “soft and warm”."), check(), say=None) is None


def test_a_negation_must_not_get_lost() -> None:
    cited = citation(NOT_RED)
    assert rejection(written("They would buy the red one.", cited), check(), say=None) is Rejection.NEGATION_DIFFERS
    assert rejection(written("They would not buy the red one.", cited), check(), say=None) is None


def test_a_sentences_support_is_that_of_the_reviews_it_cites() -> None:
    both = (citation(), citation(review_id="rev_2", rating=1))
    claim = written("The fabric is soft.", *both)
    assert claim.support == Support(positive=1, negative=1, mixed=0)
    assert rejection(claim, check(), say=None) is None
    grander = replace(claim, support=Support(positive=2, negative=0, mixed=0))
    assert rejection(grander, check(), say=None) is Rejection.SUPPORT_DIFFERS


def test_a_review_cited_twice_counts_once_and_one_without_stars_is_mixed() -> None:
    published = {"rev_1": item(rating=None)}
    cited = (citation(rating=None), citation(NOT_RED, rating=None))
    assert support_of_cited(cited, published) == Support(positive=0, negative=0, mixed=1)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [("the sleeves", "en", False), ("to the knee", "en", False), ("to kunder", "da", True), ("mange", "da", True),
     ("viele", "de", True), ("iedereen", "nl", True), ("50 %", "en", True)],
)  # fmt: skip
def test_words_that_count_are_known_by_language(text: str, language: str, expected: bool) -> None:
    assert names_a_quantity(text, language) is expected
