"""What a format is: which column holds what, and how its cells are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from project.collection.imports.values import DateReader

Field = Literal[
    "external_id",
    "title",
    "text",
    "rating",
    "language",
    "product_reference",
    "product_handle",
    "product_name",
    "author_name",
    "author_detail",
    "author_email",
    "occurred_at",
    "helpful",
    "published",
    "origin_url",
]

Markup = Literal["plain", "references", "html"]


def always(_cell: str) -> bool:
    """Of a file that says nothing about it, every review counts as shown before."""
    return True


@dataclass(frozen=True, kw_only=True)
class Format:
    """One tool's file of reviews.

    ``columns`` maps a field to the column names it may have, normalised (see ``reading.normalised_header``),
    the preferred one first. ``signature`` are columns that no other tool's file has together; empty only for
    ``generic``. ``never_kept`` are columns that are not even kept in the raw record (addresses of computers).
    ``markup`` says what the cells of title and text are: plain text, text with HTML character references
    (``it&#39;s``), or HTML. ``read_date`` replaces the usual reader of dates. ``was_published``
    reads the column ``published``. ``product_name`` makes a plain name from a product's reference where the
    file has no name for it.
    """

    name: str
    title: str
    columns: Mapping[Field, tuple[str, ...]]
    signature: frozenset[str] = frozenset()
    never_kept: frozenset[str] = frozenset()
    markup: Markup = "plain"
    read_date: DateReader | None = None
    was_published: Callable[[str], bool] = always
    product_name: Callable[[str], str] | None = None

    def matches(self, present: set[str]) -> bool:
        """Whether a table with these columns can be this format."""
        if self.signature:
            return self.signature <= present
        return not self.required(present)

    def required(self, present: set[str]) -> list[tuple[str, ...]]:
        """The names of columns without which nothing can be read: a text or a rating is needed."""
        text, stars = self.columns["text"], self.columns["rating"]
        return [] if present & {*text, *stars} else [text]
