"""``/api/v1/products/`` and ``/api/v1/orders/``."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.core.api import PageQuery, ShopViewSet, StrictSerializer, operation, page_of, page_serializer
from project.core.api.serializers import path_of
from project.core.api.views import found
from project.shops import selectors, services
from project.shops.contracts import OrderInput, ProductInput
from project.shops.rules import KeyScope

MAX_PRODUCTS = 500
MAX_LINES = 500


class Product(StrictSerializer):
    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField()
    handle = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    url = serializers.CharField()
    image_url = serializers.CharField()
    updated_at = serializers.DateTimeField()


class ProductQuery(PageQuery):
    category = serializers.CharField(required=False, max_length=120)
    external_id = serializers.CharField(required=False, max_length=120, trim_whitespace=False)
    q = serializers.CharField(required=False, max_length=200, help_text="Words of the name.")


class ProductIn(StrictSerializer):
    """A product as it shall stand; what is left out becomes empty."""

    external_id = serializers.CharField(max_length=120, help_text="Your own id; the key of insert or update.")
    name = serializers.CharField(max_length=240)
    handle = serializers.CharField(max_length=160, allow_blank=True, default="")
    category = serializers.CharField(max_length=120, allow_blank=True, default="")
    url = serializers.URLField(max_length=500, allow_blank=True, default="")
    image_url = serializers.URLField(max_length=500, allow_blank=True, default="")


class ProductsIn(StrictSerializer):
    products = serializers.ListField(child=ProductIn(), allow_empty=False, max_length=MAX_PRODUCTS)


class Products(StrictSerializer):
    items = Product(many=True)


ProductPage = page_serializer("ProductPage", Product)


class ProductViewSet(ShopViewSet):
    """What the shop sells, as reviews, orders and embeds refer to it."""

    lookup_value_regex = path_of("prd")

    @operation(_("List products"), scope=KeyScope.PRODUCTS_READ, query=ProductQuery, answer=ProductPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(ProductQuery)
        rows = selectors.products()
        for name in ("category", "external_id"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        for word in asked.get("q", "").split()[:8]:
            rows = rows.filter(name__icontains=word)
        return Response(ProductPage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one product"), scope=KeyScope.PRODUCTS_READ, answer=Product)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(Product(found(selectors.product_by_public_id(public_id))).data)

    @operation(
        _("Insert or update products by your own ids, all or none"),
        scope=KeyScope.PRODUCTS_WRITE,
        takes=ProductsIn,
        answer=Products,
    )
    def create(self, request: Request) -> Response:
        wanted = [ProductInput(**values) for values in self.accepted(ProductsIn)["products"]]
        with self.change("products.upsert"):
            ids = services.upsert_products(shop_id=self.caller.shop_id, actor_id=None, products=wanted)
            rows = selectors.products().in_bulk(list(ids.values()), field_name="public_id")
        in_order = [rows[ids[external_id]] for external_id in dict.fromkeys(entry.external_id for entry in wanted)]
        return Response(Products({"items": in_order}).data)


class Order(StrictSerializer):
    """Evidence of a purchase. The customer's address is hashed when it comes and is never given out, nor its hash."""

    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField()
    placed_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    product_ids = serializers.SerializerMethodField()

    def get_product_ids(self, order: Any) -> list[str]:
        """Public ids of the products that were bought."""
        return [line.product.public_id for line in order.lines.all()]


class OrderQuery(PageQuery):
    external_id = serializers.CharField(required=False, max_length=120, trim_whitespace=False)


class OrderIn(StrictSerializer):
    external_id = serializers.CharField(max_length=120, help_text="The order's number in your shop; counts once.")
    placed_at = serializers.DateTimeField()
    email = serializers.EmailField(
        max_length=254, allow_blank=True, default="", help_text="Kept as a keyed hash only, to match reviews."
    )
    product_external_ids = serializers.ListField(
        child=serializers.CharField(max_length=120),
        max_length=MAX_LINES,
        default=list,
        help_text="What was bought; unknown products are left out.",
    )


OrderPage = page_serializer("OrderPage", Order)


class OrderViewSet(ShopViewSet):
    """Orders as evidence that somebody bought something. Secret keys only."""

    lookup_value_regex = path_of("ord")

    @operation(_("List orders"), scope=KeyScope.ORDERS_WRITE, query=OrderQuery, answer=OrderPage)
    def list(self, request: Request) -> Response:
        asked = self.asked(OrderQuery)
        rows = selectors.orders()
        if "external_id" in asked:
            rows = rows.filter(external_id=asked["external_id"])
        return Response(OrderPage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one order"), scope=KeyScope.ORDERS_WRITE, answer=Order)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(Order(found(selectors.orders().filter(public_id=public_id).first())).data)

    @operation(
        _("Record an order, once per number"),
        scope=KeyScope.ORDERS_WRITE,
        takes=OrderIn,
        answer=Order,
        status=201,
        also={200: Order},
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(OrderIn)
        with self.change("orders.record"):
            known = selectors.orders().filter(external_id=wanted["external_id"]).exists()
            public_id = services.record_order(
                shop_id=self.caller.shop_id,
                actor_id=None,
                order=OrderInput(
                    external_id=wanted["external_id"],
                    placed_at=wanted["placed_at"],
                    email=wanted["email"],
                    product_external_ids=tuple(wanted["product_external_ids"]),
                ),
            )
        order = selectors.orders().get(public_id=public_id)
        return Response(Order(order).data, status=200 if known else 201)
