"""What Vouchsafe wrote for the shop: to whom, whether it went out, and its text while that is kept."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from project.core.errors import ErrorCode, NotFound, VouchsafeError
from project.rights import selectors as rights
from project.rights.contracts import RequestState
from project.shops import selectors as shops
from project.shops.rules import Action, MailState
from project.shops.services import send_mail_again
from project.studio.access import Desk, shop_page
from project.studio.asking_labels import MAIL_ERRORS, MAIL_PURPOSES, MAIL_STATES, MAIL_WAITS
from project.studio.frame import page
from project.studio.labels import badge_of, label_of
from project.studio.paging import page_of
from project.studio.views.rights.tabs import tabs_context


@shop_page(Action.ASK_PERMISSION)
def mails(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every message, newest first, with how many stand in each state."""
    counts = shops.mail_counts()
    state = request.GET.get("state", "")
    state = state if state in set(MailState) else ""
    found = shops.mails()
    rows = page_of(found.filter(state=state) if state else found, request.GET.get("cursor", ""), newest_first=True)
    context = {
        "tab": "mails",
        "page": rows,
        "state": state,
        "is_kept": settings.VOUCHSAFE_MAIL_IS_KEPT,
        "counts": [
            {"state": each.value, "label": badge_of(MAIL_STATES, each).label, "count": counts.get(each.value, 0)}
            for each in MailState
            if counts.get(each.value) or each.value == state
        ],
        "entries": [_facts(row) for row in rows.rows],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/mails.html", "rights", context)


@shop_page(Action.ASK_PERMISSION)
def mail(request: HttpRequest, desk: Desk, mail: str) -> HttpResponse:
    row = _found(mail)
    about = rights.requests().filter(public_id=row.about).first() if row.about else None
    leads = _leads_somewhere(row)
    context = {
        "row": row,
        "entry": _facts(row),
        "about": about,
        "may_send_again": bool(row.text) and leads,
        "leads_somewhere": leads,
        # A message that is still to reach somebody may hold a link that speaks for them; that is not for staff.
        "shows_text": row.state == MailState.KEPT,
    }
    return page(request, desk, "studio/rights/mail.html", "rights", context)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def again(request: HttpRequest, desk: Desk, mail: str) -> HttpResponse:
    """Another try for a message that failed or waits, unless what it leads to is gone."""
    if not _leads_somewhere(_found(mail)):
        raise VouchsafeError(
            _("Its request ended, so its link grants nothing any more. Ask the author anew."),
            code=ErrorCode.REQUEST_CLOSED,
            status=409,
        )
    try:
        send_mail_again(shop_id=desk.shop.id, actor_id=desk.actor_id, mail_id=mail)
    except VouchsafeError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("It is on its way again."))
    return HttpResponseRedirect(reverse("studio:mail", args=[desk.shop.slug, mail]))


def _found(public_id: str) -> Any:
    row = shops.mails().filter(public_id=public_id).first()
    if row is None:
        raise NotFound(_("There is no such message in this shop."))
    return row


def _facts(row: Any) -> dict[str, Any]:
    waits = row.state == MailState.QUEUED and row.attempts > 0
    return {
        "row": row,
        "waits": waits,
        "purpose": label_of(MAIL_PURPOSES, row.purpose),
        "badge": MAIL_WAITS if waits else badge_of(MAIL_STATES, row.state),
        "error": MAIL_ERRORS.get(row.error, _("The mail server did not take it: %(error)s.") % {"error": row.error})
        if row.error
        else "",
    }


def _leads_somewhere(row: Any) -> bool:
    """A request that was cancelled, as one is whose letter came back, has no link that grants."""
    return not rights.requests().filter(public_id=row.about, state=RequestState.CANCELLED).exists()
