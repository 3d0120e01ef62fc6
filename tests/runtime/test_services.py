"""The embedded PostgreSQL and Valkey: what they survive, and what they say when they cannot start."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from project.runtime import processes
from project.runtime.account import service_account
from project.runtime.errors import CannotStart
from project.runtime.layout import SHORT_ROOT, Layout, database_url, redis_url
from project.runtime.postgresql import PostgreSQL
from project.runtime.services import EmbeddedServices, place_services, prepare_folders
from project.runtime.valkey import Valkey

pytestmark = pytest.mark.process


@pytest.fixture
def postgresql(layout: Layout) -> Iterator[PostgreSQL]:
    prepare_folders(layout)
    server = PostgreSQL(layout)
    server.begin()
    server.wait()
    server.prepare()
    yield server
    server.stop()


@pytest.fixture
def valkey_server(layout: Layout) -> Iterator[Valkey]:
    prepare_folders(layout)
    server = Valkey(layout)
    server.begin()
    server.wait()
    yield server
    server.stop()


def begin_again(server: PostgreSQL | Valkey) -> None:
    server.begin()
    server.wait()


def test_postgresql_knows_vectors_and_danish_letters(postgresql: PostgreSQL, home: Path) -> None:
    with psycopg.connect(database_url(home)) as connection:
        row = connection.execute("SELECT '[1,2]'::vector <-> '[1,3]'::vector, lower('ÆØÅ'), 'Å' ILIKE 'å'").fetchone()
        assert row == (1.0, "æøå", True)
        encoding = connection.execute("SHOW server_encoding").fetchone()
        assert encoding == ("UTF8",)


def test_postgresql_keeps_committed_rows_when_it_is_killed(postgresql: PostgreSQL, home: Path) -> None:
    with psycopg.connect(database_url(home)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    assert postgresql.process is not None
    postgresql.process.kill()
    postgresql.process.wait()
    begin_again(postgresql)
    with psycopg.connect(database_url(home)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_pid_file_that_names_somebody_elses_process_does_not_block_the_start(
    postgresql: PostgreSQL, layout: Layout
) -> None:
    postgresql.stop()
    # This process lives, and PostgreSQL alone could not know that it is no server.
    recorded = f"{os.getpid()}\n{layout.postgresql}\n1700000000\n5432\n\n\n"
    (layout.postgresql / "postmaster.pid").write_text(recorded)
    begin_again(postgresql)
    assert postgresql.ready()


def test_a_server_left_behind_is_ended_before_a_new_one_starts(postgresql: PostgreSQL, layout: Layout) -> None:
    left = postgresql.process
    assert left is not None
    successor = PostgreSQL(layout)
    begin_again(successor)
    assert left.wait(10) == 0
    assert successor.ready()
    successor.stop()


def test_postgresql_shows_the_end_of_its_log_when_it_cannot_start(postgresql: PostgreSQL, layout: Layout) -> None:
    postgresql.stop()
    with (layout.postgresql / "postgresql.auto.conf").open("a") as settings:
        settings.write("shared_buffers = 'nonsense'\n")
    postgresql.begin()
    with pytest.raises(CannotStart, match=r"PostgreSQL ended while starting .*postgresql\.log") as failure:
        postgresql.wait()
    assert "shared_buffers" in failure.value.log


def test_data_of_another_major_version_are_refused_with_the_remedy(postgresql: PostgreSQL, layout: Layout) -> None:
    postgresql.stop()
    version = layout.postgresql / "PG_VERSION"
    ours = version.read_text()
    version.write_text("15\n")
    with pytest.raises(CannotStart, match="made by PostgreSQL 15, but this is .* pg_upgrade"):
        postgresql.begin()
    version.write_text(ours)


def test_valkey_keeps_its_keys_when_it_is_killed(valkey_server: Valkey, home: Path) -> None:
    with redis.Redis.from_url(redis_url(home)) as client:
        client.set("task", "waiting")
    assert valkey_server.process is not None
    valkey_server.process.kill()
    valkey_server.process.wait()
    begin_again(valkey_server)
    with redis.Redis.from_url(redis_url(home)) as client:
        assert client.get("task") == b"waiting"


def test_valkey_shows_the_end_of_its_log_when_it_cannot_start(valkey_server: Valkey, layout: Layout) -> None:
    valkey_server.stop()
    manifest = next(layout.valkey.glob("appendonlydir/*.manifest"))
    manifest.write_text("nonsense\n")
    valkey_server.begin()
    with pytest.raises(CannotStart, match=r"Valkey ended while starting .*valkey\.log") as failure:
        valkey_server.wait()
    assert "AOF" in failure.value.log


@pytest.fixture
def long_layout(home: Path) -> Iterator[Layout]:
    """A layout whose natural socket paths are longer than the kernel takes."""
    layout = Layout(home / ("long" * 25))
    assert layout.sockets.parent == SHORT_ROOT
    yield layout
    if layout.sockets.is_symlink():
        layout.sockets.unlink()
    shutil.rmtree(layout.sockets, ignore_errors=True)


def test_services_work_below_a_path_too_long_for_sockets(long_layout: Layout) -> None:
    services = EmbeddedServices(long_layout, durable=False)
    services.start()
    with psycopg.connect(database_url(long_layout.home)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    services.stop()


def test_a_short_socket_folder_of_somebody_else_is_not_trusted(long_layout: Layout, tmp_path: Path) -> None:
    long_layout.sockets.symlink_to(tmp_path)
    with pytest.raises(CannotStart, match="belongs to somebody else"):
        prepare_folders(long_layout)


def test_nobody_else_may_enter_the_sockets_folder(postgresql: PostgreSQL, layout: Layout) -> None:
    status = layout.sockets.stat()
    account = service_account()
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == (account.uid if account else os.getuid())


def test_services_stop_with_the_process_that_started_them(layout: Layout, home: Path) -> None:
    prepare_folders(layout)
    program = (
        "import sys, time; from pathlib import Path;"
        "from project.runtime.layout import Layout; from project.runtime.services import EmbeddedServices;"
        "EmbeddedServices(Layout(Path(sys.argv[1]))).start(); print('started', flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    assert processes.processes_in(layout.postgresql)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert processes.wait_until(lambda: not processes.processes_in(layout.postgresql), seconds=10)


def test_root_puts_data_elsewhere_rather_than_opening_a_private_folder(tmp_path: Path) -> None:
    """As an ordinary user the services are our own and stay in the home."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    home.mkdir()
    layout = Layout(home)
    place_services(layout)
    try:
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert layout.services_link.is_symlink() == (service_account() is not None)
        assert layout.services == layout.services_link.resolve()
    finally:
        if layout.services_link.is_symlink():
            layout.services.rmdir()
