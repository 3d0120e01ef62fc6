"""Scores: what fuses words and meaning into an order, and what decides that a passage speaks of the question.

Two different jobs. The order is z(dense) + 0.3 z(lexical): each list in units of its own spread. "Does it speak of
the question at all?" needs a level that means the same for every question, which a z-score has not: there the
centred cosine and the words are taken as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEXICAL_WEIGHT = 0.3
"""Weight of the lexical z-score. Chosen on 120 questions in four languages; rank fusion (RRF) does worse by 0.08."""

BEST_LENGTH = 100
"""Code points of a quote that is read at a glance."""

_LENGTH_WEIGHT = 0.1

KEY_SHARE = 0.72
"""A word of the question is a key word when it weighs at least this part of the question's heaviest word."""

NOISE = 0.095
MARGIN = 0.08
"""Spread of the centred cosines between a question and passages about something else, and what a passage must
have above the largest of them. Measured over 9,756 clothing passages: the nearest passage to each of 20 questions
that no review answers came to 0.24-0.44; half of the answerable ones have a passage above 0.49.
"""

FEWEST_FOR_CENTRING = 20
"""Passages of a language below which its mean vector says nothing and cosines are left uncentred."""


@dataclass(frozen=True)
class Scored:
    """A passage that was found. `lexical` is the share (0 to 1) of the question's weight that its words carry;
    `dense` the centred cosine, None when it is unknown; `length` in code points.
    """

    passage_id: int
    length: int
    lexical: float
    dense: float | None


def weight(*, containing: int, total: int) -> float:
    """Return how much a word tells, from the number of passages that contain it (BM25's inverse frequency)."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))


def key_words(containing: Mapping[str, int], *, total: int) -> tuple[str, ...]:
    """Return the words of a question that decide whether a passage speaks of it.

    `containing` maps each word to the number of the shop's passages that have it. A word nobody ever wrote is the
    heaviest of all, and when the question turns on it, nothing speaks of the question: "good for snowboarding"
    is not answered by "good".
    """
    if not containing:
        return ()
    weights = {word: weight(containing=count, total=total) for word, count in containing.items()}
    heaviest = max(weights.values())
    return tuple(word for word, value in weights.items() if value >= KEY_SHARE * heaviest)


def near_enough(passages: int) -> float:
    """Return the centred cosine from which a passage without a key word speaks of the question.

    The largest of n independent values with spread s is about s * sqrt(2 ln n): the more passages there are, the
    nearer the nearest comes by accident.
    """
    return NOISE * math.sqrt(2 * math.log(max(2, passages))) + MARGIN


def fused(found: Sequence[Scored]) -> dict[int, float]:
    """Return the fused score of each passage by its id; the order of quotes.

    Where nothing is known of meaning, passages with the same words are ordered by how well their length reads.
    """
    if all(scored.dense is None for scored in found):
        return {scored.passage_id: scored.lexical - _LENGTH_WEIGHT * _off_length(scored) for scored in found}
    dense = standardised([scored.dense for scored in found])
    lexical = standardised([scored.lexical for scored in found])
    return {
        scored.passage_id: meaning + LEXICAL_WEIGHT * words
        for scored, meaning, words in zip(found, dense, lexical, strict=True)
    }


def _off_length(scored: Scored) -> float:
    return abs(math.log(max(1, scored.length) / BEST_LENGTH))


def standardised(values: Sequence[float | None]) -> list[float]:
    """Return values in units of their spread around their mean; what has none counts as the lowest."""
    known = [value for value in values if value is not None]
    if not known:
        return [0.0] * len(values)
    mean = sum(known) / len(known)
    spread = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
    if spread < 1e-9:
        return [0.0] * len(values)
    # What has no value is no better and no worse than the weakest that has one.
    lowest = min(known)
    return [((lowest if value is None else value) - mean) / spread for value in values]
