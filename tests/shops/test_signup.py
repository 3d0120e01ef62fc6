"""Who may make an account on an installation of one's own."""

import pytest
from allauth.account.adapter import get_adapter
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from project.core.scope import shop_scope
from project.shops.models import Invitation
from project.shops.services import accept_invitation, cancel_invitation, create_user, invite_member
from tests.factories import make_personas

pytestmark = pytest.mark.django_db

FORM = b'name="password1"'


def offers_a_form(next_url: str = "") -> bool:
    return FORM in Client().get("/accounts/signup/", {"next": next_url} if next_url else {}).content


@override_settings(VOUCHSAFE_OPEN_SIGNUP=False)
def test_the_first_person_may_and_strangers_after_them_may_not() -> None:
    assert offers_a_form()
    make_personas()
    assert not offers_a_form()
    answer = Client().post(
        "/accounts/signup/",
        {"email": "mallory@example.com", "password1": "a long enough password", "password2": "a long enough password"},
    )
    assert FORM not in answer.content
    assert answer.status_code in {200, 403}


@override_settings(VOUCHSAFE_OPEN_SIGNUP=False)
def test_an_invitation_opens_the_door_and_an_invented_one_does_not() -> None:
    people = make_personas()
    sent = invite_member(
        shop_id=people.shop.id,
        actor=people.alice,
        email="dora@example.com",
        role="viewer",
        accept_url="https://v.example/studio/-/invitations/{token}/",
    )
    assert offers_a_form(f"/studio/-/invitations/{sent.token}/")
    assert not offers_a_form(f"/studio/-/invitations/{'x' * 43}/")
    assert not offers_a_form("/studio/")


@override_settings(VOUCHSAFE_OPEN_SIGNUP=False)
@pytest.mark.parametrize("ending", ["taken back", "used", "too old"])
def test_an_invitation_that_no_longer_stands_opens_nothing(ending: str) -> None:
    people = make_personas()
    sent = invite_member(
        shop_id=people.shop.id,
        actor=people.alice,
        email="dora@example.com",
        role="viewer",
        accept_url="https://v.example/studio/-/invitations/{token}/",
    )
    door = f"/studio/-/invitations/{sent.token}/"
    assert offers_a_form(door)
    if ending == "taken back":
        cancel_invitation(shop_id=people.shop.id, actor_id=people.alice.pk, public_id=sent.public_id)
    elif ending == "used":
        dora = create_user(email="dora@example.com", password="a long enough password")
        accept_invitation(token=sent.token, user=dora)
    else:
        with shop_scope(people.shop.id):
            Invitation.objects.filter(public_id=sent.public_id).update(expires_at=timezone.now())
    assert not offers_a_form(door)


@override_settings(VOUCHSAFE_OPEN_SIGNUP=False)
def test_where_sign_up_is_closed_a_member_opens_no_shop_of_their_own_and_an_owner_does() -> None:
    people = make_personas()
    form = {"name": "Another", "slug": "another", "locale": "en", "markets": "*", "time_zone": "UTC", "website": ""}
    client = Client()
    client.force_login(people.bob)
    assert client.post("/studio/-/new-shop/", form).status_code == 403
    client.force_login(people.alice)
    assert client.post("/studio/-/new-shop/", form).status_code == 302


@override_settings(VOUCHSAFE_OPEN_SIGNUP=True)
def test_the_setting_opens_it_for_everybody() -> None:
    make_personas()
    assert offers_a_form()


def test_the_limits_on_signing_in_count_an_ipv6_subscriber_once() -> None:
    asked = [RequestFactory().get("/", REMOTE_ADDR=address) for address in ("2001:db8::1", "2001:db8::2")]
    assert {get_adapter().get_client_ip(request) for request in asked} == {"2001:db8::/64"}
    assert get_adapter().get_client_ip(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")) == "192.0.2.1"
