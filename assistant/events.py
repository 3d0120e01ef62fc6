"""News of the assistant."""

from __future__ import annotations

from dataclasses import dataclass

from project.core.events import Event


@dataclass(frozen=True, kw_only=True)
class AssistantChanged(Event):
    """An assistant was made, or its name, markets or languages changed."""

    assistant_id: str
