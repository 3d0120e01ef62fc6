"""Every text that a widget says for itself, in the language in force (``translation.override``)."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from project.rights.contracts import Basis
from widgets.rules import SortOrder, rating_span

# Day before month, as everywhere in Europe: "25 October 2012".
_DATE_LOCALES = {"en": "en_GB"}

_LABELS: dict[str, Promise] = {
    "previous": _("Previous"),
    "next": _("Next"),
    "of": _("{n} of {total}"),
    "rated": _("Rated {rating} out of 5"),
    "stars": _("{n} stars"),
    "read_more": _("Read all of it"),
    "show_more": _("Show more"),
    "close": _("Close"),
    "unavailable": _("Reviews cannot be shown right now."),
    "empty": _("No reviews yet."),
    "see_all": _("See all reviews"),
    # On every item, to the public form (Digital Services Act, Art. 16).
    "report": _("Report"),
    # Role descriptions for screen readers (ARIA APG, carousel), so not capitalised.
    "carousel": _("carousel"),
    "slide": _("slide"),
}
ORDER_LABELS: dict[str, Promise] = {
    SortOrder.NEWEST: _("Newest first"),
    SortOrder.HELPFUL: _("Most helpful first"),
    SortOrder.HIGHEST: _("Highest rating first"),
    SortOrder.LOWEST: _("Lowest rating first"),
}


def interface_labels() -> dict[str, str]:
    """The labels of the embed's own interface; ``{n}`` and the like are filled in by the page."""
    return {name: str(label) for name, label in _LABELS.items()}


def number_text(number: int | Decimal, digits: int = 0) -> str:
    """``2431`` → ``2,431`` in English, ``2.431`` in Danish."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(number, format=pattern, locale=_babel_locale())


def day_of(moment: datetime, time_zone: str) -> date:
    """The calendar day in the shop's own time."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def date_text(day: date) -> str:
    """``25 October 2012``, ``25. oktober 2012``."""
    locale = _babel_locale()
    return format_date(day, format="long", locale=_DATE_LOCALES.get(locale, locale))


def review_count(count: int) -> str:
    """``2,431 reviews``."""
    return ngettext("%(count)s review", "%(count)s reviews", count) % {"count": number_text(count)}


def summary_text(*, total: int, rated: int, average: Decimal | None) -> str:
    """``4.1 out of 5, from 2,431 reviews``; the count alone where no average is shown."""
    if not total:
        return str(_LABELS["empty"])
    if average is None:
        return review_count(total)
    return ngettext(
        "%(average)s out of 5, from %(count)s review", "%(average)s out of 5, from %(count)s reviews", rated
    ) % {"average": number_text(average, 1), "count": number_text(rated)}


def notice_text(
    *, curated: bool, ratings: tuple[int, ...], order: str, shown: int, total: int, average: Decimal | None
) -> str:
    """What a view says that shows a choice of the reviews (law 6)."""
    counts = {"shown": number_text(shown), "total": number_text(total)}
    if ratings:
        counts["stars"] = rating_span(ratings)
        text = (
            gettext("Selected by the shop, %(stars)s stars only: %(shown)s of %(total)s")
            if curated
            else gettext("%(stars)s stars only: %(shown)s of %(total)s reviews")
        ) % counts
        if average is not None:
            return gettext("%(text)s, average of all %(average)s") % {
                "text": text,
                "average": number_text(average, 1),
            }
        return text
    if curated:
        return gettext("Selected by the shop: %(shown)s of %(total)s") % counts
    return gettext("%(order)s: %(shown)s of %(total)s") % {**counts, "order": str(ORDER_LABELS[order])}


# The bases of licences as shoppers are told of them; several bases may share one sentence.
_RIGHTS: dict[str, Promise] = {
    Basis.REQUEST: _("with the authors’ permission"),
    Basis.SUBMISSION: _("with the authors’ permission"),
    Basis.OPEN_LICENCE: _("under an open licence"),
    Basis.OWNED: _("on the shop’s declaration that it may"),
    Basis.SELF_ATTESTED: _("on the shop’s declaration that it may"),
}


def rights_text(bases: Collection[str]) -> str:
    """By what right a page shows what it shows: no more than the licences behind it say."""
    ways = list(dict.fromkeys(str(way) for basis, way in _RIGHTS.items() if basis in bases))
    if not ways:
        return ""
    *first, last = ways
    listed = gettext("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last} if first else last
    return gettext("Shown %(by_right)s. The words are the authors’ own, unaltered.") % {"by_right": listed}


def _babel_locale() -> str:
    return (get_language() or "en").replace("-", "_")
