"""Licences on the API: what is granted, for how long, its record and its end."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
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
from project.core.api.serializers import markets_field, path_of
from project.core.api.views import found
from project.rights import selectors, services
from project.rights.api.fields import CHANNELS, channels_field
from project.rights.contracts import (
    RECORDABLE_BASES,
    Basis,
    Channel,
    EndReason,
    LicenceState,
    LicenceTerms,
    PeopleDepicted,
    ThirdPartyWorks,
    WithdrawalRoute,
)
from project.rights.models import LicenceItem
from project.shops.rules import KeyScope
from project.shops.selectors import shop_facts

MAX_ITEMS = 500


class Licensor(StrictSerializer):
    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class Licensee(StrictSerializer):
    id = serializers.CharField()
    name = serializers.CharField()


class Licence(StrictSerializer):
    """A right to show items: by whom, to whom, where, in which countries, from when until when, on which basis."""

    id = serializers.CharField(source="public_id")
    licensor = serializers.SerializerMethodField()
    licensee = serializers.SerializerMethodField()
    basis = serializers.ChoiceField(choices=list(Basis))
    state = serializers.ChoiceField(choices=list(LicenceState))
    channels = serializers.ListField(child=serializers.CharField())
    markets = serializers.ListField(child=serializers.CharField())
    modifications = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    exclusive = serializers.BooleanField()
    sublicensable = serializers.BooleanField()
    revocable = serializers.BooleanField()
    consideration = serializers.CharField(allow_blank=True, help_text="What is given for it; empty: nothing.")
    attribution_text = serializers.CharField(
        allow_blank=True, help_text="By a request: the credit that its author chose, as it stood at the grant."
    )
    moral_rights_note = serializers.CharField(allow_blank=True)
    people_depicted = serializers.ChoiceField(choices=list(PeopleDepicted))
    minor_depicted = serializers.BooleanField()
    guardian_consented = serializers.BooleanField()
    third_party_works = serializers.ChoiceField(choices=list(ThirdPartyWorks))
    terms_url = serializers.CharField(allow_blank=True)
    terms_version = serializers.CharField(allow_blank=True)
    terms_sha256 = serializers.CharField(allow_blank=True, help_text="Of the text exactly as it was shown.")
    terms_locale = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField(allow_blank=True)
    ended_through = serializers.CharField(allow_blank=True, help_text="By which way the end came.")
    renews = serializers.SerializerMethodField()
    item_count = serializers.IntegerField(source="covered", help_text="How many items still hold it.")

    @extend_schema_field(Licensor(allow_null=True, help_text="The author who granted it; null: see `basis`."))
    def get_licensor(self, licence: Any) -> dict[str, str] | None:
        """Gone with an erasure; who it was stays bound by the ledger."""
        return {"id": licence.licensor_id, "name": licence.licensor_name} if licence.licensor_id else None

    @extend_schema_field(Licensee)
    def get_licensee(self, licence: Any) -> dict[str, str]:
        """The shop of the key."""
        return self._shop

    @cached_property
    def _shop(self) -> dict[str, str]:
        shop = shop_facts()
        return {"id": shop.public_id, "name": shop.name}

    def get_renews(self, licence: Any) -> str | None:
        """The licence whose place this one took."""
        return licence.renews.public_id if licence.renews else None


LicencePage = page_serializer("LicencePage", Licence)


class LicenceQuery(PageQuery):
    state = serializers.ChoiceField(choices=list(LicenceState), required=False)
    basis = serializers.ChoiceField(choices=list(Basis), required=False)
    channel = serializers.ChoiceField(choices=CHANNELS, required=False)
    item = PublicIdField(PUBLIC_ID_PREFIX, required=False)
    ends_before = serializers.DateTimeField(required=False, help_text="Still active and ending before this time.")


def _note(length: int, help_text: str) -> serializers.CharField:
    return serializers.CharField(max_length=length, required=False, allow_blank=True, default="", help_text=help_text)


class LicenceIn(StrictSerializer):
    """A right that the shop holds on a ground of its own. An author's answer comes through a request instead."""

    basis = serializers.ChoiceField(
        choices=list(RECORDABLE_BASES),
        help_text="`owned`: collected by the shop under its own terms; `self_attested`: the shop declares it; "
        "`open_licence`: see `terms_url`; `submission`: granted when it was handed in.",
    )
    item_ids = serializers.ListField(child=PublicIdField(PUBLIC_ID_PREFIX), allow_empty=False, max_length=MAX_ITEMS)
    channels = channels_field(allow_empty=False)
    markets = markets_field(required=False, allow_empty=False, help_text="Default: the shop's markets.")
    starts_at = serializers.DateTimeField(required=False, help_text="Default: now.")
    ends_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: until it is withdrawn.")
    terms_url = serializers.URLField(
        max_length=500, required=False, allow_blank=True, default="", help_text="Needed for an open licence."
    )
    people_depicted = serializers.ChoiceField(
        choices=list(PeopleDepicted),
        required=False,
        help_text="Left out: `none` for words alone, `unknown` where there are pictures.",
    )
    minor_depicted = serializers.BooleanField(default=False)
    guardian_consented = serializers.BooleanField(default=False)
    third_party_works = serializers.ChoiceField(
        choices=list(ThirdPartyWorks), required=False, help_text="Left out: as `people_depicted`."
    )
    exclusive = serializers.BooleanField(default=False)
    sublicensable = serializers.BooleanField(default=False, help_text="Whether the shop may pass it on.")
    consideration = _note(200, "What was given for it; empty: nothing.")
    attribution_text = _note(300, "What the right asks to be named by; shown is the credit line of each item.")
    moral_rights_note = _note(300, "What was agreed on moral rights.")


class Withdrawal(StrictSerializer):
    item_ids = serializers.ListField(
        child=PublicIdField(PUBLIC_ID_PREFIX),
        required=False,
        allow_empty=False,
        max_length=MAX_ITEMS,
        help_text="Only these items lose it; left out: the whole licence ends.",
    )


class Withdrawn(StrictSerializer):
    licence = Licence()
    item_ids = serializers.ListField(child=serializers.CharField(), help_text="Public ids that lost the licence.")


class LicenceViewSet(ShopViewSet):
    """The rights that the shop holds."""

    lookup_value_regex = path_of("lic")

    @operation(_("List licences, newest first"), scope=KeyScope.RIGHTS_READ, query=LicenceQuery, answer=LicencePage)
    def list(self, request: Request) -> Response:
        asked = self.asked(LicenceQuery)
        rows = selectors.licences()
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "basis" in asked:
            rows = rows.filter(basis=asked["basis"])
        if "channel" in asked:
            rows = rows.filter(channels__contains=[asked["channel"]])
        if "ends_before" in asked:
            rows = rows.filter(state=LicenceState.ACTIVE, ends_at__gt=timezone.now(), ends_at__lt=asked["ends_before"])
        if "item" in asked:
            rows = rows.filter(pk__in=LicenceItem.objects.filter(item__public_id=asked["item"]).values("licence_id"))
        return Response(LicencePage(page_of(rows, limit=asked["limit"], cursor=asked["cursor"])).data)

    @operation(_("Read one licence"), scope=KeyScope.RIGHTS_READ, answer=Licence)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(Licence(found(selectors.licences().filter(public_id=public_id).first())).data)

    @operation(
        _("Record a right that the shop holds on a ground of its own"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=LicenceIn,
        answer=Licence,
        status=201,
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(LicenceIn)
        with self.change("licence.record"):
            licence = services.record_licence(
                shop_id=self.caller.shop_id,
                actor_id=None,
                basis=Basis(wanted["basis"]),
                item_ids=wanted["item_ids"],
                terms=_terms(wanted),
            )
        return Response(Licence(selectors.licences().get(pk=licence.pk)).data, status=201)

    @operation(
        _("Withdraw a licence, or its hold on some items; at once, everywhere"),
        scope=KeyScope.RIGHTS_WRITE,
        takes=Withdrawal,
        answer=Withdrawn,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        wanted = self.accepted(Withdrawal)
        with self.change("licence.withdraw", licence=public_id):
            ended = services.withdraw_licence(
                shop_id=self.caller.shop_id,
                actor_id=None,
                licence_id=public_id,
                reason=EndReason.STAFF,
                route=WithdrawalRoute.API,
                item_ids=wanted.get("item_ids"),
            )
        licence = selectors.licences().get(public_id=public_id)
        return Response(Withdrawn({"licence": licence, "item_ids": list(ended)}).data)


def _terms(wanted: Mapping[str, Any]) -> LicenceTerms:
    people, works = wanted.get("people_depicted"), wanted.get("third_party_works")
    return LicenceTerms(
        channels=tuple(Channel(channel) for channel in dict.fromkeys(wanted["channels"])),
        markets=tuple(dict.fromkeys(wanted.get("markets") or shop_facts().markets)),
        starts_at=wanted.get("starts_at") or timezone.now(),
        ends_at=wanted.get("ends_at"),
        terms_url=wanted["terms_url"],
        people_depicted=PeopleDepicted(people) if people else None,
        minor_depicted=wanted["minor_depicted"],
        guardian_consented=wanted["guardian_consented"],
        third_party_works=ThirdPartyWorks(works) if works else None,
        exclusive=wanted["exclusive"],
        sublicensable=wanted["sublicensable"],
        consideration=wanted["consideration"],
        attribution_text=wanted["attribution_text"],
        moral_rights_note=wanted["moral_rights_note"],
    )
