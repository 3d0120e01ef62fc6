"""The desk's list of withdrawals: by which way, how fast, what is still to be done."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from project.core import outbox
from project.core.scope import shop_scope
from project.rights.contracts import EndReason
from project.rights.models import Withdrawal
from project.rights.services import measure_withdrawal, withdraw_licence
from project.rights.services.withdrawals import FINAL_AFTER
from project.shops.models import User
from tests.factories import Personas, license_items, make_items
from tests.factories import item_input as an_item
from tests.rights.counted import count

ClientOf = Callable[[User | None], Client]


def withdraw(people: Personas) -> Withdrawal:
    ids = make_items(people.shop.id, [an_item(), an_item()])
    licence = license_items(people.shop.id, ids)
    withdraw_licence(
        shop_id=people.shop.id, actor_id=people.rita.pk, licence_id=licence.public_id, reason=EndReason.STAFF
    )
    outbox.relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        return Withdrawal.objects.get()


def page_of(people: Personas, client_of: ClientOf) -> str:
    answer = client_of(people.victor).get(reverse("studio:withdrawals", args=[people.shop.slug]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def final(people: Personas, row: Withdrawal) -> None:
    measure_withdrawal(shop_id=people.shop.id, withdrawal_id=row.public_id, now=row.committed_at + FINAL_AFTER)


def test_before_the_first_withdrawal_the_page_says_what_it_is_for(people: Personas, client_of: ClientOf) -> None:
    assert "Nothing was withdrawn yet" in page_of(people, client_of)


def test_l8_the_desk_reads_figures_while_they_are_counted_and_after(people: Personas, client_of: ClientOf) -> None:
    row = withdraw(people)
    assert "on no open page" in page_of(people, client_of)
    told: dict[str, Any] = {"told": 3, "committed_at": row.committed_at}
    count(people.shop.id, row.number, row.items[:1], confirmed_ms=[100, 200], **told)
    shown = page_of(people, client_of)
    assert "by staff" in shown
    assert "2 items" in shown
    assert "gone from 2 of 3 open pages" in shown
    assert "Being counted" in shown
    final(people, row)
    shown = page_of(people, client_of)
    assert "1 never confirmed" in shown
    assert "Being counted" not in shown


def test_l8_the_desk_says_how_long_half_nineteen_in_twenty_and_the_last_took(
    people: Personas, client_of: ClientOf
) -> None:
    row = withdraw(people)
    facts: dict[str, Any] = {"told": 43, "confirmed_ms": [100] * 37 + [800] * 2 + [3000]}
    count(people.shop.id, row.number, row.items[:1], committed_at=row.committed_at, **facts)
    final(people, row)
    shown = page_of(people, client_of)
    found = re.search(r"median (\S+) s, 95 % within (\S+) s, slowest (\S+) s", shown)
    assert found is not None
    median, p95, slowest = (float(figure) for figure in found.groups())
    assert 0.1 <= median <= 0.2
    assert 0.8 <= p95 <= 0.9
    assert 3.0 <= slowest <= 3.4
    assert "3 never confirmed" in shown


def test_everybody_confirmed(people: Personas, client_of: ClientOf) -> None:
    row = withdraw(people)
    count(people.shop.id, row.number, row.items, told=1, confirmed_ms=[100], committed_at=row.committed_at)
    final(people, row)
    shown = page_of(people, client_of)
    assert "gone from 1 of 1 open page<" in shown
    assert "Confirmed" in shown
    assert "never confirmed" not in shown


def test_what_is_still_to_be_done_is_named(people: Personas, client_of: ClientOf, settings: Any) -> None:
    settings.VOUCHSAFE_CDN_PURGE_URL = "https://cdn.example.com/purge"
    withdraw(people)
    assert "Still to be done: Purge the copies of the content delivery network" in page_of(people, client_of)


def test_charlie_sees_none_of_alices_withdrawals(people: Personas, client_of: ClientOf) -> None:
    withdraw(people)
    theirs = client_of(people.charlie).get(reverse("studio:withdrawals", args=[people.other_shop.slug]))
    assert "Nothing was withdrawn yet" in theirs.content.decode()
    refused = client_of(people.charlie).get(reverse("studio:withdrawals", args=[people.shop.slug]))
    assert refused.status_code == 404
