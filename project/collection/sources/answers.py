"""What HTTP answers of sources have in common: outcomes by status, rate headers, JSON, Link headers. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from project.collection.contracts import Allowance, Outcome
from project.collection.errors import SourceFailed
from project.core.outgoing import Fetched, OutgoingError, OutgoingRefused

# A source that names no time is asked again after this long; one that names a far day, after a day.
DEFAULT_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(days=1)

_BY_STATUS: Final = {
    401: Outcome.NEEDS_TOKEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
}
_LINK: Final = re.compile(r'<([^<>]*)>\s*((?:;\s*[a-zA-Z*-]+\s*=\s*(?:"[^"]*"|[^",;\s]+)\s*)+)')
_REL: Final = re.compile(r'(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))', re.IGNORECASE)


def allowance_of(headers: Mapping[str, str], *, now: datetime) -> Allowance:
    """``X-RateLimit-Remaining`` and ``-Reset``, and ``Retry-After``; names in lower case."""
    remaining = headers.get("x-ratelimit-remaining", "")
    resets_at = parse_moment(headers.get("x-ratelimit-reset", ""), now=now)
    retry_at = parse_moment(headers.get("retry-after", ""), now=now)
    return Allowance(
        remaining=int(remaining) if remaining.isascii() and remaining.isdigit() else None,
        resets_at=max(filter(None, (resets_at, retry_at)), default=None),
    )


def parse_moment(text: str, *, now: datetime) -> datetime | None:
    """A reset time however servers write it: ISO 8601, seconds since 1970, seconds from now, HTTP date.

    Never before ``now`` and at most ``LONGEST_WAIT`` after it. None where there is none.
    """
    moment = _moment(text.strip(), now)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_WAIT)


def _moment(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if not 0 <= seconds < 1e11:
            return None
        # Nobody asks for a wait of thirty years: a number that large is a date.
        return datetime.fromtimestamp(seconds, UTC) if seconds > 1e9 else now + timedelta(seconds=min(seconds, 1e8))
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text)
        except (ValueError, TypeError, IndexError):
            continue
    return None


def check_status(fetched: Fetched, *, now: datetime) -> None:
    """Raises SourceFailed unless the answer is a success."""
    if 200 <= fetched.status < 300:
        return
    outcome = _BY_STATUS.get(fetched.status)
    if outcome is None:
        outcome = Outcome.SERVER_ERROR if fetched.status >= 500 else Outcome.BAD_ANSWER
    retry_at = None
    if outcome == Outcome.RATE_LIMITED:
        retry_at = allowance_of(fetched.headers, now=now).resets_at or now + DEFAULT_WAIT
    elif outcome == Outcome.SERVER_ERROR:
        # Not the rate limit's reset: an answer with an error carries that header like any other.
        retry_at = parse_moment(fetched.headers.get("retry-after", ""), now=now)
    raise SourceFailed(outcome, retry_at=retry_at)


def failed(error: OutgoingError) -> SourceFailed:
    """The outcome of an answer that did not arrive."""
    return SourceFailed(Outcome.REFUSED if isinstance(error, OutgoingRefused) else Outcome.UNREACHABLE)


def parse_json(body: bytes) -> Any:
    """The JSON value. Raises SourceFailed for truncated or otherwise broken text."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(Outcome.BAD_ANSWER) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def link_parameter(header: str, *, rel: str, name: str) -> str:
    """One query parameter of one link of a ``Link`` header (RFC 8288), "" if it is not there.

    Only the parameter is used, never the link: where the next page is, is not the server's to choose.
    """
    for url, parameters in _LINK.findall(header):
        match = _REL.search(parameters)
        if match is None or rel not in (match[1] or match[2] or "").lower().split():
            continue
        try:
            values = parse_qs(urlsplit(url).query).get(name, [""])
        except ValueError:
            continue
        return str(values[0])
    return ""
