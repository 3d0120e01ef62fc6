"""Columns that several tables of this room have."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


def choices(enum: Any) -> list[tuple[str, str]]:
    """The members of an enum of codes, as a field's choices."""
    return [(member.value, member.value) for member in enum]


def codes(length: int) -> Any:
    """A list of codes."""
    return ArrayField(models.CharField(max_length=length), default=list)
