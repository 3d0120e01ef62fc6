"""What can be done with an assistant: make one, ask it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from assistant.answers.asked import Asked
from assistant.answers.contracts import Answer, Claim, Trace
from assistant.answers.pipeline import answer_events
from assistant.answers.provider import configured_model
from assistant.audience import audience_of
from assistant.contracts import AssistantFacts
from assistant.events import AssistantChanged
from assistant.models import Assistant
from assistant.retrieval.query import MAX_QUESTION, question
from assistant.retrieval.scope import Scope
from assistant.selectors import facts_of
from assistant.stored import Kept, Shelf
from assistant.suggestions import suggestions
from assistant.text.language import primary
from project.core.change import change
from project.core.errors import ErrorCode, InvalidInput
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.shops.selectors import product_by_reference, shop_facts

logger = logging.getLogger("assistant")

Frame = dict[str, Any]


def ensure_assistant(*, shop_id: int, actor_id: int | None = None) -> AssistantFacts:
    """Return the shop's default assistant, made now if there was none."""
    with shop_scope(shop_id):
        row = Assistant.objects.filter(is_default=True).first()
        if row is not None:
            return facts_of(row)
        with change(shop_id=shop_id, actor_id=actor_id) as unit:
            new = Assistant(public_id=new_public_id("ast"), name=shop_facts(shop_id).name, is_default=True)
            made = Assistant.objects.bulk_create([new], ignore_conflicts=True)
            row = Assistant.objects.get(is_default=True)
            if row.public_id == made[0].public_id:
                unit.audit("assistant.created", "assistant", row.public_id)
                unit.emit(AssistantChanged(assistant_id=row.public_id))
        return facts_of(row)


def checked_question(text: object) -> str:
    """Return a question as it may be asked; raises InvalidInput (`question_empty`, `question_too_long`)."""
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(_("Please write a question."), code=ErrorCode.QUESTION_EMPTY)
    if len(text) > MAX_QUESTION:
        raise InvalidInput(
            _("A question may have at most %(count)s characters.") % {"count": MAX_QUESTION},
            code=ErrorCode.QUESTION_TOO_LONG,
        )
    return text


def ask(
    *, shop_id: int, text: str, product: str = "", locale: str = "", markets: tuple[str, ...] = ()
) -> Iterator[Frame]:
    """Answer a question: yield frames `coverage`, `claim`…, `done` (with the whole answer) as they are asked for.

    What is quoted has passed the gate when its frame is handed out, and may be shown until the frame's
    `shown_until`. `done` has the last word: a claim handed out before may be missing in it, because its reviews have
    left. `product` is a public id, external id or handle; one that is not known means all products. Raises
    InvalidInput for a question that is empty or too long.
    """
    wanted = checked_question(text)
    with shop_scope(shop_id):
        asked = _asked(shop_id, wanted, product, locale, markets)
        shelf = Shelf(asked)
        kept = shelf.read()
    begun = False
    if kept is not None:
        for frame in _frames_of(kept):
            with shop_scope(shop_id):
                if not shelf.holds(kept):
                    break
            yield frame
            begun = True
        else:
            return
    for event in _in_scope(shop_id, answer_events(asked)):
        if isinstance(event, Answer):
            body = _whole(shop_id, asked, event)
            yield {"type": "done", **body, "shown_until": event.shown_until}
            _keep(shop_id, shelf, event.trace, body)
        elif begun:
            continue  # What went before was the stored answer's; this one comes as a whole.
        elif isinstance(event, Claim):
            yield {"type": "claim", "claim": event.to_dict(), "shown_until": event.shown_until}
        else:
            yield {"type": "coverage", "coverage": event.to_dict()}


def _asked(shop_id: int, text: str, product: str, locale: str, markets: tuple[str, ...]) -> Asked:
    found = product_by_reference(product) if product else None
    page = primary(locale or shop_facts(shop_id).locale)
    wanted = question(text, page_language=page)
    known = {code for code, _name in settings.LANGUAGES}
    language = next((code for code in (wanted.language, page) if code in known), "en")
    return Asked(
        question=wanted,
        scope=Scope(audience_of(shop_id, markets=markets), found.pk if found else None),
        language=language,
        model=configured_model(),
    )


def _in_scope(shop_id: int, events: Iterator[Any]) -> Iterator[Any]:
    """Enter the scope for each step only: between two steps the generator is suspended in its caller's context."""
    while True:
        with shop_scope(shop_id):
            event = next(events, None)
        if event is None:
            return
        yield event


def _whole(shop_id: int, asked: Asked, answer: Answer) -> Frame:
    body = answer.to_dict()
    if answer.abstained:
        with shop_scope(shop_id):
            offered = suggestions(shop_id, language=asked.language, product_pk=asked.scope.product_pk)
        body["suggestions"] = list(offered)
    logger.info(
        "answered shop=%s abstained=%s retrieval=%s score=%s ms=%s",
        shop_id,
        answer.abstained,
        answer.trace.retrieval.value,
        answer.trace.best_score,
        answer.trace.to_dict()["milliseconds"],
    )
    return {"answer": body, "trace": answer.trace.to_dict()}


def _keep(shop_id: int, shelf: Shelf, trace: Trace, body: Frame) -> None:
    """Store what was found with all means; an answer given without the embedder is not the last word."""
    if trace.why in ("", "no_vectors") and not trace.rejected_claims:
        with shop_scope(shop_id):
            shelf.write(body)


def _frames_of(kept: Kept) -> Iterator[Frame]:
    answer, until = kept.body["answer"], kept.valid_until
    if answer["claims"]:
        yield {"type": "coverage", "coverage": answer["coverage"]}
    for claim in answer["claims"]:
        yield {"type": "claim", "claim": claim, "shown_until": until}
    yield {"type": "done", "answer": answer, "trace": {**kept.body["trace"], "stored": True}, "shown_until": until}
