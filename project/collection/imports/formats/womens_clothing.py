"""Women's E-Commerce Clothing Reviews: a public data set (CC0).

Items are numbers, reviewers have an age only, and there are no dates.
"""

from project.collection.imports.formats.base import Format

FORMAT = Format(
    name="womens_clothing",
    title="Women's E-Commerce Clothing Reviews",
    signature=frozenset({"clothing id", "review text", "recommended ind", "positive feedback count"}),
    columns={
        "external_id": ("row", ""),
        "title": ("title",),
        "text": ("review text",),
        "rating": ("rating",),
        "product_reference": ("clothing id",),
        "author_detail": ("age",),
        "helpful": ("positive feedback count",),
    },
    markup="references",
)
