"""What turns one feed into the next: the difference that goes over the wire, and how a page applies it. Pure.

A patch removes items, then inserts items one after the other, each behind an item that stands there already
(or at the front), then sets what else changed. An item that moved or whose content changed is removed and
inserted; as few as possible are (the longest run that keeps its order stays).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

# Keys of a feed that a patch may set. Where another key differs the page reads the feed again.
SETTABLE = ("summary", "selection", "next")
FIXED = ("locale", "widget", "labels", "wall_url", "live", "events")

Feed = Mapping[str, Any]


def difference(old: Feed, new: Feed) -> dict[str, Any] | None:
    """The fields ``remove``, ``insert`` and ``set`` that turn ``old`` into ``new``, each absent when empty.

    None when something differs that no patch sets (labels, theme): the page reads the feed again.
    """
    if any(old.get(key) != new.get(key) for key in FIXED):
        return None
    fields = _items_difference(old["items"], new["items"])
    changed = {key: new[key] for key in SETTABLE if old.get(key) != new.get(key)}
    if changed:
        fields["set"] = changed
    return fields


def removed(old: Feed, new: Feed) -> frozenset[str]:
    """The public ids of the items that ``old`` shows and ``new`` does not."""
    return frozenset(item["id"] for item in old["items"]) - {item["id"] for item in new["items"]}


def apply(feed: Feed, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The feed that a page shows after the patch, as the embed computes it.

    Raises :class:`ValueError` for a patch that is for another version or names an item that is not there.
    """
    if feed["version"] != patch["from"]:
        raise ValueError(f"A patch from {patch['from']} does not fit version {feed['version']}.")
    removed = set(patch.get("remove", ()))
    items = [item for item in feed["items"] if item["id"] not in removed]
    for insert in patch.get("insert", ()):
        after = insert["after"]
        place = 0 if after is None else [item["id"] for item in items].index(after) + 1
        items.insert(place, insert["item"])
    return {**feed, **patch.get("set", {}), "version": patch["to"], "items": items}


def _items_difference(old: Sequence[Feed], new: Sequence[Feed]) -> dict[str, Any]:
    place_before = {item["id"]: place for place, item in enumerate(old)}
    same = [item["id"] for item in new if item["id"] in place_before and old[place_before[item["id"]]] == item]
    staying = set(_longest_rising([(place_before[item_id], item_id) for item_id in same]))
    fields: dict[str, Any] = {}
    removed = [item["id"] for item in old if item["id"] not in staying]
    if removed:
        fields["remove"] = removed
    inserted: list[dict[str, Any]] = []
    after: str | None = None
    for item in new:
        if item["id"] not in staying:
            inserted.append({"after": after, "item": item})
        after = item["id"]
    if inserted:
        fields["insert"] = inserted
    return fields


def _longest_rising(pairs: Sequence[tuple[int, str]]) -> list[str]:
    """The ids of a longest subsequence whose numbers rise (patience sorting, O(n log n))."""
    tails: list[int] = []
    tail_at: list[int] = []
    before: list[int | None] = []
    for index, (number, _) in enumerate(pairs):
        pile = bisect_left(tails, number)
        before.append(tail_at[pile - 1] if pile else None)
        if pile == len(tails):
            tails.append(number)
            tail_at.append(index)
        else:
            tails[pile] = number
            tail_at[pile] = index
    ids: list[str] = []
    at = tail_at[-1] if tail_at else None
    while at is not None:
        ids.append(pairs[at][1])
        at = before[at]
    return ids[::-1]
