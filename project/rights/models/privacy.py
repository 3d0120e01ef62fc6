"""The privacy side, kept apart from licences: consents, the terms as they were shown, and requests of the persons."""

from typing import Any

from django.db import models
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import ConsentWay, PrivacyKind, PrivacyState, WithdrawalRoute
from project.rights.models.fields import choices, codes
from project.rights.models.requests import RightsRequest


class TermsText(ScopedModel):
    """Terms exactly as an author saw them; found by the SHA-256 of the text. Never changed, only added to."""

    sha256 = models.CharField(max_length=64)
    version = models.CharField(max_length=40)
    locale = models.CharField(max_length=8)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "rights_terms_text"
        constraints = [models.UniqueConstraint(fields=["shop", "sha256"], name="rights_terms_text_once")]


class ConsentRecord(ScopedModel):
    """A consent under GDPR Art. 7: who, to which purposes, on which words, when and how; and its withdrawal.

    A licence and a consent end for their own reasons, so neither holds the other's end. ``address_part`` is the
    sender's network address without its last part, ``browser_hash`` a salted hash.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    author = models.ForeignKey("content.Author", null=True, on_delete=models.SET_NULL, related_name="+")
    request = models.ForeignKey(RightsRequest, null=True, on_delete=models.SET_NULL, related_name="consents")
    controller = models.CharField(max_length=200)
    purposes: Any = codes(24)
    terms_sha256 = models.CharField(max_length=64)
    page_sha256 = models.CharField(max_length=64)
    locale = models.CharField(max_length=8)
    way = models.CharField(max_length=16, choices=choices(ConsentWay))
    address_part = models.CharField(max_length=45, blank=True)
    browser_hash = models.CharField(max_length=64, blank=True)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_through = models.CharField(max_length=12, choices=choices(WithdrawalRoute), blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_consent"
        indexes = [models.Index(fields=["author"], name="rights_consent_author")]


class PrivacyRequest(ScopedModel):
    """A person uses a right of GDPR Art. 15 to 21; answered within a month (Art. 12(3))."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    kind = models.CharField(max_length=16, choices=choices(PrivacyKind))
    state = models.CharField(max_length=12, choices=choices(PrivacyState), default=PrivacyState.RECEIVED)
    author = models.ForeignKey("content.Author", null=True, on_delete=models.SET_NULL, related_name="+")
    author_hash = models.CharField(max_length=64, blank=True)
    confirmed_by = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    outcome: Any = models.JSONField(default=dict)

    class Meta(ScopedModel.Meta):
        db_table = "rights_privacy_request"
        indexes = [models.Index(fields=["shop", "state", "due_at"], name="rights_privacy_due")]
