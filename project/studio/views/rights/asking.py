"""Asking an author: by which way, in which words, with a preview of exactly what goes out."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.rules import State
from project.core.errors import NotFound, VouchsafeError
from project.rights import desk as rights_desk
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import Channel, SendingWay
from project.rights.rules import covers_markets
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.ask_forms import AskForm
from project.studio.asking_labels import WAY_HELP, WAYS
from project.studio.cards import cards_of
from project.studio.forms import add_errors
from project.studio.frame import page, piece
from project.studio.labels import label_of, language_name
from project.studio.rights_labels import HOLD_REASONS
from project.studio.seen import seen_of
from project.studio.services import ask_about_item
from project.studio.views.rights.requests import request_page
from project.studio.wording import markets_text, split_markets


@shop_page(Action.ASK_PERMISSION, methods=("GET", "POST"))
def ask(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Choose how and what to ask; the answer shows what went out and, for a private link, the link, once."""
    row = _item(item)
    form = _form(request, desk, row)
    wants_preview = "preview" in request.POST
    if request.method == "POST" and not wants_preview and form.is_valid():
        wanted = form.asking()
        wanted["template"] = wanted["template"] or _previewed(row, request.POST)
        try:
            asked = ask_about_item(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                item_id=item,
                approve=seen_of(request.POST) if form.cleaned_data.get("approve") else None,
                **wanted,
            )
        except VouchsafeError as error:
            add_errors(form, error)
            row = content.staff_items().get(pk=row.pk)  # as it is now: what follows is decided about this
        else:
            warn_of_markets(request, desk, wanted["markets"])
            return request_page(request, desk, asked.public_id, made=asked, just_asked=True)
    is_bad = request.method == "POST" and not wants_preview and bool(form.errors)
    context = {
        "card": cards_of([row], with_media=True)[0],
        "form": form,
        "ways": _ways(row, form),
        "is_pending": row.state == State.PENDING,
        "renews": _renews(request),
        "holds": [label_of(HOLD_REASONS, hold.reason) for hold in rights.holds_of_item(row.pk).filter(closed_at=None)],
        "hides_errors": wants_preview,
        **_preview(desk, row, request.POST if request.method == "POST" else _first_choice(form)),
    }
    return page(request, desk, "studio/rights/ask.html", "rights", context, status=400 if is_bad else 200)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def ask_preview(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """The message as it would go out with what the form says now. Writes nothing."""
    context = _preview(desk, _item(item), request.POST)
    context["options_changed"] = request.POST.get("options_for", "") != context["options_for"]
    return piece(request, desk, "studio/rights/preview.html", context)


def warn_of_markets(request: HttpRequest, desk: Desk, markets: Sequence[str]) -> None:
    """Say so where what is asked for will not show everywhere that the shop sells."""
    if not covers_markets(markets, desk.shop.markets):
        messages.warning(
            request,
            _(
                "This asks for fewer countries than your shop sells in: it will show only in widgets that are limited "
                "to those countries."
            ),
        )


def _item(item: str) -> Any:
    row = content.item_by_public_id(item)
    if row is None:
        raise NotFound(_("There is no such content in this shop."))
    return row


def _form(request: HttpRequest, desk: Desk, row: Any) -> AskForm:
    allowed = [offer.way for offer in rights.ways_for(row) if offer.allowed]
    default = SendingWay.PRIVATE_LINK if SendingWay.PRIVATE_LINK in allowed or not allowed else allowed[0]
    initial = {
        "way": default.value,
        "markets": markets_text(desk.shop.markets),
        "recipient": row.author.email if row.author else "",
    }
    renewed = rights.licences().filter(public_id=_renews(request)).first()
    if renewed is not None:
        initial |= {"channels": renewed.channels, "markets": markets_text(renewed.markets)}
        initial |= {"modifications": renewed.modifications}
    may_approve = row.state == State.PENDING and desk.can["moderate"]
    return AskForm(request.POST or None, initial=initial, may_approve=may_approve)


def _renews(request: HttpRequest) -> str:
    return request.POST.get("renews", "") or request.GET.get("renews", "")


def _ways(row: Any, form: AskForm) -> list[dict[str, Any]]:
    """Every way, those that cannot be used with the reason, so that nobody looks for them in vain."""
    chosen = form["way"].value() or SendingWay.PRIVATE_LINK
    return [
        {
            "offer": offer,
            "label": label_of(WAYS, offer.way),
            "help": label_of(WAY_HELP, offer.way),
            "chosen": offer.allowed and offer.way == chosen,
            "beyond": " ".join(sorted(rights.channels_beyond(row, offer.way))),
        }
        for offer in rights.ways_for(row)
    ]


def _first_choice(form: AskForm) -> QueryDict:
    """What an untouched form says, as if it had been sent."""
    data = QueryDict(mutable=True)
    for name in form.fields:
        value = form[name].value()
        data.setlist(name, value if isinstance(value, list) else ["" if value is None else str(value)])
    return data


def _preview(desk: Desk, row: Any, data: QueryDict) -> dict[str, Any]:
    """The message by a form's fields, which may be half filled in, and the wordings that fit the way and language."""
    way = _way(data)
    context: dict[str, Any] = {"way": way, "item_id": row.public_id, "template_chosen": "", "templates": []}
    wanted = {
        "shop_id": desk.shop.id,
        "item_id": row.public_id,
        "way": way,
        "channels": tuple(Channel(one) for one in data.getlist("channels") if one in set(Channel)),
        "markets": split_markets(data.get("markets", "")),
        "days": int(days) if (days := data.get("days", "")).isdecimal() and len(days) < 5 else None,
    }
    try:
        prepared = services.preview_message(**wanted, language=data.get("language") or None)
        fitting = rights_desk.wordings_for(way, prepared.language)
        chosen = data.get("template", "")
        if chosen not in {one.code for one in fitting}:
            chosen = ""
        message = data.get("message", "")
        if chosen or message.strip():
            prepared = services.preview_message(**wanted, language=prepared.language, template=chosen, message=message)
    except VouchsafeError as error:
        return context | {"refusal": error.message, "options_for": ""}
    return context | {
        "prepared": prepared,
        "language_name": language_name(prepared.language),
        "templates": [{"code": one.code, "name": _name_of(one.code, one.subject or one.text)} for one in fitting],
        "template_chosen": chosen,
        "options_for": f"{way}:{prepared.language}",
        "has_link": way in {SendingWay.EMAIL, SendingWay.PRIVATE_LINK},
    }


def _previewed(row: Any, data: QueryDict) -> str:
    """The wording that the page showed, so that this and no other goes out."""
    code = data.get("previewed", "")
    way = _way(data)
    language = data.get("options_for", "").partition(":")[2]
    fits = data.get("language", "") in {"", language} and data.get("options_for", "").startswith(f"{way}:")
    if data.get("message", "").strip() or not fits:
        return ""
    return code if code in {one.code for one in rights_desk.wordings_for(way, language)} else ""


def _way(data: QueryDict) -> SendingWay:
    way = data.get("way", "")
    return SendingWay(way) if way in set(SendingWay) else SendingWay.PRIVATE_LINK


def _name_of(code: str, words: str) -> str:
    beginning = " ".join(words.split())[:48]
    return f"{beginning}… ({code})" if not code.startswith("rtp_") else f"{beginning}…"
