"""Where quotes lead: to the review on the real wall, or, for what the wall may not show, nowhere."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from assistant.outlet import uses_of
from assistant.services import ask
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights.contracts import Channel, EndReason
from project.rights.services import withdraw_licence
from tests.assistant.helpers import REVIEWS, answer_to, index, inputs, publish
from tests.factories import Personas, license_items, make_personas, make_published
from tests.widgets.helpers import edge, in_thread
from widgets.services import ensure_hosted_wall

pytestmark = pytest.mark.django_db(transaction=True)

FIT = "What do customers say about the fit?"


def citations(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [citation for claim in answer["claims"] for citation in claim["citations"]]


def walled() -> Personas:
    people = make_personas()
    ensure_hosted_wall(shop_id=people.shop.id)
    return people


def publish_for_the_assistant_alone(shop_id: int) -> list[str]:
    ids = make_published(shop_id, inputs(REVIEWS[:5]), channels=(Channel.AI_ASSISTANT,))
    index(shop_id)
    return ids


async def opened(client: httpx.AsyncClient, url: str) -> httpx.Response:
    address = urlsplit(url)
    assert f"{address.scheme}://{address.netloc}" == "http://localhost:8000"
    return await client.get(f"{address.path}?{address.query}")


async def test_every_quote_leads_to_its_review() -> None:
    people = await in_thread(walled)()
    await in_thread(publish)(people.shop.id)
    answer, _ = await in_thread(answer_to)(people.shop.id, FIT)
    assert len(citations(answer)) == 4
    async with edge() as (client, _running):
        for citation in citations(answer):
            page = await opened(client, citation["url"])
            assert page.status_code == 200
            assert f'id="{urlsplit(citation["url"]).fragment}"' in page.text
            assert citation["quote"] in page.text


async def test_what_only_the_assistant_may_quote_leads_nowhere() -> None:
    people = await in_thread(walled)()
    quoted_only = await in_thread(publish_for_the_assistant_alone)(people.shop.id)
    shown = await in_thread(publish)(people.shop.id, [("The fit is loose, and just how I like it to be.", 5)])
    answer, trace = await in_thread(answer_to)(people.shop.id, FIT)
    links = {citation["review_id"]: citation["url"] for citation in citations(answer)}
    assert set(links) & set(quoted_only)
    assert {review_id for review_id, url in links.items() if url} <= set(shown)
    assert trace["rejected_claims"] == []
    async with edge() as (client, _running):
        for review_id, url in links.items():
            wall = await in_thread(ensure_hosted_wall)(shop_id=people.shop.id)
            page = await opened(client, f"http://localhost:8000/w/{wall}/?item={review_id}")
            assert page.status_code == (200 if url else 404)


def test_the_authors_page_links_the_assistants_use_only_where_the_words_can_be_read() -> None:
    people = walled()
    (quoted_only, *_) = publish_for_the_assistant_alone(people.shop.id)
    (shown,) = publish(people.shop.id, REVIEWS[:1])
    with shop_scope(people.shop.id):
        assert [use.url for use in uses_of(quoted_only)] == [""]
        assert [use.url.endswith(f"#{shown}") for use in uses_of(shown)] == [True]


def test_a_link_goes_when_the_right_to_the_site_ends_while_an_answer_is_sent() -> None:
    people = walled()
    ids = publish_for_the_assistant_alone(people.shop.id)
    licence = license_items(people.shop.id, ids, channels=(Channel.SITE,))
    frames = ask(shop_id=people.shop.id, text=FIT)
    _coverage, first = next(frames), next(frames)
    assert all(citation["url"] for citation in first["claim"]["citations"])
    number = publication_number(people.shop.id)
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence.public_id, reason=EndReason.AUTHOR)
    *_, done = frames
    assert publication_number(people.shop.id) > number
    assert [citation["url"] for citation in citations(done["answer"])] == [""] * 4
    assert first["claim"]["text"] == done["answer"]["claims"][0]["text"]
