"""In which ways an author can be asked now: what the source's terms allow, a sender can do and the pace leaves."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.source_policies import SourcePolicy
from project.rights.contracts import SendingWay, WayOffer
from project.rights.models import RightsRequest
from project.rights.request_rules import BY_HAND, ON_THE_PLATFORM, next_allowed
from project.rights.senders import sender_for
from project.rights.services.messages import moment_of, policy_of

if TYPE_CHECKING:
    from project.content.models import ContentItem, Source

_DAY = timedelta(days=1)


def ways_for(item: "ContentItem") -> tuple[WayOffer, ...]:
    """Every way, with why not where it cannot be used; in the shop's scope."""
    now = timezone.now()
    return tuple(offer_of(item, way, now=now) for way in SendingWay)


def offer_of(item: "ContentItem", way: SendingWay, *, now: datetime) -> WayOffer:
    policy = policy_of(item)
    sender = sender_for(way, item.source.kind)
    if policy is None or not item.source.may_republish or way not in policy.ways or sender is None:
        return WayOffer(way=way, allowed=False, why_not=_("The terms of this source do not allow asking this way."))
    offer = sender.offer(item)
    if not offer.allowed:
        return offer
    free_at = free_on_platform(item.source, policy, way, now=now)
    if free_at is not None:
        return WayOffer(
            way=way,
            allowed=False,
            why_not=_("So many messages at once look like spam to this network. The next one can go out then: %(when)s")
            % {"when": moment_of(free_at)},
            needs_recipient=offer.needs_recipient,
            by_hand=way in BY_HAND,
            next_at=free_at,
        )
    return offer


def free_on_platform(source: "Source", policy: SourcePolicy, way: SendingWay, *, now: datetime) -> datetime | None:
    """When the platform's pace allows the next message; None: now. A letter does not touch the platform.

    Its moderators see one shop, however many hashtags it follows there: all its sources of one kind on one server
    share the pace, and with it the account that posts, which lives on that server.
    """
    if policy.pace is None or way not in ON_THE_PLATFORM:
        return None
    alike = [one.value for one in ON_THE_PLATFORM]
    there = [one.pk for one in content.sources().filter(kind=source.kind) if server_of(one) == server_of(source)]
    rows = RightsRequest.objects.filter(item__source_id__in=there, way__in=alike)
    recent = rows.filter(Q(sent_at__gt=now - _DAY) | Q(created_at__gt=now - _DAY) | Q(reminded_at__gt=now - _DAY))
    moments: list[datetime] = []
    for sent_at, created_at, reminded_at in recent.values_list("sent_at", "created_at", "reminded_at"):
        moments.append(sent_at or created_at)
        if reminded_at is not None:
            moments.append(reminded_at)
    return next_allowed(moments, policy.pace, now=now)


def server_of(source: "Source") -> str:
    """The host that a source is read from; "" where a platform has one place only."""
    server = str((source.config or {}).get("server", "")).strip()
    try:
        return urlsplit(server).hostname or server.lower()
    except ValueError:
        return server.lower()
