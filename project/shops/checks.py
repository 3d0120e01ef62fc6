"""System checks of mail: what is wrong with it is found before the first author waits for a letter."""

from typing import Any

from django.conf import settings
from django.core import checks
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


@register(Tags.security, deploy=True)
def mail_is_not_kept(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.shops.W001``: staff read the links of kept letters, and a link answers in its author's name."""
    if not settings.VOUCHSAFE_MAIL_IS_KEPT:
        return []
    return [
        checks.Warning(
            "Mail is kept on the studio's Mail page: no author gets it, and staff can read links that answer for them.",
            hint="Set VOUCHSAFE_MAIL_PROVIDER and unset VOUCHSAFE_MAIL_IS_KEPT, so that letters go to their readers.",
            id="vouchsafe.shops.W001",
        )
    ]
