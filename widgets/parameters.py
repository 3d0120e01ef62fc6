"""What the parameters of an address mean, before anything is known of the shop."""

from collections.abc import Mapping
from urllib.parse import urlencode

from widgets.placements import Visit
from widgets.rules import SEARCH_MAX_LENGTH, parse_stars, sort_order

CURSOR_MAX_LENGTH = 400
KEY_FIELDS = ("product", "category", "locale")


def visit_of(query: Mapping[str, str]) -> Visit:
    """A visitor's choice; unknown values mean no choice."""
    return Visit(
        search=" ".join(query.get("q", "").split())[:SEARCH_MAX_LENGTH],
        order=sort_order(query.get("sort", ""), ""),
        stars=parse_stars(query.get("stars", "")),
        cursor=query.get("cursor", "")[:CURSOR_MAX_LENGTH],
        everything=query.get("all") == "1",
    )


def key_part(query: Mapping[str, str]) -> bytes:
    """The parameters of the placement alone, as a query string."""
    return urlencode({name: query[name] for name in KEY_FIELDS if query.get(name)}).encode()
