"""Where collecting stands: the cursor of each source, its runs, and what we know of each collected post's fate."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from project.collection.imports.models import ImportRun as ImportRun
from project.core.scope import ScopedModel


class Collector(ScopedModel):
    """One source's place in its timeline. ``claim`` names the run that may write now, until ``claimed_until``."""

    source = models.OneToOneField("content.Source", on_delete=models.CASCADE, primary_key=True, related_name="+")
    cursor = models.CharField(max_length=200, blank=True)
    config_hash = models.CharField(max_length=64, blank=True)
    next_run_at = models.DateTimeField(default=timezone.now)
    last_run_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    failures = models.PositiveIntegerField(default=0)
    claim = models.CharField(max_length=43, blank=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "collection_collector"
        indexes = [models.Index(fields=["shop", "next_run_at"], name="collection_collector_due")]


class CollectionRun(ScopedModel):
    """One run and what it brought; the newest are kept."""

    source = models.ForeignKey("content.Source", on_delete=models.CASCADE, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=16)
    counts: Any = models.JSONField(default=dict)

    class Meta(ScopedModel.Meta):
        db_table = "collection_run"
        indexes = [models.Index(fields=["shop", "source", "-id"], name="collection_run_source")]


class CollectedItem(ScopedModel):
    """What the source last said about a post that we hold. ``blocked_by``: the restrictions that keep it hidden."""

    item = models.OneToOneField("content.ContentItem", on_delete=models.CASCADE, primary_key=True, related_name="+")
    source = models.ForeignKey("content.Source", on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    blocked_by: Any = ArrayField(models.CharField(max_length=20), default=list)
    gone_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "collection_collected_item"
        constraints = [
            models.UniqueConstraint(fields=["shop", "source", "external_id"], name="collection_collected_item_once")
        ]
        indexes = [models.Index(fields=["shop", "source", "checked_at"], name="collection_collected_checked")]
