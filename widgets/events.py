"""News of the widgets room. Each raises the shop's publication number, so every feed is built anew."""

from dataclasses import dataclass

from project.core.events import Event


@dataclass(frozen=True, kw_only=True)
class WidgetCreated(Event):
    widget_id: str


@dataclass(frozen=True, kw_only=True)
class WidgetChanged(Event):
    widget_id: str


@dataclass(frozen=True, kw_only=True)
class WidgetDeleted(Event):
    widget_id: str


@dataclass(frozen=True, kw_only=True)
class SelectionCreated(Event):
    selection_id: str


@dataclass(frozen=True, kw_only=True)
class SelectionChanged(Event):
    selection_id: str


@dataclass(frozen=True, kw_only=True)
class SelectionDeleted(Event):
    selection_id: str
