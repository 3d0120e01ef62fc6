"""Structured data of a wall page (schema.org ``Product``), where it is lawful and says what the page says."""

import json
from typing import Any

from project.content.kinds import Kind
from project.rights.contracts import Aggregate
from widgets.building import ItemsPage
from widgets.contracts import FeedItem
from widgets.rules import shown_average

REVIEWS_MARKED_UP = 20
AUTHOR_MAX_LENGTH = 100
# What would end the script element or a JavaScript string, were the data ever read as one.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def product_json_ld(page: ItemsPage, first_party: Aggregate, locale: str) -> str:
    """The script element's content; ``""`` when the page's product cannot be told."""
    product = next((item.product for item in page.published if item.product), None)
    average = shown_average(first_party.average, first_party.rated)
    if product is None:
        return ""
    data: dict[str, Any] = {"@context": "https://schema.org", "@type": "Product", "name": product.name}
    if product.image_url.startswith(("https://", "http://")):
        data["image"] = product.image_url
    if product.url.startswith(("https://", "http://")):
        data["url"] = product.url
    if product.external_id:
        data["sku"] = product.external_id
    if average is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(average),
            "ratingCount": first_party.rated,
            "bestRating": 5,
            "worstRating": 1,
        }
    reviews = [
        _review(item)
        for item, source in zip(page.items, page.published, strict=True)
        if item.kind == Kind.REVIEW and item.rating and source.source.in_json_ld
    ]
    if reviews:
        data["review"] = reviews[:REVIEWS_MARKED_UP]
    return json.dumps(data, ensure_ascii=False).translate(_ESCAPES)


def _review(item: FeedItem) -> dict[str, Any]:
    review: dict[str, Any] = {
        "@type": "Review",
        "author": {"@type": "Person", "name": item.credit[:AUTHOR_MAX_LENGTH]},
        "reviewRating": {"@type": "Rating", "ratingValue": item.rating, "bestRating": 5, "worstRating": 1},
        "reviewBody": item.text,
    }
    if item.title:
        review["name"] = item.title
    if item.date:
        review["datePublished"] = item.date
    if item.language:
        review["inLanguage"] = item.language
    return review
