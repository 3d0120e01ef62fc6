from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel: tenant scope, errors, outbox, audit, outgoing HTTP, public edge. Imports no other app."""

    name = "project.core"
    label = "core"

    def ready(self) -> None:
        from project.core import checks  # noqa: F401
