"""Settings: the shop, its team, its keys, its origins."""

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.errors import Conflict, InvalidInput, VouchsafeError
from project.shops import selectors as shops
from project.shops import services
from project.shops.contracts import NewKey
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.forms import InviteForm, KeyForm, OriginForm, ShopForm, add_errors, role_choices
from project.studio.frame import page
from project.studio.labels import KEY_SCOPES, ROLES, label_of
from project.studio.wording import markets_text, split_markets


def _back(desk: Desk, name: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"studio:{name}", args=[desk.shop.slug]))


@shop_page(methods=("GET",))
def settings(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The shop's name, language and markets: readable for all, a form for who may change them."""
    return _shop_page(request, desk, _shop_form(desk))


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def save_settings(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = ShopForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.update_shop(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                name=values["name"],
                locale=values["locale"],
                markets=split_markets(values["markets"]),
                time_zone=values["time_zone"],
                website=values["website"],
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return _back(desk, "settings")
    return _shop_page(request, desk, form, status=400)


def _shop_form(desk: Desk) -> ShopForm:
    facts = desk.shop
    return ShopForm(
        initial={
            "name": facts.name,
            "website": facts.website,
            "locale": facts.locale,
            "markets": markets_text(facts.markets),
            "time_zone": facts.time_zone,
        }
    )


def _shop_page(request: HttpRequest, desk: Desk, form: ShopForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "tab": "settings", "markets": markets_text(desk.shop.markets)}
    return page(request, desk, "studio/settings/shop.html", "settings", context, status=status)


@shop_page()
def team(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who works here and as what; open invitations."""
    return _team_page(request, desk, InviteForm())


def _team_page(
    request: HttpRequest, desk: Desk, form: InviteForm, *, link: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "tab": "team",
        "form": form,
        "members": [
            {"row": row, "role": label_of(ROLES, row.role), "is_me": row.user_id == desk.user.pk}
            for row in shops.members()
        ],
        "roles": role_choices(),
        "invitations": [
            {"row": row, "role": label_of(ROLES, row.role), "over": row.expires_at <= timezone.now()}
            for row in shops.open_invitations()
        ],
        "link": link,
    }
    return page(request, desk, "studio/settings/team.html", "settings", context, status=status)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def invite(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Send an invitation; its link is shown once as well, for where mail does not arrive."""
    form = InviteForm(request.POST)
    if form.is_valid():
        accept_url = f"{django_settings.PUBLIC_URL}{reverse('studio:invitation', args=['TOKEN'])}"
        try:
            sent = services.invite_member(
                shop_id=desk.shop.id,
                actor=desk.user,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                accept_url=accept_url.replace("TOKEN", "{token}"),
            )
        except (InvalidInput, Conflict) as error:
            add_errors(form, error)
        else:
            return _team_page(request, desk, InviteForm(), link=accept_url.replace("TOKEN", sent.token))
    return _team_page(request, desk, form, status=400)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def cancel_invitation(request: HttpRequest, desk: Desk, invitation: str) -> HttpResponse:
    services.cancel_invitation(shop_id=desk.shop.id, actor_id=desk.actor_id, public_id=invitation)
    messages.success(request, _("The invitation’s link no longer works."))
    return _back(desk, "team")


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def change_role(request: HttpRequest, desk: Desk, user_id: int) -> HttpResponse:
    try:
        services.change_role(
            shop_id=desk.shop.id, actor_id=desk.actor_id, user_id=user_id, role=request.POST.get("role", "")
        )
    except VouchsafeError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The role is changed."))
    return _back(desk, "team")


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def remove_member(request: HttpRequest, desk: Desk, user_id: int) -> HttpResponse:
    try:
        services.remove_member(shop_id=desk.shop.id, actor_id=desk.actor_id, user_id=user_id)
    except VouchsafeError as error:
        messages.error(request, error.message)
        return _back(desk, "team")
    if user_id == desk.user.pk:
        return HttpResponseRedirect(reverse("studio:home"))
    messages.success(request, _("Removed from the team."))
    return _back(desk, "team")


@shop_page(Action.MANAGE_SHOP)
def keys(request: HttpRequest, desk: Desk) -> HttpResponse:
    """API keys: prefixes only, for the keys themselves are stored nowhere."""
    return _keys_page(request, desk, KeyForm())


def _keys_page(
    request: HttpRequest, desk: Desk, form: KeyForm, *, made: NewKey | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "tab": "keys",
        "form": form,
        "made": made,
        "keys": [
            {
                "row": row,
                "scopes": [label_of(KEY_SCOPES, scope) for scope in row.scopes],
                "over": bool(row.expires_at and row.expires_at <= timezone.now()),
            }
            for row in shops.api_keys()
        ],
    }
    return page(request, desk, "studio/settings/keys.html", "settings", context, status=status)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def create_key(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The answer to this POST is the only page that ever shows the key."""
    form = KeyForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            made = services.create_api_key(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                name=values["name"],
                publishable=values["publishable"],
                scopes=values["scopes"],
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            return _keys_page(request, desk, KeyForm(), made=made)
    return _keys_page(request, desk, form, status=400)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def rotate_key(request: HttpRequest, desk: Desk, key: str) -> HttpResponse:
    made = services.rotate_api_key(shop_id=desk.shop.id, actor_id=desk.actor_id, public_id=key)
    return _keys_page(request, desk, KeyForm(), made=made)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def revoke_key(request: HttpRequest, desk: Desk, key: str) -> HttpResponse:
    try:
        services.revoke_api_key(shop_id=desk.shop.id, actor_id=desk.actor_id, public_id=key)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("The key no longer works."))
    return _back(desk, "keys")


@shop_page()
def origins(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _origins_page(request, desk, OriginForm())


def _origins_page(request: HttpRequest, desk: Desk, form: OriginForm, *, status: int = 200) -> HttpResponse:
    context = {"tab": "origins", "form": form, "origins": shops.allowed_origins()}
    return page(request, desk, "studio/settings/origins.html", "settings", context, status=status)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def add_origin(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = OriginForm(request.POST)
    if form.is_valid():
        try:
            origin = services.add_allowed_origin(
                shop_id=desk.shop.id, actor_id=desk.actor_id, origin=form.cleaned_data["origin"]
            )
        except InvalidInput as error:
            form.add_error("origin", error.message)
        else:
            messages.success(request, _("%(origin)s may show your widgets.") % {"origin": origin})
            return _back(desk, "origins")
    return _origins_page(request, desk, form, status=400)


@shop_page(Action.MANAGE_SHOP, methods=("POST",))
def remove_origin(request: HttpRequest, desk: Desk) -> HttpResponse:
    services.remove_allowed_origin(shop_id=desk.shop.id, actor_id=desk.actor_id, origin=request.POST.get("origin", ""))
    messages.success(request, _("Its pages can no longer load your widgets."))
    return _back(desk, "origins")
