"""The embedded services together: folders, ownership, order of start and stop."""

import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from project.runtime.account import Account, can_enter, give, service_account
from project.runtime.errors import CannotStart
from project.runtime.layout import Layout, digest
from project.runtime.postgresql import PostgreSQL
from project.runtime.valkey import Valkey

Service = PostgreSQL | Valkey
ROOT_STATES = (Path("/var/lib/vouchsafe"), Path("/var/db/vouchsafe"))


def place_services(layout: Layout) -> None:
    """Decide, once, where the services' folder lies: call before anything computes a URL from the layout.

    Root's services run as an account that cannot enter, say, ``/root``. Nobody's folders are opened up for
    it: the data goes to the system's state folder then, and a link in the home leads there.
    """
    account = service_account()
    link = layout.services_link
    if account is None or link.is_symlink() or link.exists() or can_enter(account, layout.home):
        return
    for state in ROOT_STATES:
        if state.parent.is_dir() and can_enter(account, state):
            elsewhere = state / f"{digest(layout.home)}-{secrets.token_hex(3)}"
            elsewhere.mkdir(parents=True)
            link.symlink_to(elsewhere)
            return
    raise CannotStart(
        f"The services run as {account.name!r}, which cannot enter {layout.home}: name a folder it can enter "
        "with VOUCHSAFE_HOME=/path (for example /srv/vouchsafe), or start as an ordinary user."
    )


def prepare_folders(layout: Layout) -> None:
    """Make the home's and the services' folders, each with its owner; raises CannotStart where it must not."""
    account = service_account()
    for folder in (layout.home, layout.logs, layout.beat):
        folder.mkdir(parents=True, exist_ok=True)
    place_services(layout)
    give(layout.services, account, mode=0o700)
    give(layout.valkey, account, mode=0o700)
    _prepare_sockets(layout, account)


def _prepare_sockets(layout: Layout, account: Account | None) -> None:
    """The sockets' folder; one in /tmp has a name anybody can predict, so it must be ours and no link."""
    folder = layout.sockets
    if layout.sockets_are_short:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            _refuse_foreign(folder, {os.geteuid(), *([account.uid] if account else [])})
    give(folder, account, mode=0o700)


def _refuse_foreign(folder: Path, owners: set[int]) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise CannotStart(
            f"{folder} belongs to somebody else, so the services' sockets cannot lie there: remove it, or use a "
            "shorter VOUCHSAFE_HOME."
        )


class EmbeddedServices:
    """PostgreSQL and Valkey of one layout, or the one of them that is not named from outside."""

    def __init__(self, layout: Layout, *, durable: bool = True, postgresql: bool = True, valkey: bool = True) -> None:
        self.layout = layout
        self.members: list[Service] = []
        if postgresql:
            self.members.append(PostgreSQL(layout, durable=durable))
        if valkey:
            self.members.append(Valkey(layout, durable=durable))

    def start(self) -> None:
        """Start all side by side and wait until each answers; stops them again when one does not."""
        prepare_folders(self.layout)
        try:
            for member in self.members:
                member.begin()
            for member in self.members:
                member.wait()
                member.prepare()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all, the last started first."""
        for member in reversed(self.members):
            member.stop()

    @property
    def running(self) -> Sequence[Service]:
        """The members that have a process."""
        return [member for member in self.members if member.process is not None]
