"""For whom the assistant publishes: its channel, in its markets, now."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from project.rights.contracts import Audience, Channel
from project.shops.selectors import shop_facts


def audience_of(shop_id: int, *, markets: tuple[str, ...] = (), at: datetime | None = None) -> Audience:
    """Return the audience of a shop's assistant; without `markets` those of the shop."""
    return Audience(
        shop_id=shop_id,
        channel=Channel.AI_ASSISTANT,
        markets=markets or shop_facts(shop_id).markets,
        at=at or timezone.now(),
    )
