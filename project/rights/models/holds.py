"""Holds: while one is open, nothing shows."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import HoldReason
from project.rights.models.fields import choices


class Hold(ScopedModel):
    """While one is open, the item does not show, whatever its licences say."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=16, choices=choices(HoldReason))
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "rights_hold"
        constraints = [
            models.UniqueConstraint(fields=["item", "reason"], name="rights_hold_one_open", condition=Q(closed_at=None))
        ]
