"""May this be shown? The rule of law 1, pure. :mod:`project.rights.gate` writes the same table in SQL, and a
property test compares the two row by row on generated states. Star-blind: no rating comes in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from project.content.rules import State, is_credited
from project.rights.contracts import Audience, Channel, PeopleDepicted, ThirdPartyWorks

WORLDWIDE = "*"
# Channels that a licence holds only where it is known who is in the picture and whose works are in it.
NEEDS_CLEARANCE = frozenset({Channel.PAID_ADS, Channel.PRODUCT_PAGE})


@dataclass(frozen=True)
class LicenceFacts:
    """One licence's hold on one item. ``ended`` covers both the licence and this item's row of it.

    ``version``: the wording that it was granted for (None: an import's row, which covers what the item says);
    ``pictures``: the SHA-256 of those that the author saw when they granted it (None: all of the version's).
    """

    channels: tuple[str, ...]
    markets: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    ended: bool
    active: bool = True
    version: int | None = None
    pictures: frozenset[str] | None = None


@dataclass(frozen=True)
class ItemFacts:
    """All that decides about one item."""

    state: str
    credit_kind: str
    credit_name: str
    valid_until: datetime | None
    open_holds: int
    source_may_republish: bool
    source_in_assistant: bool
    licences: tuple[LicenceFacts, ...]
    version: int = 1


class Refusal(StrEnum):
    """Why an item does not pass, first reason first."""

    NOT_APPROVED = "not_approved"
    ON_HOLD = "on_hold"
    NOT_CREDITED = "not_credited"
    NO_LONGER_VALID = "no_longer_valid"
    SOURCE_FORBIDS = "source_forbids"
    EDITED = "edited"
    NOT_LICENSED = "not_licensed"


@dataclass(frozen=True)
class Verdict:
    """``refusal`` None: it may be shown, until ``shown_until`` (None: no end is known)."""

    refusal: Refusal | None
    shown_until: datetime | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def may_show(item: ItemFacts, audience: Audience) -> Verdict:
    """Approved, credited, not held, still valid, permitted by its source, and licensed for every channel asked for."""
    if item.state != State.APPROVED:
        return Verdict(Refusal.NOT_APPROVED)
    if item.open_holds:
        return Verdict(Refusal.ON_HOLD)
    if not is_credited(item.credit_kind, item.credit_name):
        return Verdict(Refusal.NOT_CREDITED)
    if item.valid_until is not None and item.valid_until <= audience.at:
        return Verdict(Refusal.NO_LONGER_VALID)
    if not all(source_permits(item, channel) for channel in audience.channels):
        return Verdict(Refusal.SOURCE_FORBIDS)
    ends: list[datetime | None] = [item.valid_until]
    for channel in audience.channels:
        licensed = [licence for licence in item.licences if covers(licence, channel, audience)]
        covering = [licence for licence in licensed if covers_version(licence, item.version)]
        if not covering:
            return Verdict(Refusal.EDITED if licensed else Refusal.NOT_LICENSED)
        ends.append(latest_end(covering))
    return Verdict(None, min((end for end in ends if end is not None), default=None))


def may_show_picture(item: ItemFacts, audience: Audience, sha256: str) -> bool:
    """Whether a picture of an item may be shown with it: for every channel some licence covers both. That staff has
    approved it is the content room's condition."""
    return may_show(item, audience).allowed and all(
        any(
            covers(licence, channel, audience)
            and covers_version(licence, item.version)
            and covers_picture(licence, sha256)
            for licence in item.licences
        )
        for channel in audience.channels
    )


def may_show_somewhere(item: ItemFacts, at: datetime) -> bool:
    """Whether there is any audience at all for which :func:`may_show` allows the item at this time.

    Some channel that the source permits and a running licence covers in at least one market.
    """
    if item.state != State.APPROVED or item.open_holds or not is_credited(item.credit_kind, item.credit_name):
        return False
    if item.valid_until is not None and item.valid_until <= at:
        return False
    return any(
        source_permits(item, channel)
        and channel in licence.channels
        and bool(licence.markets)
        and runs(licence, at)
        and covers_version(licence, item.version)
        for licence in item.licences
        for channel in Channel
    )


def source_permits(item: ItemFacts, channel: Channel) -> bool:
    """The source's terms: the assistant has a flag of its own, every other channel is republication."""
    if channel is Channel.AI_ASSISTANT:
        return item.source_in_assistant
    return item.source_may_republish


def covers(licence: LicenceFacts, channel: Channel, audience: Audience) -> bool:
    """Whether one licence covers one channel for all markets of the audience at its time, in whatever wording."""
    return (
        runs(licence, audience.at) and channel in licence.channels and covers_markets(licence.markets, audience.markets)
    )


def covers_version(licence: LicenceFacts, version: int) -> bool:
    """Whether a licence was granted for this wording: an edit, pictures included, makes another one."""
    return licence.version is None or licence.version == version


def covers_picture(licence: LicenceFacts, sha256: str) -> bool:
    """Whether the author saw this very picture; what came in after their answer they have not permitted."""
    return licence.pictures is None or sha256 in licence.pictures


def runs(licence: LicenceFacts, at: datetime) -> bool:
    """Whether a licence is in force at this time: granted, not ended, begun, not over."""
    return (
        licence.active
        and not licence.ended
        and licence.starts_at <= at
        and (licence.ends_at is None or licence.ends_at > at)
    )


def covers_markets(licensed: Sequence[str], wanted: Sequence[str]) -> bool:
    """A placement shows an item only where the licence covers all of its markets; none stated means nowhere."""
    return bool(wanted) and (WORLDWIDE in licensed or set(wanted) <= set(licensed))


def is_cleared(
    people: PeopleDepicted, works: ThirdPartyWorks, *, minor_depicted: bool, guardian_consented: bool
) -> bool:
    """Whether it is known who is in the picture and whose works are in it: what paid advertising and product pages
    need. A child counts as known only with its guardian's consent."""
    if people == PeopleDepicted.UNKNOWN or works == ThirdPartyWorks.UNKNOWN:
        return False
    return guardian_consented or not minor_depicted


def latest_end(licences: Sequence[LicenceFacts]) -> datetime | None:
    """When the last of several licences ends; an open-ended one has no end."""
    ends = [licence.ends_at for licence in licences]
    return None if None in ends else max(end for end in ends if end is not None)
