"""Hashes of secrets and of payloads. A salted hash is all that a ledger or an audit row holds of a person."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings


def token_hash(token: str) -> str:
    """What is stored of a link's token or an API key: tokens are random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def personal_hash(*, purpose: str, salt: bytes, value: str) -> str:
    """HMAC-SHA256 of a personal value under a salt that is kept beside the person's row and erased with it."""
    return hmac.new(salt, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def keyed_hash(*, purpose: str, value: str) -> str:
    """HMAC-SHA256 under the installation's SECRET_KEY, for look-ups of e-mail addresses and the like."""
    key = hashlib.sha256(f"{purpose}\0{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def payload_hash(payload: Any) -> str:
    """SHA-256 of a payload's canonical JSON (sorted keys, no spaces): the raw record's fingerprint."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
