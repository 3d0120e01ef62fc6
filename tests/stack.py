"""A whole Vouchsafe for tests: started by the same command as `make run`, in a home of its own."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psycopg

from project.runtime import instance, probes, processes, throwaway, valkey
from project.runtime.environment import defaults
from project.runtime.layout import PROJECT_ROOT, Layout, database_url
from project.runtime.preflight import bound
from project.runtime.processes import Identity

READY = "Vouchsafe is ready:"
CHEAP_VECTORS = {"VOUCHSAFE_EMBEDDINGS": "tests.hashed_words.HashedWords"}
START_SECONDS = 300.0  # With the seeding of the demo, on two busy cores.
STOP_SECONDS = 60.0
RESTART_SECONDS = 60.0
WORKERS = ("worker-urgent", "worker-default", "worker-bulk")
OWN = ("web", *WORKERS, "beat", "embedder")
DEMO = ("storefront", "replay")
SERVICES = ("postgresql", "valkey")
# What pytest's own settings put into the environment would lead the stack to the suite's services.
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "PUBLIC_URL")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below the range that the kernel takes outgoing connections' from."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20_000, 30_000)
        try:
            bound("127.0.0.1", port).close()
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def status_of(url: str) -> int:
    """What a plain request is answered with. Raises OSError or http.client.HTTPException where nobody answers."""
    host = url.removeprefix("http://").partition("/")[0]
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", url.removeprefix(f"http://{host}"))
        return connection.getresponse().status
    finally:
        connection.close()


class Stack:
    """Services, web server, workers, beat, embedder, storefront and Mastodon replay, with the demo seeded."""

    def __init__(self, home: Path | None = None, *, demo: bool = True, named: Mapping[str, str] | None = None) -> None:
        """``named``: what an owner puts into the environment, such as the address of a PostgreSQL of their own."""
        self.home = home or throwaway.new_home()
        self.layout = Layout(self.home)
        self.log = self.home / "supervisor.log"
        self.port, self.storefront_port, self.replay_port = free_ports(3)
        self.demo = demo
        self.named = dict(named or {})
        self.folder, self.python = PROJECT_ROOT, sys.executable
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @classmethod
    def running_in(cls, clone: Path) -> "Stack":
        """The demo that `make run` has started in a clone: at the ports it remembers, with the clone's own programs."""
        stack = cls(clone / ".vouchsafe")
        stack.folder, stack.python = clone, str(clone / ".venv" / "bin" / "python")
        ports = json.loads(stack.layout.environment.read_text())
        stack.port, stack.storefront_port, stack.replay_port = (
            int(ports[name]) for name in ("PORT", "STOREFRONT_PORT", "REPLAY_PORT")
        )
        return stack

    @property
    def base_url(self) -> str:
        """Vouchsafe itself."""
        return f"http://localhost:{self.port}"

    @property
    def storefront_url(self) -> str:
        """The demo's shop, on another origin."""
        return f"http://127.0.0.1:{self.storefront_port}"

    def answers(self) -> bool:
        """Whether the web server says that it is well."""
        try:
            return status_of(self.base_url + "/healthz") == 200
        except (OSError, http.client.HTTPException):
            return False

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command of this stack."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in OURS and not key.startswith(("VOUCHSAFE_", "PYTEST_"))
        }
        return {
            **kept,
            "VOUCHSAFE_HOME": str(self.home),
            "VOUCHSAFE_DEMO": "1" if self.demo else "0",
            "PORT": str(self.port),
            "STOREFRONT_PORT": str(self.storefront_port),
            "REPLAY_PORT": str(self.replay_port),
            **self.named,
        }

    # --- the supervisor -------------------------------------------------------------------------------

    def start_unless_running(self) -> None:
        """Start it where it does not run yet."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def start(self) -> None:
        """Run the supervisor until it says that it is ready; fails with its output."""
        self._forget()
        self.home.mkdir(exist_ok=True)
        self._output = self.log.open("wb")
        self._process = subprocess.Popen(
            [self.python, "-m", "project.runtime", "run", "--with-parent"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        ready = processes.wait_until(
            lambda: READY in self.output or self._process.poll() is not None, seconds=START_SECONDS
        )
        assert ready, f"not ready after {START_SECONDS} s:\n{self.output}"
        assert self._process.poll() is None, self.output

    @property
    def output(self) -> str:
        """What the supervisor has printed."""
        return self.log.read_text(errors="replace")

    @property
    def supervisor(self) -> int:
        """The supervisor's pid."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        assert self._process is not None
        assert self._output is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(STOP_SECONDS)
        finally:
            self._output.close()

    def _forget(self) -> None:
        """Take leave of a supervisor that has ended, or is about to."""
        if self._output is not None:
            self._output.close()
        if self._process is not None:
            self._process.wait(STOP_SECONDS)

    def remove(self) -> None:
        """End whatever still runs and delete the home."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._forget()
        self.command("reset")

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """``python -m project.runtime …`` for this home."""
        return self._run(["-m", "project.runtime", *arguments])

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """A management command; one that fails fails the test with what it said, unless ``check=False``."""
        done = self._run(["manage.py", *arguments])
        assert not check or done.returncode == 0, f"{arguments} → {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def _run(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    # --- its processes --------------------------------------------------------------------------------

    def identities(self) -> dict[str, Identity]:
        """Every process that the supervisor runs now, by name."""
        return instance.read_state(self.layout).processes

    def kill(self, name: str, *, with_signal: int = signal.SIGKILL) -> dict[str, Identity]:
        """Kill a process (``worker``: all three workers); the supervisor starts it again by itself.

        Returns what was killed, for ``wait_ready``.
        """
        found = self.identities()
        killed = {each: found[each] for each in (WORKERS if name == "worker" else (name,))}
        for identity in killed.values():
            os.kill(identity.pid, with_signal)
        assert processes.wait_until(
            lambda: not any(identity.lives() for identity in killed.values()), seconds=RESTART_SECONDS
        )
        return killed

    def wait_ready(self, name: str, *, after: dict[str, Identity] | None = None) -> None:
        """Wait until a process (``worker``: all three) can work, as another one than in ``after``."""
        for each in WORKERS if name == "worker" else (name,):
            gone = (after or {}).get(each)
            ready = processes.wait_until(lambda: self._works(each, gone), seconds=RESTART_SECONDS)  # noqa: B023
            assert ready, f"{each} did not come back:\n{self.process_log(each)}"

    def restart(self, name: str, *, with_signal: int = signal.SIGKILL) -> None:
        """Kill a process and wait until its successor can work."""
        self.wait_ready(name, after=self.kill(name, with_signal=with_signal))

    def _works(self, name: str, gone: Identity | None) -> bool:
        identity = self.identities().get(name)
        if identity is None or identity == gone or not identity.lives():
            return False
        if name == "valkey":
            return valkey.answers_ping(self.layout.valkey_socket)
        if name == "postgresql":
            return self._database_answers()
        values = {**defaults(self.layout, remembered=True), **self.environment, "ALLOWED_HOSTS": "localhost"}
        values["EMBEDDER_SOCKET"] = str(self.layout.embedder_socket)
        return probes.can_work(name, identity.pid, self.layout, values)

    def _database_answers(self) -> bool:
        try:
            psycopg.connect(database_url(self.home)).close()
        except psycopg.OperationalError:
            return False
        return True

    def process_log(self, name: str) -> str:
        """The log of a process."""
        path = self.layout.logs / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def rows(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """The rows of a query against the stack's database."""
        with psycopg.connect(database_url(self.home), autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()
