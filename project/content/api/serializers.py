"""The shapes of content on the API. Raw payloads, addresses, hashes and screening signals are in none of them."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from project.content.kinds import KINDS, Kind
from project.content.rules import CreditKind, Decision, MaterialConnection, Reason, State, Verification
from project.core.api import PageQuery, PublicIdField, StrictSerializer, page_serializer

MAX_TEXT = 20_000
MAX_MEDIA = 10
MAX_FACTS = 20
SENDABLE_KINDS = [kind for kind, rules in KINDS.items() if not rules.computed_only]
SENDABLE_CREDITS = [kind for kind in CreditKind if kind is not CreditKind.MISSING]


class SourceRef(StrictSerializer):
    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    name = serializers.CharField()


class ProductRef(StrictSerializer):
    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField()
    name = serializers.CharField()


class AuthorRef(StrictSerializer):
    """The author as they made themselves known in public."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField(source="display_name")
    handle = serializers.CharField()
    url = serializers.CharField(source="profile_url")


class CreditOut(StrictSerializer):
    """How the author is named where the content shows."""

    kind = serializers.ChoiceField(choices=list(CreditKind))
    name = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class MediaOut(StrictSerializer):
    id = serializers.CharField(source="public_id")
    state = serializers.CharField()
    approved = serializers.BooleanField(help_text="Shown with the item; what came in after its approval is not yet.")
    url = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()

    def get_url(self, media: Any) -> str:
        """Our own copy, to be had while the item may be shown; empty until it was fetched and checked."""
        return f"{settings.PUBLIC_URL}{settings.MEDIA_URL}{media.file}" if media.file else ""


class DecisionOut(StrictSerializer):
    """A moderation decision and its reason's code."""

    decision = serializers.ChoiceField(choices=list(Decision))
    reason = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(source="item_version", help_text="The wording that was decided about.")
    at = serializers.DateTimeField()


class Content(StrictSerializer):
    """One piece of social proof of any kind, as staff see it: it need not be published."""

    id = serializers.CharField(source="public_id")
    kind = serializers.ChoiceField(choices=list(Kind))
    state = serializers.ChoiceField(choices=list(State))
    state_changed_at = serializers.DateTimeField()
    external_id = serializers.CharField()
    source = SourceRef()  # type: ignore[assignment]
    product = ProductRef(allow_null=True)
    author = AuthorRef(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    language = serializers.CharField(allow_blank=True)
    rating = serializers.IntegerField(allow_null=True)
    helpful = serializers.IntegerField()
    facts = serializers.DictField()
    occurred_at = serializers.DateTimeField(allow_null=True)
    edited_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    origin_url = serializers.CharField(allow_blank=True)
    credit = CreditOut()
    disclosure = serializers.ChoiceField(choices=list(MaterialConnection))
    verification = serializers.ChoiceField(choices=list(Verification))
    media = MediaOut(many=True)


class ContentDetail(Content):
    """The same with every moderation decision, oldest first."""

    decisions = DecisionOut(many=True)


ContentPage = page_serializer("ContentPage", Content)


class ContentQuery(PageQuery):
    state = serializers.ChoiceField(choices=list(State), required=False)
    kind = serializers.ChoiceField(choices=list(Kind), required=False)
    source = PublicIdField("src", required=False)  # type: ignore[assignment]
    product = PublicIdField("prd", required=False)
    external_id = serializers.CharField(required=False, max_length=200, trim_whitespace=False)
    language = serializers.CharField(required=False, max_length=8)
    received_after = serializers.DateTimeField(required=False)
    received_before = serializers.DateTimeField(required=False)
    q = serializers.CharField(required=False, max_length=200, help_text="Words of text, title, credit or product.")


@extend_schema_field({"oneOf": [{"type": "string", "maxLength": 500}, {"type": "integer"}]})
class FactField(serializers.Field[Any, Any, Any, Any]):
    """One fact of a kind: a text or a whole number, as ``project.content.kinds`` wants it."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return serializers.CharField(allow_blank=True, max_length=500).run_validation(data)
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) < 2**53:
            return data
        raise serializers.ValidationError(_("A fact is a text or a whole number."))

    def to_representation(self, value: Any) -> Any:
        return value


class FactsField(serializers.DictField):
    child = FactField()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MAX_FACTS:
            raise serializers.ValidationError(_("These are too many facts."))
        if isinstance(data, dict):
            for name in data:
                serializers.CharField(max_length=40).run_validation(name)
        return super().to_internal_value(data)


class AuthorIn(StrictSerializer):
    external_id = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="Your own id of the person; joins their items."
    )
    display_name = serializers.CharField(max_length=200, allow_blank=True, default="")
    handle = serializers.CharField(max_length=200, allow_blank=True, default="")
    profile_url = serializers.URLField(max_length=500, allow_blank=True, default="")
    email = serializers.EmailField(
        max_length=254, allow_blank=True, default="", help_text="For asking permission; never given out again."
    )


class CreditIn(StrictSerializer):
    kind = serializers.ChoiceField(choices=SENDABLE_CREDITS)
    name = serializers.CharField(max_length=200, allow_blank=True, default="")
    detail = serializers.CharField(max_length=80, allow_blank=True, default="")

    def validate(self, attrs: Any) -> Any:
        if attrs["kind"] != CreditKind.CUSTOMER and not attrs["name"]:
            raise serializers.ValidationError({"name": [_("Say the name, or choose the kind “customer”.")]})
        return attrs


class MediaIn(StrictSerializer):
    url = serializers.URLField(max_length=1000, help_text="Where the picture can be fetched once.")
    alt = serializers.CharField(max_length=2000, allow_blank=True, default="")


class ContentIn(StrictSerializer):
    """What your systems hand in. It comes in pending; it shows once approved and licensed.

    Nothing here says "verified": name the order, and whether it is known decides.
    """

    kind = serializers.ChoiceField(choices=SENDABLE_KINDS)
    external_id = serializers.CharField(max_length=200, help_text="Your own id; sent again, it is an edit.")
    source_id = PublicIdField(
        "src", required=False, help_text="A source of the kind `api`; the default is made for you."
    )
    title = serializers.CharField(max_length=500, allow_blank=True, default="")
    text = serializers.CharField(
        max_length=MAX_TEXT, allow_blank=True, default="", trim_whitespace=False, help_text="Plain text, unaltered."
    )
    language = serializers.RegexField(r"^[a-z]{2,3}(-[A-Z]{2})?\Z", required=False, help_text="Such as `da`.")
    rating = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    occurred_at = serializers.DateTimeField(required=False, allow_null=True)
    edited_at = serializers.DateTimeField(required=False, allow_null=True)
    valid_until = serializers.DateTimeField(required=False, allow_null=True)
    origin_url = serializers.URLField(max_length=1000, allow_blank=True, default="")
    product_external_id = serializers.CharField(max_length=120, allow_blank=True, default="")
    order_external_id = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="The order that vouches for it, if it is known."
    )
    author = AuthorIn(required=False, allow_null=True)
    credit = CreditIn(required=False, allow_null=True, help_text="Left out: nothing to credit, so nothing shows.")
    disclosure = serializers.ChoiceField(choices=list(MaterialConnection), default=MaterialConnection.NONE.value)
    facts = FactsField(required=False)
    media = serializers.ListField(child=MediaIn(), required=False, max_length=MAX_MEDIA)


class PicturesNamed(StrictSerializer):
    """Pictures of the item, as its ``media`` lists them."""

    media_ids = serializers.ListField(child=PublicIdField("med"), min_length=1, max_length=MAX_MEDIA)


class Reasoned(StrictSerializer):
    """A decision that needs its reason: it is told to the author."""

    reason = serializers.ChoiceField(choices=list(Reason))
    note = serializers.CharField(max_length=2000, allow_blank=True, default="", help_text="For your colleagues only.")
