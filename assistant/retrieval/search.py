"""Finding every passage that speaks of a question: one statement over the shop's own rows, joined with the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from assistant.models import ShopLanguageMean
from assistant.retrieval.query import Question, Term
from assistant.retrieval.scope import Scope
from assistant.retrieval.scoring import key_words, near_enough, weight

DENSE_FLOOR = 0.25
"""Centred cosine below which a passage found by words alone is not worth the transfer of its exact value."""

ANSWERABLE_SHARE = 0.5
"""Some passage must hold this part of the question's weight, or its words are met by accident only."""


class Found(NamedTuple):
    """A passage that speaks of the question, with what is needed to choose among them.

    `words`: the question's words in it; `lexical`: the share of the question's weight they carry; `dense`: the
    centred cosine, None where it is unknown or below `DENSE_FLOOR`.
    """

    passage_id: int
    item_pk: int
    item_id: str
    start: int
    end: int
    rating: int | None
    occurred_at: datetime | None
    words: frozenset[str]
    lexical: float
    dense: float | None


@dataclass(frozen=True)
class Matches:
    """All that speaks of a question. `keys`: the words that decide; `total`: published reviews in scope."""

    found: tuple[Found, ...]
    keys: tuple[str, ...]
    total: int
    best: float
    dense_used: bool


def search(question: Question, *, scope: Scope, vector: Sequence[float] | None) -> Matches:
    """Return every published passage in scope that speaks of `question`, and how many reviews there are.

    A passage does when it contains a key word of an answerable question, or when its meaning alone is close
    enough. Must run inside the shop's scope.
    """
    containing, passages = _frequencies(scope.shop_id, question.terms)
    weights = {word: weight(containing=count, total=passages) for word, count in containing.items()}
    keys = key_words(containing, total=passages)
    if not all(containing[key] for key in keys):
        keys = ()  # It turns on a word that nobody wrote.
    centres = _centres(vector) if vector is not None else {}
    statement = _Statement(question.terms, keys, scope, vector if centres else None, centres)
    worded, close, items, total = statement.run()
    found = _by_words(worded, close, question.terms, weights)
    best = max((entry.lexical for entry in found), default=0.0)
    if best < ANSWERABLE_SHARE:
        found, keys = [], ()
    known = {entry.passage_id for entry in found}
    level = near_enough(passages)
    near = {key: score for key, score in close.items() if score >= level and key not in known}
    found += _by_meaning(near, items, scope) if near else []
    return Matches(
        found=tuple(found),
        keys=keys,
        total=total,
        best=max(close.values(), default=0.0) + 0.5 * best,
        dense_used=bool(centres),
    )


def _by_words(
    rows: Sequence[tuple[Any, ...]], close: dict[int, float], terms: Sequence[Term], weights: dict[str, float]
) -> list[Found]:
    whole = sum(weights.values()) or 1.0
    known: dict[int, tuple[frozenset[str], float]] = {}
    found = []
    for passage_id, item_pk, item_id, start, end, rating, occurred_at, mask in rows:
        if mask not in known:
            words = frozenset(term.word for bit, term in enumerate(terms) if mask >> bit & 1)
            known[mask] = words, sum(weights[word] for word in words) / whole
        words, share = known[mask]
        dense = close.get(passage_id)
        found.append(Found(passage_id, item_pk, item_id, start, end, rating, occurred_at, words, share, dense))
    return found


def _by_meaning(near: dict[int, float], items: dict[int, int], scope: Scope) -> list[Found]:
    """Read the few passages that are found by meaning alone."""
    named, values = scope.visible()
    sql = (
        f'WITH {named} SELECT p.id, v.id, v.public_id, p.start, p."end", v.rating, v.occurred_at '  # noqa: S608
        "FROM assistant_passage AS p JOIN visible AS v ON v.id = p.item_id "
        "WHERE p.shop_id = %s AND p.id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, scope.shop_id, list(near)])
        return [
            Found(key, item_pk, item_id, start, end, rating, occurred_at, frozenset(), 0.0, near[key])
            for key, item_pk, item_id, start, end, rating, occurred_at in cursor.fetchall()
        ]


def _frequencies(shop_id: int, terms: Sequence[Term]) -> tuple[dict[str, int], int]:
    """Return how many of the shop's passages contain each term, and about how many passages there are."""
    counts = ", ".join(
        "(SELECT count(*) FROM assistant_passage WHERE shop_id = %s AND tsv @@ %s::tsquery)" for _ in terms
    )
    params = [value for term in terms for value in (shop_id, term.tsquery)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT passages FROM assistant_shop_index WHERE shop_id = %s)"  # noqa: S608
            + (f", {counts}" if terms else ""),
            [shop_id, *params],
        )
        total, *each = cursor.fetchone()
    found = {term.word: int(count) for term, count in zip(terms, each, strict=True)}
    return found, max([total or 0, *found.values()])


def _centres(vector: Sequence[float]) -> dict[str, float]:
    """Return by language how near the question is to the mean of the shop's passages: what is subtracted."""
    return {
        mean.language: sum(a * float(b) for a, b in zip(vector, mean.mean, strict=True))
        for mean in ShopLanguageMean.objects.defer("polarity")
    }


@dataclass(frozen=True)
class _Statement:
    """One statement: what is visible, passages by words, passages by meaning, and how many reviews there are."""

    terms: Sequence[Term]
    keys: Sequence[str]
    scope: Scope
    vector: Sequence[float] | None
    centres: dict[str, float]

    def run(self) -> tuple[list[tuple[Any, ...]], dict[int, float], dict[int, int], int]:
        """Return rows of passages by words; scores and items by passage id; the number of visible reviews."""
        named, values = self.scope.visible()
        parts, params = [_TOTAL], list(values)
        for part, more in (self._by_words(), self._by_meaning()):
            if part:
                parts.append(part)
                params += more
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {named} {' UNION ALL '.join(parts)}", params)  # noqa: S608
            rows = cursor.fetchall()
        worded = [row[:8] for row in rows if row[3] is not None]
        close = {row[0]: row[8] for row in rows if row[8] is not None}
        items = {row[0]: row[1] for row in rows if row[8] is not None}
        return worded, close, items, next(row[0] for row in rows if row[1] is None)

    def _by_words(self) -> tuple[str, list[Any]]:
        keys = [term.tsquery for term in self.terms if term.word in self.keys]
        if not keys:
            return "", []
        mask = " + ".join(f"((p.tsv @@ %s::tsquery)::int << {bit})" for bit in range(len(self.terms)))
        sql = (
            f'SELECT p.id, v.id, v.public_id, p.start, p."end", v.rating, v.occurred_at, {mask}, '  # noqa: S608
            "NULL::float8 FROM assistant_passage AS p JOIN visible AS v ON v.id = p.item_id "
            "WHERE p.shop_id = %s AND p.tsv @@ %s::tsquery"
        )
        return sql, [*(term.tsquery for term in self.terms), self.scope.shop_id, " | ".join(keys)]

    def _by_meaning(self) -> tuple[str, list[Any]]:
        if self.vector is None:
            return "", []
        literal = "[" + ",".join(f"{value:.6f}" for value in self.vector) + "]"
        # The scan comes first and alone: it reads every vector of the shop once, and leaves some hundred rows.
        sql = (
            "SELECT d.id, d.item_pk, NULL, NULL, NULL, NULL, NULL, NULL, d.score FROM ("
            "SELECT p.passage_id AS id, p.item_pk, (-(p.v <#> %s::halfvec(384)) - c.nearness) / p.spread AS score "
            "FROM assistant_passage_vector AS p "
            "JOIN unnest(%s::text[], %s::float8[]) AS c (language, nearness) ON c.language = p.language "
            "WHERE p.shop_id = %s OFFSET 0) AS d JOIN visible AS v ON v.id = d.item_pk WHERE d.score >= %s"
        )
        languages, nearness = list(self.centres), list(self.centres.values())
        return sql, [literal, languages, nearness, self.scope.shop_id, DENSE_FLOOR]


# One row carries the total alone (it has no item), so that it comes of the same snapshot.
_TOTAL = (
    "SELECT count(*), NULL::bigint, NULL::varchar, NULL::int, NULL::int, NULL::int, NULL::timestamptz, NULL::int, "
    "NULL::float8 FROM visible"
)
