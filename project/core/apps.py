from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel: tenant scope, errors, outbox, audit, outgoing HTTP, public edge. Imports no other app."""

    name = "project.core"
    label = "core"

    def ready(self) -> None:
        # The tasks register the relay's alarm: without them a change waits for the sweep, in every process.
        from project.core import checks, tasks  # noqa: F401

        # Before any other room's subscribers: open pages hear of a change first, whatever else follows from it.
        from project.core.live import news  # noqa: F401
