"""`POST /a/{id}/quotes`: may what an open panel quotes still be shown, and for how long without asking again?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from assistant.audience import audience_of
from assistant.contracts import AssistantFacts
from assistant.edge.desk import desk, take_look
from assistant.edge.frames import seconds_until
from project.core.edge.lease import lease_seconds
from project.core.edge.origins import origin_refused
from project.core.edge.prepared import LEASE_HEADERS
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import NO_STORE, EdgeResponse, json_response, refusal
from project.core.edge.runtime import runtime
from project.core.errors import InvalidInput, VouchsafeError
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import GateQuery

MOST_QUOTES = 400
BODY_MAX_BYTES = 20_000
_MARK = re.compile(r"[a-z]{2,5}_[0-9A-Za-z]{22}\.[0-9]{1,9}")


async def quotes(request: EdgeRequest) -> EdgeResponse:
    """204 when nothing has changed since the page's version; else which of its quotes pass, and under which version.

    A quote is named `review_id.text_version`: a review that was edited is another text, whatever it says now.
    """
    found = await desk(request.params["assistant_id"], request.client)
    cors = found.cors(request.origin, request.host)
    if cors is None:
        return origin_refused(request.origin)
    try:
        take_look(request.client)
        version, marks = _named(await request.json(BODY_MAX_BYTES))
        lease = found.lease(version)
        if lease:
            return EdgeResponse(204, [LEASE_HEADERS[lease], NO_STORE, *cors])
        body, until = await runtime().pool.run(lambda: _still_shown(found.assistant, marks))
    except VouchsafeError as error:
        return refusal(error, cors)
    runtime().view.raise_to(found.assistant.shop_id, body["version"])
    # Of rows read just now, like the answer itself.
    lease = lease_seconds(0.0, seconds_until(until))
    return json_response(body, headers=[LEASE_HEADERS[lease], *cors])


def _named(body: dict[str, Any]) -> tuple[int, list[str]]:
    version, marks = body.get("version"), body.get("quotes")
    if type(version) is not int:
        raise InvalidInput("The field version is not a number.", fields={"version": ["Not a number."]})
    if not isinstance(marks, list) or len(marks) > MOST_QUOTES or not all(isinstance(mark, str) for mark in marks):
        message = f"Name at most {MOST_QUOTES} quotes, each as review_id.text_version."
        raise InvalidInput(message, fields={"quotes": [message]})
    return version, marks


def _still_shown(assistant: AssistantFacts, marks: list[str]) -> tuple[dict[str, Any], datetime | None]:
    """Return the quotes that pass the gate now, and when the first right behind them ends."""
    shop_id = assistant.shop_id
    marks = [mark for mark in dict.fromkeys(marks) if _MARK.fullmatch(mark)]
    ids = tuple(dict.fromkeys(mark.partition(".")[0] for mark in marks))
    with shop_scope(shop_id):
        # The number first: what changes after it raises it, and the page's next look finds that.
        number = publication_number(shop_id)
        audience = audience_of(shop_id, markets=assistant.markets)
        items = gate.published(audience, GateQuery(item_ids=ids, limit=len(ids))).items if ids else ()
    now = {f"{item.id}.{item.version}" for item in items}
    shown = [mark for mark in marks if mark in now]
    quoted = {mark.partition(".")[0] for mark in shown}
    ends = [item.shown_until for item in items if item.id in quoted and item.shown_until is not None]
    return {"version": number, "shown": shown}, min(ends, default=None)
