"""The author's page: a GET shows, a POST answers, the same link withdraws, nobody needs an account or JavaScript."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content.contracts import AuthorInput
from project.content.kinds import Kind
from project.content.rules import CreditKind
from project.content.services import approve_items
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import Audience, Channel
from project.rights.models import RequestLink
from project.rights.services import ask_permission, cancel_request
from tests.factories import Personas, item_input, make_items, make_personas

pytestmark = pytest.mark.django_db
POST_TEXT = "My new favourite cardigan. <b>Really</b>"


class Asked:
    """Ana was asked about her approved post."""

    def __init__(self) -> None:
        self.people: Personas = make_personas()
        post = item_input(
            kind=Kind.UGC_POST,
            text=POST_TEXT,
            rating=None,
            author=AuthorInput(external_id="ana", display_name="Ana Holm", handle="@ana@social.example"),
            credit_kind=CreditKind.HANDLE,
            credit_name="@ana@social.example",
        )
        (self.item,) = make_items(self.people.shop.id, [post])
        approve_items(shop_id=self.people.shop.id, actor_id=None, item_ids=[self.item])
        asked = ask_permission(
            shop_id=self.people.shop.id,
            actor_id=self.people.alice.pk,
            item_id=self.item,
            channels=(Channel.SITE, Channel.AI_ASSISTANT),
            markets=("*",),
            days=365,
        )
        self.request, self.url = asked.public_id, reverse("rights:consent", args=[asked.token])

    def shows_on(self, channel: Channel) -> bool:
        shop = self.people.shop
        with shop_scope(shop.id):
            audience = Audience(shop.id, channel, shop.markets, timezone.now())
            return gate.visible_items(audience).filter(public_id=self.item).exists()

    def state(self) -> str:
        with shop_scope(self.people.shop.id):
            return selectors.requests().get(public_id=self.request).state


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def ana() -> Client:
    """A browser without an account, as strict about forged requests as the real one."""
    return Client(enforce_csrf_checks=True)


def test_the_page_shows_exactly_what_is_asked_and_ticks_nothing(asked: Asked, ana: Client) -> None:
    page = ana.get(asked.url).content.decode()
    assert "May Linden show what you wrote?" in page
    assert "My new favourite cardigan. &lt;b&gt;Really&lt;/b&gt;" in page
    assert "The shop’s website" in page
    assert "Paid advertising" not in page
    assert "365 days" in page
    assert 'type="checkbox" name="channel" value="site">' in page
    assert page.count("checked") == 1  # how the author is named: as their account names them


def test_the_page_stays_out_of_caches_and_referrers_and_loads_nothing_foreign(asked: Asked, ana: Client) -> None:
    response = ana.get(asked.url)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "script-src 'none'" in response.headers["Content-Security-Policy"]
    page = response.content.decode()
    assert "<script" not in page
    assert 'src="http' not in page
    assert not response.cookies


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_grants_nothing(method: str, asked: Asked, ana: Client) -> None:
    for _visit in range(3):
        assert getattr(ana, method)(asked.url, {"answer": "all"}).status_code == 200
    assert asked.state() == "sent"
    assert not asked.shows_on(Channel.SITE)


def test_one_click_grants_everything_asked_for_and_one_click_takes_it_back(asked: Asked, ana: Client) -> None:
    granted = ana.post(asked.url, {"answer": "all", "credit": "name"})
    assert (granted.status_code, granted.headers["Location"]) == (303, asked.url)
    assert asked.shows_on(Channel.SITE)
    assert asked.shows_on(Channel.AI_ASSISTANT)
    page = ana.get(asked.url).content.decode()
    assert "You gave permission" in page
    assert "Ana Holm" in page
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 303
    assert not asked.shows_on(Channel.SITE)
    assert not asked.shows_on(Channel.AI_ASSISTANT)
    assert "Your permission has ended" in ana.get(asked.url).content.decode()


def test_only_the_ticked_places_are_granted(asked: Asked, ana: Client) -> None:
    answer = {"answer": "ticked", "channel": ["ai_assistant", "paid_ads"], "credit": "handle"}
    assert ana.post(asked.url, answer).status_code == 303
    assert not asked.shows_on(Channel.SITE)
    assert asked.shows_on(Channel.AI_ASSISTANT)
    with shop_scope(asked.people.shop.id):
        licence = selectors.requests().get(public_id=asked.request).licence
        assert licence is not None
        assert licence.channels == ["ai_assistant"]


def test_a_yes_without_a_place_or_a_name_is_asked_again(asked: Asked, ana: Client) -> None:
    for answer in ({"answer": "ticked", "credit": "handle"}, {"answer": "all"}, {"answer": "all", "credit": "Eve"}):
        response = ana.post(asked.url, answer)
        assert response.status_code == 400
        assert 'role="alert"' in response.content.decode()
    assert asked.state() == "sent"


def test_who_wants_no_name_is_a_customer(asked: Asked, ana: Client) -> None:
    ana.post(asked.url, {"answer": "all", "credit": "customer"})
    with shop_scope(asked.people.shop.id):
        item = selectors.requests().get(public_id=asked.request).item
        assert (item.credit_kind, item.credit_name) == ("customer", "")


def test_a_no_is_kept(asked: Asked, ana: Client) -> None:
    assert ana.post(asked.url, {"answer": "decline"}).status_code == 303
    assert asked.state() == "declined"
    assert "You said no" in ana.get(asked.url).content.decode()
    assert ana.post(asked.url, {"answer": "all", "credit": "handle"}).status_code == 410
    assert not asked.shows_on(Channel.SITE)


def test_a_link_grants_once_and_withdraws_once(asked: Asked, ana: Client) -> None:
    yes = {"answer": "all", "credit": "handle"}
    assert [ana.post(asked.url, yes).status_code for _ in range(2)] == [303, 410]
    assert [ana.post(asked.url, {"answer": "withdraw"}).status_code for _ in range(2)] == [303, 409]
    assert ana.post(asked.url, yes).status_code == 410


def test_there_is_nothing_to_withdraw_before_a_yes(asked: Asked, ana: Client) -> None:
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 410
    assert ana.post(asked.url, {"answer": "perhaps"}).status_code == 400


def test_a_request_taken_back_says_so(asked: Asked, ana: Client) -> None:
    shop_id = asked.people.shop.id
    cancel_request(shop_id=shop_id, actor_id=asked.people.alice.pk, request_id=asked.request)
    assert "took its request back" in ana.get(asked.url).content.decode()
    assert ana.post(asked.url, {"answer": "all", "credit": "handle"}).status_code == 410


def test_an_unknown_link_says_nothing_of_any_shop(asked: Asked, ana: Client) -> None:
    for method in (ana.get, ana.post):
        response = method(reverse("rights:consent", args=["x" * 43]))
        assert response.status_code == 404
        assert "Linden" not in response.content.decode()
        assert response.headers["Cache-Control"] == "no-store"


def test_an_expired_link_no_longer_grants_but_still_withdraws(asked: Asked, ana: Client) -> None:
    def expire() -> None:
        with shop_scope(asked.people.shop.id):
            RequestLink.objects.update(expires_at=timezone.now())

    ana.post(asked.url, {"answer": "all", "credit": "handle"})
    expire()
    assert ana.get(asked.url).status_code == 200
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 303
    other = Asked()
    with shop_scope(other.people.shop.id):
        RequestLink.objects.update(expires_at=timezone.now())
    assert ana.post(other.url, {"answer": "all", "credit": "handle"}).status_code == 410
    assert ana.get(other.url).status_code == 410
