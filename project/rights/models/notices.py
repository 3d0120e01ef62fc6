"""Notices of misuse (DSA Art. 16) and statements of reasons (DSA Art. 17)."""

from typing import Any

from django.db import models
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import Ground, NoticeCategory, NoticeState, Restriction
from project.rights.models.fields import choices
from project.rights.models.holds import Hold


class Notice(ScopedModel):
    """Somebody says that an item must not be shown. Name and address are personal data and can be erased.

    ``outcome`` and ``reason`` are those of the newest decision. ``visitor_hash`` (keyed, of the network address and the
    shop) counts how often one visitor was wrong; it is cleared when the time to appeal is over.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="notices")
    category = models.CharField(max_length=20, choices=choices(NoticeCategory))
    state = models.CharField(max_length=12, choices=choices(NoticeState), default=NoticeState.RECEIVED)
    explanation = models.TextField()
    url = models.TextField(blank=True, help_text="exact addresses, one a line")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=8, default="en")
    by_author = models.BooleanField(default=False)
    in_good_faith = models.BooleanField()
    token_hash = models.CharField(max_length=64, unique=True)
    hold = models.ForeignKey(Hold, null=True, on_delete=models.SET_NULL, related_name="notices")
    received_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    decision_note = models.TextField(blank=True)
    outcome = models.CharField(max_length=12, choices=choices(NoticeState), blank=True, db_default="")
    reason = models.CharField(max_length=20, blank=True, db_default="")
    visitor_hash = models.CharField(max_length=64, blank=True, db_default="")
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_notice"
        indexes = [
            models.Index(fields=["shop", "state", "id"], name="rights_notice_state"),
            models.Index(
                fields=["shop", "visitor_hash"], name="rights_notice_visitor", condition=~models.Q(visitor_hash="")
            ),
        ]


class StatementOfReasons(ScopedModel):
    """Why an item is restricted, as its author is told it: every field of DSA Art. 17(3).

    ``starts_at`` is the moment of the decision itself; ``ends_at`` None: until it is lifted. ``objection`` is what the
    author says against it.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="statements")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="statements")
    restriction = models.CharField(max_length=16, choices=choices(Restriction))
    markets: Any = models.JSONField(default=list)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20)
    facts = models.TextField(blank=True)
    from_notice = models.BooleanField(default=False)
    automated_detection = models.BooleanField(default=False)
    automated_decision = models.BooleanField(default=False)
    ground = models.CharField(max_length=12, choices=choices(Ground))
    ground_reference = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    not_told_because = models.CharField(max_length=40, blank=True)
    event_number = models.BigIntegerField(null=True, help_text="the outbox row that told of the restriction")
    objection = models.TextField(blank=True, db_default="")
    objected_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.TextField(blank=True, db_default="")

    class Meta(ScopedModel.Meta):
        db_table = "rights_statement"
        indexes = [models.Index(fields=["shop", "id"], name="rights_statement_shop")]
        constraints = [models.UniqueConstraint(fields=["item", "event_number"], name="rights_statement_once_an_event")]
