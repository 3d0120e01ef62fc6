"""Products, and orders as evidence of purchase."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import InvalidInput
from project.core.hashing import keyed_hash
from project.core.ids import new_public_id
from project.shops.contracts import OrderInput, ProductInput
from project.shops.events import ProductsChanged
from project.shops.models import Order, OrderLine, Product

NEWS_BATCH = 500


def upsert_products(*, shop_id: int, actor_id: int | None, products: Iterable[ProductInput]) -> dict[str, str]:
    """Insert or update by external id; returns external id → public id. Unchanged fields cost nothing to repeat."""
    wanted = {product.external_id: product for product in products}
    if any(not key or len(key) > 120 for key in wanted):
        raise InvalidInput(_("Every product needs an external id of 1 to 120 characters."))
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        Product.objects.bulk_create(
            [
                Product(
                    public_id=new_public_id("prd"),
                    external_id=product.external_id,
                    handle=product.handle[:160],
                    name=(product.name or product.external_id)[:240],
                    category=product.category[:120],
                    url=product.url[:500],
                    image_url=product.image_url[:500],
                )
                for product in wanted.values()
            ],
            update_conflicts=True,
            unique_fields=["shop", "external_id"],
            update_fields=["handle", "name", "category", "url", "image_url", "updated_at"],
            batch_size=1000,
        )
        ids = dict(Product.objects.filter(external_id__in=wanted).values_list("external_id", "public_id"))
        public_ids = sorted(ids.values())
        for start in range(0, len(public_ids), NEWS_BATCH):
            unit.emit(ProductsChanged(product_ids=tuple(public_ids[start : start + NEWS_BATCH])))
    return ids


def customer_hash(email: str) -> str:
    """All that is kept of a customer: a keyed hash of their address."""
    return keyed_hash(purpose="customer", value=email.strip().lower())


def record_order(*, shop_id: int, actor_id: int | None, order: OrderInput) -> str:
    """Store an order as evidence, once per external id; returns its public id."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        known = Product.objects.filter(external_id__in=order.product_external_ids)
        row, made = Order.objects.get_or_create(
            external_id=order.external_id,
            defaults={
                "public_id": new_public_id("ord"),
                "placed_at": order.placed_at,
                "customer_hash": customer_hash(order.email) if order.email else "",
            },
        )
        if made:
            OrderLine.objects.bulk_create([OrderLine(order=row, product=product) for product in known])
            unit.audit("order.recorded", "order", row.public_id)
    return row.public_id
