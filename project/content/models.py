"""What customers said and where it came from.

``ContentItem`` holds the published text as it stands; every earlier wording moves to ``ContentVersion`` when the
author edits. Personal data (names, texts, payloads) lies here, in tables that can be erased, and nowhere else.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.content.kinds import Kind
from project.content.rules import CreditKind, Decision, MaterialConnection, Reason, State, Verification
from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel


def kind_choices() -> list[tuple[str, str]]:
    """Named in the migrations, not listed: a new kind changes no table and needs none."""
    return _choices(Kind)


def _choices(enum: Any) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class Source(ScopedModel):
    """Where items come from. The policy's effective flags stand on the row so that the gate reads them in SQL."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    config: Any = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    may_store = models.BooleanField(default=True)
    may_republish = models.BooleanField(default=True)
    needs_licence = models.BooleanField(default=True)
    in_assistant = models.BooleanField(default=True)
    in_json_ld = models.BooleanField(default=False)
    keep_days = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_source"
        indexes = [models.Index(fields=["shop", "kind"], name="content_source_kind")]

    def __str__(self) -> str:
        return self.name


class Author(ScopedModel):
    """A person (or body) who said something, as far as they made themselves known. ``salt`` dies with the row."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    handle = models.CharField(max_length=200, blank=True)
    profile_url = models.URLField(max_length=500, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    salt = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_author"
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "source", "external_id"],
                name="content_author_once",
                condition=~Q(external_id=""),
            )
        ]


class ContentItem(ScopedModel):
    """One piece of social proof of any kind; see :mod:`project.content.kinds` for what ``facts`` may hold."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    kind = models.CharField(max_length=24, choices=kind_choices)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    product = models.ForeignKey("shops.Product", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    author = models.ForeignKey(Author, null=True, on_delete=models.PROTECT, related_name="items")

    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    version = models.PositiveIntegerField(default=1)
    rating = models.PositiveSmallIntegerField(null=True)
    helpful = models.PositiveIntegerField(default=0)
    facts: Any = models.JSONField(default=dict)

    state = models.CharField(max_length=12, choices=_choices(State), default=State.PENDING)
    state_changed_at = models.DateTimeField(default=timezone.now)
    occurred_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True)

    origin_url = models.URLField(max_length=1000, blank=True)
    credit_kind = models.CharField(max_length=12, choices=_choices(CreditKind), default=CreditKind.MISSING)
    credit_name = models.CharField(max_length=200, blank=True)
    credit_detail = models.CharField(max_length=80, blank=True)
    credit_chosen = models.BooleanField(default=False, db_default=False)
    disclosure = models.CharField(max_length=16, choices=_choices(MaterialConnection), default=MaterialConnection.NONE)
    verification = models.CharField(max_length=24, choices=_choices(Verification), default=Verification.NONE)
    verified_at = models.DateTimeField(null=True)
    evidence_ref = models.CharField(max_length=40, blank=True)
    raw_hash = models.CharField(max_length=64)
    signals: Any = models.JSONField(default=dict)

    class Meta(ScopedModel.Meta):
        db_table = "content_item"
        constraints = [
            models.UniqueConstraint(fields=["shop", "source", "external_id"], name="content_item_once"),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="content_item_rating"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "state", "id"], name="content_item_state"),
            models.Index(fields=["shop", "product", "id"], name="content_item_product"),
        ]


class ContentVersion(ScopedModel):
    """An earlier wording, kept when the author edits, so that old decisions and citations stay explicable."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    raw_hash = models.CharField(max_length=64)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_version"
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="content_version_once")]


class RawRecord(ScopedModel):
    """The payload as the source sent it, with its hash and provenance; erasable, unlike the hash on the item."""

    item = models.OneToOneField(ContentItem, on_delete=models.CASCADE, related_name="raw", primary_key=True)
    payload: Any = models.JSONField()
    payload_hash = models.CharField(max_length=64)
    provenance = models.CharField(max_length=200)
    fetched_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_raw_record"


class Media(ScopedModel):
    """A picture of an item: remote until it was fetched, checked and re-encoded.

    Only ``ready`` ones that staff has ``approved``, with their item or afterwards, are published; ``refused`` ones
    were left out by staff.
    """

    PENDING, READY, REFUSED, FAILED = "pending", "ready", "refused", "failed"

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="media")
    position = models.PositiveSmallIntegerField(default=0)
    remote_url = models.URLField(max_length=1000, blank=True)
    state = models.CharField(max_length=8, default=PENDING)
    approved = models.BooleanField(default=False, db_default=False)
    file = models.CharField(max_length=120, blank=True, db_index=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    alt = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=40, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "content_media"
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="content_media_once"),
            models.CheckConstraint(condition=Q(approved=False) | Q(state="ready"), name="content_media_approved"),
        ]
        # What staff still has to look at: few rows, counted for every Today.
        indexes = [
            models.Index(
                fields=["shop", "item"], name="content_media_unseen", condition=Q(state="ready", approved=False)
            )
        ]


class ModerationDecision(ScopedModel):
    """What staff decided about an item, with the reason's code; never changed, never deleted by the application."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="decisions")
    decision = models.CharField(max_length=12, choices=_choices(Decision))
    reason = models.CharField(max_length=20, choices=_choices(Reason), blank=True)
    note = models.TextField(blank=True)
    actor = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    item_version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_moderation_decision"
        indexes = [models.Index(fields=["shop", "id"], name="content_decision_shop")]


class ItemTag(ScopedModel):
    """Free words of the staff about an item, for finding it again; never shown to shoppers."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="tags")
    tag = models.CharField(max_length=40)

    class Meta(ScopedModel.Meta):
        db_table = "content_item_tag"
        constraints = [models.UniqueConstraint(fields=["item", "tag"], name="content_item_tag_once")]


class IntakeTombstone(ScopedModel):
    """A salted hash of something erased, so that a collector never brings it back."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    external_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "content_intake_tombstone"
        constraints = [
            models.UniqueConstraint(fields=["shop", "source", "external_hash"], name="content_tombstone_once")
        ]
