"""Each transition of requests, licences and holds leaves an event with who, when and why: ledger and audit log."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights.contracts import AuthorChoice, Channel, EndReason, HoldReason, SendingWay
from project.rights.models import Licence, LicenceEvent
from project.rights.services import (
    announce_licence_changes,
    cancel_request,
    close_hold,
    decline_request,
    grant_request,
    open_hold,
    record_reply,
    send_request,
    withdraw_licence,
)
from project.rights.services.schedule import note_silence
from tests.factories import Personas, license_items, make_personas
from tests.rights.asking import Network, answer, ask, make_post, network, sent_ago

pytestmark = pytest.mark.django_db
CHOICE = AuthorChoice(channels=(Channel.SITE,), credit_kind="customer")


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture(autouse=True)
def net() -> Iterator[Network]:
    with network() as sender:
        yield sender


def asking(people: Personas, item: str) -> None:
    ask(people, item)


def granting(people: Personas, item: str) -> None:
    grant_request(token=ask(people, item).token, choice=CHOICE)


def declining(people: Personas, item: str) -> None:
    decline_request(token=ask(people, item).token)


def taking_back(people: Personas, item: str) -> None:
    made = ask(people, item)
    cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)


def answering_unclearly(people: Personas, item: str) -> None:
    made = ask(people, item, SendingWay.PUBLIC_REPLY)
    send_request(shop_id=people.shop.id, request_id=made.public_id)
    said = answer(people, made.public_id, "Who are you?")
    record_reply(shop_id=people.shop.id, request_id=made.public_id, reply=said)


def staying_silent(people: Personas, item: str) -> None:
    sent_ago(people, ask(people, item).public_id, days=15)
    assert note_silence(shop_id=people.shop.id, now=timezone.now()) == 1


def withdrawing(people: Personas, item: str) -> None:
    licence = license_items(people.shop.id, [item])
    withdraw_licence(
        shop_id=people.shop.id, actor_id=people.rita.pk, licence_id=licence.public_id, reason=EndReason.STAFF
    )


def running_out(people: Personas, item: str) -> None:
    licence = license_items(people.shop.id, [item])
    with shop_scope(people.shop.id):
        Licence.objects.filter(pk=licence.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    announce_licence_changes(shop_id=people.shop.id)


def replacing(people: Personas, item: str) -> None:
    first = grant_request(token=ask(people, item).token, choice=CHOICE)
    grant_request(token=ask(people, item, renews=first).token, choice=CHOICE)


def holding(people: Personas, item: str) -> None:
    open_hold(shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, reason=HoldReason.LEGAL)


def lifting(people: Personas, item: str) -> None:
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.LEGAL)
    close_hold(shop_id=people.shop.id, actor_id=people.rita.pk, hold_id=hold)


@pytest.mark.parametrize(
    ("happens", "entry", "action", "by_rita", "why"),
    [
        (asking, "asked", "request.sent", True, {"way": "private_link"}),
        (granting, "granted", "request.granted", False, {"by": "hand_link"}),
        (declining, "declined", "request.declined", False, {"by": "hand_link"}),
        (taking_back, "cancelled", "request.cancelled", True, {"by": "taken_back"}),
        (answering_unclearly, "replied_unclear", "request.replied_unclear", False, {"by": "reply"}),
        (staying_silent, "no_reply", "request.no_reply", False, {"by": "silence"}),
        (withdrawing, "withdrawn", "licence.withdrawn", True, {"by": "staff"}),
        (running_out, "expired", "licence.expired", False, {"route": "clock"}),
        (replacing, "superseded", "licence.superseded", False, {"by": "superseded"}),
        (holding, "hold_opened", "hold.opened", True, {"reason": "legal"}),
        (lifting, "hold_closed", "hold.closed", True, {"because": "cleared"}),
    ],
)
def test_a_transition_is_an_event_with_who_when_and_why(
    happens: Callable[[Personas, str], None],
    entry: str,
    action: str,
    by_rita: bool,
    why: dict[str, str],
    people: Personas,
) -> None:
    item = make_post(people)
    began = timezone.now()
    happens(people, item)
    with shop_scope(people.shop.id):
        bodies = [json.loads(body) for body in LicenceEvent.objects.order_by("number").values_list("body", flat=True)]
    (told,) = [body for body in bodies if body["type"] == entry]
    assert began <= datetime.fromisoformat(told["at"]) <= timezone.now()
    logged = AuditEntry.objects.get(shop_id=people.shop.id, action=action)
    assert logged.actor_id == (people.rita.pk if by_rita else None), (
        "nobody of the shop, where the author or the clock did it"
    )
    assert began <= logged.at <= timezone.now()
    assert why.items() <= logged.data.items()
