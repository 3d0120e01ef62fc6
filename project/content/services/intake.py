"""Receiving items: idempotent on (source, external id), versioned by the author's edits, corrected by what is sent
again.

For connectors that bring tens of items at a time. Files of a hundred thousand rows go through
:mod:`project.content.bulk`, which leaves the same rows behind.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content.contracts import AuthorInput, ItemInput, Received
from project.content.events import ITEMS_PER_ROW, ItemsCorrected, ItemsEdited, ItemsReceived, MediaReplaced
from project.content.kinds import KINDS, fact_problems, valid_until
from project.content.models import Author, ContentItem, ContentVersion, Media, RawRecord, Source
from project.content.rules import PUBLIC_ID_PREFIX, State, Verification
from project.content.tombstones import author_hash, external_hash, share_intake, tombstones_among
from project.core.change import Change, change
from project.core.errors import ErrorCode, InvalidInput
from project.core.hashing import payload_hash
from project.core.ids import new_public_id
from project.shops.selectors import products

# What an item says. Changed, it is an edit: a new version, and looked at again.
SAID = ("kind", "title", "text", "rating", "facts")
VERIFIED_BY = ("verification", "evidence_ref")
CREDIT = ("credit_kind", "credit_name", "credit_detail")
# What is known about it. Changed, it is put right at once; nobody has to look again at the same words.
KNOWN_ABOUT = (
    *("product_id", "language", "helpful", "occurred_at", "edited_at", "valid_until", "origin_url", "disclosure"),
    *VERIFIED_BY,
    *CREDIT,
)
_OUTCOMES = (("created", ItemsReceived), ("edited", ItemsEdited), ("corrected", ItemsCorrected))


def receive_items(
    *, shop_id: int, actor_id: int | None, source: Source, items: Iterable[ItemInput], state: State = State.PENDING
) -> list[Received]:
    """Store what a connector brought, in one transaction; returns one :class:`Received` per input, in order.

    Raises :class:`InvalidInput` (``facts_invalid``) when an item's facts do not fit its kind; nothing is stored then.
    """
    wanted = list(items)
    for item in wanted:
        _check(item)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        share_intake(source)
        intake = _Intake(source, state, unit)
        received = [intake.receive(item) for item in wanted]
        for outcome, event in _OUTCOMES:
            ids = [entry.public_id for entry in received if entry.outcome == outcome]
            for start in range(0, len(ids), ITEMS_PER_ROW):
                unit.emit(event(item_ids=tuple(ids[start : start + ITEMS_PER_ROW])))
        if intake.dropped_files:
            unit.emit(MediaReplaced(files=tuple(intake.dropped_files)))
    return received


def _check(item: ItemInput) -> None:
    problems = fact_problems(item.kind, item.facts)
    rules = KINDS[item.kind]
    if item.rating is not None and not (rules.rated and 1 <= item.rating <= 5):
        problems["rating"] = "type"
    if rules.says_words and not item.text.strip() and not item.title.strip() and item.rating is None:
        problems["text"] = "missing"
    if not item.external_id or len(item.external_id) > 200:
        problems["external_id"] = "missing"
    if problems:
        raise InvalidInput(
            _("This content does not state what its kind needs."),
            code=ErrorCode.FACTS_INVALID,
            fields={name: [code] for name, code in problems.items()},
        )


class _Intake:
    """One batch from one source."""

    def __init__(self, source: Source, state: State, unit: Change) -> None:
        self.source = source
        self.state = state
        self.unit = unit
        self.dropped_files: list[str] = []
        self._products: dict[str, int | None] = {}

    def receive(self, item: ItemInput) -> Received:
        account = author_hash(self.source, item.author.external_id) if item.author else ""
        if tombstones_among(self.source, [external_hash(self.source, item.external_id), account]):
            return Received(item.external_id, "", "refused")
        raw_hash = payload_hash(item.raw)
        rows = ContentItem.objects.select_for_update(of=("self",), no_key=True).select_related("author")
        known = rows.filter(source=self.source, external_id=item.external_id).first()
        if known is None:
            return self._create(item, raw_hash)
        # The payload's hash decides nothing: the same payload may mean more by now, such as an order that has come in.
        values = self._values(item, raw_hash)
        if known.credit_chosen:
            for name in CREDIT:
                values.pop(name)
        if known.verification == Verification.MANUAL_EVIDENCE and item.verification == Verification.NONE:
            # What staff vouch for stands, until a method of ours knows better.
            for name in VERIFIED_BY:
                values.pop(name)
        if self._is_edit(known, item, values):
            return self._edit(known, item, values)
        return self._correct(known, item, values)

    def _create(self, item: ItemInput, raw_hash: str) -> Received:
        values = self._values(item, raw_hash)
        with transaction.atomic():
            row = ContentItem.objects.create(
                public_id=new_public_id(PUBLIC_ID_PREFIX),
                source=self.source,
                external_id=item.external_id,
                state=self.state,
                author=self._author(item.author),
                **values,
            )
        self._keep_raw(row, item, raw_hash)
        self._add_media(row, item)
        return Received(item.external_id, row.public_id, "created")

    @staticmethod
    def _is_edit(known: ContentItem, item: ItemInput, values: dict[str, Any]) -> bool:
        """Whether what is shown says something else than before; counters and the like in a payload are no edit."""
        if any(getattr(known, name) != values[name] for name in SAID):
            return True
        stored = Media.objects.filter(item=known).order_by("position").values_list("remote_url", "alt")
        return list(stored) != [(media.remote_url, media.alt) for media in item.media]

    def _edit(self, known: ContentItem, item: ItemInput, values: dict[str, Any]) -> Received:
        """An edit keeps the old wording; what was approved is looked at again, whatever the edit says."""
        ContentVersion.objects.create(
            item=known,
            number=known.version,
            title=known.title,
            text=known.text,
            raw_hash=known.raw_hash,
        )
        state = State.PENDING if known.state == State.APPROVED else known.state
        self._settle_author(known, item.author)
        ContentItem.objects.filter(id=known.pk, version=known.version).update(
            version=known.version + 1, state=state, state_changed_at=timezone.now(), **values
        )
        self._keep_raw(known, item, values["raw_hash"])
        self._renew_media(known, item)
        return Received(item.external_id, known.public_id, "edited")

    def _correct(self, known: ContentItem, item: ItemInput, values: dict[str, Any]) -> Received:
        """The same words, told about differently: put right without a new version, and on record."""
        changed = {
            name: values[name] for name in KNOWN_ABOUT if name in values and getattr(known, name) != values[name]
        }
        names = sorted(changed)
        if self._settle_author(known, item.author):
            names.append("author")
        if not names:
            return Received(item.external_id, known.public_id, "unchanged")
        ContentItem.objects.filter(id=known.pk, version=known.version).update(**changed, raw_hash=values["raw_hash"])
        self._keep_raw(known, item, values["raw_hash"])
        self.unit.audit("item.corrected", "item", known.public_id, fields=[name.removesuffix("_id") for name in names])
        return Received(item.external_id, known.public_id, "corrected")

    @staticmethod
    def _add_media(row: ContentItem, item: ItemInput) -> None:
        Media.objects.bulk_create(
            Media(
                public_id=new_public_id("med"),
                item=row,
                position=position,
                remote_url=media.remote_url,
                alt=media.alt,
            )
            for position, media in enumerate(item.media)
        )

    def _renew_media(self, row: ContentItem, item: ItemInput) -> None:
        """The author changed the pictures: the old ones go, the new ones are fetched and checked like any other."""
        stored = Media.objects.filter(item=row).order_by("position").values_list("remote_url", "alt")
        if list(stored) != [(media.remote_url, media.alt) for media in item.media]:
            kept = Media.objects.filter(item=row).exclude(file="")
            self.dropped_files += kept.values_list("file", flat=True)
            Media.objects.filter(item=row).delete()
            self._add_media(row, item)

    def _values(self, item: ItemInput, raw_hash: str) -> dict[str, Any]:
        return {
            "kind": item.kind,
            "product_id": self._product_id(item.product_external_id),
            "title": item.title,
            "text": item.text,
            "language": item.language,
            "rating": item.rating,
            "helpful": item.helpful,
            "facts": dict(item.facts),
            "occurred_at": item.occurred_at,
            "edited_at": item.edited_at,
            "valid_until": valid_until(item.kind, item.facts, item.valid_until),
            "origin_url": item.origin_url,
            "credit_kind": item.credit_kind,
            "credit_name": item.credit_name,
            "credit_detail": item.credit_detail,
            "disclosure": item.disclosure,
            "verification": item.verification,
            "evidence_ref": item.evidence_ref,
            "raw_hash": raw_hash,
        }

    def _keep_raw(self, row: ContentItem, item: ItemInput, raw_hash: str) -> None:
        RawRecord.objects.update_or_create(
            item=row,
            defaults={
                "payload": dict(item.raw),
                "payload_hash": raw_hash,
                "provenance": item.provenance[:200],
                "fetched_at": timezone.now(),
            },
        )

    def _author(self, author: AuthorInput | None) -> Author | None:
        if author is None:
            return None
        values = _names(author)
        fresh = {"public_id": new_public_id("aut"), "salt": secrets.token_bytes(32), "email": author.email, **values}
        if not author.external_id:
            return Author.objects.create(source=self.source, **fresh)
        row, _made = Author.objects.update_or_create(
            source=self.source, external_id=author.external_id, defaults=values, create_defaults=fresh
        )
        return row

    def _settle_author(self, known: ContentItem, author: AuthorInput | None) -> bool:
        """Bring the item's author in line with what was sent; returns whether anything changed. An author who is not
        stated stays, and so does an address."""
        if author is None:
            return False
        if known.author is None or (author.external_id and author.external_id != known.author.external_id):
            ContentItem.objects.filter(pk=known.pk).update(author=self._author(author))
            return True
        stated = _names(author) | ({"email": author.email} if author.email else {})
        changed = {name: value for name, value in stated.items() if getattr(known.author, name) != value}
        if changed:
            Author.objects.filter(pk=known.author.pk).update(**changed)
        return bool(changed)

    def _product_id(self, external_id: str) -> int | None:
        if not external_id:
            return None
        if external_id not in self._products:
            self._products[external_id] = (
                products().filter(external_id=external_id).values_list("id", flat=True).first()
            )
        return self._products[external_id]


def _names(author: AuthorInput) -> dict[str, str]:
    """How an author is known in public, as far as there is room for it."""
    return {
        "display_name": author.display_name[:200],
        "handle": author.handle[:200],
        "profile_url": author.profile_url[:500],
    }
