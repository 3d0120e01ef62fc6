"""The sentences made from counts, and the contract's JSON."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.contracts import (
    Abstention,
    Answer,
    Citation,
    Claim,
    Coverage,
    Retrieval,
    Stance,
    Support,
    Tally,
    Trace,
)
from assistant.answers.messages import FEWEST_FOR_AVERAGE, Facts, Say, abstention, label, statement, support_of
from assistant.answers.stance import stance_of
from assistant.retrieval.choice import dissenting_stance


def facts(ratings: dict[int, int], *, unrated: int = 0, **values: Any) -> Facts:
    tally = Tally(
        total=values.pop("total", 2500),
        considered=sum(ratings.values()) + unrated,
        ratings=ratings,
        first=values.pop("first", None),
        last=values.pop("last", None),
    )
    defaults: dict[str, Any] = {
        "words": ("fit",),
        "by_words": tally.considered,
        "together": 0,
        "dissent": dissenting_stance(tally),
        "retrieval": Retrieval.HYBRID,
    }
    return Facts(tally=tally, **{**defaults, **values})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            facts({5: 509, 4: 188, 3: 109, 2: 47, 1: 30}),
            "883 of 2,500 reviews mention “fit”. "
            "Of these, 697 gave 4 or 5 stars, 109 gave 3 stars and 77 gave 1 or 2 stars.",
        ),
        (facts({5: 1}), "1 of 2,500 reviews mentions “fit”. It gave 4 or 5 stars."),
        (facts({1: 2}), "2 of 2,500 reviews mention “fit”. All of them gave 1 or 2 stars."),
        (facts({3: 2}), "2 of 2,500 reviews mention “fit”. All of them gave 3 stars."),
        (facts({}, unrated=3), "3 of 2,500 reviews mention “fit”. None of them gave stars."),
        (facts({}, unrated=1), "1 of 2,500 reviews mentions “fit”."),
        (
            facts({5: 2}, unrated=1),
            "3 of 2,500 reviews mention “fit”. Of these, 2 gave 4 or 5 stars and 1 gave no stars.",
        ),
        (
            facts({5: 9}, words=("warm", "winter"), together=4),
            "4 of 2,500 reviews mention “warm” and “winter”. 9 mention at least one of these words. "
            "All of them gave 4 or 5 stars.",
        ),
        (
            facts({5: 8, 1: 1}, words=("warm", "winter"), together=4),
            "4 of 2,500 reviews mention “warm” and “winter”. 9 mention at least one of these words. "
            "Of these 9, 8 gave 4 or 5 stars and 1 gave 1 or 2 stars.",
        ),
        (
            facts({5: 9}, words=("warm", "winter"), together=2),
            "9 of 2,500 reviews mention “warm” or “winter”. 2 mention both. All of them gave 4 or 5 stars.",
        ),
        (
            facts({5: 2}, words=("warm", "winter"), together=2),
            "2 of 2,500 reviews mention “warm” and “winter”. All of them gave 4 or 5 stars.",
        ),
        (
            facts({5: 9, 3: 1}, words=("jacket", "run", "small"), by_words=8, together=3),
            "3 of 2,500 reviews mention “jacket”, “run” and “small”. 10 touch on this. "
            "Of these 10, 9 gave 4 or 5 stars and 1 gave 3 stars.",
        ),
        (
            facts({5: 9}, words=("jacket", "run", "small"), by_words=6, together=1),
            "9 of 2,500 reviews touch on this. 6 mention any of “jacket”, “run” or “small”. "
            "All of them gave 4 or 5 stars.",
        ),
        (
            facts({5: 9}, words=("a", "b", "c"), together=1),
            "9 of 2,500 reviews mention any of “a”, “b” or “c”. 1 mentions all of it. All of them gave 4 or 5 stars.",
        ),
        (
            facts({5: 9}, by_words=6),
            "9 of 2,500 reviews touch on this. 6 mention “fit”. All of them gave 4 or 5 stars.",
        ),
        (facts({5: 9}, by_words=0, words=()), "9 of 2,500 reviews touch on this. All of them gave 4 or 5 stars."),
        (
            facts({5: 2}, first=datetime(2011, 3, 2, tzinfo=UTC), last=datetime(2012, 10, 1, tzinfo=UTC)),
            "2 of 2,500 reviews mention “fit”. All of them gave 4 or 5 stars. "
            "Written between March 2011 and October 2012.",
        ),
        (
            facts({5: 2}, first=datetime(2011, 3, 2, tzinfo=UTC), last=datetime(2011, 3, 30, tzinfo=UTC)),
            "2 of 2,500 reviews mention “fit”. All of them gave 4 or 5 stars. Written in March 2011.",
        ),
    ],
)
def test_coverage_says_how_many_and_how_they_rated(said: Facts, expected: str) -> None:
    assert statement(Say.COVERAGE, said, language="en") == expected


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ({5: 8, 1: 2}, "Not everyone agrees, going by stars: 2 of these 10 reviews gave 1 or 2."),
        ({5: 2, 1: 8}, "Some rated higher: 2 of these 10 reviews gave 4 or 5 stars."),
        ({5: 8, 3: 2}, "Some were in between, going by stars: 2 of these 10 reviews gave 3."),
    ],
)
def test_the_smaller_side_is_named_whichever_it_is(ratings: dict[int, int], expected: str) -> None:
    said = facts(ratings)
    assert statement(Say.DISSENT, said, language="en") == expected
    assert support_of(Say.DISSENT, said).total == 2


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        (
            {5: 1509, 4: 188, 3: 109, 2: 47, 1: 1030},
            "3.4 out of 5 stars on average, in 2,883 of 3,000 reviews. "
            "5 stars: 1,509, 4 stars: 188, 3 stars: 109, 2 stars: 47, 1 star: 1,030.",
        ),
        (
            {5: 3, 1: 1},
            "4 of 3,000 reviews gave stars: too few for an average. "
            "5 stars: 3, 4 stars: 0, 3 stars: 0, 2 stars: 0, 1 star: 1.",
        ),
    ],
)
def test_stars_are_averaged_when_there_are_enough_and_listed_always(ratings: dict[int, int], expected: str) -> None:
    said = facts(ratings, total=3000)
    assert statement(Say.STARS, said, language="en") == expected
    assert support_of(Say.STARS, said).total == sum(ratings.values())


RATINGS = st.dictionaries(st.integers(1, 5), st.integers(1, 40))


@given(RATINGS, st.integers(0, 9), st.integers(0, 5))
def test_every_number_in_a_statement_is_a_fact(ratings: dict[int, int], unrated: int, together: int) -> None:
    together = min(together, sum(ratings.values()) + unrated)
    said = facts(ratings, unrated=unrated, words=("warm", "winter"), together=together)
    tally = said.tally
    if not tally.considered:
        return
    allowed = {
        tally.total, tally.considered, tally.positive, tally.negative, tally.middling, tally.unrated, 1, 2, 3, 4, 5,
        said.together, tally.rated, *(ratings.get(stars, 0) for stars in range(1, 6)),
    }  # fmt: skip
    for say in Say:
        if say is Say.DISSENT and said.dissent is None:
            continue
        text = statement(say, said, language="en")
        average, text = re.sub(r"^(\d\.\d) out of .*", r"\1", text), re.sub(r"^\d\.\d ", "", text)
        if say is Say.STARS and tally.rated >= FEWEST_FOR_AVERAGE:
            assert abs(float(average) - float(tally.average or 0)) <= 0.06
        numbers = {int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\b", text)}
        assert numbers <= allowed
        assert support_of(say, said).total <= tally.considered


@given(RATINGS)
def test_dissent_is_symmetric_when_praise_and_criticism_change_places(ratings: dict[int, int]) -> None:
    flipped = {6 - stars: count for stars, count in ratings.items()}
    one, other = facts(ratings).dissent, facts(flipped).dissent
    swap = {Stance.POSITIVE: Stance.NEGATIVE, Stance.NEGATIVE: Stance.POSITIVE}
    tally = facts(ratings).tally
    if tally.positive == tally.negative:
        assert one == other
    else:
        assert other == (swap.get(one, one) if one else None)


def test_stars_decide_the_stance_and_nothing_is_guessed_without_them() -> None:
    assert [stance_of(stars) for stars in (1, 2, 3, 4, 5, None)] == [
        Stance.NEGATIVE, Stance.NEGATIVE, Stance.MIXED, Stance.POSITIVE, Stance.POSITIVE, Stance.MIXED,
    ]  # fmt: skip


def test_every_abstention_has_its_sentence() -> None:
    assert len({abstention(reason, language="en") for reason in Abstention}) == len(Abstention)
    assert abstention(Abstention.NO_EVIDENCE, language="en") == "No customer has written about this yet."


def test_labels_tell_own_words_from_a_models() -> None:
    assert label(ai_generated=False, language="en") == "From customers’ own words"
    assert "AI" in label(ai_generated=True, language="en")


def test_the_contract_is_the_documented_json() -> None:
    tally = Tally(total=10, considered=4, ratings={5: 2, 4: 1, 1: 1}, first=datetime(2012, 1, 5, tzinfo=UTC),
                  last=datetime(2012, 3, 1, tzinfo=UTC))  # fmt: skip
    cited = Citation("rev_1", "https://x.example/", "It fits.", 3, 11, "Vera", 5, date(2012, 1, 5), "en", "")
    answer = Answer(
        claims=(Claim("4 of 10", tally.support, (cited,)),),
        coverage=Coverage(tally),
        abstained=False,
        reason=None,
        ai_generated=False,
        model="extractive",
        generated_at=datetime(2026, 1, 1, tzinfo=UTC),
        language="en",
        label="From customers’ own words",
        message="",
        trace=Trace(Retrieval.LEXICAL),
    ).to_dict()
    assert {
        key: answer[key] for key in ("abstained", "reason", "ai_generated", "model", "generated_at", "language")
    } == {
        "abstained": False,
        "reason": None,
        "ai_generated": False,
        "model": "extractive",
        "generated_at": "2026-01-01T00:00:00+00:00",
        "language": "en",
    }
    assert answer["coverage"] == {
        "considered": 4,
        "total": 10,
        "from": "2012-01-05",
        "to": "2012-03-01",
        "average_rating": 3.75,
        "distribution": {"5": 2, "4": 1, "3": 0, "2": 0, "1": 1},
    }
    (claim,) = answer["claims"]
    assert claim["support"] == {"positive": 3, "negative": 1, "mixed": 0, "total": 4}
    assert set(claim["citations"][0]) >= {"review_id", "url", "quote", "start", "end"}
    assert Support(1, 2, 3).total == 6
    assert Coverage(Tally(0, 0)).to_dict()["average_rating"] is None
