"""Who may make an account on an installation of one's own."""

import pytest
from django.test import Client, override_settings

from project.shops.services import invite_member
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


@override_settings(VOUCHSAFE_OPEN_SIGNUP=True)
def test_the_setting_opens_it_for_everybody() -> None:
    make_personas()
    assert offers_a_form()
