"""Frames of an answer, from the threads that make them to the event loop that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from assistant.contracts import AssistantFacts
from assistant.services import Frame, ask
from project.core.edge.lease import lease_seconds
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
    """Yield the frames of an answer; a refusal is raised before the first.

    Each is made when it is asked for and not before, so that nothing that was withdrawn meanwhile waits for a slow
    reader. Leaving the iterator early ends the work.
    """
    language = interface_language(fields["locale"])
    source = ask(
        shop_id=assistant.shop_id,
        text=fields["question"],
        product=fields["product"],
        locale=fields["locale"],
        markets=assistant.markets,
    )

    def step() -> Frame | None:
        # For each step anew: the next one may run in another thread.
        with translation.override(language):
            return next(source, None)

    while True:
        making = asyncio.ensure_future(runtime().pool.run(step))
        try:
            frame = await asyncio.shield(making)
        except asyncio.CancelledError:
            await asyncio.wait([making])
            raise
        if frame is None:
            return
        yield public(frame)


def interface_language(locale: str) -> str | None:
    """One of our languages for whatever a visitor names, or None for the one in force.

    Django keeps a catalogue for every code that it is ever asked for, so an invented one must not reach it.
    """
    code = locale.split("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else None


def public(frame: Frame) -> Frame:
    """Return a frame as it goes out: without the trace, which is for staff; with a lease where something is quoted.

    The frame was made of rows read just now, so the lease is whole unless a right behind it ends sooner.
    """
    sent = {key: value for key, value in frame.items() if key not in ("trace", "shown_until")}
    if "shown_until" in frame:
        sent["lease"] = lease_seconds(0.0, seconds_until(frame["shown_until"]))
    return sent


def seconds_until(end: datetime | None) -> float | None:
    """Return the seconds from now to `end`, None for no end."""
    return None if end is None else (end - timezone.now()).total_seconds()


def error_frame(error: Exception) -> Frame:
    """Return the frame for a failure: its own words for a refusal, none of an internal error's."""
    if isinstance(error, VouchsafeError):
        return {"type": "error", **error.to_dict()}
    return {"type": "error", **error_body(ErrorCode.INTERNAL, "Something went wrong here. Try again later.")}
