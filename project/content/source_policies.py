"""What a kind of source allows. The values stand beside each connector; they are registered here at start-up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourcePolicy:
    """The terms of a kind of source.

    ``keep_days``: how long a copy may be kept without a refresh (None: no limit). ``attribution``: what the credit
    must carry, as a sentence for staff. ``basis_of_terms``: where the terms were read, with a date.
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
