"""Public identifiers: a prefix that names the kind, then 22 base62 characters (131 bits, unguessable)."""

import secrets
import string

ALPHABET = string.digits + string.ascii_letters
RANDOM_LENGTH = 22
PUBLIC_ID_MAX_LENGTH = 32


def new_public_id(prefix: str) -> str:
    """``new_public_id("rev")`` → ``"rev_5Vq…"``."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))}"


def new_token() -> str:
    """A secret for a link: 256 bits, URL-safe. Only its hash is stored."""
    return secrets.token_urlsafe(32)
