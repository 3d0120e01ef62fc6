"""Reads of notices and statements: for the desk, the sender's private page and the author."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from project.core.audit import objects_with
from project.core.errors import ErrorCode, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.links import item_url
from project.core.lookups import shop_of_public_id
from project.core.scope import current_shop_id, shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel, GateQuery, NoticeState, PublishedItem, Restriction
from project.rights.models import Notice, StatementOfReasons
from project.rights.notice_rules import OPEN, Verdict, appeal_until, may_appeal
from project.rights.notices.links import form_url, statement_of_token
from project.rights.services.notices import shop_of_notice
from project.rights.statement_rules import may_object
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts


@dataclass(frozen=True)
class Reported:
    """The item that a form is about. ``shown`` None: it passes no gate, so nothing of it is told."""

    shop: ShopFacts
    item_id: str
    url: str
    shown: PublishedItem | None


def reported(item_id: str) -> Reported:
    """Raises :class:`NotFound` for an id that no item has."""
    shop_id = shop_of_public_id(item_id) if item_id.startswith("rev_") else None
    if shop_id is None:
        raise NotFound("There is nothing here under this address.")
    with shop_scope(shop_id):
        shop = shop_facts()
        audience = Audience(shop_id, Channel.SITE, shop.markets, timezone.now())
        page = gate.published(audience, GateQuery(item_ids=(item_id,), limit=1))
        shown = page.items[0] if page.items else None
        return Reported(shop, item_id, item_url(shop_id, item_id) if shown else "", shown)


@dataclass(frozen=True)
class NoticePage:
    """What the sender sees under the private link."""

    shop: ShopFacts
    notice: Notice
    may_appeal: bool
    appeal_until: datetime | None
    form_url: str


def notice_page(token: str) -> NoticePage:
    """Raises ``link_invalid`` (404)."""
    shop_id = shop_of_notice(token)
    with shop_scope(shop_id):
        row = Notice.objects.select_related("item", "hold").get(token_hash=token_hash(token))
        may = may_appeal(
            NoticeState(row.state), decided_at=row.decided_at, appealed_at=row.appealed_at, at=timezone.now()
        )
        until = appeal_until(row.decided_at) if row.decided_at else None
        return NoticePage(shop_facts(), row, may, until, form_url(row.item.public_id))


@dataclass(frozen=True)
class StatementPage:
    shop: ShopFacts
    row: StatementOfReasons
    may_object: bool
    item_url: str


def statement_page(token: str) -> StatementPage:
    """Raises ``link_invalid`` (404) for a token that is no statement's own."""
    statement_id = statement_of_token(token)
    shop_id = shop_of_public_id(statement_id) if statement_id else None
    if shop_id is None:
        raise VouchsafeError(
            "This link is not valid. Please open it exactly as it was sent to you.",
            code=ErrorCode.LINK_INVALID,
            status=404,
        )
    with shop_scope(shop_id):
        row = statements().get(public_id=statement_id)
        return StatementPage(shop_facts(), row, objectionable(row), item_url(shop_id, row.item.public_id))


def objectionable(row: StatementOfReasons) -> bool:
    return may_object(
        Restriction(row.restriction),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        objected_at=row.objected_at,
        at=timezone.now(),
    )


def notices() -> QuerySet[Notice]:
    """All notices of the shop."""
    return Notice.objects.select_related(
        "item__source", "item__author", "item__product", "hold", "decided_by"
    ).order_by("id")


def open_notices() -> QuerySet[Notice]:
    """What waits for the desk, the oldest first."""
    return notices().filter(state__in=list(OPEN))


def notice_counts() -> dict[str, int]:
    rows = Notice.objects.values("state").annotate(n=Count("id")).order_by()
    return {state.value: 0 for state in NoticeState} | {row["state"]: row["n"] for row in rows}


def notices_of_item(item_pk: int) -> QuerySet[Notice]:
    return notices().filter(item_id=item_pk)


def statements() -> QuerySet[StatementOfReasons]:
    """All statements of the shop."""
    return StatementOfReasons.objects.select_related("item__source", "item__author", "notice", "answered_by").order_by(
        "-id"
    )


def statements_of_item(item_pk: int) -> QuerySet[StatementOfReasons]:
    return statements().filter(item_id=item_pk).order_by("id")


def statements_of(item_id: str) -> QuerySet[StatementOfReasons]:
    """What restricts an item now, by public id."""
    return statements().filter(item__public_id=item_id, ends_at=None).exclude(restriction=Restriction.RESTORED)


def open_objections() -> QuerySet[StatementOfReasons]:
    """Authors' objections that nobody has answered, the oldest first."""
    return statements().filter(objected_at__isnull=False, answered_at=None).order_by("objected_at", "id")


def waiting() -> int:
    """Notices and objections that wait for the desk."""
    return open_notices().count() + open_objections().count()


def not_hidden_for_their_number() -> int:
    """Open notices that would have hidden their item, had not so many come in within the hour."""
    ids = set(open_notices().filter(hold=None).values_list("public_id", flat=True))
    verdict = str(Verdict.TOO_MANY_IN_SHOP)
    return len(objects_with(current_shop_id(), "notice.received", ids, verdict=verdict)) if ids else 0


def oldest_waiting() -> datetime | None:
    moments: Iterable[Any] = (
        open_notices().values_list("received_at", flat=True).first(),
        open_objections().values_list("objected_at", flat=True).first(),
    )
    return min((moment for moment in moments if moment is not None), default=None)
