"""Rights requests on the API: ask an author, see how it stands, take it back."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from project.content.rules import PUBLIC_ID_PREFIX
from project.core.api import (
    PageQuery,
    PublicIdField,
    ShopViewSet,
    StrictSerializer,
    operation,
    page_of,
    page_serializer,
)
from project.core.api.serializers import Nothing, markets_field, path_of
from project.core.api.views import found
from project.rights import selectors, services
from project.rights.api.fields import channels_field
from project.rights.contracts import Channel, NewRequest, RequestState, SendingWay
from project.rights.request_rules import LANGUAGES
from project.rights.services.licences import MODIFICATIONS
from project.shops.rules import KeyScope
from project.shops.selectors import shop_facts

MAX_DAYS = 36_500


class RightsRequest(StrictSerializer):
    """What was asked of an author, and what became of it."""

    id = serializers.CharField(source="public_id")
    item_id = serializers.CharField(source="item.public_id")
    state = serializers.ChoiceField(choices=list(RequestState))
    channels = serializers.ListField(child=serializers.CharField())
    markets = serializers.ListField(child=serializers.CharField())
    days = serializers.IntegerField(allow_null=True)
    modifications = serializers.ListField(child=serializers.CharField(), help_text="Edits that are asked for.")
    way = serializers.ChoiceField(choices=list(SendingWay), help_text="How the author is asked.")
    language = serializers.CharField(help_text="In which the author is asked.")
    terms_version = serializers.CharField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    reminded_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    licence_id = serializers.SerializerMethodField()

    def get_licence_id(self, request: Any) -> str | None:
        """The licence that the author granted."""
        return request.licence.public_id if request.licence else None


class AskedRequest(RightsRequest):
    """The same with the author's private link, which is shown this once, for only its hash is kept: for the private
    link alone, else null. ``message`` is the text to pass on, empty where Vouchsafe sends it."""

    author_link = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_blank=True)


RightsRequestPage = page_serializer("RightsRequestPage", RightsRequest)


class RightsRequestQuery(PageQuery):
    state = serializers.ChoiceField(choices=list(RequestState), required=False)
    item = PublicIdField(PUBLIC_ID_PREFIX, required=False)


class RightsRequestIn(StrictSerializer):
    item_id = PublicIdField(PUBLIC_ID_PREFIX)
    channels = channels_field(allow_empty=False)
    markets = markets_field(required=False, allow_empty=False, help_text="Default: the shop's markets.")
    days = serializers.IntegerField(
        min_value=1, max_value=MAX_DAYS, required=False, allow_null=True, help_text="How long; null: until withdrawn."
    )
    modifications = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(MODIFICATIONS)), required=False, help_text="Edits to ask for."
    )
    way = serializers.ChoiceField(
        choices=list(SendingWay), required=False, help_text="Default: a private link to hand over yourself."
    )
    language = serializers.ChoiceField(
        choices=list(LANGUAGES), required=False, help_text="Default: the author's, else the shop's."
    )
    recipient = serializers.EmailField(
        max_length=254, required=False, help_text="For e-mail; default: the author's address, where it is known."
    )
    template = serializers.CharField(
        max_length=40, required=False, help_text="A wording by its code; default: the next one in turn."
    )
    message = serializers.CharField(
        max_length=8000, required=False, help_text="Your own words instead; placeholders such as {link} are filled."
    )
    renews = PublicIdField("lic", required=False, help_text="The licence that a yes takes the place of.")


class RightsRequestViewSet(ShopViewSet):
    """Asking authors for permission."""

    lookup_value_regex = path_of("req")

    @operation(
        _("List requests, newest first"),
        scope=KeyScope.RIGHTS_READ,
        query=RightsRequestQuery,
        answer=RightsRequestPage,
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(RightsRequestQuery)
        rows = selectors.requests()
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "item" in asked:
            rows = rows.filter(item__public_id=asked["item"])
        return Response(RightsRequestPage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one request"), scope=KeyScope.RIGHTS_READ, answer=RightsRequest)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(RightsRequest(self._row(public_id)).data)

    @operation(
        _("Ask an author; the answer holds their private link, this once"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=RightsRequestIn,
        answer=AskedRequest,
        status=201,
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(RightsRequestIn)
        with self.change("rights_request.ask", item=wanted["item_id"]):
            made = services.ask_permission(
                shop_id=self.caller.shop_id,
                actor_id=None,
                item_id=wanted["item_id"],
                channels=tuple(Channel(channel) for channel in dict.fromkeys(wanted["channels"])),
                markets=tuple(dict.fromkeys(wanted.get("markets") or shop_facts().markets)),
                days=wanted.get("days"),
                modifications=tuple(dict.fromkeys(wanted.get("modifications", ()))),
                way=SendingWay(wanted.get("way", SendingWay.PRIVATE_LINK)),
                language=wanted.get("language"),
                template=wanted.get("template", ""),
                message=wanted.get("message", ""),
                recipient=wanted.get("recipient", ""),
                renews=wanted.get("renews"),
            )
        return self._with_link(made)

    @operation(_("Take an unanswered request back"), scope=KeyScope.RIGHTS_WRITE, takes=Nothing, answer=RightsRequest)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: str) -> Response:
        self.accepted(Nothing)
        self._row(public_id)
        with self.change("rights_request.cancel", request=public_id):
            services.cancel_request(shop_id=self.caller.shop_id, actor_id=None, request_id=public_id)
        return Response(RightsRequest(self._row(public_id)).data)

    @operation(
        _("Make a further private link for the author"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=Nothing,
        answer=AskedRequest,
        status=201,
    )
    @action(detail=True, methods=["post"])
    def link(self, request: Request, public_id: str) -> Response:
        self.accepted(Nothing)
        with self.change("rights_request.link", request=public_id):
            made = services.new_author_link(shop_id=self.caller.shop_id, actor_id=None, request_id=public_id)
        return self._with_link(made)

    def _row(self, public_id: str) -> Any:
        return found(selectors.requests().filter(public_id=public_id).first())

    def _with_link(self, made: NewRequest) -> Response:
        row = self._row(made.public_id)
        token = made.token
        row.author_link = f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[token])}" if token else None
        row.message = made.message if made.token or row.way == SendingWay.ASSISTED else ""
        return Response(AskedRequest(row).data, status=201, headers={"Cache-Control": "no-store"})
