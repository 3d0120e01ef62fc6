"""What all HTTP sources share: reset times in every spelling, Link headers, outcomes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.collection.contracts import Outcome
from project.collection.errors import SourceFailed
from project.collection.sources.answers import allowance_of, check_status, link_parameter, parse_json, parse_moment
from project.core.outgoing import Fetched

NOW = datetime(2026, 8, 1, 13, 55, tzinfo=UTC)


def answer(status: int, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(url="https://x.example.com/", status=status, headers=named, content_type="", body=b"", address="")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-01T14:00:00.916474Z", datetime(2026, 8, 1, 14, 0, 0, 916474, tzinfo=UTC)),
        ("2026-08-01T14:00:00", datetime(2026, 8, 1, 14, tzinfo=UTC)),
        ("1785592800", datetime(2026, 8, 1, 14, tzinfo=UTC)),
        ("300", NOW + timedelta(seconds=300)),
        ("Sat, 01 Aug 2026 14:00:00 GMT", datetime(2026, 8, 1, 14, tzinfo=UTC)),
        ("2020-01-01T00:00:00Z", NOW),
        ("2030-01-01T00:00:00Z", NOW + timedelta(days=1)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("1e300", None),
    ],
)
def test_a_reset_time_is_read_in_every_spelling_and_kept_within_a_day(text: str, moment: datetime | None) -> None:
    assert parse_moment(text, now=NOW) == moment


@given(st.text(max_size=40))
def test_no_reset_header_breaks_the_collector(text: str) -> None:
    moment = parse_moment(text, now=NOW)
    assert moment is None or NOW <= moment <= NOW + timedelta(days=1)


def test_the_later_of_reset_and_retry_after_counts() -> None:
    headers = {"x-ratelimit-remaining": "3", "x-ratelimit-reset": "2026-08-01T14:00:00Z", "retry-after": "60"}
    allowance = allowance_of(headers, now=NOW)
    assert allowance.remaining == 3
    assert allowance.resets_at == datetime(2026, 8, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Outcome.NEEDS_TOKEN),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (302, Outcome.BAD_ANSWER),
        (418, Outcome.BAD_ANSWER),
    ],
)
def test_every_status_has_an_outcome(status: int, outcome: Outcome) -> None:
    with pytest.raises(SourceFailed) as failure:
        check_status(answer(status), now=NOW)
    assert failure.value.outcome == outcome
    assert (failure.value.retry_at is not None) == (outcome == Outcome.RATE_LIMITED)


def test_a_busy_server_may_name_its_time_and_a_closed_door_may_not() -> None:
    for status, expected in ((503, NOW + timedelta(seconds=90)), (403, None)):
        with pytest.raises(SourceFailed) as failure:
            check_status(answer(status, retry_after="90"), now=NOW)
        assert failure.value.retry_at == expected


LINKS = (
    '<https://m.example/api/v1/timelines/tag/hoot?max_id=11>; rel="next", '
    '<https://m.example/api/v1/timelines/tag/hoot?limit=2&min_id=17>; rel="prev"'
)


@pytest.mark.parametrize(
    ("header", "rel", "name", "value"),
    [
        (LINKS, "next", "max_id", "11"),
        (LINKS, "prev", "min_id", "17"),
        (LINKS, "prev", "max_id", ""),
        (LINKS, "last", "min_id", ""),
        ("<https://m.example/?min_id=5>; rel=prev", "prev", "min_id", "5"),
        ('<https://m.example/?min_id=5>; title="a, b"; rel="first prev"', "prev", "min_id", "5"),
        ("<https://[broken/?min_id=5>; rel=prev", "prev", "min_id", ""),
        ("garbage", "prev", "min_id", ""),
        ("", "prev", "min_id", ""),
    ],
)
def test_one_parameter_of_one_link_is_read(header: str, rel: str, name: str, value: str) -> None:
    assert link_parameter(header, rel=rel, name=name) == value


@given(st.text(max_size=200))
def test_no_link_header_breaks_the_collector(header: str) -> None:
    assert isinstance(link_parameter(header, rel="prev", name="min_id"), str)


@pytest.mark.parametrize(
    "body", [b"", b"[", b'[{"id": "1', b"<html>", b"\xff\xfe", b"[NaN]", b"[Infinity]", b"[" * 200_000]
)
def test_broken_json_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(SourceFailed) as failure:
        parse_json(body)
    assert failure.value.outcome == Outcome.BAD_ANSWER
