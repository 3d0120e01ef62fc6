"""How mail leaves: kept and shown, by SMTP, or through a provider that django-anymail speaks to."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field

import anymail.backends
from django.core.exceptions import ImproperlyConfigured

KEPT = "django.core.mail.backends.filebased.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
_PREFIX = "ANYMAIL_"
# Of django-anymail's own modules, those that send nothing anywhere or are only the others' ground.
_NOT_PROVIDERS = frozenset({"base", "base_requests", "console", "test"})


@dataclass(frozen=True)
class MailSettings:
    """``anymail``: what Django's setting ANYMAIL is to hold."""

    backend: str
    is_kept: bool
    anymail: Mapping[str, str] = field(default_factory=dict)


def mail_settings(provider: str, environment: Mapping[str, str]) -> MailSettings:
    """What VOUCHSAFE_MAIL_PROVIDER asks for: nothing, ``smtp``, a provider's name (``postmark``), or the path of its
    backend. Raises :class:`ImproperlyConfigured` for one that does not exist or that was given nothing to sign in with.
    """
    if not provider:
        return MailSettings(KEPT, is_kept=True)
    if provider == "smtp":
        return MailSettings(SMTP, is_kept=False)
    name = provider.removeprefix("anymail.backends.").removesuffix(".EmailBackend")
    if name not in providers():
        raise ImproperlyConfigured(
            f"VOUCHSAFE_MAIL_PROVIDER={provider!r} is unknown. Set it to smtp, or to one of: {', '.join(providers())}."
        )
    given = {
        key.removeprefix(_PREFIX): value for key, value in environment.items() if key.startswith(_PREFIX) and value
    }
    if not given and name != "amazon_ses":  # which signs in by its own environment
        raise ImproperlyConfigured(
            f"VOUCHSAFE_MAIL_PROVIDER={provider!r} needs the provider's settings, such as {_PREFIX}{name.upper()}_… "
            "docs/going-live.md says where they are listed."
        )
    return MailSettings(f"anymail.backends.{name}.EmailBackend", is_kept=False, anymail=given)


def providers() -> tuple[str, ...]:
    """The providers that the installed django-anymail knows."""
    names = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)}
    return tuple(sorted(names - _NOT_PROVIDERS))
