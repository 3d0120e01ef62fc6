"""Telling others of signed heads: once somebody else holds one, the ledger before it cannot be rewritten unseen.

Yesterday's last head of each shop goes to every witness that is configured; what fails is tried again every ten minutes
until it is told or a newer day's head has taken its place.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from project.core.outgoing import OutgoingError, fetch
from project.core.scope import shop_scope
from project.rights.ledger.heads import head_bytes, head_document
from project.rights.ledger.stamps import StampRefused, stamp_head
from project.rights.models import HeadWitness, TreeHead
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts
from project.shops.services import queue_mail

logger = logging.getLogger(__name__)

GIT_SECONDS = 30
SECRET_PREFIX = "whsec_"  # noqa: S105 (the public prefix of Standard Webhooks' secrets)
_GIT_LOCK = (0x6C6F67, 2)


class WitnessFailed(Exception):
    """A witness did not take a head; the argument is a code."""


@dataclass(frozen=True)
class Told:
    """What a witness is told."""

    shop: ShopFacts
    head: TreeHead
    document: dict[str, Any]

    @property
    def line(self) -> bytes:
        return head_bytes(self.document)


Witness = Callable[[Told], None]


def configured_witnesses() -> dict[str, Witness]:
    """The witnesses of this installation, by the code under which they are recorded."""
    found: dict[str, Witness] = {}
    if settings.VOUCHSAFE_WITNESS_MAIL:
        found["mail"] = _by_mail
    if settings.VOUCHSAFE_WITNESS_WEBHOOK:
        found["webhook"] = _by_webhook
    if settings.VOUCHSAFE_WITNESS_GIT:
        found["git"] = _by_git
    if settings.VOUCHSAFE_STAMP_AUTHORITY:
        found["stamp"] = _by_stamp
    return found


def tell_witnesses(*, shop_id: int, head: TreeHead | None = None, now: datetime | None = None) -> dict[str, str]:
    """Tell ``head`` (else yesterday's last one) to every witness that does not have it; code → error, "" when told."""
    outcome: dict[str, str] = {}
    with shop_scope(shop_id):
        wanted = head or day_head(now or timezone.now())
        if wanted is None:
            return outcome
        shop = shop_facts(shop_id)
        told = Told(shop, wanted, head_document(wanted, shop.public_id))
        for code, witness in configured_witnesses().items():
            row, _made = HeadWitness.objects.get_or_create(head=wanted, witness=code)
            outcome[code] = "" if row.told_at else _tell(row, witness, told)
    return outcome


def day_head(now: datetime) -> TreeHead | None:
    """The last head of the days before today, in UTC."""
    midnight = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    earlier = TreeHead.objects.filter(timestamp__lt=int(midnight.timestamp() * 1000))
    return earlier.order_by("-tree_size").first()


def _tell(row: HeadWitness, witness: Witness, told: Told) -> str:
    try:
        witness(told)
    except WitnessFailed as error:
        problem = str(error)
    except OutgoingError as error:
        problem = f"outgoing_{error.reason}"
    except (StampRefused, OSError, ValueError, subprocess.SubprocessError) as error:
        problem = type(error).__name__
    else:
        HeadWitness.objects.filter(pk=row.pk).update(told_at=timezone.now(), error="")
        return ""
    logger.warning("ledger.witness_failed", extra={"shop_id": told.shop.id, "witness": row.witness, "error": problem})
    HeadWitness.objects.filter(pk=row.pk).update(error=problem[:60])
    return problem


# --- the ways -------------------------------------------------------------------------------------


def _by_mail(told: Told) -> None:
    with translation.override(told.shop.locale), transaction.atomic():
        subject = _("Ledger of %(shop)s: %(size)d entries") % {"shop": told.shop.name, "size": told.head.tree_size}
        text = _(
            "This is the signed head of the permission ledger of %(shop)s. Keep this message: with it anybody can check"
            " later that nothing before it was changed."
        ) % {"shop": told.shop.name}
        for address in settings.VOUCHSAFE_WITNESS_MAIL:
            queue_mail(
                shop_id=told.shop.id,
                purpose="ledger_head",
                to=address,
                subject=subject,
                text=f"{text}\n\n{told.line.decode()}\n",
                language=told.shop.locale,
            )


def _by_webhook(told: Told) -> None:
    body = json.dumps({"type": "ledger.head", "data": told.document}, separators=(",", ":")).encode()
    answer = fetch(
        settings.VOUCHSAFE_WITNESS_WEBHOOK,
        method="POST",
        content=body,
        headers={
            "Content-Type": "application/json",
            # The same head has the same id however often it is sent.
            **webhook_headers(f"msg_{told.document['log']}_{told.head.tree_size}", int(time.time()), body),
        },
        accept=("*/*",),
    )
    if not 200 <= answer.status < 300:
        raise WitnessFailed(f"status_{answer.status}")


def webhook_headers(message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks, signed with ``VOUCHSAFE_WITNESS_SECRET``."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(webhook_secret(), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


def webhook_secret() -> bytes:
    """The secret's bytes. Raises :class:`ValueError` unless it is base64 of at least 24 bytes (``whsec_`` may lead)."""
    try:
        secret = base64.b64decode(settings.VOUCHSAFE_WITNESS_SECRET.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not base64") from error
    if len(secret) < 24:
        raise ValueError("the secret is shorter than 24 bytes")
    return secret


def _by_git(told: Told) -> None:
    """One file per shop, one line per head, one commit per line; a hook of the repository may push it on."""
    repository = Path(settings.VOUCHSAFE_WITNESS_GIT)
    file = repository / f"{told.document['log']}.jsonl"
    with transaction.atomic():
        # One writer at a time: two shops' heads go into one repository.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _GIT_LOCK)
        known = file.read_bytes().splitlines() if file.exists() else []
        if told.line not in known:
            with file.open("ab") as lines:
                lines.write(told.line + b"\n")
        _git(repository, "add", "--", file.name)
        staged = _git(repository, "diff", "--cached", "--quiet", "--", file.name, check=False)
        if staged:
            message = f"{told.document['log']}: {told.head.tree_size} entries"
            _git(repository, "commit", "--quiet", "--message", message, "--", file.name)


def _git(repository: Path, *arguments: str, check: bool = True) -> int:
    who = ("-c", "user.name=Vouchsafe", "-c", "user.email=vouchsafe@localhost")
    done = subprocess.run(
        ["git", "-C", str(repository), *who, *arguments], capture_output=True, timeout=GIT_SECONDS, check=False
    )
    if check and done.returncode:
        raise WitnessFailed(f"git_{arguments[0]}")
    return done.returncode


def _by_stamp(told: Told) -> None:
    stamp_head(told.head, told.line)
