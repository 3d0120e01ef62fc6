"""What was found and counted at one moment, and whether that is still so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from assistant.answers.asked import Asked
from assistant.answers.messages import Facts
from assistant.retrieval.counting import counted, seen
from assistant.retrieval.search import Matches, search
from project.core.publication import publication_number

BELIEVED_SECONDS = 2.0
"""How long a moment may last. Rights begin and end by the clock too, and a model may take its time."""


@dataclass(frozen=True)
class Moment:
    """Matches and numbers under one publication number. Sentences are made from `facts` and held against `counted`."""

    number: int
    taken_at: float
    matches: Matches
    facts: Facts
    counted: Facts


def looked(
    asked: Asked, vector: Callable[[], Sequence[float] | None], lap: Callable[[str], None] = lambda name: None
) -> Moment:
    """Search and count. Must run inside the shop's scope."""
    scope = replace(asked.scope, audience=replace(asked.scope.audience, at=timezone.now()))
    # A withdrawal between search and count makes them differ; then everything is looked at once more.
    for last_try in (False, True):
        number = publication_number(scope.shop_id)
        matches = search(asked.question, scope=scope, vector=vector)
        lap("search")
        moment = Moment(number, time.monotonic(), matches, seen(matches), counted(matches, asked.question.terms, scope))
        lap("count")
        if last_try or (number == publication_number(scope.shop_id) and moment.facts == moment.counted):
            break
    return moment


def lasting(moment: Moment, asked: Asked) -> Moment | None:
    """Return the moment under the publication number of now, None when everything must be looked at anew.

    A number that rose means that something changed somewhere in the shop: the reviews that were found are counted
    again, and only when they count differently the search is of no more use. How many reviews there are in all is
    taken over as it is now.
    """
    if time.monotonic() - moment.taken_at > BELIEVED_SECONDS:
        return None
    number = publication_number(asked.scope.shop_id)
    if number == moment.number:
        return moment
    scope = replace(asked.scope, audience=replace(asked.scope.audience, at=timezone.now()))
    matches = replace(moment.matches, total=scope.total())
    same = replace(moment.facts, tally=replace(moment.facts.tally, total=matches.total))
    now = counted(matches, asked.question.terms, scope)
    return replace(moment, number=number, matches=matches, facts=same, counted=now) if now == same else None
