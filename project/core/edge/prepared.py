"""Bytes made once per change and served until the next one: the warm path of every public answer.

A :class:`Prepared` holds one payload in two encodings with its headers, labelled with the publication
number it was built from. :class:`PreparedStore` keeps them per group (a widget), builds each missing one
once however many ask, and stays within a number of keys per group and a number of bytes altogether.
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from project.core.edge.asgi import Header
from project.core.edge.lease import LEASE_SECONDS, lease_seconds
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse, header_lines
from project.core.edge.singleflight import SingleFlight

KEYS_PER_GROUP = 200
STORE_MAX_BYTES = 64 * 1024 * 1024
GZIP_LEVEL = 6
# A build begun after the number was seen cannot be older than it, except behind a lagging replica: then
# what there is gets served, under its own lower number.
BUILDS_PER_CALL = 3

LEASE_HEADERS: tuple[Header, ...] = tuple(
    (b"vouchsafe-lease", str(seconds).encode()) for seconds in range(LEASE_SECONDS + 1)
)

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Representation:
    """One encoding of a body with the headers of its 200 and of its 304, each also as lines for the wire."""

    body: bytes
    etag: bytes
    headers: tuple[Header, ...]
    not_modified_headers: tuple[Header, ...]
    lines: bytes
    not_modified_lines: bytes


@dataclass(frozen=True, slots=True)
class Prepared(Generic[P]):
    """A payload ready to be served.

    ``number``: the publication number of the snapshot it was built from. ``ends_at``: monotonic time at
    which a licence behind it begins or ends, None when none does; from then on it is built anew.
    ``settled``: False while a licence has begun or ended since the number was given out, so that the number
    alone does not tell the payload.
    """

    number: int
    payload: P
    identity: Representation
    gzip: Representation
    ends_at: float | None = None
    settled: bool = True

    @property
    def size(self) -> int:
        return len(self.identity.body) + len(self.gzip.body)

    def has_ended(self) -> bool:
        return self.ends_at is not None and time.monotonic() >= self.ends_at

    def lease(self, view_age: float) -> int:
        """Whole seconds for which a page may show this."""
        until_end = None if self.ends_at is None else self.ends_at - time.monotonic()
        return lease_seconds(view_age, until_end)


def prepare(
    *,
    number: int,
    payload: P,
    body: bytes,
    headers: Iterable[Header],
    ends_at: float | None = None,
    settled: bool = True,
) -> Prepared[P]:
    """Encode a body and fix its headers. ``headers`` go with 200 and 304 alike, except ``content-type``."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    common = tuple(headers)
    # mtime=0: the same body gives the same bytes in every process, as a strong ETag demands.
    packed = gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)
    return Prepared(
        number=number,
        payload=payload,
        identity=_represent(body, b'"' + tag + b'"', common),
        gzip=_represent(packed, b'"' + tag + b'-gz"', (*common, (b"content-encoding", b"gzip"))),
        ends_at=ends_at,
        settled=settled,
    )


def _represent(body: bytes, etag: bytes, headers: tuple[Header, ...]) -> Representation:
    tagged = (*headers, (b"etag", etag))
    bare = tuple(h for h in tagged if h[0] not in (b"content-type", b"content-encoding"))
    full = (*tagged, (b"content-length", str(len(body)).encode()))
    return Representation(body, etag, full, bare, header_lines(full), header_lines(bare))


def names_etag(if_none_match: bytes, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names this tag or any (RFC 9110 §13.1.2, weak comparison)."""
    if if_none_match == etag:
        return True
    for part in if_none_match.split(b","):
        candidate = part.strip()
        if candidate == b"*" or candidate.removeprefix(b"W/") == etag:
            return True
    return False


def respond(prepared: Prepared[P], request: EdgeRequest, extra: Collection[Header] = ()) -> EdgeResponse:
    """200 with the encoding that the client takes, or 304; ``extra`` are headers of this request alone."""
    chosen = prepared.gzip if request.accepts_gzip else prepared.identity
    asked = request.header(b"if-none-match")
    if asked is not None and names_etag(asked, chosen.etag):
        lines = chosen.not_modified_lines + header_lines(extra)
        return EdgeResponse(304, [*chosen.not_modified_headers, *extra], b"", lines)
    return EdgeResponse(200, [*chosen.headers, *extra], chosen.body, chosen.lines + header_lines(extra))


class PreparedStore(Generic[P]):
    """Prepared answers by group and key. Belongs to one event loop; needs no lock."""

    def __init__(self, *, keys_per_group: int = KEYS_PER_GROUP, max_bytes: int = STORE_MAX_BYTES) -> None:
        self._keys_per_group = keys_per_group
        self._max_bytes = max_bytes
        self._groups: OrderedDict[str, OrderedDict[str, Prepared[P]]] = OrderedDict()
        self._bytes = 0
        self._flights: SingleFlight[Prepared[P]] = SingleFlight()
        self.builds = 0

    def current(self, group: str, key: str, number: int) -> Prepared[P] | None:
        """What is ready for this key, if it is at least of ``number`` and no licence has changed since."""
        keys = self._groups.get(group)
        prepared = keys.get(key) if keys is not None else None
        if keys is None or prepared is None or prepared.number < number or prepared.has_ended():
            return None
        keys.move_to_end(key)
        self._groups.move_to_end(group)
        return prepared

    async def obtain(
        self, group: str, key: str, number: Callable[[], int], build: Callable[[], Awaitable[Prepared[P]]]
    ) -> Prepared[P]:
        """What is ready, or else what ``build`` makes; one build at a time per key, whoever asks meanwhile
        waits.

        ``number`` is asked again after each build: a change during the build makes another one.
        """
        prepared: Prepared[P] | None = None
        for _ in range(BUILDS_PER_CALL):
            ready = self.current(group, key, number())
            if ready is not None:
                return ready
            prepared = await self._flights.run((group, key), lambda: self._build(group, key, build))
            if prepared.number >= number() and not prepared.has_ended():
                return prepared
        assert prepared is not None  # noqa: S101 (the loop ran)
        return prepared

    def is_awaited(self, group: str, key: str, number: int) -> bool:
        """Whether asking for this key now makes no work of its own: it is ready, or somebody's build is under way."""
        return self.current(group, key, number) is not None or self._flights.running((group, key))

    def drop(self, group: str) -> None:
        """Forget a group: its widget is gone."""
        keys = self._groups.pop(group, None)
        if keys is not None:
            self._bytes -= sum(prepared.size for prepared in keys.values())

    def key_count(self, group: str) -> int:
        """How many keys a group holds now."""
        return len(self._groups.get(group, ()))

    async def _build(self, group: str, key: str, build: Callable[[], Awaitable[Prepared[P]]]) -> Prepared[P]:
        self.builds += 1
        prepared = await build()
        self._keep(group, key, prepared)
        return prepared

    def _keep(self, group: str, key: str, prepared: Prepared[P]) -> None:
        keys = self._groups.setdefault(group, OrderedDict())
        self._groups.move_to_end(group)
        old = keys.pop(key, None)
        self._bytes += prepared.size - (old.size if old is not None else 0)
        keys[key] = prepared
        while len(keys) > self._keys_per_group:
            self._bytes -= keys.popitem(last=False)[1].size
        while self._bytes > self._max_bytes and len(self._groups) > 1:
            self.drop(next(iter(self._groups)))
