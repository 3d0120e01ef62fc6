"""System checks of the ledger's key and witnesses, explained in docs/operators.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from project.rights.ledger.keys import LogKeyUnusable, read_key
from project.rights.ledger.stamps import trusted_roots
from project.rights.ledger.witnesses import webhook_secret


@register(Tags.security)
def log_key_is_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.rights.E010``: without its key the ledger's heads cannot be signed."""
    try:
        read_key()
    except LogKeyUnusable as error:
        return [
            Error(
                error.message,
                hint="VOUCHSAFE_LOG_KEY takes what `openssl rand -base64 32` prints; see docs/ledger.md.",
                id="vouchsafe.rights.E010",
            )
        ]
    return []


@register(Tags.security)
def witnesses_can_be_told(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.rights.E011``: a witness is configured that cannot be told."""
    problems = []
    if settings.VOUCHSAFE_WITNESS_WEBHOOK:
        try:
            webhook_secret()
        except ValueError as error:
            problems.append(f"VOUCHSAFE_WITNESS_SECRET: {error}.")
    if settings.VOUCHSAFE_WITNESS_GIT and not (Path(settings.VOUCHSAFE_WITNESS_GIT) / ".git").exists():
        problems.append("VOUCHSAFE_WITNESS_GIT is not the folder of a git repository.")
    return [
        Error(problem, hint="docs/ledger.md says what witnesses need.", id="vouchsafe.rights.E011")
        for problem in problems
    ]


@register(Tags.security)
def stamp_roots_are_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``vouchsafe.rights.E012``: an authority stamps, but there is nothing to check its stamps with."""
    if not settings.VOUCHSAFE_STAMP_AUTHORITY:
        return []
    try:
        if trusted_roots():
            return []
    except (OSError, ValueError):
        pass
    return [
        Error(
            "VOUCHSAFE_STAMP_ROOTS holds no certificates, so no time stamp can be checked.",
            hint="Set it to a PEM file with the root certificates of the authority.",
            id="vouchsafe.rights.E012",
        )
    ]
