"""Finding every passage that speaks of a question, by its words and by its meaning, among what the gate lets pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

Close = dict[int, tuple[int, float]]
"""By passage: its item, and its centred cosine with the question."""


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


def search(question: Question, *, scope: Scope, vector: Callable[[], Sequence[float] | None]) -> Matches:
    """Return every published passage in scope that speaks of `question`, and how many reviews there are.

    A passage does when it contains a key word of an answerable question, or when its meaning alone is close
    enough. `vector` is called when nothing is left to do without the question's vector. Must run inside the shop's
    scope.
    """
    containing, passages = _frequencies(scope.shop_id, question.terms)
    weights = {word: weight(containing=count, total=passages) for word, count in containing.items()}
    keys = key_words(containing, total=passages)
    if not all(containing[key] for key in keys):
        keys = ()  # It turns on a word that nobody wrote.
    worded, total = _worded(question.terms, keys, scope)
    meant = vector()
    centres = _centres(meant) if meant is not None else {}
    close = _close(meant, centres, scope.shop_id) if meant is not None and centres else {}
    found = _by_words(worded, close, question.terms, weights)
    best = max((entry.lexical for entry in found), default=0.0)
    if best < ANSWERABLE_SHARE:
        found, keys = [], ()
    known = {entry.passage_id for entry in found}
    level = near_enough(passages)
    near = {key: entry for key, entry in close.items() if entry[1] >= level and key not in known}
    found += _by_meaning(near, scope) if near else []
    return Matches(
        found=tuple(found),
        keys=keys,
        total=total,
        best=max((score for _, score in close.values()), default=0.0) + 0.5 * best,
        dense_used=bool(centres),
    )


def _by_words(
    rows: Sequence[tuple[Any, ...]], close: Close, terms: Sequence[Term], weights: dict[str, float]
) -> list[Found]:
    whole = sum(weights.values()) or 1.0
    known: dict[int, tuple[frozenset[str], float]] = {}
    found = []
    for passage_id, item_pk, item_id, start, end, rating, occurred_at, mask in rows:
        if mask not in known:
            words = frozenset(term.word for bit, term in enumerate(terms) if mask >> bit & 1)
            known[mask] = words, sum(weights[word] for word in words) / whole
        words, share = known[mask]
        _, dense = close.get(passage_id, (item_pk, None))
        found.append(Found(passage_id, item_pk, item_id, start, end, rating, occurred_at, words, share, dense))
    return found


def _by_meaning(near: Close, scope: Scope) -> list[Found]:
    """Read the passages that are found by meaning alone, of reviews that the gate lets pass."""
    named, values = scope.visible(among={item_pk for item_pk, _ in near.values()})
    sql = (
        f'WITH {named} SELECT p.id, v.id, v.public_id, p.start, p."end", v.rating, v.occurred_at '  # noqa: S608
        "FROM assistant_passage AS p JOIN visible AS v ON v.id = p.item_id "
        "WHERE p.shop_id = %s AND p.id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, scope.shop_id, list(near)])
        return [
            Found(key, item_pk, item_id, start, end, rating, occurred_at, frozenset(), 0.0, near[key][1])
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


def _worded(terms: Sequence[Term], keys: Sequence[str], scope: Scope) -> tuple[list[tuple[Any, ...]], int]:
    """Return rows of passages that contain a key word, and how many reviews there are, of one snapshot."""
    named, values = scope.visible()
    wanted = [term.tsquery for term in terms if term.word in keys]
    if not wanted:
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {named} SELECT count(*) FROM visible", values)  # noqa: S608
            return [], int(cursor.fetchone()[0])
    mask = " + ".join(f"((p.tsv @@ %s::tsquery)::int << {bit})" for bit in range(len(terms)))
    # One row carries the total alone: it has no passage.
    sql = (
        f"WITH {named} SELECT NULL::bigint, count(*), NULL::varchar, NULL::int, NULL::int, NULL::int, "  # noqa: S608
        "NULL::timestamptz, NULL::int FROM visible UNION ALL "
        f'SELECT p.id, v.id, v.public_id, p.start, p."end", v.rating, v.occurred_at, {mask} '
        "FROM assistant_passage AS p JOIN visible AS v ON v.id = p.item_id "
        "WHERE p.shop_id = %s AND p.tsv @@ %s::tsquery"
    )
    params = [*values, *(term.tsquery for term in terms), scope.shop_id, " | ".join(wanted)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return [row for row in rows if row[0] is not None], next(int(row[1]) for row in rows if row[0] is None)


def _close(vector: Sequence[float], centres: dict[str, float], shop_id: int) -> Close:
    """Return item and score of every passage of the shop that is near in meaning, whatever the gate says of it.

    One scan of the shop's own vectors. What comes of it is looked up among gated rows, or read through the gate.
    """
    literal = "[" + ",".join(f"{value:.6f}" for value in vector) + "]"
    sql = (
        "SELECT d.id, d.item_pk, d.score FROM ("
        "SELECT p.passage_id AS id, p.item_pk, (-(p.v <#> %s::halfvec(384)) - c.nearness) / p.spread AS score "
        "FROM assistant_passage_vector AS p "
        "JOIN unnest(%s::text[], %s::float8[]) AS c (language, nearness) ON c.language = p.language "
        "WHERE p.shop_id = %s OFFSET 0) AS d WHERE d.score >= %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [literal, list(centres), list(centres.values()), shop_id, DENSE_FLOOR])
        return {key: (item_pk, score) for key, item_pk, score in cursor.fetchall()}
