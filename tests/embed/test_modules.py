"""The pure modules of the embed, run in the browser as they are written."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.embed.peers import Site, example_feed
from widgets import patches

FAMILY = "👩‍👩‍👧"
TEXTS = [
    "",
    "plain",
    "Æble på øen",
    "warm 😊 and 🧥 light",
    f"{FAMILY} loves it",
    "e\u0301 combining",
    "𝒻𝒶𝓃𝒸𝓎 text",
    "نص عربي 🙂",
    "🇩🇰🇩🇰",
]


@pytest.fixture
def modules(new_page: Callable[..., Page], site: Site) -> Callable[[str, str, Any], Any]:
    """Calls ``modules(path, function body over the module m and the argument a, a)`` in a page of the site."""
    pages: list[Page] = []

    def call(path: str, body: str, argument: Any = None) -> Any:
        if not pages:
            pages.append(new_page())
            pages[0].goto(site.put("<!doctype html><title>modules</title>"))
        source = f"async (a) => {{ const m = await import('/src/{path}'); {body} }}"
        return pages[0].evaluate(source, argument)

    return call


def test_code_point_offsets_cut_like_python(modules: Callable[..., Any]) -> None:
    cases = [
        (text, start, end) for text in TEXTS for start in range(len(text) + 2) for end in range(start, len(text) + 3)
    ]
    got = modules("core/text.js", "return a.map(([t, s, e]) => m.codePointSlice(t, s, e))", cases)
    assert got == [text[start:end] for text, start, end in cases]


def test_an_offset_beyond_the_end_is_the_end(modules: Callable[..., Any]) -> None:
    assert modules("core/text.js", "return m.utf16Offset('a😊', 99)") == 3


def test_labels_are_filled_and_unknown_names_stay(modules: Callable[..., Any]) -> None:
    body = "return [m.fill('{n} of {total}', {n: 0, total: 5}), m.fill('{who}', {}), m.fill(undefined, {})]"
    assert modules("core/text.js", body) == ["0 of 5", "{who}", ""]


def test_an_old_feed_and_a_patch_give_the_new_feed(modules: Callable[..., Any]) -> None:
    """Every difference that the server can send, applied by the embed, gives what the server has."""
    dice = random.Random(20261122)
    pairs = [(_random_feed(dice, 1), _random_feed(dice, 2)) for _ in range(300)]
    frames = [{"type": "patch", "from": 1, "to": 2, **(patches.difference(old, new) or {})} for old, new in pairs]
    given = [[old, frame] for (old, _), frame in zip(pairs, frames, strict=True)]
    got = modules("live/patch.js", "return a.map(([f, p]) => m.applyPatch(f, p))", given)
    assert got == [new for _, new in pairs]


def _random_feed(dice: random.Random, version: int) -> dict[str, Any]:
    feed = example_feed()
    names = dice.sample("abcdefghij", dice.randint(0, 8))
    # An item is now and then another version of itself.
    feed["items"] = [{"id": name, "text": f"{name} {dice.choice('122')}"} for name in names]
    feed["selection"] = dice.choice([None, feed["selection"]])
    feed["summary"] = {**feed["summary"], "total": dice.randint(1, 3)}
    return {**feed, "version": version}


def test_a_patch_of_another_version_does_not_fit(modules: Callable[..., Any]) -> None:
    frame = {"type": "patch", "from": 7, "to": 8, "remove": []}
    assert modules("live/patch.js", "return m.applyPatch(...a)", [example_feed(), frame]) is None


def test_a_patch_behind_an_item_that_is_not_there_does_not_fit(modules: Callable[..., Any]) -> None:
    feed = example_feed()
    insert = [{"after": "rev_gone", "item": feed["items"][0]}]
    frame = {"type": "patch", "from": feed["version"], "to": 200, "insert": insert}
    assert modules("live/patch.js", "return m.applyPatch(...a)", [feed, frame]) is None


def test_the_clock_never_goes_back_and_follows_a_sleeping_machine(modules: Callable[..., Any]) -> None:
    body = """
      const real = Date.now;
      const first = m.now();
      Date.now = () => real() + 600_000;          // The machine slept: only the wall clock went on.
      const slept = m.now();
      Date.now = () => real() - 600_000;          // Somebody set the wall clock back.
      const back = m.now();
      Date.now = real;
      return [slept - first >= 600_000, back >= slept];
    """
    assert modules("core/clock.js", body) == [True, True]


def test_back_off_is_spread_and_never_above_a_minute(modules: Callable[..., Any]) -> None:
    body = "return [0, 3, 50].map(n => Math.max(...Array.from({length: 500}, () => m.backOff(n))))"
    first, fourth, late = modules("live/keeper.js", body)
    assert first <= 1_000
    assert 4_000 < fourth <= 8_000
    assert 30_000 < late <= 60_000


def test_streamed_events_are_read_however_they_are_cut(modules: Callable[..., Any]) -> None:
    text = 'event: x\r\ndata: {"a": "😊"}\r\n\r\n: comment\n\ndata:one\ndata: two\n\ndata: never ended'
    body = """
      const bytes = new TextEncoder().encode(a);
      const results = [];
      for (let size = 1; size < bytes.length; size++) {
        const body = new ReadableStream({
          start(stream) {
            for (let at = 0; at < bytes.length; at += size) stream.enqueue(bytes.slice(at, at + size));
            stream.close();
          },
        });
        const got = [];
        for await (const data of m.eventData(body)) got.push(data);
        results.push(JSON.stringify(got));
      }
      return [...new Set(results)];
    """
    assert modules("assistant/stream.js", body, text) == ['["{\\"a\\": \\"😊\\"}","one\\ntwo"]']
