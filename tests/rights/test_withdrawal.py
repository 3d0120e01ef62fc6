"""R6: by whatever way a permission ends, it ends in one place, is logged with its way, and is accounted for (L8)."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from project.content.rules import CreditKind
from project.content.services import approve_items
from project.core.models import AuditEntry, OutboxRow
from project.core.outbox import relay_shop
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import (
    Audience,
    AuthorChoice,
    Channel,
    EndReason,
    HoldReason,
    SendingWay,
    WithdrawalRoute,
)
from project.rights.models import LicenceEvent, RightsRequest, Withdrawal
from project.rights.services import (
    announce_licence_changes,
    ask_permission,
    close_hold,
    forgotten_measurements,
    grant_request,
    measure_withdrawal,
    open_hold,
    record_withdrawal,
    withdraw_by_link,
    withdraw_item,
    withdraw_licence,
)
from project.rights.services.withdrawals import FINAL_AFTER
from project.shops.models import Mail
from tests.api.asking import server_of
from tests.factories import Personas, item_input, make_items, make_personas, make_published
from tests.rights.counted import count

pytestmark = pytest.mark.django_db
DAYS = 30


class Granted:
    """Ana said yes to one item, by a private link or by one in a mail."""

    def __init__(self, people: Personas) -> None:
        self.people = people
        self.shop_id = people.shop.id
        (self.item,) = make_items(self.shop_id, [item_input(credit_kind=CreditKind.HANDLE, credit_name="@ana")])
        approve_items(shop_id=self.shop_id, actor_id=people.bob.pk, item_ids=[self.item])
        asked = ask_permission(
            shop_id=self.shop_id,
            actor_id=people.rita.pk,
            item_id=self.item,
            channels=(Channel.SITE,),
            markets=("*",),
            days=DAYS,
        )
        self.request, self.token = asked.public_id, asked.token
        grant_request(
            token=self.token, choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
        )
        with shop_scope(self.shop_id):
            self.licence = selectors.requests().get(public_id=self.request).licence.public_id

    def shown(self) -> bool:
        audience = Audience(self.shop_id, Channel.SITE, ("DK",), timezone.now())
        return self.item in [item.id for item in gate.published(audience).items]


def by_page(granted: Granted) -> None:
    withdraw_by_link(token=granted.token)


def by_mail(granted: Granted) -> None:
    with shop_scope(granted.shop_id):
        RightsRequest.objects.filter(public_id=granted.request).update(way=SendingWay.EMAIL)
    withdraw_by_link(token=granted.token)


def by_reply(granted: Granted) -> None:
    withdraw_item(
        shop_id=granted.shop_id,
        actor_id=None,
        item_id=granted.item,
        reason=EndReason.AUTHOR,
        route=WithdrawalRoute.REPLY,
    )


def by_staff(granted: Granted) -> None:
    withdraw_licence(
        shop_id=granted.shop_id,
        actor_id=granted.people.rita.pk,
        licence_id=granted.licence,
        reason=EndReason.STAFF,
    )


def over_the_api(granted: Granted) -> None:
    answer = server_of(granted.people).post(f"/licences/{granted.licence}/withdraw/")
    assert answer.status_code == 200, answer.content


def by_erasure(granted: Granted) -> None:
    withdraw_item(shop_id=granted.shop_id, actor_id=None, item_id=granted.item, reason=EndReason.ERASURE)


# That a collector's finding ends a licence is in tests/collection/test_deleted_posts.py.
WAYS = [
    (by_page, "page"),
    (by_mail, "mail"),
    (by_reply, "reply"),
    (by_staff, "staff"),
    (over_the_api, "api"),
    (by_erasure, "erasure"),
]


@pytest.fixture
def granted() -> Granted:
    return Granted(make_personas())


def ledger(shop_id: int) -> list[dict[str, object]]:
    with shop_scope(shop_id):
        return [json.loads(row.body) for row in LicenceEvent.objects.order_by("number")]


@pytest.mark.parametrize(("withdraw", "route"), WAYS, ids=[route for _withdraw, route in WAYS])
def test_r6_every_way_of_withdrawing_converges_and_is_logged(
    granted: Granted, withdraw: Callable[[Granted], None], route: str
) -> None:
    assert granted.shown()
    before = publication_number(granted.shop_id)
    withdraw(granted)
    # From the commit, before anything was delivered.
    assert not granted.shown()
    assert publication_number(granted.shop_id) == before + 1
    news = OutboxRow.objects.get(shop_id=granted.shop_id, number=before + 1)
    assert news.event == "LicenceWithdrawn"
    assert news.data == {"licence_id": granted.licence, "item_ids": [granted.item], "route": route}
    logged = AuditEntry.objects.get(shop_id=granted.shop_id, action="licence.withdrawn")
    assert (logged.object_id, logged.data["route"]) == (granted.licence, route)
    entry = [facts for facts in ledger(granted.shop_id) if facts.get("route") == route]
    assert [facts["licence"] for facts in entry] == [granted.licence]
    with shop_scope(granted.shop_id):
        row = selectors.licences().get(public_id=granted.licence)
        assert (row.state, row.ended_through) == ("withdrawn", route)

    relay_shop(granted.shop_id)
    with shop_scope(granted.shop_id):
        account = Withdrawal.objects.get(licence=row)
        assert (account.number, account.items, account.route) == (before + 1, [granted.item], route)
        assert account.committed_at == news.created_at


def test_r6_the_link_of_a_letter_withdraws_by_way_of_mail() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    asked = ask_permission(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        item_id=item,
        channels=(Channel.SITE,),
        markets=("*",),
        way=SendingWay.EMAIL,
        recipient="ana@example.org",
    )
    with shop_scope(people.shop.id):
        letter = Mail.objects.get(about=asked.public_id, to="ana@example.org")
    (token,) = re.findall(r"/c/([\w-]{43})", letter.text)
    licence = grant_request(token=token, choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="customer"))
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), timezone.now())
    assert [one.id for one in gate.published(audience).items] == [item]
    withdraw_by_link(token=token)
    assert gate.published(audience).items == ()
    assert [(facts["licence"], facts["route"]) for facts in ledger(people.shop.id) if facts["type"] == "withdrawn"] == [
        (licence, "mail")
    ]
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        assert Withdrawal.objects.get(licence__public_id=licence).route == "mail"


def test_r6_a_licence_that_runs_out_is_logged_and_accounted_for_alike(granted: Granted) -> None:
    end = timezone.now() + timedelta(days=DAYS + 1)
    announce_licence_changes(shop_id=granted.shop_id, now=end)
    relay_shop(granted.shop_id)
    logged = AuditEntry.objects.get(shop_id=granted.shop_id, action="licence.expired")
    assert (logged.object_id, logged.data["route"]) == (granted.licence, "clock")
    assert ledger(granted.shop_id)[-1]["route"] == "clock"
    with shop_scope(granted.shop_id):
        account = Withdrawal.objects.get(route="clock")
        assert (account.licence.public_id, account.items) == (granted.licence, [granted.item])


@pytest.mark.parametrize(
    ("reason", "route"),
    [(HoldReason.DISPUTE, "notice"), (HoldReason.LEGAL, "notice"), (HoldReason.SOURCE_GONE, "source")],
)
def test_r6_a_hold_that_hides_something_licensed_is_accounted_for(
    granted: Granted, reason: HoldReason, route: str
) -> None:
    open_hold(shop_id=granted.shop_id, actor_id=None, item_id=granted.item, reason=reason)
    assert not granted.shown()
    relay_shop(granted.shop_id)
    with shop_scope(granted.shop_id):
        account = Withdrawal.objects.get()
        assert (account.licence.public_id, account.items, account.route) == (granted.licence, [granted.item], route)


def test_a_hold_on_what_nobody_could_see_opens_no_account() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.DISPUTE)
    close_hold(shop_id=people.shop.id, actor_id=None, hold_id=hold)
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        assert not Withdrawal.objects.exists()


def test_a_licence_that_takes_anothers_place_is_no_withdrawal(granted: Granted) -> None:
    withdraw_licence(shop_id=granted.shop_id, actor_id=None, licence_id=granted.licence, reason=EndReason.SUPERSEDED)
    relay_shop(granted.shop_id)
    with shop_scope(granted.shop_id):
        assert not Withdrawal.objects.exists()


def test_news_that_come_twice_open_one_account(granted: Granted) -> None:
    ids = {
        record_withdrawal(
            shop_id=granted.shop_id,
            licence_id=granted.licence,
            number=77,
            item_ids=[granted.item],
            route=WithdrawalRoute.PAGE,
            committed_at=timezone.now(),
        )
        for _ in range(2)
    }
    assert len(ids) == 1


def withdrawn(granted: Granted) -> Withdrawal:
    by_page(granted)
    relay_shop(granted.shop_id)
    with shop_scope(granted.shop_id):
        return Withdrawal.objects.get()


def test_l8_figures_are_written_down_soon_and_stay_once_the_lease_is_over(granted: Granted) -> None:
    row = withdrawn(granted)
    facts = {"told": 3, "confirmed_ms": [100, 200], "committed_at": row.committed_at}
    count(granted.shop_id, row.number, [granted.item], **facts)
    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert forgotten_measurements(shop_id=granted.shop_id, now=row.committed_at + FINAL_AFTER) == [row.public_id]
    count(granted.shop_id, row.number, [granted.item], told=0, confirmed_ms=[900], committed_at=row.committed_at)
    with shop_scope(granted.shop_id):
        row.refresh_from_db()
        assert (row.told, row.confirmed) == (3, 2)
        live = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
        assert (live.told, live.confirmed, live.never_confirmed, live.final) == (3, 3, 0, False)

    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id, now=row.committed_at + FINAL_AFTER)
    count(granted.shop_id, row.number, [granted.item], told=50, confirmed_ms=[], committed_at=row.committed_at)
    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    final = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert (final.told, final.confirmed, final.final) == (3, 3, True)
    assert final.median_ms is not None
    assert final.slowest_ms is not None
    assert 200 <= final.median_ms <= 221
    assert 900 <= final.slowest_ms <= 991
    assert final.rest_hidden_at == row.committed_at + timedelta(seconds=60)
    assert forgotten_measurements(shop_id=granted.shop_id, now=row.committed_at + FINAL_AFTER) == []


def test_l8_the_final_row_keeps_what_the_slowest_in_twenty_took(granted: Granted) -> None:
    row = withdrawn(granted)
    facts = {"told": 41, "confirmed_ms": [100] * 37 + [800] * 2 + [3000], "committed_at": row.committed_at}
    count(granted.shop_id, row.number, [granted.item], **facts)
    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id, now=row.committed_at + FINAL_AFTER)
    count(granted.shop_id, row.number, [granted.item], told=0, confirmed_ms=[50] * 500, committed_at=row.committed_at)
    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    with shop_scope(granted.shop_id):
        row.refresh_from_db()
    assert row.p95_ms is not None
    assert 800 <= row.p95_ms <= 881
    receipt = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert (receipt.p95_ms, receipt.never_confirmed, receipt.final) == (row.p95_ms, 1, True)


def test_l8_pages_that_never_showed_it_are_not_in_the_denominator(granted: Granted) -> None:
    row = withdrawn(granted)
    facts = {"told": 40, "confirmed_ms": [10] * 40, "committed_at": row.committed_at}
    count(granted.shop_id, row.number, ["rev_another"], **facts)
    receipt = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert (receipt.told, receipt.confirmed, receipt.median_ms) == (0, 0, None)


def test_l8_the_account_says_when_each_follower_had_finished(granted: Granted) -> None:
    row = withdrawn(granted)
    measure_withdrawal(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    with shop_scope(granted.shop_id):
        row.refresh_from_db()
    assert set(row.done) >= {"live.announce", "rights.withdrawals", "assistant.forget"}
    committed = row.committed_at.timestamp() * 1000
    assert all(committed - 1 <= moment <= committed + 60_000 for moment in row.done.values())
    receipt = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert receipt.steps
    assert receipt.waits_for == ()


def test_l8_what_could_not_be_done_is_named_until_it_is(granted: Granted, monkeypatch: pytest.MonkeyPatch) -> None:
    from project.core import outbox

    forget = outbox._subscribers["assistant.forget"]

    def fails(event: object) -> None:
        raise ConnectionError

    outbox.subscriber(forget.name, *forget.events)(fails)
    try:
        row = withdrawn(granted)
        receipt = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
        assert [step.name for step in receipt.waits_for] == ["assistant.forget"]
        assert not granted.shown()
    finally:
        outbox._subscribers[forget.name] = forget
    with shop_scope(granted.shop_id):
        outbox.Delivery.objects.filter(shop_id=granted.shop_id).update(next_attempt_at=None)
    relay_shop(granted.shop_id)
    receipt = selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id)
    assert receipt.waits_for == ()


def test_charlie_reads_no_receipt_of_alices_shop(granted: Granted) -> None:
    row = withdrawn(granted)
    make_published(granted.people.other_shop.id, 1)
    with pytest.raises(Exception, match="no such withdrawal"):
        selectors.receipt(shop_id=granted.people.other_shop.id, withdrawal_id=row.public_id)
    assert selectors.receipt(shop_id=granted.shop_id, withdrawal_id=row.public_id).licence_id == granted.licence
