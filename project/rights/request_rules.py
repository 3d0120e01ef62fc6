"""What a request may become, by which move; when to remind, when silence is an answer, how fast to ask. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from project.content.source_policies import Pace
from project.rights.contracts import (
    ANSWERABLE_STATES,
    OPEN_REQUEST_STATES,
    Channel,
    RequestState,
    SendingWay,
)
from project.rights.rules import NEEDS_CLEARANCE

REMIND_AFTER: Final = timedelta(days=5)
SILENT_AFTER: Final = timedelta(days=14)
# A draft that no try could send in this time is given up; so is a comment that nobody pasted.
DRAFT_LIVES: Final = timedelta(days=7)
LANGUAGES: Final = ("en", "da", "nl", "de")

PRIVATE_WAYS: Final = frozenset({SendingWay.EMAIL, SendingWay.PRIVATE_LINK})
PUBLIC_WAYS: Final = frozenset({SendingWay.PUBLIC_REPLY, SendingWay.ASSISTED})
BY_HAND: Final = frozenset({SendingWay.PRIVATE_LINK, SendingWay.ASSISTED})
# What these write stands on the platform, and is what its pace is about.
ON_THE_PLATFORM: Final = frozenset(SendingWay) - {SendingWay.EMAIL}


class Move(StrEnum):
    SEND = "send"
    DOUBT = "doubt"
    RESUME = "resume"
    GRANT = "grant"
    DECLINE = "decline"
    FALL_SILENT = "fall_silent"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Transition:
    """From which states, to which."""

    before: frozenset[RequestState]
    after: RequestState


_ANSWERABLE: Final = frozenset(ANSWERABLE_STATES)
TRANSITIONS: Final[Mapping[Move, Transition]] = {
    Move.SEND: Transition(frozenset({RequestState.DRAFT}), RequestState.SENT),
    # An answer that the rules cannot read, also a late one.
    Move.DOUBT: Transition(frozenset({RequestState.SENT, RequestState.NO_REPLY}), RequestState.REPLIED_UNCLEAR),
    # A person read it, and it was no answer.
    Move.RESUME: Transition(frozenset({RequestState.REPLIED_UNCLEAR}), RequestState.SENT),
    Move.GRANT: Transition(_ANSWERABLE, RequestState.GRANTED),
    Move.DECLINE: Transition(_ANSWERABLE, RequestState.DECLINED),
    Move.FALL_SILENT: Transition(frozenset({RequestState.SENT}), RequestState.NO_REPLY),
    Move.CANCEL: Transition(_ANSWERABLE, RequestState.CANCELLED),
}


def after(state: RequestState, move: Move) -> RequestState | None:
    """The state that ``move`` leads to, None where it may not be made."""
    transition = TRANSITIONS[move]
    return transition.after if state in transition.before else None


def is_open(state: str) -> bool:
    return state in {one.value for one in OPEN_REQUEST_STATES}


# Each is a purpose of its own and wants a choice of its own, which one hashtag for everything is not.
_SEPARATE_CHOICE: Final = frozenset({Channel.PAID_ADS, Channel.AI_ASSISTANT})


def channels_of_a_reply(channels: Sequence[Channel], *, has_pictures: bool) -> tuple[Channel, ...]:
    """What a hashtag can grant: nothing that wants a choice of its own, and nothing that needs to know who is in a
    picture, for a hashtag does not say."""
    barred = _SEPARATE_CHOICE | (NEEDS_CLEARANCE if has_pictures else frozenset())
    return tuple(channel for channel in channels if channel not in barred)


def next_allowed(sent: Sequence[datetime], pace: Pace | None, *, now: datetime) -> datetime | None:
    """When the next message may go out; None: now. ``sent``: when the ones of the last day went."""
    if pace is None:
        return None
    waits = [
        free
        for most, span in ((pace.per_hour, timedelta(hours=1)), (pace.per_day, timedelta(days=1)))
        if (free := _free_at(sent, most, span, now)) is not None
    ]
    return max(waits, default=None)


def _free_at(sent: Sequence[datetime], most: int, span: timedelta, now: datetime) -> datetime | None:
    """When fewer than ``most`` lie within ``span``; None: they do."""
    within = sorted(moment for moment in sent if moment > now - span)
    if len(within) < most:
        return None
    return within[len(within) - most] + span
