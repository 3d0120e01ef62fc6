"""Services for one test run or one command: their own folder, nothing kept, removed at the end."""

import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from project.runtime import processes
from project.runtime.account import can_enter, service_account
from project.runtime.errors import CannotStart
from project.runtime.layout import Layout
from project.runtime.postgresql import clear_leftovers
from project.runtime.services import EmbeddedServices

PREFIX = "vouchsafe-throwaway"


def new_home() -> Path:
    """A name for a fresh home that the services' account can enter; nothing is made yet."""
    return _base() / f"{PREFIX}-{os.getuid()}-{os.getpid()}-{secrets.token_hex(4)}"


def _base() -> Path:
    account = service_account()
    # mkdtemp() makes folders of mode 0700, and root's TMPDIR may lie in one.
    candidates = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))  # noqa: S108
    for base in candidates:
        if base.is_dir() and (account is None or can_enter(account, base)):
            return base.resolve()
    raise CannotStart("There is no temporary folder the services may enter: name one with TMPDIR=/path.")


class ThrowawayServices:
    """Embedded services in ``home``, without the durability that costs time; a context manager."""

    def __init__(self, home: Path, *, postgresql: bool = True, valkey: bool = True) -> None:
        self.home = home
        self._services = EmbeddedServices(Layout(home), durable=False, postgresql=postgresql, valkey=valkey)
        self._lock: int | None = None

    def start(self) -> None:
        """Remove what killed runs left behind, claim the folder and start; raises CannotStart."""
        sweep()
        self.home.mkdir(parents=True)
        self._lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._services.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the services and remove the folder; safe to call twice."""
        self._services.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        _remove_short_sockets(Layout(self.home))
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> "ThrowawayServices":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def sweep() -> None:
    """Remove the folders of runs that were killed before they could clean up."""
    for home in _base().glob(f"{PREFIX}-{os.getuid()}-*"):
        pid = int(home.name.split("-")[3])
        if processes.Identity.of(pid) is None and _unlocked(home / "lock"):
            clear_leftovers(Layout(home).postgresql)
            shutil.rmtree(home, ignore_errors=True)


def _unlocked(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _remove_short_sockets(layout: Layout) -> None:
    if layout.sockets_are_short:
        shutil.rmtree(layout.sockets, ignore_errors=True)
