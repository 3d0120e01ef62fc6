"""Prepared bytes: built once, revalidated, bounded."""

import asyncio
import gzip
import time
from typing import Any

import pytest

from project.core.edge.prepared import Prepared, PreparedStore, names_etag, prepare, respond
from project.core.edge.requests import EdgeRequest, takes_gzip


def made(number: int = 1, body: bytes = b'{"a":1}', **more: Any) -> Prepared[bytes]:
    return prepare(number=number, payload=body, body=body, headers=[(b"content-type", b"application/json")], **more)


def request(*headers: tuple[bytes, bytes]) -> EdgeRequest:
    async def nothing(*_: Any) -> Any:
        raise AssertionError("not used")

    scope = {"type": "http", "method": "GET", "headers": list(headers), "query_string": b""}
    return EdgeRequest(scope, nothing, nothing, {})


def test_each_encoding_has_its_own_strong_tag_and_length() -> None:
    ready = made(body=b"x" * 1000)
    plain = respond(ready, request())
    packed = respond(ready, request((b"accept-encoding", b"br, gzip")))
    assert plain.body == b"x" * 1000
    assert gzip.decompress(packed.body) == plain.body
    assert dict(plain.headers)[b"etag"] != dict(packed.headers)[b"etag"]
    assert dict(packed.headers)[b"content-encoding"] == b"gzip"
    assert dict(packed.headers)[b"content-length"] == str(len(packed.body)).encode()


def test_the_same_body_gives_the_same_tag_in_every_process_and_another_body_another() -> None:
    assert made().identity.etag == made(number=2).identity.etag
    assert made().gzip.body == made().gzip.body
    assert made().identity.etag != made(body=b"{}").identity.etag


def test_a_known_tag_is_answered_with_304_and_without_a_body() -> None:
    ready = made()
    answer = respond(ready, request((b"if-none-match", ready.identity.etag)), [(b"vouchsafe-lease", b"60")])
    assert (answer.status, answer.body) == (304, b"")
    names = [name for name, _ in answer.headers]
    assert b"etag" in names
    assert b"vouchsafe-lease" in names
    assert b"content-length" not in names
    assert respond(ready, request((b"if-none-match", b'"other"'))).status == 200


@pytest.mark.parametrize("accepts", [(), ((b"accept-encoding", b"gzip"),)])
@pytest.mark.parametrize("known", [False, True])
def test_headers_written_beforehand_are_those_of_the_answer(
    known: bool, accepts: tuple[tuple[bytes, bytes], ...]
) -> None:
    ready = made()
    tags = ((b"if-none-match", ready.identity.etag + b", " + ready.gzip.etag),) if known else ()
    answer = respond(ready, request(*accepts, *tags), [(b"vouchsafe-lease", b"60"), (b"a", b"b")])
    assert answer.status == (304 if known else 200)
    assert answer.lines == b"".join(name + b": " + value + b"\r\n" for name, value in answer.headers)


def test_the_first_of_two_headers_of_one_name_counts() -> None:
    assert request((b"origin", b"first"), (b"origin", b"second")).origin == b"first"


@pytest.mark.parametrize(
    ("header", "expected"),
    [(b'"a"', True), (b'W/"a"', True), (b'"b", "a"', True), (b"*", True), (b'"b"', False), (b"a", False)],
)
def test_if_none_match_lists_are_understood(header: bytes, expected: bool) -> None:
    assert names_etag(header, b'"a"') is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        (b"gzip, deflate, br", True),
        (b"deflate", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.5", True),
        (b"xgzip", False),
    ],
)
def test_gzip_goes_to_clients_that_take_it(header: bytes | None, expected: bool) -> None:
    assert takes_gzip(header) is expected


async def test_a_hundred_parallel_misses_make_one_build() -> None:
    store: PreparedStore[bytes] = PreparedStore()
    release = asyncio.Event()

    async def build() -> Prepared[bytes]:
        await release.wait()
        return made(number=5)

    waiting = [asyncio.create_task(store.obtain("wid_1", "k", lambda: 5, build)) for _ in range(100)]
    await asyncio.sleep(0)
    release.set()
    answers = await asyncio.gather(*waiting)
    assert store.builds == 1
    assert {id(answer) for answer in answers} == {id(answers[0])}


async def test_a_change_during_a_build_makes_another_build() -> None:
    store: PreparedStore[bytes] = PreparedStore()
    view = [1]

    async def build() -> Prepared[bytes]:
        built_from = view[0]
        view[0] = 2
        return made(number=built_from)

    assert (await store.obtain("wid_1", "k", lambda: view[0], build)).number == 2
    assert store.builds == 2


async def test_a_failed_build_is_told_to_all_and_tried_again_by_the_next() -> None:
    store: PreparedStore[bytes] = PreparedStore()

    async def fail() -> Prepared[bytes]:
        raise RuntimeError("no database")

    async def work() -> Prepared[bytes]:
        return made()

    failures = await asyncio.gather(
        *(store.obtain("wid_1", "k", lambda: 1, fail) for _ in range(3)), return_exceptions=True
    )
    assert [str(failure) for failure in failures] == ["no database"] * 3
    assert (await store.obtain("wid_1", "k", lambda: 1, work)).number == 1


async def test_a_payload_is_built_anew_when_a_licence_behind_it_ends() -> None:
    store: PreparedStore[bytes] = PreparedStore()
    ends = [time.monotonic() - 1, None]

    async def build() -> Prepared[bytes]:
        return made(ends_at=ends.pop(0))

    assert (await store.obtain("wid_1", "k", lambda: 1, build)).ends_at is None
    assert store.builds == 2


async def test_keys_and_bytes_are_bounded() -> None:
    store: PreparedStore[bytes] = PreparedStore(keys_per_group=3, max_bytes=100_000)

    async def small() -> Prepared[bytes]:
        return made()

    for number in range(10):
        await store.obtain("wid_1", str(number), lambda: 1, small)
    assert store.key_count("wid_1") == 3

    async def large() -> Prepared[bytes]:
        return made(body=b"x" * 60_000)

    await store.obtain("wid_2", "k", lambda: 1, large)
    await store.obtain("wid_3", "k", lambda: 1, large)
    assert store.key_count("wid_2") == 0
    assert store.key_count("wid_3") == 1
