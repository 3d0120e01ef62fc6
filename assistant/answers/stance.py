"""Which way a review leans, by its stars alone."""

from __future__ import annotations

from assistant.answers.contracts import Stance


def stance_of(rating: int | None) -> Stance:
    """Return the stance of a review with `rating` stars of five, None for a review without stars."""
    if rating is None or rating == 3:
        return Stance.MIXED
    return Stance.POSITIVE if rating > 3 else Stance.NEGATIVE
