"""Which of many matching passages are quoted.

Blind to stars: the order is the score. Only one thing looks at stances, and in both directions alike: when the
reviews disagree, the strongest voice of the smaller side is always heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answers.contracts import Stance, Tally
from assistant.text.passages import LONGEST_QUOTE, SHORTEST_QUOTE

MOST_QUOTES = 3
"""Quotes beside the dissenting one."""

RELEVANCE = 0.7
"""MMR's weight of relevance against difference from what is already quoted."""

LONGEST_LAST_RESORT = 600


@dataclass(frozen=True)
class Candidate:
    """A passage that may be quoted.

    `critical`: how much its wording is that of reviews with few stars (0 is average); only the choice among
    dissenting voices looks at it. `stems` are compared to see whether two passages say the same.
    """

    passage_id: int
    item_pk: int
    start: int
    end: int
    whole: bool
    stance: Stance
    score: float
    critical: float
    stems: frozenset[str]

    @property
    def tier(self) -> int:
        """How well it reads as a quote, 0 best."""
        return 1 if self.whole and self.end - self.start < SHORTEST_QUOTE else readability(self.start, self.end)


def readability(start: int, end: int) -> int:
    """Return how well a stretch reads as a quote: 0 right length, 2 short or long, 3 longer, 4 too long."""
    length = end - start
    if SHORTEST_QUOTE <= length <= LONGEST_QUOTE:
        return 0
    if length <= 2 * LONGEST_QUOTE:
        return 2
    return 3 if length <= LONGEST_LAST_RESORT else 4


@dataclass(frozen=True)
class Choice:
    """The quotes of an answer, best first, and the dissenting one when there is dissent."""

    quotes: tuple[Candidate, ...]
    dissent: Candidate | None


def dissenting_stance(tally: Tally) -> Stance | None:
    """Return the smaller side of a disagreement, None when all agree.

    Equal sides: negative counts as the dissent, since an answer that opens with praise must not end with it.
    """
    support = tally.support
    if support.positive and support.negative:
        return Stance.POSITIVE if support.negative > support.positive else Stance.NEGATIVE
    if (support.positive or support.negative) and tally.middling:
        return Stance.MIXED
    return None


def choose(candidates: Iterable[Candidate], *, dissent: Stance | None, most: int = MOST_QUOTES) -> Choice:
    """Return the quotes for an answer: at most one per review, good length first, then score and variety.

    `dissent` is the smaller side (see `dissenting_stance`). Its strongest voice is taken out for a claim of its
    own; the rest is chosen without looking at stances, except that the larger side is not left out either.
    """
    ordered = best_first(_best_per_review(candidates))
    against = _strongest([c for c in ordered if c.stance == dissent], dissent)
    rest = [c for c in ordered if c is not against]
    quotes = _varied(rest, most)
    if against is not None and quotes and all(c.stance == dissent for c in quotes):
        other = next((c for c in rest if c.stance != dissent), None)
        quotes = [*quotes[: most - 1], other] if other is not None else quotes
    return Choice(quotes=tuple(quotes), dissent=against)


def _strongest(voices: Sequence[Candidate], side: Stance | None) -> Candidate | None:
    """Return the voice that speaks best for its side: relevant, and critical (or not) in its very wording."""
    sign = {Stance.NEGATIVE: 1.0, Stance.POSITIVE: -1.0}.get(side or Stance.MIXED, 0.0)
    return min(voices, key=lambda c: (c.tier, -(c.score + sign * c.critical), c.passage_id), default=None)


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Order candidates: readable quotes first, then by score; ids break ties, so that answers repeat."""
    return sorted(candidates, key=lambda c: (c.tier, -c.score, c.passage_id))


def _best_per_review(candidates: Iterable[Candidate]) -> list[Candidate]:
    best: dict[int, Candidate] = {}
    for candidate in best_first(candidates):
        best.setdefault(candidate.item_pk, candidate)
    return list(best.values())


def _varied(ordered: Sequence[Candidate], most: int) -> list[Candidate]:
    """Maximal marginal relevance over the best tier that is there."""
    if not ordered:
        return []
    readable = [c for c in ordered if c.tier == ordered[0].tier]
    scores = [c.score for c in readable]
    low, span = min(scores), (max(scores) - min(scores)) or 1.0
    chosen: list[Candidate] = []
    while readable and len(chosen) < most:
        best = max(
            readable,
            key=lambda c: (
                RELEVANCE * (c.score - low) / span
                - (1 - RELEVANCE) * max((similarity(c, other) for other in chosen), default=0.0),
                -c.passage_id,
            ),
        )
        readable.remove(best)
        chosen.append(best)
    return chosen


def similarity(one: Candidate, other: Candidate) -> float:
    """Return how much two passages share: 0 no word, 1 all words (cosine of their sets of stems)."""
    if not one.stems or not other.stems:
        return 0.0
    return len(one.stems & other.stems) / float((len(one.stems) * len(other.stems)) ** 0.5)
