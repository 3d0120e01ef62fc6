"""What keeps a start from succeeding is said in one sentence, with the remedy, before anything runs."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from project.runtime import preflight
from project.runtime.environment import defaults
from project.runtime.errors import CannotStart, explain_os_error
from project.runtime.layout import PROJECT_ROOT, Layout
from tests.stack import free_ports


def run(home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """``make run`` without make; DATABASE_URL and REDIS_URL of the suite, so that no service is needed."""
    environment = {**os.environ, "VOUCHSAFE_HOME": str(home), "VOUCHSAFE_DEMO": "1", **variables}
    return subprocess.run(
        [sys.executable, "-m", "project.runtime", "run"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refused(done: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    """It ended with an exit code that is not 0 and one sentence that says all ``parts``."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    sentence = done.stderr.strip()
    assert sentence.startswith("vouchsafe: ")
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


@pytest.fixture
def busy_port() -> "socket.socket":
    with preflight.bound("127.0.0.1", 0) as listening:
        listening.listen()
        yield listening


def test_a_busy_port_is_named_with_a_way_around_it(home: Path, busy_port: socket.socket) -> None:
    port = str(busy_port.getsockname()[1])
    refused(run(home, PORT=port), f"Port {port} is in use", "make run PORT=")


def test_a_busy_port_of_the_storefront_is_named_by_its_own_variable(home: Path, busy_port: socket.socket) -> None:
    first, second = free_ports(2)
    port = str(busy_port.getsockname()[1])
    done = run(home, PORT=str(first), STOREFRONT_PORT=port, REPLAY_PORT=str(second))
    refused(done, f"Port {port} is in use", "make run STOREFRONT_PORT=")


def test_two_servers_cannot_share_a_port(home: Path) -> None:
    port = str(free_ports(1)[0])
    refused(run(home, PORT=port, REPLAY_PORT=port), f"PORT and REPLAY_PORT are both {port}")


@pytest.mark.parametrize("port", ["eight", "0", "70000", "-1"])
def test_a_port_must_be_a_port(home: Path, port: str) -> None:
    refused(run(home, PORT=port), f"PORT must be a port number between 1 and 65535, not {port!r}")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # Nobody can make folders there, not even root; an ordinary user meets a folder closed to writing.
    if os.geteuid() == 0:
        home = Path("/sys/vouchsafe")
    else:
        tmp_path.chmod(0o500)
        home = tmp_path / "home"
    refused(run(home), f"may not write to {home}", "VOUCHSAFE_HOME=/path")


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(run(tmp_path / "file"), "is a file, not a folder", "VOUCHSAFE_HOME=/path")


def test_a_full_disk_is_named_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preflight.require_space(Layout(tmp_path))
    monkeypatch.setattr(preflight, "FIRST_START_MEGABYTES", 10**9)  # More than this disk can have.
    with pytest.raises(CannotStart, match=r"MB left and Vouchsafe needs 1000000000 MB: free some space"):
        preflight.require_space(Layout(tmp_path))


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "is full"), (errno.EROFS, "may not write"), (errno.EACCES, "may not write")],
)
def test_errors_of_the_file_system_become_sentences(number: int, said: str) -> None:
    error = explain_os_error(OSError(number, os.strerror(number), "/data/x"), Path("/data"))
    assert error is not None
    assert said in str(error)
    assert "VOUCHSAFE_HOME" in str(error)


def test_other_errors_are_not_explained_away() -> None:
    assert explain_os_error(OSError(errno.EIO, "I/O error"), Path("/data")) is None


def test_ports_follow_the_first_unless_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STOREFRONT_PORT", "REPLAY_PORT", "PUBLIC_URL", "DATABASE_URL", "VOUCHSAFE_OUTGOING_ALLOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "9100")
    monkeypatch.setenv("STOREFRONT_PORT", "")  # As make passes a variable that is not set.
    values = defaults(Layout(tmp_path), remembered=False)
    assert (values["PORT"], values["STOREFRONT_PORT"], values["REPLAY_PORT"]) == ("9100", "9101", "9102")
    assert values["PUBLIC_URL"] == "http://localhost:9100"
    assert values["VOUCHSAFE_OUTGOING_ALLOW"] == "127.0.0.1:9102"


def test_a_database_that_does_not_answer_is_named(home: Path) -> None:
    refused(run(home, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"), "PostgreSQL that DATABASE_URL names")


def test_a_redis_that_does_not_answer_is_named(home: Path) -> None:
    refused(run(home, REDIS_URL="redis://127.0.0.1:1/0"), "Redis that REDIS_URL names does not answer")
