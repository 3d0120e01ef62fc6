"""Where everything of one installation lies, computed from its home folder alone.

The supervisor, ``settings.local`` and the tests compute the same paths independently, so a management
command finds the services of a running ``make run`` without any environment. Nothing is written here.
"""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE_NAME = "vouchsafe"
DATABASE_USER = "vouchsafe"
POSTGRESQL_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
EMBEDDER_SOCKET = "embedder.sock"
# sun_path holds 108 bytes on Linux and 104 on macOS and the BSDs, the closing zero included.
SOCKET_PATH_LIMIT = 107 if sys.platform.startswith("linux") else 103
# Not tempfile.gettempdir(): TMPDIR may differ between the supervisor and a later management command.
SHORT_ROOT = Path("/tmp")  # noqa: S108

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Layout:
    """The folders and files of the installation whose state lies under ``home`` (an absolute path)."""

    home: Path

    @property
    def lock(self) -> Path:
        """Locked by the supervisor for as long as it lives; keeps a second instance out."""
        return self.home / "lock"

    @property
    def state(self) -> Path:
        """JSON about the running supervisor and its processes."""
        return self.home / "state.json"

    @property
    def environment(self) -> Path:
        """JSON of the ports and URLs of the last start, for management commands beside it."""
        return self.home / "environment.json"

    @property
    def secret_key(self) -> Path:
        """The installation's own SECRET_KEY."""
        return self.home / "secret_key"

    @property
    def seed(self) -> Path:
        """How far the demo's seeding came: ``running``, or ``done`` and the ports it knows."""
        return self.home / "seed"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.home / "logs"

    @property
    def beat(self) -> Path:
        """The schedule file of Celery beat."""
        return self.home / "beat"

    @property
    def services_link(self) -> Path:
        """``services``, or the link to it where it lies elsewhere."""
        return self.home / "services"

    @property
    def services(self) -> Path:
        """The folder owned by the account that PostgreSQL and Valkey run as.

        Below ``home``, except where that account cannot enter it (root's own ``/root``): then the link
        made by ``services.place_services`` leads to it.
        """
        return self.services_link.resolve() if self.services_link.is_symlink() else self.services_link

    @property
    def postgresql(self) -> Path:
        """PostgreSQL's data folder."""
        return self.services / "postgresql"

    @property
    def valkey(self) -> Path:
        """Valkey's data folder (the append-only file)."""
        return self.services / "valkey"

    @property
    def binaries(self) -> Path:
        """Copies of the services' programs, only where their account cannot enter the environment."""
        return self.services / "binaries"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix sockets; a short one where the natural one would pass the limit."""
        return socket_folder(self.services / "run", self.home)

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / VALKEY_SOCKET

    @property
    def embedder_socket(self) -> Path:
        """The socket of the process that makes the vectors of questions."""
        return self.sockets / EMBEDDER_SOCKET

    @property
    def sockets_are_short(self) -> bool:
        """Whether the sockets lie outside ``services``, in a folder whose name can be predicted."""
        return self.sockets.parent == SHORT_ROOT


def digest(home: Path) -> str:
    """Twelve hexadecimal digits that stand for a home folder."""
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]


def socket_folder(natural: Path, home: Path) -> Path:
    """``natural``, or a folder under /tmp named by user and home when its sockets' paths were too long."""
    longest = max(len(name) for name in (POSTGRESQL_SOCKET, VALKEY_SOCKET, EMBEDDER_SOCKET))
    if len(os.fsencode(natural)) + 1 + longest <= SOCKET_PATH_LIMIT:
        return natural
    return SHORT_ROOT / f"vouchsafe-{os.getuid()}-{digest(home)}"


def home_from_environment() -> Path:
    """VOUCHSAFE_HOME as an absolute path; ``.vouchsafe`` beside manage.py unless it is set."""
    return Path(os.environ.get("VOUCHSAFE_HOME") or PROJECT_ROOT / ".vouchsafe").expanduser().absolute()


def database_url(home: Path, name: str = DATABASE_NAME) -> str:
    """The URL of the embedded PostgreSQL of ``home``: the socket's folder, percent-encoded, is the host."""
    return f"postgresql://{DATABASE_USER}@{quote(str(Layout(home).sockets), safe='')}/{name}"


def redis_url(home: Path) -> str:
    """The URL of the embedded Valkey of ``home``."""
    return f"unix://{Layout(home).valkey_socket}"
