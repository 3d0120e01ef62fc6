"""Privacy requests in the studio: recorded, confirmed, done or refused, by the owner and the rights manager alone."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from project.content.contracts import AuthorInput
from project.content.models import Author, ContentItem
from project.content.rules import State
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.models import PrivacyRequest
from project.shops.models import User
from tests.factories import Personas, item_input, make_items
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]


@pytest.fixture
def item(people: Personas) -> str:
    ana = AuthorInput(external_id="ana-1", display_name="Ana", handle="@ana", email="ana@mailbox.example")
    return make_items(people.shop.id, [item_input(author=ana, text="Warm and light.")])[0]


def path(people: Personas, rest: str = "") -> str:
    return f"/studio/{people.shop.slug}/settings/privacy/{rest}"


def record(people: Personas, client: Client, kind: str) -> PrivacyRequest:
    with shop_scope(people.shop.id):
        author = Author.objects.get(display_name="Ana")
    response = client.post(path(people, "new/"), {"author": author.public_id, "kind": kind})
    assert response.status_code == 302
    with shop_scope(people.shop.id):
        return PrivacyRequest.objects.get(kind=kind)


def again(people: Personas, row: PrivacyRequest) -> PrivacyRequest:
    with shop_scope(people.shop.id):
        row.refresh_from_db()
    return row


def test_staff_find_the_person_record_what_they_ask_and_erase_them(
    people: Personas, item: str, client_of: ClientOf
) -> None:
    rita = client_of(people.rita)
    assert "ana@mailbox.example" in rita.get(path(people), {"q": "mailbox ana"}).content.decode()
    assert "Nobody of that name" in rita.get(path(people), {"q": "zebedee"}).content.decode()
    row = record(people, rita, "erasure")
    page = path(people, f"{row.public_id}/")
    assert "Erase this person" not in rita.get(page).content.decode()
    rita.post(f"{page}do/")
    assert again(people, row).state == "received"
    rita.post(f"{page}confirm/", {"confirmed_by": "in_person"})
    assert "Erase this person" in rita.get(page).content.decode()
    response = rita.post(f"{page}do/")
    assert last_said(response) == "Done, and on record. Tell the person: no letter can."
    with shop_scope(people.shop.id):
        assert ContentItem.objects.get(public_id=item).state == State.ERASED
    shown = rita.get(page).content.decode()
    assert shown.count("Being cleared") == 4
    assert "Ana" not in shown
    relay_shop(people.shop.id)
    assert rita.get(page).content.decode().count("Being cleared") == 1
    everything = rita.get(f"/studio/{people.shop.slug}/content/")
    assert "Erased" in everything.content.decode()
    assert rita.get(f"/studio/{people.shop.slug}/content/{item}/").status_code == 200


def test_a_copy_is_handed_over_only_to_a_person_who_is_known(people: Personas, item: str, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    row = record(people, alice, "access")
    page = path(people, f"{row.public_id}/")
    assert alice.post(f"{page}archive/").status_code == 302
    alice.post(f"{page}confirm/", {"confirmed_by": "mail"})
    response = alice.post(f"{page}archive/")
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert b"Warm and light." in archive.read("data.json")
    alice.post(f"{page}do/")
    assert again(people, row).state == "done"


def test_a_correction_is_filled_in_and_refused_where_it_makes_no_sense(
    people: Personas, item: str, client_of: ClientOf
) -> None:
    rita = client_of(people.rita)
    row = record(people, rita, "rectification")
    page = path(people, f"{row.public_id}/")
    rita.post(f"{page}confirm/", {"confirmed_by": "mail"})
    assert 'value="@ana"' in rita.get(page).content.decode()
    wrong = rita.post(f"{page}do/", {"display_name": "Ana", "handle": "@ana", "email": "nowhere"})
    assert wrong.status_code == 400
    rita.post(f"{page}do/", {"display_name": "Ana Maria", "handle": "@ana", "email": ""})
    with shop_scope(people.shop.id):
        assert Author.objects.get().display_name == "Ana Maria"


def test_a_refusal_needs_its_reason_and_stands_on_the_page(people: Personas, item: str, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    row = record(people, rita, "objection")
    page = path(people, f"{row.public_id}/")
    rita.post(f"{page}refuse/")
    assert again(people, row).state == "received"
    rita.post(f"{page}refuse/", {"reason": "not_theirs"})
    assert again(people, row).state == "refused"
    assert "It is not their data" in rita.get(page).content.decode()


def test_today_tells_of_what_is_due_to_those_who_may_answer_it(
    people: Personas, item: str, client_of: ClientOf
) -> None:
    rita, bob = client_of(people.rita), client_of(people.bob)
    row = record(people, rita, "access")
    today = f"/studio/{people.shop.slug}/"
    assert "privacy request due" not in rita.get(today).content.decode()
    for due, says in ((timedelta(days=5, hours=1), "5 days left"), (timedelta(hours=-1), "overdue")):
        with shop_scope(people.shop.id):
            PrivacyRequest.objects.filter(pk=row.pk).update(due_at=datetime.now(UTC) + due)
        shown = rita.get(today).content.decode()
        assert "privacy request due" in shown
        assert says in shown
    assert "privacy request due" not in bob.get(today).content.decode()


def test_moderators_viewers_and_strangers_see_none_of_it(people: Personas, item: str, client_of: ClientOf) -> None:
    row = record(people, client_of(people.alice), "access")
    page = path(people, f"{row.public_id}/")
    for user, status in ((people.bob, 403), (people.victor, 403), (people.charlie, 404), (None, 302)):
        assert client_of(user).get(path(people)).status_code == status
        assert client_of(user).post(f"{page}archive/").status_code == status
    assert "Privacy requests" not in client_of(people.bob).get(f"/studio/{people.shop.slug}/settings/").content.decode()


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_pages_speak_the_languages_of_the_studio(
    people: Personas, item: str, client_of: ClientOf, language: str
) -> None:
    rita = client_of(people.rita)
    row = record(people, rita, "erasure")
    words = {"en": "Privacy requests", "da": "Henvendelser om personoplysninger"}[language]
    for address in (path(people), path(people, f"{row.public_id}/")):
        assert words in rita.get(address, HTTP_ACCEPT_LANGUAGE=language).content.decode()
