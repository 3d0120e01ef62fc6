"""The numbers of an answer (law 5), counted by SQL over what the gate lets pass at this moment.

All that match are counted, not the few that are quoted. The search has its own view of them; the verifier holds the
answer's sentences against these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import connection

from assistant.answers.contracts import Retrieval, Tally
from assistant.answers.messages import Facts
from assistant.retrieval.choice import dissenting_stance
from assistant.retrieval.query import Term
from assistant.retrieval.scope import Scope
from assistant.retrieval.search import Matches

STARS = (1, 2, 3, 4, 5)
_BY_STARS = ", ".join(f"count(*) FILTER (WHERE v.rating = {stars})" for stars in STARS)


def seen(matches: Matches) -> Facts:
    """Return the facts as they follow from what the search found; sentences are made from these."""
    reviews = {entry.item_pk: entry for entry in matches.found}
    words: dict[int, set[str]] = {}
    for entry in matches.found:
        words.setdefault(entry.item_pk, set()).update(entry.words.intersection(matches.keys))
    dates = [entry.occurred_at for entry in reviews.values() if entry.occurred_at]
    tally = Tally(
        total=matches.total,
        considered=len(reviews),
        ratings=dict(sorted(Counter(e.rating for e in reviews.values() if e.rating is not None).items())),
        first=min(dates, default=None),
        last=max(dates, default=None),
    )
    by_words = sum(1 for found in words.values() if found)
    together = sum(1 for found in words.values() if found.issuperset(matches.keys))
    return _facts(matches, tally, by_words, together)


def counted(matches: Matches, terms: Sequence[Term], scope: Scope) -> Facts:
    """Return the facts about the reviews in `matches`, counted now. Must run inside the shop's scope.

    The number of all reviews is the one that the search's own statement counted: a change of it would have
    raised the publication number, which the caller compares.
    """
    keys = [term for term in terms if term.word in matches.keys]
    named, values = scope.visible(among={entry.item_pk for entry in matches.found})
    has_key = ", ".join("bool_or(p.tsv @@ %s::tsquery)" for _ in keys) or "false"
    columns = [f"k{number}" for number in range(max(1, len(keys)))]
    sql = (
        f"WITH {named}, "  # noqa: S608 (fixed text; every value is a parameter)
        f"worded (item_id, {', '.join(columns)}) AS (SELECT p.item_id, {has_key} FROM assistant_passage AS p "
        "WHERE p.shop_id = %s AND p.tsv @@ %s::tsquery GROUP BY p.item_id) "
        f"SELECT count(*), {_BY_STARS}, min(v.occurred_at), max(v.occurred_at), "
        f"count(*) FILTER (WHERE {' OR '.join(columns)}), count(*) FILTER (WHERE {' AND '.join(columns)}) "
        "FROM visible AS v LEFT JOIN worded AS w ON w.item_id = v.id"
    )
    anything = " | ".join(term.tsquery for term in keys)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *(term.tsquery for term in keys), scope.shop_id, anything])
        considered, *stars, first, last, by_words, together = cursor.fetchone()
    tally = Tally(
        total=matches.total,
        considered=considered,
        ratings=_ratings(stars),
        first=first,
        last=last,
    )
    return _facts(matches, tally, by_words, together)


def stars_given(scope: Scope) -> Tally:
    """Return the stars of every review in scope, counted now; those that gave some are the reviews considered.

    Must run inside the shop's scope.
    """
    named, values = scope.visible()
    sql = (
        f"WITH {named} SELECT count(*), {_BY_STARS}, "  # noqa: S608 (fixed text; every value is a parameter)
        "min(v.occurred_at) FILTER (WHERE v.rating IS NOT NULL), "
        "max(v.occurred_at) FILTER (WHERE v.rating IS NOT NULL) FROM visible AS v"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        total, *stars, first, last = cursor.fetchone()
    return Tally(total=total, considered=sum(stars), ratings=_ratings(stars), first=first, last=last)


def _ratings(counts: Sequence[int]) -> dict[int, int]:
    return {star: count for star, count in zip(STARS, counts, strict=True) if count}


def _facts(matches: Matches, tally: Tally, by_words: int, together: int) -> Facts:
    return Facts(
        tally=tally,
        words=matches.keys,
        by_words=by_words,
        together=together if len(matches.keys) > 1 else 0,
        dissent=dissenting_stance(tally),
        retrieval=Retrieval.HYBRID if matches.dense_used else Retrieval.LEXICAL,
    )
