"""Frames of an answer, from the thread that makes them to the event loop that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

from django.conf import settings
from django.utils import translation

from assistant.contracts import AssistantFacts
from assistant.services import Frame, ask
from project.core.edge.runtime import runtime
from project.core.errors import ErrorCode, InvalidInput, VouchsafeError, error_body


def question_in(body: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a question as sent; raises InvalidInput naming a field that is no text."""
    fields = {}
    for name, limit in (("question", 10_000), ("product", 160), ("locale", 35)):
        value = body.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise InvalidInput(f"The field {name} is not a text.", fields={name: ["Not a text."]})
        fields[name] = value[:limit]
    return fields


async def frames(assistant: AssistantFacts, fields: dict[str, str]) -> AsyncGenerator[Frame, None]:
    """Yield the frames of an answer as they are made; a refusal is raised before the first.

    Leaving the iterator early stops the work after the frame that is being made.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Frame | BaseException | None] = asyncio.Queue()
    gone = False

    def put(entry: Frame | BaseException | None) -> None:
        loop.call_soon_threadsafe(arrived.put_nowait, entry)

    def work() -> None:
        _make(lambda: _asked(assistant, fields), put, lambda: gone)

    running = asyncio.ensure_future(runtime().pool.run(work))
    try:
        while (entry := await arrived.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry
    finally:
        gone = True
        await asyncio.shield(running)


def _make(
    source: Callable[[], Iterator[Frame]],
    put: Callable[[Frame | BaseException | None], None],
    gone: Callable[[], bool],
) -> None:
    try:
        for frame in source():
            put(public(frame))
            if gone():
                return
    except Exception as error:
        put(error)
    else:
        put(None)


def _asked(assistant: AssistantFacts, fields: dict[str, str]) -> Iterator[Frame]:
    with translation.override(interface_language(fields["locale"])):
        yield from ask(
            shop_id=assistant.shop_id,
            text=fields["question"],
            product=fields["product"],
            locale=fields["locale"],
            markets=assistant.markets,
        )


def interface_language(locale: str) -> str | None:
    """One of our languages for whatever a visitor names, or None for the one in force.

    Django keeps a catalogue for every code that it is ever asked for, so an invented one must not reach it.
    """
    code = locale.split("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else None


def public(frame: Frame) -> Frame:
    """Return a frame without the trace, which is for staff."""
    return {key: value for key, value in frame.items() if key != "trace"}


def error_frame(error: Exception) -> Frame:
    """Return the frame for a failure: its own words for a refusal, none of an internal error's."""
    if isinstance(error, VouchsafeError):
        return {"type": "error", **error.to_dict()}
    return {"type": "error", **error_body(ErrorCode.INTERNAL, "Something went wrong here. Try again later.")}
