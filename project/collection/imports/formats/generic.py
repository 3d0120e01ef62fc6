"""Any table with a text or a rating, in English or Danish."""

from project.collection.imports.formats.base import Format

FORMAT = Format(
    name="generic",
    title="Any table with a column for the text or the rating",
    columns={
        "external_id": ("id", "review id", "external id"),
        "title": ("title", "headline", "review title", "summary", "overskrift", "titel"),
        "text": (
            "text",
            "review",
            "body",
            "review text",
            "content",
            "comment",
            "tekst",
            "anmeldelse",
            "kommentar",
        ),
        "rating": (
            "rating",
            "stars",
            "score",
            "star rating",
            "review score",
            "rating value",
            "stjerner",
            "vurdering",
        ),
        "language": ("language", "lang", "locale", "sprog"),
        "product_reference": ("product id", "sku", "product", "varenummer"),
        "product_handle": ("product handle", "handle"),
        "product_name": ("product name", "product title", "produkt", "varenavn"),
        "author_name": ("name", "author", "reviewer", "reviewer name", "display name", "nickname", "navn"),
        "author_detail": ("author detail", "location", "city", "by"),
        "author_email": ("email", "e mail", "reviewer email", "author email"),
        "occurred_at": ("date", "created at", "review date", "created", "dato"),
        "helpful": ("helpful", "helpful count", "votes"),
        "origin_url": ("url", "review url", "link"),
    },
)
