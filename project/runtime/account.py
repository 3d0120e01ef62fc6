"""The account PostgreSQL and Valkey run as: our own, or ``nobody`` when we are root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from project.runtime.errors import CannotStart


@dataclass(frozen=True)
class Account:
    """A user of the machine without privileges."""

    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """The account to drop to; None when we are an ordinary user and simply stay who we are.

    PostgreSQL refuses to run as root. VOUCHSAFE_SERVICE_ACCOUNT names another account than ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    name = os.environ.get("VOUCHSAFE_SERVICE_ACCOUNT", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL may not run as root and this machine has no account {name!r}: name one with "
            "VOUCHSAFE_SERVICE_ACCOUNT=…, or start Vouchsafe as an ordinary user."
        ) from None
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether ``account`` may pass through ``folder`` and all folders above it, as far as they exist."""
    resolved = folder.resolve()
    return all(_may_pass(account, part) for part in (resolved, *resolved.parents))


def _may_pass(account: Account, folder: Path) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True  # It will be made by us, open enough.
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def give(path: Path, account: Account | None, *, mode: int) -> None:
    """Make the folder ``path`` (parents too) the account's own, with exactly ``mode``."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if account is None:
        return
    try:
        os.chown(path, account.uid, account.gid)
    except OSError as error:  # A container whose root has no rights, or maps no other account.
        raise CannotStart(
            f"This root may not hand {path} to {account.name!r}, whom PostgreSQL runs as ({error.strerror}): "
            "start Vouchsafe as an ordinary user, or name services of your own with DATABASE_URL and REDIS_URL."
        ) from None
