"""Notices of misuse: filing one, which may hide its item at once, looking at it, and the one appeal."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.rules import PUBLIC_ID_PREFIX, State
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import keyed_hash, token_hash
from project.core.ids import new_public_id
from project.core.lookups import shop_of_public_id, shop_of_token_hash
from project.rights import notice_rules as rules
from project.rights.contracts import FiledNotice, HoldReason, NoticeCategory, NoticeInput, NoticeState
from project.rights.events import NoticeReceived
from project.rights.ledger import append_event
from project.rights.models import Hold, Notice
from project.rights.notices import letters
from project.rights.notices.links import notice_token
from project.rights.services.holds import open_hold
from project.rights.services.statements import address_of_items_author
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

if TYPE_CHECKING:
    from project.content.models import ContentItem

EXPLANATION_LENGTH = 5000
MOST_URLS = 10
URL_LENGTH = 1000
_URL = URLValidator(schemes=["http", "https"])
NOTICE_LOCK_CLASS = 0x6E7463  # "ntc": keeps these advisory locks apart from others in the same database
MAY_BE_HIDDEN = (State.PENDING, State.APPROVED)


def file_notice(*, notice: NoticeInput, visitor: str = "", only_shop: int | None = None) -> FiledNotice:
    """Take a notice about any item that exists, shown or not. ``visitor``: where it came from, kept as a keyed hash.

    ``only_shop``: whose items the caller may name (None: any). Raises :class:`NotFound` for an item that is not there,
    :class:`InvalidInput` for what Art. 16(2) asks for and is missing.
    """
    shop_id = shop_of_public_id(notice.item_id) if notice.item_id.startswith(f"{PUBLIC_ID_PREFIX}_") else None
    if shop_id is None or (only_shop is not None and shop_id != only_shop):
        raise NotFound(_("There is nothing here under this address."))
    check_notice(notice)
    with change(shop_id=shop_id) as unit:
        item = content.item_by_public_id(notice.item_id)
        if item is None:
            raise NotFound(_("There is nothing here under this address."))
        _one_hides_at_a_time(shop_id)
        row, token = _stored(notice, visitor_hash(shop_id, visitor))
        decided = rules.verdict(_claim(row, item))
        # The hold's lock comes before the ledger's (see `locks`).
        if decided == rules.Verdict.HIDE:
            _hide(unit, row, item)
        _tell(unit, row, decided)
        state = _acknowledge(unit, row, token)
    return FiledNotice(row.public_id, token, state, row.hold_id is not None)


def check_notice(notice: NoticeInput) -> None:
    """Raises :class:`InvalidInput` naming each field that Art. 16(2) asks for and that is missing."""
    wrong: dict[str, list[str]] = {}
    if notice.category not in set(NoticeCategory):
        wrong["category"] = [_("Choose what is wrong.")]
    if not notice.explanation.strip():
        wrong["explanation"] = [_("Please explain what is wrong, in your own words.")]
    elif len(notice.explanation) > EXPLANATION_LENGTH:
        wrong["explanation"] = [_("Please be shorter: 5,000 characters at most.")]
    if sentences := _wrong_urls(notice.urls):
        wrong["urls"] = sentences
    if "category" not in wrong and rules.needs_contact(notice.category):
        if not notice.name.strip():
            wrong["name"] = [_("Please give your name.")]
        if not notice.email.strip():
            wrong["email"] = [_("Please give an e-mail address, so that we can answer.")]
    if notice.email and not _is_address(notice.email):
        wrong["email"] = [_("This is not an e-mail address.")]
    if not notice.in_good_faith:
        wrong["in_good_faith"] = [_("Please tick this: without it a notice does not count.")]
    if wrong:
        raise InvalidInput(_("Something is still missing. Your text is kept."), fields=wrong)


def visitor_hash(shop_id: int, visitor: str) -> str:
    """One visitor of one shop; nobody learns the address from it, and two shops cannot compare."""
    return keyed_hash(purpose=f"notice-visitor-{shop_id}", value=visitor) if visitor else ""


def take_up_notice(*, shop_id: int, actor_id: int, notice_id: str) -> None:
    """Somebody of the desk begins to look at it. Of two, the second is told (409)."""
    before = [state for state in NoticeState if rules.may_move(state, NoticeState.IN_REVIEW)]
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        row = notice_row(notice_id)
        if not Notice.objects.filter(pk=row.pk, state__in=before).update(state=NoticeState.IN_REVIEW):
            raise Conflict(
                _("Somebody else is looking at this already, or it is decided."), code=ErrorCode.ALREADY_DECIDED
            )
        append_event("notice_in_review", {"notice": notice_id, "item": row.item.public_id})
        unit.audit("notice.in_review", "notice", notice_id, item=row.item.public_id)


def appeal_notice(*, token: str, appeal: str) -> None:
    """Whoever sent it asks for another look: once, within six months. Raises ``notice_closed`` (409) otherwise."""
    shop_id = shop_of_notice(token)
    words = appeal.strip()[:EXPLANATION_LENGTH]
    if not words:
        raise InvalidInput(
            _("Write why you think that it is wrong."), fields={"appeal": [_("Please write something here.")]}
        )
    now = timezone.now()
    with change(shop_id=shop_id) as unit:
        row = Notice.objects.select_related("item").get(token_hash=token_hash(token))
        may = rules.may_appeal(NoticeState(row.state), decided_at=row.decided_at, appealed_at=row.appealed_at, at=now)
        won = may and Notice.objects.filter(pk=row.pk, state=row.state, appealed_at=None).update(
            state=NoticeState.APPEALED, appeal=words, appealed_at=now
        )
        if not won:
            raise Conflict(_("Another look cannot be asked for (any more)."), code=ErrorCode.NOTICE_CLOSED)
        append_event("notice_appealed", {"notice": row.public_id, "item": row.item.public_id})
        unit.audit("notice.appealed", "notice", row.public_id, item=row.item.public_id)


def close_settled_notices(*, shop_id: int, now: datetime | None = None) -> int:
    """Close decided notices once their time to appeal is over, and forget whose network they came from."""
    at = now or timezone.now()
    with change(shop_id=shop_id) as unit:
        rows = Notice.objects.filter(
            state__in=list(rules.DECIDED), decided_at__lte=at - timedelta(days=rules.APPEAL_DAYS)
        )
        ids = list(rows.order_by("id").values_list("public_id", flat=True))
        closed = rows.filter(public_id__in=ids).update(state=NoticeState.CLOSED, visitor_hash="")
        Notice.objects.filter(state=NoticeState.CLOSED, decided_at__lte=at - timedelta(days=rules.APPEAL_DAYS)).exclude(
            visitor_hash=""
        ).update(visitor_hash="")
        for notice_id in ids:
            unit.audit("notice.closed", "notice", notice_id)
    return closed


def shop_of_notice(token: str) -> int:
    """The shop of a private page. Raises ``link_invalid`` (404)."""
    shop_id = shop_of_token_hash("notice", token_hash(token))
    if shop_id is None:
        raise VouchsafeError(
            _("This link is not valid. Please open it exactly as it was sent to you."),
            code=ErrorCode.LINK_INVALID,
            status=404,
        )
    return shop_id


def notice_row(notice_id: str) -> Notice:
    """A notice with its item, in the shop's scope. Raises :class:`NotFound`."""
    rows = Notice.objects.select_related("item__source", "item__author", "item__product", "hold", "decided_by")
    row = rows.filter(public_id=notice_id).first()
    if row is None:
        raise NotFound(_("There is no such notice in this shop."))
    return row


def matches_author(row: Notice, item: "ContentItem") -> bool:
    """Whether the notice's address is the one on record for the item's author. Told to the desk, proof of nothing."""
    on_record = address_of_items_author(item)
    return bool(row.email) and on_record.casefold() == row.email.casefold()


def _stored(notice: NoticeInput, visitor: str) -> tuple[Notice, str]:
    public_id = new_public_id("ntc")
    token = notice_token(public_id)
    item = content.items().get(public_id=notice.item_id)
    row = Notice.objects.create(
        public_id=public_id,
        item=item,
        category=notice.category,
        explanation=notice.explanation.strip(),
        url="\n".join(notice.urls),
        name=notice.name.strip()[:200],
        email=notice.email.strip(),
        language=letters.spoken(notice.language),
        by_author=notice.by_author,
        in_good_faith=notice.in_good_faith,
        token_hash=token_hash(token),
        visitor_hash=visitor,
    )
    return row, token


def _claim(row: Notice, item: "ContentItem") -> rules.Claim:
    now = timezone.now()
    same = _of_same_visitor(row)
    since = now - timedelta(days=rules.REJECTIONS_COUNT_DAYS)
    return rules.Claim(
        category=NoticeCategory(row.category),
        in_good_faith=row.in_good_faith,
        explained=len(row.explanation),
        has_contact=bool(row.email),
        has_picture=bool(content.media_of([item.pk])),
        by_author=row.by_author,
        matches_author=matches_author(row, item),
        rejected_before=same.filter(outcome=NoticeState.REJECTED, decided_at__gt=since).count(),
        held_today=same.filter(hold__isnull=False, received_at__gt=now - timedelta(days=1)).count(),
        held_in_shop=_hidden_since(now - timedelta(hours=1)),
    )


def _hidden_since(moment: datetime) -> int:
    """How many items notices have hidden in the shop."""
    by_rule = Notice.objects.filter(hold__opened_at__gt=moment, hold__opened_by=None)
    return by_rule.values("hold").distinct().count()


def _one_hides_at_a_time(shop_id: int) -> None:
    """Before any other lock, until the end of the transaction: the limits hold for notices that come in together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NOTICE_LOCK_CLASS, shop_id % 2**31])


def _of_same_visitor(row: Notice) -> "QuerySet[Notice]":
    """Earlier notices from the same network or the same address; none where neither is known."""
    same = Q(pk__in=())
    if row.visitor_hash:
        same |= Q(visitor_hash=row.visitor_hash)
    if row.email:
        same |= Q(email__iexact=row.email)
    return Notice.objects.filter(same).exclude(pk=row.pk)


def _hide(unit: Change, row: Notice, item: "ContentItem") -> None:
    """Open a hold, or join the one that another notice opened. What staff put on hold stays theirs to lift."""
    if item.state not in MAY_BE_HIDDEN:
        return
    held = _open_dispute(item)
    is_new = False
    if held is None:
        # Somebody may open one this very moment; then it is theirs that is joined.
        with suppress(Conflict), transaction.atomic():
            open_hold(shop_id=unit.shop_id, actor_id=None, item_id=item.public_id, reason=HoldReason.DISPUTE)
            is_new = True
        held = _open_dispute(item)
    if held is None or not (is_new or Notice.objects.filter(hold=held).exists()):
        return
    row.hold = held
    Notice.objects.filter(pk=row.pk).update(hold=held)


def _open_dispute(item: "ContentItem") -> Hold | None:
    """Locked, and looked at again under the lock: whoever is about to lift it is waited for."""
    rows = Hold.objects.select_for_update(no_key=True).filter(item=item, reason=HoldReason.DISPUTE, closed_at=None)
    return rows.first()


def _tell(unit: Change, row: Notice, decided: rules.Verdict) -> None:
    item_id = row.item.public_id
    facts = {"notice": row.public_id, "item": item_id, "category": str(row.category), "by_author": row.by_author}
    append_event("notice_received", facts)
    unit.audit(
        "notice.received", "notice", row.public_id, item=item_id, category=str(row.category), verdict=str(decided)
    )
    unit.emit(NoticeReceived(notice_id=row.public_id, item_ids=(item_id,)))


def _acknowledge(unit: Change, row: Notice, token: str) -> NoticeState:
    """The receipt of Art. 16(4); without an address the page that answers the form is the receipt."""
    if not row.email:
        return NoticeState.RECEIVED
    letter = letters.receipt(row, shop=shop_facts().name, token=token)
    queue_mail(
        shop_id=unit.shop_id,
        purpose="notice_received",
        to=row.email,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        about=row.public_id,
    )
    Notice.objects.filter(pk=row.pk, state=NoticeState.RECEIVED).update(
        state=NoticeState.ACKNOWLEDGED, acknowledged_at=timezone.now()
    )
    unit.audit("notice.acknowledged", "notice", row.public_id)
    return NoticeState.ACKNOWLEDGED


def _wrong_urls(urls: tuple[str, ...]) -> list[str]:
    if len(urls) > MOST_URLS:
        return [_("Ten addresses at most; send another notice for the rest.")]
    for url in urls:
        try:
            _URL(url)
        except ValidationError:
            return [_("This is not a web address: %(url)s") % {"url": url[:200]}]
        if len(url) > URL_LENGTH:
            return [_("This is not a web address: %(url)s") % {"url": url[:200]}]
    return [] if urls else [_("Please give the address of the page, from the browser’s address bar.")]


def _is_address(text: str) -> bool:
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return len(text.strip()) <= 254
