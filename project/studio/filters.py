"""Filters of the content lists. None of them, and no order, knows a rating (law 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.kinds import Kind
from project.content.rules import State
from project.shops import selectors as shops
from project.studio.labels import KINDS, STATES, Label, badge_of, label_of, language_name

PRODUCTS_ON_OFFER = 500
WORDS_LENGTH = 200


@dataclass(frozen=True)
class Option:
    value: str
    label: Label


@dataclass(frozen=True)
class Choice:
    """One drop-down: the field's name, its label, what may be chosen and what is."""

    name: str
    label: Label
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Filters:
    """``q`` None: this list has no box for words."""

    q: str | None
    choices: tuple[Choice, ...]

    @property
    def active(self) -> bool:
        return bool(self.q) or any(choice.value for choice in self.choices)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that fit every filter in force."""
        columns = {"state": "state", "kind": "kind", "language": "language", "product": "product__public_id"}
        columns["source"] = "source__public_id"
        wanted = {columns[choice.name]: choice.value for choice in self.choices if choice.value}
        rows = rows.filter(**wanted)
        return rows.filter(content.search_items(self.q)) if self.q else rows


def queue_filters(query: QueryDict) -> Filters:
    """What the moderation queue may be narrowed by."""
    return Filters(None, (_kind(query), product_choice(query), _language(query), source_choice(query)))


def list_filters(query: QueryDict) -> Filters:
    """What the list of all content may be narrowed by."""
    words = query.get("q", "").replace("\x00", "").strip()[:WORDS_LENGTH]
    return Filters(words, (_state(query), _kind(query), product_choice(query), _language(query)))


def choice_of(query: QueryDict, name: str, label: Label, all_label: Label, options: Iterable[Option]) -> Choice:
    offered = (Option("", all_label), *options)
    value = query.get(name, "")
    return Choice(name, label, value if any(option.value == value for option in offered) else "", offered)


def _state(query: QueryDict) -> Choice:
    options = (Option(state.value, badge_of(STATES, state).label) for state in State)
    return choice_of(query, "state", _("State"), _("All states"), options)


def _kind(query: QueryDict) -> Choice:
    options = (Option(kind.value, label_of(KINDS, kind)) for kind in Kind)
    return choice_of(query, "kind", _("Kind"), _("All kinds"), options)


def product_choice(query: QueryDict) -> Choice:
    rows = shops.products().values_list("public_id", "name")[:PRODUCTS_ON_OFFER]
    return choice_of(query, "product", _("Product"), _("All products"), (Option(*row) for row in rows))


def _language(query: QueryDict) -> Choice:
    options = (Option(code, language_name(code)) for code in content.languages())
    return choice_of(query, "language", _("Language"), _("All languages"), options)


def source_choice(query: QueryDict) -> Choice:
    rows = content.sources().values_list("public_id", "name")
    return choice_of(query, "source", _("Source"), _("All sources"), (Option(*row) for row in rows))
