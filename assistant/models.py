"""The assistant's rows: definitions, and what the index derives from published items.

Passages, vectors and stored answers are derived: they can be dropped and made again, and they go when their item
no longer passes the gate. A passage holds positions and an index of words, not the words.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField, VectorField

from assistant.embedding.guards import DIMENSIONS
from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel


class Assistant(ScopedModel):
    """An assistant that a shop embeds. `markets` empty: the shop's own; `languages` empty: all that there are."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    name = models.CharField(max_length=120)
    markets: Any = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    languages: Any = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "assistant_assistant"
        constraints = [
            models.UniqueConstraint(fields=["shop"], name="assistant_one_default", condition=models.Q(is_default=True))
        ]

    def __str__(self) -> str:
        return self.name


class Passage(ScopedModel):
    """A stretch of one version of an item's published text: code points `start` to `end`."""

    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    language = models.CharField(max_length=8)
    # Fragments of one or two words are searched by word only: their vectors lie near everything.
    embeddable = models.BooleanField(default=True)
    tsv = SearchVectorField()

    class Meta(ScopedModel.Meta):
        db_table = "assistant_passage"
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="assistant_passage_once")]
        indexes = [models.Index(fields=["shop", "item"], name="assistant_passage_item")]


class PassageVector(ScopedModel):
    """The unit vector of a passage, in a narrow table that an exact scan of one shop's rows reads quickly.

    `spread` is the distance to the mean of the shop's passages in this language when last computed (see
    `ShopLanguageMean`); 1 until there is a mean.
    """

    passage = models.OneToOneField(Passage, on_delete=models.CASCADE, primary_key=True, related_name="vector")
    item_pk = models.BigIntegerField()
    language = models.CharField(max_length=8)
    spread = models.FloatField(default=1.0)
    v = HalfVectorField(dimensions=DIMENSIONS)

    class Meta(ScopedModel.Meta):
        db_table = "assistant_passage_vector"
        indexes = [models.Index(fields=["shop", "language"], name="assistant_vector_shop")]


class ShopLanguageMean(ScopedModel):
    """The mean vector of a shop's passages in one language, and of how many it was taken.

    `polarity` points from what reviews of 4 and 5 stars say to what those of 1 and 2 say (unit length; None while
    either side has few passages). It tells which sentence of a critical review is the critical one, no more.
    """

    language = models.CharField(max_length=8)
    passages = models.PositiveIntegerField()
    mean = VectorField(dimensions=DIMENSIONS)
    polarity = VectorField(dimensions=DIMENSIONS, null=True)

    class Meta(ScopedModel.Meta):
        db_table = "assistant_language_mean"
        constraints = [models.UniqueConstraint(fields=["shop", "language"], name="assistant_mean_once")]


class ShopIndex(ScopedModel):
    """How often a shop's passages or vectors have changed (answers are stored for one revision), and how many
    passages there are, for weighing words.
    """

    revision = models.BigIntegerField(default=0)
    passages = models.BigIntegerField(default=0)

    class Meta(ScopedModel.Meta):
        db_table = "assistant_shop_index"
        constraints = [models.UniqueConstraint(fields=["shop"], name="assistant_index_once")]


class StoredAnswer(ScopedModel):
    """An answer kept for the publication number it was given under; a withdrawal raises the number.

    `scope_key` and `question_key` are hashes: what a visitor asked is not kept.
    """

    number = models.BigIntegerField()
    scope_key = models.CharField(max_length=64)
    question_key = models.CharField(max_length=64)
    body: Any = models.JSONField()
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "assistant_stored_answer"
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "number", "scope_key", "question_key"], name="assistant_answer_once"
            )
        ]
