"""What holds and why: the list, one licence with every field of its record, its end and its renewal."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.errors import Conflict, InvalidInput, NotFound
from project.rights import desk as rights_desk
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import EndReason, LicenceState
from project.rights.evidence import download_evidence
from project.rights.evidence.views import zip_response
from project.shops.rules import Action
from project.shops.selectors import names_of_users
from project.studio.access import Desk, shop_page
from project.studio.asking_labels import LEDGER_EVENTS, MODIFICATIONS
from project.studio.cards import cards_of
from project.studio.frame import page
from project.studio.labels import CHANNELS, LANGUAGES, badge_of, label_of
from project.studio.paging import page_of
from project.studio.rights_labels import BASES, DEPICTED, END_REASONS, LICENCE_STATES, WITHDRAWAL_ROUTES, WORKS
from project.studio.views.rights.tabs import tabs_context
from project.studio.wording import markets_text, until_text

STAFF_END_REASONS = ("staff", "source")


@shop_page()
def licences(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All licences, or with ``show=expiring`` those that end within 30 days."""
    only_expiring = request.GET.get("show") == "expiring"
    found = rights.expiring_licences() if only_expiring else rights.licences()
    rows = page_of(found, request.GET.get("cursor", ""), newest_first=True)
    asked = list(rights.requests().filter(licence__in=[row.pk for row in rows.rows]))
    asked_about = zip(asked, cards_of([each.item for each in asked]), strict=True)
    cards = {each.licence_id: card for each, card in asked_about}
    context = {
        "tab": "licences",
        "page": rows,
        "only_expiring": only_expiring,
        "expiring_total": rights.expiring_licences().count(),
        "entries": [{**licence_facts(row), "card": cards.get(row.pk)} for row in rows.rows],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/licences.html", "rights", context)


@shop_page()
def licence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """One licence: its record, what it covers, what the ledger says and, for who may, its renewal and its end."""
    row = rights.licences().filter(public_id=licence).first()
    if row is None:
        raise NotFound(_("There is no such licence in this shop."))
    covered = content.staff_items().filter(pk__in=row.coverage.filter(ended_at=None).values("item_id"))
    rows = page_of(covered, request.GET.get("cursor", ""), newest_first=True, size=10, count=False)
    asked = list(rights.requests().filter(licence=row).order_by("id"))
    context = {
        "entry": licence_facts(row),
        "record": _record(desk, row),
        "page": rows,
        "cards": cards_of(rows.rows),
        "asked": asked,
        "events": [
            event | {"what": label_of(LEDGER_EVENTS, event["kind"])}
            for event in rights_desk.ledger_events_of(row.public_id, *(each.public_id for each in asked))
        ],
        "waiting": _asked_anew(row),
        "may_renew": row.state == LicenceState.ACTIVE and row.ends_at is not None,
        "end_reasons": [{"code": code, "label": label_of(END_REASONS, code)} for code in STAFF_END_REASONS],
    }
    return page(request, desk, "studio/rights/licence.html", "rights", context)


@shop_page(Action.WITHDRAW_LICENCE, methods=("POST",))
def end_licence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """Staff end a licence, or its hold on one item, for a stated reason. From the commit nothing shows by it."""
    reason = request.POST.get("reason", "")
    if reason not in STAFF_END_REASONS:
        raise InvalidInput(_("Choose why the permission ends."), fields={"reason": [_("Needed.")]})
    item = request.POST.get("item", "")
    try:
        ended = services.withdraw_licence(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            licence_id=licence,
            reason=EndReason(reason),
            item_ids=[item] if item else None,
        )
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Ended. %(n)d no longer shown by it.") % {"n": len(ended)})
    return HttpResponseRedirect(reverse("studio:licence", args=[desk.shop.slug, licence]))


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def evidence(request: HttpRequest, desk: Desk, licence: str) -> HttpResponse:
    """The evidence pack as a download. A POST: it is written down who took it, for it holds personal data."""
    pack = download_evidence(shop_id=desk.shop.id, actor_id=desk.actor_id, licence_id=licence)
    return zip_response(pack, licence)


def licence_facts(row: Any) -> dict[str, Any]:
    """A licence as the lists show it."""
    return {
        "row": row,
        "basis": label_of(BASES, row.basis),
        "badge": badge_of(LICENCE_STATES, row.state),
        "channels": [label_of(CHANNELS, channel) for channel in row.channels],
        "markets": markets_text(row.markets),
        "until": until_text(row.ends_at),
        "ended_because": label_of(END_REASONS, row.end_reason) if row.end_reason else "",
        "ends_soon": bool(
            row.ends_at and row.state == "active" and (row.ends_at - timezone.now()).days < rights.EXPIRING_DAYS
        ),
        "terms_url": row.terms_url if row.terms_url.startswith(("https://", "http://")) else "",
    }


def _asked_anew(row: Any) -> set[str]:
    """Public ids of the items whose authors have an open question about renewing this licence."""
    open_requests = rights.requests().filter(renews=row, state__in=["draft", "sent", "replied_unclear"])
    return set(open_requests.values_list("item__public_id", flat=True))


def _record(desk: Desk, row: Any) -> list[tuple[str, Any]]:
    """The fields of the record beside scope and period, with words for their values."""
    yes_no = {True: _("Yes"), False: _("No")}
    who = names_of_users({row.created_by_id}).get(row.created_by_id, "") if row.created_by_id else ""
    fields: list[tuple[str, Any]] = [
        (_("Licensor"), row.licensor_name or (_("The author") if row.licensor_id else "")),
        (_("Licensee"), desk.shop.name),
        (_("Edits"), ", ".join(str(label_of(MODIFICATIONS, each)) for each in row.modifications) or _("None")),
        (_("Exclusive"), yes_no[row.exclusive]),
        (_("May be passed on"), yes_no[row.sublicensable]),
        (_("Can be withdrawn"), yes_no[row.revocable]),
        (_("In return"), row.consideration or _("Nothing: free of charge")),
        (_("Attribution"), row.attribution_text or _("The credit line of each item")),
        (_("Moral rights"), row.moral_rights_note),
        (_("In the picture"), label_of(DEPICTED, row.people_depicted)),
        (_("A child in it"), yes_no[row.minor_depicted]),
        (_("A guardian agreed"), yes_no[row.guardian_consented] if row.minor_depicted else ""),
        (_("Works of others"), label_of(WORKS, row.third_party_works)),
        (_("Version of the terms"), row.terms_version),
        (_("Language of the terms"), label_of(LANGUAGES, row.terms_locale) if row.terms_locale else ""),
        (_("SHA-256 of the terms"), row.terms_sha256),
        (_("Recorded by"), who),
        (_("Ended through"), label_of(WITHDRAWAL_ROUTES, row.ended_through) if row.ended_through else ""),
    ]
    return [(name, value) for name, value in fields if value != ""]
