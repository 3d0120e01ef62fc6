"""Judge.me: the export of reviews, and the same columns as its import template has.

``curated`` says ``ok`` (shown), ``spam`` or ``not-yet``. What Judge.me did not show comes in as pending: a
person decides, whatever the rating. The IP address of the export is neither read nor kept.
"""

from project.collection.imports.formats.base import Format

FORMAT = Format(
    name="judgeme",
    title="Judge.me",
    signature=frozenset({"title", "body", "rating", "review date", "reviewer name", "product handle"}),
    columns={
        "external_id": ("review id", "id"),
        "title": ("title",),
        "text": ("body",),
        "rating": ("rating",),
        "product_reference": ("product id",),
        "product_handle": ("product handle",),
        "author_name": ("reviewer name",),
        "author_detail": ("location",),
        "author_email": ("reviewer email",),
        "occurred_at": ("review date",),
        "published": ("curated",),
    },
    never_kept=frozenset({"ip address"}),
    was_published=lambda cell: cell.strip().casefold() in {"", "ok"},
)
