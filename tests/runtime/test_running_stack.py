"""`make run` as a whole: it recovers from every kill, and leaves nothing behind."""

import http.client
import os
import re
import signal
from collections.abc import Iterator

import pytest

from project.runtime import processes, programs
from tests.stack import READY, Stack

pytestmark = pytest.mark.process

OWN = ("web", "worker-urgent", "worker-default", "worker-bulk", "beat", "embedder")
DEMO = ("storefront", "replay")
SERVICES = ("postgresql", "valkey")


def status_of(url: str) -> int:
    host = url.removeprefix("http://").partition("/")[0]
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", url.removeprefix(f"http://{host}"))
        return connection.getresponse().status
    finally:
        connection.close()


def answers(stack: Stack) -> bool:
    try:
        return status_of(stack.base_url + "/healthz") == 200
    except (OSError, http.client.HTTPException):
        return False


def test_every_process_runs_once(running_stack: Stack) -> None:
    assert set(running_stack.identities()) == {*OWN, *DEMO, *SERVICES}
    for name in (*OWN, *DEMO, *SERVICES):
        running_stack.wait_ready(name)


def test_the_last_line_says_where_everything_is_and_who_may_sign_in(running_stack: Stack) -> None:
    # What follows it are the deaths that other tests cause.
    (last,) = [line for line in running_stack.output.splitlines() if line.startswith(READY)]
    for part in (running_stack.storefront_url, f"{running_stack.base_url}/studio/", "/api/v1/", "alice@", "password"):
        assert part in last
    for url in re.findall(r"http://[^\s]+", last):
        assert status_of(url) in (200, 302), url


def test_five_posts_that_need_permission_have_come_in_through_a_worker(running_stack: Stack) -> None:
    """Other tests of this stack ask for some; nothing but an author's answer may ever cover one."""
    posts = """SELECT item.kind, count(*) FROM content_item AS item
        JOIN content_source AS source ON source.id = item.source_id WHERE source.kind = 'mastodon' GROUP BY item.kind"""
    covered = """SELECT count(*) FROM rights_licence_item AS covered
        JOIN content_item AS item ON item.id = covered.item_id
        JOIN content_source AS source ON source.id = item.source_id
        JOIN rights_licence AS licence ON licence.id = covered.licence_id
        WHERE source.kind = 'mastodon' AND licence.basis <> 'request'"""
    assert running_stack.rows(posts) == [("ugc_post", 5)]
    assert running_stack.rows(covered) == [(0,)]
    assert "collect_source" in running_stack.process_log("worker-default")


def test_the_site_answers_on_both_addresses_of_localhost(running_stack: Stack) -> None:
    for host in ("127.0.0.1", "localhost"):
        assert status_of(f"http://{host}:{running_stack.port}/healthz") == 200


def test_bulk_work_gives_way_to_everything_else(running_stack: Stack) -> None:
    identities = running_stack.identities()
    usual = os.getpriority(os.PRIO_PROCESS, identities["web"].pid)
    assert os.getpriority(os.PRIO_PROCESS, identities["worker-bulk"].pid) == usual + programs.BULK_NICENESS


@pytest.mark.parametrize("name", ["web", "worker", "valkey", "postgresql", "storefront", "embedder"])
def test_a_killed_process_comes_back(running_stack: Stack, name: str) -> None:
    running_stack.restart(name)
    assert processes.wait_until(lambda: answers(running_stack), seconds=30)


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A stack that a test may end: without the demo, so that it starts in seconds."""
    stack = Stack(demo=False)
    yield stack
    stack.remove()


def test_nothing_outlives_a_killed_supervisor_and_a_second_start_recovers(own_stack: Stack) -> None:
    own_stack.start()
    before = own_stack.identities()
    assert set(before) == {*OWN, *SERVICES}
    os.kill(own_stack.supervisor, signal.SIGKILL)
    own_stack.start()
    assert answers(own_stack)
    assert not any(identity.lives() for identity in before.values())
    assert "Database tables" not in own_stack.output  # Nothing has changed: nothing is done again.


def test_ctrl_c_ends_every_process(own_stack: Stack) -> None:
    own_stack.start_unless_running()
    before = own_stack.identities()
    assert own_stack.stop() == 0
    assert not any(identity.lives() for identity in before.values())
    assert processes.processes_in(own_stack.layout.postgresql.resolve()) == []
    assert own_stack.command("status").returncode == 3


def test_an_embedder_that_never_comes_up_delays_nothing() -> None:
    """Answers are found by words meanwhile; the demo is seeded and said to be ready without it."""
    stack = Stack(named={"EMBEDDER_SOCKET": "/dev/null/embedder.sock"})
    try:
        stack.start()
        assert "embedder ended" in stack.output
        assert answers(stack)
        assert status_of(stack.storefront_url + "/") == 200
    finally:
        stack.remove()
