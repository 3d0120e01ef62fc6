"""Requests of persons for their own data: the month's clock, who asked, doing it, refusing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.errors import NotFound, VouchsafeError
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import PrivacyKind, PrivacyState
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.forms import RectifyForm, add_errors
from project.studio.frame import page
from project.studio.labels import Badge, badge_of, label_of
from project.studio.paging import page_of
from project.studio.rights_labels import (
    ERASURE_STORES,
    PRIVACY_CONFIRMATIONS,
    PRIVACY_KINDS,
    PRIVACY_REFUSALS,
    PRIVACY_STATES,
)
from project.studio.wording import due_text

AUTHORS_FOUND = 20
WORDS_LENGTH = 200


@shop_page(Action.HANDLE_PRIVACY)
def privacy_requests(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Open requests, the most urgent first; those that are settled; and a search for the person who asks now."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:WORDS_LENGTH]
    settled = page_of(
        rights.privacy_requests().exclude(state=PrivacyState.RECEIVED),
        request.GET.get("cursor", ""),
        newest_first=True,
        count=False,
    )
    context = {
        "tab": "privacy",
        "open": [_entry(row) for row in rights.privacy_requests().filter(state=PrivacyState.RECEIVED)],
        "settled": [_entry(row) for row in settled.rows],
        "page": settled,
        "words": words,
        "authors": list(content.search_authors(words)[:AUTHORS_FOUND]) if words else [],
        "kinds": _choices(PRIVACY_KINDS),
    }
    return page(request, desk, "studio/privacy/list.html", "settings", context)


@shop_page(Action.HANDLE_PRIVACY, methods=("POST",))
def new_privacy_request(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Somebody wrote to the shop: staff record who and what for."""
    author = content.author_by_public_id(request.POST.get("author", ""))
    kind = request.POST.get("kind", "")
    if author is None or kind not in set(PrivacyKind):
        raise NotFound(_("There is no such author in this shop."))
    made = services.receive_privacy_request(
        shop_id=desk.shop.id, actor_id=desk.actor_id, author_pk=author.pk, kind=PrivacyKind(kind)
    )
    return _to(desk, made)


@shop_page(Action.HANDLE_PRIVACY)
def privacy_request(request: HttpRequest, desk: Desk, privacy: str) -> HttpResponse:
    return _request_page(request, desk, privacy)


@shop_page(Action.HANDLE_PRIVACY, methods=("POST",))
def confirm_privacy_request(request: HttpRequest, desk: Desk, privacy: str) -> HttpResponse:
    """How it is known that this is the person."""
    try:
        services.confirm_identity(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            request_id=privacy,
            confirmed_by=request.POST.get("confirmed_by", ""),
        )
    except NotFound:
        raise
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Recorded."))
    return _to(desk, privacy)


@shop_page(Action.HANDLE_PRIVACY, methods=("POST",))
def do_privacy_request(request: HttpRequest, desk: Desk, privacy: str) -> HttpResponse:
    """Do what was asked for."""
    row = _row(privacy)
    form = RectifyForm(request.POST) if row.kind == PrivacyKind.RECTIFICATION else None
    if form is not None and not form.is_valid():
        return _request_page(request, desk, privacy, form=form, status=400)
    try:
        told = services.carry_out_privacy_request(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            request_id=privacy,
            corrected=form.cleaned_data if form else None,
        )
    except VouchsafeError as error:
        if form is not None:
            add_errors(form, error)
            return _request_page(request, desk, privacy, form=form, status=400)
        messages.warning(request, error.message)
    else:
        messages.success(
            request,
            _("Done, on record, and the person is told by e-mail.")
            if told
            else _("Done, and on record. Tell the person: no letter can."),
        )
    return _to(desk, privacy)


@shop_page(Action.HANDLE_PRIVACY, methods=("POST",))
def refuse_privacy_request(request: HttpRequest, desk: Desk, privacy: str) -> HttpResponse:
    """Refuse it for one of the reasons that the law knows."""
    try:
        told = services.refuse_privacy_request(
            shop_id=desk.shop.id, actor_id=desk.actor_id, request_id=privacy, reason=request.POST.get("reason", "")
        )
    except NotFound:
        raise
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(
            request,
            _("Refused. A letter tells the person why, and where they may complain.")
            if told
            else _("Refused. No address is known: tell the person why, and that they may complain to the authority."),
        )
    return _to(desk, privacy)


@shop_page(Action.HANDLE_PRIVACY, methods=("POST",))
def privacy_archive(request: HttpRequest, desk: Desk, privacy: str) -> HttpResponse:
    """The person's data as a zip. A POST, for it is put on record."""
    row = _row(privacy)
    if row.author_id is None or row.kind != PrivacyKind.ACCESS or not row.confirmed_by:
        messages.warning(request, _("There is nothing to hand over under this request."))
        return _to(desk, privacy)
    data = services.export_archive(shop_id=desk.shop.id, author_pk=row.author_id, actor_id=desk.actor_id)
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.zip"'
    return response


def _request_page(
    request: HttpRequest, desk: Desk, privacy: str, *, form: RectifyForm | None = None, status: int = 200
) -> HttpResponse:
    row = _row(privacy)
    author = row.author
    if form is None and author is not None and row.kind == PrivacyKind.RECTIFICATION:
        form = RectifyForm(initial={name: getattr(author, name) for name in RectifyForm.base_fields})
    context = {
        "tab": "privacy",
        "entry": _entry(row),
        "row": row,
        "items": len(content.item_ids_of_authors(content.authors_of_person(author.pk))) if author else 0,
        "confirmed_by": label_of(PRIVACY_CONFIRMATIONS, row.confirmed_by) if row.confirmed_by else "",
        "confirmations": _choices(PRIVACY_CONFIRMATIONS, without=("operator",)),
        "refusals": _choices(PRIVACY_REFUSALS),
        "refused_because": label_of(PRIVACY_REFUSALS, row.outcome.get("reason", "")) if row.outcome else "",
        "form": form,
        "steps": _steps(desk, row),
        "tidied": bool(row.outcome.get("tidied_at")),
    }
    return page(request, desk, "studio/privacy/request.html", "settings", context, status=status)


def _row(privacy: str) -> Any:
    row = rights.privacy_request(privacy)
    if row is None:
        raise NotFound(_("There is no such request in this shop."))
    return row


def _entry(row: Any) -> dict[str, Any]:
    is_open = row.state == PrivacyState.RECEIVED
    return {
        "row": row,
        "kind": label_of(PRIVACY_KINDS, row.kind),
        "who": (row.author.display_name or row.author.handle or row.author.email) if row.author else "",
        "badge": badge_of(PRIVACY_STATES, row.state),
        "due": due_text(row.due_at) if is_open else "",
        "is_open": is_open,
        "is_late": is_open and row.due_at <= timezone.now(),
    }


def _steps(desk: Desk, row: Any) -> list[dict[str, Any]]:
    """What follows an erasure, store by store."""
    if row.kind != PrivacyKind.ERASURE or row.state != PrivacyState.DONE:
        return []
    return [
        {"store": label_of(ERASURE_STORES, step.store), "badge": _progress(step.done, step.parked)}
        for step in rights.erasure_steps(desk.shop.id, row.public_id)
    ]


def _progress(done: bool, parked: bool) -> Badge:
    if done:
        return Badge(_("Cleared"), "good")
    return Badge(_("Fails so far; see Today"), "stop") if parked else Badge(_("Being cleared"), "wait")


def _choices(labels: Any, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [{"code": str(code), "label": label} for code, label in labels.items() if code not in without]


def _to(desk: Desk, privacy: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("studio:privacy_request", args=[desk.shop.slug, privacy]))
