from __future__ import annotations

import os

from django.apps import AppConfig


class AssistantConfig(AppConfig):
    """Answers to shoppers' questions, made of what customers said."""

    name = "assistant"
    label = "assistant"

    def ready(self) -> None:
        # LangSmith's client is part of LangChain: no run of ours is traced to anywhere.
        os.environ["LANGSMITH_TRACING"] = "false"
        os.environ["LANGCHAIN_TRACING_V2"] = "false"

        from assistant import subscribers  # noqa: F401 (registers)
        from assistant.edge.routes import register_routes
        from assistant.outlet import OUTLET
        from assistant.shredding import SHREDDER
        from project.core.lookups import register_public_id
        from project.core.shredding import register_later_shredder
        from project.rights.outlets import register_outlet

        register_public_id("ast", "assistant.Assistant")
        register_outlet(OUTLET)
        register_routes()
        register_later_shredder(SHREDDER)
