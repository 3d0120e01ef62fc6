"""What a kind of source allows. The values stand beside each connector; they are registered here at start-up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How many messages one shop may send to a platform (to each server, where it has several): what its network takes
    for spam is more than a person would write."""

    per_hour: int
    per_day: int


@dataclass(frozen=True)
class SourcePolicy:
    """The terms of a kind of source.

    ``keep_days``: how long a copy may be kept without a refresh (None: no limit). ``attribution``: what the credit
    must carry, as a sentence for staff. ``basis_of_terms``: where the terms were read, with a date.

    How its authors may be asked for permission: ``ways`` (codes of ``rights.SendingWay``; links that can grant go by
    ``email`` and ``private_link`` only), ``pace`` (None: as fast as people work), ``message_limit`` in characters as
    the platform counts them, with every link counted as ``link_length`` (None: as it is written).
    """

    kind: str
    may_store: bool
    may_republish: bool
    needs_licence: bool
    in_assistant: bool
    in_json_ld: bool
    keep_days: int | None
    attribution: str
    basis_of_terms: str
    ways: tuple[str, ...] = ("email", "private_link")
    pace: Pace | None = None
    message_limit: int | None = None
    link_length: int | None = None


_policies: dict[str, SourcePolicy] = {}


def register_source_policy(policy: SourcePolicy) -> None:
    """Called by the collection room in ``AppConfig.ready``."""
    _policies[policy.kind] = policy


def policy_for(kind: str) -> SourcePolicy:
    """The registered policy; an unknown kind raises KeyError, for nothing may be stored without one."""
    return _policies[kind]


def known_policies() -> tuple[SourcePolicy, ...]:
    """All registered policies, by kind."""
    return tuple(_policies[kind] for kind in sorted(_policies))
