"""Who may enter which page: sign-in, membership, role, and the shop's scope, in one decorator.

A stranger to a shop learns nothing of it (404); a member without the role is told so (403). Inside the view
the shop's scope is open and the shop's time zone in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from project.core.errors import NotAllowed, NotFound, VouchsafeError
from project.core.lookups import shop_of_slug
from project.core.scope import shop_scope
from project.shops.contracts import ShopFacts
from project.shops.rules import Action, may
from project.shops.selectors import role_in, shop_facts

if TYPE_CHECKING:
    from project.shops.models import User

TOLD_HEADER = "Vouchsafe-Told"


@dataclass(frozen=True)
class Desk:
    """A person at work in a shop. ``can`` maps every action's name to whether the role allows it."""

    shop: ShopFacts
    user: User
    role: str
    can: Mapping[str, bool]

    @property
    def actor_id(self) -> int:
        return int(self.user.pk)


ShopView = Callable[..., HttpResponse]


def shop_page(action: Action = Action.READ, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[ShopView], ShopView]:
    """Turn ``view(request, desk, **kwargs)`` into a view of URLs that carry the shop's slug as ``shop``.

    Reading is needed for every page; ``action`` is what the page itself does.
    """
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(view: ShopView) -> ShopView:
        @wraps(view)
        def enter(request: HttpRequest, *, shop: str, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            desk = desk_of(request.user, shop)
            if not may(desk.role, action):
                return _private(_refuse(request, NotAllowed(_("Your role in this shop does not allow this."))))
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            with shop_scope(desk.shop.id), timezone.override(ZoneInfo(desk.shop.time_zone)):
                try:
                    return _private(view(request, desk, **kwargs))
                except VouchsafeError as error:
                    if error.status >= 500:
                        raise
                    return _private(_refuse(request, error))

        return enter

    return decorate


def member_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[ShopView], ShopView]:
    """The same for pages that need a signed-in person and no shop: ``view(request, user, **kwargs)``."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(view: ShopView) -> ShopView:
        @wraps(view)
        def enter(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            return _private(view(request, request.user, **kwargs))

        return enter

    return decorate


def desk_of(user: User, slug: str) -> Desk:
    """The desk of a member in a shop. Raises :class:`NotFound` for strangers, as for shops that do not exist."""
    shop_id = shop_of_slug(slug)
    role = role_in(shop_id, user) if shop_id is not None else None
    if shop_id is None or role is None:
        raise NotFound(_("There is nothing here under this address."))
    can = {each.value: may(role, each) for each in Action}
    return Desk(shop=shop_facts(shop_id), user=user, role=role, can=can)


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece of a page (a boosted or restored page is a whole one)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def told(response: HttpResponse) -> HttpResponse:
    """Mark an answer whose status is a refusal but whose body is meant to be shown in place."""
    response[TOLD_HEADER] = "1"
    return response


def _refuse(request: HttpRequest, error: VouchsafeError) -> HttpResponse:
    """A refusal as a sentence in the open page for htmx, as a page of its own otherwise."""
    if is_partial(request):
        messages.error(request, error.message)
        response = render(request, "studio/parts/told.html", {"oob": True}, status=error.status)
        response["HX-Reswap"] = "none"
        return told(response)
    return render(request, "error.html", {"error": error}, status=error.status)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if is_partial(request):
        response = HttpResponse(status=401)
        response["HX-Refresh"] = "true"
        return response
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/studio/")


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response
