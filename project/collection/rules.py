"""When a source is asked again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from project.collection.contracts import Outcome

DEFAULT_MINUTES: Final = 15
FEWEST_MINUTES: Final = 5
MOST_MINUTES: Final = 24 * 60
FIRST_PAUSE: Final = timedelta(minutes=2)
LONGEST_PAUSE: Final = timedelta(hours=1)
# What does not mend by itself is looked at again now and then; a change of the source asks at once.
PAUSE_UNTIL_MENDED: Final = timedelta(hours=6)

_PASSES: Final = frozenset({Outcome.SERVER_ERROR, Outcome.UNREACHABLE, Outcome.BAD_ANSWER, Outcome.CRASHED})


def minutes_between_runs(config: Mapping[str, Any]) -> int:
    """The source's own rhythm (``every_minutes``) within bounds; the default where it states none."""
    wanted = config.get("every_minutes")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        return DEFAULT_MINUTES
    return min(max(wanted, FEWEST_MINUTES), MOST_MINUTES)


def next_run_at(
    *, outcome: Outcome, config: Mapping[str, Any], failures: int, retry_at: datetime | None, now: datetime
) -> datetime:
    """``failures``: runs in a row that ended badly, this one included. ``retry_at``: what the source asked for."""
    if outcome == Outcome.OK:
        usual = now + timedelta(minutes=minutes_between_runs(config))
    elif outcome == Outcome.MORE:
        usual = now
    elif outcome == Outcome.RATE_LIMITED:
        usual = now + FIRST_PAUSE if retry_at is None else retry_at
    elif outcome in _PASSES:
        usual = now + min(FIRST_PAUSE * 2 ** min(max(failures, 1) - 1, 16), LONGEST_PAUSE)
    else:
        usual = now + PAUSE_UNTIL_MENDED
    return max(usual, retry_at) if retry_at is not None else usual
