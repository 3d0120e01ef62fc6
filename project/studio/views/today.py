"""Today: what needs me, what happened, what is on show. And the live counts of every page."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.core.outbox import put_parked_back
from project.rights import gate
from project.rights.contracts import Aggregate, Audience, Channel
from project.shops import selectors as shops
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.arrivals import arrivals_of
from project.studio.frame import nav_counts, page, piece
from project.studio.history import lately
from project.studio.needs import needs_of
from widgets import selectors as widgets

# Below this many ratings an average says more than is known; the widgets keep to the same floor.
AVERAGE_FLOOR = 5


@dataclass(frozen=True)
class Step:
    title: str
    help: str
    action: str
    url: str
    done: bool
    first: bool = False


@shop_page()
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What needs me, the oldest first; first steps while the shop is new."""
    total = sum(content.state_counts().values())
    shown = _shown(desk)
    context = {
        **_what_needs_me(desk, total),
        "steps": _steps(desk, total, shown["total"]) if not shown["total"] else [],
        "lately": lately(desk.shop.id, desk.shop.slug),
        "shown": shown,
    }
    return page(request, desk, "studio/today.html", "today", {"today": context})


@shop_page()
def counts(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The numbers beside the navigation, for open pages; and for Today and the queue what is new on them."""
    context: dict[str, Any] = {"counts": nav_counts()}
    if request.GET.get("with") == "today":
        context["today"] = _what_needs_me(desk, sum(content.state_counts().values()))
    elif request.GET.get("with") == "queue":
        context["arrivals"] = arrivals_of(request.GET, desk)
    return piece(request, desk, "studio/parts/counts.html", context)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def retry_deliveries(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put follow-ups that were given up on back in line."""
    n = put_parked_back(desk.shop.id)
    messages.success(request, ngettext("%(n)d is tried again.", "%(n)d are tried again.", n) % {"n": n})
    return HttpResponseRedirect(reverse("studio:today", args=[desk.shop.slug]))


def _what_needs_me(desk: Desk, total: int) -> dict[str, Any]:
    needs = needs_of(desk)
    return {
        "is_new": total == 0,
        "needs": [need for need in needs if need.count],
        "clear": [need.clear for need in needs if not need.count] if total else [],
    }


def _shown(desk: Desk) -> dict[str, Any]:
    """What the gate lets onto the site now, as a widget would count it."""
    audience = Audience(shop_id=desk.shop.id, channel=Channel.SITE, markets=desk.shop.markets, at=timezone.now())
    found = gate.aggregate(audience)
    return {
        "total": found.total,
        "rated": found.rated,
        "average": _average(found),
        "rows": [
            {
                "stars": stars,
                "count": found.histogram[stars],
                "label": ngettext("%(stars)d star: %(n)d", "%(stars)d stars: %(n)d", stars)
                % {"stars": stars, "n": found.histogram[stars]},
            }
            for stars in (5, 4, 3, 2, 1)
        ],
    }


def _average(found: Aggregate) -> str:
    return f"{found.average:.1f}" if found.average is not None and found.rated >= AVERAGE_FLOOR else ""


def _steps(desk: Desk, items: int, shown: int) -> list[Step]:
    slug = desk.shop.slug
    allowed = bool(shops.allowed_origins())
    facts = (
        (_("Open your shop"), _("It has a name and an owner."), "", "", True),
        (
            _("Bring in what customers have said"),
            _("Import a file of reviews, or connect a hashtag."),
            _("Import a file"),
            reverse("studio:import_help", args=[slug]),
            items > 0,
        ),
        (
            _("Decide what may be shown"),
            _("One look at each: is it real, lawful and about what you sell?"),
            _("Open the queue"),
            reverse("studio:queue", args=[slug]),
            shown > 0,
        ),
        (
            _("Allow your website"),
            _("Widgets load on the origins you name, and nowhere else."),
            _("Add an origin"),
            reverse("studio:origins", args=[slug]),
            allowed,
        ),
        (
            _("Put a widget on your page"),
            _("Choose a type, copy two lines, paste them."),
            _("Make a widget"),
            reverse("studio:widgets", args=[slug]),
            # A shop is made with widgets: without a page that may load them none is on show.
            allowed and widgets.widgets().exists(),
        ),
    )
    first_open = next((index for index, fact in enumerate(facts) if not fact[4]), -1)
    return [Step(*fact, first=index == first_open) for index, fact in enumerate(facts)]
