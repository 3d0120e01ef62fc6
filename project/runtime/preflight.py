"""What can be known before anything is started: folder, disk and ports."""

import errno
import os
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

from project.runtime.errors import CannotStart
from project.runtime.layout import Layout

MEGABYTE = 1_000_000
FIRST_START_MEGABYTES = 400  # PostgreSQL's data folder, its first log segments and the demo's reviews.
LATER_START_MEGABYTES = 80


def require_writable(home: Path) -> None:
    """Raise CannotStart unless a file can be written in ``home`` (made if need be)."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.write_bytes(b"?")
        probe.unlink()
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(
            f"{home} is a file, not a folder: remove it, or name another folder with VOUCHSAFE_HOME=/path."
        ) from None


def require_space(layout: Layout) -> None:
    """Raise CannotStart when the disk under the home has too little left for a start."""
    needed = LATER_START_MEGABYTES if layout.postgresql.exists() else FIRST_START_MEGABYTES
    for folder in {layout.home, _existing(layout.services)}:
        free = shutil.disk_usage(folder).free // MEGABYTE
        if free < needed:
            raise CannotStart(
                f"The disk that holds {folder} has {free} MB left and Vouchsafe needs {needed} MB: free some "
                "space, or name a folder on another disk with VOUCHSAFE_HOME=/path."
            )


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def require_ports(values: dict[str, str], names: Iterable[str]) -> None:
    """Raise CannotStart when a port is named twice, taken by another program or not ours to take."""
    taken: dict[str, str] = {}
    for name in names:
        port = values[name]
        if port in taken:
            raise CannotStart(f"{taken[port]} and {name} are both {port}: give them different numbers.")
        taken[port] = name
        _require_port(name, int(port))


def _require_port(name: str, port: int) -> None:
    for address in loopback_addresses():
        try:
            bound(address, port).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} is in use by another program: stop that program, or choose another port with "
                    f"`make run {name}={_free_port()}`."
                ) from None
            if error.errno in (errno.EACCES, errno.EPERM):
                raise CannotStart(
                    f"This account may not open port {port}: choose one above 1023 with `make run {name}=8000`."
                ) from None
            raise


def loopback_addresses() -> list[str]:
    """The addresses ``localhost`` stands for on this machine: IPv4, and IPv6 where there is one."""
    addresses = ["127.0.0.1"]
    if socket.has_ipv6:
        try:
            bound("::1", 0).close()
            addresses.append("::1")
        except OSError:
            return addresses
    return addresses


def bound(address: str, port: int) -> socket.socket:
    """A TCP socket bound to ``address``; raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
    except OSError:
        opened.close()
        raise
    return opened


def _free_port() -> int:
    with bound("127.0.0.1", 0) as opened:
        return int(opened.getsockname()[1])


def refuse_foreign_home(home: Path) -> None:
    """Raise CannotStart when root would take over the state of an ordinary user, who could not use it again."""
    if os.geteuid() == 0 and home.exists() and home.stat().st_uid not in (0, os.getuid()):
        raise CannotStart(
            f"{home} belongs to another user: start Vouchsafe as that user, or give root a folder of its own "
            "with VOUCHSAFE_HOME=/path."
        )
