"""An author's answer to one request answers every other about the same post: they are not asked on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from project.content import selectors as content
from project.core.scope import shop_scope
from project.rights import selectors
from project.rights.contracts import AuthorChoice, Channel, EndReason, NewRequest, SendingWay
from project.rights.models import LicenceEvent, RightsRequest
from project.rights.services import (
    decline_request,
    grant_request,
    record_reply,
    withdraw_by_link,
    withdraw_item,
    withdraw_licence,
)
from project.rights.services.schedule import note_silence, reminders_due
from tests.factories import Personas, make_personas
from tests.rights.asking import answer, ask, history, make_post, network, request_row, sent_ago

pytestmark = pytest.mark.django_db

YES = AuthorChoice(channels=(Channel.SITE,), credit_kind="customer")


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture(autouse=True)
def _comments() -> Iterator[None]:
    with network():
        yield


def asked_twice(people: Personas, item: str) -> tuple[NewRequest, NewRequest]:
    """Asked in public, silent for a fortnight, and asked again by a private link, a week ago."""
    first = ask(people, item, SendingWay.ASSISTED, channels=(Channel.SITE,))
    with shop_scope(people.shop.id):
        RightsRequest.objects.filter(public_id=first.public_id).update(state="sent")
    sent_ago(people, first.public_id, days=30)
    note_silence(shop_id=people.shop.id, now=timezone.now())
    second = ask(people, item, channels=(Channel.SITE,))
    sent_ago(people, second.public_id, days=7)
    assert states(people) == {first.public_id: "no_reply", second.public_id: "sent"}
    return first, second


def states(people: Personas) -> dict[str, str]:
    with shop_scope(people.shop.id):
        return dict(RightsRequest.objects.values_list("public_id", "state"))


def test_a_late_answer_that_is_unclear_opens_no_second_question(people: Personas) -> None:
    first, second = asked_twice(people, make_post(people))
    reply = answer(people, first.public_id, "Hm, which picture do you mean?")
    assert record_reply(shop_id=people.shop.id, request_id=first.public_id, reply=reply) == "unclear"
    assert states(people) == {first.public_id: "no_reply", second.public_id: "sent"}


def reminded(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        return list(reminders_due(timezone.now()).values_list("public_id", flat=True))


def reply(people: Personas, request_id: str, text: str) -> None:
    record_reply(shop_id=people.shop.id, request_id=request_id, reply=answer(people, request_id, text))


def hashtag(people: Personas, request_id: str) -> str:
    return "#" + request_row(people, request_id).hashtag.lstrip("#")


@pytest.mark.parametrize(
    ("say", "becomes"),
    [
        (lambda people, request: reply(people, request, hashtag(people, request)), "granted"),
        (lambda people, request: reply(people, request, "#no"), "declined"),
    ],
)
def test_a_late_answer_to_one_request_closes_the_other(
    say: Callable[[Personas, str], Any], becomes: str, people: Personas
) -> None:
    item = make_post(people)
    first, second = asked_twice(people, item)
    assert reminded(people) == [second.public_id]
    say(people, first.public_id)
    assert states(people) == {first.public_id: becomes, second.public_id: "cancelled"}
    assert reminded(people) == []
    assert history(people, item).count("request.cancelled") == 1
    with shop_scope(people.shop.id):
        assert LicenceEvent.objects.filter(body__contains='"type":"cancelled"').count() == 1


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_on_the_authors_page_closes_the_other_request(yes: bool, people: Personas) -> None:
    item = make_post(people)
    first = ask(people, item, channels=(Channel.SITE,))
    sent_ago(people, first.public_id, days=15)
    note_silence(shop_id=people.shop.id, now=timezone.now())
    second = ask(people, item, channels=(Channel.SITE,))
    if yes:
        grant_request(token=first.token, choice=YES)
    else:
        decline_request(token=first.token)
    assert states(people) == {first.public_id: "granted" if yes else "declined", second.public_id: "cancelled"}


@pytest.mark.parametrize("way", ["link", "item", "licence"])
def test_a_withdrawal_closes_the_renewal_that_is_being_asked_for(way: str, people: Personas) -> None:
    item, other = make_post(people), make_post(people)
    first = ask(people, item, channels=(Channel.SITE,), days=20)
    licence = grant_request(token=first.token, choice=YES)
    renewal = ask(people, item, channels=(Channel.SITE,), renews=licence)
    elsewhere = ask(people, other, channels=(Channel.SITE,))
    who: dict[str, Any] = {"shop_id": people.shop.id, "actor_id": None}
    if way == "link":
        withdraw_by_link(token=first.token)
    elif way == "item":
        withdraw_item(**who, item_id=item, reason=EndReason.AUTHOR)
    else:
        withdraw_licence(**who, licence_id=licence, reason=EndReason.AUTHOR)
    assert states(people) == {
        first.public_id: "granted",
        renewal.public_id: "cancelled",
        elsewhere.public_id: "sent",
    }
    with shop_scope(people.shop.id):
        assert selectors.open_request_of(content.items().get(public_id=item).pk) is None


def test_what_staff_end_may_still_be_asked_for(people: Personas) -> None:
    item = make_post(people)
    first = ask(people, item, channels=(Channel.SITE,), days=20)
    licence = grant_request(token=first.token, choice=YES)
    renewal = ask(people, item, channels=(Channel.SITE,), renews=licence)
    withdraw_licence(shop_id=people.shop.id, actor_id=people.rita.pk, licence_id=licence, reason=EndReason.STAFF)
    assert states(people)[renewal.public_id] == "sent"


def test_a_no_in_public_to_an_open_renewal_declines_it_and_ends_the_permission(people: Personas) -> None:
    item = make_post(people)
    first = ask(people, item, channels=(Channel.SITE,), days=20)
    licence = grant_request(token=first.token, choice=YES)
    renewal = ask(people, item, SendingWay.ASSISTED, channels=(Channel.SITE,), renews=licence)
    with shop_scope(people.shop.id):
        RightsRequest.objects.filter(public_id=renewal.public_id).update(state="sent")
    sent_ago(people, renewal.public_id, days=1)
    reply(people, renewal.public_id, "#no")
    assert states(people) == {first.public_id: "granted", renewal.public_id: "declined"}
    row = request_row(people, first.public_id).licence
    assert row is not None
    assert row.state == "withdrawn"
