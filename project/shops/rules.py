"""Who may do what in a shop, and what an origin, a slug and a market look like. Pure."""

import re
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit


class Role(StrEnum):
    OWNER = "owner"
    MODERATOR = "moderator"
    RIGHTS_MANAGER = "rights_manager"
    VIEWER = "viewer"


class Action(StrEnum):
    READ = "read"
    MODERATE = "moderate"
    ASK_PERMISSION = "ask_permission"
    RECORD_LICENCE = "record_licence"
    WITHDRAW_LICENCE = "withdraw_licence"
    OPEN_HOLD = "open_hold"
    LIFT_HOLD = "lift_hold"
    DECIDE_NOTICE = "decide_notice"
    MANAGE_WIDGETS = "manage_widgets"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_SHOP = "manage_shop"
    HANDLE_PRIVACY = "handle_privacy"


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    # Whoever looks at content may hide it until it is cleared; letting it show again is a matter of rights.
    Role.MODERATOR: frozenset({Action.READ, Action.MODERATE, Action.OPEN_HOLD}),
    Role.RIGHTS_MANAGER: frozenset(
        {
            Action.READ,
            Action.ASK_PERMISSION,
            Action.RECORD_LICENCE,
            Action.WITHDRAW_LICENCE,
            Action.OPEN_HOLD,
            Action.LIFT_HOLD,
            Action.DECIDE_NOTICE,
            Action.HANDLE_PRIVACY,
        }
    ),
    Role.VIEWER: frozenset({Action.READ}),
}


def may(role: Role | str | None, action: Action) -> bool:
    """Whether a member with this role may take this action; strangers (None) may nothing."""
    return role is not None and action in _ALLOWED[Role(role)]


class KeyScope(StrEnum):
    """What an API key may be used for. Publishable keys carry ``PUBLISHABLE_SCOPES`` alone."""

    PUBLISHED_READ = "published:read"
    CONTENT_READ = "content:read"
    CONTENT_WRITE = "content:write"
    MODERATION_WRITE = "moderation:write"
    RIGHTS_READ = "rights:read"
    RIGHTS_WRITE = "rights:write"
    WIDGETS_READ = "widgets:read"
    WIDGETS_WRITE = "widgets:write"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    ORDERS_WRITE = "orders:write"
    SOURCES_READ = "sources:read"
    SOURCES_WRITE = "sources:write"


class MailState(StrEnum):
    """``kept``: no mail server is configured, the message stands on the studio's Mail page instead."""

    QUEUED = "queued"
    SENT = "sent"
    KEPT = "kept"
    FAILED = "failed"


_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_TROUBLE = timedelta(days=1)


def mail_pause(attempts: int) -> timedelta | None:
    """How long to wait after this many tries: 10 s, 20 s, 40 s … ; None when they have spread over a day."""
    pause = _FIRST_PAUSE * 2 ** (attempts - 1)
    since_the_first = _FIRST_PAUSE * (2**attempts - 1)
    return pause if since_the_first <= _LONGEST_TROUBLE else None


PUBLISHABLE_SCOPES = frozenset({KeyScope.PUBLISHED_READ})
WORLDWIDE = "*"
SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$")
MARKET = re.compile(r"^(?:\*|[A-Z]{2})$")
_HOST = re.compile(r"^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$|^\[[0-9a-f:.]+\]$")


def normalise_origin(text: str) -> str | None:
    """``"https://Shop.example/"`` → ``"https://shop.example"``; None when it is not an origin.

    Scheme, host and port are compared exactly; one label may be a wildcard (``https://*.shop.example``).
    """
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        return None
    if parts.query or parts.fragment or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if not _HOST.match(host) or (host.startswith("*.") and host.count(".") < 2):
        return None
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != standard else "")


def origin_matches(pattern: str, origin: str) -> bool:
    """Whether a browser's Origin header fits an allowed origin; the wildcard stands for exactly one label."""
    if "//*." not in pattern:
        return pattern == origin
    scheme, _, rest = pattern.partition("//*.")
    prefix, separator, tail = origin.partition("//")
    label, dot, parent = tail.partition(".")
    return bool(separator and dot and label) and prefix == scheme and parent == rest
