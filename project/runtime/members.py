"""One supervised process: started, watched, started again with back-off, ended."""

import subprocess
import time
from collections.abc import Callable
from typing import Protocol

from project.runtime import logs, processes
from project.runtime.processes import Identity, Program
from project.runtime.services import Service

FIRST_DELAY = 0.25  # seconds before a dead process is started again
LONGEST_DELAY = 30.0
STEADY_SECONDS = 60.0  # a process that ran this long is not counted as failing


class Member(Protocol):
    """What the supervisor knows of a process, a service or one of our own programs."""

    name: str
    restarts: int

    def start(self) -> None: ...
    def ready(self) -> bool: ...
    def identity(self) -> Identity | None: ...
    def ended(self) -> int | None: ...
    def restart_due(self) -> float: ...
    def ask_to_end(self) -> None: ...
    def end(self, *, grace: float) -> None: ...
    def log_tail(self) -> str: ...
    def rotate_log(self) -> None: ...


class _BackOff:
    """When a process that ended may be started again."""

    def __init__(self) -> None:
        self.restarts = 0
        self._failures = 0
        self._started = 0.0
        self._due: float | None = None

    def _begun(self) -> None:
        self._started = time.monotonic()
        self._due = None

    def restart_due(self) -> float:
        """The time (monotonic seconds) of the next start, fixed when the end is first noticed."""
        if self._due is None:
            now = time.monotonic()
            self._failures = 0 if now - self._started > STEADY_SECONDS else self._failures
            self._due = now + min(LONGEST_DELAY, FIRST_DELAY * 2**self._failures)
            self._failures += 1
            self.restarts += 1
        return self._due


class ProgramMember(_BackOff):
    """One of our own programs; ``answers`` tells of the process with a pid whether it can work."""

    def __init__(self, program: Program, answers: Callable[[int], bool]) -> None:
        super().__init__()
        self.name = program.name
        self.program = program
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None
        self._logged = 0

    def start(self) -> None:
        """Start it; its output follows what its log already holds."""
        self._logged = logs.size(self.program.log) if self.program.log else 0
        self._process = processes.start(self.program)
        self._begun()

    def ready(self) -> bool:
        """Whether it runs and answers."""
        return self._process is not None and self.ended() is None and self._answers(self._process.pid)

    def identity(self) -> Identity | None:
        """Its pid and start time; None while it does not run."""
        return Identity.of(self._process.pid) if self._process else None

    def ended(self) -> int | None:
        """Its exit code (negative: the signal) once it has ended, else None."""
        return self._process.poll() if self._process else None

    def ask_to_end(self) -> None:
        """Send its stop signal and return at once."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.program.stop_signal)

    def end(self, *, grace: float) -> None:
        """Wait up to ``grace`` seconds for it to end, then kill it with its whole group."""
        if self._process:
            processes.reap(self._process, grace=grace)

    def log_tail(self) -> str:
        """What it logged since its last start."""
        return logs.tail(self.program.log, since=self._logged) if self.program.log else ""

    def rotate_log(self) -> None:
        """Rotate its log when it has grown too long."""
        if self.program.log and logs.rotate(self.program.log):
            self._logged = 0


class ServiceMember(_BackOff):
    """PostgreSQL or Valkey under supervision: it comes back with its data."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.name = service.name
        self.service = service

    def start(self) -> None:
        """Clear what its last life left behind and start it."""
        self.service.begin()
        self._begun()

    def ready(self) -> bool:
        """Whether it answers; raises CannotStart when it ended while starting."""
        return self.service.ready()

    def identity(self) -> Identity | None:
        """Its pid and start time; None while it does not run."""
        return Identity.of(self.service.process.pid) if self.service.process else None

    def ended(self) -> int | None:
        """Its exit code once it has ended, else None."""
        return self.service.process.poll() if self.service.process else None

    def ask_to_end(self) -> None:
        """Nothing yet: services end last, after everybody who uses them."""

    def end(self, *, grace: float) -> None:
        """Stop it in order (it has a patience of its own)."""
        self.service.stop()

    def log_tail(self) -> str:
        """The end of its log."""
        return logs.tail(self.service.log)

    def rotate_log(self) -> None:
        """Rotate its log when it has grown too long."""
        logs.rotate(self.service.log)
