"""`POST /a/{id}/ask` as JSON or an event stream, and `GET /a/{id}/config.json`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from django.conf import settings

from assistant.edge.desk import Desk, desk, take_config, take_question
from assistant.edge.frames import error_frame, frames, question_in
from assistant.labels import labels, notice
from assistant.selectors import answerable_reviews
from assistant.services import Frame
from assistant.suggestions import suggestions
from assistant.text.language import primary
from project.core.edge.asgi import Header
from project.core.edge.origins import origin_refused, preflight
from project.core.edge.prepared import LEASE_HEADERS, Prepared, PreparedStore, prepare, respond
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import (
    JSON_TYPE,
    NO_STORE,
    NOSNIFF,
    EdgeResponse,
    encode_json,
    json_response,
    refusal,
)
from project.core.edge.runtime import on_reset, runtime
from project.core.errors import VouchsafeError
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.shops.selectors import product_by_reference

logger = logging.getLogger("assistant")

BODY_MAX_BYTES = 8_000
EVENT_STREAM = b"text/event-stream"
CONFIG_HEADERS: tuple[Header, ...] = (
    JSON_TYPE,
    NOSNIFF,
    (b"cache-control", b"max-age=0, s-maxage=15, must-revalidate"),
)

_configs: PreparedStore[None] = PreparedStore()


@on_reset
def _forget() -> None:
    global _configs
    _configs = PreparedStore()


async def ask(request: EdgeRequest) -> EdgeResponse | None:
    """Answer one question; streamed claim by claim where the client accepts an event stream."""
    found = await desk(request.params["assistant_id"], request.client)
    cors = found.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    try:
        take_question(found.assistant.id, request.client)
        fields = question_in(await request.json(BODY_MAX_BYTES))
        made = frames(found.assistant, fields)
        # A refusal is known before the first frame, while the status can still say so.
        first = await anext(made)
    except VouchsafeError as error:
        return refusal(error, cors)
    async with contextlib.aclosing(made):
        if EVENT_STREAM in (request.header(b"accept") or b""):
            await _stream(request, found, cors, first, made)
            return None
        last = first
        async for frame in made:
            last = frame
    return json_response({"answer": last["answer"]}, headers=[*cors, LEASE_HEADERS[last["lease"]]])


async def _stream(
    request: EdgeRequest, found: Desk, cors: list[Header], first: Frame, made: AsyncIterator[Frame]
) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), NO_STORE, NOSNIFF, *cors]
    # nginx holds streams back unless told not to.
    headers.append((b"x-accel-buffering", b"no"))
    await request.send({"type": "http.response.start", "status": 200, "headers": headers})
    leaving = asyncio.ensure_future(_left(request))
    # A page that is no longer let in is treated like one that has gone.
    guest = runtime().guests.enter(found.admission(request.origin, request.host), leaving.cancel)
    try:
        await _event(request, first)
        async for frame in made:
            if leaving.done():
                break
            await _event(request, frame)
    except Exception as error:
        logger.exception("an answer broke off")
        await _event(request, error_frame(error))
    finally:
        runtime().guests.leave(guest)
        leaving.cancel()
    await request.send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(request: EdgeRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _event(request: EdgeRequest, frame: Frame) -> None:
    body = b"event: " + frame["type"].encode() + b"\ndata: " + encode_json(frame) + b"\n\n"
    await request.send({"type": "http.response.body", "body": body, "more_body": True})


async def ask_preflight(request: EdgeRequest) -> EdgeResponse:
    """Answer the browser's question whether JSON may be posted here."""
    found = await desk(request.params["assistant_id"], request.client)
    return preflight(request.origin, request.host, found.origins, b"POST")


async def config(request: EdgeRequest) -> EdgeResponse:
    """Return the element's labels, the notice before the first question, and questions to begin with."""
    found = await desk(request.params["assistant_id"], request.client)
    cors = found.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    try:
        query = request.query()
        language = _language(found, query.get("locale", ""))
        product = query.get("product", "")[:160]
        ready = await _config(found, language, product, request.client)
    except VouchsafeError as error:
        return refusal(error, cors)
    return respond(ready, request, cors)


async def _config(found: Desk, language: str, product: str, client: str) -> Prepared[None]:
    """What is ready, or what is made once for all who ask meanwhile.

    The configuration of the whole shop is made once per change, whoever asks. One of a product counts as the visitor's
    who has it made, and is kept among the assistant's 200 keys only.
    """
    assistant = found.assistant
    key = f"{language}|{product}"

    def number() -> int:
        return runtime().view.number(assistant.shop_id)

    if product and not _configs.is_awaited(assistant.id, key, number()):
        take_config(assistant.id, client)
    return await _configs.obtain(assistant.id, key, number, lambda: _build(found, language, product))


def _language(found: Desk, locale: str) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    if primary(locale) in known:
        return primary(locale)
    own = primary(found.locale)
    return own if own in known else "en"


async def _build(found: Desk, language: str, product: str) -> Prepared[None]:
    return await runtime().pool.run(lambda: _config_now(found, language, product))


def _config_now(found: Desk, language: str, product: str) -> Prepared[None]:
    assistant = found.assistant
    with shop_scope(assistant.shop_id):
        number = publication_number(assistant.shop_id)
        known = product_by_reference(product) if product else None
        body = {
            "assistant": {"id": assistant.id, "name": assistant.name},
            "notice": notice(answerable_reviews(assistant.shop_id, markets=assistant.markets), language=language),
            "labels": labels(language=language),
            "suggestions": suggestions(assistant.shop_id, language=language, product_pk=known.pk if known else None),
        }
    return prepare(number=number, payload=None, body=encode_json(body), headers=CONFIG_HEADERS)
