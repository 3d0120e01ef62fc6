"""When a source is asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.collection.contracts import Outcome
from project.collection.rules import FEWEST_MINUTES, MOST_MINUTES, minutes_between_runs, next_run_at

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def pause(outcome: Outcome, *, failures: int = 1, retry_at: datetime | None = None, **config: Any) -> timedelta:
    return next_run_at(outcome=outcome, config=config, failures=failures, retry_at=retry_at, now=NOW) - NOW


@pytest.mark.parametrize(
    ("config", "minutes"),
    [
        ({}, 15),
        ({"every_minutes": 60}, 60),
        ({"every_minutes": 0}, FEWEST_MINUTES),
        ({"every_minutes": 10**9}, MOST_MINUTES),
        ({"every_minutes": True}, 15),
        ({"every_minutes": "soon"}, 15),
    ],
)
def test_a_sources_rhythm_is_kept_within_bounds(config: dict[str, Any], minutes: int) -> None:
    assert minutes_between_runs(config) == minutes
    assert pause(Outcome.OK, **config) == timedelta(minutes=minutes)


def test_a_run_with_more_to_read_goes_on_at_once() -> None:
    assert pause(Outcome.MORE) == timedelta(0)


def test_trouble_that_passes_is_asked_again_at_growing_pauses_up_to_an_hour() -> None:
    pauses = [pause(Outcome.SERVER_ERROR, failures=count) for count in range(1, 9)]
    assert pauses[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert pauses[-1] == timedelta(hours=1)


def test_what_does_not_mend_by_itself_waits_for_hours() -> None:
    for outcome in (Outcome.NEEDS_TOKEN, Outcome.NOT_FOUND, Outcome.MISCONFIGURED, Outcome.REFUSED):
        assert pause(outcome) == timedelta(hours=6)


@given(st.sampled_from(Outcome), st.integers(0, 10_000), st.integers(0, 86_400))
def test_a_source_is_never_asked_before_the_time_it_named(outcome: Outcome, failures: int, seconds: int) -> None:
    asked = NOW + timedelta(seconds=seconds)
    assert pause(outcome, failures=failures, retry_at=asked) >= timedelta(seconds=seconds)
    assert pause(outcome, failures=failures) >= timedelta(0)
