"""Signing in: the right password opens, and guessing is slowed down before it gets anywhere."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from project.shops.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
# As settings.ACCOUNT_RATE_LIMITS has it: five failures for one address in five minutes.
MOST_FAILURES = 5


def member(name: str) -> User:
    user = make_user(name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(email: str, password: str, *, address: str = "203.0.113.7") -> bool:
    """Whether a fresh browser at this address is signed in afterwards."""
    client = Client(REMOTE_ADDR=address)
    client.post(LOGIN, {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_the_right_password_opens_and_a_wrong_one_does_not() -> None:
    alice = member("Alice")
    assert not sign_in(alice.email, "not the password")
    assert sign_in(alice.email, PASSWORD)


def test_after_five_wrong_guesses_the_right_one_does_not_open_either() -> None:
    alice, bob = member("Alice"), member("Bob")
    for _guess in range(MOST_FAILURES):
        assert not sign_in(alice.email, "a guess")
    assert not sign_in(alice.email, PASSWORD)
    assert sign_in(bob.email, PASSWORD), "one person's trouble is not another's"


def test_it_is_no_way_around_to_guess_from_somewhere_else() -> None:
    alice = member("Alice")
    for guess in range(MOST_FAILURES):
        assert not sign_in(alice.email, "a guess", address=f"203.0.113.{guess}")
    assert not sign_in(alice.email, PASSWORD, address="198.51.100.1")


def test_one_address_does_not_guess_at_everybody() -> None:
    people = [member(f"Person{number}") for number in range(12)]
    for person in people[:10]:
        assert not sign_in(person.email, "a guess")
    assert not sign_in(people[11].email, PASSWORD)
    assert sign_in(people[11].email, PASSWORD, address="198.51.100.1")


def test_addresses_without_an_account_are_slowed_down_alike() -> None:
    for _guess in range(MOST_FAILURES):
        assert not sign_in("nobody@example.com", "a guess")
    client = Client(REMOTE_ADDR="198.51.100.1")
    answer = client.post(LOGIN, {"login": "nobody@example.com", "password": "a guess"})
    assert "Too many tries. Wait a few minutes" in answer.content.decode()
