"""The composer that needs no language model: it chooses, counts and quotes, and writes nothing of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from assistant.answers.material import Draft, Offered
from assistant.answers.messages import Say

NAME = "extractive"


class ExtractiveChatModel(BaseChatModel):
    """A LangChain chat model that answers the prompt of `material.prompt` with drafts, one to a chunk.

    First how many reviews speak of the question, with the best quotes; then the dissent, when there is one. The
    sentences themselves are message templates, so no wording can go wrong here.
    """

    @property
    def _llm_type(self) -> str:
        return NAME

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for draft in _drafts_for(messages[-1]):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=draft.to_line()))
            if run_manager:
                run_manager.on_llm_new_token(draft.to_line(), chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(draft.to_line() for draft in _drafts_for(messages[-1]))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])


def _drafts_for(message: BaseMessage) -> list[Draft]:
    passages = json.loads(str(message.content))["passages"]
    quotes = tuple(passage["number"] for passage in passages if passage["role"] == Offered.QUOTE)
    dissent = tuple(passage["number"] for passage in passages if passage["role"] == Offered.DISSENT)
    drafts = [Draft(say=Say.COVERAGE, passages=quotes or dissent)] if quotes or dissent else []
    if quotes and dissent:
        drafts.append(Draft(say=Say.DISSENT, passages=dissent))
    return drafts
