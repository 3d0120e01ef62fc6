"""Queries, weights, fusion and the choice of quotes: pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.contracts import Stance, Tally
from assistant.retrieval.choice import Candidate, best_first, choose, dissenting_stance, readability, similarity
from assistant.retrieval.query import MAX_QUESTION, MAX_TERMS, cleaned, question
from assistant.retrieval.scoring import Scored, fused, key_words, near_enough, standardised, weight


@pytest.mark.parametrize(
    ("text", "page", "tsquery"),
    [
        ("What do customers say about the fit?", "en", "('fit')"),
        ("Is the quality good?", "en", "('qualit':*) | ('good':*)"),
        ("sizing", "en", "('sizing' | 'size')"),
        (
            "Er batteriets levetid lang nok til vinteren?",
            "da",
            "('batteri':*) | ('levetid':*) | ('lang':*) | ('vint':*)",
        ),
        (
            "Wie lange hält der Akku bei Kälte?",
            "de",
            "('lang':*) | ('hält' | 'halt') | ('akku':*) | ('kälte' | 'kalt')",
        ),
        ("hoe is de kwaliteit van de stof", "nl", "('kwaliteit' | 'kwaal') | ('stof':*)"),
        ("Hvad siger kunderne?", "da", ""),
        ("", "en", ""),
    ],
)
def test_a_question_becomes_stems_and_prefixes(text: str, page: str, tsquery: str) -> None:
    assert question(text, page_language=page).tsquery == tsquery


@given(st.text(st.characters(codec=None), max_size=500))
def test_no_question_can_be_query_syntax(text: str) -> None:
    found = question(text, page_language="en")
    assert len(found.text) <= MAX_QUESTION
    assert len(found.terms) <= MAX_TERMS
    found.text.encode("utf-8")
    for term in found.terms:
        assert not set("'\\&|!():*<>") & set(term.word + term.stem + term.prefix)


def test_a_question_is_one_line_without_controls() -> None:
    assert cleaned(" Is\x00 it\n\twarm? ") == "Is it warm?"


def test_a_word_that_is_asked_twice_counts_once() -> None:
    assert [term.word for term in question("fit, fits, fitting?", page_language="en").terms] == ["fit"]


def test_rare_words_weigh_more_and_none_weigh_most() -> None:
    weights = [weight(containing=count, total=1000) for count in (0, 1, 10, 500, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


def test_a_question_turns_on_its_heaviest_words() -> None:
    assert key_words({"good": 3000, "snowboarding": 0, "space": 8}, total=10_000) == ("snowboarding",)
    assert key_words({"warm": 134, "winter": 95}, total=10_000) == ("warm", "winter")
    assert key_words({}, total=10_000) == ()


@given(st.lists(st.one_of(st.none(), st.floats(-1, 1)), max_size=30))
def test_standardised_values_keep_their_order(values: list[float | None]) -> None:
    found = standardised(values)
    assert len(found) == len(values)
    pairs = [(value, z) for value, z in zip(values, found, strict=True) if value is not None]
    for value, z in pairs:
        assert all(z <= other_z + 1e-6 for other, other_z in pairs if other > value)


def test_meaning_leads_and_words_follow() -> None:
    found = [Scored(1, 100, 0.2, 0.9), Scored(2, 100, 1.0, 0.1), Scored(3, 100, 1.0, None)]
    scores = fused(found)
    assert scores[1] > scores[2] >= scores[3]


def test_without_meaning_words_lead_and_readable_lengths_follow() -> None:
    scores = fused([Scored(1, 100, 0.5, None), Scored(2, 100, 1.0, None), Scored(3, 12, 1.0, None)])
    assert scores[2] > scores[3] > scores[1]


def candidate(number: int, stance: Stance = Stance.POSITIVE, *, score: float = 0.0, **values: object) -> Candidate:
    made = Candidate(
        passage_id=number,
        item_pk=number,
        start=0,
        end=100,
        whole=False,
        stance=stance,
        score=score,
        critical=0.0,
        stems=frozenset({f"w{number}", "common"}),
    )
    return replace(made, **values)  # type: ignore[arg-type]


STANCES = st.sampled_from(list(Stance))


@given(st.lists(st.tuples(st.floats(-3, 3), STANCES), min_size=1, max_size=12), st.randoms())
def test_the_order_of_quotes_is_blind_to_stars(rows: list[tuple[float, Stance]], random: object) -> None:
    made = [candidate(index, stance, score=score) for index, (score, stance) in enumerate(rows)]
    turned = [replace(c, stance=Stance.POSITIVE) for c in made]
    assert [c.passage_id for c in best_first(made)] == [c.passage_id for c in best_first(turned)]
    assert [c.passage_id for c in choose(made, dissent=None).quotes] == [
        c.passage_id for c in choose(turned, dissent=None).quotes
    ]


@given(st.lists(st.tuples(st.floats(-3, 3), STANCES), min_size=1, max_size=12))
def test_a_voice_of_the_smaller_side_is_always_heard(rows: list[tuple[float, Stance]]) -> None:
    made = [candidate(index, stance, score=score) for index, (score, stance) in enumerate(rows)]
    for side in (Stance.POSITIVE, Stance.NEGATIVE, Stance.MIXED):
        choice = choose(made, dissent=side)
        there = any(c.stance is side for c in made)
        assert (choice.dissent is not None) == there
        assert choice.dissent is None or choice.dissent.stance is side
        if there and any(c.stance is not side for c in made):
            assert any(quote.stance is not side for quote in choice.quotes)
        assert len({quote.item_pk for quote in choice.quotes}) == len(choice.quotes)
        assert choice.dissent not in choice.quotes


def test_the_dissent_is_a_dissenting_sentence() -> None:
    praise = candidate(1, Stance.NEGATIVE, score=1.0, critical=-1.0)
    blame = candidate(2, Stance.NEGATIVE, score=0.5, critical=1.0)
    assert choose([praise, blame, candidate(3)], dissent=Stance.NEGATIVE).dissent == blame
    flipped = [replace(c, stance=Stance.POSITIVE) for c in (praise, blame)]
    assert choose([*flipped, candidate(3, Stance.NEGATIVE)], dissent=Stance.POSITIVE).dissent == flipped[0]


def test_quotes_do_not_repeat_each_other() -> None:
    same = frozenset({"soft", "fabric"})
    made = [candidate(1, score=1.0, stems=same), candidate(2, score=0.99, stems=same), candidate(3, score=0.8),
            candidate(4, score=0.0)]  # fmt: skip
    assert [c.passage_id for c in choose(made, dissent=None, most=2).quotes] == [1, 3]
    assert similarity(made[0], made[1]) == pytest.approx(1.0)
    assert similarity(made[0], replace(made[1], stems=frozenset())) == 0.0


def test_one_quote_a_review() -> None:
    made = [candidate(1, score=1.0), candidate(2, score=0.9, item_pk=1), candidate(3, score=0.1)]
    assert [c.passage_id for c in choose(made, dissent=None).quotes] == [1, 3]


def test_readable_quotes_come_first_and_a_short_review_is_better_than_a_long_stretch() -> None:
    assert [readability(0, end) for end in (10, 40, 220, 221, 440, 600, 601)] == [2, 0, 0, 2, 2, 3, 4]
    assert candidate(1, end=10, whole=True).tier == 1
    made = [candidate(1, score=5.0, end=300), candidate(2, score=0.0)]
    assert best_first(made)[0].passage_id == 2


def test_nothing_to_choose_from_is_no_choice() -> None:
    assert choose([], dissent=Stance.NEGATIVE).quotes == ()


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [({5: 9, 1: 1}, Stance.NEGATIVE), ({5: 1, 1: 9}, Stance.POSITIVE), ({5: 3, 1: 3}, Stance.NEGATIVE),
     ({5: 3, 3: 1}, Stance.MIXED), ({1: 3, 3: 1}, Stance.MIXED), ({5: 3}, None), ({3: 3}, None), ({}, None)],
)  # fmt: skip
def test_dissent_is_the_smaller_side(ratings: dict[int, int], expected: Stance | None) -> None:
    assert dissenting_stance(Tally(total=99, considered=sum(ratings.values()), ratings=ratings)) is expected


def test_the_more_there_is_to_read_the_nearer_a_passage_must_be() -> None:
    levels = [near_enough(count) for count in (0, 25, 1_000, 10_000, 100_000)]
    assert levels == sorted(levels)
    assert 0.3 < levels[1] < 0.35
    assert 0.45 < levels[3] < 0.5
