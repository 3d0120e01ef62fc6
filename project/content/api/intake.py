"""From what a shop's own system hands in to the items that the content room receives."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from project.content import selectors
from project.content.api_policy import API_POLICY
from project.content.contracts import AuthorInput, ItemInput, MediaInput
from project.content.kinds import Kind
from project.content.models import Source
from project.content.rules import CreditKind, MaterialConnection, Verification
from project.content.services import ensure_source
from project.core.errors import InvalidInput
from project.core.hashing import keyed_hash
from project.core.sanitising import plain_text
from project.shops.selectors import orders

DEFAULT_NAME = "API"


def source_of(shop_id: int, public_id: str | None) -> Source:
    """The named source, which must be one that the API feeds, or the shop's own default."""
    if public_id is None:
        return ensure_source(shop_id=shop_id, actor_id=None, kind=API_POLICY.kind, name=DEFAULT_NAME)
    source = selectors.source_by_public_id(public_id)
    if source is None or source.kind != API_POLICY.kind:
        raise InvalidInput(
            _("Content can be handed in to sources of the kind “api” only."),
            fields={"source_id": [_("Not such a source of this shop.")]},
        )
    return source


def item_from(values: Mapping[str, Any], *, key_id: str) -> ItemInput:
    """Validated values of ``ContentIn`` as an item; the raw payload is what was sent, without the address."""
    author = values.get("author")
    credit = values.get("credit") or {"kind": CreditKind.MISSING, "name": "", "detail": ""}
    verification, evidence = verified_by_order(
        values["order_external_id"], product=values["product_external_id"], email=author["email"] if author else ""
    )
    return ItemInput(
        kind=Kind(values["kind"]),
        external_id=values["external_id"],
        title=plain_text(values["title"]),
        text=plain_text(values["text"]),
        raw=raw_payload(values),
        provenance=f"api:{key_id}",
        language=values.get("language", ""),
        rating=values.get("rating"),
        occurred_at=values.get("occurred_at"),
        edited_at=values.get("edited_at"),
        valid_until=values.get("valid_until"),
        origin_url=values["origin_url"],
        product_external_id=values["product_external_id"],
        author=AuthorInput(**author) if author else None,
        credit_kind=CreditKind(credit["kind"]),
        credit_name=credit["name"],
        credit_detail=credit["detail"],
        disclosure=MaterialConnection(values["disclosure"]),
        verification=verification,
        evidence_ref=evidence,
        facts=values.get("facts", {}),
        media=tuple(MediaInput(remote_url=entry["url"], alt=entry["alt"]) for entry in values.get("media", ())),
    )


def verified_by_order(number: str, *, product: str, email: str) -> tuple[Verification, str]:
    """How an order vouches for its buyer (law 5): it is known, holds the product, and is this person's.

    Returns the method and the order's public id; what is not stated on either side is not compared.
    """
    order = orders().filter(external_id=number).first() if number else None
    if order is None:
        return Verification.NONE, ""
    if product and product not in {line.product.external_id for line in order.lines.all()}:
        return Verification.NONE, ""
    stated = keyed_hash(purpose="customer", value=email.strip().lower()) if email else ""
    if stated and order.customer_hash and stated != order.customer_hash:
        return Verification.NONE, ""
    return Verification.ORDER_NUMBER_CHECKED, order.public_id


def raw_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, as JSON can hold it."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items() if name != "email"}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
