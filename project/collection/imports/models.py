"""The record of an import: which file, how far it came, what became of its rows. No text, no names."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel


class RunState(StrEnum):
    """``running``: begun, and gone on with when the same file is imported again; ``abandoned``: begun with other
    options and never finished."""

    RUNNING = "running"
    DONE = "done"
    ABANDONED = "abandoned"


class ImportRun(ScopedModel):
    """One import of one file. ``rows_read`` rows are committed, so that a killed import goes on after them.

    ``options_hash`` stands for everything said about the file: the same file with other options is another run.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    source = models.ForeignKey("content.Source", on_delete=models.PROTECT, related_name="+")
    file_sha256 = models.CharField(max_length=64)
    options_hash = models.CharField(max_length=64)
    format = models.CharField(max_length=40)
    state = models.CharField(max_length=12, default=RunState.RUNNING)
    rows_read = models.PositiveIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    edited = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0, db_default=0)
    known = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    covered = models.PositiveIntegerField(default=0)
    licence_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "collection_import_run"
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "source"], name="collection_import_one_running", condition=Q(state="running")
            )
        ]
        indexes = [models.Index(fields=["shop", "id"], name="collection_import_shop")]
