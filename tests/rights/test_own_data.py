"""An author takes their data along, and has it erased, on their own page: a confirmed link and nobody's help."""

import io
import json
import re
import zipfile

import pytest
from django.test import Client

from project.content.models import ContentItem
from project.content.rules import State
from project.core.scope import shop_scope
from project.rights.contracts import HoldReason
from project.rights.models import PrivacyRequest
from project.rights.services import open_hold
from project.shops.models import Mail
from tests.rights.author import POST_TEXT, Asked, answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked() -> Asked:
    found = Asked()
    found.give_address()
    answer(Client(), found.url, channel=["site"])
    return found


def confirmed_url(asked: Asked) -> str:
    assert Client().post(asked.url, {"answer": "confirm"}).status_code == 303
    with shop_scope(asked.people.shop.id):
        text = Mail.objects.order_by("id").values_list("text", flat=True).last()
    found = re.search(r"http://[^/]+(/c/[\w-]{43})", text or "")
    assert found
    return found[1]


def requests_of(asked: Asked) -> list[tuple[str, str, str]]:
    with shop_scope(asked.people.shop.id):
        return list(PrivacyRequest.objects.order_by("id").values_list("kind", "state", "confirmed_by"))


def test_an_author_takes_their_data_along_and_it_is_on_record(asked: Asked) -> None:
    response = Client().post(confirmed_url(asked), {"answer": "export"})
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        data = json.loads(archive.read("data.json"))
    assert [row["text"] for row in data["content"]] == [POST_TEXT]
    assert [row["state"] for row in data["permission_requests"]] == ["granted"]
    assert data["consents"][0]["purposes"]
    assert requests_of(asked) == [("access", "done", "confirmed_link")]


def test_an_author_has_everything_erased_and_no_link_opens_any_more(asked: Asked) -> None:
    url = confirmed_url(asked)
    assert Client().post(url, {"answer": "erase"}).status_code == 400
    assert Client().post(url, {"answer": "erase", "sure": "yes"}).status_code == 200
    with shop_scope(asked.people.shop.id):
        item = ContentItem.objects.get(public_id=asked.item)
        assert (item.state, item.text) == (State.ERASED, "")
        assert not Mail.objects.exists()
    assert requests_of(asked) == [("erasure", "done", "confirmed_link")]
    for address in (url, asked.url):
        assert Client().get(address).status_code == 410


def test_a_legal_hold_leaves_the_request_with_the_shop_and_its_clock_running(asked: Asked) -> None:
    open_hold(shop_id=asked.people.shop.id, actor_id=None, item_id=asked.item, reason=HoldReason.LEGAL)
    response = Client().post(confirmed_url(asked), {"answer": "erase", "sure": "yes"})
    assert response.status_code == 409
    assert "must answer within a month" in response.content.decode()
    assert requests_of(asked) == [("erasure", "received", "confirmed_link")]
    with shop_scope(asked.people.shop.id):
        assert ContentItem.objects.get(public_id=asked.item).text == POST_TEXT


def test_a_link_that_was_not_confirmed_takes_and_erases_nothing(asked: Asked) -> None:
    for form in ({"answer": "export"}, {"answer": "erase", "sure": "yes"}):
        assert Client().post(asked.url, form).status_code in {403, 404, 410}
    assert requests_of(asked) == []
