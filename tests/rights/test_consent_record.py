"""The consent is a record of its own beside the licence: to what, on which words, when, how, and its withdrawal."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.forms import model_to_dict
from django.test import Client

from project.core.scope import shop_scope
from project.rights.contracts import EndReason, WithdrawalRoute
from project.rights.models import ConsentRecord
from project.rights.services import withdraw_item, withdraw_licence
from project.rights.services.consents import shortened_address
from tests.factories import LONG_AGO
from tests.rights.author import Asked, answer, shown_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_grant_leaves_one_consent_with_its_purposes_and_what_was_shown(asked: Asked) -> None:
    ana = Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Ana's browser")
    shown = shown_on(ana.get(asked.url).content.decode())
    answer(ana, asked.url, channel=["site"])
    (consent,) = asked.consents()
    assert (consent.purposes, consent.controller, consent.locale, consent.way) == (
        ["site"],
        "Linden",
        "en",
        "consent_page",
    )
    assert consent.page_sha256 == shown
    assert consent.given_at is not None
    assert consent.withdrawn_at is None
    assert consent.address_part == "203.0.113.0"
    assert len(consent.browser_hash) == 64
    assert f'"consent":"{consent.public_id}"' in asked.ledger()
    assert "203.0.113" not in asked.ledger()
    assert "Ana" not in asked.ledger()


def test_two_authors_with_one_browser_leave_different_hashes() -> None:
    ana = Client(HTTP_USER_AGENT="One browser")
    one, other = Asked(), Asked()
    for asked in (one, other):
        answer(ana, asked.url, channel=["site"])
    assert one.consents()[0].browser_hash != other.consents()[0].browser_hash


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_an_address_loses_the_part_that_tells_households_apart(address: str, kept: str) -> None:
    assert shortened_address(address) == kept


def test_the_authors_withdrawal_ends_the_consent_and_says_by_which_route(asked: Asked) -> None:
    answer(Client(), asked.url, channel=["site"])
    Client().post(asked.url, {"answer": "withdraw"})
    (consent,) = asked.consents()
    assert consent.withdrawn_at is not None
    assert consent.withdrawn_through == WithdrawalRoute.PAGE
    assert asked.licence().ended_through == WithdrawalRoute.PAGE


def test_a_withdrawal_by_reply_ends_the_consent_by_reply(asked: Asked) -> None:
    answer(Client(), asked.url, channel=["site"])
    shop_id = asked.people.shop.id
    withdraw_item(
        shop_id=shop_id, actor_id=None, item_id=asked.item, reason=EndReason.AUTHOR, route=WithdrawalRoute.REPLY
    )
    assert asked.consents()[0].withdrawn_through == WithdrawalRoute.REPLY


@pytest.mark.parametrize("reason", [EndReason.STAFF, EndReason.SOURCE, EndReason.SUPERSEDED])
def test_a_licence_that_others_end_leaves_the_consent_as_it_is(reason: EndReason, asked: Asked) -> None:
    answer(Client(), asked.url, channel=["site"])
    licence = asked.licence().public_id
    withdraw_licence(shop_id=asked.people.shop.id, actor_id=None, licence_id=licence, reason=reason)
    assert asked.consents()[0].withdrawn_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": ["site", "paid_ads"]},
        {"terms_sha256": "0" * 64},
        {"page_sha256": "0" * 64},
        {"page_sha256": "", "address_part": "", "browser_hash": ""},  # an erasure takes whose it was away, too
        {"given_at": LONG_AGO},
        {"controller": "Larder"},
        {"locale": "da"},
        {"way": "reply"},
        {"address_part": "198.51.100.0"},
    ],
    ids=lambda change: "+".join(change),
)
def test_the_database_refuses_to_change_what_was_consented_to(change: dict[str, Any], asked: Asked) -> None:
    answer(Client(REMOTE_ADDR="203.0.113.77"), asked.url, channel=["site"])
    (before,) = asked.consents()
    with shop_scope(asked.people.shop.id):
        with pytest.raises(IntegrityError, match="kept as it was given"), transaction.atomic():
            ConsentRecord.objects.update(**change)
        with pytest.raises(IntegrityError, match="kept as it was given"), transaction.atomic():
            ConsentRecord.objects.all().delete()
    (after,) = asked.consents()
    assert model_to_dict(after) == model_to_dict(before)


def test_a_withdrawal_of_consent_is_noted_once(asked: Asked) -> None:
    answer(Client(), asked.url, channel=["site"])
    Client().post(asked.url, {"answer": "withdraw"})
    (noted,) = asked.consents()
    for change in ({"withdrawn_at": None}, {"withdrawn_at": LONG_AGO}, {"withdrawn_through": WithdrawalRoute.STAFF}):
        with (
            shop_scope(asked.people.shop.id),
            pytest.raises(IntegrityError, match="kept as it was given"),
            transaction.atomic(),
        ):
            ConsentRecord.objects.update(**change)
    (kept,) = asked.consents()
    assert (kept.withdrawn_at, kept.withdrawn_through) == (noted.withdrawn_at, WithdrawalRoute.PAGE)


def test_a_no_leaves_no_consent_and_consents_stay_in_their_shop(asked: Asked) -> None:
    Client().post(asked.url, {"answer": "decline"})
    assert asked.consents() == []
    other: Any = Asked()
    answer(Client(), other.url, channel=["site"])
    with shop_scope(asked.people.other_shop.id):
        assert not ConsentRecord.objects.exists()
