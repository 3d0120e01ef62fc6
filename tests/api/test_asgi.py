"""The API as it is served: behind the edge, in Django's threads under ASGI."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.asking import V1, secret_key
from tests.factories import Personas, item_input, make_items, make_personas
from tests.widgets.helpers import edge, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def two_shops() -> tuple[Personas, str, str]:
    people = make_personas()
    for shop in (people.shop, people.other_shop):
        make_items(shop.id, [item_input(text=shop.name)])
    return people, secret_key(people.shop.id), secret_key(people.other_shop.id)


async def test_requests_of_two_shops_at_once_each_stay_in_their_own() -> None:
    people, one, two = await in_thread(two_shops)()
    async with edge() as (client, _runtime):

        async def words(key: str) -> set[str]:
            answer = await client.get(f"{V1}/content/", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 200
            return {item["text"] for item in answer.json()["items"]}

        found = await asyncio.gather(*(words(key) for key in [one, two] * 8))
    assert found == [{people.shop.name}, {people.other_shop.name}] * 8


async def test_a_body_that_does_not_state_its_size_is_not_taken() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"name": "Winter"}'

    _people, key, _other = await in_thread(two_shops)()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with edge() as (client, _runtime):
        answer = await client.post(f"{V1}/selections/", headers=headers, content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (411, "invalid_input")
