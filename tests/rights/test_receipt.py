"""The receipt of a withdrawal on the author's page: in words that fit the count, filling in until it is final."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.contracts import AuthorChoice, Channel, EndReason, HoldReason, Receipt, WithdrawalRoute
from project.rights.models import Licence, LicenceItem, Withdrawal
from project.rights.receipts import COUNTING, receipt_sentences
from project.rights.services import (
    ask_permission,
    decline_request,
    grant_request,
    measure_withdrawal,
    open_hold,
    withdraw_by_link,
    withdraw_licence,
)
from project.rights.services.withdrawals import FINAL_AFTER
from tests.factories import Personas, license_items, make_items, make_personas
from tests.factories import item_input as an_item
from tests.rights.counted import count

COMMITTED = datetime(2026, 11, 25, 13, 2, 10, tzinfo=UTC)
# 13:03:10 in UTC is 14:03:10 in Copenhagen.
HIDDEN = "14:03:10"
HOW_FAST = "Half of them took at most 0.2 s, 19 out of 20 at most 0.7 s."


def facts(**values: Any) -> Receipt:
    defaults: dict[str, Any] = {
        "withdrawal_id": "wdr_x",
        "licence_id": "lic_x",
        "route": "page",
        "items": 1,
        "committed_at": COMMITTED,
        "rest_hidden_at": COMMITTED + timedelta(seconds=60),
        "told": 14,
        "confirmed": 14,
        "median_ms": 200,
        "p95_ms": 700,
        "slowest_ms": 800,
        "final": False,
        "steps": (),
    }
    return Receipt(**{**defaults, **values})


NOBODY = {"told": 0, "confirmed": 0, "median_ms": None, "p95_ms": None, "slowest_ms": None}
SILENT = {**NOBODY, "told": 2}


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        ({}, [f"Gone from 14 of 14 open pages in 0.8 s; the rest have hidden it by {HIDDEN}.", HOW_FAST]),
        (
            {"told": 1, "confirmed": 1, "slowest_ms": 1201},
            [f"Gone from 1 of 1 open page in 1.3 s; the rest have hidden it by {HIDDEN}."],
        ),
        (
            {"slowest_ms": 4},
            [f"Gone from 14 of 14 open pages in 0.1 s; the rest have hidden it by {HIDDEN}.", HOW_FAST],
        ),
        (
            {"confirmed": 13},
            [f"Gone from 13 of 14 open pages in 0.8 s; the rest have hidden it by {HIDDEN}.", HOW_FAST],
        ),
        (
            {"confirmed": 13, "final": True},
            [
                f"Gone from 13 of 14 open pages in 0.8 s; the rest have hidden it by {HIDDEN}.",
                HOW_FAST,
                "1 page never confirmed, for example because it was closed or lost its connection.",
            ],
        ),
        (
            {"confirmed": 11, "final": True},
            [
                f"Gone from 11 of 14 open pages in 0.8 s; the rest have hidden it by {HIDDEN}.",
                HOW_FAST,
                "3 pages never confirmed, for example because they were closed or lost their connection.",
            ],
        ),
        (NOBODY, [f"No page that was open showed it; every copy has hidden it by {HIDDEN}."]),
        (SILENT, [f"2 open pages were told; all have hidden it by {HIDDEN}."]),
        ({**SILENT, "told": 1}, [f"1 open page was told; it has hidden it by {HIDDEN}."]),
        (
            {**SILENT, "final": True},
            [f"2 open pages were told and did not answer; all have hidden it by {HIDDEN}."],
        ),
    ],
)
def test_l8_the_receipt_says_what_was_counted(values: dict[str, Any], sentences: list[str]) -> None:
    assert list(receipt_sentences(facts(**values), "Europe/Copenhagen")) == sentences


def test_the_receipt_speaks_danish() -> None:
    with translation.override("da"):
        sentence, how_fast = receipt_sentences(facts(), "Europe/Copenhagen")
        assert how_fast.startswith("Halvdelen tog højst")
        assert sentence == f"Væk fra 14 af 14 åbne sider på 0,8 s; resten har skjult det senest kl. {HIDDEN}."


class Withdrawn:
    """Ana said yes, then took it back by her link."""

    def __init__(self, people: Personas, *, answers: bool = True) -> None:
        self.shop_id = people.shop.id
        (self.item,) = make_items(self.shop_id, [an_item(credit_kind="handle", credit_name="@ana")])
        asked = ask_permission(
            shop_id=self.shop_id, actor_id=None, item_id=self.item, channels=(Channel.SITE,), markets=("*",)
        )
        self.token = asked.token
        self.page, self.url = (reverse(name, args=[asked.token]) for name in ("rights:consent", "rights:receipt"))
        if answers:
            choice = AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
            grant_request(token=asked.token, choice=choice)

    def withdraw(self) -> None:
        withdraw_by_link(token=self.token)

    def account(self) -> Withdrawal:
        """The newest one."""
        relay_shop(self.shop_id)
        with shop_scope(self.shop_id):
            return Withdrawal.objects.select_related("licence").latest("id")

    def is_counted(self) -> None:
        """So long ago that every process has said which pages it told."""
        with shop_scope(self.shop_id):
            earlier = timezone.now() - COUNTING
            Withdrawal.objects.update(committed_at=earlier)
            LicenceItem.objects.filter(ended_at__isnull=False).update(ended_at=earlier)


@pytest.fixture
def ana() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture
def case(people: Personas) -> Withdrawn:
    return Withdrawn(people)


def test_there_is_no_receipt_before_a_withdrawal(case: Withdrawn, ana: Client) -> None:
    answer = ana.get(case.url)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    page = ana.get(case.page)
    assert "receipt.js" not in page.content.decode()
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_foreign_link_reads_no_receipt(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    assert ana.get(reverse("rights:receipt", args=["x" * 43])).status_code == 404
    assert ana.get(case.url).status_code == 200


def test_l8_the_receipt_fills_in_and_stops_when_it_is_final(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    before = ana.get(case.url)
    assert "The pages that are open now are being told." in before.content.decode()
    row = case.account()
    told = {"told": 2, "committed_at": row.committed_at}
    count(case.shop_id, row.number, [case.item], confirmed_ms=[300], **told)
    assert "Gone from 1 of 2 open pages in 0.4 s" in ana.get(case.url).content.decode()
    count(case.shop_id, row.number, [case.item], told=0, confirmed_ms=[700], committed_at=row.committed_at)
    filled = ana.get(case.url).content.decode()
    assert "Gone from 2 of 2 open pages in 0.8 s" in filled
    assert "Half of them took at most 0.4 s, 19 out of 20 at most 0.8 s." in filled
    assert 'data-final="no"' in filled
    assert "Delete the assistant’s passages and stored answers" in filled
    for bookkeeping in ("Open the receipt", "Sign the ledger’s head", "State the reasons of a hold"):
        assert bookkeeping not in filled

    page = ana.get(case.page)
    assert "Download the proof" in page.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.content.decode()
    assert "receipt.js" in page.content.decode()
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]

    with shop_scope(case.shop_id):
        # A minute has passed.
        committed = timezone.now() - FINAL_AFTER
        Withdrawal.objects.update(committed_at=committed)
        LicenceItem.objects.update(ended_at=committed)
    measure_withdrawal(shop_id=case.shop_id, withdrawal_id=row.public_id)
    assert 'data-final="yes"' in ana.get(case.url).content.decode()
    page = ana.get(case.page)
    assert "refresh" not in page.content.decode().lower().replace("data-receipt", "")
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_fragment_is_kept_out_of_caches_and_referrers_and_runs_nothing(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    headers = ana.get(case.url).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "script-src 'none'" in headers["Content-Security-Policy"]
    assert ana.post(case.url).status_code in {403, 405}


def test_the_fragment_speaks_the_language_of_its_page(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    case.account()
    assert "The pages that are open now are being told." in ana.get(case.url).content.decode()
    case.is_counted()
    assert "No page that was open showed it" in ana.get(case.url, {"lang": "en"}).content.decode()
    assert "Ingen åben side viste det" in ana.get(case.url, {"lang": "da"}).content.decode()
    assert "No page that was open showed it" in ana.get(case.url, {"lang": "xx"}).content.decode()


def test_a_receipt_is_the_latest_of_its_own_request(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    row = case.account()
    other = Withdrawn(make_personas())
    other.withdraw()
    count(other.shop_id, other.account().number, [other.item], told=9, confirmed_ms=[], committed_at=row.committed_at)
    case.is_counted()
    assert "No page that was open showed it" in ana.get(case.url).content.decode()
    assert "9 open pages were told" in ana.get(other.url).content.decode()


def told_so_far(case: Withdrawn, ana: Client) -> str:
    """What the receipt says once two pages were told of the newest withdrawal and confirmed it."""
    row = case.account()
    facts = {"told": 2, "confirmed_ms": [100, 200], "committed_at": row.committed_at}
    count(case.shop_id, row.number, [case.item], **facts)
    return ana.get(case.url).content.decode()


def test_after_a_renewal_the_first_link_has_the_receipt_of_the_renewal(case: Withdrawn, ana: Client) -> None:
    with shop_scope(case.shop_id):
        first = Licence.objects.get()
    asked = ask_permission(
        shop_id=case.shop_id,
        actor_id=None,
        item_id=case.item,
        channels=(Channel.SITE,),
        markets=("*",),
        renews=first.public_id,
    )
    choice = AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
    grant_request(token=asked.token, choice=choice)
    relay_shop(case.shop_id)
    case.withdraw()
    assert "are being told" in ana.get(case.url).content.decode()
    assert "Gone from 2 of 2 open pages" in told_so_far(case, ana)


def test_end_that_too_has_a_receipt_of_its_own_and_not_that_of_staff(case: Withdrawn, ana: Client) -> None:
    license_items(case.shop_id, [case.item])
    with shop_scope(case.shop_id):
        first = Licence.objects.get(basis="request").public_id
    withdraw_licence(shop_id=case.shop_id, actor_id=None, licence_id=first, reason=EndReason.STAFF)
    case.account()
    assert ana.get(case.url).status_code == 404, "another right still shows it"
    ana.post(case.page, {"answer": "withdraw"})
    assert "are being told" in ana.get(case.url).content.decode()
    assert "Gone from 2 of 2 open pages" in told_so_far(case, ana)
    assert case.account().route == WithdrawalRoute.PAGE


def test_whoever_said_no_and_then_ends_another_right_has_a_receipt_too(people: Personas, ana: Client) -> None:
    case = Withdrawn(people, answers=False)
    decline_request(token=case.token)
    assert ana.get(case.url).status_code == 404
    license_items(case.shop_id, [case.item])
    ana.post(case.page, {"answer": "withdraw"})
    assert "Gone from 2 of 2 open pages" in told_so_far(case, ana)


def test_a_hold_before_the_withdrawal_is_not_its_receipt(case: Withdrawn, ana: Client) -> None:
    open_hold(shop_id=case.shop_id, actor_id=None, item_id=case.item, reason=HoldReason.DISPUTE)
    case.account()
    case.withdraw()
    assert "are being told" in ana.get(case.url).content.decode()


def test_what_was_taken_back_does_not_run_out_afterwards(case: Withdrawn, ana: Client) -> None:
    case.withdraw()
    with shop_scope(case.shop_id):
        Licence.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "Gone from 2 of 2 open pages" in told_so_far(case, ana)
    assert "Your permission has ended" in ana.get(case.page).content.decode()
