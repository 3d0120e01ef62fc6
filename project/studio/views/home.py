"""The way in: which shop, a first shop, an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput, NotAllowed, VouchsafeError
from project.shops.selectors import may_open_a_shop, shop_facts, shops_of
from project.shops.services import accept_invitation, create_shop
from project.studio.access import member_page
from project.studio.forms import NewShopForm, add_errors
from project.studio.wording import markets_text, split_markets

if TYPE_CHECKING:
    from project.shops.models import User


@member_page()
def home(request: HttpRequest, user: User) -> HttpResponse:
    """To the only shop at once; to a choice where there are several; to a first one where there is none."""
    shops = shops_of(user)
    if not shops:
        return HttpResponseRedirect(reverse("studio:new_shop"))
    if len(shops) == 1:
        return HttpResponseRedirect(reverse("studio:today", args=[shops[0].slug]))
    return render(request, "studio/shops/choose.html", {"shops": shops})


@member_page(methods=("GET", "POST"))
def new_shop(request: HttpRequest, user: User) -> HttpResponse:
    """Open a shop; whoever opens it owns it. Not for everybody who was once invited, where sign-up is closed."""
    if not may_open_a_shop(user):
        raise NotAllowed(_("On this installation only owners open shops. Ask for an invitation to one that exists."))
    form = NewShopForm(
        request.POST or None, initial={"locale": (get_language() or "en")[:2], "markets": markets_text(["*"])}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            shop = create_shop(
                name=values["name"],
                slug=values["slug"],
                owner=user,
                locale=values["locale"],
                markets=split_markets(values["markets"]),
                time_zone=values["time_zone"],
                website=values["website"],
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            return HttpResponseRedirect(reverse("studio:today", args=[shop.slug]))
    context = {"form": form, "is_first": not shops_of(user)}
    return render(request, "studio/shops/new.html", context, status=400 if form.errors else 200)


@member_page(methods=("GET", "POST"))
def invitation(request: HttpRequest, user: User, token: str) -> HttpResponse:
    """A GET shows the button, the POST joins: mail scanners follow links."""
    if request.method == "POST":
        try:
            shop_id = accept_invitation(token=token, user=user)
        except VouchsafeError as error:
            return render(request, "error.html", {"error": error}, status=error.status)
        shop = shop_facts(shop_id)
        messages.success(request, _("Welcome to %(shop)s.") % {"shop": shop.name})
        return HttpResponseRedirect(reverse("studio:today", args=[shop.slug]))
    response = render(request, "studio/shops/invitation.html", {"email": user.email})
    response["Referrer-Policy"] = "no-referrer"
    return response
