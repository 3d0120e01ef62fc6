"""Finding every passage that speaks of a question: one statement over the shop's own rows, joined with the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from assistant.models import ShopLanguageMean
from assistant.retrieval.query import Question, Term
from assistant.retrieval.scope import Scope
from assistant.retrieval.scoring import DENSE_ALONE, Scored, key_words, weight

DENSE_FLOOR = 0.25
"""Centred cosine below which a passage found by words alone is not worth the transfer of its exact value."""

ANSWERABLE_SHARE = 0.5
"""Some passage must hold this part of the question's weight, or its words are met by accident only."""


@dataclass(frozen=True)
class Found:
    """A passage that speaks of the question, with what is needed to choose among them."""

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

    @property
    def scored(self) -> Scored:
        """The part that is ranked."""
        return Scored(self.passage_id, self.end - self.start, self.lexical, self.dense)


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
    centres = _centres(vector) if vector is not None else {}
    rows, total = _rows(question.terms, scope, vector if centres else None, centres)
    whole = sum(weights.values()) or 1.0
    found = [_found(row, question.terms, weights, whole) for row in rows]
    answerable = all(containing[key] for key in keys) and any(
        entry.words and _share(entry.words, weights, whole) >= ANSWERABLE_SHARE for entry in found
    )
    matching = [
        entry
        for entry in found
        if (answerable and entry.words & set(keys)) or (entry.dense is not None and entry.dense >= DENSE_ALONE)
    ]
    return Matches(
        found=tuple(matching),
        keys=keys if answerable else (),
        total=total,
        best=max((_raw(entry) for entry in found), default=0.0),
        dense_used=bool(centres),
    )


def _raw(entry: Found) -> float:
    """The level that calibration looks at: meaning plus half the share of words."""
    return (entry.dense or 0.0) + 0.5 * entry.lexical


def _share(words: frozenset[str], weights: dict[str, float], whole: float) -> float:
    return sum(weights[word] for word in words) / whole


def _found(row: tuple[Any, ...], terms: Sequence[Term], weights: dict[str, float], whole: float) -> Found:
    passage_id, item_pk, item_id, start, end, rating, occurred_at, mask, dense = row
    words = frozenset(term.word for bit, term in enumerate(terms) if mask >> bit & 1)
    return Found(
        passage_id, item_pk, item_id, start, end, rating, occurred_at, words, _share(words, weights, whole), dense
    )


def _frequencies(shop_id: int, terms: Sequence[Term]) -> tuple[dict[str, int], int]:
    """Return how many of the shop's passages contain each term, and how many passages there are."""
    counts = ", ".join(
        "(SELECT count(*) FROM assistant_passage WHERE shop_id = %s AND tsv @@ %s::tsquery)" for _ in terms
    )
    params = [value for term in terms for value in (shop_id, term.tsquery)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM assistant_passage WHERE shop_id = %s)"  # noqa: S608
            + (f", {counts}" if terms else ""),
            [shop_id, *params],
        )
        total, *each = cursor.fetchone()
    return {term.word: int(count) for term, count in zip(terms, each, strict=True)}, int(total)


def _centres(vector: Sequence[float]) -> dict[str, float]:
    """Return by language how near the question is to the mean of the shop's passages: what is subtracted."""
    return {
        mean.language: sum(a * float(b) for a, b in zip(vector, mean.mean, strict=True))
        for mean in ShopLanguageMean.objects.all()
    }


def _rows(
    terms: Sequence[Term],
    scope: Scope,
    vector: Sequence[float] | None,
    centres: dict[str, float],
) -> tuple[list[tuple[Any, ...]], int]:
    sql, params = _statement(terms, scope, vector, centres)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    # One row carries the total alone (it has no item), so that it comes of the same snapshot.
    total = next(int(row[0]) for row in rows if row[1] is None)
    return [row for row in rows if row[1] is not None], total


def _statement(
    terms: Sequence[Term],
    scope: Scope,
    vector: Sequence[float] | None,
    centres: dict[str, float],
) -> tuple[str, list[Any]]:
    """Build the statement: visible items, passages by words, passages by meaning, all of them together."""
    named, parameters = scope.visible()
    mask = " + ".join(f"((p.tsv @@ %s::tsquery)::int << {bit})" for bit in range(len(terms))) or "0"
    anything = " | ".join(term.tsquery for term in terms)
    parts = [named]
    parts.append(
        f"lexical AS (SELECT p.id, {mask} AS mask "  # noqa: S608
        "FROM assistant_passage AS p WHERE p.shop_id = %s AND p.tsv @@ %s::tsquery)"
        if terms
        else "lexical AS (SELECT 0::bigint AS id, 0 AS mask WHERE false)"
    )
    if terms:
        parameters += [*(term.tsquery for term in terms), scope.shop_id, anything]
    if vector is not None:
        literal = "[" + ",".join(f"{value:.6f}" for value in vector) + "]"
        parts.append(
            "centre (language, nearness) AS (SELECT * FROM unnest(%s::text[], %s::float8[])), "
            "dense AS (SELECT d.passage_id AS id, (-(d.v <#> %s::halfvec(384)) - c.nearness) / d.spread AS score "
            "FROM assistant_passage_vector AS d JOIN centre AS c ON c.language = d.language "
            "WHERE d.shop_id = %s AND (-(d.v <#> %s::halfvec(384)) - c.nearness) / d.spread >= %s)"
        )
        parameters += [list(centres), list(centres.values()), literal, scope.shop_id, literal, DENSE_FLOOR]
    else:
        parts.append("dense AS (SELECT 0::bigint AS id, 0::float8 AS score WHERE false)")
    sql = (
        f"WITH {', '.join(parts)} "  # noqa: S608 (fixed text; every value is a parameter)
        "SELECT count(*), NULL::bigint, NULL, NULL::int, NULL::int, NULL::int, NULL::timestamptz, NULL::int, "
        "NULL::float8 FROM visible UNION ALL "
        'SELECT p.id, v.id, v.public_id, p.start, p."end", v.rating, v.occurred_at, coalesce(f.mask, 0), '
        "f.score "
        "FROM (SELECT coalesce(l.id, d.id) AS id, l.mask, d.score "
        "FROM lexical AS l FULL JOIN dense AS d ON d.id = l.id) AS f "
        "JOIN assistant_passage AS p ON p.id = f.id AND p.shop_id = %s JOIN visible AS v ON v.id = p.item_id"
    )
    return sql, [*parameters, scope.shop_id]
