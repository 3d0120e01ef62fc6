"""The supervisor keeps its processes running, ends them all, and recovers from its own sudden end.

Shown with the services alone, which start in a second; tests/runtime/test_ended_stacks.py shows the same with
everything.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from project.runtime import instance, processes
from project.runtime.layout import PROJECT_ROOT, Layout, database_url, redis_url
from project.runtime.processes import Identity
from tests.stack import OURS

pytestmark = pytest.mark.process

READY = "The services are ready"


class Services:
    """``python -m project.runtime services`` in a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.layout = Layout(home)
        kept = {key: value for key, value in os.environ.items() if key not in OURS}
        self.environment = {**kept, "VOUCHSAFE_HOME": str(home)}
        self.running: list[subprocess.Popen[str]] = []

    def begin(self, *, until_ready: bool = True) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "project.runtime", "services"],
            cwd=PROJECT_ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running.append(process)
        assert process.stdout is not None
        while until_ready:
            line = process.stdout.readline()
            assert line, f"ended with {process.wait()}"
            if READY in line:
                break
        return process

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "project.runtime", *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def identities(self) -> dict[str, Identity]:
        return instance.read_state(self.layout).processes

    def everything(self) -> set[int]:
        """Pids of all that works on this home, PostgreSQL's own children among them."""
        recorded = {identity.pid for identity in self.identities().values() if identity.lives()}
        return recorded | set(processes.processes_in(self.layout.postgresql.resolve()))

    def nothing_left(self) -> bool:
        return processes.wait_until(lambda: not self.everything(), seconds=15)


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    started = Services(home)
    yield started
    started.command("reset")
    for process in started.running:
        process.communicate()


def answers(home: Path) -> bool:
    try:
        with psycopg.connect(database_url(home)), redis.Redis.from_url(redis_url(home)) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_order(services: Services, number: int) -> None:
    process = services.begin()
    assert len(services.everything()) > 2
    process.send_signal(number)
    assert process.wait(30) == 0
    assert services.everything() == set()


def test_stop_ends_everything_and_says_when_there_is_nothing_to_end(services: Services) -> None:
    process = services.begin()
    done = services.command("stop")
    assert done.returncode == 0
    assert process.wait(5) == 0
    assert services.everything() == set()
    again = services.command("stop")
    assert again.returncode == 0
    assert "was not running" in again.stdout


def test_nothing_outlives_a_killed_supervisor_and_a_new_start_recovers(services: Services, home: Path) -> None:
    process = services.begin()
    with psycopg.connect(database_url(home)) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    before = services.identities()
    process.kill()
    process.wait()
    services.begin()
    assert answers(home)
    assert not any(identity.lives() for identity in before.values())
    with psycopg.connect(database_url(home)) as connection:
        connection.execute("SELECT number FROM kept")


def test_stop_ends_what_a_killed_supervisor_left(services: Services) -> None:
    process = services.begin()
    process.kill()
    process.wait()
    assert services.command("stop").returncode == 0
    assert services.nothing_left()


@pytest.mark.parametrize("name", ["valkey", "postgresql"])
def test_a_killed_service_comes_back_with_its_data(services: Services, home: Path, name: str) -> None:
    services.begin()
    with psycopg.connect(database_url(home)) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    with redis.Redis.from_url(redis_url(home)) as client:
        client.set("kept", "yes")
    killed = services.identities()[name]
    os.kill(killed.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: services.identities()[name] != killed and answers(home), seconds=30)
    with psycopg.connect(database_url(home)) as connection:
        connection.execute("SELECT number FROM kept")
    with redis.Redis.from_url(redis_url(home)) as client:
        assert client.get("kept") == b"yes"
    assert "started again 1 times" in services.command("status").stdout


def test_a_second_supervisor_of_the_same_home_is_refused(services: Services) -> None:
    first = services.begin()
    second = services.command("services")
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert f"process {first.pid}" in second.stderr
    assert first.poll() is None


def test_status_says_what_runs(services: Services) -> None:
    assert services.command("status").returncode == 3
    process = services.begin()
    done = services.command("status")
    assert done.returncode == 0
    assert "postgresql" in done.stdout
    process.terminate()
    process.wait()
    assert services.command("status").returncode == 3


def test_reset_deletes_the_data_too(services: Services, home: Path) -> None:
    services.begin()
    assert services.command("reset").returncode == 0
    assert not home.exists()
    assert services.everything() == set()


def test_a_command_gets_services_of_its_own_and_its_exit_code_is_passed_on(services: Services) -> None:
    code = "import os, sys, psycopg; psycopg.connect(os.environ['DATABASE_URL']); print(os.environ['VOUCHSAFE_HOME'])"
    done = services.command("services", "--", sys.executable, "-c", code + "; sys.exit(7)")
    assert done.returncode == 7, done.stderr
    assert not Path(done.stdout.strip()).exists()


def test_a_supervisor_that_is_to_end_with_make_does(services: Services) -> None:
    """`make run` killed for good must not leave a shop running that nobody sees."""
    if not processes.LINUX:
        return
    code = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c',"
        " 'from project.runtime.processes import die_with_parent; die_with_parent(); import signal, os;"
        " print(os.getpid(), flush=True); signal.pause()']); child.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    assert processes.wait_until(lambda: Identity.of(child) is None, seconds=10)
