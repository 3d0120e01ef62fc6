"""Small sentences made of data: markets, periods, lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.shops.rules import WORLDWIDE


def markets_text(markets: Sequence[str]) -> str:
    """``("*",)`` → "Worldwide"; ``("DK", "SE")`` → "DK, SE"."""
    return _("Worldwide") if WORLDWIDE in markets else ", ".join(markets)


def days_text(days: int | None) -> str:
    """How long a licence is asked for."""
    if days is None:
        return _("until it is withdrawn")
    return ngettext("for %(n)d day", "for %(n)d days", days) % {"n": days}


def waited_text(since: datetime) -> str:
    """``"3 days"``: how long something has waited, in whole days."""
    days = (timezone.now() - since).days
    if days < 1:
        return _("less than a day")
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def span_text(span: timedelta) -> str:
    """A length of time in the largest unit that fits: "40 minutes", "3 hours", "2 days"."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def seconds_text(milliseconds: int) -> str:
    """``640`` → "0.64 s"; in the language in force."""
    return _("%(seconds)s s") % {"seconds": number_format(milliseconds / 1000, decimal_pos=2)}


def due_text(due: datetime) -> str:
    """How long there still is for an answer."""
    left = due - timezone.now()
    if left.total_seconds() <= 0:
        return _("overdue")
    if left.days < 1:
        return _("due today")
    return ngettext("%(n)d day left", "%(n)d days left", left.days) % {"n": left.days}


def until_text(moment: datetime | None) -> str:
    """The end of a licence as staff read it."""
    return _("without an end") if moment is None else date_format(timezone.localtime(moment), "DATE_FORMAT")


def split_markets(text: str) -> tuple[str, ...]:
    """``"dk, SE"`` → ``("DK", "SE")``; the order is kept, repeats are dropped. "Worldwide" → ``("*",)``."""
    words = text.replace(",", " ").replace(";", " ").upper()
    for world in ("WORLDWIDE", _("Worldwide").upper()):
        words = words.replace(world, f" {WORLDWIDE} ")
    return tuple(dict.fromkeys(words.split()))
