"""A page's form as a hand meets it: what is ticked when it opens, what one may press, and what a browser then sends."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import combinations

from django.test import Client

PRESSES_AT_MOST = 5


@dataclass(frozen=True)
class Control:
    """A box, a radio button or a button that sends; a link to the same page is none."""

    kind: str
    name: str
    value: str
    ticked: bool = False
    required: bool = False
    as_it_stands: bool = False


@dataclass
class Form:
    """Values that nobody presses (hidden ones, first options) and the controls."""

    given: dict[str, str] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)

    def sent(self, ticked: Collection[Control], button: Control) -> dict[str, list[str]] | None:
        """What leaves the browser; None where it would not send the form for want of a required choice."""
        chosen = {one.name for one in ticked if one.kind == "radio"}
        on = [
            one
            for one in self.controls
            if one in ticked
            or (one.ticked and one.kind in {"radio", "checkbox"} and not (one.kind == "radio" and one.name in chosen))
        ]
        missing = {one.name for one in self.controls if one.required} - {one.name for one in on}
        if missing and not button.as_it_stands:
            return None
        data = {name: [value] for name, value in self.given.items()}
        for one in (*on, button):
            data.setdefault(one.name, []).append(one.value)
        return data


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form())
        if not self.forms:
            return
        form, name, value = self.forms[-1], has.get("name", ""), has.get("value", "on")
        if tag == "select":
            form.given[name] = ""
        elif tag == "button" and has.get("type", "submit") == "submit":
            form.controls.append(Control("button", name, value, as_it_stands="formnovalidate" in has))
        elif tag == "input" and has.get("type") in {"radio", "checkbox"}:
            form.controls.append(Control(has["type"], name, value, "checked" in has, "required" in has))
        elif tag == "input":
            form.given[name] = value


def forms_on(page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def fewest_presses(browser: Client, url: str, answers: Collection[str], done: Callable[[], bool]) -> int:
    """How often one has to press on the page at ``url`` until ``done``, by the shortest way that ends on a button with
    one of these answers. Each way is tried as a browser would send it; one that falls short changes nothing.
    """
    forms = forms_on(browser.get(url).content.decode())
    for presses in range(1, PRESSES_AT_MOST + 1):
        for form in forms:
            buttons = [one for one in form.controls if one.kind == "button" and one.value in answers]
            boxes = [one for one in form.controls if one.kind != "button" and not one.ticked]
            for ticked in combinations(boxes, presses - 1):
                for button in buttons:
                    data = form.sent(ticked, button)
                    if data is not None and browser.post(url, data).status_code < 400 and done():
                        return presses
    raise AssertionError(f"No way to {', '.join(answers)} in {PRESSES_AT_MOST} presses.")
