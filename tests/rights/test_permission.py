"""Ask, grant, decline, withdraw: by a private link, once, and every step in the ledger."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from project.content.models import Author, ContentItem
from project.content.rules import CreditKind, State
from project.content.services import approve_items
from project.core.errors import Conflict, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.models import OutboxRow
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate, outlets, selectors
from project.rights.contracts import Audience, AuthorChoice, Basis, Channel, EndReason, HoldReason
from project.rights.models import ConsentRecord, Licence, LicenceEvent, RequestLink
from project.rights.services import (
    activate_import_licence,
    announce_licence_changes,
    ask_permission,
    cancel_request,
    close_hold,
    cover_items,
    decline_request,
    erase_author,
    grant_licence,
    grant_request,
    new_author_link,
    open_hold,
    prepare_import_licence,
    withdraw_by_link,
    withdraw_item,
    withdraw_licence,
)
from tests.factories import (
    Personas,
    item_input,
    later,
    license_items,
    make_items,
    make_personas,
    make_published,
    make_source,
    terms,
)

pytestmark = pytest.mark.django_db

CHANNELS = (Channel.SITE, Channel.PRODUCT_PAGE)
YES = AuthorChoice(channels=CHANNELS, credit_kind="handle", credit_name="@ana")


def ask(people: Personas, days: int | None = None) -> tuple[str, str, str]:
    """An approved post and the author's link: item id, request id, token."""
    (item,) = make_items(people.shop.id, [item_input(credit_kind=CreditKind.HANDLE, credit_name="@ana")])
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    made = ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, channels=CHANNELS, markets=("DK",), days=days
    )
    return item, made.public_id, made.token


def shown(people: Personas, channel: Channel = Channel.SITE) -> list[str]:
    audience = Audience(people.shop.id, channel, ("DK",), timezone.now())
    return [item.id for item in gate.published(audience).items]


def ledger(people: Personas) -> list[dict[str, object]]:
    with shop_scope(people.shop.id):
        return [json.loads(row.body) for row in LicenceEvent.objects.order_by("number")]


def test_the_road_from_asking_to_withdrawing() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    assert shown(people) == []
    view = selectors.request_view(token)
    assert (view.state, view.item_id, view.shop_name) == ("sent", item, people.shop.name)

    grant_request(token=token, choice=YES)
    assert shown(people) == [item]
    assert selectors.request_view(token).state == "granted"

    before = publication_number(people.shop.id)
    withdraw_by_link(token=token)
    assert shown(people) == []
    assert publication_number(people.shop.id) == before + 1
    assert selectors.request_view(token).state == "withdrawn"
    assert [entry["type"] for entry in ledger(people)] == ["asked", "granted", "consented", "withdrawn"]
    assert [entry["number"] for entry in ledger(people)] == [1, 2, 3, 4]


def test_looking_at_a_link_changes_nothing() -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    number = publication_number(people.shop.id)
    for _ in range(3):
        selectors.request_view(token)
    assert publication_number(people.shop.id) == number
    assert shown(people) == []


def test_x6_a_second_grant_by_the_same_link_is_gone() -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    grant_request(token=token, choice=YES)
    with pytest.raises(VouchsafeError) as refused:
        grant_request(token=token, choice=YES)
    assert refused.value.status == 410


@pytest.mark.django_db(transaction=True)
def test_a_double_click_grants_once() -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    outcomes: list[str] = []

    def click() -> None:
        try:
            outcomes.append(grant_request(token=token, choice=YES))
        except VouchsafeError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("refused") == 3
    with shop_scope(people.shop.id):
        assert Licence.objects.count() == 1


def test_r5_a_partial_grant_holds_for_what_was_chosen_and_never_for_more_than_was_asked() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    choice = AuthorChoice((Channel.SITE, Channel.PAID_ADS), "customer")
    grant_request(token=token, choice=choice)
    assert shown(people, Channel.SITE) == [item]
    assert shown(people, Channel.PRODUCT_PAGE) == []
    assert shown(people, Channel.PAID_ADS) == []


@pytest.mark.parametrize(
    "choice",
    [AuthorChoice((), "customer"), AuthorChoice((Channel.PAID_ADS,), "customer"), AuthorChoice(CHANNELS, "name", " ")],
)
def test_a_grant_needs_a_place_and_a_name(choice: AuthorChoice) -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    with pytest.raises(InvalidInput):
        grant_request(token=token, choice=choice)
    assert selectors.request_view(token).state == "sent"


def test_the_author_chooses_the_credit_line() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    grant_request(token=token, choice=AuthorChoice(CHANNELS, "name", " Ana K. "))
    with shop_scope(people.shop.id):
        row = ContentItem.objects.get(public_id=item)
    assert (row.credit_kind, row.credit_name) == ("name", "Ana K.")


@pytest.mark.parametrize(
    ("kind", "name", "language", "recorded"),
    [
        ("handle", "@ana", "en", "@ana"),
        ("name", "Ana Holm", "da", "Ana Holm"),
        ("customer", "", "en", "A customer"),
        ("customer", "", "da", "En kunde"),
    ],
)
def test_the_licence_records_the_credit_that_was_chosen_in_the_language_of_its_terms(
    kind: str, name: str, language: str, recorded: str
) -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    made = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=CHANNELS, markets=("DK",), language=language
    )
    licence = grant_request(token=made.token, choice=AuthorChoice(CHANNELS, kind, name))
    with shop_scope(people.shop.id):
        assert Licence.objects.get(public_id=licence).attribution_text == recorded


def test_a_decline_is_final_for_its_link_and_asking_again_is_possible() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    decline_request(token=token)
    assert shown(people) == []
    with pytest.raises(VouchsafeError):
        grant_request(token=token, choice=YES)
    with pytest.raises(VouchsafeError):
        withdraw_by_link(token=token)
    again = ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, channels=CHANNELS, markets=("DK",)
    )
    grant_request(token=again.token, choice=YES)
    assert shown(people) == [item]


def test_an_author_is_not_asked_twice_at_once() -> None:
    people = make_personas()
    item, request, token = ask(people)
    with pytest.raises(Conflict):
        ask_permission(shop_id=people.shop.id, actor_id=None, item_id=item, channels=CHANNELS, markets=("DK",))
    cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request)
    with pytest.raises(VouchsafeError):
        grant_request(token=token, choice=YES)
    with shop_scope(people.shop.id):
        assert selectors.request_counts()["cancelled"] == 1


def test_an_invented_link_opens_nothing_and_an_old_one_says_so() -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    for attempt in (selectors.request_view, lambda t: grant_request(token=t, choice=YES)):
        with pytest.raises(VouchsafeError) as refused:
            attempt("invented")
        assert refused.value.status == 404
    with shop_scope(people.shop.id):
        RequestLink.objects.filter(token_hash=token_hash(token)).update(expires_at=timezone.now())
    for attempt in (selectors.request_view, lambda t: grant_request(token=t, choice=YES)):
        with pytest.raises(VouchsafeError) as refused:
            attempt(token)
        assert refused.value.status == 410


def test_the_link_opens_the_authors_page_as_long_as_the_licence_lives() -> None:
    people = make_personas()
    _item, _request, token = ask(people)
    grant_request(token=token, choice=YES)
    with shop_scope(people.shop.id):
        RequestLink.objects.filter(token_hash=token_hash(token)).update(expires_at=timezone.now())
    assert selectors.request_view(token).state == "granted"


def test_only_the_links_hash_is_stored_and_a_further_link_can_be_made() -> None:
    people = make_personas()
    _item, request, token = ask(people)
    with shop_scope(people.shop.id):
        assert token not in str(RequestLink.objects.values())
    other = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request)
    assert other.token != token
    grant_request(token=other.token, choice=YES)
    assert selectors.request_view(token).state == "granted"
    with pytest.raises(NotFound):
        new_author_link(shop_id=people.other_shop.id, actor_id=None, request_id=request)


def test_r3_a_licence_for_some_days_ends_by_itself_and_the_end_is_told_once() -> None:
    people = make_personas()
    item, _request, token = ask(people, days=10)
    grant_request(token=token, choice=YES)
    end = timezone.now() + timedelta(days=11)
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), end)
    assert not gate.published(audience).items
    assert announce_licence_changes(shop_id=people.shop.id, now=end) == 1
    assert announce_licence_changes(shop_id=people.shop.id, now=end) == 0
    (row,) = OutboxRow.objects.filter(shop_id=people.shop.id, event="LicenceExpired")
    assert row.data["item_ids"] == [item]
    assert ledger(people)[-1]["type"] == "expired"


@pytest.mark.parametrize("by", ["licence", "item", "link", "erasure"])
def test_a_permission_that_ran_out_is_not_made_a_withdrawal(by: str) -> None:
    people = make_personas()
    item, _request, token = ask(people, days=10)
    licence = grant_request(token=token, choice=YES)
    assert announce_licence_changes(shop_id=people.shop.id, now=timezone.now() + timedelta(days=11)) == 1
    who: dict[str, Any] = {"shop_id": people.shop.id, "actor_id": None}
    if by == "licence":
        with pytest.raises(Conflict, match="ended before"):
            withdraw_licence(**who, licence_id=licence, reason=EndReason.STAFF)
    elif by == "item":
        assert withdraw_item(**who, item_id=item, reason=EndReason.AUTHOR) == ()
    elif by == "link":
        with pytest.raises(Conflict, match="ended before"):
            withdraw_by_link(token=token)
    else:
        with shop_scope(people.shop.id):
            ContentItem.objects.update(
                author=Author.objects.create(public_id="aut_1", source=ContentItem.objects.get().source)
            )
            author = Author.objects.get()
        assert erase_author(**who, author_pk=author.pk, confirmed_by="mail").licences == 0
    assert "withdrawn" not in [entry["type"] for entry in ledger(people)]
    assert not OutboxRow.objects.filter(shop_id=people.shop.id, event="LicenceWithdrawn").exists()
    if by != "erasure":
        with shop_scope(people.shop.id):
            row = Licence.objects.get()
            assert (row.state, row.end_reason, row.coverage.get().ended_at) == ("expired", "expired", None)


def test_a_no_after_the_permission_ran_out_ends_the_consent_and_is_kept() -> None:
    people = make_personas()
    item, _request, token = ask(people, days=10)
    grant_request(token=token, choice=YES)
    announce_licence_changes(shop_id=people.shop.id, now=timezone.now() + timedelta(days=11))
    with shop_scope(people.shop.id):
        pk = ContentItem.objects.get(public_id=item).pk
        assert selectors.refused_by_author([pk]) == set()
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    with shop_scope(people.shop.id):
        assert ConsentRecord.objects.get().withdrawn_through == "page"
        assert selectors.refused_by_author([pk]) == {pk}


def test_a_licence_that_begins_later_shows_from_its_beginning_and_that_is_told() -> None:
    people = make_personas()
    start = later(days=2)
    make_published(people.shop.id, 1, starts_at=start)
    assert shown(people) == []
    assert announce_licence_changes(shop_id=people.shop.id) == 0
    assert announce_licence_changes(shop_id=people.shop.id, now=start) == 1
    assert OutboxRow.objects.filter(shop_id=people.shop.id, event="LicenceStarted").count() == 1


def test_licences_that_end_soon_are_named() -> None:
    people = make_personas()
    make_published(people.shop.id, 1, ends_at=later(days=10))
    make_published(people.shop.id, 1, ends_at=later(days=90))
    with shop_scope(people.shop.id):
        assert selectors.expiring_licences().count() == 1


def test_what_nobody_licensed_needs_permission() -> None:
    people = make_personas()
    needed, _licensed = make_items(people.shop.id, [item_input()])[0], make_published(people.shop.id)
    with shop_scope(people.shop.id):
        assert [row.public_id for row in selectors.items_needing_permission()] == [needed]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channels": ()}, "channels"),
        ({"markets": ()}, "markets"),
        ({"markets": ("Denmark",)}, "markets"),
        ({"ends_at": timezone.now() - timedelta(days=9999)}, "ends_at"),
        ({"modifications": ("repaint",)}, "modifications"),
    ],
)
def test_terms_that_cannot_be_granted_are_named(values: dict[str, object], field: str) -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input()])
    with pytest.raises(InvalidInput) as refused:
        grant_licence(shop_id=people.shop.id, actor_id=None, basis=Basis.OWNED, item_ids=ids, terms=terms(**values))
    assert set(refused.value.fields or {}) == {field}


def test_charlie_can_neither_license_ask_nor_withdraw_in_alices_shop() -> None:
    people = make_personas()
    ids = make_published(people.shop.id)
    with shop_scope(people.shop.id):
        licence = Licence.objects.get().public_id
    theirs = people.other_shop.id
    with pytest.raises(NotFound):
        grant_licence(shop_id=theirs, actor_id=None, basis=Basis.OWNED, item_ids=ids, terms=terms())
    with pytest.raises(NotFound):
        ask_permission(shop_id=theirs, actor_id=None, item_id=ids[0], channels=CHANNELS, markets=("DK",))
    with pytest.raises(NotFound):
        withdraw_licence(shop_id=theirs, actor_id=None, licence_id=licence, reason=EndReason.STAFF)
    with pytest.raises(NotFound):
        open_hold(shop_id=theirs, actor_id=None, item_id=ids[0], reason=HoldReason.LEGAL)
    assert withdraw_item(shop_id=theirs, actor_id=None, item_id=ids[0], reason=EndReason.STAFF) == ()
    assert shown(people) == ids


def test_a_second_withdrawal_is_told_that_nothing_was_left() -> None:
    people = make_personas()
    make_published(people.shop.id)
    with shop_scope(people.shop.id):
        licence = Licence.objects.get().public_id
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence, reason=EndReason.STAFF)
    with pytest.raises(Conflict) as refused:
        withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence, reason=EndReason.STAFF)
    assert refused.value.code == "licence_ended"


def test_a_source_whose_terms_forbid_showing_is_not_asked_for() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input()])
    with shop_scope(people.shop.id):
        source = make_source(people.shop.id)
        type(source).objects.filter(pk=source.pk).update(may_republish=False)
    with pytest.raises(VouchsafeError) as refused:
        ask_permission(shop_id=people.shop.id, actor_id=None, item_id=item, channels=CHANNELS, markets=("DK",))
    assert refused.value.code == "source_forbids"


def test_one_import_is_one_licence_and_one_event_with_a_row_per_item() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input() for _ in range(3)])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=ids)
    licence = prepare_import_licence(shop_id=people.shop.id, actor_id=None, basis=Basis.OPEN_LICENCE, terms=terms())
    with shop_scope(people.shop.id):
        assert cover_items(licence=licence, items=ContentItem.objects.filter(public_id__in=ids[:2])) == 2
        assert cover_items(licence=licence, items=ContentItem.objects.filter(state=State.APPROVED)) == 1
    assert shown(people) == []
    assert activate_import_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence.public_id) == 3
    assert sorted(shown(people)) == sorted(ids)
    (event,) = ledger(people)
    assert (event["type"], event["items"], event["basis"]) == ("granted", 3, "open_licence")
    with pytest.raises(Conflict):
        activate_import_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence.public_id)
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=ids[0], reason=EndReason.AUTHOR)
    assert sorted(shown(people)) == sorted(ids[1:])


def test_the_ledger_holds_no_personal_data_and_refuses_to_be_changed() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    grant_request(token=token, choice=YES)
    text = json.dumps(ledger(people))
    assert "@ana" not in text
    assert token not in text
    assert item in text
    for statement in (
        "UPDATE rights_licence_event SET body = '' WHERE shop_id = %s",
        "DELETE FROM rights_licence_event WHERE shop_id = %s",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [people.shop.id])


def test_holds_are_one_per_reason_and_lifted_once() -> None:
    people = make_personas()
    (item,) = make_published(people.shop.id)
    where = {"shop_id": people.shop.id, "actor_id": people.rita.pk}
    hold = open_hold(**where, item_id=item, reason=HoldReason.DISPUTE)
    with pytest.raises(Conflict):
        open_hold(**where, item_id=item, reason=HoldReason.DISPUTE)
    second = open_hold(**where, item_id=item, reason=HoldReason.LEGAL)
    close_hold(**where, hold_id=hold)
    assert shown(people) == []
    close_hold(**where, hold_id=second)
    assert shown(people) == [item]
    with pytest.raises(Conflict):
        close_hold(**where, hold_id=second)
    with shop_scope(people.shop.id):
        assert not selectors.open_holds().exists()


def test_an_author_learns_of_every_outlet_that_shows_them() -> None:
    outlets.register_outlet(
        outlets.Outlet("tests", Channel.SITE, lambda item_id: [outlets.Use("tests", item_id, "https://x.example")])
    )
    try:
        assert outlets.Use("tests", "rev_1", "https://x.example") in outlets._outlets["tests"].uses_of("rev_1")
    finally:
        outlets._outlets.pop("tests")


def test_the_authors_withdrawal_ends_every_licence_of_their_words() -> None:
    people = make_personas()
    item, _request, token = ask(people)
    grant_request(token=token, choice=YES)
    again = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("DK",)
    )
    grant_request(token=again.token, choice=AuthorChoice((Channel.SITE,), "customer"))
    withdraw_by_link(token=token)
    assert shown(people) == []
    assert selectors.request_view(again.token).state == "withdrawn"


def test_an_author_who_is_not_named_is_not_named_by_a_link_either() -> None:
    people = make_personas()
    (item,) = make_items(people.shop.id, [item_input(origin_url="https://social.example/@ana/1")])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    made = ask_permission(shop_id=people.shop.id, actor_id=None, item_id=item, channels=CHANNELS, markets=("DK",))
    grant_request(token=made.token, choice=AuthorChoice(CHANNELS, "customer"))
    (published,) = gate.published(Audience(people.shop.id, Channel.SITE, ("DK",), timezone.now())).items
    assert published.origin_url == ""


@pytest.mark.django_db(transaction=True)
def test_withdrawals_of_one_item_side_by_side_all_end_it() -> None:
    people = make_personas()
    ids = make_published(people.shop.id)
    licences = [license_items(people.shop.id, ids).public_id for _ in range(3)]
    problems: list[str] = []

    def whole(licence: str) -> None:
        withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence, reason=EndReason.STAFF)

    def item() -> None:
        withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=ids[0], reason=EndReason.AUTHOR)

    def work(act: Callable[[], None]) -> None:
        try:
            act()
        except Conflict:
            pass  # the other one ended it first
        except DatabaseError as error:
            problems.append(type(error).__name__)
        finally:
            connection.close()

    acts = [item, *(partial(whole, licence) for licence in reversed(licences))]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert shown(people) == []
