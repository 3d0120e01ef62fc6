"""What permission allows, in a few lines that know nothing of our code: the machine's yardstick."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from project.content.contracts import ItemInput
from project.content.rules import State
from project.rights.contracts import Channel, HoldReason


@dataclass
class Right:
    """A licence's hold on one item."""

    licence: str
    channels: frozenset[Channel]
    ends_at: datetime | None
    words: str
    ended: bool = False

    def covers(self, words: str, channel: Channel, at: datetime) -> bool:
        in_time = self.ends_at is None or self.ends_at > at
        return words == self.words and not self.ended and channel in self.channels and in_time


@dataclass
class Filed:
    """A notice that waits for the desk; ``behind_hold``: the item is hidden because of it, among others."""

    id: str
    behind_hold: bool


@dataclass
class Asked:
    """The newest request for an item. ``public``: a reply with the hashtag answers it, too."""

    id: str
    token: str
    channels: tuple[Channel, ...]
    days: int | None
    at: datetime
    public: bool = False
    renews: Right | None = None
    state: str = "sent"
    granted: Right | None = None

    @property
    def waits(self) -> bool:
        """A late answer still counts."""
        return self.state in {"sent", "no_reply"}


@dataclass
class Item:
    id: str
    words: str
    author: int
    of_the_network: bool
    sent: ItemInput
    state: State = State.PENDING
    rights: list[Right] = field(default_factory=list)
    holds: dict[HoldReason, str] = field(default_factory=dict)
    notices: list[Filed] = field(default_factory=list)
    asked: Asked | None = None

    def shows(self, channel: Channel, at: datetime) -> bool:
        covered = any(right.covers(self.words, channel, at) for right in self.rights)
        return self.state is State.APPROVED and not self.holds and covered

    @property
    def live(self) -> list[Right]:
        return [right for right in self.rights if not right.ended]

    def end_all(self) -> None:
        for right in self.rights:
            right.ended = True

    def lift(self, hold: str) -> None:
        """Forget a hold; the notices behind it stay."""
        self.holds = {reason: one for reason, one in self.holds.items() if one != hold}
        for notice in self.notices:
            notice.behind_hold = notice.behind_hold and HoldReason.DISPUTE in self.holds

    def grants(self, licence: str, channels: frozenset[Channel], at: datetime, ends_at: datetime | None) -> None:
        """The author said yes; a renewal takes the old licence's place."""
        assert self.asked is not None
        right = Right(licence, channels, ends_at, self.words)
        self.rights.append(right)
        self.asked.state, self.asked.granted = "granted", right
        if self.asked.renews is not None:
            self.asked.renews.ended = True
