"""Permission: the request, the licence and the hold are three things, never one column."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import Basis, EndReason, HoldReason, LicenceState, RequestState


def _choices(enum: Any) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


def _codes(length: int) -> Any:
    return ArrayField(models.CharField(max_length=length), default=list)


class Licence(ScopedModel):
    """A right to show items: channels, markets, period, modifications, on a stated basis."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    basis = models.CharField(max_length=16, choices=_choices(Basis))
    state = models.CharField(max_length=12, choices=_choices(LicenceState), default=LicenceState.ACTIVE)
    channels: Any = _codes(24)
    markets: Any = _codes(2)
    modifications: Any = _codes(16)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    terms_url = models.CharField(max_length=500, blank=True)
    terms_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=_choices(EndReason), blank=True)
    start_announced = models.BooleanField(default=True)
    end_announced = models.BooleanField(default=False)
    created_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "rights_licence"
        indexes = [models.Index(fields=["shop", "state", "id"], name="rights_licence_state")]


class LicenceItem(ScopedModel):
    """One item that a licence covers. One author's withdrawal ends this row and leaves the others."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="coverage", db_index=False)
    item = models.ForeignKey(
        "content.ContentItem", on_delete=models.CASCADE, related_name="licence_items", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=_choices(EndReason), blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_licence_item"
        constraints = [models.UniqueConstraint(fields=["item", "licence"], name="rights_licence_item_once")]
        indexes = [models.Index(fields=["licence", "item"], name="rights_licence_item_licence")]


class LicenceEvent(ScopedModel):
    """The ledger's rows: numbered per shop from 1, canonical JSON (RFC 8785) of ids, codes and salted hashes.

    Append-only: the database refuses update and delete.
    """

    number = models.BigIntegerField()
    body = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "rights_licence_event"
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="rights_licence_event_number")]


class LedgerHead(models.Model):
    """The number of the newest licence event of a shop; its row lock orders the ledger's writers."""

    shop_id = models.BigIntegerField(primary_key=True)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "rights_ledger_head"


class RightsRequest(ScopedModel):
    """What was asked of an author, and what became of the asking."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="rights_requests")
    state = models.CharField(max_length=12, choices=_choices(RequestState), default=RequestState.DRAFT)
    channels: Any = _codes(24)
    markets: Any = _codes(2)
    days = models.PositiveIntegerField(null=True)
    terms_version = models.CharField(max_length=40)
    asked_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    licence = models.ForeignKey(Licence, null=True, on_delete=models.SET_NULL, related_name="requests")

    class Meta(ScopedModel.Meta):
        db_table = "rights_request"
        indexes = [models.Index(fields=["shop", "state", "id"], name="rights_request_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="rights_request_one_open", condition=Q(state__in=["draft", "sent"])
            )
        ]


class RequestLink(ScopedModel):
    """An author's link: only the token's hash is kept. It keeps opening the author's page after the grant."""

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_request_link"


class Hold(ScopedModel):
    """While one is open, the item does not show, whatever its licences say."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=16, choices=_choices(HoldReason))
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "rights_hold"
        constraints = [
            models.UniqueConstraint(fields=["item", "reason"], name="rights_hold_one_open", condition=Q(closed_at=None))
        ]
