"""Starting, recognising and ending operating-system processes."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from project.runtime.account import Account

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


@dataclass(frozen=True)
class Identity:
    """A process as it can be recognised later: a pid alone may belong to somebody else by then."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The identity of the living process ``pid``; None when there is none."""
        started = _start_of(pid)
        return None if started is None else cls(pid=pid, started=started)

    def lives(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return _start_of(self.pid) == self.started


@dataclass(frozen=True)
class Program:
    """What to run: the supervisor, the services and the tests start processes from this alone."""

    name: str
    command: Sequence[str]
    log: Path | None  # None: our own standard output, for programs that report to the person.
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGTERM
    nice: int = 0


def start(program: Program) -> "subprocess.Popen[bytes]":
    """Start ``program`` in a session of its own; it gets ``death_signal`` when we die (Linux).

    Call from the main thread: the kernel sends the death signal when the *thread* that started the child
    ends. Output goes to the end of its log file.
    """
    account = program.account
    with contextlib.ExitStack() as files:
        log = files.enter_context(program.log.open("ab")) if program.log else None
        return subprocess.Popen(  # noqa: PLW1509 - only async-signal-safe calls are made in preexec_fn
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            env=dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_in_child(program.death_signal, program.nice, os.getpid()),
        )


def _in_child(death_signal: int, nice: int, parent: int) -> Callable[[], None]:
    """What the child does between fork and exec, after the change of account (which clears the signal)."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:  # Our parent died before the line above.
                os._exit(1)
        if nice:
            os.nice(nice)

    return prepare


def die_with_parent(death_signal: int = signal.SIGTERM) -> None:
    """Ask the kernel to send us ``death_signal`` when the process that started us ends (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


def stop(process: "subprocess.Popen[bytes]", stop_signal: int, *, grace: float) -> None:
    """Ask our child to end, and after ``grace`` seconds end its whole group."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    reap(process, grace=grace)


def reap(process: "subprocess.Popen[bytes]", *, grace: float) -> None:
    """Wait up to ``grace`` seconds for our child to end, then kill what is left of its group."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL to every process in the group that ``pid`` leads, if there is any."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_leftovers(leftovers: Sequence[Identity], *, grace: float) -> list[Identity]:
    """End processes of an earlier supervisor that still live (with their groups); returns those it found."""
    found = [identity for identity in leftovers if identity.lives()]
    for identity in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(identity.pid, signal.SIGTERM)
    wait_until(lambda: not any(identity.lives() for identity in found), seconds=grace)
    for identity in leftovers:
        # The leader may be gone while its children live on; its pid stays the name of their group.
        if identity.lives() or (identity in found and Identity.of(identity.pid) is None):
            kill_group(identity.pid)
    wait_until(lambda: not any(identity.lives() for identity in found), seconds=grace)
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll ``condition`` for at most ``seconds``; returns whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def processes_in(folder: Path) -> list[int]:
    """Pids of processes whose working directory is ``folder`` (PostgreSQL's is its data folder).

    Without /proc (macOS) those whose command line names the folder.
    """
    if LINUX:
        return [pid for pid in _all_pids() if _working_directory(pid) == str(folder)]
    listing = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=False)
    lines = (line.split(None, 1) for line in listing.stdout.splitlines())
    return [int(parts[0]) for parts in lines if len(parts) == 2 and f"-D {folder}" in parts[1]]


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _working_directory(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _start_of(pid: int) -> str | None:
    """When the process began, in the system's own notation; None when it has ended."""
    if not LINUX:
        line = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
        return None if not line or line.startswith("Z") else line.split(None, 1)[1]
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name in parentheses may hold anything; what follows it is fixed (proc(5)): state is field 3 and
    # starttime, in clock ticks since boot, field 22.
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else f"{_boot()}:{fields[19]}"


def _boot() -> str:
    """Names this boot of the machine, so that start times of two boots never compare equal."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
