"""What became of each withdrawal in the pages that were open."""

from typing import Any

from django.db import models

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import WithdrawalRoute
from project.rights.models.fields import choices
from project.rights.models.licences import Licence


class Withdrawal(ScopedModel):
    """One withdrawal: when it was committed, under which publication number, and how fast open pages confirmed it.

    Milliseconds count from the commit. ``told``: connections whose last sent version held an item of it.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="withdrawals")
    number = models.BigIntegerField()
    items: Any = models.JSONField(default=list, help_text="public ids")
    route = models.CharField(max_length=12, choices=choices(WithdrawalRoute))
    committed_at = models.DateTimeField()
    told = models.PositiveIntegerField(null=True)
    confirmed = models.PositiveIntegerField(null=True)
    median_ms = models.PositiveIntegerField(null=True)
    p95_ms = models.PositiveIntegerField(null=True)
    slowest_ms = models.PositiveIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)
    done: Any = models.JSONField(default=dict, help_text="subscriber → Unix milliseconds when it had finished")

    class Meta(ScopedModel.Meta):
        db_table = "rights_withdrawal"
        constraints = [
            models.UniqueConstraint(fields=["shop", "number"], name="rights_withdrawal_number"),
        ]
        indexes = [models.Index(fields=["shop", "id"], name="rights_withdrawal_shop")]
