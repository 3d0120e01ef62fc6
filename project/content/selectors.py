"""Reads of the content room for staff and for the gate. Nothing here is fit to be shown to a shopper: that is the
gate's business alone (law 1)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField

from project.content.events import ItemsEdited, ItemsReceived, ItemsReopened
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
from project.content.rules import State
from project.core.models import OutboxRow
from project.core.scope import current_shop_id

# After these an item may wait for a decision that did not before.
_BRING_TO_THE_QUEUE = (ItemsReceived.name, ItemsEdited.name, ItemsReopened.name)


def items() -> QuerySet[ContentItem]:
    """All items of the shop in scope."""
    return ContentItem.objects.all()


def items_of(pks: Iterable[int]) -> QuerySet[ContentItem]:
    """Thousands of items by key, as one parameter: a parameter each would cost more than the query itself.

    Not as a subquery, for which the planner, without statistics on a table that is just being filled, reads it all.
    """
    return ContentItem.objects.extra(where=["content_item.id = ANY(%s::bigint[])"], params=[list(pks)])


def staff_items() -> QuerySet[ContentItem]:
    """Items with what a list shows beside them, newest first."""
    return ContentItem.objects.select_related("source", "product", "author").order_by("-id")


def item_by_public_id(public_id: str) -> ContentItem | None:
    return staff_items().filter(public_id=public_id).first()


def moderation_queue() -> QuerySet[ContentItem]:
    """Pending items, oldest first: everybody waits equally long, whatever they said (law 4)."""
    return ContentItem.objects.select_related("source", "product", "author").filter(state=State.PENDING).order_by("id")


def items_with_new_pictures() -> QuerySet[ContentItem]:
    """Approved items with pictures that came in afterwards, which nobody has looked at; the oldest first."""
    unseen = Media.objects.filter(item=OuterRef("pk"), state=Media.READY, approved=False)
    rows = ContentItem.objects.select_related("source", "product", "author")
    return rows.filter(Exists(unseen), state=State.APPROVED).order_by("id")


def queue_since(number: int) -> QuerySet[ContentItem]:
    """Pending items of which there was news after this publication number. Numbers stand in the order of commits, so
    nothing is missed that was still being written when the number was read; keys and times do not."""
    news = OutboxRow.objects.filter(shop_id=current_shop_id(), number__gt=number, event__in=_BRING_TO_THE_QUEUE)
    ids = Func(F("data__item_ids"), function="jsonb_array_elements_text", output_field=TextField(), set_returning=True)
    return moderation_queue().filter(public_id__in=news.annotate(item=ids).values("item"))


def state_counts() -> dict[str, int]:
    """How many items stand in each state."""
    rows = ContentItem.objects.values("state").annotate(n=Count("id")).order_by()
    return {state.value: 0 for state in State} | {row["state"]: row["n"] for row in rows}


def search_items(query: str) -> Q:
    """A plain filter for the studio's search box: words in title, text, credit or product."""
    found = Q()
    for word in query.split()[:8]:
        found &= (
            Q(title__icontains=word)
            | Q(text__icontains=word)
            | Q(credit_name__icontains=word)
            | Q(product__name__icontains=word)
        )
    return found


def decisions_of(item: ContentItem) -> list[ModerationDecision]:
    return list(ModerationDecision.objects.filter(item=item).select_related("actor").order_by("id"))


def versions_of(item: ContentItem) -> list[ContentVersion]:
    return list(ContentVersion.objects.filter(item=item).order_by("-number"))


def pictures_of(item_pks: Iterable[int]) -> dict[int, list[Media]]:
    """Pictures in every state, by item: for staff."""
    return _by_item(Media.objects.all(), item_pks)


def raw_of(item: ContentItem) -> RawRecord | None:
    """The payload as the source sent it, while it is kept."""
    return RawRecord.objects.filter(item=item).first()


def media_of(item_pks: Iterable[int]) -> dict[int, list[Media]]:
    """Pictures that are ready and not left out, by item, whether staff has seen them or not."""
    return _by_item(Media.objects.filter(state=Media.READY), item_pks)


def approved_media() -> QuerySet[Media]:
    """What may be published with its item: ready, and seen by staff."""
    return Media.objects.filter(state=Media.READY, approved=True)


def approved_media_of(item_pks: Iterable[int], *conditions: Any) -> dict[int, list[Media]]:
    """Of these items, by item; ``conditions``: what else the room above asks of a picture's row."""
    return _by_item(approved_media().filter(*conditions), item_pks)


def _by_item(rows: QuerySet[Media], item_pks: Iterable[int]) -> dict[int, list[Media]]:
    found: dict[int, list[Media]] = {}
    for row in rows.filter(item_id__in=list(item_pks)).order_by("item_id", "position"):
        found.setdefault(row.item_id, []).append(row)
    return found


def pending_media() -> QuerySet[Media]:
    return Media.objects.filter(state=Media.PENDING).order_by("id")


def media_by_public_id(public_id: str) -> Media | None:
    return Media.objects.select_related("item").filter(public_id=public_id).first()


def media_by_file(file: str) -> Media | None:
    """A picture that was fetched, by the random name it lies under."""
    return Media.objects.filter(file=file, state__in=[Media.READY, Media.REFUSED]).first()


def tags() -> list[str]:
    """Every tag in use."""
    return list(ItemTag.objects.values_list("tag", flat=True).distinct().order_by("tag"))


def sources() -> QuerySet[Source]:
    return Source.objects.order_by("name", "id")


def source_by_public_id(public_id: str) -> Source | None:
    return Source.objects.filter(public_id=public_id).first()


def languages() -> list[str]:
    rows = ContentItem.objects.exclude(language="").values_list("language", flat=True)
    return list(rows.distinct().order_by("language"))


def authors() -> QuerySet[Author]:
    return Author.objects.order_by("id")


def author_by_public_id(public_id: str) -> Author | None:
    return Author.objects.select_related("source").filter(public_id=public_id).first()


def search_authors(query: str) -> QuerySet[Author]:
    """Authors whose name, handle or address has these words, newest first."""
    found = Q()
    for word in query.split()[:8]:
        found &= Q(display_name__icontains=word) | Q(handle__icontains=word) | Q(email__icontains=word)
    return Author.objects.select_related("source").filter(found).order_by("-id")


def authors_of_person(author_pk: int) -> tuple[int, ...]:
    """The author rows of one person: the row itself, and those of the shop that have the same e-mail address.

    One person comes in by several sources, and whoever asks for their data asks for all of it.
    """
    author = Author.objects.filter(pk=author_pk).first()
    if author is None:
        return ()
    rows = Author.objects.filter(email__iexact=author.email) if author.email else Author.objects.filter(pk=author_pk)
    return tuple(rows.order_by("pk").values_list("pk", flat=True))


def rows_of_authors(author_pks: Iterable[int]) -> list[Author]:
    return list(Author.objects.filter(pk__in=list(author_pks)).order_by("pk"))


def item_ids_of_authors(author_pks: Iterable[int]) -> tuple[str, ...]:
    """Public ids of all that these authors said, in every state."""
    rows = ContentItem.objects.filter(author_id__in=list(author_pks)).order_by("pk")
    return tuple(rows.values_list("public_id", flat=True))


def files_of_items(item_ids: Iterable[str]) -> tuple[str, ...]:
    """Names of the pictures' files, in every state."""
    rows = Media.objects.filter(item__public_id__in=list(item_ids)).exclude(file="")
    return tuple(rows.order_by("pk").values_list("file", flat=True))
