"""The embedded PostgreSQL: made once, started, asked whether it answers, stopped.

It listens on a Unix socket only and trusts whoever may enter the socket's folder, which is the account's own
(mode 0700), so no port can clash and no password is needed.
"""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

import psycopg

from project.runtime import logs, processes
from project.runtime.account import service_account
from project.runtime.binaries import postgresql_folder
from project.runtime.errors import CannotStart
from project.runtime.layout import DATABASE_NAME, DATABASE_USER, Layout

READY_SECONDS = 60.0  # Crash recovery of a large database may take a while.
STOP_SECONDS = 15.0
REQUIRED_EXTENSION = "vector"
OPTIONAL_EXTENSIONS = ("pg_trgm", "unaccent")
# With the default /dev/shm of a container (64 MB, or none) parallel queries fail; memory-mapped files work.
MEMORY = {"dynamic_shared_memory_type": "mmap"}
DURABLE = {"max_connections": "150", **MEMORY}
# Tests throw their database away: a crash of the machine may cost it.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    **DURABLE,
}
BUILTIN_LOCALE_SINCE = 17


class PostgreSQL:
    """One embedded PostgreSQL below ``layout``; ``durable=False`` trades safety for the speed of tests."""

    name = "postgresql"

    def __init__(self, layout: Layout, *, durable: bool = True) -> None:
        self.layout = layout
        self.durable = durable
        self.log = layout.logs / "postgresql.log"
        self.account = service_account()
        self.process: subprocess.Popen[bytes] | None = None
        self._logged = 0

    def begin(self) -> None:
        """Make the data folder if there is none, clear what a crash left behind, and start the server."""
        data = self.layout.postgresql
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        self._refuse_other_version(data)
        clear_leftovers(data)
        self._logged = logs.size(self.log)
        self.process = processes.start(self._program("postgres", data))

    def ready(self) -> bool:
        """Whether the server accepts a real connection now; raises CannotStart when it has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise self._failure(f"PostgreSQL ended while starting (exit code {self.process.returncode})")
        try:
            with self.connect("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def wait(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until the server answers; raises CannotStart with the tail of its log when it does not."""
        if not processes.wait_until(self.ready, seconds=seconds):
            raise self._failure(f"PostgreSQL did not answer within {seconds:.0f} s")

    def prepare(self) -> None:
        """Make the database and its extensions: pgvector is required, the others are used where present."""
        with self.connect("postgres") as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
            if row is None:
                connection.execute(f"CREATE DATABASE {DATABASE_NAME}")
        with self.connect(DATABASE_NAME) as connection:
            for extension in (REQUIRED_EXTENSION, *OPTIONAL_EXTENSIONS):
                try:
                    connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
                except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
                    if extension == REQUIRED_EXTENSION:
                        raise CannotStart(
                            f"The PostgreSQL in {self._binaries()} has no pgvector: add it, or use the one that "
                            "`make setup` brings."
                        ) from None

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection in autocommit mode over the socket."""
        return psycopg.connect(
            host=str(self.layout.sockets),
            user=DATABASE_USER,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        processes.stop(self.process, signal.SIGQUIT, grace=5)
        self.process = None

    def _program(self, program: str, data: Path) -> processes.Program:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.layout.sockets),
            "unix_socket_permissions": "0700",
            **(DURABLE if self.durable else THROWAWAY),
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return processes.Program(
            name=self.name,
            command=[str(self._binaries() / program), "-D", str(data), *options],
            log=self.log,
            environment=clean_environment(),
            folder=self.layout.services,
            account=self.account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
        )

    def _binaries(self) -> Path:
        return postgresql_folder(self.account, self.layout.binaries)

    def _initialise(self, data: Path) -> None:
        """Run initdb in a neighbouring folder and move the result in place, so that no half made one stays."""
        unfinished = data.with_name("postgresql.unfinished")
        binaries = self._binaries()
        _remove(unfinished)
        options = ["--locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        if _major(binaries / "postgres") >= BUILTIN_LOCALE_SINCE:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            # initdb tries shared memory out, too, and /dev/shm may be missing.
            options += ["-c", "dynamic_shared_memory_type=mmap"]
        self._logged = logs.size(self.log)
        process = processes.start(
            processes.Program(
                name="initdb",
                command=[
                    *(str(binaries / "initdb"), "-D", str(unfinished), "-U", DATABASE_USER),
                    *("-A", "trust", "-E", "UTF8", *options),
                ],
                log=self.log,
                environment=clean_environment(),
                folder=self.layout.services,
                account=self.account,
            )
        )
        if process.wait() != 0:
            raise self._failure(f"PostgreSQL could not make its data folder (exit code {process.returncode})")
        unfinished.rename(data)

    def _refuse_other_version(self, data: Path) -> None:
        made_by = int((data / "PG_VERSION").read_text().strip())
        ours = _major(self._binaries() / "postgres")
        if made_by != ours:
            raise CannotStart(
                f"{data} was made by PostgreSQL {made_by}, but this is PostgreSQL {ours}: upgrade it with "
                "pg_upgrade as docs/going-live.md says, or start with another VOUCHSAFE_HOME."
            )

    def _failure(self, what: str) -> CannotStart:
        log = logs.tail(self.log, since=self._logged)
        if "No space left on device" in log:
            return CannotStart(
                f"The disk that holds {self.layout.services} is full: free some space, or name a folder on "
                "another disk with VOUCHSAFE_HOME=/path."
            )
        return CannotStart(f"{what}; its log {self.log} says why.", log=log)


def clear_leftovers(data: Path, *, seconds: float = STOP_SECONDS) -> None:
    """End a server that an earlier supervisor left on ``data`` and remove a stale ``postmaster.pid``.

    The caller holds the installation's lock, so whoever still works there is a leftover. PostgreSQL itself
    cannot tell a recycled pid in that file from a living server and would refuse to start.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    workers = processes.processes_in(data)
    recorded = _recorded_pid(pid_file)
    if recorded in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(recorded, signal.SIGINT)
    if workers and not processes.wait_until(lambda: not processes.processes_in(data), seconds=seconds):
        for pid in processes.processes_in(data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: not processes.processes_in(data), seconds=seconds)
    pid_file.unlink(missing_ok=True)


def _recorded_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return 0


def clean_environment() -> dict[str, str]:
    """Our environment without what would change PostgreSQL's defaults: PG*, and the locale's variables."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG", "LD_", "DYLD_"))
    }
    return {**kept, "TZ": "UTC"}


def _major(postgres: Path) -> int:
    """The major version a ``postgres`` program says it has."""
    said = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    if found is None:
        raise CannotStart(f"{postgres} does not say which version of PostgreSQL it is: name another one.")
    return int(found[1])


def _remove(folder: Path) -> None:
    import shutil

    if folder.exists():
        shutil.rmtree(folder)
