"""X1: every address, socket and command has a row in the permission matrix, and every row is tried by everybody.

Denial and success share one set-up: Alice's shop with one of everything. Each request runs in a savepoint that is
rolled back. Whoever is refused reads none of Alice's words and changes none of her rows; Charlie and his key change
none of them even where they are answered, at their own desk, with Alice's ids.
"""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

from tests.permission_matrix import ROWS, SECTIONS, Row
from tests.permission_world import MARK, MEMBERS, PEOPLE, Who, World, fingerprint, make_world, undone

PARAMETER = re.compile(r"<(?:\w+:)?(?P<simple>\w+)>|\(\?P<(?P<named>\w+)>(?:[^()]|\[[^\]]*\])*\)")
READS = frozenset({"GET", "HEAD"})


# --- the table is complete ------------------------------------------------------------------------


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback


def methods_of(view: Any) -> set[str]:
    """The methods that a view answers, besides HEAD and OPTIONS."""
    if actions := getattr(view, "actions", None):
        return {method.upper() for method in actions} - {"HEAD"}
    kind = getattr(view, "view_class", None)
    if kind is not None:
        if issubclass(kind, RedirectView):
            return {"GET"}
        return {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(kind, name)} - {"PUT"}
    stated = _stated_methods(view)
    return (stated or {"GET"}) - {"HEAD", "OPTIONS"}


def _stated_methods(view: Any) -> set[str]:
    """What a decorator of the view (``shop_page``, ``require_safe`` …) lets through, read from its closure."""
    while view is not None:
        known = inspect.getclosurevars(view).nonlocals
        for name in ("allowed", "request_method_list"):
            if name in known:
                return set(known[name])
        view = getattr(view, "__wrapped__", None)
    return set()


def test_every_method_of_every_address_has_exactly_one_row() -> None:
    served = {(method, route) for route, view in routes() for method in methods_of(view)}
    keys = [row.key for row in ROWS]
    assert sorted(served - set(keys)) == [], "these have no row in tests/permission_matrix.py"
    assert sorted(set(keys) - served) == [], "these rows stand for nothing"
    assert len(keys) == len(set(keys))


# --- every row is tried by everybody --------------------------------------------------------------


def address_of(row: Row, world: World, **instead: str) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match["simple"] or match["named"]
        return quote(instead.get(name) or getattr(world.objects, row.names.get(name, name)))

    return "/" + PARAMETER.sub(fill, row.route).replace("^", "").removesuffix("$")


def call(world: World, who: Who, row: Row, address: str) -> Any:
    data = world.filled(row.data)
    if row.route.startswith("api/") and row.method != "GET":
        data = {"data": json.dumps(data), "content_type": "application/json"}
    elif row.method != "GET":
        data = {"data": data}
    else:
        data = {}
    return getattr(world.client(who), row.method.lower())(address, **data)


def is_refusal(response: Any) -> bool:
    if response.status_code in {301, 302, 303}:
        return str(response["Location"]).startswith("/accounts/login/?next=")
    return int(response.status_code) in {401, 403, 404}


def words_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def expected_refusals(row: Row, who: Who) -> set[int]:
    """Which refusal fits: strangers to a shop learn nothing of it, members and keys are told what they lack."""
    if row.route.startswith("api/"):
        if who in PEOPLE:
            return {401}
        return {403} if who is Who.PUBLISHABLE else {404}
    if row.route.startswith("studio/<slug:shop>/"):
        return {403} if who in MEMBERS else {404} if who is Who.CHARLIE else {302}
    return {302, 403, 404}


@pytest.mark.django_db
@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_a_row_answers_whom_it_names_and_refuses_everybody_else(section: str) -> None:
    world = make_world()
    before = fingerprint(world.people.shop.id)
    for row in SECTIONS[section]:
        address = address_of(row, world)
        for who in Who:
            with undone():
                response = call(world, who, row, address)
                words = words_of(response)
                tried = f"{who}: {row.method} {address} -> {response.status_code} {words[:300]}"
                after = fingerprint(world.people.shop.id)
            if who in row.may:
                assert not is_refusal(response), tried
                assert response.status_code < 400, tried
            else:
                assert is_refusal(response), tried
                assert response.status_code in expected_refusals(row, who), tried
                assert MARK not in words, tried
            if who not in row.may or row.method in READS:
                assert after == before, f"{tried}: a trace in {changed(before, after)}"
            if who is Who.OTHER_SECRET and row.route.startswith("api/"):
                assert after == before, f"{tried}: a trace in {changed(before, after)}"
                assert not {one for one in world.alices_ids() if one in words and one not in address}, tried


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


@pytest.mark.django_db
def test_charlie_reaches_nothing_of_alices_from_his_own_desk() -> None:
    world = make_world()
    before = fingerprint(world.people.shop.id)
    tried = 0
    for row in ROWS:
        if not row.route.startswith("studio/<slug:shop>/"):
            continue
        address = address_of(row, world, shop=world.objects.other_shop)
        own = world.alices_ids()
        with undone():
            response = call(world, Who.CHARLIE, row, address)
            words = words_of(response)
            after = fingerprint(world.people.shop.id)
        told = f"{row.method} {address} -> {response.status_code}"
        assert after == before, f"{told}: a trace in {changed(before, after)}"
        assert MARK not in words, told
        assert not {one for one in own if one in words and one not in address and one not in str(row.data)}, told
        if row.method == "GET" and any(one in address for one in own):
            assert response.status_code == 404, told
        tried += 1
    assert tried > 60


@pytest.mark.django_db
def test_a_picture_that_may_not_be_shown_is_there_for_its_own_staff_alone() -> None:
    world = make_world()
    for who in Who:
        response = world.client(who).get(f"/media/{world.objects.hidden_file}")
        words_of(response)
        assert response.status_code == (200 if who in MEMBERS else 404), who
