"""Which of the matching passages say what the others say too, and which are worded as criticism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from assistant.retrieval.choice import readability
from assistant.retrieval.scoring import Scored, fused, standardised
from assistant.retrieval.search import Found

TYPICAL_WEIGHT = 0.7
CRITICAL_WEIGHT = 1.5
"""Weights of the standardised values beside the fused score; chosen by reading answers to 25 questions."""

LOOKED_AT = 64
OF_EACH_STANCE = 24


@dataclass(frozen=True)
class Weighed:
    """A matching passage, its score as a quote, and how critical its wording is (0 is average)."""

    found: Found
    score: float
    critical: float


def weighed(found: Sequence[Found], *, shop_id: int) -> list[Weighed]:
    """Return the passages worth quoting, best first: the best of all, and the best of each number of stars.

    An answer is told best by a passage that is near the question and near the middle of what was found. Without
    vectors the order is the search's.
    """
    short = _shortlist(found)
    measured = _measured([entry.passage_id for entry, _ in short], shop_id)
    typical = standardised([measured.get(entry.passage_id, (None, None))[0] for entry, _ in short])
    critical = standardised([measured.get(entry.passage_id, (None, None))[1] for entry, _ in short])
    rows = [
        Weighed(entry, score + TYPICAL_WEIGHT * near, CRITICAL_WEIGHT * wording)
        for (entry, score), near, wording in zip(short, typical, critical, strict=True)
    ]
    return sorted(rows, key=lambda row: (-row.score, row.found.passage_id))


def _shortlist(found: Sequence[Found]) -> list[tuple[Found, float]]:
    scores = fused([Scored(entry.passage_id, entry.end - entry.start, entry.lexical, entry.dense) for entry in found])
    ranked = sorted(
        ((entry, scores[entry.passage_id]) for entry in found),
        key=lambda pair: (readability(pair[0].start, pair[0].end), -pair[1], pair[0].passage_id),
    )
    chosen = {entry.passage_id: (entry, score) for entry, score in ranked[:LOOKED_AT]}
    room: dict[int | None, int] = {}
    for entry, score in ranked:
        if room.get(entry.rating, 0) < OF_EACH_STANCE:
            room[entry.rating] = room.get(entry.rating, 0) + 1
            chosen.setdefault(entry.passage_id, (entry, score))
    return list(chosen.values())


def _measured(passage_ids: list[int], shop_id: int) -> dict[int, tuple[float, float | None]]:
    """Return by passage its cosine with the middle of these passages, and with the shop's polarity."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [shop_id, passage_ids, shop_id])
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


_SQL = """
    WITH these AS (
        SELECT passage_id, language, spread, v::vector AS v FROM assistant_passage_vector
        WHERE shop_id = %s AND passage_id = ANY(%s)
    ), middle AS (
        SELECT m.language, m.mean, m.polarity, l2_normalize(avg(t.v) - m.mean) AS typical
        FROM these AS t JOIN assistant_language_mean AS m ON m.shop_id = %s AND m.language = t.language
        GROUP BY m.language, m.mean, m.polarity
    )
    SELECT t.passage_id,
        ((m.mean <#> m.typical) - (t.v <#> m.typical)) / t.spread,
        ((m.mean <#> m.polarity) - (t.v <#> m.polarity)) / t.spread
    FROM these AS t JOIN middle AS m ON m.language = t.language
"""
