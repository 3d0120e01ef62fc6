"""A question with all that its answer depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.embedding.client import DEADLINE_SECONDS
from assistant.retrieval.query import Question
from assistant.retrieval.scope import Scope

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True)
class Asked:
    """Who is asked what, in which language the answer is, and by which model it may be written (None: by none)."""

    question: Question
    scope: Scope
    language: str
    model: BaseChatModel | None = None
    deadline: float = field(default_factory=lambda: DEADLINE_SECONDS)
