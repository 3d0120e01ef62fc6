"""Private addresses of notices and statements.

Their tokens are keyed hashes of public ids, so that every letter can carry the link and nothing secret is stored.
"""

import hmac

from django.conf import settings
from django.urls import reverse

from project.core.hashing import keyed_hash

TOKEN_LENGTH = 43


def notice_token(notice_id: str) -> str:
    return keyed_hash(purpose="notice", value=notice_id)[:TOKEN_LENGTH]


def statement_token(statement_id: str) -> str:
    """``sor_….<hash>``: the id finds the shop, the hash lets in."""
    return f"{statement_id}.{keyed_hash(purpose='statement', value=statement_id)[:TOKEN_LENGTH]}"


def statement_of_token(token: str) -> str | None:
    """The statement's public id, if the token is its own."""
    statement_id = token.partition(".")[0]
    return statement_id if hmac.compare_digest(token.encode(), statement_token(statement_id).encode()) else None


def form_url(item_id: str) -> str:
    """Where an item is reported; absolute."""
    return f"{settings.PUBLIC_URL}{reverse('notices:form', args=[item_id])}"


def notice_url(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('notices:status', args=[token])}"


def statement_url(statement_id: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('statement', args=[statement_token(statement_id)])}"
