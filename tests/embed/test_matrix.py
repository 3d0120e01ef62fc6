"""Every type of widget in every theme on every kind of shop page.

Pairwise here, so that each two values meet once; `make matrix` sets VOUCHSAFE_MATRIX=all for all of them.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.embed.conftest import Shop
from tests.embed.peers import Host


class Case(NamedTuple):
    """One combination."""

    kind: str
    scheme: str
    density: str
    page: str
    width: int


DIMENSIONS: tuple[tuple[Any, ...], ...] = (
    ("carousel", "wall", "rating_summary"),
    ("light", "dark"),
    ("comfortable", "compact"),
    ("plain", "loud", "narrow", "right-to-left"),
    (320, 1280),
)
# What the styles of a shop may do to everything on their pages.
LOUD = (
    "<style>* { font: 700 40px cursive !important; color: red !important; float: left; letter-spacing: 9px }"
    "section, article, p, button { display: none; margin: 99px; text-transform: uppercase }</style>"
)
NARROW = "<style>main { width: 280px; overflow: hidden }</style>"


def pairwise(dimensions: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Combinations in which every two values of different dimensions meet at least once; greedy, repeatable."""
    everything = list(itertools.product(*dimensions))

    def pairs(combination: tuple[Any, ...]) -> set[tuple[Any, ...]]:
        return set(itertools.combinations(enumerate(combination), 2))

    open_pairs = set().union(*map(pairs, everything))
    while open_pairs:
        best = max(everything, key=lambda combination: len(pairs(combination) & open_pairs))
        open_pairs -= pairs(best)
        yield best


def cases() -> list[Case]:
    """All combinations, or a pairwise choice of them."""
    chosen = itertools.product if os.environ.get("VOUCHSAFE_MATRIX") == "all" else None
    return [Case(*each) for each in (chosen(*DIMENSIONS) if chosen else pairwise(DIMENSIONS))]


def test_every_pair_of_values_meets() -> None:
    met = {pair for case in pairwise(DIMENSIONS) for pair in itertools.combinations(enumerate(case), 2)}
    assert met == {
        pair for case in itertools.product(*DIMENSIONS) for pair in itertools.combinations(enumerate(case), 2)
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: "-".join(map(str, case)))
def test_a_widget_fits_any_page_in_any_theme(new_shop: Callable[..., Shop], host: Host, case: Case) -> None:
    host.feed["widget"]["type"] = case.kind
    host.feed["widget"]["theme"] |= {"scheme": case.scheme, "density": case.density}
    shop = new_shop(viewport={"width": case.width, "height": 800}, reduced_motion="reduce")
    shop.open(
        shop.snippet(f"type={case.kind}"),
        head={"loud": LOUD, "narrow": NARROW}.get(case.page, ""),
        html='dir="rtl"' if case.page == "right-to-left" else "",
    )
    heading = shop.page.locator("vouchsafe-widget .heading")
    expect(heading).to_be_visible()
    host.wait_for(host.live)

    # It stays within its place, wears the shop's colours only where it offers to, and has nothing to report.
    element, section = shop.page.locator("vouchsafe-widget"), shop.box
    assert section.bounding_box()["width"] <= element.bounding_box()["width"] + 1
    assert shop.page.evaluate("document.documentElement.scrollWidth <= innerWidth") or case.page == "loud"
    if case.page == "loud":
        assert heading.evaluate("one => getComputedStyle(one).textTransform") == "none"
        assert section.evaluate("one => getComputedStyle(one).display") != "none"
    assert shop.errors == []
