"""The public addresses: who may ask, what they get, and what is refused."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from assistant.edge import desk as desk_module
from assistant.edge import http as http_module
from assistant.services import ensure_assistant
from project.asgi import application
from project.core.edge.limits import TokenBuckets
from project.core.outbox import relay_shop
from project.shops.services import add_allowed_origin, remove_allowed_origin
from tests.assistant.helpers import publish
from tests.core.live.serving import serving
from tests.factories import Personas, make_personas
from tests.widgets.helpers import ELSEWHERE, SHOP_PAGE, edge, in_thread

pytestmark = pytest.mark.django_db(transaction=True)

FIT = "What do customers say about the fit?"


@dataclass(frozen=True)
class Asked:
    """A shop whose page may ask its assistant."""

    people: Personas
    assistant_id: str

    @property
    def ask(self) -> str:
        return f"/a/{self.assistant_id}/ask"

    @property
    def config(self) -> str:
        return f"/a/{self.assistant_id}/config.json"


def place() -> Asked:
    people = make_personas()
    publish(people.shop.id)
    add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin=SHOP_PAGE)
    return Asked(people, ensure_assistant(shop_id=people.shop.id).id)


@pytest.fixture
async def asked() -> Asked:
    placed: Asked = await in_thread(place)()
    return placed


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


async def test_a_question_is_answered_as_json(asked: Asked) -> None:
    async with edge() as (client, _):
        answer = await client.post(asked.ask, json={"question": FIT}, headers={"Origin": SHOP_PAGE})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP_PAGE
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()["answer"]
    assert set(answer.json()) == {"answer"}
    assert body["coverage"]["considered"] == 5
    assert body["claims"][0]["citations"]


async def test_a_question_is_answered_claim_by_claim(asked: Asked) -> None:
    async with edge() as (client, _):
        headers = {"Origin": SHOP_PAGE, "Accept": "text/event-stream"}
        streamed = await client.post(asked.ask, json={"question": FIT}, headers=headers)
        whole = await client.post(asked.ask, json={"question": FIT}, headers={"Origin": SHOP_PAGE})
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    frames = events(streamed.text)
    assert [frame["type"] for frame in frames] == ["coverage", "claim", "claim", "done"]
    assert all("trace" not in frame for frame in frames)
    one, other = frames[-1]["answer"], whole.json()["answer"]
    assert one | {"generated_at": ""} == other | {"generated_at": ""}


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://127.0.0.1:8001.evil.example"])
async def test_a_foreign_page_is_refused(asked: Asked, origin: str) -> None:
    async with edge() as (client, _):
        for answer in (
            await client.post(asked.ask, json={"question": FIT}, headers={"Origin": origin}),
            await client.get(asked.config, headers={"Origin": origin}),
            await client.options(asked.ask, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
        ):
            assert answer.status_code == 403
            assert answer.json()["error"]["code"] == "origin_not_allowed"
            assert "access-control-allow-origin" not in answer.headers


async def test_an_allowed_page_may_post_json(asked: Asked) -> None:
    async with edge() as (client, _):
        answer = await client.options(asked.ask, headers={"Origin": SHOP_PAGE})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert "content-type" in answer.headers["access-control-allow-headers"]


async def test_an_origin_that_is_taken_away_is_refused_at_once(asked: Asked) -> None:
    async with edge() as (client, running):
        assert (await client.get(asked.config, headers={"Origin": SHOP_PAGE})).status_code == 200
        await in_thread(remove_allowed_origin)(shop_id=asked.people.shop.id, actor_id=None, origin=SHOP_PAGE)
        await running.view.refresh()
        assert (await client.get(asked.config, headers={"Origin": SHOP_PAGE})).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"question": ""}, "question_empty"),
        ({}, "question_empty"),
        ({"question": "x" * 301}, "question_too_long"),
        ({"question": ["fit"]}, "invalid_input"),
        ({"question": "fit", "product": 3}, "invalid_input"),
        ([1], "invalid_input"),
    ],
)
async def test_what_is_no_question_is_refused_in_the_one_shape(asked: Asked, body: Any, code: str) -> None:
    async with edge() as (client, _):
        for accept in ("application/json", "text/event-stream"):
            answer = await client.post(asked.ask, json=body, headers={"Origin": SHOP_PAGE, "Accept": accept})
            assert answer.status_code == 400
            assert answer.json()["error"]["code"] == code
            assert answer.headers["access-control-allow-origin"] == SHOP_PAGE


async def test_a_huge_body_is_not_read(asked: Asked) -> None:
    async with edge() as (client, _):
        answer = await client.post(asked.ask, content=b" " * 10_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_an_unknown_assistant_is_not_found(asked: Asked) -> None:
    async with edge() as (client, _):
        for path in ("/a/ast_0000000000000000000000/ask", f"/a/{asked.people.shop.public_id}/ask"):
            assert (await client.post(path, json={"question": FIT})).status_code == 404
        assert (await client.get(asked.ask)).status_code == 405


async def test_floods_are_told_when_to_come_back(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_per_visitor", TokenBuckets(rate=0.1, burst=2))
    async with edge() as (client, _):
        answers = [await client.post(asked.ask, json={"question": FIT}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "rate_limited"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 10


async def test_the_configuration_says_what_answers_before_anybody_asks(asked: Asked) -> None:
    async with edge() as (client, _):
        answer = await client.get(f"{asked.config}?locale=en", headers={"Origin": SHOP_PAGE})
        again = await client.get(
            f"{asked.config}?locale=en", headers={"Origin": SHOP_PAGE, "If-None-Match": answer.headers["etag"]}
        )
        unknown = await client.get(f"{asked.config}?locale=xx&product=nothing")
    config = answer.json()
    assert config["assistant"] == {"id": asked.assistant_id, "name": asked.people.shop.name}
    assert config["notice"].startswith("AI assistant.")
    assert "25 published customer reviews" in config["notice"]
    assert config["suggestions"][0] == FIT
    assert {"open", "close", "placeholder", "send", "thinking", "error", "abstained", "support", "coverage"} <= set(
        config["labels"]
    )
    assert again.status_code == 304
    assert unknown.json()["labels"] == config["labels"]


async def test_a_socket_answers_questions_one_by_one(asked: Asked) -> None:
    async with serving(application) as served:
        url = f"{served.ws}/ws/a/{asked.assistant_id}"
        async with connect(url, additional_headers={"Origin": SHOP_PAGE}) as socket:
            for question in (FIT, "Is it warm?"):
                await socket.send(json.dumps({"question": question}))
                frames = await until_done(socket)
                assert [frame["type"] for frame in frames][-1] == "done"
                assert not frames[-1]["answer"]["abstained"]
            await socket.send(json.dumps({"question": " "}))
            (refused,) = await until_done(socket)
            assert refused["error"]["code"] == "question_empty"
            await socket.send("nonsense")
            (refused,) = await until_done(socket)
            assert refused["error"]["code"] == "invalid_input"


async def until_done(socket: ClientConnection) -> list[dict[str, Any]]:
    frames = []
    async with asyncio.timeout(20):
        while True:
            frames.append(json.loads(await socket.recv()))
            if frames[-1]["type"] in ("done", "error"):
                return frames


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", None])
async def test_a_socket_of_a_foreign_page_is_refused(asked: Asked, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    async with serving(application) as served:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{served.ws}/ws/a/{asked.assistant_id}", additional_headers=headers)
    assert refused.value.response.status_code == 403


async def test_a_socket_to_nobody_is_refused(asked: Asked) -> None:
    async with serving(application) as served:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{served.ws}/ws/a/ast_{'0' * 22}", additional_headers={"Origin": SHOP_PAGE})
    assert refused.value.response.status_code == 404


async def test_a_socket_of_an_origin_that_is_taken_away_is_closed(asked: Asked) -> None:
    def take_away() -> None:
        remove_allowed_origin(shop_id=asked.people.shop.id, actor_id=None, origin=SHOP_PAGE)
        relay_shop(asked.people.shop.id)

    async with (
        serving(application) as served,
        connect(f"{served.ws}/ws/a/{asked.assistant_id}", additional_headers={"Origin": SHOP_PAGE}) as socket,
    ):
        await socket.send(json.dumps({"question": FIT}))
        await until_done(socket)
        await in_thread(take_away)()
        async with asyncio.timeout(5):
            assert json.loads(await socket.recv()) == {"type": "refused", "code": "origin_not_allowed"}
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_an_answer_to_an_origin_that_is_taken_away_ends(asked: Asked) -> None:
    """The list changes while the answer is made; nothing that is found after that is sent."""
    sent: list[bytes] = []

    async with edge() as (_, running):

        async def receive() -> dict[str, Any]:
            if not sent:
                return {"type": "http.request", "body": json.dumps({"question": FIT}).encode()}
            return await asyncio.Event().wait()  # type: ignore[func-returns-value]

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))
            if len(sent) == 2:  # the head and the first frame
                await in_thread(remove_allowed_origin)(shop_id=asked.people.shop.id, actor_id=None, origin=SHOP_PAGE)
                await running.view.refresh()
                async with asyncio.timeout(5):
                    while running.guests.count:
                        await asyncio.sleep(0.005)

        headers = [(b"origin", SHOP_PAGE.encode()), (b"host", b"testserver"), (b"accept", b"text/event-stream")]
        scope = {"type": "http", "method": "POST", "path": asked.ask, "query_string": b"", "headers": headers}
        await application(scope, receive, send)
    assert b"event: coverage" in sent[1]
    assert sent[2:] == [b""]


async def test_configurations_for_made_up_products_are_limited(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_configs_per_visitor", TokenBuckets(rate=1, burst=3, clock=lambda: 0.0))
    async with edge() as (client, _):
        same = await asyncio.gather(*(client.get(f"{asked.config}?product=one") for _ in range(20)))
        assert {answer.status_code for answer in same} == {200}
        assert http_module._configs.builds == 1
        codes = [(await client.get(f"{asked.config}?product=made-up-{number}")).status_code for number in range(10)]
        assert (codes.count(200), codes.count(429)) == (2, 8)
        refused = await client.get(f"{asked.config}?product=yet-another", headers={"Origin": SHOP_PAGE})
        assert (refused.json()["error"]["code"], refused.headers["retry-after"]) == ("rate_limited", "1")
        # The shop's own is made once per change, whoever asks and in whichever language.
        for locale in ("", "da", "xx"):
            assert (await client.get(f"{asked.config}?locale={locale}")).status_code == 200
        assert http_module._configs.builds == 5


async def test_many_visitors_together_are_limited_per_assistant(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_configs_per_assistant", TokenBuckets(rate=1, burst=3, clock=lambda: 0.0))
    codes = []
    async with edge() as (_, _running):
        for number in range(6):
            transport = httpx.ASGITransport(application, client=(f"192.0.2.{number}", 1))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as visitor:
                codes.append((await visitor.get(f"{asked.config}?product=made-up-{number}")).status_code)
    assert codes == [200, 200, 200, 429, 429, 429]


async def test_a_hundred_parallel_first_questions_open_one_desk(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_cold", TokenBuckets(rate=1, burst=1, clock=lambda: 0.0))
    async with edge() as (client, _):
        answers = await asyncio.gather(*(client.get(asked.config) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
