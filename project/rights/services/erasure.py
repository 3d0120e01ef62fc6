"""Erasing a person (GDPR Art. 17): one transaction here and below, news for everything above.

From the commit nothing finds the person: licences ended, rows emptied, the author's row gone with the salt of every
commitment, tombstones in the way of whoever would bring something back. Indexes, files and the like follow as
subscribers of :class:`AuthorErased` on queue ``urgent``, retried until done.
"""

from collections.abc import Iterator
from itertools import zip_longest

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.services import lock_person
from project.core import audit
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, NotFound
from project.core.hashing import personal_hash
from project.core.ids import new_public_id
from project.core.shredding import Person, shred_within
from project.rights import notice_rules
from project.rights.contracts import (
    EndReason,
    Erased,
    HoldReason,
    PrivacyConfirmation,
    PrivacyKind,
    PrivacyState,
    WithdrawalRoute,
)
from project.rights.events import ITEMS_PER_ROW, AuthorErased
from project.rights.ledger import append_event
from project.rights.models import (
    Hold,
    LicenceItem,
    Notice,
    PrivacyRequest,
    StatementOfReasons,
)
from project.rights.notices.letters import closed_by_erasure
from project.rights.persons import notices_of, person_of
from project.rights.services.licences import digest_of, withdraw_licence
from project.rights.services.locks import lock_licences, lock_requests_to
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

ERASED_ACTION = "author.erased"


def erase_author(*, shop_id: int, actor_id: int | None, author_pk: int, confirmed_by: str) -> Erased:
    """Erase the person behind a row of content.Author, with the rows of the same e-mail address.

    Idempotent: whoever was erased before is reported ``again``. Raises :class:`Conflict` (``legal_hold``) while a
    legal hold is open on anything of theirs (Art. 17(3)(e)), and :class:`NotFound` for a row that never was.
    """
    confirmation = PrivacyConfirmation(confirmed_by)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        lock_requests_to(content.authors_of_person(author_pk))
        person = person_of(author_pk) if lock_person(author_pk) else None
        if person is None:
            return _erased_before(shop_id, author_pk)
        _check_legal_holds(person)
        _lock_complaints(person)
        licences = _end_licences(person, shop_id, actor_id)
        request = _settle_requests(person, actor_id, confirmation)
        senders = _waiting_senders(person)
        cleared = shred_within(person)
        append_event("erased", {"request": request.public_id, **digest_of(person.item_ids)})
        _audit(unit, person, request, licences, cleared)
        _tell(unit, person, request.public_id)
        _tell_senders(shop_id, senders)
    return Erased(request.public_id, person.author_ids[0], len(person.item_ids), licences)


def _lock_complaints(person: Person) -> None:
    """Before the ledger, for whoever answers one of them locks it so (see `locks`)."""
    for rows in (
        notices_of(person.item_ids, person.addresses),
        StatementOfReasons.objects.filter(item__public_id__in=person.item_ids),
    ):
        list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))


def _waiting_senders(person: Person) -> list[Notice]:
    """Notices of other people about this person's content that nobody has decided, and whose senders can be told."""
    rows = notices_of(person.item_ids, ()).filter(by_author=False, state__in=list(notice_rules.OPEN)).exclude(email="")
    return [notice for notice in rows.order_by("pk") if notice.email.lower() not in person.addresses]


def _tell_senders(shop_id: int, notices: list[Notice]) -> None:
    """That what they reported is gone. The letter is theirs, so it is not filed under the notice, which is erased."""
    for notice in notices:
        letter = closed_by_erasure(notice, shop=shop_facts().name)
        queue_mail(
            shop_id=shop_id,
            purpose="notice_decided",
            to=notice.email,
            subject=letter.subject,
            text=letter.text,
            language=letter.language,
        )


def _erased_before(shop_id: int, author_pk: int) -> Erased:
    entry = audit.newest_with(shop_id, ERASED_ACTION, pk=author_pk)
    if entry is None:
        raise NotFound(_("There is no such author in this shop."))
    return Erased(entry.data["request"], entry.object_id, entry.data["items"], entry.data["licences"], again=True)


def _check_legal_holds(person: Person) -> None:
    held = Hold.objects.filter(item__public_id__in=person.item_ids, reason=HoldReason.LEGAL, closed_at=None)
    item_id = held.values_list("item__public_id", flat=True).first()
    if item_id is not None:
        raise Conflict(
            _("A legal claim holds content of this person (%(item)s). Lift that hold first, or refuse the request.")
            % {"item": item_id},
            code=ErrorCode.LEGAL_HOLD,
        )


def _end_licences(person: Person, shop_id: int, actor_id: int | None) -> int:
    """Every licence's hold on their content ends; others' content under the same licence is left alone."""
    covering = LicenceItem.objects.filter(item__public_id__in=person.item_ids, ended_at=None, licence__ended_at=None)
    ids = covering.order_by().values_list("licence__public_id", flat=True).distinct()
    lock_licences(person.item_ids)
    licences = sorted(ids)  # looked at only when all are locked, as in `withdraw_item`
    for licence_id in licences:
        withdraw_licence(
            shop_id=shop_id,
            actor_id=actor_id,
            licence_id=licence_id,
            reason=EndReason.ERASURE,
            item_ids=person.item_ids,
            route=WithdrawalRoute.ERASURE,
        )
    return len(licences)


def _settle_requests(person: Person, actor_id: int | None, confirmation: PrivacyConfirmation) -> PrivacyRequest:
    """The request for erasure is done, or recorded as done; whatever else they asked for has lost its object."""
    now = timezone.now()
    nameless = _nameless(person)
    open_ones = PrivacyRequest.objects.filter(author_id__in=person.author_pks, state=PrivacyState.RECEIVED)
    done = {"state": PrivacyState.DONE, "done_at": now, "done_by_id": actor_id, "author_hash": nameless}
    request = open_ones.filter(kind=PrivacyKind.ERASURE).order_by("id").first()
    if request is None:
        request = PrivacyRequest.objects.create(
            public_id=new_public_id("pri"),
            kind=PrivacyKind.ERASURE,
            author_id=person.author_pks[0],
            due_at=now,
        )
    PrivacyRequest.objects.filter(pk=request.pk).update(confirmed_by=confirmation, **done)
    open_ones.exclude(pk=request.pk).update(**done, outcome={"because": "erased"})
    return request


def _nameless(person: Person) -> str:
    """A commitment to whom it concerned, which nobody can compute again once the salt is gone."""
    author = content.rows_of_authors(person.author_pks)[0]
    return personal_hash(purpose="privacy_request", salt=bytes(author.salt), value=author.public_id)


def _audit(unit: Change, person: Person, request: PrivacyRequest, licences: int, cleared: dict[str, int]) -> None:
    for pk, author_id in zip(person.author_pks, person.author_ids, strict=True):
        unit.audit(
            ERASED_ACTION,
            "author",
            author_id,
            pk=pk,
            request=request.public_id,
            items=len(person.item_ids),
            licences=licences,
            cleared=cleared,
        )
    unit.audit("privacy.done", "privacy_request", request.public_id, kind=str(PrivacyKind.ERASURE))


def _tell(unit: Change, person: Person, request_id: str) -> None:
    items, files = list(_parts(person.item_ids)), list(_parts(person.files))
    for some_items, some_files in zip_longest(items or [()], files, fillvalue=()):
        unit.emit(
            AuthorErased(request_id=request_id, author_ids=person.author_ids, item_ids=some_items, files=some_files)
        )


def _parts(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), ITEMS_PER_ROW):
        yield ids[start : start + ITEMS_PER_ROW]
