"""The embedded Valkey: broker, channel layer and cache on one Unix socket, kept in an append-only file."""

import os
import socket
import subprocess
from pathlib import Path

from project.runtime import logs, processes
from project.runtime.account import service_account
from project.runtime.binaries import valkey_server
from project.runtime.errors import CannotStart
from project.runtime.layout import Layout

READY_SECONDS = 30.0  # Reading a large append-only file back takes a while.
STOP_SECONDS = 10.0
PONG = b"+PONG"


class Valkey:
    """One embedded Valkey below ``layout``; ``durable=False`` writes nothing to disk."""

    name = "valkey"

    def __init__(self, layout: Layout, *, durable: bool = True) -> None:
        self.layout = layout
        self.durable = durable
        self.log = layout.logs / "valkey.log"
        self.account = service_account()
        self.process: subprocess.Popen[bytes] | None = None
        self._logged = 0

    def begin(self) -> None:
        """Start the server on the append-only file that is there, or on an empty one."""
        self._logged = logs.size(self.log)
        self.process = processes.start(self._program())

    def ready(self) -> bool:
        """Whether the server answers PING now; raises CannotStart when it has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise self._failure(f"Valkey ended while starting (exit code {self.process.returncode})")
        return answers_ping(self.layout.valkey_socket)

    def wait(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until the server answers; raises CannotStart with the tail of its log when it does not."""
        if not processes.wait_until(self.ready, seconds=seconds):
            raise self._failure(f"Valkey did not answer within {seconds:.0f} s")

    def prepare(self) -> None:
        """Nothing: an empty Valkey is a complete one."""

    def stop(self) -> None:
        """End it in order: the append-only file is written out first."""
        if self.process is not None:
            processes.stop(self.process, 15, grace=STOP_SECONDS)
            self.process = None

    def _program(self) -> processes.Program:
        keep = ["--appendonly", "yes", "--appendfsync", "everysec"] if self.durable else ["--appendonly", "no"]
        return processes.Program(
            name=self.name,
            command=[
                str(valkey_server(self.account, self.layout.binaries)),
                *("--port", "0", "--unixsocket", str(self.layout.valkey_socket), "--unixsocketperm", "700"),
                *("--dir", str(self.layout.valkey), "--save", "", *keep),
                *("--daemonize", "no", "--logfile", "", "--maxmemory-policy", "noeviction"),
            ],
            log=self.log,
            environment={key: value for key, value in os.environ.items() if not key.startswith("LC_")},
            folder=self.layout.services,
            account=self.account,
        )

    def _failure(self, what: str) -> CannotStart:
        log = logs.tail(self.log, since=self._logged)
        if "No space left on device" in log:
            return CannotStart(
                f"The disk that holds {self.layout.services} is full: free some space, or name a folder on "
                "another disk with VOUCHSAFE_HOME=/path."
            )
        return CannotStart(f"{what}; its log {self.log} says why.", log=log)


def answers_ping(path: Path) -> bool:
    """Whether the server on the Unix socket ``path`` answers PING with PONG (not while it still loads)."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(PONG)
    except OSError:
        return False
