"""What people at the studio keep for themselves."""

from django.db import models
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel


class SavedView(ScopedModel):
    """Filters of a list that a person wants to find again. ``query``: of the list's own filters alone."""

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    user = models.ForeignKey("shops.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ScopedModel.Meta):
        db_table = "studio_saved_view"
        constraints = [models.UniqueConstraint(fields=["shop", "user", "page", "name"], name="studio_saved_view_once")]
