"""Withdrawals while an answer is on its way: while a model writes, between finding and sending, while a reader is
slow. Over every way in which an answer is given.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from langchain.chat_models import base as providers
from websockets.asyncio.client import connect

from assistant.models import StoredAnswer
from assistant.services import ensure_assistant
from project.asgi import application
from project.core.scope import shop_scope
from project.rights.contracts import EndReason
from project.rights.services import withdraw_item
from project.shops.services import add_allowed_origin
from tests.assistant.helpers import publish
from tests.assistant.openai_peer import ChatClient, Writer
from tests.core.live.serving import Served, serving
from tests.factories import make_personas
from tests.widgets.helpers import SHOP_PAGE, in_thread

pytestmark = pytest.mark.django_db(transaction=True)

FIT = "What do customers say about the fit?"
DISSENT = 3
"""Which of the published reviews is the only one of one star about the fit."""

GONE = "Strange fit: far too wide in the body"
WAYS = ("json", "stream", "socket")
Frame = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A shop whose page may ask its assistant, and its reviews in the order of `REVIEWS`."""

    shop_id: int
    assistant_id: str
    reviews: list[str]

    def withdraw(self, review_id: str = "") -> None:
        withdraw_item(
            shop_id=self.shop_id, actor_id=None, item_id=review_id or self.reviews[DISSENT], reason=EndReason.AUTHOR
        )

    def stored(self) -> str:
        """All stored answers in one text."""
        with shop_scope(self.shop_id):
            return json.dumps(list(StoredAnswer.objects.values_list("body", flat=True)))


def place() -> Shop:
    shop_id = make_personas().shop.id
    reviews = publish(shop_id)
    add_allowed_origin(shop_id=shop_id, actor_id=None, origin=SHOP_PAGE)
    return Shop(shop_id, ensure_assistant(shop_id=shop_id).id, reviews)


@pytest.fixture
async def shop() -> Shop:
    placed: Shop = await in_thread(place)()
    return placed


async def frames_of(served: Served, shop: Shop, way: str) -> list[Frame]:
    """What the page gets for the question; JSON as the one frame that it is."""
    async with asyncio.timeout(30):
        return [frame async for frame in asked(served, shop, way)]


async def asked(served: Served, shop: Shop, way: str) -> AsyncIterator[Frame]:
    if way == "socket":
        url = f"{served.ws}/ws/a/{shop.assistant_id}"
        async with connect(url, additional_headers={"Origin": SHOP_PAGE}) as socket:
            await socket.send(json.dumps({"question": FIT}))
            while True:
                frame = json.loads(await socket.recv())
                yield frame
                if frame["type"] in ("done", "error"):
                    return
    accept = "text/event-stream" if way == "stream" else "application/json"
    headers = {"Origin": SHOP_PAGE, "Accept": accept}
    async with httpx.AsyncClient(base_url=served.http, timeout=30) as client:
        path = f"/a/{shop.assistant_id}/ask"
        async with client.stream("POST", path, json={"question": FIT}, headers=headers) as answer:
            assert answer.status_code == 200
            if way == "json":
                yield {"type": "done", **json.loads(await answer.aread())}
                return
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])


def whole(frames: list[Frame]) -> dict[str, Any]:
    """The answer that has the last word, having passed for one that says true numbers of what is left."""
    assert frames[-1]["type"] == "done", frames[-1]
    answer: dict[str, Any] = frames[-1]["answer"]
    assert GONE not in json.dumps(answer)
    assert answer["coverage"]["considered"] == 4
    assert answer["coverage"]["total"] == 24
    assert answer["claims"][0]["text"] == (
        "4 of 24 reviews mention “fit”. Of these, 3 gave 4 or 5 stars and 1 gave 3 stars."
    )
    # Who now are the smaller side is heard.
    assert answer["claims"][-1]["text"] == "Some were in between, going by stars: 1 of these 4 reviews gave 3."
    return answer


# --- while a model writes -------------------------------------------------------------------------


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Writer]:
    """A model behind a server of its own, configured as an operator does it."""
    known = ("tests.assistant.openai_peer", ChatClient.__name__, lambda cls, **options: cls(**options))
    monkeypatch.setitem(providers._BUILTIN_PROVIDERS, "local", known)
    with Writer().running() as server:
        settings.ASSISTANT_MODEL = "local:writer"
        settings.ASSISTANT_MODEL_BASE_URL = server.url
        yield server


def sentences(document: dict[str, Any]) -> list[str]:
    """One sentence out of the review that goes, one out of a review that stays."""
    by_text = {passage["text"]: passage["number"] for passage in document["passages"]}
    (gone,) = (number for text, number in by_text.items() if text.startswith(GONE))
    (stays,) = (number for text, number in by_text.items() if "The fit was perfect on me" in text)
    return [
        json.dumps({"text": "Strange fit: far too wide in the body.", "passages": [gone]}),
        json.dumps({"text": "The fit was perfect on me.", "passages": [stays]}),
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_withdrawn_while_a_model_writes_is_not_sent(shop: Shop, writer: Writer, way: str) -> None:
    writer.write = sentences
    async with serving(application) as served:
        answering = asyncio.create_task(frames_of(served, shop, way))
        assert await asyncio.to_thread(writer.asked.wait, 30)
        await in_thread(shop.withdraw)()
        writer.go.set()
        frames = await answering
    answer = whole(frames)
    assert [claim["text"] for claim in answer["claims"]][1:-1] == ["The fit was perfect on me."]
    assert answer["ai_generated"]
    # Coverage and the first claim went out before; of what came after, nothing quotes it.
    assert GONE not in json.dumps(frames[2:])
    assert GONE not in await in_thread(shop.stored)()


async def test_a_models_sentences_are_sent_where_nothing_is_withdrawn(shop: Shop, writer: Writer) -> None:
    writer.write = sentences
    writer.go.set()
    async with serving(application) as served:
        frames = await frames_of(served, shop, "stream")
    texts = [claim["text"] for claim in frames[-1]["answer"]["claims"]]
    assert texts[1:-1] == ["Strange fit: far too wide in the body.", "The fit was perfect on me."]
    assert [frame["claim"]["text"] for frame in frames if frame["type"] == "claim"] == texts


async def test_when_everything_is_withdrawn_while_a_model_writes_nothing_is_said(shop: Shop, writer: Writer) -> None:
    writer.write = sentences

    def withdraw_all() -> None:
        for review in shop.reviews:
            shop.withdraw(review)

    async with serving(application) as served:
        answering = asyncio.create_task(frames_of(served, shop, "json"))
        assert await asyncio.to_thread(writer.asked.wait, 30)
        await in_thread(withdraw_all)()
        writer.go.set()
        (frame,) = await answering
    answer = frame["answer"]
    assert (answer["abstained"], answer["reason"], answer["claims"]) == (True, "no_reviews", [])


# --- between finding and sending ------------------------------------------------------------------


@contextmanager
def before_statement(mark: str, act: Callable[[], None]) -> Iterator[threading.Event]:
    """Have ``act`` run, once, before the first statement with this mark on any new connection; tells when it has.

    In a thread, and so on a connection, of its own: what it writes is committed when the statement begins.
    """
    done = threading.Event()
    lock = threading.Lock()

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if mark in sql and lock.acquire(blocking=False) and not done.is_set():
            thread = threading.Thread(target=closing)
            thread.start()
            thread.join()
            done.set()
        return execute(sql, params, many, context)

    def closing() -> None:
        try:
            act()
        finally:
            connections.close_all()

    def watch(sender: Any, connection: BaseDatabaseWrapper, **_more: Any) -> None:
        connection.execute_wrappers.append(wrapper)

    connection_created.connect(watch)
    try:
        yield done
    finally:
        connection_created.disconnect(watch)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_withdrawn_between_finding_and_sending_is_not_sent(shop: Shop, way: str) -> None:
    # The statement that weighs what was found: everything has been searched and counted, nothing has been sent.
    with before_statement("l2_normalize(avg(t.v)", shop.withdraw) as withdrawn:
        async with serving(application) as served:
            frames = await frames_of(served, shop, way)
    assert withdrawn.is_set()
    whole(frames)
    assert GONE not in json.dumps(frames)
    said = [frame["claim"]["text"] for frame in frames if frame["type"] == "claim"]
    assert all("5 of 25" not in text and "1 or 2 stars" not in text for text in said)


# --- while a reader is slow -----------------------------------------------------------------------


def held_up(after: str, act: Callable[[], Awaitable[None]]) -> tuple[Any, asyncio.Event]:
    """The application behind a network that takes its time over the first frame of a kind: ``act`` happens then."""
    acted = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            await send(message)
            text = message.get("text") or message.get("body", b"").decode()
            if f'"type":"{after}"' in text and not acted.is_set():
                await act()
                acted.set()

        await application(scope, receive, sending)

    return slow, acted


@pytest.mark.parametrize("way", ["stream", "socket"])
@pytest.mark.parametrize("after", ["coverage", "claim"])
async def test_what_is_withdrawn_while_a_reader_is_slow_is_not_sent(shop: Shop, way: str, after: str) -> None:
    slow, acted = held_up(after, in_thread(shop.withdraw))
    async with serving(slow) as served:
        frames = await frames_of(served, shop, way)
    assert acted.is_set()
    whole(frames)
    position = next(index for index, frame in enumerate(frames) if frame["type"] == after)
    assert GONE not in json.dumps(frames[position + 1 :])


@pytest.mark.usefixtures("embedder")
@pytest.mark.parametrize("way", ["stream", "socket"])
async def test_a_stored_answer_is_not_sent_on_after_a_withdrawal(shop: Shop, way: str) -> None:
    async with serving(application) as served:
        first = await frames_of(served, shop, way)
    assert GONE in json.dumps(first[-1])
    assert GONE in await in_thread(shop.stored)()
    slow, acted = held_up("coverage", in_thread(shop.withdraw))
    async with serving(slow) as served:
        frames = await frames_of(served, shop, way)
    assert acted.is_set()
    whole(frames)
    assert GONE not in json.dumps(frames)
    assert [frame["type"] for frame in frames] == ["coverage", "done"]
