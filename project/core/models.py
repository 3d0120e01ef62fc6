"""The kernel's tables. They carry ``shop_id`` and ``actor_id`` as plain columns, for core imports no other app.

None of them holds text, names or addresses: ids, codes and numbers only (law 10).
"""

from typing import Any

from django.db import models
from django.utils import timezone


class Stream(models.Model):
    """One row a shop: the number of its newest outbox row, which is the shop's publication number."""

    shop_id = models.BigIntegerField(primary_key=True)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "core_stream"


class OutboxRow(models.Model):
    """One piece of news, committed together with the change that it tells of; gapless per shop."""

    id = models.BigAutoField(primary_key=True)
    shop_id = models.BigIntegerField()
    number = models.BigIntegerField()
    event = models.CharField(max_length=64)
    data: Any = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_outbox"
        constraints = [models.UniqueConstraint(fields=["shop_id", "number"], name="core_outbox_shop_number")]
        indexes = [
            models.Index(
                fields=["shop_id", "number"],
                name="core_outbox_unsettled",
                condition=models.Q(settled_at__isnull=True),
            )
        ]


class Delivery(models.Model):
    """What became of one outbox row at one subscriber."""

    id = models.BigAutoField(primary_key=True)
    shop_id = models.BigIntegerField()
    row = models.ForeignKey(OutboxRow, on_delete=models.CASCADE, related_name="deliveries", db_column="row_id")
    subscriber = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "core_delivery"
        constraints = [models.UniqueConstraint(fields=["row", "subscriber"], name="core_delivery_once")]
        indexes = [
            models.Index(fields=["shop_id"], name="core_delivery_parked", condition=models.Q(parked_at__isnull=False))
        ]


class AuditEntry(models.Model):
    """Who did what to which object, when: append-only, refused for update and delete by the database."""

    id = models.BigAutoField(primary_key=True)
    shop_id = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    data: Any = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "core_audit"
        indexes = [
            models.Index(fields=["shop_id", "object_type", "object_id", "id"], name="core_audit_object"),
            models.Index(fields=["shop_id", "id"], name="core_audit_shop"),
        ]
