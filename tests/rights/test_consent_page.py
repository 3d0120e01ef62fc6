"""The author's page: a GET shows, a POST answers, the same link withdraws, nobody needs an account or JavaScript."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content.models import ContentItem
from project.core.scope import shop_scope
from project.rights.contracts import Channel, EndReason
from project.rights.models import RequestLink
from project.rights.services import cancel_request, withdraw_licence
from tests.factories import license_items
from tests.rights.author import EVERYWHERE, Asked, answer, shown_on
from tests.rights.pressing import fewest_presses

pytestmark = pytest.mark.django_db


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
    assert 'type="checkbox" name="channel" value="ai_assistant">' in page
    assert page.count(" checked") == 1  # how the author is named: as their account names them


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
def test_x6_prefetching_the_link_grants_nothing(method: str, asked: Asked, ana: Client) -> None:
    for _visit in range(3):
        assert getattr(ana, method)(asked.url, {"answer": "all"}).status_code == 200
    assert asked.state() == "sent"
    assert not asked.shows_on(Channel.SITE)


def test_l8_withdrawing_takes_fewer_clicks_than_granting(asked: Asked, ana: Client) -> None:
    """Both begin on the same page and end there; every way through its forms is tried, the shortest first."""
    grant = fewest_presses(ana, asked.url, {"all", "ticked"}, lambda: asked.state() == "granted")
    assert asked.shown_places() == {Channel.SITE}
    page = ana.get(asked.url).content.decode()
    assert "You gave permission" in page
    withdrawal = fewest_presses(ana, asked.url, {"withdraw"}, lambda: asked.shown_places() == set())
    assert (grant, withdrawal) == (3, 1)
    assert "Your permission has ended" in ana.get(asked.url).content.decode()


def test_a_yes_leads_back_to_the_page_which_names_the_author_as_chosen(asked: Asked, ana: Client) -> None:
    granted = answer(ana, asked.url, answer="all", channel=["ai_assistant"], credit="name")
    assert (granted.status_code, granted.headers["Location"]) == (303, asked.url)
    assert asked.shown_places() == {Channel.SITE, Channel.AI_ASSISTANT}
    assert "Ana Holm" in ana.get(asked.url).content.decode()


def test_yes_to_all_leaves_out_what_is_asked_separately() -> None:
    asked = Asked(channels=EVERYWHERE)
    page = Client().get(asked.url).content.decode()
    assert "Yes, in all 7 places" in page
    assert "Never part of a yes unless you tick it here" in page
    assert answer(Client(), asked.url, answer="all").status_code == 303
    assert asked.shown_places() == set(Channel) - {Channel.PAID_ADS, Channel.AI_ASSISTANT}


@pytest.mark.parametrize(
    ("channels", "answers"),
    [
        ((Channel.SITE,), ["all", "decline"]),
        ((Channel.SITE, Channel.AI_ASSISTANT), ["ticked", "decline"]),
        ((Channel.AI_ASSISTANT,), ["ticked", "decline"]),
        ((Channel.SITE, Channel.EMAIL), ["ticked", "all", "decline"]),
    ],
)
def test_no_answer_is_offered_twice_and_none_stands_out(channels: tuple[Channel, ...], answers: list[str]) -> None:
    asked = Asked(channels=channels)
    page = Client().get(asked.url).content.decode()
    buttons = re.findall(r'<button class="([^"]+)" type="submit" name="answer" value="([^"]+)"', page)
    assert [value for _look, value in buttons] == answers
    assert {look for look, _value in buttons} == {"button"}


def test_yes_to_all_takes_along_what_was_ticked_separately() -> None:
    asked = Asked(channels=EVERYWHERE)
    assert answer(Client(), asked.url, answer="all", channel=["paid_ads"]).status_code == 303
    assert asked.shown_places() == set(Channel) - {Channel.AI_ASSISTANT}


def test_where_only_separate_places_are_asked_for_there_is_no_yes_to_all() -> None:
    asked = Asked(channels=(Channel.PAID_ADS, Channel.AI_ASSISTANT))
    assert 'value="all"' not in Client().get(asked.url).content.decode()
    assert answer(Client(), asked.url, answer="all").status_code == 400
    assert asked.state() == "sent"


@pytest.mark.parametrize("place", list(Channel))
def test_r5_a_partial_grant_holds_for_its_places_and_for_no_other(place: Channel) -> None:
    asked = Asked(channels=EVERYWHERE)
    assert answer(Client(), asked.url, channel=[place.value]).status_code == 303
    assert asked.shown_places() == {place}
    assert asked.licence().channels == [place.value]


def test_what_was_not_asked_for_cannot_be_granted(asked: Asked, ana: Client) -> None:
    assert answer(ana, asked.url, channel=["ai_assistant", "paid_ads"]).status_code == 303
    assert asked.shown_places() == {Channel.AI_ASSISTANT}
    assert asked.licence().channels == ["ai_assistant"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": []},
        {"channel": ["everywhere"]},
        {"credit": None},
        {"credit": "Eve"},
        {"age": None},
        {"age": "99"},
        {"age": "old"},
        {"age": "14", "country": "XX"},
        {"age": "0"},
    ],
    ids=str,
)
def test_an_answer_that_cannot_count_comes_back_with_a_sentence_and_all_that_was_chosen(
    wrong: dict[str, Any], asked: Asked, ana: Client
) -> None:
    response = answer(ana, asked.url, **{"channel": ["ai_assistant"], "credit": "name", "age": "16", **wrong})
    page = response.content.decode()
    assert response.status_code == 400
    assert 'role="alert"' in page
    assert asked.state() == "sent"
    assert ('name="channel" value="ai_assistant" checked' in page) == ("channel" not in wrong)
    assert ('name="credit" value="name" checked' in page) == ("credit" not in wrong)
    assert ('name="age" value="16" checked' in page) == ("age" not in wrong)
    assert "everywhere" not in page
    assert "Eve" not in page


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "\x00", "' OR 1=1 --", "é" * 5_000, "\u202eyes", "{{ view }}"]
)
def test_hostile_input_is_as_if_it_was_not_sent(hostile: str, asked: Asked, ana: Client) -> None:
    fields = ["credit", "people", "works", "age", "country", "child", "guardian"]
    response = answer(ana, asked.url, **dict.fromkeys(fields, hostile), channel=["site", hostile])
    assert response.status_code == 400
    page = response.content.decode()
    assert hostile not in page
    assert 'name="channel" value="site" checked' in page
    assert ana.post(asked.url, {"answer": hostile}).status_code == 400
    assert asked.state() == "sent"


def test_an_oversized_answer_is_refused_and_changes_nothing(asked: Asked, ana: Client) -> None:
    huge = ana.post(asked.url, {"answer": "all", "credit": "x" * 3_000_000})
    many = ana.post(asked.url, {"answer": "all", "channel": ["site"] * 5_000})
    broken = ana.post(asked.url, b"--x\r\nnonsense", content_type="multipart/form-data")
    for response in (huge, many, broken):
        assert response.status_code == 400
        assert "Nothing was changed" in response.content.decode()
    assert asked.state() == "sent"


def test_who_wants_no_name_is_a_customer(asked: Asked, ana: Client) -> None:
    answer(ana, asked.url, answer="all", credit="customer")
    item = asked.row().item
    assert (item.credit_kind, item.credit_name) == ("customer", "")


def test_a_no_is_kept(asked: Asked, ana: Client) -> None:
    assert ana.post(asked.url, {"answer": "decline"}).status_code == 303
    assert asked.state() == "declined"
    assert "You said no" in ana.get(asked.url).content.decode()
    assert ana.post(asked.url, {"answer": "all", "credit": "handle", "age": "16"}).status_code == 410
    assert not asked.shows_on(Channel.SITE)


def test_x6_a_used_link_answers_410_and_offers_the_authors_page(asked: Asked, ana: Client) -> None:
    form = {"answer": "all", "credit": "handle", "age": "16", "shown": shown_on(ana.get(asked.url).content.decode())}
    assert [ana.post(asked.url, form).status_code for _ in range(2)] == [303, 410]
    page = ana.post(asked.url, form).content.decode()
    assert "answered before" in page
    assert f'href="{asked.url}"' in page
    assert [ana.post(asked.url, {"answer": "withdraw"}).status_code for _ in range(2)] == [303, 409]
    assert ana.post(asked.url, form).status_code == 410
    assert ana.post(asked.url, {"answer": "decline"}).status_code == 410


def test_x6_the_link_of_one_request_answers_no_other(asked: Asked, ana: Client) -> None:
    other = Asked()
    foreign = shown_on(ana.get(other.url).content.decode())
    refused = answer(ana, asked.url, channel=["site"], shown=foreign)
    assert refused.status_code == 409
    assert 'name="channel" value="site" checked' in refused.content.decode()
    assert answer(ana, other.url, channel=["site"]).status_code == 303
    assert (asked.state(), other.state()) == ("sent", "granted")
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 410
    assert other.shows_on(Channel.SITE)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_grant(asked: Asked) -> None:
    form = {
        "answer": "all",
        "credit": "handle",
        "age": "16",
        "shown": shown_on(Client().get(asked.url).content.decode()),
    }

    def click(_number: int) -> int:
        try:
            return Client().post(asked.url, form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as hands:
        statuses = sorted(hands.map(click, range(4)))
    assert statuses == [303, 410, 410, 410]
    assert len(asked.consents()) == 1
    assert asked.ledger().count('"type":"granted"') == 1


def test_an_answer_counts_for_the_words_that_were_shown(asked: Asked, ana: Client) -> None:
    before = shown_on(ana.get(asked.url).content.decode())
    with shop_scope(asked.people.shop.id):
        ContentItem.objects.filter(public_id=asked.item).update(text="Other words.", version=2)
    late = answer(ana, asked.url, channel=["site"], shown=before)
    assert late.status_code == 409
    assert "has changed since you opened this page" in late.content.decode()
    assert "Other words." in late.content.decode()
    assert answer(ana, asked.url, channel=["site"], shown=None).status_code == 409
    assert asked.state() == "sent"
    assert answer(ana, asked.url, channel=["site"]).status_code == 303


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

    answer(ana, asked.url, answer="all")
    expire()
    assert ana.get(asked.url).status_code == 200
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 303
    assert "Your permission has ended" in ana.get(asked.url).content.decode()
    other = Asked()
    with shop_scope(other.people.shop.id):
        RequestLink.objects.update(expires_at=timezone.now())
    assert ana.post(other.url, {"answer": "all", "credit": "handle"}).status_code == 410
    assert ana.get(other.url).status_code == 410
    assert "This link has run out" in ana.get(other.url).content.decode()


def test_a_permission_whose_time_is_over_says_so(asked: Asked, ana: Client) -> None:
    answer(ana, asked.url, answer="all")
    licence = asked.licence()
    with shop_scope(asked.people.shop.id):
        type(licence).objects.update(ends_at=timezone.now())
    page = ana.get(asked.url).content.decode()
    assert "Your permission has run out" in page
    assert 'value="withdraw"' not in page


@pytest.mark.parametrize("over", ["ended by the shop", "declined", "taken back"])
def test_what_is_shown_by_another_right_is_said_and_can_be_ended(asked: Asked, ana: Client, over: str) -> None:
    """The page never says that nothing is shown while something is."""
    shop_id = asked.people.shop.id
    if over == "ended by the shop":
        answer(ana, asked.url, answer="all")
        licence = asked.licence().public_id
        withdraw_licence(shop_id=shop_id, actor_id=None, licence_id=licence, reason=EndReason.STAFF)
    elif over == "declined":
        answer(ana, asked.url, answer="decline")
    else:
        cancel_request(shop_id=shop_id, actor_id=asked.people.alice.pk, request_id=asked.request)
    license_items(shop_id, [asked.item])
    page = ana.get(asked.url).content.decode()
    assert "It is still shown, by another right" in page
    assert "Nothing is shown" not in page
    assert asked.shown_places()
    assert ana.post(asked.url, {"answer": "withdraw"}).status_code == 303
    assert not asked.shown_places()
    assert "by another right" not in ana.get(asked.url).content.decode()


def test_the_page_says_how_long_where_which_edits_and_whose(asked: Asked, ana: Client) -> None:
    asked.change_request(markets=["DK", "SE"], modifications=["crop", "translate"])
    page = ana.get(asked.url).content.decode()
    for words in ("Denmark, Sweden", "Cropping the picture", "A translation, marked as one", "free of charge"):
        assert words in page
    assert page.count('class="sketch"') == 2
    assert f'href="/n/{asked.item}"' in page
    assert answer(ana, asked.url, channel=["site"]).status_code == 303
    assert asked.licence().modifications == ["crop", "translate"]


def test_the_page_of_a_granted_link_offers_proof_and_withdrawal(asked: Asked, ana: Client) -> None:
    answer(ana, asked.url, channel=["site"])
    page = ana.get(asked.url).content.decode()
    assert f'href="{asked.url}/proof.zip"' in page
    assert page.count('value="withdraw"') == 1
    assert "Where it is in use" in page
