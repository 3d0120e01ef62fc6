"""System check of outgoing HTTP. That the allow list is empty in production is E003 of the core's checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from .policy import parse_allow


@register(Tags.security)
def check_outgoing_allow_is_readable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.core.E020``: an entry of VOUCHSAFE_OUTGOING_ALLOW is not host:port."""
    try:
        parse_allow(settings.VOUCHSAFE_OUTGOING_ALLOW)
    except ValueError as error:
        return [
            Error(
                f"VOUCHSAFE_OUTGOING_ALLOW: {error}.",
                hint='Write host:port pairs with commas between them, for example "127.0.0.1:8002".',
                id="vouchsafe.core.E020",
            )
        ]
    return []
