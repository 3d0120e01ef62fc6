"""The kinds of social proof, and the facts that each must state. A new kind is a new entry here, no migration.

One model family carries them all under the same rules of evidence; what is particular to a kind stands in the
item's ``facts`` and is validated here, so that nothing can be typed in that should be computed (law 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    REVIEW = "review"
    TESTIMONIAL = "testimonial"
    CASE_STUDY = "case_study"
    UGC_POST = "ugc_post"
    ENDORSEMENT = "endorsement"
    EXPERT_ENDORSEMENT = "expert_endorsement"
    BADGE = "badge"
    POPULARITY = "popularity"
    SOCIAL_METRIC = "social_metric"
    CUSTOMER_LOGO = "customer_logo"
    ACTIVITY = "activity"


@dataclass(frozen=True)
class Fact:
    """One fact of a kind: its name, its type, whether the item is nothing without it, and (for a date) whether the
    item is worth nothing after that day."""

    name: str
    type: type
    required: bool = True
    last_day: bool = False


@dataclass(frozen=True)
class KindRules:
    """What holds for one kind. ``says_words``: it has an author and a text; ``rated``: it may carry 1 to 5 stars."""

    kind: Kind
    says_words: bool
    rated: bool = False
    facts: tuple[Fact, ...] = ()
    computed_only: bool = False


KINDS: dict[Kind, KindRules] = {
    rules.kind: rules
    for rules in (
        KindRules(Kind.REVIEW, says_words=True, rated=True),
        KindRules(Kind.TESTIMONIAL, says_words=True, rated=True),
        KindRules(Kind.CASE_STUDY, says_words=True, facts=(Fact("customer", str),)),
        KindRules(Kind.UGC_POST, says_words=True),
        KindRules(Kind.ENDORSEMENT, says_words=True, facts=(Fact("audience", str, required=False),)),
        KindRules(
            Kind.EXPERT_ENDORSEMENT,
            says_words=True,
            facts=(Fact("profession", str), Fact("credential", str, required=False)),
        ),
        KindRules(
            Kind.BADGE,
            says_words=False,
            facts=(Fact("issuer", str), Fact("number", str), Fact("expires_on", date, last_day=True)),
        ),
        KindRules(
            Kind.POPULARITY,
            says_words=False,
            facts=(Fact("value", int), Fact("unit", str), Fact("counted_at", datetime)),
            computed_only=True,
        ),
        KindRules(
            Kind.SOCIAL_METRIC,
            says_words=False,
            facts=(Fact("value", int), Fact("metric", str), Fact("fetched_at", datetime)),
            computed_only=True,
        ),
        KindRules(Kind.CUSTOMER_LOGO, says_words=False, facts=(Fact("customer", str),)),
        KindRules(
            Kind.ACTIVITY,
            says_words=False,
            facts=(Fact("activity", str), Fact("counted_at", datetime)),
            computed_only=True,
        ),
    )
}


def fact_problems(kind: Kind, facts: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an item's facts: fact name → ``missing``, ``unknown`` or ``type``. Empty: all is well."""
    known = {fact.name: fact for fact in KINDS[kind].facts}
    problems = {name: "unknown" for name in facts if name not in known}
    for name, fact in known.items():
        value = facts.get(name)
        if value is None or value == "":
            if fact.required:
                problems[name] = "missing"
        elif not _is_of(fact.type, value):
            problems[name] = "type"
    return problems


def valid_until(kind: Kind, facts: Mapping[str, Any], stated: datetime | None) -> datetime | None:
    """When an item ends to be true: at what was stated for it, or with the last day that its facts name (UTC),
    whichever is earlier. None: never, as far as is known."""
    ends = [] if stated is None else [stated]
    for fact in KINDS[kind].facts:
        if fact.last_day and facts.get(fact.name):
            ends.append(_end_of(date.fromisoformat(facts[fact.name])))
    return min(ends, default=None)


def _end_of(day: date) -> datetime:
    midnight = datetime.combine(min(day, date.max - timedelta(days=1)), time.min, UTC)
    return midnight + timedelta(days=1)


def _is_of(wanted: type, value: Any) -> bool:
    if wanted is date or wanted is datetime:
        try:
            wanted.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            return False
        return isinstance(value, str)
    return isinstance(value, wanted) and not isinstance(value, bool)


def can_be_vouched_for(kind: str) -> bool:
    """Whether there is an author whose purchase could be shown."""
    return KINDS[Kind(kind)].says_words
