"""Processes are recognised for sure, end with their parent, and end with their whole group."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.runtime import processes
from project.runtime.processes import LINUX, Identity, Program

FOREVER = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); signal.pause()"
# A child that starts a grandchild of its own and says who it is.
FAMILY = (
    "import subprocess, sys, signal;"
    f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); print(child.pid, flush=True); signal.pause()"
)


def python(code: str, log: Path) -> Program:
    return Program(name="test", command=[sys.executable, "-c", code], log=log, environment=dict(os.environ))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "process.log"


@pytest.fixture
def forever(log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = processes.start(python(FOREVER, log))
    yield process
    processes.stop(process, signal.SIGKILL, grace=5)


def gone(pid: int) -> bool:
    return processes.wait_until(lambda: Identity.of(pid) is None, seconds=10)


def test_a_process_is_recognised_until_it_ends(forever: "subprocess.Popen[bytes]") -> None:
    identity = Identity.of(forever.pid)
    assert identity is not None
    assert identity.lives()
    assert not Identity(forever.pid, "another start").lives()
    forever.kill()
    assert processes.wait_until(lambda: not identity.lives(), seconds=10)  # A zombie counts as ended.


def test_leftovers_end_and_strangers_with_their_pids_do_not(log: Path, forever: "subprocess.Popen[bytes]") -> None:
    left = processes.start(python(FOREVER, log))
    identity = Identity.of(left.pid)
    assert identity is not None
    stranger = Identity(forever.pid, "somebody else")
    assert processes.end_leftovers([identity, stranger], grace=5) == [identity]
    left.wait(5)
    assert forever.poll() is None


def test_a_process_that_ignores_the_request_is_killed_after_its_grace(log: Path) -> None:
    process = processes.start(python(STUBBORN, log))
    assert processes.wait_until(lambda: log.read_text() == "on\n", seconds=10)
    processes.stop(process, signal.SIGTERM, grace=0.2)
    assert process.returncode == -signal.SIGKILL


def test_a_process_takes_its_children_with_it(log: Path) -> None:
    process = processes.start(python(FAMILY, log))
    assert processes.wait_until(lambda: log.read_text().endswith("\n"), seconds=10)
    processes.stop(process, signal.SIGTERM, grace=5)
    assert gone(int(log.read_text()))


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone(forever: "subprocess.Popen[bytes]") -> None:
    assert os.getsid(forever.pid) == forever.pid


@pytest.mark.process
def test_processes_end_with_a_parent_that_is_killed(log: Path) -> None:
    """By the kernel on Linux; elsewhere the next start ends them, as the test of leftovers shows."""
    program = (
        "import os, signal, sys; from pathlib import Path; from project.runtime import processes;"
        f"program = processes.Program('x', [sys.executable, '-c', {FOREVER!r}], Path({str(log)!r}),"
        " environment=dict(os.environ));"
        "print(processes.start(program).pid, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    identity = Identity.of(child)
    assert identity is not None
    parent.kill()
    parent.communicate()
    if not LINUX:
        processes.end_leftovers([identity], grace=5)
    assert gone(child)


def test_the_environment_and_the_niceness_are_the_programs_own(log: Path) -> None:
    code = "import os; print(os.environ.get('ONLY'), os.nice(0), flush=True)"
    program = Program(name="test", command=[sys.executable, "-c", code], log=log, environment={"ONLY": "mine"}, nice=5)
    assert processes.start(program).wait(10) == 0
    assert log.read_text() == f"mine {os.nice(0) + 5}\n"
