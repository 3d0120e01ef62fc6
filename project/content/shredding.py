"""What content holds of a person, and how it goes.

Of an item an empty row stays: its ids, kind, product, state and the codes of what was decided, so that counts of
decisions and licences hold. The author's row goes altogether, and with it the salt of every commitment.
"""

from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat

from project.content.models import (
    Author,
    ContentItem,
    ContentVersion,
    ItemTag,
    Media,
    ModerationDecision,
    RawRecord,
    Source,
)
from project.content.rules import CreditKind, MaterialConnection, State, Verification
from project.content.tombstones import bury
from project.core.shredding import Person, Sections, Shredder

EMPTY: dict[str, Any] = {
    "state": State.ERASED,
    "author": None,
    "title": "",
    "text": "",
    "language": "",
    "rating": None,
    "helpful": 0,
    "facts": {},
    "occurred_at": None,
    "edited_at": None,
    "valid_until": None,
    "origin_url": "",
    "credit_kind": CreditKind.MISSING,
    "credit_name": "",
    "credit_detail": "",
    "credit_chosen": False,
    "disclosure": MaterialConnection.NONE,
    "verification": Verification.NONE,
    "verified_at": None,
    "evidence_ref": "",
    "raw_hash": "",
    "signals": {},
}


def export(person: Person) -> Sections:
    authors = Author.objects.filter(pk__in=person.author_pks).select_related("source").order_by("pk")
    items = ContentItem.objects.filter(public_id__in=person.item_ids).select_related("source", "product")
    return {
        "author": [_author(row) for row in authors],
        "content": [_item(row) for row in items.order_by("pk")],
    }


def shred(person: Person) -> int:
    """Runs in the erasure's transaction, with sources, author and items locked."""
    items = ContentItem.objects.filter(public_id__in=person.item_ids)
    _bury(items, person.author_pks)
    pks = list(items.values_list("pk", flat=True))
    for model in (ContentVersion, RawRecord, Media, ItemTag):
        model._default_manager.filter(item_id__in=pks).delete()
    ModerationDecision.objects.filter(item_id__in=pks).update(note="")
    nothing = Concat(Value("erased:"), F("public_id"), output_field=CharField())
    cleared = ContentItem.objects.filter(pk__in=pks).update(external_id=nothing, **EMPTY)
    authors = Author.objects.filter(pk__in=person.author_pks)
    # Who pointed to the author has let go by now; the database checks that at the commit.
    return cleared + int(authors._raw_delete(authors.db))


def _bury(items: QuerySet[ContentItem], author_pks: tuple[int, ...]) -> None:
    """Tombstones at every source that the person came from."""
    gone: dict[int, list[str]] = {}
    for source_pk, external_id in items.values_list("source_id", "external_id"):
        gone.setdefault(source_pk, []).append(external_id)
    authors = Author.objects.filter(pk__in=author_pks, source__isnull=False)
    accounts = [(source_pk, name) for source_pk, name in authors.values_list("source_id", "external_id") if name]
    for source in Source.objects.filter(pk__in={*gone, *(source_pk for source_pk, _name in accounts)}):
        bury(
            source,
            items=gone.get(source.pk, []),
            authors=[name for source_pk, name in accounts if source_pk == source.pk],
        )


def _author(row: Author) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "source": row.source.name if row.source else "",
        "id_at_the_source": row.external_id,
        "name": row.display_name,
        "handle": row.handle,
        "profile": row.profile_url,
        "email": row.email,
        "known_since": row.created_at,
    }


def _item(row: ContentItem) -> dict[str, Any]:
    raw = RawRecord.objects.filter(item=row).first()
    return {
        "id": row.public_id,
        "kind": row.kind,
        "source": row.source.name,
        "id_at_the_source": row.external_id,
        "address_at_the_source": row.origin_url,
        "product": row.product.name if row.product else "",
        "title": row.title,
        "text": row.text,
        "language": row.language,
        "rating": row.rating,
        "further_facts": row.facts,
        "written_at": row.occurred_at,
        "edited_at": row.edited_at,
        "received_at": row.received_at,
        "state": row.state,
        "named_as": {"kind": row.credit_kind, "name": row.credit_name, "detail": row.credit_detail},
        "disclosed_connection": row.disclosure,
        "how_the_purchase_is_known": row.verification,
        "machine_signals": row.signals,
        "earlier_versions": [
            {"version": one.number, "title": one.title, "text": one.text, "replaced_at": one.replaced_at}
            for one in ContentVersion.objects.filter(item=row).order_by("number")
        ],
        "pictures": [
            {
                "file": f"media/{one.file}" if one.file else "",
                "state": one.state,
                "shown_with_it": one.approved,
                "description": one.alt,
                "address_at_the_source": one.remote_url,
            }
            for one in Media.objects.filter(item=row).order_by("position")
        ],
        "decisions": [
            {
                "decision": one.decision,
                "reason": one.reason,
                "note": one.note,
                "version": one.item_version,
                "at": one.at,
            }
            for one in ModerationDecision.objects.filter(item=row).order_by("id")
        ],
        "tags_of_the_shop": list(ItemTag.objects.filter(item=row).order_by("tag").values_list("tag", flat=True)),
        "as_it_was_received": None
        if raw is None
        else {"payload": raw.payload, "provenance": raw.provenance, "fetched_at": raw.fetched_at},
    }


SHREDDER = Shredder(
    "content",
    (
        "content_author",
        "content_item",
        "content_version",
        "content_raw_record",
        "content_media",
        "content_moderation_decision",
        "content_item_tag",
    ),
    export,
    shred,
)
