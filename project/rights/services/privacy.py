"""Requests of persons (GDPR Art. 15, 16, 17 and 21): received, then done or refused within a month (Art. 12(3))."""

from calendar import monthrange
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.services import rectify_author
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound
from project.core.ids import new_public_id
from project.rights.contracts import (
    EndReason,
    PrivacyConfirmation,
    PrivacyKind,
    PrivacyRefusal,
    PrivacyState,
    WithdrawalRoute,
)
from project.rights.models import LicenceItem, PrivacyRequest
from project.rights.notices import privacy_letters
from project.rights.notices.letters import Letter
from project.rights.persons import first_address, person_of
from project.rights.services.erasure import erase_author
from project.rights.services.licences import withdraw_item
from project.rights.services.locks import lock_licences, lock_open_requests
from project.rights.services.messages import language_for
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail


def receive_privacy_request(
    *, shop_id: int, actor_id: int | None, author_pk: int, kind: PrivacyKind, confirmed_by: str = ""
) -> str:
    """Record what a person asks for; returns the request's public id. ``confirmed_by`` "": not known yet.

    The month runs from now. Asking twice for the same gives the same request.
    """
    confirmation = _confirmation(confirmed_by) if confirmed_by else ""
    now = timezone.now()
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        author = next(iter(content.rows_of_authors([author_pk])), None)
        if author is None:
            raise NotFound(_("There is no such author in this shop."))
        open_one = PrivacyRequest.objects.filter(author=author, kind=kind, state=PrivacyState.RECEIVED).first()
        if open_one is not None:
            PrivacyRequest.objects.filter(pk=open_one.pk, confirmed_by="").update(confirmed_by=confirmation)
            return open_one.public_id
        request = PrivacyRequest.objects.create(
            public_id=new_public_id("pri"),
            kind=kind,
            author=author,
            confirmed_by=confirmation,
            received_at=now,
            due_at=month_after(now),
        )
        unit.audit("privacy.received", "privacy_request", request.public_id, kind=str(kind), by=str(confirmation))
    return request.public_id


def month_after(at: datetime) -> datetime:
    """The same day of the next month, or its last one where that month is shorter."""
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


def confirm_identity(*, shop_id: int, actor_id: int | None, request_id: str, confirmed_by: str) -> None:
    """Record how it became known that the request comes from the person themselves."""
    confirmation = _confirmation(confirmed_by)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        won = PrivacyRequest.objects.filter(public_id=request_id, state=PrivacyState.RECEIVED).update(
            confirmed_by=confirmation
        )
        if not won:
            raise _settled(request_id)
        unit.audit("privacy.confirmed", "privacy_request", request_id, by=str(confirmation))


def carry_out_privacy_request(
    *, shop_id: int, actor_id: int | None, request_id: str, corrected: dict[str, str] | None = None
) -> bool:
    """Do what a person asked for; returns whether a letter tells them so. ``corrected``: display_name, handle and
    email, for a rectification.

    Access: the archive has been handed over (see :func:`project.rights.services.export_archive`). Objection: every
    permission on their content ends. Whoever did it themselves by their link has seen it done, and of an erased person
    no address is left to write to. Raises :class:`Conflict` where it was settled before or the person is not
    confirmed (``not_confirmed``), and what :func:`erase_author` raises.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        request = PrivacyRequest.objects.select_for_update(of=("self",)).filter(public_id=request_id).first()
        if request is None or request.state != PrivacyState.RECEIVED or request.author_id is None:
            raise _settled(request_id)
        if not request.confirmed_by:
            raise Conflict(
                _("Say first how you know that this person asked: what is theirs goes to nobody else."),
                code=ErrorCode.NOT_CONFIRMED,
            )
        if request.kind == PrivacyKind.ERASURE:
            erase_author(
                shop_id=shop_id, actor_id=actor_id, author_pk=request.author_id, confirmed_by=request.confirmed_by
            )
            return False
        outcome: dict[str, int | str] = {}
        if request.kind == PrivacyKind.RECTIFICATION:
            if not corrected:
                raise InvalidInput(_("Write how the person is called correctly."))
            rectify_author(shop_id=shop_id, actor_id=actor_id, author_pk=request.author_id, **corrected)
        elif request.kind == PrivacyKind.OBJECTION:
            outcome["items"] = _stop_using(request.author_id, shop_id, actor_id)
        _settle(request_id, PrivacyState.DONE, actor_id, outcome)
        unit.audit("privacy.done", "privacy_request", request_id, kind=request.kind)
        if actor_id is None and request.confirmed_by == PrivacyConfirmation.CONFIRMED_LINK:
            return False
        language = _language(request.author_id)
        letter = privacy_letters.done(request.kind, shop=shop_facts().name, language=language, number=request_id)
        return _write_to(request.author_id, letter, shop_id=shop_id, request_id=request_id)


def refuse_privacy_request(*, shop_id: int, actor_id: int | None, request_id: str, reason: str) -> bool:
    """Refuse with a stated reason, and write it to the person, with where they may complain (Art. 12(4)).

    False where no address of theirs is known: then somebody has to tell them otherwise.
    """
    if reason not in set(PrivacyRefusal):
        raise InvalidInput(_("Choose why it is refused."), fields={"reason": [_("Needed.")]})
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _settle(request_id, PrivacyState.REFUSED, actor_id, {"reason": reason})
        unit.audit("privacy.refused", "privacy_request", request_id, reason=reason)
        request = PrivacyRequest.objects.get(public_id=request_id)
        if request.author_id is None:
            return False
        language = _language(request.author_id)
        letter = privacy_letters.refused(
            request.kind, reason, shop=shop_facts().name, language=language, number=request_id
        )
        return _write_to(request.author_id, letter, shop_id=shop_id, request_id=request_id)


def _language(author_pk: int) -> str:
    """The one that they wrote in last, else the shop's."""
    ids = content.item_ids_of_authors(content.authors_of_person(author_pk))
    item = content.items().filter(public_id__in=ids).exclude(language="").order_by("-id").first()
    return language_for(item, shop_facts(), None) if item else shop_facts().locale


def _write_to(author_pk: int, letter: Letter, *, shop_id: int, request_id: str) -> bool:
    """To the address on record, never to one that only the request names; False where there is none."""
    author = content.rows_of_authors([author_pk])[0]
    person = person_of(author_pk)
    address = first_address(author.email, *(person.addresses if person else ()))
    if not address:
        return False
    queue_mail(
        shop_id=shop_id,
        purpose="privacy_request",
        to=address,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        about=request_id,
    )
    return True


def _stop_using(author_pk: int, shop_id: int, actor_id: int | None) -> int:
    """End every permission on what the person said, and their consent where it has run out; returns how many items
    had one."""
    ids = content.item_ids_of_authors(content.authors_of_person(author_pk))
    covered = LicenceItem.objects.filter(item__public_id__in=ids, ended_at=None)
    lock_open_requests(item__public_id__in=list(ids))
    lock_licences(ids)
    ended = [
        withdraw_item(
            shop_id=shop_id,
            actor_id=actor_id,
            item_id=item_id,
            reason=EndReason.AUTHOR,
            route=WithdrawalRoute.STAFF if actor_id else WithdrawalRoute.PAGE,
        )
        for item_id in sorted(set(covered.values_list("item__public_id", flat=True)))
    ]
    return sum(1 for licences in ended if licences)


def _settle(request_id: str, state: PrivacyState, actor_id: int | None, outcome: dict[str, int | str]) -> None:
    won = PrivacyRequest.objects.filter(public_id=request_id, state=PrivacyState.RECEIVED).update(
        state=state, done_at=timezone.now(), done_by_id=actor_id, outcome=outcome
    )
    if not won:
        raise _settled(request_id)


def _settled(request_id: str) -> Conflict | NotFound:
    if not PrivacyRequest.objects.filter(public_id=request_id).exists():
        return NotFound(_("There is no such request in this shop."))
    return Conflict(_("This request was settled before."), code=ErrorCode.REQUEST_CLOSED)


def _confirmation(code: str) -> PrivacyConfirmation:
    if code not in set(PrivacyConfirmation):
        raise InvalidInput(_("Choose how you know that it is this person."), fields={"confirmed_by": [_("Needed.")]})
    return PrivacyConfirmation(code)
