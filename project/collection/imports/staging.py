"""From reviews of a file to rows that content takes in bulk: words, credit, product, author."""

import hashlib
import html
import unicodedata
from collections.abc import Callable, Iterable

from project.collection.imports.contracts import ImportedReview
from project.collection.imports.formats.base import Markup
from project.content.bulk import BulkItem
from project.content.kinds import Kind
from project.content.rules import CreditKind
from project.core.hashing import keyed_hash
from project.core.sanitising import html_to_text, plain_text
from project.shops.contracts import ProductInput
from project.shops.selectors import products
from project.shops.services import upsert_products

MAX_EMAIL_CHARACTERS = 254
MOST_ESCAPINGS = 5


def words_of(markup: Markup) -> Callable[[str], str]:
    """How a cell becomes the published text (law 3): the characters as they are in NFC, and HTML as it reads."""
    if markup == "html":
        return html_to_text
    if markup == "references":
        return lambda cell: _storable(_resolved(cell) if "&" in cell else cell)
    return _storable


def _resolved(cell: str) -> str:
    """Character references as the characters they stand for; exports that escaped twice and thrice are undone, too."""
    for _ in range(MOST_ESCAPINGS):
        resolved = html.unescape(cell)
        if resolved == cell:
            break
        cell = resolved
    return cell


def _storable(text: str) -> str:
    """:func:`plain_text`, which leaves most texts as they are, without its cost for them."""
    if "\r" not in text and "\0" not in text and unicodedata.is_normalized("NFC", text):
        return text
    return plain_text(text)


class ProductFinder:
    """Products by the references that a file uses: the external id, or else the handle.

    Unknown products are made from the file, batch by batch, where ``create`` says so.
    """

    def __init__(self, *, shop_id: int, actor_id: int | None, create: bool) -> None:
        self.shop_id, self.actor_id, self.create = shop_id, actor_id, create
        self.created = 0
        self._by_id: dict[str, int] = {}
        self._by_handle: dict[str, int] = {}
        self._load()

    def _load(self) -> None:
        rows = products().values_list("external_id", "handle", "pk")
        for external_id, handle, pk in rows.iterator(chunk_size=5000):
            self._by_id[external_id] = pk
            if handle:
                self._by_handle[handle] = pk

    def find(self, review: ImportedReview) -> int | None:
        """The primary key of the product a review is about, None for the shop as a whole."""
        reference = review.product_reference
        if not reference:
            return None
        return self._by_id.get(reference) or self._by_handle.get(review.product_handle or reference)

    def make_missing(self, reviews: Iterable[ImportedReview]) -> None:
        """Make the products that these reviews name and the shop does not have."""
        if not self.create:
            return
        missing = {
            review.product_reference: ProductInput(
                external_id=review.product_reference,
                name=review.product_name or review.product_reference,
                handle=review.product_handle,
            )
            for review in reviews
            if review.product_reference and self.find(review) is None
        }
        if missing:
            upsert_products(shop_id=self.shop_id, actor_id=self.actor_id, products=missing.values())
            self.created += len(missing)
            self._load()


def is_spot_check(external_id: str, percent: float) -> bool:
    """Whether this id is among the ``percent`` that people look at: by its hash, so always the same ones."""
    drawn = int.from_bytes(hashlib.sha256(f"spot check:{external_id}".encode()).digest()[:4], "big")
    return drawn < percent / 100 * 2**32


_REVIEW = Kind.REVIEW.value
_NAMED, _CUSTOMER = CreditKind.NAME.value, CreditKind.CUSTOMER.value


def bulk_item(review: ImportedReview, *, words: Callable[[str], str], product_pk: int | None, state: str) -> BulkItem:
    """A review as content stores it."""
    email = review.author_email
    if "@" not in email or len(email) > MAX_EMAIL_CHARACTERS:
        email = ""
    name = review.author_name
    return BulkItem(
        review.external_id,
        _REVIEW,
        state,
        words(review.title),
        words(review.text),
        review.language,
        review.rating,
        review.helpful,
        product_pk,
        review.occurred_at,
        review.origin_url,
        _NAMED if name else _CUSTOMER,
        name,
        review.author_detail,
        f"email:{keyed_hash(purpose='author', value=email.lower())[:40]}" if email else "",
        name,
        email,
        review.raw_hash,
        review.payload,
    )
