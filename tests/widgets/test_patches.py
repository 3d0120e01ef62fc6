"""The difference between two feeds, and that a page which applies it shows the new one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.patches import apply, difference

texts = st.sampled_from(["", "Warm.", "Too small 🧥", "For tit kæmpe", "a‍b"])
ids = st.integers(min_value=0, max_value=14).map(lambda number: f"rev_{number}")
items = st.builds(
    lambda item_id, text, rating: {"id": item_id, "text": text, "rating": rating},
    ids,
    texts,
    st.sampled_from([None, 1, 5]),
)


@st.composite
def feeds(draw: Any, version: int) -> dict[str, Any]:
    return {
        "version": version,
        "locale": "en",
        "widget": {"id": "wid_1"},
        "labels": {},
        "wall_url": "https://host/w/wid_1/",
        "live": "/ws/w/wid_1",
        "events": "/w/wid_1/events",
        "items": draw(st.lists(items, max_size=12, unique_by=lambda item: item["id"])),
        "summary": {"total": draw(st.integers(0, 3))},
        "selection": draw(st.sampled_from([None, {"shown": 1}])),
        "next": draw(st.sampled_from([None, "cursor"])),
    }


@given(old=feeds(version=7), new=feeds(version=9))
def test_a_patch_turns_the_old_feed_into_the_new_one(old: dict[str, Any], new: dict[str, Any]) -> None:
    fields = difference(old, new)
    assert fields is not None
    assert apply(old, {"from": 7, "to": 9, **fields}) == new


@given(old=feeds(version=7))
def test_equal_feeds_differ_by_nothing(old: dict[str, Any]) -> None:
    assert difference(old, {**old, "version": 9}) == {}


def feed(version: int, *names: str) -> dict[str, Any]:
    return {"version": version, "items": [{"id": name} for name in names], "summary": {}, "next": None}


def test_one_item_that_moved_to_the_front_is_the_only_one_sent_again() -> None:
    fields = difference(feed(1, "a", "b", "c", "d"), feed(2, "d", "a", "b", "c"))
    assert fields == {"remove": ["d"], "insert": [{"after": None, "item": {"id": "d"}}]}


def test_an_item_whose_content_changed_is_removed_and_inserted_in_its_place() -> None:
    old, new = feed(1, "a", "b"), feed(2, "a", "b")
    new["items"][1]["credit"] = "Ana"
    assert difference(old, new) == {"remove": ["b"], "insert": [{"after": "a", "item": new["items"][1]}]}


def test_new_labels_need_the_whole_feed() -> None:
    assert difference(feed(1, "a"), {**feed(2, "a"), "labels": {"next": "Næste"}}) is None


def test_a_patch_for_another_version_is_not_applied() -> None:
    with pytest.raises(ValueError, match="does not fit version 1"):
        apply(feed(1, "a"), {"from": 2, "to": 3})
