"""System checks with stable ids (``vouchsafe.core.E001`` …), listed in docs/operators.md."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

MINIMUM_SECRET_LENGTH = 50


@register(Tags.security, deploy=True)
def secret_key_is_strong(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E001: links, sessions and signatures rest on the key."""
    if len(settings.SECRET_KEY) >= MINIMUM_SECRET_LENGTH and len(set(settings.SECRET_KEY)) > 10:
        return []
    return [
        Error(
            "SECRET_KEY is too short or too plain.",
            hint="Set it to at least 50 random characters, for example from `openssl rand -base64 48`.",
            id="vouchsafe.core.E001",
        )
    ]


@register(Tags.security, deploy=True)
def public_url_is_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E002: embeds on https shops cannot load anything from http."""
    if settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Error(
            "PUBLIC_URL does not begin with https://.",
            hint="Set PUBLIC_URL to the address that browsers use, for example https://reviews.example.com.",
            id="vouchsafe.core.E002",
        )
    ]


@register(Tags.security, deploy=True)
def outgoing_allow_is_empty(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E003: the door that the demo's replay server comes through stays shut in production."""
    if not settings.VOUCHSAFE_OUTGOING_ALLOW:
        return []
    return [
        Error(
            "VOUCHSAFE_OUTGOING_ALLOW lets collectors reach private addresses.",
            hint="Unset it: it is for the demo and for tests only.",
            id="vouchsafe.core.E003",
        )
    ]


@register(Tags.security, deploy=True)
def demo_is_off(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E004: the demo's passwords are printed in the documentation."""
    if not settings.VOUCHSAFE_DEMO:
        return []
    return [
        Error(
            "VOUCHSAFE_DEMO is on, so accounts with published passwords may exist.",
            hint="Unset VOUCHSAFE_DEMO and begin with an empty database.",
            id="vouchsafe.core.E004",
        )
    ]
