"""Widgets and the curated selections that they can show."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from widgets.rules import SortOrder, WidgetType


class Selection(ScopedModel):
    """A named, curated set of items; with a product it is about that product alone."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=80)
    slug = models.CharField(max_length=60)
    product = models.ForeignKey("shops.Product", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "widgets_selection"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["shop", "slug"], name="widgets_selection_slug")
        ]

    def __str__(self) -> str:
        return self.name


class SelectionItem(ScopedModel):
    """One item's place in a selection. Pinned ones come first, then by position.

    Selections are deleted with their entries by the service, in statements that name the shop (law 9).
    """

    selection = models.ForeignKey(Selection, on_delete=models.DO_NOTHING, related_name="entries")
    item = models.ForeignKey("content.ContentItem", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    pinned = models.BooleanField(default=False)
    tag = models.CharField(max_length=40, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "widgets_selection_item"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["selection", "item"], name="widgets_selection_item_once")
        ]


class Widget(ScopedModel):
    """One placement of social proof on the shop's pages. ``hosted`` marks the shop's own wall, one per shop.

    ``markets`` empty: those of the shop; ``locale`` empty: that of the shop.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    type = models.CharField(max_length=16, choices=[(entry.value, entry.value) for entry in WidgetType])
    name = models.CharField(_("name"), max_length=80)
    heading = models.CharField(_("heading"), max_length=120, blank=True)
    markets: Any = ArrayField(models.CharField(max_length=2), default=list)
    product = models.ForeignKey("shops.Product", null=True, on_delete=models.CASCADE, related_name="+")
    category = models.CharField(max_length=120, blank=True)
    ratings: Any = ArrayField(models.PositiveSmallIntegerField(), default=list)
    order = models.CharField(
        max_length=8, choices=[(entry.value, entry.value) for entry in SortOrder], default=SortOrder.NEWEST
    )
    selection = models.ForeignKey(Selection, null=True, on_delete=models.DO_NOTHING, related_name="widgets")
    theme: Any = models.JSONField(default=dict)
    locale = models.CharField(max_length=8, blank=True)
    active = models.BooleanField(default=True)
    hosted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "widgets_widget"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["shop"], name="widgets_widget_hosted", condition=Q(hosted=True))
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["shop", "id"], name="widgets_widget_shop")]

    def __str__(self) -> str:
        return self.name
