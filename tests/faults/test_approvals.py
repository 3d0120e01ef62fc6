"""Nothing that staff decided is lost, whatever dies meanwhile: the open page shows it in the end, without a reload."""

import pytest

from tests.e2e.story import NewContext
from tests.faults.conftest import Scene, halted, wait_for
from tests.stack import WORKERS

pytestmark = [pytest.mark.e2e, pytest.mark.process]


def test_the_workers_die_before_they_have_told_anybody(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    identities = scene.stack.identities()
    with halted(*(identities[name].pid for name in WORKERS)):
        studio.approve(item)
        wait_for(lambda: scene.state(item) == "approved")
        killed = scene.stack.kill("worker")
    scene.stack.wait_ready("worker", after=killed)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_the_web_server_dies_before_the_commit(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    with scene.in_the_middle_of_a_decision() as somebody_decides:
        studio.approve(item)
        somebody_decides()
        killed = scene.stack.kill("web")
    scene.stack.wait_ready("web", after=killed)
    assert scene.state(item) == "pending"  # Not decided by halves: Bob sees it waiting, and decides again.
    studio.go("queue/").approve(item)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_the_web_server_is_dead_while_the_decision_is_made(scene: Scene, new_context: NewContext) -> None:
    front, item = scene.open(new_context), scene.waiting()
    heard = front.frames_heard()
    with scene.nobody_restarts():
        killed = scene.stack.kill("web")
        scene.elsewhere(f"approve_items(shop_id=shop_id, actor_id=None, item_ids=['{item}'])")
    scene.stack.wait_ready("web", after=killed)
    front.wait_until_live(after=heard)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_the_broker_is_dead_at_the_commit(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    with scene.nobody_restarts():
        killed = scene.stack.kill("valkey")
        studio.approve(item)
        wait_for(lambda: scene.state(item) == "approved")
    scene.stack.wait_ready("valkey", after=killed)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_the_broker_dies_in_the_middle(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    with scene.in_the_middle_of_a_decision() as somebody_decides:
        studio.approve(item)
        somebody_decides()
        killed = scene.stack.kill("valkey")
    wait_for(lambda: scene.state(item) == "approved")
    scene.stack.wait_ready("valkey", after=killed)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_the_database_dies_in_the_middle(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    with scene.in_the_middle_of_a_decision() as somebody_decides:
        studio.approve(item)
        somebody_decides()
        killed = scene.stack.kill("postgresql")
    scene.stack.wait_ready("postgresql", after=killed)
    assert scene.state(item) == "pending"
    studio.go("queue/").approve(item)
    front.shown_at(item)
    assert front.was_never_reloaded()


def test_everything_dies_right_after_the_commit(scene: Scene, new_context: NewContext) -> None:
    front, studio, item = scene.open(new_context), scene.sign_in(new_context).go("queue/"), scene.waiting()
    identities = scene.stack.identities()
    with halted(identities["web"].pid, *(identities[name].pid for name in WORKERS)):
        scene.elsewhere(f"approve_items(shop_id=shop_id, actor_id=None, item_ids=['{item}'])")
        killed = {}
        for name in ("web", "worker", "valkey", "postgresql"):
            killed |= scene.stack.kill(name)
    for name in killed:
        scene.stack.wait_ready(name, after=killed)
    assert scene.state(item) == "approved"
    front.shown_at(item)
    assert front.was_never_reloaded()
    assert studio.pending_reviews()
