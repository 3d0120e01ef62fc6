"""Everything of an installation follows from its home folder."""

import os
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from project.runtime.account import Account, can_enter
from project.runtime.layout import (
    POSTGRESQL_SOCKET,
    SHORT_ROOT,
    SOCKET_PATH_LIMIT,
    Layout,
    database_url,
    home_from_environment,
    redis_url,
    socket_folder,
)


def test_the_same_home_always_gives_the_same_urls() -> None:
    home = Path("/srv/vouchsafe")
    assert database_url(home) == database_url(Path("/srv/vouchsafe"))
    assert redis_url(home) == "unix:///srv/vouchsafe/services/run/valkey.sock"


def test_django_and_psycopg_read_the_sockets_folder_from_the_url() -> None:
    home = Path("/srv/Our Shop/Vouchsafe")  # Capitals and spaces survive.
    folder = str(Layout(home).sockets)
    assert dj_database_url.parse(database_url(home))["HOST"] == folder
    assert psycopg.conninfo.conninfo_to_dict(database_url(home))["host"] == folder


@pytest.mark.parametrize("length", range(60, 130))
def test_no_socket_path_passes_the_limit_of_the_kernel(length: int) -> None:
    natural = Path("/" + "a" * (length - 1))
    folder = socket_folder(natural, Path("/home"))
    assert len(os.fsencode(folder / POSTGRESQL_SOCKET)) <= SOCKET_PATH_LIMIT
    fits = len(os.fsencode(natural / POSTGRESQL_SOCKET)) <= SOCKET_PATH_LIMIT
    assert (folder == natural) == fits


def test_the_limit_counts_bytes_not_letters() -> None:
    letters = "æ" * 50
    assert socket_folder(Path("/") / letters, Path("/home")).parent == SHORT_ROOT


def test_two_homes_with_long_names_do_not_share_a_socket_folder() -> None:
    long = "x" * 120
    first = socket_folder(Path("/") / long, Path("/first"))
    second = socket_folder(Path("/") / long, Path("/second"))
    assert first != second


def test_the_home_is_an_absolute_path_however_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCHSAFE_HOME", "state")
    assert home_from_environment() == Path.cwd() / "state"
    monkeypatch.setenv("VOUCHSAFE_HOME", "")
    assert home_from_environment().name == ".vouchsafe"


def test_a_link_leads_to_services_that_lie_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "home").mkdir()
    Layout(tmp_path / "home").services_link.symlink_to(elsewhere)
    assert Layout(tmp_path / "home").postgresql == elsewhere.resolve() / "postgresql"


def test_a_folder_closed_to_others_cannot_be_entered_by_another_account(tmp_path: Path) -> None:
    stranger = Account(name="stranger", uid=os.getuid() + 54321, gid=os.getgid() + 54321)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not can_enter(stranger, closed / "inside")
    assert can_enter(stranger, Path("/usr/bin"))
