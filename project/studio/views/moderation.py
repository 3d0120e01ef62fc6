"""Deciding: approve, reject, take down, restore, undo; one by one and many at once.

Two people at once: one wins, the other is told by whom and when (409), and nothing is lost. The same decision sent
twice by one person, a double click, is one decision. What the author edited, or what gained a picture, since it was
on the screen is not decided at all: it waits to be looked at again.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.content import services as content_services
from project.content.contracts import Decided
from project.content.rules import TRANSITIONS, Decision, State
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound
from project.shops.rules import Action
from project.studio.access import Desk, is_partial, shop_page, told
from project.studio.cards import cards_of
from project.studio.frame import next_url, piece
from project.studio.seen import seen_of, ticked
from project.studio.views.content import BULK_UNDO, reasons_context

BULK_LIMIT = 500
# These hold only for what was seen; a take-down or a second look needs no first one.
_ABOUT_THE_SEEN = {Decision.APPROVE, Decision.REJECT, Decision.RESTORE}

_DONE = {
    Decision.APPROVE: lambda: _("Approved"),
    Decision.REJECT: lambda: _("Rejected"),
    Decision.TAKE_DOWN: lambda: _("Taken down"),
    Decision.RESTORE: lambda: _("Put back"),
    Decision.REOPEN: lambda: _("Waiting for a decision again"),
}
# Only what can honestly be undone: an approval, a rejection, a take-down. Putting something back is undone by
# taking it down, and that needs a reason.
_UNDO = {Decision.APPROVE: "reopen", Decision.REJECT: "reopen", Decision.TAKE_DOWN: "restore"}
_DONE_BY = {
    Decision.APPROVE: lambda: _("%(who)s approved this %(ago)s ago."),
    Decision.REJECT: lambda: _("%(who)s rejected this %(ago)s ago."),
    Decision.TAKE_DOWN: lambda: _("%(who)s took this down %(ago)s ago."),
    Decision.RESTORE: lambda: _("%(who)s put this back %(ago)s ago."),
    Decision.REOPEN: lambda: _("%(who)s opened this again %(ago)s ago."),
}


@shop_page(Action.MODERATE, methods=("POST",))
def approve(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    return _decide(request, desk, item, Decision.APPROVE)


@shop_page(Action.MODERATE, methods=("POST",))
def reject(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    return _decide(request, desk, item, Decision.REJECT)


@shop_page(Action.MODERATE, methods=("POST",))
def take_down(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    return _decide(request, desk, item, Decision.TAKE_DOWN)


@shop_page(Action.MODERATE, methods=("POST",))
def restore(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    return _decide(request, desk, item, Decision.RESTORE)


@shop_page(Action.MODERATE, methods=("POST",))
def reopen(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Undo: the item waits again, and the history says that it did."""
    return _decide(request, desk, item, Decision.REOPEN)


@shop_page(Action.MODERATE, methods=("POST",))
def decide_many(request: HttpRequest, desk: Desk) -> HttpResponse:
    """One decision for the ticked items; those that somebody else decided meanwhile, or that changed, are counted
    and said. An undo reaches exactly what the decision reached."""
    back = HttpResponseRedirect(next_url(request, reverse("studio:queue", args=[desk.shop.slug])))
    seen = ticked(request.POST.getlist("item")[:BULK_LIMIT])
    if not seen:
        messages.warning(request, _("Tick at least one item first."))
        return back
    decision = request.POST.get("decision")
    who: dict[str, Any] = {"shop_id": desk.shop.id, "actor_id": desk.actor_id, "item_ids": list(seen)}
    if decision == "approve":
        decided = content_services.approve_items(**who, seen=seen)
        done = ngettext("%(n)d approved.", "%(n)d approved.", len(decided.done))
    elif decision == "reject":
        try:
            decided = content_services.reject_items(**who, seen=seen, reason=request.POST.get("reason", ""))
        except InvalidInput as error:
            messages.error(request, error.message)
            return back
        done = ngettext("%(n)d rejected.", "%(n)d rejected.", len(decided.done))
    elif decision == "reopen":
        decided = content_services.reopen_items(**who)
        done = ngettext("%(n)d waits for a decision again.", "%(n)d wait for a decision again.", len(decided.done))
    else:
        raise InvalidInput(_("Choose what to do with the ticked items."))
    messages.success(request, done % {"n": len(decided.done)})
    _say_what_was_left(request, decided)
    if decided.done and decision != "reopen":
        request.session[BULK_UNDO] = {"shop": desk.shop.slug, "decision": decision, "item_ids": list(decided.done)}
    return back


def _say_what_was_left(request: HttpRequest, decided: Decided) -> None:
    if decided.missed:
        missed = ngettext(
            "%(n)d had been decided by somebody else before; its decision stands.",
            "%(n)d had been decided by somebody else before; their decisions stand.",
            len(decided.missed),
        )
        messages.warning(request, missed % {"n": len(decided.missed)})
    if decided.changed:
        changed = ngettext(
            "%(n)d changed while you were reading: its author edited it or a picture came in. It still waits here.",
            "%(n)d changed while you were reading: authors edited them or pictures came in. They still wait here.",
            len(decided.changed),
        )
        messages.warning(request, changed % {"n": len(decided.changed)})


@shop_page(Action.MODERATE, methods=("POST",))
def decide_pictures(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Show or leave out the ticked pictures of one item. The form names them, so none is accepted unseen."""
    services = {"approve": content_services.approve_pictures, "refuse": content_services.refuse_pictures}
    decide = services.get(request.POST.get("decision", ""))
    back = HttpResponseRedirect(next_url(request, reverse("studio:content", args=[desk.shop.slug, item])))
    if decide is None:
        raise InvalidInput(_("Choose what to do with the ticked pictures."))
    try:
        changed = decide(
            shop_id=desk.shop.id, actor_id=desk.actor_id, item_id=item, media_ids=request.POST.getlist("picture")
        )
    except InvalidInput as error:
        messages.warning(request, error.message)
        return back
    if not changed:
        messages.warning(request, _("That was decided before; nothing is changed."))
    elif decide is content_services.approve_pictures:
        done = ngettext("%(n)d picture is shown with it.", "%(n)d pictures are shown with it.", len(changed))
        messages.success(request, done % {"n": len(changed)})
    else:
        done = ngettext("%(n)d picture is left out.", "%(n)d pictures are left out.", len(changed))
        messages.success(request, done % {"n": len(changed)})
    return back


@shop_page(Action.MODERATE, methods=("POST",))
def tag(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Put a word on an item, for finding it again."""
    content_services.tag_items(
        shop_id=desk.shop.id, actor_id=desk.actor_id, item_ids=[item], tag=request.POST.get("tag", "")
    )
    return HttpResponseRedirect(reverse("studio:content", args=[desk.shop.slug, item]))


@shop_page(Action.MODERATE, methods=("POST",))
def untag(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    content_services.untag_items(
        shop_id=desk.shop.id, actor_id=desk.actor_id, item_ids=[item], tag=request.POST.get("tag", "")
    )
    return HttpResponseRedirect(reverse("studio:content", args=[desk.shop.slug, item]))


@shop_page(Action.MODERATE, methods=("POST",))
def vouch(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """The shop vouches for a purchase, or takes that back."""
    try:
        if request.POST.get("back"):
            content_services.stop_vouching(shop_id=desk.shop.id, actor_id=desk.actor_id, item_id=item)
            messages.success(request, _("Nobody vouches for it any more."))
        else:
            evidence = request.POST.get("evidence", "")
            content_services.vouch_for_item(
                shop_id=desk.shop.id, actor_id=desk.actor_id, item_id=item, evidence=evidence
            )
            messages.success(request, _("The shop vouches for it; shoppers read so."))
    except (Conflict, InvalidInput) as error:
        messages.warning(request, error.message)
    return HttpResponseRedirect(reverse("studio:content", args=[desk.shop.slug, item]))


def _decide(request: HttpRequest, desk: Desk, item: str, decision: Decision) -> HttpResponse:
    refusal: Conflict | None = None
    try:
        content_services.decide_item(
            shop_id=desk.shop.id,
            actor_id=desk.actor_id,
            item_id=item,
            decision=decision,
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", ""),
            seen=seen_of(request.POST) if decision in _ABOUT_THE_SEEN else None,
        )
    except Conflict as error:
        if not _is_repeat(desk, item, decision):
            refusal = error
    row = content.item_by_public_id(item)
    if row is None:
        raise NotFound(_("There is no such content in this shop."))
    if is_partial(request):
        return _receipt(request, desk, row, decision, refusal)
    if refusal is None:
        messages.success(request, _DONE[decision]())
    else:
        messages.error(request, _who_was_first(row, refusal))
    return HttpResponseRedirect(next_url(request, reverse("studio:content", args=[desk.shop.slug, row.public_id])))


def _is_repeat(desk: Desk, item: str, decision: Decision) -> bool:
    """Whether this person took this very decision already and it still stands."""
    row = content.item_by_public_id(item)
    last = content.decisions_of(row)[-1:] if row is not None else []
    return bool(
        last
        and row is not None
        and last[0].decision == decision
        and last[0].actor_id == desk.actor_id
        and row.state == TRANSITIONS[decision][1]
    )


def _who_was_first(row: Any, refusal: Conflict) -> str:
    """The sentence for the person who came second: who decided what, and when."""
    last = content.decisions_of(row)[-1:]
    if refusal.code != ErrorCode.ALREADY_DECIDED or not last:
        return refusal.message
    who = str(last[0].actor) if last[0].actor else _("A former member")
    return _DONE_BY[Decision(last[0].decision)]() % {"who": who, "ago": timesince(last[0].at, depth=1)}


def _receipt(request: HttpRequest, desk: Desk, row: Any, decision: Decision, refusal: Conflict | None) -> HttpResponse:
    """What takes the place of the card in the queue."""
    if row.state == State.PENDING:
        if refusal is not None:
            messages.error(request, refusal.message)
        context = {"card": cards_of([row], with_media=True)[0], **reasons_context()}
        response = piece(request, desk, "studio/content/case_again.html", context, status=409 if refusal else 200)
        return told(response) if refusal else response
    card = cards_of([row], with_media=True)[0]
    decided: dict[str, Any] = {
        "id": row.public_id,
        "headline": card.headline,
        "version": card.version,
        "pictures": card.pictures,
        "url": reverse("studio:content", args=[desk.shop.slug, row.public_id]),
    }
    if refusal is not None:
        decided |= {"what": _who_was_first(row, refusal), "tone": "stop", "icon": "note"}
        return told(piece(request, desk, "studio/content/decided.html", {"decided": decided}, status=409))
    stopped = decision in {Decision.REJECT, Decision.TAKE_DOWN}
    decided |= {
        "what": _DONE[decision](),
        "tone": "stop" if stopped else "good",
        "icon": "hide" if stopped else "check",
    }
    if undo := _UNDO.get(decision):
        decided["undo_url"] = reverse(f"studio:{undo}", args=[desk.shop.slug, row.public_id])
        decided["undo_label"] = _("Undo")
    return piece(request, desk, "studio/content/decided.html", {"decided": decided})
