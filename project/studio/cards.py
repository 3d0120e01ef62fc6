"""Content as staff see it: one small, flat card per item, made with a fixed number of queries per page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.content.rules import CreditKind, MaterialConnection, State, Verification
from project.rights import selectors as rights
from project.rights.wording import detail_text
from project.studio.labels import (
    DISCLOSURES,
    KINDS,
    SIGNALS,
    STATES,
    VERIFICATIONS,
    Badge,
    Label,
    badge_of,
    label_of,
    language_name,
)

HEADLINE_LENGTH = 90


@dataclass(frozen=True)
class Picture:
    """A picture that has come in. ``is_new``: nobody has looked at it yet; ``is_refused``: staff left it out."""

    id: str
    src: str
    alt: str
    width: int
    height: int
    is_new: bool
    is_refused: bool


@dataclass(frozen=True)
class Card:
    """One item in a list or in the queue. ``headline`` names it where there is no title.

    ``media`` are the pictures that go with it, ``refused`` those that staff left out, ``fetching`` how many are still
    on their way. Without media asked for, all three are empty.
    """

    pk: int
    id: str
    kind: str
    kind_label: Label
    title: str
    headline: str
    text: str
    language: str
    language_label: Label
    rating: int | None
    version: int
    credit: str
    product_name: str
    source_label: str
    origin_url: str
    received_at: datetime
    occurred_at: datetime | None
    state: str
    state_badge: Badge
    badges: tuple[Badge, ...]
    media: tuple[Picture, ...]
    refused: tuple[Picture, ...]
    fetching: int

    @property
    def pictures(self) -> int:
        """How many pictures have come in: with the version, what a decision says was seen."""
        return len(self.media) + len(self.refused)

    @property
    def new_pictures(self) -> tuple[Picture, ...]:
        """What came in after the item was approved and waits for a look."""
        return tuple(entry for entry in self.media if entry.is_new) if self.state == State.APPROVED else ()

    @property
    def settled_pictures(self) -> tuple[Picture, ...]:
        """What is, or with the item will be, shown."""
        return tuple(entry for entry in self.media if entry not in self.new_pictures)


def cards_of(rows: Sequence[Any], *, with_media: bool = False) -> list[Card]:
    """Cards for content items (with source, product and author selected): one query for permission, one for media."""
    pks = [row.pk for row in rows]
    unlicensed = (
        set(rights.items_needing_permission().filter(pk__in=pks).values_list("pk", flat=True)) if pks else set()
    )
    media = content.pictures_of(pks) if with_media and pks else {}
    return [_card(row, row.pk in unlicensed, media.get(row.pk, ())) for row in rows]


def headline_of(title: str, text: str, fallback: str) -> str:
    """The title, else the beginning of the text cut between words, else ``fallback``."""
    words = title.strip() or " ".join(text.split())
    if not words:
        return fallback
    if len(words) <= HEADLINE_LENGTH:
        return words
    return words[:HEADLINE_LENGTH].rsplit(" ", 1)[0] + "…"


def credit_of(kind: str, name: str, detail: str) -> str:
    """The credit line as staff read it."""
    if kind == CreditKind.MISSING:
        return _("No credit line: cannot be shown")
    who = _("A customer") if kind == CreditKind.CUSTOMER else name
    return f"{who}, {detail_text(detail)}" if detail else who


def picture_of(media: Any) -> Picture:
    """A fetched picture by its URL."""
    return Picture(
        id=media.public_id,
        src=f"{settings.MEDIA_URL}{media.file}",
        alt=media.alt,
        width=media.width,
        height=media.height,
        is_new=media.state == media.READY and not media.approved,
        is_refused=media.state == media.REFUSED,
    )


def _card(row: Any, unlicensed: bool, media: Sequence[Any]) -> Card:
    fetched = [picture_of(entry) for entry in media if entry.state in {entry.READY, entry.REFUSED}]
    fetching = sum(entry.state == entry.PENDING for entry in media)
    kind_label = label_of(KINDS, row.kind)
    return Card(
        pk=row.pk,
        id=row.public_id,
        kind=row.kind,
        kind_label=kind_label,
        title=row.title,
        headline=headline_of(row.title, row.text, str(kind_label)),
        text=row.text,
        language=row.language,
        language_label=language_name(row.language),
        rating=row.rating,
        version=row.version,
        credit=credit_of(row.credit_kind, row.credit_name, row.credit_detail),
        product_name=row.product.name if row.product else "",
        source_label=row.source.name,
        origin_url=row.origin_url if row.origin_url.startswith(("https://", "http://")) else "",
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        state=row.state,
        state_badge=badge_of(STATES, row.state),
        badges=(*_badges(row, unlicensed), *_fetching_badge(fetching)),
        media=tuple(picture for picture in fetched if not picture.is_refused),
        refused=tuple(picture for picture in fetched if picture.is_refused),
        fetching=fetching,
    )


def _badges(row: Any, unlicensed: bool) -> Iterable[Badge]:
    if not row.source.may_republish:
        yield Badge(_("Source forbids showing"), "stop")
    elif unlicensed and row.state in {State.PENDING, State.APPROVED}:
        yield Badge(_("Permission needed"), "wait")
    if row.disclosure != MaterialConnection.NONE:
        yield Badge(label_of(DISCLOSURES, row.disclosure), "note")
    if row.verification != Verification.NONE:
        yield Badge(label_of(VERIFICATIONS, row.verification), "good")
    for code, value in row.signals.items():
        if value and code in SIGNALS:
            yield Badge(SIGNALS[code], "note")


def _fetching_badge(fetching: int) -> Iterable[Badge]:
    if fetching:
        words = ngettext("%(n)d picture still being fetched", "%(n)d pictures still being fetched", fetching)
        yield Badge(words % {"n": fetching}, "wait")
