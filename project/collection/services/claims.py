"""One run per source at a time: a claim with an end, taken and renewed by conditional updates.

A claim is a row, not a lock: it outlives a connection, shows who holds it, and one that a killed worker left
behind ends by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils import timezone

from project.collection.errors import ClaimLost
from project.collection.models import Collector
from project.core.hashing import payload_hash

if TYPE_CHECKING:
    from project.content.models import Source

# Longer than any single request or page takes; the claim is renewed with each of them.
CLAIM_TIME: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class Claim:
    """The right to write one source's cursor."""

    source_pk: int
    token: str
    cursor: str

    def hold(self, **values: Any) -> None:
        """Renew the claim and write ``values`` with it. Raises ClaimLost when another run has taken over."""
        won = Collector.objects.filter(source_id=self.source_pk, claim=self.token).update(
            claimed_until=timezone.now() + CLAIM_TIME, **values
        )
        if not won:
            raise ClaimLost

    def release(self, **values: Any) -> bool:
        """Give the claim up and write ``values``; False when it was lost before."""
        rows = Collector.objects.filter(source_id=self.source_pk, claim=self.token)
        return bool(rows.update(claim="", claimed_until=None, **values))


def claim_source(source: Source, *, now: datetime, only_if_due: bool) -> Claim | None:
    """The claim, or None when another run has it or (``only_if_due``) the time has not come.

    A source whose settings changed begins anew: the cursor belongs to the old timeline.
    """
    Collector.objects.get_or_create(source=source, defaults={"next_run_at": now})
    config_hash = payload_hash({"kind": source.kind, "config": _identity(source.config)})
    token = secrets.token_urlsafe(32)
    free = Collector.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), source=source)
    if only_if_due:
        free = free.filter(next_run_at__lte=now)
    if not free.update(claim=token, claimed_until=now + CLAIM_TIME, last_run_at=now):
        return None
    Collector.objects.filter(source=source, claim=token).exclude(config_hash=config_hash).update(
        config_hash=config_hash, cursor=""
    )
    cursor = Collector.objects.values_list("cursor", flat=True).get(source=source)
    return Claim(source_pk=source.pk, token=token, cursor=cursor)


def _identity(config: Any) -> dict[str, Any]:
    """The settings that say which timeline it is, without those that only say how it is read."""
    settings = config if isinstance(config, dict) else {}
    return {name: value for name, value in settings.items() if name not in ("token", "posting_token", "every_minutes")}
