"""Notices of misuse at the desk: what was claimed, by when it should be decided, the decision; authors' objections."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.errors import Conflict, InvalidInput, NotFound, VouchsafeError
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import NoticeCategory, NoticeDecision, NoticeState, Remedy, Unfounded
from project.rights.notice_rules import DECIDED, OPEN, decide_by, may_move
from project.rights.notices import selectors
from project.rights.notices.letters import automated_text, origin_text, redress_lines
from project.rights.notices.links import statement_url
from project.rights.notices.wording import GROUNDS, NOT_TOLD, reason_text
from project.rights.services.notices import matches_author
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.cards import cards_of
from project.studio.frame import page
from project.studio.history import Entry
from project.studio.history_labels import ACTIONS
from project.studio.labels import CHANNELS, REASONS, STAFF_REASONS, Label, badge_of, label_of
from project.studio.paging import page_of
from project.studio.rights_labels import NOTICE_CATEGORIES, NOTICE_STATES, RESTRICTIONS, UNFOUNDED
from project.studio.views.rights import tabs_context
from project.studio.wording import markets_text

FILTERS: dict[str, tuple[NoticeState, ...]] = {
    "open": OPEN,
    "decided": DECIDED,
    "closed": (NoticeState.CLOSED,),
    "all": tuple(NoticeState),
}


@shop_page()
def notices(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What waits, the oldest first; what is decided, the newest first. Authors' objections wait beside them."""
    chosen = request.GET.get("state", "open")
    chosen = chosen if chosen in FILTERS else "open"
    waits = chosen == "open"
    rows = page_of(
        selectors.notices().filter(state__in=list(FILTERS[chosen])),
        request.GET.get("cursor", ""),
        newest_first=not waits,
    )
    cards = cards_of([row.item for row in rows.rows])
    context = {
        "tab": "notices",
        "page": rows,
        "filters": _filters(chosen),
        "entries": [{"card": card, **_facts(row)} for row, card in zip(rows.rows, cards, strict=True)],
        "objections": _objections() if waits else [],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/notices.html", "rights", context)


@shop_page()
def notice(request: HttpRequest, desk: Desk, notice_id: str) -> HttpResponse:
    """One notice with its item, what happened to it, and the decision."""
    return _notice_page(request, desk, notice_id)


@shop_page(Action.DECIDE_NOTICE, methods=("POST",))
def take_up(request: HttpRequest, desk: Desk, notice_id: str) -> HttpResponse:
    """Say that one is looking at it, so that nobody else does the same work."""
    try:
        services.take_up_notice(shop_id=desk.shop.id, actor_id=desk.actor_id, notice_id=notice_id)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("It is yours to decide."))
    return HttpResponseRedirect(reverse("studio:notice", args=[desk.shop.slug, notice_id]))


@shop_page(Action.DECIDE_NOTICE, methods=("POST",))
def decide(request: HttpRequest, desk: Desk, notice_id: str) -> HttpResponse:
    """Uphold, uphold in part, or reject; of two who decide at once, the second is told."""
    sent = request.POST
    remedy = sent.get("remedy", Remedy.TAKE_DOWN)
    outcome = sent.get("outcome", "")
    decision = NoticeDecision(
        outcome=NoticeState(outcome) if outcome in set(NoticeState) else NoticeState.RECEIVED,
        reason=sent.get("reason", ""),
        note=sent.get("note", ""),
        remedy=Remedy(remedy) if remedy in set(Remedy) else Remedy.TAKE_DOWN,
        media_ids=tuple(sent.getlist("picture")),
        licence_ids=tuple(sent.getlist("licence")),
    )
    try:
        services.decide_notice(shop_id=desk.shop.id, actor_id=desk.actor_id, notice_id=notice_id, decision=decision)
    except InvalidInput as error:
        return _notice_page(request, desk, notice_id, decision=decision, problem=error)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Decided. Both sides are told as far as their addresses are known."))
    return HttpResponseRedirect(reverse("studio:notice", args=[desk.shop.slug, notice_id]))


@shop_page()
def statement(request: HttpRequest, desk: Desk, statement_id: str) -> HttpResponse:
    """A statement of reasons, as the author is told it, and the author's objection."""
    return _statement_page(request, desk, statement_id)


@shop_page(Action.DECIDE_NOTICE, methods=("POST",))
def answer(request: HttpRequest, desk: Desk, statement_id: str) -> HttpResponse:
    """Answer an objection; ``lift`` ends the restriction."""
    try:
        services.answer_objection(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            statement_id=statement_id,
            lift=request.POST.get("lift") == "yes",
            answer=request.POST.get("answer", ""),
        )
    except InvalidInput as error:
        return _statement_page(request, desk, statement_id, problem=error)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Answered."))
    return HttpResponseRedirect(reverse("studio:statement", args=[desk.shop.slug, statement_id]))


def _notice_page(
    request: HttpRequest,
    desk: Desk,
    notice_id: str,
    *,
    decision: NoticeDecision | None = None,
    problem: VouchsafeError | None = None,
) -> HttpResponse:
    row = selectors.notices().filter(public_id=notice_id).first()
    if row is None:
        raise NotFound(_("There is no such notice in this shop."))
    card = cards_of([row.item], with_media=True)[0]
    others = selectors.notices_of_item(row.item_id).exclude(pk=row.pk)
    may = bool(desk.can[Action.DECIDE_NOTICE])
    context = {
        **_facts(row),
        "card": card,
        "urls": row.url.splitlines(),
        "may_decide": may and row.state in OPEN,
        "may_take_up": may and may_move(NoticeState(row.state), NoticeState.IN_REVIEW),
        # Who sent it is for those alone who decide (Art. 16 asks for the name; nobody else needs it).
        "sender": {"name": row.name, "email": row.email, "is_author": matches_author(row, row.item)} if may else None,
        "outcome": badge_of(NOTICE_STATES, row.outcome) if row.outcome else None,
        "reason": reason_text(row.reason) if row.reason else "",
        "others": [_facts(other) for other in others],
        "history": _history(row),
        "statements": [_statement_facts(entry) for entry in row.statements.order_by("id")],
        "uphold_reasons": _choices(STAFF_REASONS, REASONS),
        "reject_reasons": _choices(tuple(Unfounded), UNFOUNDED),
        "licences": [
            {
                "id": covered.licence.public_id,
                "label": ", ".join(str(label_of(CHANNELS, channel)) for channel in covered.licence.channels),
                "markets": markets_text(covered.licence.markets),
            }
            for covered in rights.licences_of_item(row.item_id)
            if covered.ended_at is None and covered.licence.ended_at is None
        ],
        "decision": decision,
        "problem": problem,
        "problems": [line for lines in (problem.fields or {}).values() for line in lines] if problem else [],
    }
    return page(
        request, desk, "studio/rights/notice.html", "rights", context, status=problem.status if problem else 200
    )


def _facts(row: Any) -> dict[str, Any]:
    now = timezone.now()
    held = row.hold is not None and row.hold.closed_at is None
    due = decide_by(NoticeCategory(row.category), row.appealed_at or row.received_at, hidden=held)
    waits = row.state in OPEN
    return {
        "row": row,
        "id": row.public_id,
        "badge": badge_of(NOTICE_STATES, row.state),
        "category": label_of(NOTICE_CATEGORIES, row.category),
        "since": row.appealed_at or row.received_at,
        "due": due if waits else None,
        "overdue": waits and due < now,
        "hidden": held,
    }


def _filters(chosen: str) -> list[dict[str, Any]]:
    counts = selectors.notice_counts()
    names: dict[str, Label] = {
        "open": _("Waiting"),
        "decided": _("Decided"),
        "closed": _("Closed"),
        "all": _("All"),
    }
    return [
        {
            "code": code,
            "label": names[code],
            "count": sum(counts[state.value] for state in states),
            "current": code == chosen,
        }
        for code, states in FILTERS.items()
    ]


def _objections() -> list[dict[str, Any]]:
    rows = list(selectors.open_objections()[:50])
    cards = {card.pk: card for card in cards_of([row.item for row in rows])}
    return [{"card": cards[row.item_id], **_statement_facts(row)} for row in rows]


def _history(row: Any) -> list[Entry]:
    who = str(row.decided_by) if row.decided_by else ""
    moments: list[tuple[str, datetime | None, str]] = [
        ("notice.received", row.received_at, ""),
        ("notice.acknowledged", row.acknowledged_at, ""),
        ("notice.decided", row.decided_at, who),
        ("notice.appealed", row.appealed_at, ""),
    ]
    if row.hold is not None:
        moments += [("hold.opened", row.hold.opened_at, ""), ("hold.closed", row.hold.closed_at, "")]
    known = [Entry(at=at, what=label_of(ACTIONS, what), who=by) for what, at, by in moments if at is not None]
    return sorted(known, key=lambda entry: entry.at, reverse=True)


def _statement_page(
    request: HttpRequest, desk: Desk, statement_id: str, *, problem: VouchsafeError | None = None
) -> HttpResponse:
    row = selectors.statements().filter(public_id=statement_id).first()
    if row is None:
        raise NotFound(_("There is no such statement in this shop."))
    may = bool(desk.can[Action.DECIDE_NOTICE])
    context = {
        **_statement_facts(row),
        "card": cards_of([row.item], with_media=True)[0],
        "territory": markets_text(row.markets),
        "origin": origin_text(from_notice=row.from_notice),
        "automated": automated_text(detection=row.automated_detection, decision=row.automated_decision),
        "ground": GROUNDS[row.ground],
        "redress": redress_lines(appeal=selectors.objectionable(row)),
        "not_told": NOT_TOLD.get(row.not_told_because, ""),
        # For handing on where no address is known.
        "author_link": statement_url(row.public_id) if may else "",
        "may_answer": may and row.objected_at is not None and row.answered_at is None,
        "typed": request.POST.get("answer", ""),
        "problem": problem,
    }
    return page(
        request, desk, "studio/rights/statement.html", "rights", context, status=problem.status if problem else 200
    )


def _statement_facts(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "id": row.public_id,
        "badge": badge_of(RESTRICTIONS, row.restriction),
        "reason": reason_text(row.reason),
    }


def _choices(codes: tuple[Any, ...], labels: Any) -> list[dict[str, Any]]:
    return [{"code": str(code), "label": label_of(labels, code)} for code in codes]
