"""X1 and X7 for what does not go through Django: the edge's addresses, the sockets, and the commands.

At the edge nobody has a session: what counts is the page that asks. Charlie's page is allowed in his shop and
nowhere else; a session or key that a request carries changes nothing.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command, get_commands
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from assistant.edge.desk import forget_limits
from project.asgi import application
from project.core.edge.routes import http_routes, websocket_routes
from tests.core.live.serving import Served, serving
from tests.permission_matrix import COMMAND_ROWS, EDGE_ROWS, SOCKET_ROWS, CommandRow, EdgeRow
from tests.permission_world import ALICES_PAGE, CHARLIES_PAGE, MARK, Who, World, fingerprint, make_world, undone
from tests.widgets.helpers import in_thread

OURS = ("project.", "widgets", "assistant")
FOREIGN_PAGES = (CHARLIES_PAGE, "null", "https://evil.example", "http://www.linden.example")
NOBODYS = {"widget_id": "wid_" + "a" * 22, "assistant_id": "ast_" + "a" * 22}


def test_every_address_of_the_edge_and_every_socket_has_a_row() -> None:
    assert {(route.method, route.pattern) for route in http_routes()} == {row.key for row in EDGE_ROWS}
    assert {route.pattern for route in websocket_routes()} == set(SOCKET_ROWS)


def test_every_command_has_a_row() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith(OURS)}
    assert ours == {row.name for row in COMMAND_ROWS}


@pytest.fixture
def embed(tmp_path: Path, settings: Any) -> None:
    settings.EMBED_ROOT = tmp_path
    (tmp_path / "embed.js").write_text("export {};")


@pytest.fixture
async def world(transactional_db: None, embed: None) -> World:
    return await in_thread(make_world)()


@pytest.fixture
async def served(world: World) -> AsyncIterator[Served]:
    async with serving(application) as where:
        yield where


def credentials(world: World, who: Who) -> dict[str, str]:
    """What this person's browser, or program, would send along."""
    session, asking = world.callers[who]
    if asking is not None:
        return {"Authorization": f"Bearer {asking.key}"}
    return {} if session is None else {"Cookie": f"sessionid={session.cookies['sessionid'].value}"}


async def ask(
    client: httpx.AsyncClient, row: EdgeRow, path: str, headers: dict[str, str], body: Any
) -> tuple[int, Any, str]:
    """Status, headers and words; of an endless answer only its beginning."""
    forget_limits()
    if row.method == "OPTIONS":
        headers = {**headers, "Access-Control-Request-Method": "POST"}
    async with client.stream(row.method, path, headers=headers, json=body) as answer:
        endless = answer.headers.get("content-type", "").startswith("text/event-stream") and row.method == "GET"
        words = "" if endless else (await answer.aread()).decode()
        return answer.status_code, answer.headers, words


async def test_an_address_of_the_edge_answers_the_shops_own_pages_and_no_other_shops(
    world: World, served: Served
) -> None:
    async with httpx.AsyncClient(base_url=served.http, timeout=20) as client:
        for row in EDGE_ROWS:
            path = world.filled(row.path)
            for who in Who:
                sent = credentials(world, who)
                for page in (None, ALICES_PAGE, *(FOREIGN_PAGES if who is Who.VERA else FOREIGN_PAGES[:1])):
                    headers = sent if page is None else {**sent, "Origin": page}
                    status, told, words = await ask(client, row, path, headers, world.filled(row.body))
                    may = row.bare if page is None else page == ALICES_PAGE or not row.pages
                    tried = f"{who} from {page}: {row.method} {path} -> {status} {words[:200]}"
                    assert (status < 400) if may else (status == 403), tried
                    if not may:
                        assert "access-control-allow-origin" not in told, tried
                        assert MARK not in words, tried
                        assert json.loads(words)["error"]["code"] == "origin_not_allowed", tried


async def test_ids_that_nobody_has_are_not_found(world: World, served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.http, timeout=20) as client:
        for row in EDGE_ROWS:
            if "{" in row.path:
                status, _headers, words = await ask(
                    client, row, row.path.format(**NOBODYS), {"Origin": ALICES_PAGE}, world.filled(row.body)
                )
                assert status in {301, 403, 404}, f"{row.key} -> {status} {words[:200]}"


async def test_a_socket_opens_for_the_shops_own_pages_alone(world: World, served: Served) -> None:
    for path in SOCKET_ROWS.values():
        address = served.ws + world.filled(path)
        for who in Who:
            sent = credentials(world, who)
            own = {**sent, "Origin": ALICES_PAGE}
            async with asyncio.timeout(20), connect(address, additional_headers=own) as socket:
                assert socket.state.name == "OPEN"
            for page in (None, *FOREIGN_PAGES):
                headers = sent if page is None else {**sent, "Origin": page}
                with pytest.raises(InvalidStatus) as refused:
                    await connect(address, additional_headers=headers)
                assert refused.value.response.status_code == 403, (path, who, page)
        with pytest.raises(InvalidStatus) as missing:
            await connect(served.ws + path.format(**NOBODYS), additional_headers={"Origin": ALICES_PAGE})
        assert missing.value.response.status_code in {403, 404}


# --- commands -------------------------------------------------------------------------------------


@pytest.fixture
def shops(db: None) -> World:
    return make_world()


def run(row: CommandRow, arguments: list[str]) -> None:
    """Run a command as the operator does; refusals are raised."""
    try:
        call_command(row.name, *arguments, stdout=io.StringIO(), stderr=io.StringIO())
    except SystemExit as end:
        if end.code:
            raise CommandError(f"exit code {end.code}") from end


def filled(arguments: list[str], world: World, folder: Path) -> list[str]:
    table = folder / "reviews.csv"
    table.write_text("id,text,rating\n1,Warm and soft.,5\n2,Too thin.,2\n")
    values = {**vars(world.objects), "owner": world.people.alice.email, "csv": str(table)}
    return [argument.format(**values) for argument in arguments]


def test_a_command_touches_the_shop_that_it_names_and_no_other(shops: World, tmp_path: Path) -> None:
    before = {shop.id: fingerprint(shop.id) for shop in (shops.people.shop, shops.people.other_shop)}
    for row in COMMAND_ROWS:
        if row.arguments is not None:
            other = shops.people.shop if "{other_shop}" in row.arguments else shops.people.other_shop
            with undone():
                run(row, filled(row.arguments, shops, tmp_path))
                assert fingerprint(other.id) == before[other.id], row.name


def test_a_command_does_not_reach_into_another_shop(shops: World, tmp_path: Path) -> None:
    before = fingerprint(shops.people.shop.id)
    for row in COMMAND_ROWS:
        if row.foreign is not None:
            with undone():
                with pytest.raises(CommandError):
                    run(row, filled(row.foreign, shops, tmp_path))
                assert fingerprint(shops.people.shop.id) == before, row.name


def test_a_command_without_a_shop_changes_none(shops: World) -> None:
    before = [fingerprint(shop.id) for shop in (shops.people.shop, shops.people.other_shop)]
    for row in COMMAND_ROWS:
        if row.arguments is None:
            assert row.why
    with pytest.raises(CommandError):
        run(CommandRow("seed_demo", []), [])
    with undone():
        run(CommandRow("rotate_log_key", []), ["--json"])
        assert [fingerprint(shop.id) for shop in (shops.people.shop, shops.people.other_shop)] == before
    run(CommandRow("translations", []), ["--check", "--json"])
    assert [fingerprint(shop.id) for shop in (shops.people.shop, shops.people.other_shop)] == before
