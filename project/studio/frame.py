"""The lasting frame around every page: navigation with live counts, shops, search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.rights import selectors as rights
from project.shops.contracts import ShopFacts
from project.shops.selectors import shops_of
from project.studio.access import Desk
from project.studio.labels import ROLES, Label, label_of

# The first four stand in the bottom bar of small screens, the others behind "More".
BOTTOM_BAR_ENTRIES = 4


@dataclass(frozen=True)
class NavEntry:
    """One tab of the rail. ``shortcut`` is pressed after ``g``."""

    key: str
    label: str
    icon: str
    shortcut: str
    url: str
    current: bool
    count: int


@dataclass(frozen=True)
class Frame:
    shop: ShopFacts
    shops: list[ShopFacts]
    entries: list[NavEntry]
    can: Mapping[str, bool]
    email: str
    initial: str
    role_label: Label
    search: str

    @property
    def current_in_more(self) -> bool:
        return any(entry.current for entry in self.entries[BOTTOM_BAR_ENTRIES:])


def nav_counts() -> dict[str, int]:
    """What waits in each room: two queries, asked again every ten seconds by open pages."""
    return {
        "content": content.moderation_queue().count(),
        "rights": rights.items_to_ask().count(),
    }


def frame_of(request: HttpRequest, desk: Desk, section: str) -> Frame:
    """The frame with the tab ``section`` marked as the current one."""
    counts = nav_counts()
    sections = (
        ("today", _("Today"), "t", "studio:today"),
        ("content", _("Content"), "c", "studio:queue"),
        ("rights", _("Rights"), "r", "studio:rights"),
        ("widgets", _("Widgets"), "w", "studio:widgets"),
        ("assistant", _("Assistant"), "a", "studio:assistant"),
        ("sources", _("Sources"), "s", "studio:sources"),
        ("settings", _("Settings"), ",", "studio:settings"),
    )
    entries = [
        NavEntry(
            key=key,
            label=label,
            icon=key,
            shortcut=shortcut,
            url=reverse(url_name, args=[desk.shop.slug]),
            current=key == section,
            count=counts.get(key, 0),
        )
        for key, label, shortcut, url_name in sections
    ]
    return Frame(
        shop=desk.shop,
        shops=shops_of(desk.user),
        entries=entries,
        can=desk.can,
        email=desk.user.email,
        initial=str(desk.user)[:1].upper(),
        role_label=label_of(ROLES, desk.role),
        search=request.GET.get("q", "")[:200] if section == "content" else "",
    )


def page(
    request: HttpRequest, desk: Desk, template: str, section: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A whole page inside the frame."""
    shared = {"frame": frame_of(request, desk, section), "here": request.get_full_path()}
    return render(request, template, shared | context, status=status)


def piece(
    request: HttpRequest, desk: Desk, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A part of a page for htmx: knows the shop and what the role may do, draws no navigation."""
    shared = {"frame": {"shop": desk.shop, "can": desk.can}, "here": next_url(request, "")}
    return render(request, template, shared | context, status=status)


def next_url(request: HttpRequest, fallback: str) -> str:
    """Where the form asked to return to, as long as that is a page of this studio."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/studio/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return fallback
