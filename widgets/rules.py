"""Pure rules of what widgets show: types, excerpts, notices, themes, and when a page may carry JSON-LD.

Star-blind where it matters (law 4): a rating filter and an order by rating are the owner's visible choice,
and each makes the widget say so (law 6).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from project.content.kinds import KINDS
from widgets.contracts import Theme


class WidgetType(StrEnum):
    CAROUSEL = "carousel"
    RATING_SUMMARY = "rating_summary"
    WALL = "wall"


class SortOrder(StrEnum):
    NEWEST = "newest"
    HELPFUL = "helpful"
    HIGHEST = "highest"
    LOWEST = "lowest"


PUBLIC_ID_PREFIX = "wid"
SELECTION_ID_PREFIX = "sel"
WIDGET_ID = r"wid_[0-9A-Za-z]{22}"
ITEM_ID = re.compile(r"[a-z]{3}_[0-9A-Za-z]{22}")

RATINGS = (1, 2, 3, 4, 5)
# Below this many ratings an average says more about chance than about the product; n is always shown.
AVERAGE_FLOOR = 5
FIRST_SCREEN = {WidgetType.CAROUSEL: 12, WidgetType.RATING_SUMMARY: 0, WidgetType.WALL: 20}
SELECTION_SCREEN = 24
PAGE_ITEMS = 20
WIDGETS_PER_SHOP = 200
ITEMS_PER_SELECTION = 200
SEARCH_MAX_LENGTH = 100
EXCERPT_LENGTH = 240
# A text that is only a little longer than the excerpt is shown whole: a cut would save one line.
EXCERPT_SLACK = 60
ZERO_WIDTH_JOINER = "\u200d"
# What carries an author's words. Badges, counts and logos get widgets of their own.
WORDED_KINDS = tuple(kind.value for kind, rules in KINDS.items() if rules.says_words)

SCHEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
RADIUS_MAX = 32
_ACCENT = re.compile(r"#[0-9a-f]{6}")


def excerpt_end(text: str, length: int = EXCERPT_LENGTH) -> int | None:
    """The code point where a card's excerpt ends, between words where there are any; None when the text fits.

    Only a place is told: the words before it are the author's, unaltered (law 3).
    """
    if len(text) <= length + EXCERPT_SLACK:
        return None
    for place in range(length, length // 2, -1):
        if text[place].isspace() and not text[place - 1].isspace():
            return place
    place = length
    while place > 1 and _is_inside_character(text, place):
        place -= 1
    return place


def _is_inside_character(text: str, place: int) -> bool:
    """Whether a cut at this code point would tear one written character apart."""
    before, after = text[place - 1], text[place]
    if _is_flag_half(before) and _is_flag_half(after):
        start = place
        while start and _is_flag_half(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc", "Cf")
        or before == ZERO_WIDTH_JOINER
        or 0x1F3FB <= ord(after) <= 0x1F3FF  # skin tones
    )


def _is_flag_half(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def shown_average(average: Decimal | None, rated: int) -> Decimal | None:
    """The average with one digit, half up; None below the floor."""
    if average is None or rated < AVERAGE_FLOOR:
        return None
    return average.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def theme_problems(theme: Mapping[str, Any]) -> list[str]:
    """The names of a theme's values that cannot be; unknown names among them."""
    checks = {
        "scheme": lambda value: value in SCHEMES,
        "accent": lambda value: isinstance(value, str) and _ACCENT.fullmatch(value) is not None,
        "radius": lambda value: type(value) is int and 0 <= value <= RADIUS_MAX,
        "density": lambda value: value in DENSITIES,
    }
    return [name for name, value in theme.items() if name not in checks or not checks[name](value)]


def theme_of(stored: Mapping[str, Any]) -> Theme:
    """A stored theme with defaults for what it does not say, and for what an older version let through."""
    bad = set(theme_problems(stored))
    return Theme(**{name: value for name, value in stored.items() if name not in bad})


def parse_stars(text: str) -> tuple[int, ...]:
    """``"4,5"`` → ``(4, 5)``; anything else than numbers from 1 to 5 is left out; all five mean no filter."""
    stars = {int(part) for part in text.split(",") if part.strip() in {"1", "2", "3", "4", "5"}}
    return () if len(stars) == len(RATINGS) else tuple(sorted(stars))


def stars_within(wanted: tuple[int, ...], allowed: tuple[int, ...]) -> tuple[int, ...]:
    """A visitor's stars within the widget's own; ``(0,)``, which no item has, when nothing is left."""
    if not wanted or not allowed:
        return wanted or allowed
    both = tuple(stars for stars in wanted if stars in allowed)
    return both or (0,)


def sort_order(text: str, fallback: str) -> str:
    """A known order, else the fallback."""
    return text if text in set(SortOrder) else fallback


@dataclass(frozen=True)
class PageFacts:
    """What decides whether a wall page may carry JSON-LD."""

    product_placement: bool
    filtered: bool
    first_page: bool
    ratings_shown: int
    first_party_ratings: int


def may_carry_json_ld(page: PageFacts) -> bool:
    """Product pages of first-party reviews only, unfiltered, and only where markup and page say the same.

    Reviews of the shop itself earn nothing there and reviews taken from other sites may not be marked up at
    all (Google, review snippet guidelines); the aggregate is over all published ratings, so one that comes
    from elsewhere leaves no aggregate that both equals the page and is first-party.
    """
    return (
        page.product_placement
        and page.first_page
        and not page.filtered
        and page.first_party_ratings > 0
        and page.first_party_ratings == page.ratings_shown
    )


def rating_span(ratings: Iterable[int]) -> str:
    """``(4, 5)`` → ``"4–5"``, ``(1, 5)`` → ``"1, 5"``."""
    stars = sorted(ratings)
    if len(stars) > 1 and stars == list(range(stars[0], stars[-1] + 1)):
        return f"{stars[0]}–{stars[-1]}"
    return ", ".join(map(str, stars))
