"""Connection ids: random, and signed so that any process can tell one that was really given out."""

import secrets

from django.core.signing import BadSignature, Signer


def _signer() -> Signer:
    return Signer(salt="vouchsafe.live.connection")


def new_connection_id(group: str) -> str:
    """An id for a connection to this widget."""
    nonce = secrets.token_urlsafe(12)
    signature = _signer().signature(f"{group}.{nonce}")
    return f"{nonce}.{signature}"


def is_connection_id(value: str, group: str) -> bool:
    """Whether some process of this installation gave out this id for this widget."""
    nonce, _, signature = value.partition(".")
    if not nonce or len(value) > 200:
        return False
    try:
        _signer().unsign(f"{group}.{nonce}:{signature}")
    except BadSignature:
        return False
    return True
