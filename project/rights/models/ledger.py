"""The ledger: numbered events, the keys that sign, the heads that were signed. The database keeps it as it is."""

from typing import Any

from django.db import models
from django.utils import timezone

from project.core.scope import ScopedModel


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


class LogKey(models.Model):
    """A public key that signs, or signed, tree heads of this installation. The private half never comes in here."""

    key_id = models.CharField(max_length=64, primary_key=True)
    public_key = models.CharField(max_length=64)
    valid_from = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rights_log_key"


class TreeHead(ScopedModel):
    """A signed tree head (RFC 9162): so many events, this root, signed then. Append-only, strictly growing."""

    tree_size = models.BigIntegerField()
    root_hash = models.CharField(max_length=64)
    timestamp = models.BigIntegerField(help_text="Unix milliseconds")
    key_id = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta(ScopedModel.Meta):
        db_table = "rights_tree_head"
        constraints = [models.UniqueConstraint(fields=["shop", "tree_size"], name="rights_tree_head_size")]


class HeadStamp(ScopedModel):
    """An RFC 3161 time stamp over a signed head: what was asked (TSQ) and what the authority answered (TSR), in DER."""

    head = models.ForeignKey(TreeHead, on_delete=models.CASCADE, related_name="stamps")
    authority = models.CharField(max_length=300)
    request: Any = models.BinaryField()
    response: Any = models.BinaryField()
    stamped_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "rights_head_stamp"
        constraints = [models.UniqueConstraint(fields=["head", "authority"], name="rights_head_stamp_once")]


class HeadWitness(ScopedModel):
    """A signed head that was pushed to somebody outside: to whom (a code, no address), when, and if they took it."""

    head = models.ForeignKey(TreeHead, on_delete=models.CASCADE, related_name="witnesses")
    witness = models.CharField(max_length=40)
    told_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_head_witness"
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="rights_head_witness_once")]
