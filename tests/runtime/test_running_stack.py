"""`make run` as a whole: everything runs once, is where it says, and comes back from every kill."""

import os
import re

import pytest

from project.runtime import processes, programs
from tests.stack import DEMO, OWN, READY, SERVICES, Stack, status_of

pytestmark = pytest.mark.process


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


def test_progress_is_told_all_the_way(running_stack: Stack) -> None:
    before = running_stack.output.partition(READY)[0]
    steps = ("PostgreSQL", "Database tables", "Demo shops from real reviews", "Web server and workers")
    assert all(step in before for step in steps), before
    assert before.count(" s)") >= len(steps), "each says how long it took"


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
    assert processes.wait_until(lambda: running_stack.answers(), seconds=30)
