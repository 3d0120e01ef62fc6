"""Amazon Fine Food Reviews: a public data set (CC0).

Texts are HTML, times are Unix seconds; users are ids only and are not read.
"""

from project.collection.imports.formats.base import Format
from project.collection.imports.values import unix_time

FORMAT = Format(
    name="fine_food",
    title="Amazon Fine Food Reviews",
    signature=frozenset({"productid", "score", "summary", "text", "time"}),
    columns={
        "external_id": ("id",),
        "title": ("summary",),
        "text": ("text",),
        "rating": ("score",),
        "product_reference": ("productid",),
        "occurred_at": ("time",),
    },
    markup="html",
    read_date=unix_time,
    product_name=lambda reference: f"Food product {reference}",
)
