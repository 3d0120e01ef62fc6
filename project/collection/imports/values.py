"""Cells to values: ratings, numbers, dates, formulas. Pure; what cannot be read is said, never guessed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
MARKUP = re.compile(
    r"</?(?:p|br|b|i|em|strong|a|div|span|ul|ol|li)\b[^>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+|[a-z]{2,6});", re.I
)
WHOLE_STARS = re.compile(r"([0-9]+)(?:[.,]0+)?(?: ?/ ?5)?")
SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
ISO_WITH_UTC = re.compile(r" ?(?:UTC|GMT)$")

DateReader = Callable[[str], datetime | None]


class Unreadable(ValueError):
    """A cell that is not what its column promises."""


class Ambiguous(Unreadable):
    """A date whose day and month can be exchanged."""


def rating(cell: str) -> int | None:
    """``"4"``, ``"4.0"``, ``"4,0"``, ``"4/5"`` → 4; empty → None.

    Raises :class:`Unreadable` for anything else; half stars are not rounded.
    """
    if cell in _RATINGS:
        return _RATINGS[cell]
    text = cell.strip()
    if not text:
        return None
    match = WHOLE_STARS.fullmatch(text)
    stars = int(match[1]) if match and len(match[1]) < 3 else 0
    if not 1 <= stars <= 5:
        raise Unreadable(text)
    return stars


_RATINGS: dict[str, int | None] = {"": None, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


def count(cell: str) -> int:
    """A number of people, 0 where the cell is empty. Raises :class:`Unreadable`."""
    if not cell or cell == "0":
        return 0
    text = cell.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Unreadable(text)
    return int(text)


def unix_time(cell: str) -> datetime | None:
    """Seconds since 1970 (UTC). Raises :class:`Unreadable`."""
    text = cell.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise Unreadable(text)
    return datetime.fromtimestamp(int(text), UTC)


def date_reader(day_first: bool | None) -> DateReader:
    """A reader of ISO 8601 dates and of slashed or dotted ones.

    ``day_first`` None: a slashed date is read only where one order is possible, otherwise it is
    :class:`Ambiguous`. A date without a zone is taken as UTC, a date without a time as noon UTC, so that it
    is the same day in most of the world.
    """

    def read(cell: str) -> datetime | None:
        text = cell.strip()
        if not text:
            return None
        match = SLASHED.fullmatch(text)
        try:
            moment = _slashed(match, day_first) if match else _iso(text)
        except (ValueError, OverflowError) as error:
            raise error if isinstance(error, Unreadable) else Unreadable(text) from error
        if not 1990 <= moment.year <= 2100:
            raise Unreadable(text)
        return moment

    return read


def _iso(text: str) -> datetime:
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    moment = datetime.fromisoformat(ISO_WITH_UTC.sub("+00:00", text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _slashed(match: re.Match[str], day_first: bool | None) -> datetime:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if day_first is None:
        if first <= 12 and second <= 12 and first != second:
            raise Ambiguous(match[0])
        day_first = first > 12 or second <= 12
    day, month = (first, second) if day_first else (second, first)
    hour = int(match[4]) if match[4] else 12
    return datetime(year, month, day, hour, int(match[5] or 0), int(match[6] or 0), tzinfo=UTC)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run this cell as a formula. It is kept as the text it is."""
    return cell.startswith(FORMULA_SIGNS)


def looks_like_html(cell: str) -> bool:
    """Whether a text seems to be HTML: tags or entities that nobody types by hand."""
    return ("<" in cell or "&" in cell) and MARKUP.search(cell) is not None
