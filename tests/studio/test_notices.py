"""Notices and objections at the desk: who sees what, the clock, deciding, two at once, the item's history, Today."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content.contracts import MediaInput
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.contracts import NoticeCategory, NoticeState
from project.rights.models import Notice, StatementOfReasons
from project.rights.services import file_notice, object_to_statement
from project.shops.models import User
from tests.factories import Personas, item_input, make_published, notice_input, picture_comes_in
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]
REJECT = {"outcome": "rejected", "reason": "lawful", "note": "It says nothing unlawful."}
UPHOLD = {"outcome": "upheld", "reason": "personal_data", "note": "The picture shows somebody else."}


@pytest.fixture
def item(people: Personas) -> str:
    picture = MediaInput(remote_url="https://m.example/1.jpg")
    (made,) = make_published(people.shop.id, [item_input(title="Warm and soft", media=(picture,))])
    picture_comes_in(people.shop.id)
    return made


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


def hiding(item: str, **values: object) -> str:
    return file_notice(notice=notice_input(item, category=NoticeCategory.PERSON_DEPICTED, **values)).public_id


def places_of(client: Client, people: Personas, item: str) -> list[bool]:
    """Of each place that staff are told of, whether the item shows there."""
    return [place["shown"] for place in client.get(page_of(people, "content", item)).context["showing"]]


def state_of(people: Personas, notice: str) -> str:
    with shop_scope(people.shop.id):
        return Notice.objects.get(public_id=notice).state


def test_what_came_in_waits_on_today_in_the_tab_and_in_the_list(
    people: Personas, client_of: ClientOf, item: str
) -> None:
    rita = client_of(people.rita)
    assert "No notice is waiting" in rita.get(page_of(people, "today")).content.decode()
    assert "No notices here" in rita.get(page_of(people, "notices")).content.decode()
    notice = hiding(item)
    today = rita.get(page_of(people, "today"))
    (need,) = [need for need in today.context["today"]["needs"] if need.url == page_of(people, "notices")]
    assert need.count == 1
    listed = rita.get(page_of(people, "notices")).content.decode()
    assert page_of(people, "notice", notice) in listed
    assert "Somebody is in the picture" in listed
    assert "decide by" in listed
    assert "Overdue" not in listed
    with shop_scope(people.shop.id):
        Notice.objects.update(received_at=timezone.now() - timedelta(days=3))
    assert "Overdue" in rita.get(page_of(people, "notices")).content.decode()


def test_the_sender_is_told_to_those_alone_who_decide(people: Personas, client_of: ClientOf, item: str) -> None:
    notice = hiding(item, explanation="That is me at the window.")
    for person, sees in ((people.alice, True), (people.rita, True), (people.bob, False), (people.victor, False)):
        page = client_of(person).get(page_of(people, "notice", notice)).content.decode()
        assert "That is me at the window." in page
        assert ("vera@example.org" in page) is sees, person
        assert ("Vera Lund" in page) is sees, person
        assert ("Uphold" in page) is sees, person


def test_a_rights_manager_takes_it_up_and_rejects_it(people: Personas, client_of: ClientOf, item: str) -> None:
    rita = client_of(people.rita)
    before = places_of(rita, people, item)
    notice = hiding(item)
    assert True not in places_of(rita, people, item)
    rita.post(page_of(people, "take_up_notice", notice))
    assert state_of(people, notice) == NoticeState.IN_REVIEW
    again = client_of(people.alice).post(page_of(people, "take_up_notice", notice))
    assert "Somebody else is looking" in last_said(again)
    answer = rita.post(page_of(people, "decide_notice", notice), REJECT)
    assert answer.headers["Location"] == page_of(people, "notice", notice)
    assert state_of(people, notice) == NoticeState.REJECTED
    page = rita.get(page_of(people, "notice", notice)).content.decode()
    assert "It says nothing unlawful." in page
    assert "Reject the notice" not in page
    assert places_of(rita, people, item) == before
    assert True in before


def test_upholding_takes_it_down_and_stands_in_its_history(people: Personas, client_of: ClientOf, item: str) -> None:
    rita, notice = client_of(people.rita), hiding(item)
    rita.post(page_of(people, "decide_notice", notice), UPHOLD)
    relay_shop(people.shop.id)
    page = rita.get(page_of(people, "content", item))
    told = [str(entry.what) for entry in page.context["history"]]
    assert {"A notice came in", "A notice was decided", "Taken down", "Reasons were stated"} <= set(told)
    with shop_scope(people.shop.id):
        stated = StatementOfReasons.objects.filter(restriction="removed").get().public_id
    address = page_of(people, "statement", stated)
    assert address in page.content.decode()
    statement = rita.get(address).content.decode()
    assert "The picture shows somebody else." in statement
    assert "/s/sor_" in statement
    assert "/s/sor_" not in client_of(people.victor).get(address).content.decode()


def test_a_decision_that_says_too_little_comes_back_as_it_was_typed(
    people: Personas, client_of: ClientOf, item: str
) -> None:
    rita, notice = client_of(people.rita), hiding(item)
    answer = rita.post(page_of(people, "decide_notice", notice), {**UPHOLD, "note": ""})
    assert answer.status_code == 400
    assert "both sides are told" in answer.content.decode()
    for wrong in ({**UPHOLD, "outcome": "bad"}, {**UPHOLD, "reason": "lawful"}, {"outcome": "partly"}):
        assert rita.post(page_of(people, "decide_notice", notice), wrong).status_code == 400
    assert state_of(people, notice) == NoticeState.ACKNOWLEDGED


def test_of_two_who_decide_the_second_is_told(people: Personas, client_of: ClientOf, item: str) -> None:
    notice = hiding(item)
    client_of(people.alice).post(page_of(people, "decide_notice", notice), UPHOLD)
    late = client_of(people.rita).post(page_of(people, "decide_notice", notice), REJECT)
    assert "Alice decided this notice meanwhile" in last_said(late)
    assert state_of(people, notice) == NoticeState.UPHELD


def test_an_author_who_objects_is_listed_and_answered(people: Personas, client_of: ClientOf, item: str) -> None:
    hiding(item)
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        stated = StatementOfReasons.objects.get().public_id
    object_to_statement(shop_id=people.shop.id, statement_id=stated, objection="It is a drawing of mine.")
    rita = client_of(people.rita)
    assert True not in places_of(rita, people, item)
    address = page_of(people, "statement", stated)
    assert address in rita.get(page_of(people, "notices")).content.decode()
    assert "It is a drawing of mine." in rita.get(address).content.decode()
    post = page_of(people, "answer_objection", stated)
    assert client_of(people.bob).post(post, {"lift": "yes", "answer": "Yes."}).status_code == 403
    assert rita.post(post, {"lift": "yes", "answer": ""}).status_code == 400
    rita.post(post, {"lift": "yes", "answer": "You are right."})
    assert "You are right." in rita.get(address).content.decode()
    assert "answered this meanwhile" in last_said(rita.post(post, {"lift": "no", "answer": "No."}))
    assert True in places_of(rita, people, item)


def test_lists_by_state(people: Personas, client_of: ClientOf, item: str) -> None:
    rita = client_of(people.rita)
    notice = hiding(item)
    rita.post(page_of(people, "decide_notice", notice), REJECT)
    where = {
        state: page_of(people, "notice", notice)
        in rita.get(page_of(people, "notices"), {"state": state}).content.decode()
        for state in ("open", "decided", "closed", "all", "nonsense")
    }
    assert where == {"open": False, "decided": True, "closed": False, "all": True, "nonsense": False}


def test_the_desk_speaks_danish(people: Personas, client_of: ClientOf, item: str) -> None:
    notice = hiding(item)
    danish = {"Accept-Language": "da"}
    page = client_of(people.rita).get(page_of(people, "notice", notice), headers=danish).content.decode()
    assert 'lang="da"' in page
    for english in ("What is claimed", "Decide by", "Uphold", "Reject"):
        assert english not in page


def test_a_wave_of_notices_is_said_in_red_on_today(
    people: Personas, client_of: ClientOf, item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.rights.notice_rules.HOLDS_AN_HOUR", 0)
    rita = client_of(people.rita)
    today = page_of(people, "today")
    assert "No wave of notices came in" in rita.get(today).content.decode()
    hiding(item)
    (need,) = [need for need in rita.get(today).context["today"]["needs"] if need.tone == "stop"]
    assert (need.count, need.what) == (1, "notice that hid nothing")
