"""Statements of reasons on the API: why items are restricted, with every field of DSA Art. 17(3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
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
from project.core.api.serializers import path_of
from project.core.api.views import found
from project.rights.contracts import Ground, Restriction
from project.rights.notices import selectors
from project.rights.notices.letters import redress_lines
from project.rights.statement_rules import NotTold
from project.shops.rules import KeyScope


class Statement(StrictSerializer):
    """Why one item is, or was, restricted, as its author is told it."""

    id = serializers.CharField(source="public_id")
    item_id = serializers.CharField(source="item.public_id")
    notice_id = serializers.SerializerMethodField()
    restriction = serializers.ChoiceField(choices=list(Restriction))
    markets = serializers.ListField(child=serializers.CharField(), help_text="Where; `*`: everywhere.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="Null: until it is lifted.")
    reason = serializers.CharField(help_text="A code of docs/api.md.")
    facts = serializers.CharField(help_text="In the author's language.")
    from_notice = serializers.BooleanField(help_text="Whether somebody outside gave notice of it.")
    automated_detection = serializers.BooleanField()
    automated_decision = serializers.BooleanField()
    ground = serializers.ChoiceField(choices=list(Ground))
    ground_reference = serializers.CharField()
    redress = serializers.SerializerMethodField()
    language = serializers.CharField()
    created_at = serializers.DateTimeField()
    told_at = serializers.DateTimeField(allow_null=True)
    not_told_because = serializers.ChoiceField(choices=list(NotTold), allow_blank=True)
    objected_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)

    def get_notice_id(self, row: Any) -> str | None:
        """The notice that led to it."""
        return row.notice.public_id if row.notice else None

    def get_redress(self, row: Any) -> list[str]:
        """What the author can do about it."""
        return redress_lines(appeal=selectors.objectionable(row))


StatementPage = page_serializer("StatementPage", Statement)


class StatementQuery(PageQuery):
    item = PublicIdField(PUBLIC_ID_PREFIX, required=False)
    restriction = serializers.ChoiceField(choices=list(Restriction), required=False)


class StatementViewSet(ShopViewSet):
    """Statements of reasons. They are written by what happens, never by hand."""

    lookup_value_regex = path_of("sor")

    @operation(
        _("List statements of reasons, newest first"),
        scope=KeyScope.RIGHTS_READ,
        query=StatementQuery,
        answer=StatementPage,
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(StatementQuery)
        rows = selectors.statements()
        if "item" in asked:
            rows = rows.filter(item__public_id=asked["item"])
        if "restriction" in asked:
            rows = rows.filter(restriction=asked["restriction"])
        return Response(StatementPage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one statement of reasons"), scope=KeyScope.RIGHTS_READ, answer=Statement)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(Statement(found(selectors.statements().filter(public_id=public_id).first())).data)
