"""Recording a right on a ground of the shop's own: what stands, and what an author's no stands above."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.content.services import approve_items, receive_items
from project.content.source_policies import SourcePolicy, register_source_policy
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import (
    Audience,
    AuthorChoice,
    Basis,
    Channel,
    EndReason,
    PeopleDepicted,
    ThirdPartyWorks,
)
from project.rights.models import Licence
from project.rights.services import (
    ask_permission,
    decline_request,
    grant_request,
    record_licence,
    withdraw_item,
    withdraw_licence,
)
from tests.factories import Personas, item_input, license_items, make_items, make_personas, make_source, terms

pytestmark = pytest.mark.django_db

SITE = (Channel.SITE,)


@pytest.fixture
def people() -> Personas:
    return make_personas()


def approved(people: Personas, **values: Any) -> str:
    (item,) = make_items(people.shop.id, [item_input(**values)])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    return item


def record(people: Personas, *items: str, basis: Basis = Basis.OWNED, **values: Any) -> Licence:
    return record_licence(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        basis=basis,
        item_ids=items,
        terms=terms(**{"channels": SITE, **values}),
    )


def shown(people: Personas) -> list[str]:
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), timezone.now())
    return [item.id for item in gate.published(audience).items]


def answered(people: Personas, item: str, *, yes: bool) -> None:
    made = ask_permission(shop_id=people.shop.id, actor_id=None, item_id=item, channels=SITE, markets=("DK",))
    if yes:
        grant_request(token=made.token, choice=AuthorChoice(SITE, "customer"))
    else:
        decline_request(token=made.token)


@pytest.mark.parametrize("basis", [Basis.OWNED, Basis.SELF_ATTESTED, Basis.OPEN_LICENCE, Basis.SUBMISSION])
def test_each_ground_of_the_shops_own_is_recorded_with_who_stated_it(people: Personas, basis: Basis) -> None:
    item = approved(people)
    licence = record(people, item, item, basis=basis, terms_url="https://terms.example")
    assert shown(people) == [item]
    assert (licence.basis, licence.created_by_id, licence.terms_url) == (basis, people.rita.pk, "https://terms.example")


def test_what_the_shop_alone_attests_never_reaches_paid_advertising(people: Personas) -> None:
    item = approved(people)
    with pytest.raises(InvalidInput) as refused:
        record(people, item, basis=Basis.SELF_ATTESTED, channels=(Channel.SITE, Channel.PAID_ADS))
    assert list(refused.value.fields or {}) == ["channels"]
    assert shown(people) == []
    record(people, item, basis=Basis.OWNED, channels=(Channel.SITE, Channel.PAID_ADS))
    assert shown(people) == [item]


def test_an_authors_answer_is_not_recorded_by_hand(people: Personas) -> None:
    with pytest.raises(InvalidInput) as refused:
        record(people, approved(people), basis=Basis.REQUEST)
    assert refused.value.fields is not None
    assert "basis" in refused.value.fields


def test_an_open_licence_names_its_terms(people: Personas) -> None:
    item = approved(people)
    for address in ("", "javascript:alert(1)"):
        with pytest.raises(InvalidInput) as refused:
            record(people, item, basis=Basis.OPEN_LICENCE, terms_url=address)
        assert refused.value.code == ErrorCode.BASIS_REQUIRED


@pytest.mark.parametrize("reason", [EndReason.AUTHOR, EndReason.SOURCE, EndReason.ERASURE])
def test_what_its_author_took_back_is_not_recorded_again(people: Personas, reason: EndReason) -> None:
    item = approved(people)
    license_items(people.shop.id, [item])
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=reason)
    with pytest.raises(Conflict) as refused:
        record(people, item)
    assert refused.value.code == ErrorCode.AUTHOR_WITHDREW
    assert shown(people) == []


def test_what_staff_ended_may_be_recorded_again(people: Personas) -> None:
    item = approved(people)
    licence = license_items(people.shop.id, [item])
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence.public_id, reason=EndReason.STAFF)
    record(people, item)
    assert shown(people) == [item]


def test_an_authors_no_stands_until_they_say_yes(people: Personas) -> None:
    item = approved(people)
    answered(people, item, yes=False)
    with pytest.raises(Conflict):
        record(people, item)
    answered(people, item, yes=True)
    record(people, item, channels=(Channel.EMAIL,))
    assert shown(people) == [item]


def test_one_refusal_records_nothing_for_the_others(people: Personas) -> None:
    item, other = approved(people), approved(people)
    answered(people, other, yes=False)
    with pytest.raises(Conflict) as refused:
        record(people, item, other)
    assert list(refused.value.fields or ()) == ["item_ids.1"]
    with shop_scope(people.shop.id):
        assert not Licence.objects.exists()
        assert selectors.refused_by_author(content.items().values_list("pk", flat=True)) != set()


def test_pictures_of_unknown_people_keep_the_channels_that_need_to_know(people: Personas) -> None:
    (received,) = receive_items(
        shop_id=people.shop.id,
        actor_id=None,
        source=make_source(people.shop.id),
        items=[item_input(media=(MediaInput(remote_url="https://m.example/1.jpg"),))],
    )
    item = received.public_id  # its picture is still on its way
    with pytest.raises(InvalidInput) as refused:
        record(people, item, channels=(Channel.SITE, Channel.PAID_ADS))
    assert "channels" in (refused.value.fields or {})
    known = {"people_depicted": PeopleDepicted.AUTHOR_ONLY, "third_party_works": ThirdPartyWorks.NONE}
    licence = record(people, item, channels=(Channel.SITE, Channel.PAID_ADS), **known)
    assert sorted(licence.channels) == ["paid_ads", "site"]
    assert record(people, item).people_depicted == PeopleDepicted.UNKNOWN


def test_a_source_whose_terms_forbid_it_is_not_recorded_about(people: Personas) -> None:
    register_source_policy(SourcePolicy("closed", True, False, True, False, False, None, "", "tests"))
    source = make_source(people.shop.id, kind="closed", name="Closed")
    (item,) = make_items(people.shop.id, [item_input()], source=source)
    with pytest.raises(VouchsafeError) as refused:
        record(people, item)
    assert refused.value.code == ErrorCode.SOURCE_FORBIDS


def test_another_shops_items_are_unknown(people: Personas) -> None:
    (theirs,) = make_items(people.other_shop.id, [item_input()])
    with pytest.raises(NotFound):
        record(people, approved(people), theirs)


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_beside_a_record_wins(people: Personas) -> None:
    item = approved(people)
    license_items(people.shop.id, [item])
    outcome: list[object] = []

    def record_beside() -> None:
        try:
            outcome.append(record(people, item))
        except Conflict as error:
            outcome.append(error.code)
        finally:
            connection.close()

    beside = threading.Thread(target=record_beside)
    with change(shop_id=people.shop.id):
        withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
        beside.start()
        _until_somebody_waits_for_a_lock()
    beside.join()
    assert outcome == [ErrorCode.AUTHOR_WITHDREW]
    assert shown(people) == []


def _until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
