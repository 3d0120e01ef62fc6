"""The configured language model, if there is one. Its packages are imported at the first question, never before."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from assistant.answers.material import Draft, Material, drafts, prompt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger("assistant.model")

TIMEOUT_SECONDS = 8.0
MOST_TOKENS = 600


def model_name() -> str:
    """Return the configured model ("provider:model"), "" for none."""
    return str(getattr(settings, "ASSISTANT_MODEL", "") or "")


@lru_cache(maxsize=2)
def _made(name: str, base_url: str) -> BaseChatModel:
    # LangSmith's client comes with LangChain and sends traces where its variables say so. A shopper's question
    # goes to the configured provider and nowhere else.
    os.environ["LANGSMITH_TRACING"] = "false"
    os.environ["LANGCHAIN_TRACING_V2"] = "false"
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "max_tokens": MOST_TOKENS, "temperature": 0}
    if base_url:
        options["base_url"] = base_url
    model: BaseChatModel = init_chat_model(name, **options)
    return model


def configured_model() -> BaseChatModel | None:
    """Return the model named by ASSISTANT_MODEL, None without one or when it cannot be made (logged)."""
    name = model_name()
    if not name:
        return None
    try:
        return _made(name, str(getattr(settings, "ASSISTANT_MODEL_BASE_URL", "") or ""))
    except Exception:
        # A provider's package may be missing or refuse its options in its own way; answers go on without it.
        logger.exception("the configured model %s cannot be used", name)
        return None


def written_drafts(model: BaseChatModel, material: Material, *, timeout: float = TIMEOUT_SECONDS) -> list[Draft]:
    """Return what a model wrote within `timeout` seconds, [] when it failed or was too slow.

    Statements made from counts are not a model's to make and are left out. Never raises.
    """
    arrived: queue.Queue[str | _End] = queue.Queue()
    threading.Thread(target=_write, args=(model, material, arrived), daemon=True, name="assistant-model").start()
    try:
        return [draft for draft in drafts(_until_done(arrived, time.monotonic() + timeout)) if not draft.say]
    except TimeoutError:
        logger.warning("the configured model took longer than %s s", timeout)
    except RuntimeError:
        logger.warning("the configured model failed")
    return []


class _End(Enum):
    DONE = "done"
    FAILED = "failed"


def _write(model: BaseChatModel, material: Material, arrived: queue.Queue[str | _End]) -> None:
    try:
        for chunk in model.stream(prompt(material)):
            arrived.put(str(chunk.text))
    except Exception:
        # Providers fail each in their own way; none of them may cost the shopper the answer.
        logger.exception("the configured model failed")
        arrived.put(_End.FAILED)
    else:
        arrived.put(_End.DONE)


def _until_done(arrived: queue.Queue[str | _End], until: float) -> Iterator[str]:
    """Yield pieces of text until the model is done; raises TimeoutError and RuntimeError."""
    while True:
        try:
            piece = arrived.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if piece is _End.FAILED:
            raise RuntimeError("the model failed")
        if isinstance(piece, _End):
            return
        yield piece
