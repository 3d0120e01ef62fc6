"""The supervisor: starts every process of an installation, keeps them running, ends them all.

It is the only parent, works in one thread (the kernel ties the children's death signal to the thread that
started them) and holds a lock on the home folder for as long as it lives. Nothing here needs Django.
"""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from project.runtime import instance, processes
from project.runtime.errors import CannotStart
from project.runtime.instance import Claim, State
from project.runtime.layout import Layout
from project.runtime.members import Member
from project.runtime.processes import Identity, Program
from project.runtime.progress import Progress

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.05
HOUSEKEEPING_SECONDS = 30.0
PROGRAM_GRACE_SECONDS = 5.0  # A task that takes longer is begun again by the next worker; it may run twice.
LEFTOVER_GRACE_SECONDS = 5.0
GIVE_UP_AFTER = 3  # restarts of one process before the first start counts as failed


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or SIGHUP arrived while the start was under way."""


class Supervisor:
    """Runs members of one layout; used as a context manager that ends everything on the way out."""

    def __init__(self, layout: Layout, progress: Progress, *, url: str) -> None:
        self.layout = layout
        self.progress = progress
        self.members: list[Member] = []
        self.state = State(supervisor=Identity.of(os.getpid()), phase="starting", url=url)
        self._claim = Claim(layout)
        self._stop_signals = 0
        self._reader, self._writer = socket.socketpair()
        self._housekept = time.monotonic()

    def __enter__(self) -> "Supervisor":
        """Take the lock and end what a killed supervisor left behind; raises CannotStart."""
        self._claim.take()
        self._listen()
        leftovers = instance.read_state(self.layout)
        ended = processes.end_leftovers(instance.all_of(leftovers), grace=LEFTOVER_GRACE_SECONDS)
        if ended:
            how_many = "1 process" if len(ended) == 1 else f"{len(ended)} processes"
            self.progress.say(f"  Ended {how_many} that an earlier run left behind.")
        self._record()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # --- starting -------------------------------------------------------------------------------------

    def start(self, members: Sequence[Member]) -> None:
        """Start ``members`` and supervise them from now on."""
        for member in members:
            self.members.append(member)
            member.start()
            self._record()

    def wait_ready(self, members: Sequence[Member], *, seconds: float) -> None:
        """Wait until all ``members`` can work; raises CannotStart with a log, or StopRequested."""
        waiting = list(members)

        def all_ready() -> bool:
            self._give_up_on_failing(waiting)
            waiting[:] = [member for member in waiting if not member.ready()]
            return not waiting

        if not self._wait(all_ready, seconds=seconds):
            slow = waiting[0]
            raise CannotStart(
                f"{slow.name} was not ready within {seconds:.0f} s; its log in {self.layout.logs} says why.",
                log=slow.log_tail(),
            )

    def command(self, program: Program) -> None:
        """Run a command to its end; raises CannotStart when it fails, StopRequested when we are to stop."""
        process = processes.start(program)
        self.state.processes[program.name] = Identity.of(process.pid) or Identity(process.pid, "")
        self._record()
        try:
            self._wait(lambda: process.poll() is not None, seconds=float("inf"))
        finally:
            processes.stop(process, signal.SIGTERM, grace=LEFTOVER_GRACE_SECONDS)
            self.state.processes.pop(program.name, None)
            self._record()
        if process.returncode != 0:
            raise CannotStart(
                f"`{_readable(program)}` failed (exit code {process.returncode}); what it said stands above."
            )

    def _give_up_on_failing(self, members: Sequence[Member]) -> None:
        for member in members:
            if member.restarts >= GIVE_UP_AFTER:
                raise CannotStart(
                    f"{member.name} ended again and again while starting; its log in {self.layout.logs} says why.",
                    log=member.log_tail(),
                )

    # --- running --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Supervise until a stop signal comes."""
        self.state.phase = "ready"
        self._record()
        with contextlib.suppress(StopRequested):
            self._wait(lambda: False, seconds=float("inf"))

    def _wait(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Supervise until ``condition`` holds (True) or time is up (False); raises StopRequested."""
        deadline = time.monotonic() + seconds
        # Nothing to poll for: the end of a child is a signal, which ends the sleep.
        pause = HOUSEKEEPING_SECONDS if seconds == float("inf") else POLL_SECONDS
        while True:
            if self._stop_signals:
                raise StopRequested
            due = self._restart_dead()
            if condition():
                return True
            now = time.monotonic()
            if now >= deadline:
                return False
            self._housekeep(now)
            self._sleep(max(0.0, min(pause, due - now, deadline - now)))

    def _restart_dead(self) -> float:
        """Start again what is due; returns when the next restart is (monotonic seconds)."""
        next_due = float("inf")
        for member in self.members:
            code = member.ended()
            if code is None:
                continue
            announced = member.restarts
            due = member.restart_due()
            if member.restarts > announced:
                self._announce(member, code)
            if due <= time.monotonic():
                member.start()
                self._record()
            else:
                next_due = min(next_due, due)
        return next_due

    def _announce(self, member: Member, code: int) -> None:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self.state.restarts[member.name] = member.restarts
        self.progress.warn(f"{member.name} ended ({how}) and is started again; see {self.layout.logs}.")

    def _housekeep(self, now: float) -> None:
        if now - self._housekept >= HOUSEKEEPING_SECONDS:
            self._housekept = now
            for member in self.members:
                with contextlib.suppress(OSError):
                    member.rotate_log()

    def _record(self) -> None:
        running = {member.name: member.identity() for member in self.members}
        extra = {name: who for name, who in self.state.processes.items() if name not in running}
        self.state.processes = {**extra, **{name: who for name, who in running.items() if who}}
        instance.write_state(self.layout, self.state)

    # --- ending ---------------------------------------------------------------------------------------

    def end(self) -> None:
        """End every member, programs before services, and give the lock back."""
        if self.members:
            self.progress.say("  Stopping …")
        self.state.phase = "stopping"
        self._record()
        for member in self.members:
            member.ask_to_end()
        began = time.monotonic()
        for member in reversed(self.members):
            # A second Ctrl-C means: at once.
            spent = time.monotonic() - began
            member.end(grace=0.0 if self._stop_signals > 1 else max(0.0, PROGRAM_GRACE_SECONDS - spent))
        self.members.clear()
        self.state.phase = "stopped"
        self.state.processes.clear()
        self._record()
        self._claim.release()
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    # --- signals --------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Signals only set a mark and wake the loop up: nothing is interrupted half-way."""
        for end in (self._reader, self._writer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _on_stop_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal comes (a child that ended sends one, too) or ``seconds`` have passed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            if selector.select(seconds):
                with contextlib.suppress(BlockingIOError):
                    self._reader.recv(4096)


def _readable(program: Program) -> str:
    return " ".join(Path(part).name if os.sep in part else part for part in program.command)
