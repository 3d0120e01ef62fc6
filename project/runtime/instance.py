"""Who runs from a home folder: the lock that keeps a second supervisor out, and the record of the first."""

import contextlib
import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from project.runtime import processes
from project.runtime.errors import CannotStart
from project.runtime.layout import Layout
from project.runtime.processes import Identity

# A supervisor that is just ending (its terminal closed, its make killed) is waited for.
PATIENCE_SECONDS = 20.0
HESITATION_SECONDS = 1.0


@dataclass
class State:
    """What the supervisor says about itself in ``state.json``."""

    supervisor: Identity | None = None
    phase: str = "stopped"
    url: str = ""
    processes: dict[str, Identity] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether the supervisor that wrote this still lives."""
        return self.supervisor is not None and self.supervisor.lives()


def read_state(layout: Layout) -> State:
    """The record of the present or last supervisor; an empty one when there is none."""
    try:
        stored = json.loads(layout.state.read_text())
        return State(
            supervisor=_identity(stored["supervisor"]),
            phase=stored["phase"],
            url=stored["url"],
            processes={name: Identity(**entry) for name, entry in stored["processes"].items()},
            restarts=stored["restarts"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return State()


def _identity(stored: dict[str, Any] | None) -> Identity | None:
    return None if stored is None else Identity(**stored)


def write_state(layout: Layout, state: State) -> None:
    """Replace the record in one step. A full disk must not end a running supervisor, so errors are let be."""
    stored = {
        "supervisor": vars(state.supervisor) if state.supervisor else None,
        "phase": state.phase,
        "url": state.url,
        "processes": {name: vars(identity) for name, identity in state.processes.items()},
        "restarts": state.restarts,
    }
    unfinished = layout.state.with_suffix(".unfinished")
    with contextlib.suppress(OSError):
        unfinished.write_text(json.dumps(stored, indent=1))
        unfinished.replace(layout.state)


class Claim:
    """The exclusive right to run from a home folder, held by an open, locked file until we end."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock; raises CannotStart when another supervisor runs from this home."""
        self._descriptor = os.open(self.layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
        if self._try() or processes.wait_until(self._try, seconds=HESITATION_SECONDS):
            return
        other = read_state(self.layout)
        if other.phase == "stopping" and processes.wait_until(self._try, seconds=PATIENCE_SECONDS):
            return
        self.release()
        who = f" (process {other.supervisor.pid}, {other.url})" if other.supervisor else ""
        raise CannotStart(
            f"Vouchsafe is already running from {self.layout.home}{who}: stop it with `make stop`, or give this "
            "one a folder and a port of its own with `make run VOUCHSAFE_HOME=/path PORT=8010`."
        )

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self) -> bool:
        assert self._descriptor is not None  # noqa: S101
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def all_of(state: State) -> Sequence[Identity]:
    """Every process the record names, the supervisor left out."""
    return list(state.processes.values())
