"""Serializers that take what they name and nothing else."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from project.core.ids import RANDOM_LENGTH

MAX_MARKETS = 260


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not name, and fields that are only read: a typing error is told, and nobody
    writes a field that was not meant for them (mass assignment, OWASP ASVS 15.3.3)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(str(name) for name in data if name not in writable)
            if unknown:
                raise serializers.ValidationError({name[:80]: [_("There is no such field here.")] for name in unknown})
        return super().to_internal_value(data)


class Nothing(StrictSerializer):
    """No body, or an empty object."""


class ErrorSerializer(serializers.Serializer[Any]):
    """What stands under ``error``."""

    code = serializers.CharField(help_text="One of the codes of docs/errors.md; stable.")
    message = serializers.CharField(help_text="One sentence for a person.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Field name (a path with dots inside lists) to its own sentences.",
    )


class PublicIdField(serializers.RegexField):
    """A public id with one of these prefixes: ``PublicIdField("rev")``."""

    def __init__(self, *prefixes: str, **kwargs: Any) -> None:
        pattern = f"^(?:{'|'.join(prefixes)})_[0-9A-Za-z]{{{RANDOM_LENGTH}}}\\Z"
        kwargs.setdefault("error_messages", {"invalid": _("Not an id of the right kind.")})
        super().__init__(re.compile(pattern), **kwargs)


def path_of(prefix: str) -> str:
    """The regular expression of a public id in an address."""
    return rf"{prefix}_[0-9A-Za-z]{{{RANDOM_LENGTH}}}"


def markets_field(**kwargs: Any) -> serializers.ListField:
    """ISO 3166 country codes, or ``*`` for the whole world."""
    country = serializers.RegexField(
        r"^(?:\*|[A-Z]{2})\Z",
        error_messages={"invalid": gettext_lazy("Two letters, such as DK, or * for the whole world.")},
    )
    return serializers.ListField(child=country, max_length=MAX_MARKETS, **kwargs)
