"""What the author's page says and shows, out of what a link opens. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput
from project.core.hashing import payload_hash
from project.core.scope import shop_scope
from project.rights import services
from project.rights.ages import AGES, STEPS, TOO_YOUNG_ANYWHERE
from project.rights.answering import ELSEWHERE, SEPARATE, Filled, chosen_before, credits_offered
from project.rights.authors import terms_by_hash
from project.rights.contracts import ANSWERABLE_STATES, Channel, LinkPurpose, RequestView
from project.rights.notices.links import statement_url
from project.rights.notices.selectors import statements_of
from project.rights.notices.wording import RESTRICTIONS, reason_text
from project.rights.outlets import Use, uses_of
from project.rights.own_data import own_data_tools
from project.rights.pictures import preview_path
from project.rights.services.confirmation import CONFIRMED_MINUTES
from project.rights.terms import Terms
from project.rights.wording import (
    CHANNEL_LABELS,
    CHANNEL_NOTES,
    MODIFICATION_LABELS,
    PEOPLE_LABELS,
    WORKS_LABELS,
)
from project.shops.rules import WORLDWIDE
from project.shops.selectors import shop_facts

WAITING = frozenset(state.value for state in ANSWERABLE_STATES)


@dataclass(frozen=True)
class Option:
    """A box or a button of the form."""

    value: str
    label: str
    note: str = ""
    chosen: bool = False


def asked_terms(view: RequestView, locale: str) -> Terms:
    """The terms that a yes on this page agrees to: in the version that the author was asked under."""
    return services.terms_as_shown(shop_facts(view.shop_id), version=view.terms_version, locale=locale)


def page_hash(view: RequestView, shown: Terms) -> str:
    """SHA-256 of all that the page shows the author to decide on; goes out with the form and comes back with the
    answer, which counts for exactly that."""
    return payload_hash(
        {
            "request": view.public_id,
            "shop": [view.shop_name, view.shop_website],
            "item": [view.item_id, view.item_version, view.item_title, view.item_text],
            "media": list(view.media_sha256),
            "places": [[channel.value, str(CHANNEL_LABELS[channel])] for channel in view.channels],
            "markets": list(view.markets),
            "days": view.days,
            "modifications": list(view.modifications),
            "terms": shown.sha256,
            "locale": shown.locale,
        }
    )


def page_context(
    view: RequestView, locale: str, *, form: Filled | None = None, problem: InvalidInput | None = None
) -> dict[str, Any]:
    """Everything that ``rights/consent.html`` says."""
    form = form or chosen_before(view)
    shown = asked_terms(view, locale)
    confirmed = view.purpose != LinkPurpose.AUTHOR
    waiting = view.state in WAITING and not confirmed
    return {
        "view": view,
        "shop_name": view.shop_name,
        "waiting": waiting,
        "confirmed": confirmed and not view.awaits_code,
        "opens_data": view.purpose == LinkPurpose.CONFIRMED and not view.awaits_code,
        "asks": waiting or (confirmed and not view.awaits_code and view.state == "granted"),
        "problem": problem,
        "wrong": (problem.fields or {}) if problem else {},
        "minutes_left": max(1, round((view.expires_at - timezone.now()).total_seconds() / 60)),
        "granted_on": _day(view.granted_at),
        "ends_on": _day(view.licence_ends_at),
        "shop_host": host_of(view.shop_website),
        "shop_url": web_address(view.shop_website),
        "pictures": [{"src": preview_path(media.file), "media": media} for media in view.item_media],
        "origin_url": web_address(view.origin_url),
        "markets": countries(view.markets),
        "edits": [str(MODIFICATION_LABELS.get(code, code)) for code in view.modifications],
        "granted": places(view.granted_channels),
        "granted_edits": [str(MODIFICATION_LABELS.get(code, code)) for code in view.granted_modifications],
        "uses": _uses(view) if view.state in {"granted", "held"} else [],
        "terms": shown,
        "granted_terms": _granted_terms(view),
        "shown": page_hash(view, shown),
        "privacy": privacy_context(view.shop_name, view.shop_website),
        "report_url": address_of("notice_form", f"/n/{view.item_id}", view.item_id),
        "statements": _statements(view),
        "tools": own_data_tools() if view.author_pk is not None else None,
        "confirmed_minutes": CONFIRMED_MINUTES,
        **_form_context(view, form),
    }


def _statements(view: RequestView) -> list[dict[str, str]]:
    """Why something of it is restricted: for an author without a known address this is where they are told."""
    with shop_scope(view.shop_id):
        return [
            {
                "url": statement_url(row.public_id),
                "what": str(RESTRICTIONS[row.restriction]),
                "why": reason_text(row.reason),
            }
            for row in statements_of(view.item_id)
        ]


def _form_context(view: RequestView, form: Filled) -> dict[str, Any]:
    ordinary = [channel for channel in view.channels if channel not in SEPARATE]
    separate = [channel for channel in view.channels if channel in SEPARATE]
    return {
        "form": form,
        "ordinary": places(ordinary, form.channels),
        "separate": places(separate, form.channels),
        "asks_one": len(view.channels) == 1 and not separate,
        "credits": [
            Option(offer.value, offer.name, chosen=offer.value == form.credit) for offer in credits_offered(view)
        ],
        "people": _options(PEOPLE_LABELS.items(), form.people),
        "works": _options(WORKS_LABELS.items(), form.works),
        "ages": _ages(form.age),
        "countries": _countries(form.country),
    }


def places(channels: Iterable[Channel], chosen: Sequence[Channel] = ()) -> list[Option]:
    return [
        Option(channel.value, str(CHANNEL_LABELS[channel]), str(CHANNEL_NOTES[channel]), channel in chosen)
        for channel in channels
    ]


def _options(labels: Iterable[tuple[str, Any]], chosen: str) -> list[Option]:
    return [Option(str(value), str(label), chosen=value == chosen) for value, label in labels]


def _ages(chosen: str) -> list[Option]:
    highest, lowest = max(STEPS), min(STEPS)
    labels = {step: str(step) for step in STEPS}
    labels[highest] = _("%(age)d or older") % {"age": highest}
    labels[TOO_YOUNG_ANYWHERE] = _("Under %(age)d") % {"age": lowest}
    return _options(((str(step), label) for step, label in labels.items()), chosen)


def _countries(chosen: str) -> list[Option]:
    names = _territories()
    known = sorted(((code, names.get(code, code)) for code in AGES), key=lambda entry: entry[1])
    return _options([*known, (ELSEWHERE, _("Another country"))], chosen)


def _day(moment: datetime | None) -> str:
    """``25 November 2027``, day before month in every language."""
    if moment is None:
        return ""
    locale = get_language() or settings.LANGUAGE_CODE
    return format_date(moment.date(), format="long", locale="en_GB" if locale == "en" else locale)


def countries(codes: Sequence[str]) -> str:
    """``Denmark and Sweden``, or every country, in the language in force."""
    if WORLDWIDE in codes:
        return _("every country")
    names = _territories()
    return ", ".join(names.get(code, code) for code in codes)


def _territories() -> Any:
    return Locale.parse((get_language() or settings.LANGUAGE_CODE).replace("-", "_")).territories


def _granted_terms(view: RequestView) -> Any:
    if not view.granted_terms_sha256:
        return None
    with shop_scope(view.shop_id):
        return terms_by_hash(view.granted_terms_sha256)


def _uses(view: RequestView) -> list[Use]:
    with shop_scope(view.shop_id):
        return uses_of(view.item_id)


def privacy_context(shop_name: str, website: str) -> dict[str, str]:
    """What the privacy notice names beside its own words."""
    return {
        "shop": shop_name,
        "website": web_address(website),
        "host": host_of(website),
        "platform": host_of(settings.PUBLIC_URL),
    }


def web_address(address: str) -> str:
    """An address that may stand in a link; "" for anything but a web page."""
    return address if address.startswith(("https://", "http://")) else ""


def host_of(address: str) -> str:
    """``www.linden.example`` → ``linden.example``: what people know a shop by."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def address_of(name: str, path: str, *arguments: str) -> str:
    """The address of a page that another part of the project may serve under this name; else its agreed path."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return path
