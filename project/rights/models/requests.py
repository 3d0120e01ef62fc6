"""Asking: the request, the author's links, their public replies, and the shop's own wordings."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import (
    OPEN_REQUEST_STATES,
    LinkCarrier,
    LinkPurpose,
    ReplyVerdict,
    RequestState,
    SendingWay,
)
from project.rights.models.fields import choices, codes
from project.rights.models.licences import Licence


class RightsRequest(ScopedModel):
    """What was asked of an author, how, and what became of the asking.

    ``message`` and ``recipient`` are personal data and go with an erasure; ``message_sha256`` stays. ``granted_by``:
    by which kind of link the author said yes; empty where they did not, or did in public.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="rights_requests")
    state = models.CharField(max_length=16, choices=choices(RequestState), default=RequestState.DRAFT)
    way = models.CharField(
        max_length=16,
        choices=choices(SendingWay),
        default=SendingWay.PRIVATE_LINK,
        db_default=SendingWay.PRIVATE_LINK.value,
    )
    channels: Any = codes(24)
    markets: Any = codes(2)
    modifications: Any = models.JSONField(default=list, db_default=[])
    days = models.PositiveIntegerField(null=True)
    language = models.CharField(max_length=8, default="en", db_default="en")
    template = models.CharField(max_length=40, blank=True, db_default="")
    message = models.TextField(blank=True, db_default="")
    message_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    hashtag = models.CharField(max_length=80, blank=True, db_default="")
    recipient = models.CharField(max_length=254, blank=True, db_default="")
    reply_url = models.URLField(max_length=1000, blank=True, db_default="")
    terms_version = models.CharField(max_length=40)
    terms_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    asked_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=8, blank=True, choices=choices(LinkCarrier), db_default="")
    licence = models.ForeignKey(Licence, null=True, on_delete=models.SET_NULL, related_name="requests")
    renews = models.ForeignKey(Licence, null=True, on_delete=models.SET_NULL, related_name="renewal_requests")

    class Meta(ScopedModel.Meta):
        db_table = "rights_request"
        indexes = [models.Index(fields=["shop", "state", "id"], name="rights_request_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                name="rights_request_one_open",
                condition=Q(state__in=[state.value for state in OPEN_REQUEST_STATES]),
            )
        ]


class RequestLink(ScopedModel):
    """An author's link: only the token's hash is kept.

    ``author`` links answer once and then keep opening the author's page; ``confirmed`` links last 30 minutes, were
    sent to the author's own address (or opened from their account), and allow what a forwarded link must not: changing
    the scope, taking the data, erasing it. ``scope`` links allow the first of these alone.
    """

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(
        max_length=12, choices=choices(LinkPurpose), default=LinkPurpose.AUTHOR, db_default=LinkPurpose.AUTHOR.value
    )
    carrier = models.CharField(
        max_length=8, choices=choices(LinkCarrier), default=LinkCarrier.HAND, db_default=LinkCarrier.HAND.value
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_request_link"


class RequestReply(ScopedModel):
    """A public reply to a request, as the source gave it, and what the rules made of it. Erasable, unlike its hash.

    ``was_yes``: it granted, and was edited or deleted since. ``gone_at``: when its source was first seen without it;
    whatever a person made of that then holds.
    """

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="replies")
    external_id = models.CharField(max_length=200)
    account_id = models.CharField(max_length=200)
    payload: Any = models.JSONField(default=dict)
    payload_sha256 = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16, choices=choices(ReplyVerdict))
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    was_yes = models.BooleanField(default=False, db_default=False)
    gone_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "rights_request_reply"
        constraints = [models.UniqueConstraint(fields=["request", "external_id"], name="rights_request_reply_once")]


class RequestTemplate(ScopedModel):
    """A shop's own wording of a request; what Vouchsafe brings along stands in code beside its linter."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    way = models.CharField(max_length=16, choices=choices(SendingWay))
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=160, blank=True)
    text = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "rights_request_template"
        indexes = [models.Index(fields=["shop", "way", "language"], name="rights_template_way")]
