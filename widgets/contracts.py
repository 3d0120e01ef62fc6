"""What goes over the wire to shop pages: the feed and its parts. ``to_json`` of each gives the documented
shape.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Theme:
    """How a widget looks, as far as its owner chose. The embed knows the same names.

    ``scheme``: auto, light or dark; ``accent``: ``#rrggbb``; ``radius``: pixels; ``density``: comfortable
    or compact.
    """

    scheme: str = "auto"
    accent: str = "#0b6e4f"
    radius: int = 12
    density: str = "comfortable"


@dataclass(frozen=True, kw_only=True)
class WidgetInput:
    """A widget as the studio or the API states it. Empty values: the shop's markets and locale, no
    restriction.

    ``product_id`` and ``selection_id`` are public ids; ``theme`` holds any of the names of :class:`Theme`.
    """

    type: str
    name: str
    heading: str = ""
    markets: tuple[str, ...] = ()
    product_id: str = ""
    category: str = ""
    ratings: tuple[int, ...] = ()
    order: str = "newest"
    selection_id: str = ""
    theme: Mapping[str, Any] = field(default_factory=dict)
    locale: str = ""
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class WidgetFacts:
    """A widget as it stands. ``markets`` and ``locale`` are the effective ones, never empty."""

    id: str
    shop_id: int
    input: WidgetInput
    markets: tuple[str, ...]
    locale: str
    theme: Theme
    hosted: bool
    selection_name: str
    selection_product_id: str

    @property
    def type(self) -> str:
        return self.input.type

    @property
    def product_id(self) -> str:
        """The product that the placement is about, by its own setting or by its selection's."""
        return self.input.product_id or self.selection_product_id


@dataclass(frozen=True, kw_only=True)
class SelectedItem:
    """One entry of a selection, pinned ones first."""

    item_id: str
    position: int
    pinned: bool
    tag: str


@dataclass(frozen=True, kw_only=True)
class FeedProduct:
    id: str
    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class FeedSource:
    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class FeedMedia:
    src: str
    width: int | None
    height: int | None
    alt: str


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One published item. ``text`` is whole; ``cut`` is the code point where a card's excerpt ends, None
    for all.

    ``disclosure`` and ``verification`` are label texts, ``date`` is ISO 8601, each None where there is
    nothing to say.
    """

    id: str
    kind: str
    title: str
    text: str
    cut: int | None
    language: str
    rating: int | None
    credit: str
    credit_url: str
    disclosure: str | None
    verification: str | None
    date: str | None
    date_text: str | None
    product: FeedProduct | None
    source: FeedSource | None
    media: tuple[FeedMedia, ...]
    url: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts over everything published for the placement, whatever the widget's own filter.

    ``average`` is a decimal text of one digit, None below the floor; ``histogram`` maps "5" to "1" to counts.
    """

    total: int
    rated: int
    average: str | None
    histogram: dict[str, int]
    text: str


@dataclass(frozen=True, kw_only=True)
class SelectionNotice:
    """What a page says when it shows less than everything (law 6)."""

    shown: int
    total: int
    text: str
    see_all: str
    url: str


@dataclass(frozen=True, kw_only=True)
class FeedWidget:
    id: str
    type: str
    heading: str
    theme: Theme


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The first screen of a widget."""

    version: int
    locale: str
    widget: FeedWidget
    labels: dict[str, str]
    summary: Summary
    selection: SelectionNotice | None
    items: tuple[FeedItem, ...]
    next: str | None
    wall_url: str
    live: str
    events: str

    def to_json(self) -> dict[str, Any]:
        """The feed as plain lists and dictionaries."""
        return to_json(self)


def to_json(contract: Any) -> dict[str, Any]:
    """A contract as JSON-ready data: tuples become lists."""
    return asdict(contract, dict_factory=_plain)


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs}
