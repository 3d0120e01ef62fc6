"""What a forwarded link must not do: changing the scope, taking the data, erasing them. It takes a fresh link to the
address, or a code from the account, that granted."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.core.errors import VouchsafeError
from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights.contracts import Channel, LinkPurpose
from project.rights.models import Licence, LicenceEvent, RequestLink
from project.rights.own_data import OwnDataTools, own_data_tools, register_own_data_tools
from project.rights.services import confirm_code, send_confirmation_link
from project.rights.services.confirmation import MOST_IN_AN_HOUR, masked_address
from project.rights.services.links import mint_link
from project.shops.models import Mail
from tests.rights.author import Asked, answer, shown_on

pytestmark = pytest.mark.django_db
PLACES = (Channel.SITE, Channel.EMAIL, Channel.AI_ASSISTANT)
EXPORTED, ERASED = "exported", "erased"


@pytest.fixture
def asked() -> Asked:
    """Ana allowed the site; her account came with an address."""
    found = Asked(channels=PLACES)
    found.give_address()
    answer(Client(), found.url, channel=["site"])
    return found


@pytest.fixture
def used() -> Iterator[list[tuple[str, int, int]]]:
    """What the tools that hand out and erase data were asked to do."""
    before, calls = own_data_tools(), []

    def export(shop_id: int, author: int) -> bytes:
        calls.append((EXPORTED, shop_id, author))
        return b"PK"

    register_own_data_tools(OwnDataTools(export, lambda shop_id, author: calls.append((ERASED, shop_id, author))))
    yield calls
    register_own_data_tools(before)


def mails(asked: Asked) -> list[Mail]:
    with shop_scope(asked.people.shop.id):
        return list(Mail.objects.order_by("id"))


def confirmed_url(asked: Asked, language: str = "en") -> str:
    """Ask for a link on the page and open it out of the mail."""
    response = Client().post(f"{asked.url}?lang={language}", {"answer": "confirm"})
    assert response.status_code == 303
    found = re.search(r"http://[^/]+(/c/[\w-]{43})\?lang=\w\w", mails(asked)[-1].text)
    assert found
    return found[1]


def change(url: str, **form: object) -> int:
    page = Client().get(url).content.decode()
    return Client().post(url, {"answer": "scope", "shown": shown_on(page), "credit": "handle", **form}).status_code


def test_a_fresh_link_goes_to_the_address_that_granted_in_the_language_of_the_page(asked: Asked) -> None:
    page = Client().get(asked.url).content.decode()
    assert "a…@example.org" in page
    assert "ana@example.org" not in page
    confirmed_url(asked, "nl")
    (mail,) = mails(asked)
    assert (mail.to, mail.language, mail.purpose) == ("ana@example.org", "nl", "author_confirmation")
    assert mail.subject == "Je link om je toestemming voor Linden te wijzigen"
    sent = Client().get(asked.url, {"sent": "1"}).content.decode()
    assert "We have sent a link to a…@example.org" in sent


def test_a_confirmed_link_runs_out_after_thirty_minutes(asked: Asked) -> None:
    url = confirmed_url(asked)
    assert Client().get(url).status_code == 200
    with shop_scope(asked.people.shop.id):
        link = RequestLink.objects.get(purpose=LinkPurpose.CONFIRMED)
        assert link.expires_at - link.created_at == timedelta(minutes=30)
        RequestLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    response = Client().get(url)
    assert response.status_code == 410
    assert "Open the link that you were first sent" in response.content.decode()
    assert change_without_looking(url) == 410
    assert asked.shown_places() == {Channel.SITE}


def change_without_looking(url: str) -> int:
    return Client().post(url, {"answer": "scope", "channel": ["email"], "credit": "handle"}).status_code


@pytest.mark.parametrize("answered", ["scope", "export", "erase"])
def test_a_forwarded_link_can_do_none_of_it(answered: str, asked: Asked, used: list[object]) -> None:
    form = {"answer": answered, "channel": ["email"], "credit": "handle", "sure": "yes"}
    assert Client().post(asked.url, form).status_code == 403
    assert used == []
    assert asked.shown_places() == {Channel.SITE}


def test_more_places_are_a_new_licence_in_the_old_ones_place(asked: Asked) -> None:
    old = asked.licence()
    assert change(confirmed_url(asked), channel=["site", "email"], credit="customer") == 303
    assert asked.shown_places() == {Channel.SITE, Channel.EMAIL}
    assert (
        "What is ticked below is what holds now."
        in Client().get(confirmed_url(asked), {"changed": "1"}).content.decode()
    )
    new = asked.licence()
    with shop_scope(asked.people.shop.id):
        old.refresh_from_db()
        assert (old.state, old.end_reason, old.ended_through) == ("superseded", "superseded", "page")
        assert (new.renews_id, new.ends_at, new.state) == (old.pk, old.ends_at, "active")
        entries = [json.loads(body) for body in LicenceEvent.objects.order_by("number").values_list("body", flat=True)]
    ended = {entry["type"]: entry["licence"] for entry in entries if entry["type"] in {"superseded", "withdrawn"}}
    assert ended == {"superseded": old.public_id}, "nobody took anything back"
    logged = AuditEntry.objects.filter(shop_id=asked.people.shop.id, action="licence.superseded")
    assert [entry.object_id for entry in logged] == [old.public_id]
    assert asked.row().item.credit_kind == "customer"
    assert "You gave permission" in Client().get(asked.url).content.decode()
    before, after = asked.consents()
    assert (before.purposes, after.purposes) == (["site"], ["site", "email"])
    assert before.withdrawn_at is not None
    assert after.withdrawn_at is None


def test_fewer_places_are_gone_from_that_moment(asked: Asked) -> None:
    assert change(confirmed_url(asked), channel=["site", "email"]) == 303
    assert change(confirmed_url(asked), channel=["email"]) == 303
    assert asked.shown_places() == {Channel.EMAIL}


def test_no_place_at_all_and_places_nobody_asked_for_change_nothing(asked: Asked) -> None:
    url = confirmed_url(asked)
    licence = asked.licence().public_id
    assert change(url, channel=[]) == 400
    assert change(url, channel=["paid_ads"]) == 400
    assert change(url, channel=["email"], shown="0" * 64) == 409
    assert asked.licence().public_id == licence
    assert asked.shown_places() == {Channel.SITE}


def test_there_is_nothing_to_change_after_a_withdrawal(asked: Asked) -> None:
    url = confirmed_url(asked)
    shown = shown_on(Client().get(url).content.decode())
    assert Client().post(url, {"answer": "withdraw"}).status_code == 303
    form = {"answer": "scope", "shown": shown, "channel": ["site"], "credit": "handle"}
    assert Client().post(url, form).status_code == 409
    assert asked.shown_places() == set()
    assert 'value="scope"' not in Client().get(url).content.decode()


def test_a_confirmed_link_does_not_answer_a_request(asked: Asked) -> None:
    other = Asked(people=asked.people)
    with shop_scope(asked.people.shop.id):
        token = mint_link(other.row(), purpose=LinkPurpose.CONFIRMED, lasts=timedelta(minutes=30))
    url = reverse("rights:consent", args=[token])
    form = {"answer": "ticked", "channel": ["site"], "credit": "handle", "age": "16"}
    assert Client().post(url, {**form, "shown": shown_on(Client().get(other.url).content.decode())}).status_code == 403
    assert Client().post(url, {"answer": "decline"}).status_code == 403
    assert other.state() == "sent"


def test_a_confirmed_link_hands_out_and_erases_the_authors_data(asked: Asked, used: list[object]) -> None:
    url = confirmed_url(asked)
    author = asked.row().item.author_id
    archive = Client().post(url, {"answer": "export"})
    assert (archive.status_code, archive["Content-Type"], archive.content) == (200, "application/zip", b"PK")
    assert "no-store" in archive["Cache-Control"]
    unsure = Client().post(url, {"answer": "erase"})
    assert unsure.status_code == 400
    assert "Tick that you are sure" in unsure.content.decode()
    done = Client().post(url, {"answer": "erase", "sure": "yes"})
    assert "Your data are erased" in done.content.decode()
    shop_id = asked.people.shop.id
    assert used == [(EXPORTED, shop_id, author), (ERASED, shop_id, author)]


def test_links_are_sent_at_a_measured_pace(asked: Asked) -> None:
    for _ in range(MOST_IN_AN_HOUR):
        assert Client().post(asked.url, {"answer": "confirm"}).status_code == 303
    refused = Client().post(asked.url, {"answer": "confirm"})
    assert refused.status_code == 429
    assert "several links within an hour" in refused.content.decode()
    assert len(mails(asked)) == MOST_IN_AN_HOUR
    with shop_scope(asked.people.shop.id):
        RequestLink.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert Client().post(asked.url, {"answer": "confirm"}).status_code == 303


def test_only_the_authors_own_link_asks_for_a_fresh_one(asked: Asked) -> None:
    url = confirmed_url(asked)
    assert Client().post(url, {"answer": "confirm"}).status_code == 403
    with pytest.raises(VouchsafeError):
        send_confirmation_link(token="x" * 43)
    assert len(mails(asked)) == 1


def waiting_for_a_code(asked: Asked) -> tuple[str, str]:
    """Without an address: the waiting link's page, and the code on it."""
    asked.give_address("")
    response = Client().post(asked.url, {"answer": "confirm"})
    assert response.status_code == 303
    url = response["Location"]
    assert url != asked.url
    found = re.search(r"<code>([0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4})</code>", Client().get(url).content.decode())
    assert found
    return url, found[1]


def test_without_an_address_a_code_from_the_account_opens_the_link(asked: Asked) -> None:
    url, code = waiting_for_a_code(asked)
    assert mails(asked) == []
    assert change_without_looking(url) == 403
    assert Client().post(url, {"answer": "withdraw"}).status_code == 303
    shop_id = asked.people.shop.id
    assert not confirm_code(shop_id=shop_id, actor_id=None, request_id=asked.request, text="yes please")
    assert not confirm_code(shop_id=shop_id, actor_id=None, request_id=asked.request, text="0000-0000-0000")
    assert "press “Look again”" in Client().get(url).content.decode()
    typed = code.lower().replace("-", " ", 1).replace("-", "")
    assert confirm_code(shop_id=shop_id, actor_id=None, request_id=asked.request, text=f"Here: {typed}, thanks")
    assert "Your data" in Client().get(url).content.decode()
    assert not confirm_code(shop_id=shop_id, actor_id=None, request_id=asked.request, text=code)


def test_the_code_of_one_request_opens_no_other_and_none_after_two_days(asked: Asked) -> None:
    url, code = waiting_for_a_code(asked)
    other = Asked(people=asked.people)
    shop_id = asked.people.shop.id
    assert not confirm_code(shop_id=shop_id, actor_id=None, request_id=other.request, text=code)
    with shop_scope(shop_id):
        long_ago = timezone.now() - timedelta(hours=49)
        RequestLink.objects.filter(purpose=LinkPurpose.CONFIRMED).update(created_at=long_ago, expires_at=long_ago)
    assert not confirm_code(shop_id=shop_id, actor_id=None, request_id=asked.request, text=code)
    assert Client().get(url).status_code == 410


def test_a_renewed_permission_is_found_under_the_old_link(asked: Asked) -> None:
    renewal = Asked(people=asked.people, channels=PLACES)
    with shop_scope(asked.people.shop.id):
        old = Licence.objects.get(pk=asked.licence().pk)
    renewal.change_request(renews=old, item=asked.row().item)
    renewal.item = asked.item
    assert answer(Client(), renewal.url, channel=["email"]).status_code == 303
    assert asked.shown_places() == {Channel.EMAIL}
    page = Client().get(asked.url).content.decode()
    assert "E-mails to customers" in page
    assert "The shop’s website" not in page
    Client().post(asked.url, {"answer": "withdraw"})
    assert asked.shown_places() == set()


@pytest.mark.parametrize(("address", "shown"), [("ana@example.org", "a…@example.org"), ("", ""), ("x", "")])
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked_address(address) == shown
