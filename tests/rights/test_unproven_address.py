"""A letter may have gone to a stranger, for staff typed its address. Whoever reads it answers what they were asked; it
opens nobody's data, and erases nobody's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from project.content.models import Author
from project.core.errors import ErrorCode, VouchsafeError
from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights.contracts import LinkPurpose, RequestState, SendingWay
from project.rights.models import RequestLink, RightsRequest
from project.rights.own_data import OwnDataTools, own_data_tools, register_own_data_tools
from project.rights.services import cancel_request, confirm_code, new_author_link, send_confirmation_link
from project.shops.models import Mail
from tests.factories import Personas, make_personas
from tests.rights.asking import ask, make_post, network, request_row
from tests.rights.author import answer, shown_on

pytestmark = pytest.mark.django_db
OWN, TYPED = "ana@example.org", "stranger@example.com"


@pytest.fixture
def people() -> Iterator[Personas]:
    with network():
        yield make_personas()


@pytest.fixture
def handed_out() -> Iterator[list[str]]:
    before, calls = own_data_tools(), []

    def export(shop_id: int, author: int) -> bytes:
        calls.append("exported")
        return b"PK"

    register_own_data_tools(OwnDataTools(export, lambda shop_id, author: calls.append("erased")))
    yield calls
    register_own_data_tools(before)


def mails(people: Personas) -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.order_by("id"))


def link_in(mail: Mail) -> str:
    found = re.search(r"/c/[\w-]{43}", mail.text)
    assert found
    return found[0]


def asked_by_letter(people: Personas, *, own: str = "", typed: str = TYPED) -> tuple[str, str]:
    """The request, and the link in its letter."""
    made = ask(people, make_post(people), SendingWay.EMAIL, recipient=typed)
    with shop_scope(people.shop.id):
        Author.objects.update(email=own)
    return made.public_id, link_in(mails(people)[-1])


def post(url: str, **form: Any) -> int:
    return Client().post(url, form).status_code


def tries_everything(url: str) -> list[int]:
    return [post(url, answer="export"), post(url, answer="erase", sure="yes")]


@pytest.mark.parametrize(
    "state",
    [RequestState.SENT, RequestState.REPLIED_UNCLEAR, RequestState.NO_REPLY, RequestState.DECLINED, "cancelled"],
)
def test_without_a_permission_there_is_no_fresh_link_by_letter_or_by_code(
    state: str, people: Personas, handed_out: list[str]
) -> None:
    request, url = asked_by_letter(people, own=OWN, typed=OWN)
    with shop_scope(people.shop.id):
        RightsRequest.objects.filter(public_id=request).update(state=state)
    before = len(mails(people))
    assert [post(url, answer="confirm"), post(url, answer="code")] == [403, 403]
    assert "ask of the shop itself" in Client().post(url, {"answer": "confirm"}).content.decode()
    page = Client().get(url).content.decode()
    assert 'value="confirm"' not in page
    assert 'value="code"' not in page
    assert tries_everything(url) == [403, 403]
    assert (len(mails(people)), handed_out) == (before, [])
    with shop_scope(people.shop.id):
        assert not RequestLink.objects.exclude(purpose=LinkPurpose.AUTHOR).exists()


@pytest.mark.parametrize("own", ["", OWN])
def test_an_address_that_staff_typed_changes_what_it_granted_and_opens_no_data(
    own: str, people: Personas, handed_out: list[str]
) -> None:
    request, url = asked_by_letter(people, own=own)
    assert answer(Client(), url, channel=["site"]).status_code == 303
    page = Client().get(url).content.decode()
    assert "nobody has shown us yet that s…@example.com is yours" in page
    assert post(url, answer="confirm") == 303
    letter = mails(people)[-1]
    assert (letter.to, letter.purpose) == (TYPED, "author_confirmation")
    assert "erased" not in letter.text
    fresh = link_in(letter)
    page = Client().get(fresh).content.decode()
    assert 'value="scope"' in page
    assert 'value="export"' not in page
    assert tries_everything(fresh) == [403, 403]
    assert handed_out == []
    form = {"answer": "scope", "shown": shown_on(page), "channel": ["organic_social"], "credit": "handle"}
    assert Client().post(fresh, form).status_code == 303
    licence = request_row(people, request).licence
    assert licence is not None
    assert licence.channels == ["organic_social"]


def test_after_its_permission_ended_a_typed_address_gets_nothing(people: Personas) -> None:
    _request, url = asked_by_letter(people, own=OWN)
    assert answer(Client(), url, channel=["site"]).status_code == 303
    assert post(url, answer="confirm") == 303
    fresh = link_in(mails(people)[-1])
    assert post(url, answer="withdraw") == 303
    assert 'value="export"' not in Client().get(fresh).content.decode()
    assert post(url, answer="confirm") == 303
    assert mails(people)[-1].to == OWN


def test_a_code_from_the_account_opens_the_data_all_the_same(people: Personas, handed_out: list[str]) -> None:
    request, url = asked_by_letter(people)
    assert answer(Client(), url, channel=["site"]).status_code == 303
    waiting = Client().post(url, {"answer": "code"})["Location"]
    found = re.search(r"<code>([0-9A-F-]{14})</code>", Client().get(waiting).content.decode())
    assert found
    assert tries_everything(waiting) == [403, 403]
    assert confirm_code(shop_id=people.shop.id, actor_id=None, request_id=request, text=found[1])
    assert tries_everything(waiting) == [200, 200]
    assert handed_out == ["exported", "erased"]


def test_the_authors_own_address_opens_the_data_however_it_is_written(people: Personas, handed_out: list[str]) -> None:
    _request, url = asked_by_letter(people, own=OWN, typed="Ana@Example.org")
    assert answer(Client(), url, channel=["site"]).status_code == 303
    assert post(url, answer="confirm") == 303
    assert mails(people)[-1].to == OWN
    assert tries_everything(link_in(mails(people)[-1])) == [200, 200]
    assert handed_out == ["exported", "erased"]


def test_a_typed_address_did_not_grant_what_a_link_by_hand_did(people: Personas) -> None:
    request, _url = asked_by_letter(people)
    by_hand = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request)
    url = reverse("rights:consent", args=[by_hand.token])
    assert answer(Client(), url, channel=["site"]).status_code == 303
    before = len(mails(people))
    assert "s…@example.com" not in Client().get(url).content.decode()
    assert post(url, answer="confirm") == 303
    assert len(mails(people)) == before
    entry = AuditEntry.objects.filter(shop_id=people.shop.id, action="request.confirmation_asked").get()
    assert entry.data["by"] == "code"


def test_a_renewal_that_nobody_answered_borrows_no_permission(people: Personas) -> None:
    item = make_post(people)
    first = ask(people, item)
    url = reverse("rights:consent", args=[first.token])
    assert answer(Client(), url, channel=["site"]).status_code == 303
    licence = request_row(people, first.public_id).licence
    assert licence is not None
    renewal = ask(people, item, renews=licence.public_id)
    with pytest.raises(VouchsafeError) as refused:
        send_confirmation_link(token=renewal.token)
    assert refused.value.code == ErrorCode.NOT_ALLOWED
    cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=renewal.public_id)
    with pytest.raises(VouchsafeError):
        send_confirmation_link(token=renewal.token, by_code=True)
    assert send_confirmation_link(token=first.token)
