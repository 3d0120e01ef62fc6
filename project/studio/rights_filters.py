"""Filters of the queue of what needs permission. None of them, and no order, knows a rating (law 4)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from project.rights import desk as rights_desk
from project.studio.filters import Choice, Option, choice_of, product_choice, source_choice

# Received within so many days; "older" is what is left.
AGES = {"week": 7, "month": 30}


@dataclass(frozen=True)
class RightsFilters:
    """``q`` is always None: this list has no box for words."""

    choices: tuple[Choice, ...]
    q: None = None

    @property
    def active(self) -> bool:
        return any(choice.value for choice in self.choices)

    @property
    def query(self) -> str:
        """What is in force, as a query string; what a saved view keeps."""
        return urlencode([(choice.name, choice.value) for choice in self.choices if choice.value])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {choice.name: choice.value for choice in self.choices if choice.value}
        if "source" in wanted:
            rows = rows.filter(source__public_id=wanted["source"])
        if "product" in wanted:
            rows = rows.filter(product__public_id=wanted["product"])
        if "asked" in wanted:
            rows = rights_desk.asked_before(rows, wanted["asked"])
        if "age" in wanted:
            now = timezone.now()
            if days := AGES.get(wanted["age"]):
                return rows.filter(received_at__gt=now - timedelta(days=days))
            return rows.filter(received_at__lte=now - timedelta(days=AGES["month"]))
        return rows


def rights_filters(query: QueryDict) -> RightsFilters:
    """What the address asks for; anything that is not on offer is as if it were not there."""
    asked = (
        Option("never", _("Nobody was asked")),
        Option("no_reply", _("No reply")),
        Option("declined", _("Declined")),
        Option("withdrawn", _("Withdrawn")),
        Option("ended", _("Ran out or ended")),
    )
    ages = (
        Option("week", _("Within 7 days")),
        Option("month", _("Within 30 days")),
        Option("older", _("More than 30 days ago")),
    )
    return RightsFilters(
        (
            source_choice(query),
            product_choice(query),
            choice_of(query, "asked", _("State"), _("All states"), asked),
            choice_of(query, "age", _("Came in"), _("At any time"), ages),
        )
    )
