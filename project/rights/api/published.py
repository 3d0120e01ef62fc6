"""The public face of the API: what passes the gate for one audience, and nothing else (law 1).

A publishable key may ask from pages of the shop's allowed origins, for the channels that such pages are; every
channel is open to the shop's own systems with a secret key.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.content.kinds import Kind
from project.content.rules import PUBLIC_ID_PREFIX, CreditKind, MaterialConnection, Verification
from project.core.api import PublicIdField, ShopViewSet, StrictSerializer, operation
from project.core.api.pages import DEFAULT_PAGE, MAX_PAGE
from project.core.api.serializers import markets_field, path_of
from project.core.api.views import found
from project.core.errors import ErrorCode, NotAllowed, error_body
from project.core.links import item_links
from project.rights import gate
from project.rights.api.fields import CHANNELS
from project.rights.contracts import Aggregate, Audience, Channel, GateQuery, PublishedItem
from project.rights.notices.links import form_url
from project.rights.paging import ORDERINGS
from project.rights.pictures import picture_path
from project.shops.rules import KeyScope
from project.shops.selectors import is_known_origin, shop_facts

# What a page in a browser is; anything else that a publishable key could read would be public without the right to be.
PAGE_CHANNELS = frozenset({Channel.SITE, Channel.PRODUCT_PAGE})
AVERAGE_FLOOR = 5  # below this many ratings an average says more than is known
PREFLIGHT_SECONDS = "600"


class PublishedProduct(StrictSerializer):
    id = serializers.CharField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    image_url = serializers.CharField(allow_blank=True)


class PublishedSource(StrictSerializer):
    kind = serializers.CharField()
    name = serializers.CharField()


class PublishedCredit(StrictSerializer):
    """How the author must be named. Of the kind `customer` there is no name to give."""

    kind = serializers.ChoiceField(choices=list(CreditKind))
    name = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)


class PublishedMedia(StrictSerializer):
    id = serializers.CharField()
    url = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField(allow_blank=True)

    def get_url(self, media: Any) -> str:
        return f"{settings.PUBLIC_URL}{picture_path(media.file)}"


class Published(StrictSerializer):
    """An item that may be shown to this audience, with its credit and its disclosure, until `shown_until`."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=list(Kind))
    title = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True, help_text="The author's words, whole and unaltered.")
    version = serializers.IntegerField()
    language = serializers.CharField(allow_blank=True)
    rating = serializers.IntegerField(allow_null=True)
    helpful = serializers.IntegerField()
    credit = PublishedCredit()
    disclosure = serializers.ChoiceField(
        choices=list(MaterialConnection), help_text="What links the author to the shop; say it wherever this shows."
    )
    verification = serializers.ChoiceField(choices=list(Verification))
    occurred_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    product = PublishedProduct(allow_null=True)
    source = PublishedSource()  # type: ignore[assignment]
    origin_url = serializers.CharField(allow_blank=True)
    media = PublishedMedia(many=True)
    facts = serializers.DictField()
    shown_until = serializers.DateTimeField(allow_null=True, help_text="When the right to show it ends; null: open.")
    url = serializers.SerializerMethodField()
    report_url = serializers.SerializerMethodField(
        help_text="Where anybody can report it without an account; link it from each item (DSA Art. 16)."
    )

    def get_url(self, item: PublishedItem) -> str:
        """Where the item can be read on the shop's hosted wall; empty when it may not be shown there."""
        return str(self.context.get("links", {}).get(item.id, ""))

    def get_report_url(self, item: PublishedItem) -> str:
        return form_url(item.id)


class Counts(StrictSerializer):
    """Counts over everything published that fits, never over a page."""

    total = serializers.IntegerField()
    rated = serializers.IntegerField()
    average = serializers.FloatField(allow_null=True, help_text="Null below five ratings.")
    histogram = serializers.DictField(child=serializers.IntegerField(), help_text="Stars, 1 to 5, to counts.")


class PublishedPage(StrictSerializer):
    """One page. `matching` are the counts of what the filters leave, `summary` those without the filters: a view
    that shows less than everything says so (“180 of 213”)."""

    items = Published(many=True)
    next = serializers.CharField(allow_null=True)
    filtered = serializers.BooleanField()
    matching = Counts()
    summary = Counts()


class AudienceQuery(StrictSerializer):
    channel = serializers.ChoiceField(
        choices=CHANNELS, default=Channel.SITE.value, help_text="Where it would be shown."
    )
    markets = markets_field(required=False, help_text="Countries where it would be shown; default: the shop's.")


class PublishedQuery(AudienceQuery):
    product = PublicIdField("prd", required=False)
    category = serializers.CharField(required=False, max_length=120)
    kind = serializers.ListField(
        child=serializers.ChoiceField(choices=list(Kind)), required=False, max_length=len(Kind)
    )
    rating = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=5), required=False, max_length=5
    )
    q = serializers.CharField(required=False, max_length=200)
    order = serializers.ChoiceField(choices=sorted(ORDERINGS), default="newest")
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=DEFAULT_PAGE)
    cursor = serializers.CharField(default="", allow_blank=True, max_length=500)


class PublishedViewSet(ShopViewSet):
    """What may be shown, to whom, until when. Ask again at least every minute: a withdrawal ends it at once."""

    lookup_value_regex = path_of(PUBLIC_ID_PREFIX)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "OPTIONS":
            return preflight(request)
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Vary"] = f"{final['Vary']}, Origin"
        origin = request.headers.get("Origin")
        if origin is not None and self.authenticated:  # the key was accepted for this origin
            final["Access-Control-Allow-Origin"] = origin
            final["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        return final

    @operation(
        gettext_lazy("List what may be shown"),
        scope=KeyScope.PUBLISHED_READ,
        query=PublishedQuery,
        answer=PublishedPage,
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(PublishedQuery)
        audience = self._audience(asked)
        place = GateQuery(product_id=asked.get("product", ""), category=asked.get("category", ""))
        query = GateQuery(
            product_id=place.product_id,
            category=place.category,
            kinds=tuple(asked.get("kind", ())),
            ratings=tuple(asked.get("rating", ())),
            search=asked.get("q", ""),
            order=asked["order"],
            limit=asked["limit"],
            cursor=asked["cursor"],
        )
        page = gate.published(audience, query)
        filtered = bool(query.kinds or query.ratings or query.search.strip())
        matching = gate.aggregate(audience, query)
        summary = gate.aggregate(audience, place) if filtered else matching
        shown = {
            "items": page.items,
            "next": page.next_cursor or None,
            "filtered": filtered,
            "matching": counted(matching),
            "summary": counted(summary),
        }
        return Response(PublishedPage(shown, context=self._links(page.items)).data)

    @operation(
        gettext_lazy("Read one item, if it may be shown"),
        scope=KeyScope.PUBLISHED_READ,
        query=AudienceQuery,
        answer=Published,
    )
    def retrieve(self, request: Request, public_id: str) -> Response:
        page = gate.published(self._audience(self.asked(AudienceQuery)), GateQuery(item_ids=(public_id,), limit=1))
        item = found(page.items[0] if page.items else None)
        return Response(Published(item, context=self._links(page.items)).data)

    def _links(self, items: Sequence[PublishedItem]) -> dict[str, Any]:
        """Addresses for the serializers: what may be sent by mail need not be on the wall."""
        return {"links": item_links(self.caller.shop_id, [item.id for item in items])}

    def _audience(self, asked: Any) -> Audience:
        channel = Channel(asked["channel"])
        if self.caller.publishable and channel not in PAGE_CHANNELS:
            raise NotAllowed(
                _("A publishable key reads what pages show (site, product_page). Use a secret key on your server.")
            )
        markets = tuple(asked.get("markets", ())) or shop_facts().markets
        return Audience(self.caller.shop_id, channel, markets, timezone.now())


def counted(counts: Aggregate) -> dict[str, Any]:
    enough = counts.average is not None and counts.rated >= AVERAGE_FLOOR
    return {
        "total": counts.total,
        "rated": counts.rated,
        "average": round(float(counts.average or 0), 2) if enough else None,
        "histogram": {str(stars): n for stars, n in counts.histogram.items()},
    }


def preflight(request: HttpRequest) -> HttpResponse:
    """The answer to a CORS preflight. It carries no key, so an origin is let through when any shop allows it; the
    request itself is then held to the key's own shop."""
    origin = request.headers.get("Origin", "")
    if not is_known_origin(origin):
        refusal = error_body(
            ErrorCode.ORIGIN_NOT_ALLOWED,
            _("This page's origin may not use this API. Add it under Settings, Allowed origins."),
        )
        return JsonResponse(refusal, status=403, headers={"Vary": "Origin"})
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Headers": "authorization, if-none-match",
            "Access-Control-Max-Age": PREFLIGHT_SECONDS,
            "Vary": "Origin",
        },
    )
