"""Why a collector stopped, and why a payload was left out."""

from datetime import datetime

from .contracts import Outcome


class SourceFailed(Exception):
    """The source gave no usable answer. ``retry_at``: when it said that asking again makes sense."""

    def __init__(self, outcome: Outcome, *, retry_at: datetime | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.retry_at = retry_at


class Unusable(Exception):
    """A payload that is not a post in the source's contract. ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ClaimLost(Exception):
    """Another run took over because this one was silent for too long; its work stands, ours is rolled back."""
