"""From a row that passed the gate to the frozen item that leaves it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from project.rights.contracts import Credit, PublishedItem, PublishedMedia, PublishedProduct, PublishedSource


def published_item(row: Any, media: Iterable[Any], *, never: datetime) -> PublishedItem:
    """``row`` carries ``shown_until``, its source, product and author; ``never`` stands for no end."""
    return PublishedItem(
        pk=row.pk,
        id=row.public_id,
        kind=row.kind,
        title=row.title,
        text=row.text,
        version=row.version,
        language=row.language,
        rating=row.rating,
        helpful=row.helpful,
        credit=Credit(
            kind=row.credit_kind,
            name=row.credit_name,
            detail=row.credit_detail,
            url=row.author.profile_url if row.author and row.credit_kind != "customer" else "",
        ),
        disclosure=row.disclosure,
        verification=row.verification,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        product=_product(row.product),
        source=PublishedSource(kind=row.source.kind, name=row.source.name, in_json_ld=row.source.in_json_ld),
        # The original's address names its author, who chose not to be named.
        origin_url="" if row.credit_kind == "customer" and row.credit_chosen else row.origin_url,
        media=tuple(published_media(entry) for entry in media),
        facts=row.facts,
        shown_until=None if row.shown_until == never else row.shown_until,
    )


def published_media(entry: Any) -> PublishedMedia:
    return PublishedMedia(id=entry.public_id, file=entry.file, width=entry.width, height=entry.height, alt=entry.alt)


def _product(product: Any) -> PublishedProduct | None:
    if product is None:
        return None
    return PublishedProduct(
        id=product.public_id,
        name=product.name,
        url=product.url,
        image_url=product.image_url,
        category=product.category,
        handle=product.handle,
        external_id=product.external_id,
    )
