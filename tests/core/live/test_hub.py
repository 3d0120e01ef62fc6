"""The hub: one build and one frame per change, and pages that end up equal to a fresh snapshot."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.core.edge.lease import LEASE_SECONDS
from project.core.edge.limits import TooManyRequests
from project.core.errors import NotFound
from project.core.live import hub as hub_module
from project.core.live.topics import Topic
from tests.core.live.pages import SHOP, Key, Page, World


async def until(condition: Callable[[], Any]) -> None:
    """Let the loop run until the condition holds (at most five seconds)."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
async def world() -> World:
    world = World(("a", "b"))
    await world.view.refresh()
    return world


def told(world: World) -> list[tuple[int, int, frozenset[str], int]]:
    """Steps that took something away, with how many pages had shown it."""
    return [(step.before, step.after, step.removed, pages) for step, pages in world.acks._told.items()]


def acknowledged(world: World) -> list[tuple[int, int, int]]:
    counts = world.acks._acknowledged.items()
    return [(step.before, step.after, pages) for (step, _by), pages in counts]


async def joined(world: World, name: str = "page") -> tuple[Page, Topic]:
    page = Page(world, name)
    topic = await world.hub.join(world, page)
    return page, topic


async def test_a_page_is_greeted_with_version_lease_and_its_connection(world: World) -> None:
    page, _ = await joined(world)
    assert page.frames == [{"type": "hello", "v": 1, "lease": LEASE_SECONDS, "connection": "page"}]


async def test_a_change_is_built_once_and_sent_to_every_page(world: World) -> None:
    pages = [(await joined(world, f"page{number}"))[0] for number in range(50)]
    builds = world.builds
    world.change("b", "c")
    world.announce()
    await until(lambda: all(page.shown == world.snapshot() for page in pages))
    assert world.builds == builds + 1
    assert pages[0].frames[-1] == {"type": "patch", "from": 1, "to": 2, "items": ["b", "c"]}


async def test_changes_that_come_during_a_build_become_one_more_patch(world: World) -> None:
    page, _ = await joined(world)
    more = [("c",), ("d",)]

    def meanwhile() -> None:
        while more:
            world.change(*more.pop(0))
            world.announce()

    world.during_build = meanwhile
    world.change("b")
    world.announce()
    await until(lambda: page.shown == world.snapshot())
    assert [(f["from"], f["to"]) for f in page.frames[1:]] == [(1, 2), (2, 4)]


async def test_a_page_that_stopped_reading_is_forgotten_and_the_others_are_served(world: World) -> None:
    slow, _ = await joined(world, "slow")
    page, topic = await joined(world)
    slow.reading = False
    world.change("z")
    world.announce()
    await until(lambda: page.shown == world.snapshot())
    assert topic.clients == {page}
    assert world.hub.connection_count == 1


async def test_a_beat_carries_version_and_lease(world: World) -> None:
    page, _ = await joined(world)
    world.now += 4
    world.hub.beat()
    assert page.frames[-1] == {"type": "beat", "v": 1, "lease": 56}


async def test_a_process_whose_view_is_older_than_twenty_seconds_renews_nothing(world: World) -> None:
    page, _ = await joined(world)
    world.now += 20.5
    world.hub.beat()
    assert page.kinds() == ["hello"]
    late = Page(world, "late")
    await world.hub.join(world, late)
    assert (late.frames[0]["v"], late.frames[0]["lease"]) == (0, 0)


async def test_a_topic_behind_the_view_is_not_renewed_until_it_is_built(world: World) -> None:
    page, topic = await joined(world)
    world.failures = [OSError("database is away")]
    world.change("z")
    world.announce()
    await until(lambda: not world.failures)
    world.hub.beat()
    assert page.kinds() == ["hello"]
    assert topic.ready is not None
    assert topic.ready.number == 1
    assert topic.refresh is not None
    topic.refresh.cancel()


async def test_a_failed_build_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "RETRY_SECONDS", 0.0)
    page, _ = await joined(world)
    world.failures = [OSError("database is away"), OSError("database is away")]
    world.change("z")
    world.announce()
    await until(lambda: page.shown == world.snapshot())


async def test_pages_of_a_widget_that_is_gone_read_again_and_are_told_so(world: World) -> None:
    page, _ = await joined(world)
    world.failures = [NotFound("There is no such widget.")]
    world.change()
    world.announce()
    await until(lambda: page.kinds() == ["hello", "reload"])


async def test_what_no_patch_can_carry_makes_pages_read_again(world: World) -> None:
    page, _ = await joined(world)
    world.change("unpatchable")
    world.announce()
    await until(lambda: page.kinds() == ["hello", "reload"])


async def test_a_patch_larger_than_the_feed_is_worth_is_a_reload(world: World) -> None:
    page, _ = await joined(world)
    world.change("x" * 40_000)
    world.announce()
    await until(lambda: page.kinds() == ["hello", "reload"])


async def test_a_licence_that_ends_without_a_number_makes_pages_read_again(world: World) -> None:
    world.ends_at = time.monotonic() + 3600
    page, topic = await joined(world)
    assert topic.ready is not None
    object.__setattr__(topic.ready, "ends_at", time.monotonic() - 1)
    world.ends_at, world.settled, world.items = None, False, ("a",)
    world.hub.catch_up()
    await until(lambda: page.kinds() == ["hello", "reload"])
    # Until the number tells this content from the one before, pages read again instead of being renewed.
    world.hub.beat()
    assert page.kinds() == ["hello", "reload", "reload"]


async def test_no_patch_is_built_on_content_that_its_number_does_not_tell(world: World) -> None:
    world.settled = False
    page, _ = await joined(world)
    assert page.frames[0]["v"] == 0
    world.settled = True
    world.change("b")
    world.announce()
    await until(lambda: page.kinds() == ["hello", "reload"])


async def test_the_last_page_that_leaves_takes_the_topic_along(world: World) -> None:
    page, topic = await joined(world)
    world.hub.leave(topic, page)
    builds = world.builds
    world.change("z")
    world.announce()
    await asyncio.sleep(0)
    assert (world.builds, world.hub.connection_count) == (builds, 0)


async def test_a_page_joins_while_the_topic_is_first_built_and_gets_every_later_patch(world: World) -> None:
    pages = [Page(world, f"page{number}") for number in range(10)]
    await asyncio.gather(*(world.hub.join(world, page) for page in pages))
    world.change("q")
    world.announce()
    await until(lambda: all(page.shown == world.snapshot() for page in pages))


async def test_acknowledgements_count_once_and_only_for_what_the_page_was_told(world: World) -> None:
    page, topic = await joined(world)
    world.change("q")
    world.announce()
    await until(lambda: page.shown["version"] == 2)
    for version in (2, 2, 1, 99):
        world.hub.acknowledge(topic, page, version)
    late = Page(world, "late")
    await world.hub.join(world, late)
    world.hub.acknowledge(topic, late, 2)
    world.hub.acknowledge_by_id(SHOP, "page", 2)
    assert told(world) == [(1, 2, {"a", "b"}, 1)]
    assert acknowledged(world) == [(1, 2, 1)]
    world.hub.acknowledge_by_id(SHOP, "elsewhere", 2)
    assert set(world.acks._elsewhere) == {(SHOP, 2, "elsewhere")}


async def test_a_page_that_read_again_confirms_every_step_it_passed(world: World) -> None:
    page, topic = await joined(world)
    for item in ("q", "unpatchable", "r"):
        world.change(item)
        world.announce()
        await until(lambda: topic.ready is not None and topic.ready.number == world.number)
    world.hub.acknowledge(topic, page, 4)
    assert acknowledged(world) == [(1, 2, 1), (2, 3, 1), (3, 4, 1)]


async def test_only_pages_that_showed_something_removed_are_asked_to_confirm(world: World) -> None:
    page, topic = await joined(world)
    world.change("a", "b", "more")
    world.announce()
    await until(lambda: page.shown == world.snapshot())
    world.hub.acknowledge(topic, page, 2)
    assert (told(world), acknowledged(world)) == ([], [])
    world.change("a", "more")
    world.announce()
    await until(lambda: page.shown == world.snapshot())
    world.hub.acknowledge(topic, page, 3)
    assert (told(world), acknowledged(world)) == ([(2, 3, {"b"}, 1)], [(2, 3, 1)])


async def test_a_page_that_stopped_reading_showed_it_all_the_same_and_never_confirms(world: World) -> None:
    slow, _ = await joined(world, "slow")
    page, topic = await joined(world)
    slow.reading = False
    world.change("a")
    world.announce()
    await until(lambda: page.shown == world.snapshot())
    world.hub.acknowledge(topic, page, 2)
    assert (told(world), acknowledged(world)) == ([(1, 2, {"b"}, 2)], [(1, 2, 1)])


async def test_closing_drops_every_page(world: World) -> None:
    page, _ = await joined(world)
    await world.hub.close()
    assert page.dropped
    assert world.hub.connection_count == 0


async def test_a_widgets_keys_beyond_the_cap_share_its_default_topic_and_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "TOPICS_PER_GROUP", 3)
    pages = [Page(world, f"page{number}") for number in range(10)]
    for number, page in enumerate(pages):
        await world.hub.join(Key(world, f"key{number}"), page)
    default = Page(world, "default")
    await world.hub.join(world, default)
    assert world.hub.topic_count == 3
    assert all(page.frames[0]["v"] == 1 and page.frames[0]["lease"] == LEASE_SECONDS for page in pages)
    world.change("q")
    world.announce()
    await until(lambda: all(page.shown == world.snapshot() for page in [*pages, default]))
    # What turns the default feed into the next one would put other reviews on the page of another key.
    assert [page.kinds() for page in pages] == [["hello", "patch"]] * 2 + [["hello", "reload"]] * 8
    assert default.kinds() == ["hello", "patch"]


async def test_room_that_pages_leave_is_taken_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "TOPICS_PER_GROUP", 2)
    first, second = Page(world, "first"), Page(world, "second")
    topic = await world.hub.join(Key(world, "a"), first)
    assert (await world.hub.join(Key(world, "b"), second)).name == "topic"
    world.hub.leave(topic, first)
    third = Page(world, "third")
    assert (await world.hub.join(Key(world, "b"), third)).name == "widget|b"
    assert third.patched


async def test_all_widgets_together_have_a_bounded_number_of_topics(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "KEYED_TOPICS_MAX", 4)
    monkeypatch.setattr(hub_module, "TOPICS_MAX", 5)
    for number in range(4):
        await world.hub.join(Key(world, "key", group=f"widget{number}"), Page(world, f"page{number}"))
    assert (await world.hub.join(Key(world, "key", group="one more"), Page(world, "late"))) is not None
    assert world.hub.topic_count == 5
    other = World()
    monkeypatch.setattr(other, "name", "another default")
    with pytest.raises(TooManyRequests):
        await world.hub.join(Key(other, "key", group="yet another"), Page(world, "later"))
    assert world.hub.topic_count == 5


steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.lists(st.sampled_from("abcdef"), unique=True, max_size=5)),
        st.tuples(st.just("announce"), st.none()),
        st.tuples(st.just("join"), st.none()),
        st.tuples(st.just("beat"), st.none()),
        st.tuples(st.just("run"), st.integers(1, 4)),
        st.tuples(st.just("unsettled"), st.booleans()),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(steps=steps)
def test_snapshot_and_events_equal_a_fresh_snapshot_in_any_order(steps: list[tuple[str, Any]]) -> None:
    async def play() -> None:
        world = World(("a",))
        await world.view.refresh()
        pages: list[Page] = []
        for step, argument in steps:
            if step == "change":
                world.change(*argument)
            elif step == "announce":
                world.announce()
            elif step == "beat":
                world.hub.beat()
            elif step == "unsettled":
                world.settled = not argument
            elif step == "join":
                page = Page(world, f"page{len(pages)}")
                await world.hub.join(world, page)
                pages.append(page)
            else:
                for _ in range(argument):
                    await asyncio.sleep(0)
        world.settled = True
        world.change(*world.items)
        world.announce()
        await until(lambda: all(page.shown == world.snapshot() for page in pages))
        await world.hub.close()

    asyncio.run(play())
