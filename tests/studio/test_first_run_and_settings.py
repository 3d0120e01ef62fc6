"""From an account to an own shop, and what an owner sets there."""

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from project.core.scope import shop_scope
from project.shops import selectors as shops
from project.shops.models import Mail, User
from tests.factories import Personas, make_user
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]
NEW_SHOP = {
    "name": "Nordic Tea",
    "slug": "nordic-tea",
    "locale": "da",
    "markets": "dk, SE",
    "time_zone": "Europe/Copenhagen",
    "website": "",
}


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


@pytest.mark.django_db
def test_who_has_no_shop_opens_one_and_owns_it(client_of: ClientOf) -> None:
    dora = make_user("Dora")
    client = client_of(dora)
    assert client.get("/studio/").headers["Location"] == reverse("studio:new_shop")
    response = client.post(reverse("studio:new_shop"), NEW_SHOP)
    assert response.headers["Location"] == "/studio/nordic-tea/"
    (shop,) = shops.shops_of(dora)
    assert (shop.name, shop.locale, shop.markets) == ("Nordic Tea", "da", ("DK", "SE"))
    assert shops.role_in(shop.id, dora) == "owner"
    assert client.get("/studio/").headers["Location"] == "/studio/nordic-tea/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Nordic Tea"),
        ("markets", "Denmark"),
        ("time_zone", "Mars/Base"),
        ("name", ""),
        ("website", "javascript:1"),
    ],
)
def test_a_shop_that_cannot_be_is_told_at_its_field(field: str, value: str, client_of: ClientOf) -> None:
    response = client_of(make_user("Dora")).post(reverse("studio:new_shop"), {**NEW_SHOP, field: value})
    assert response.status_code == 400
    assert field in response.context["form"].errors


def test_a_taken_short_name_is_told(people: Personas, client_of: ClientOf) -> None:
    response = client_of(people.charlie).post(reverse("studio:new_shop"), {**NEW_SHOP, "slug": people.shop.slug})
    assert response.status_code == 400
    assert "slug" in response.context["form"].errors


def test_who_works_in_several_shops_chooses(people: Personas, client_of: ClientOf) -> None:
    client = client_of(people.charlie)
    client.post(reverse("studio:new_shop"), NEW_SHOP)
    page = client.get("/studio/").content.decode()
    assert "Nordic Tea" in page
    assert "Larder" in page
    assert "Linden" not in page


def test_an_invitation_is_joined_by_a_click_and_not_by_opening_it(people: Personas, client_of: ClientOf) -> None:
    erik = make_user("Erik")
    alice = client_of(people.alice)
    sent = alice.post(page_of(people, "invite"), {"email": erik.email, "role": "moderator"})
    with shop_scope(people.shop.id):
        letter = Mail.objects.get(purpose="invitation", to=erik.email)
    found = re.search(r"/studio/-/invitations/[\w-]+/", letter.text)
    assert found
    link = found.group()
    assert link in sent.content.decode()
    assert link not in alice.get(page_of(people, "team")).content.decode()
    client = client_of(erik)
    assert client.get(link).status_code == 200
    assert shops.role_in(people.shop.id, erik) is None
    assert client_of(people.charlie).post(link).status_code == 403
    assert client.post(link).headers["Location"] == f"/studio/{people.shop.slug}/"
    assert shops.role_in(people.shop.id, erik) == "moderator"
    assert client.post(link).status_code == 410
    assert client.post(reverse("studio:invitation", args=["unknown"])).status_code == 404


def test_roles_change_at_once_and_the_last_owner_stays(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    alice.post(page_of(people, "change_role", people.victor.pk), {"role": "moderator"})
    assert shops.role_in(people.shop.id, people.victor) == "moderator"
    refused = alice.post(page_of(people, "change_role", people.alice.pk), {"role": "viewer"})
    assert "A shop needs an owner" in last_said(refused)
    alice.post(page_of(people, "remove_member", people.bob.pk))
    assert client_of(people.bob).get(page_of(people, "queue")).status_code == 404


def test_a_key_is_shown_once(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    made = alice.post(page_of(people, "create_key"), {"name": "Till", "publishable": "no", "scopes": ["orders:write"]})
    found = re.search(r"sk_[\w-]{20,}", made.content.decode())
    assert found
    assert found.group() not in alice.get(page_of(people, "keys")).content.decode()
    with shop_scope(people.shop.id):
        key = shops.api_keys().get()
    assert (key.scopes, key.publishable) == (["orders:write"], False)
    successor = alice.post(page_of(people, "rotate_key", key.public_id))
    assert re.search(r"sk_[\w-]{20,}", successor.content.decode())
    for _click in range(2):
        assert alice.post(page_of(people, "revoke_key", key.public_id)).status_code == 302
    with shop_scope(people.shop.id):
        assert shops.api_keys().get(public_id=key.public_id).revoked_at is not None
    assert alice.post(page_of(people, "create_key"), {"name": "", "publishable": "no"}).status_code == 400


def test_an_origin_is_stored_as_browsers_send_it(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    alice.post(page_of(people, "add_origin"), {"origin": "https://WWW.Example.com/"})
    with shop_scope(people.shop.id):
        assert shops.allowed_origins() == ["https://www.example.com"]
    refused = alice.post(page_of(people, "add_origin"), {"origin": "www.example.com/shop"})
    assert refused.status_code == 400
    assert "no path" in refused.content.decode()
    alice.post(page_of(people, "remove_origin"), {"origin": "https://www.example.com"})
    with shop_scope(people.shop.id):
        assert shops.allowed_origins() == []


def test_shop_settings_are_saved_and_checked(people: Personas, client_of: ClientOf) -> None:
    alice = client_of(people.alice)
    values = {"name": "Linden & Loom", "locale": "da", "markets": "DK SE", "time_zone": "Europe/Copenhagen"}
    assert alice.post(page_of(people, "save_settings"), values).status_code == 302
    assert shops.shop_facts(people.shop.id).markets == ("DK", "SE")
    assert alice.post(page_of(people, "save_settings"), {**values, "markets": ""}).status_code == 400
    assert alice.post(page_of(people, "save_settings"), {**values, "markets": "D"}).status_code == 400


def test_sign_in_leads_to_where_one_was_going(people: Personas) -> None:
    EmailAddress.objects.create(user=people.bob, email=people.bob.email, verified=True, primary=True)
    client = Client()
    queue = page_of(people, "queue")
    login = client.get(queue).headers["Location"]
    assert client.get(login).status_code == 200
    response = client.post(login, {"login": people.bob.email, "password": "a long enough password"})
    assert response.headers["Location"] == queue
    assert client.get(queue).status_code == 200


def test_the_door_speaks_like_the_rest_of_the_studio(people: Personas) -> None:
    EmailAddress.objects.create(user=people.bob, email=people.bob.email, verified=True, primary=True)
    client = Client()
    for name in ("account_login", "account_signup", "account_reset_password"):
        page = client.get(reverse(name)).content.decode()
        assert "E-mail address" in page
        assert "placeholder" not in page
        assert ">Email" not in page
    login = reverse("account_login")
    wrong = client.post(login, {"login": people.bob.email, "password": "not this one at all"})
    assert "This e-mail address and password do not go together." in wrong.content.decode()
    done = client.post(login, {"login": people.bob.email, "password": "a long enough password"})
    assert last_said(done) == "Signed in as Bob."


def test_a_page_that_is_not_there_says_so_in_words(people: Personas, client_of: ClientOf) -> None:
    page = client_of(people.bob).get(page_of(people, "licence", "lic_none"))
    assert page.status_code == 404
    assert "There is no such licence in this shop." in page.content.decode()
    assert "not_found" not in page.content.decode()


def test_an_open_page_that_was_signed_out_reloads(people: Personas) -> None:
    response = Client().get(page_of(people, "counts"), headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_entrance_pages_are_in_the_same_frame(name: str, people: Personas) -> None:
    page = Client().get(reverse(name)).content.decode()
    assert "studio/css/tokens.css" in page
    assert "plain-sheet" in page


@pytest.mark.parametrize("name", ["mfa_index", "account_email", "account_change_password"])
def test_account_pages_are_in_the_same_frame(name: str, people: Personas, client_of: ClientOf) -> None:
    page = client_of(people.bob).get(reverse(name), follow=True).content.decode()
    assert "studio/css/tokens.css" in page
    assert "Back to the studio" in page
