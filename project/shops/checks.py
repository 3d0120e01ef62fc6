"""System check of mail: a provider that cannot sign in is found before the first author waits for a letter."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection


@register(Tags.security, deploy=True)
def mail_can_leave(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.shops.E001``: the mail backend refuses its settings."""
    try:
        get_connection()
    except (ImproperlyConfigured, ImportError) as error:
        return [
            Error(
                f"Mail cannot leave: {error}",
                hint="Set what VOUCHSAFE_MAIL_PROVIDER needs; docs/going-live.md says where it is listed.",
                id="vouchsafe.shops.E001",
            )
        ]
    return []
