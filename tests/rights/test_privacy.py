"""Erasing, exporting and answering persons: what each does, what refuses it, who is told what."""

import io
import json
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import redis
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from project.content import selectors as content
from project.content.contracts import AuthorInput, ItemInput, MediaInput
from project.content.models import Author, ContentItem, IntakeTombstone, Media
from project.content.rules import CreditKind, State
from project.content.services import approve_items, receive_items, reject_items
from project.core import outbox, shredding
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.models import AuditEntry, OutboxRow
from project.core.outbox import relay_shop
from project.core.publication import publication_number
from project.core.scope import ScopedModel, shop_scope
from project.core.shredding import Person, Shredder
from project.rights import gate, selectors
from project.rights.archive import harmless, table_of
from project.rights.contracts import (
    Audience,
    AuthorChoice,
    Channel,
    EndReason,
    HoldReason,
    NewRequest,
    NoticeDecision,
    NoticeState,
    PrivacyKind,
    PrivacyRefusal,
    PrivacyState,
    SendingWay,
)
from project.rights.models import LicenceEvent, LicenceItem, PrivacyRequest, RightsRequest
from project.rights.notices.privacy_letters import ASKED, DONE, REFUSED
from project.rights.persons import person_of
from project.rights.services import (
    appeal_notice,
    ask_permission,
    carry_out_privacy_request,
    confirm_identity,
    decide_notice,
    erase_author,
    export_archive,
    export_author,
    file_notice,
    grant_request,
    new_author_link,
    open_hold,
    receive_privacy_request,
    refuse_privacy_request,
    tidy_after_erasures,
    withdraw_item,
)
from project.rights.services.own_requests import take_own_data
from project.rights.services.privacy import month_after
from project.rights.services.statements import address_of_items_author
from project.runtime.processes import wait_until
from project.shops.models import Mail
from tests.factories import Personas, item_input, license_items, make_items, make_personas, make_source, notice_input

pytestmark = pytest.mark.django_db

ANA = AuthorInput(external_id="ana-1", display_name="Ana", handle="@ana", email="ana@mailbox.example")
BY_HANDLE = AuthorInput(external_id="ana-1", display_name="Ana", handle="@ana")


@pytest.fixture
def people() -> Personas:
    return make_personas()


def written_by(author: AuthorInput, **values: Any) -> ItemInput:
    return item_input(author=author, credit_kind=CreditKind.NAME, credit_name=author.display_name, **values)


def published_by(people: Personas, author: AuthorInput = ANA, n: int = 1, **values: Any) -> list[str]:
    ids = make_items(people.shop.id, [written_by(author, **values) for _ in range(n)])
    license_items(people.shop.id, ids)
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=ids)
    return ids


def author_of(people: Personas, item: str) -> Author:
    with shop_scope(people.shop.id):
        author = ContentItem.objects.select_related("author").get(public_id=item).author
    assert author is not None
    return author


def erase(people: Personas, author: Author) -> Any:
    return erase_author(
        shop_id=people.shop.id, actor_id=people.alice.pk, author_pk=author.pk, confirmed_by="confirmed_link"
    )


def shown(people: Personas) -> set[str]:
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), datetime.now(UTC))
    with shop_scope(people.shop.id):
        return {item.id for item in gate.published(audience).items}


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


# --- erasure ---------------------------------------------------------------------------------------


def test_an_erasure_hides_everything_of_the_person_at_its_commit_and_nothing_of_others(people: Personas) -> None:
    hers = published_by(people, n=3)
    his = published_by(people, AuthorInput(external_id="bo-1", display_name="Bo"))
    number = publication_number(people.shop.id)
    erased = erase(people, author_of(people, hers[0]))
    assert (erased.items, erased.licences, erased.again) == (3, 1, False)
    assert shown(people) == set(his)
    assert publication_number(people.shop.id) > number
    with shop_scope(people.shop.id):
        assert set(LicenceItem.objects.filter(item__public_id__in=hers).values_list("end_reason", flat=True)) == {
            EndReason.ERASURE
        }
        events = [json.loads(body) for body in LicenceEvent.objects.values_list("body", flat=True)]
    withdrawn = [event for event in events if event["type"] == "withdrawn"]
    assert [(event["route"], event["items"]) for event in withdrawn] == [("erasure", 3)]


def test_a_licence_that_covers_others_too_goes_on_for_them(people: Personas) -> None:
    ids = make_items(people.shop.id, [written_by(ANA), written_by(AuthorInput(external_id="bo-1", display_name="Bo"))])
    licence = license_items(people.shop.id, ids, attribution_text="Our customers")
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=ids)
    erase(people, author_of(people, ids[0]))
    assert shown(people) == {ids[1]}
    with shop_scope(people.shop.id):
        licence.refresh_from_db()
    assert (licence.state, licence.attribution_text) == ("active", "Our customers")


def test_the_same_address_at_two_sources_is_one_person(people: Personas) -> None:
    one = published_by(people)[0]
    elsewhere = make_source(people.shop.id, name="Elsewhere")
    other_row = AuthorInput(external_id="77", display_name="A.", email="ANA@mailbox.example")
    two = make_items(people.shop.id, [written_by(other_row)], source=elsewhere)[0]
    erased = erase(people, author_of(people, one))
    assert erased.items == 2
    with shop_scope(people.shop.id):
        assert Author.objects.count() == 0
        assert ContentItem.objects.get(public_id=two).state == State.ERASED
        # Two items and an account at each of the two sources.
        assert IntakeTombstone.objects.count() == 4


def test_an_open_legal_hold_refuses_the_erasure_and_nothing_has_happened(people: Personas) -> None:
    item = published_by(people)[0]
    author = author_of(people, item)
    open_hold(shop_id=people.shop.id, actor_id=None, item_id=item, reason=HoldReason.LEGAL)
    with shop_scope(people.shop.id):
        before = LicenceEvent.objects.count()
    with pytest.raises(Conflict) as refusal:
        erase(people, author)
    assert (refusal.value.code, refusal.value.status) == (ErrorCode.LEGAL_HOLD, 409)
    assert item in refusal.value.message
    with shop_scope(people.shop.id):
        assert LicenceEvent.objects.count() == before
        assert ContentItem.objects.get(public_id=item).text != ""
        assert PrivacyRequest.objects.count() == 0


def test_a_second_erasure_says_that_there_was_one(people: Personas) -> None:
    author = author_of(people, published_by(people)[0])
    first = erase(people, author)
    again = erase(people, author)
    assert (again.again, again.request_id, again.items) == (True, first.request_id, 1)
    with shop_scope(people.shop.id):
        assert PrivacyRequest.objects.count() == 1
    with pytest.raises(NotFound):
        erase_author(shop_id=people.shop.id, actor_id=None, author_pk=author.pk + 1000, confirmed_by="mail")


def test_charlies_shop_cannot_erase_or_export_somebody_of_alices(people: Personas) -> None:
    item = published_by(people)[0]
    author = author_of(people, item)
    with pytest.raises(NotFound):
        erase_author(shop_id=people.other_shop.id, actor_id=None, author_pk=author.pk, confirmed_by="mail")
    with pytest.raises(NotFound):
        export_author(shop_id=people.other_shop.id, author_pk=author.pk)
    assert shown(people) == {item}


def test_an_erased_item_is_received_by_no_road_and_a_new_post_of_the_account_neither(people: Personas) -> None:
    source = make_source(people.shop.id)
    first = written_by(ANA, external_id="post-1")
    item = make_items(people.shop.id, [first], source=source)[0]
    erase(people, author_of(people, item))
    later_post = written_by(ANA, external_id="post-2")
    nameless = item_input(external_id="post-1")
    somebody = written_by(AuthorInput(external_id="bo-1", display_name="Bo"), external_id="post-3")
    received = receive_items(
        shop_id=people.shop.id, actor_id=None, source=source, items=[first, later_post, nameless, somebody]
    )
    assert [entry.outcome for entry in received] == ["refused", "refused", "refused", "created"]
    with shop_scope(people.shop.id):
        assert list(Author.objects.values_list("external_id", flat=True)) == ["bo-1"]


@pytest.mark.django_db(transaction=True)
def test_a_post_that_is_received_while_its_author_is_erased_does_not_come_back() -> None:
    people = make_personas()
    source = make_source(people.shop.id)
    post = written_by(ANA, external_id="post-1")
    item = make_items(people.shop.id, [post], source=source)[0]
    author = author_of(people, item)
    edited = written_by(ANA, external_id="post-1", text="Something else.")
    outcomes: list[str] = []

    def collect() -> None:
        try:
            received = receive_items(shop_id=people.shop.id, actor_id=None, source=source, items=[edited])
            outcomes.extend(entry.outcome for entry in received)
        finally:
            connection.close()

    def let_a_collector_in(person: Person) -> int:
        collector.start()
        assert wait_until(somebody_waits_for_a_lock, seconds=20)
        return 0

    collector = threading.Thread(target=collect)
    intruder = Shredder("test", (), lambda person: {}, let_a_collector_in)
    shredding.register_shredder(intruder)
    try:
        erase(people, author)
    finally:
        shredding._within.pop("test")
    collector.join()
    assert outcomes == ["refused"]
    with shop_scope(people.shop.id):
        assert ContentItem.objects.get().state == State.ERASED


def test_open_requests_are_taken_back_and_their_links_revoked(people: Personas) -> None:
    item = make_items(people.shop.id, [written_by(ANA)])[0]
    asked = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("*",)
    )
    erase(people, author_of(people, item))
    with pytest.raises(VouchsafeError) as gone:
        selectors.request_view(asked.token)
    assert gone.value.status == 410
    with shop_scope(people.shop.id):
        assert RightsRequest.objects.get().state == "cancelled"


def test_a_store_that_fails_is_tried_again_and_the_others_go_on(people: Personas) -> None:
    author = author_of(people, published_by(people)[0])
    broken = {"is": True}

    def shred(person: Person) -> int:
        if broken["is"]:
            raise RuntimeError("the disk is away")
        return 1

    shredding.register_later_shredder(Shredder("test", (), lambda person: {}, shred))
    try:
        request = erase(people, author).request_id
        relay_shop(people.shop.id)
        assert shown(people) == set()
        done = {step.store: (step.done, step.attempts) for step in selectors.erasure_steps(people.shop.id, request)}
        assert done["test"] == (False, 1)
        assert done["assistant"][0] is True
        assert tidy_after_erasures() == 0
        broken["is"] = False
        OutboxRow.objects.filter(shop_id=people.shop.id).update(settled_at=None)
        outbox.Delivery.objects.filter(shop_id=people.shop.id).update(next_attempt_at=None)
        relay_shop(people.shop.id)
        assert all(step.done for step in selectors.erasure_steps(people.shop.id, request))
    finally:
        shredding._afterwards.pop("test")
        outbox._subscribers.pop("shred.test")


ROOMS = ("project.core", "project.shops", "project.content", "project.rights")
ABOVE = ("project.collection", "project.studio", "project.insights", "widgets", "assistant")


def in_rooms(module: str, rooms: Sequence[str]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def test_every_store_that_an_erasures_transaction_clears_is_of_rights_or_below() -> None:
    within = {name: shredder.shred.__module__ for name, shredder in shredding._within.items()}
    assert {"shops", "content", "rights"} <= set(within)
    assert [name for name, module in within.items() if not in_rooms(module, ROOMS)] == []
    later = {name: shredder.shred.__module__ for name, shredder in shredding._afterwards.items()}
    assert {"collection", "widgets", "assistant"} <= set(later)
    assert set(later) & set(within) == set()


@contextmanager
def modules_that_run() -> Iterator[set[str]]:
    """The modules of every Python function that is called inside the block."""
    found: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            found.add(frame.f_globals.get("__name__", ""))

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


def test_nothing_above_rights_runs_inside_a_withdrawal_or_an_erasure(people: Personas) -> None:
    """The test's own transaction never commits, so what runs in the block runs inside that of the withdrawal."""
    first, second = published_by(people), published_by(people)
    author = author_of(people, second[0])
    with modules_that_run() as withdrawal:
        withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=first[0], reason=EndReason.AUTHOR)
    with modules_that_run() as erasure:
        erase(people, author)
    for run in (withdrawal, erasure):
        assert "project.rights.services.licences" in run
        assert [module for module in sorted(run) if in_rooms(module, ABOVE)] == []
    with modules_that_run() as afterwards:
        relay_shop(people.shop.id)
    assert {module for module in afterwards if in_rooms(module, ABOVE)} >= {"assistant.shredding", "widgets.shredding"}


CLEANED = ("content_item", "content_version", "rights_request", "shops_mail", "assistant_passage")


def vacuums() -> dict[str, int]:
    """How often each of these tables was vacuumed by hand; autovacuum is counted apart."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, vacuum_count FROM pg_stat_user_tables WHERE relname = ANY(%s)", [list(CLEANED)])
        return dict(cursor.fetchall())


def rewrites(valkey: redis.Redis) -> int:
    """How often this Valkey was asked to write its append-only file anew."""
    counted: Any = valkey.info("commandstats")
    return int(counted.get("cmdstat_bgrewriteaof", {}).get("calls", 0))


@pytest.mark.django_db(transaction=True)
def test_the_servers_are_cleaned_once_after_an_erasure(valkey: redis.Redis) -> None:
    people = make_personas()
    request = erase(people, author_of(people, published_by(people)[0])).request_id
    vacuumed, rewritten = vacuums(), rewrites(valkey)
    assert set(vacuumed) == set(CLEANED)
    assert tidy_after_erasures() == 0
    assert (vacuums(), rewrites(valkey)) == (vacuumed, rewritten)
    relay_shop(people.shop.id)
    for tidied in (1, 0):
        assert tidy_after_erasures() == tidied
        assert wait_until(lambda: vacuums() == {table: count + 1 for table, count in vacuumed.items()}, seconds=20)
        assert rewrites(valkey) == rewritten + 1
    with shop_scope(people.shop.id):
        assert PrivacyRequest.objects.get(public_id=request).outcome["tidied_at"]


def test_every_table_of_the_house_is_cleared_or_holds_nobody() -> None:
    """A new table of a shop must be claimed by a shredder, or be put on this list by somebody who looked."""
    cleared = {table for shredder in shredding.shredders() for table in shredder.tables}
    holds_nobody = {
        *("content_source", "content_intake_tombstone", "collection_collector", "collection_run"),
        *("collection_import_run", "rights_licence_event", "rights_tree_head", "rights_head_stamp"),
        *("rights_head_witness", "rights_terms_text", "rights_request_template", "rights_withdrawal"),
        *("shops_membership", "shops_invitation", "shops_api_key", "shops_allowed_origin", "shops_product"),
        *("shops_order_line", "widgets_selection", "widgets_widget", "assistant_assistant", "assistant_shop_index"),
        "studio_saved_view",
    }
    of_shops = {model._meta.db_table for model in apps.get_models() if issubclass(model, ScopedModel)}
    assert of_shops - cleared - holds_nobody == set()
    assert cleared & holds_nobody == set()


# --- export ----------------------------------------------------------------------------------------


def test_an_export_has_what_was_said_asked_granted_and_decided(people: Personas) -> None:
    item = make_items(people.shop.id, [written_by(ANA, title="Fine", text="Warm.")])[0]
    asked = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("DK",)
    )
    license_items(people.shop.id, [item])
    reject_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="spam", note="Twice.")
    author = author_of(people, item)
    receive_privacy_request(shop_id=people.shop.id, actor_id=None, author_pk=author.pk, kind=PrivacyKind.ACCESS)
    data = export_author(shop_id=people.shop.id, author_pk=author.pk, actor_id=people.rita.pk)
    assert json.loads(json.dumps(data)) == data
    assert [(row["name"], row["handle"], row["email"]) for row in data["author"]] == [
        ("Ana", "@ana", "ana@mailbox.example")
    ]
    said = data["content"][0]
    assert (said["title"], said["text"], said["rating"], said["state"]) == ("Fine", "Warm.", 5, "rejected")
    assert [(one["decision"], one["reason"], one["note"]) for one in said["decisions"]] == [
        ("reject", "spam", "Twice.")
    ]
    assert [row["id"] for row in data["permission_requests"]] == [asked.public_id]
    assert [(row["content"], row["basis"]) for row in data["licences"]] == [(item, "open_licence")]
    assert [row["kind"] for row in data["privacy_requests"]] == ["access"]
    entry = AuditEntry.objects.get(shop_id=people.shop.id, action="author.exported")
    assert (entry.object_id, entry.actor_id) == (author.public_id, people.rita.pk)
    assert "salt" not in json.dumps(data)


def test_an_archive_holds_the_document_a_table_and_the_pictures(people: Personas, settings: Any) -> None:
    picture = MediaInput(remote_url="https://example.org/p.png")
    item = make_items(people.shop.id, [written_by(ANA, text="=1+1", media=(picture,))])[0]
    name = "ab/abcdef.webp"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a picture")
    with shop_scope(people.shop.id):
        Media.objects.update(file=name, state="ready")
    data = export_archive(shop_id=people.shop.id, author_pk=author_of(people, item).pk)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["content.csv", "data.json", f"media/{name}"]
        assert archive.read(f"media/{name}") == b"a picture"
        assert json.loads(archive.read("data.json"))["content"][0]["text"] == "=1+1"
        assert "'=1+1" in archive.read("content.csv").decode("utf-8-sig")


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_of_the_table_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert table_of([{"text": cell}]).splitlines()[1].replace('"', "").startswith(",,,,,'")


def test_a_harmless_cell_stays_as_it_is() -> None:
    assert harmless("Warm, 1-1 = fine") == "Warm, 1-1 = fine"


# --- requests --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (datetime(2024, 1, 30, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC)),
        (datetime(2026, 4, 30, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC)),
    ],
)
def test_the_answer_is_due_within_a_month(received: datetime, due: datetime) -> None:
    assert month_after(received) == due


def asked_for(people: Personas, kind: PrivacyKind, *, confirmed_by: str = "mail") -> tuple[str, Author, str]:
    item = published_by(people)[0]
    author = author_of(people, item)
    request = receive_privacy_request(
        shop_id=people.shop.id, actor_id=people.rita.pk, author_pk=author.pk, kind=kind, confirmed_by=confirmed_by
    )
    return request, author, item


def stored(people: Personas, request: str) -> PrivacyRequest:
    with shop_scope(people.shop.id):
        return PrivacyRequest.objects.get(public_id=request)


def test_a_request_waits_until_it_is_known_who_asks(people: Personas) -> None:
    request, _author, item = asked_for(people, PrivacyKind.ERASURE, confirmed_by="")
    carry_out: Callable[[], None] = lambda: carry_out_privacy_request(  # noqa: E731
        shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request
    )
    with pytest.raises(Conflict) as refusal:
        carry_out()
    assert refusal.value.code == ErrorCode.NOT_CONFIRMED
    assert shown(people) == {item}
    with pytest.raises(InvalidInput):
        confirm_identity(shop_id=people.shop.id, actor_id=None, request_id=request, confirmed_by="a hunch")
    confirm_identity(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request, confirmed_by="order")
    carry_out()
    assert shown(people) == set()
    row = stored(people, request)
    assert (row.state, row.confirmed_by, row.done_by_id) == (PrivacyState.DONE, "order", people.rita.pk)
    with pytest.raises(Conflict) as settled:
        carry_out()
    assert settled.value.code == ErrorCode.REQUEST_CLOSED


def test_who_asks_twice_has_one_request_and_one_clock(people: Personas) -> None:
    request, author, _item = asked_for(people, PrivacyKind.ACCESS)
    again = receive_privacy_request(shop_id=people.shop.id, actor_id=None, author_pk=author.pk, kind=PrivacyKind.ACCESS)
    assert again == request


def test_a_correction_changes_who_said_it_and_never_what_was_said(people: Personas) -> None:
    request, author, item = asked_for(people, PrivacyKind.RECTIFICATION)
    with shop_scope(people.shop.id):
        before = ContentItem.objects.get(public_id=item).text
    carry_out_privacy_request(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        request_id=request,
        corrected={"display_name": "Ana Maria", "handle": "@ana", "email": "am@mailbox.example"},
    )
    with shop_scope(people.shop.id):
        row = ContentItem.objects.select_related("author").get(public_id=item)
        assert (row.text, row.version, row.credit_name) == (before, 1, "Ana Maria")
        assert row.author is not None
        assert (row.author.display_name, row.author.email) == ("Ana Maria", "am@mailbox.example")
    assert stored(people, request).state == PrivacyState.DONE
    entry = AuditEntry.objects.get(shop_id=people.shop.id, action="author.rectified")
    assert (entry.object_id, entry.data) == (author.public_id, {"credited": 1})


def test_an_objection_ends_every_permission_and_keeps_the_record(people: Personas) -> None:
    request, _author, item = asked_for(people, PrivacyKind.OBJECTION)
    carry_out_privacy_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request)
    assert shown(people) == set()
    with shop_scope(people.shop.id):
        assert ContentItem.objects.get(public_id=item).text
    assert stored(people, request).outcome == {"items": 1}


def test_a_refusal_states_a_reason_that_the_law_knows(people: Personas) -> None:
    request, _author, item = asked_for(people, PrivacyKind.ERASURE)
    with pytest.raises(InvalidInput):
        refuse_privacy_request(shop_id=people.shop.id, actor_id=None, request_id=request, reason="no time")
    refuse_privacy_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request, reason="legal_claim")
    row = stored(people, request)
    assert (row.state, row.outcome, row.done_by_id) == (PrivacyState.REFUSED, {"reason": "legal_claim"}, people.rita.pk)
    assert shown(people) == {item}
    with pytest.raises(NotFound):
        refuse_privacy_request(shop_id=people.other_shop.id, actor_id=None, request_id=request, reason="legal_claim")


def test_what_is_due_within_a_week_is_found(people: Personas) -> None:
    request, _author, _item = asked_for(people, PrivacyKind.ACCESS)
    with shop_scope(people.shop.id):
        assert list(selectors.privacy_requests_due()) == []
        soon = datetime.now(UTC) + timedelta(days=25)
        assert [row.public_id for row in selectors.privacy_requests_due(soon)] == [request]


def test_the_audit_log_and_the_news_hold_nothing_of_the_person(people: Personas) -> None:
    request, _author, _item = asked_for(people, PrivacyKind.ERASURE)
    carry_out_privacy_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request)
    entries = AuditEntry.objects.filter(shop_id=people.shop.id)
    said = json.dumps([entry.data for entry in entries]) + json.dumps(
        [row.data for row in OutboxRow.objects.filter(shop_id=people.shop.id)]
    )
    assert "Ana" not in said
    assert "mailbox.example" not in said
    actions = set(entries.values_list("action", flat=True))
    assert {"privacy.received", "author.erased", "privacy.done"} <= actions


# --- commands --------------------------------------------------------------------------------------


def test_the_commands_export_and_erase_and_may_run_twice(
    people: Personas, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    author = author_of(people, published_by(people)[0])
    names = ["--shop", people.shop.slug, "--author", author.public_id]
    call_command("export_author", *names, "--json")
    assert json.loads(capsys.readouterr().out)["author"][0]["name"] == "Ana"
    target = tmp_path / "ana.zip"
    call_command("export_author", *names, "--to", str(target))
    assert zipfile.is_zipfile(target)
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("export_author", *names, "--to", str(target))
    capsys.readouterr()
    told = []
    for _time in range(2):
        call_command("erase_author", *names, "--json")
        told.append(json.loads(capsys.readouterr().out))
    assert [(one["items"], one["again"]) for one in told] == [(1, False), (1, True)]
    with pytest.raises(CommandError) as unknown:
        call_command("erase_author", "--shop", people.other_shop.slug, "--author", author.public_id)
    assert unknown.value.returncode == 2


def test_the_export_has_the_words_of_their_own_notices_and_not_of_others(people: Personas) -> None:
    (hers,) = published_by(people)
    (his,) = published_by(people, AuthorInput(external_id="bo-1", display_name="Bo"))
    by_vera = file_notice(notice=notice_input(hers, explanation="I am Vera Lund of Elm Road, and she lies about me."))
    by_ana = file_notice(notice=notice_input(his, explanation="He copied what I wrote.", email="ANA@mailbox.example"))
    decision = NoticeDecision(outcome=NoticeState.REJECTED, reason="lawful", note="Vera Lund of Elm Road is mistaken.")
    decide_notice(shop_id=people.shop.id, actor_id=people.rita.pk, notice_id=by_vera.public_id, decision=decision)
    appeal_notice(token=by_vera.token, appeal="Ask my neighbours in Elm Road.")
    found = export_author(shop_id=people.shop.id, author_pk=author_of(people, hers).pk, actor_id=None)
    assert "Elm Road" not in str(found)
    notices = {row["id"]: row for row in found["notices"]}
    other = notices[by_vera.public_id]
    assert (other["category"], other["decision"], other["filed_by_you"]) == ("misleading", "rejected", False)
    assert other["received_at"]
    assert other["decided_at"]
    assert notices[by_ana.public_id]["explanation"] == "He copied what I wrote."


def answers(people: Personas, request: str) -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.filter(purpose="privacy_request", about=request))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("legal claim (Art. 17(3)(e) GDPR)", "data protection authority", "court")),
        ("da", ("litra e, i GDPR", "datatilsynsmyndighed", "domstolene")),
    ],
)
def test_a_refusal_is_written_to_the_person_with_the_reason_and_where_to_complain(
    language: str, words: tuple[str, ...], people: Personas
) -> None:
    item = published_by(people, language=language)[0]
    request = receive_privacy_request(
        shop_id=people.shop.id, actor_id=None, author_pk=author_of(people, item).pk, kind=PrivacyKind.ERASURE
    )
    refuse = {"shop_id": people.shop.id, "actor_id": people.rita.pk, "request_id": request, "reason": "legal_claim"}
    assert refuse_privacy_request(**refuse)
    (letter,) = answers(people, request)
    assert (letter.to, letter.language) == ("ana@mailbox.example", language)
    assert [word for word in (*words, request) if word not in letter.text] == []


def test_what_staff_did_is_written_to_the_person(people: Personas) -> None:
    kinds = [PrivacyKind.ACCESS, PrivacyKind.OBJECTION, PrivacyKind.RECTIFICATION]
    for kind in kinds:
        request, _author, _item = asked_for(people, kind)
        corrected = {"display_name": "Ana Maria", "handle": "@ana", "email": "am@mailbox.example"}
        assert carry_out_privacy_request(
            shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request, corrected=corrected
        )
        (letter,) = answers(people, request)
        assert str(DONE[kind]) in letter.text
    assert letter.to == "am@mailbox.example", "the address as it was corrected"


def test_whoever_takes_their_copy_themselves_or_has_no_address_gets_no_letter(people: Personas) -> None:
    item = published_by(people)[0]
    take_own_data(people.shop.id, author_of(people, item).pk)
    nameless = published_by(people, AuthorInput(external_id="bo-1", display_name="Bo"))[0]
    request = receive_privacy_request(
        shop_id=people.shop.id, actor_id=None, author_pk=author_of(people, nameless).pk, kind=PrivacyKind.ACCESS
    )
    told = refuse_privacy_request(
        shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request, reason="not_identified"
    )
    assert not told
    with shop_scope(people.shop.id):
        assert not Mail.objects.filter(purpose="privacy_request").exists()


def test_every_refusal_and_kind_has_its_sentence() -> None:
    assert set(REFUSED) == set(PrivacyRefusal)
    assert set(ASKED) == set(PrivacyKind)
    assert set(DONE) == set(PrivacyKind) - {PrivacyKind.ERASURE}


def test_what_an_erasure_ends_stands_in_the_ledger(people: Personas) -> None:
    item = make_items(people.shop.id, [written_by(ANA)])[0]
    asked = ask_permission(
        shop_id=people.shop.id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("*",)
    )
    notice = file_notice(notice=notice_input(item)).public_id
    erase(people, author_of(people, item))
    with shop_scope(people.shop.id):
        events = [json.loads(body) for body in LicenceEvent.objects.order_by("number").values_list("body", flat=True)]
    ended = {
        event.get("request") or event.get("notice"): event["type"] for event in events if event.get("by") == "erasure"
    }
    assert ended == {asked.public_id: "cancelled", notice: "notice_closed"}


def test_whoever_gave_notice_is_told_that_what_they_reported_was_erased(people: Personas) -> None:
    item = make_items(people.shop.id, [written_by(ANA)])[0]
    waiting = file_notice(notice=notice_input(item, email="vera@example.org", language="da")).public_id
    erase(people, author_of(people, item))
    with shop_scope(people.shop.id):
        (letter,) = Mail.objects.filter(purpose="notice_decided")
    assert (letter.to, letter.language, letter.about) == ("vera@example.org", "da", "")
    assert waiting in letter.text
    assert "er lukket" in letter.subject


def asked_by_letter(people: Personas, item: str, recipient: str) -> NewRequest:
    return ask_permission(
        shop_id=people.shop.id,
        actor_id=None,
        item_id=item,
        channels=(Channel.SITE,),
        markets=("*",),
        way=SendingWay.EMAIL,
        recipient=recipient,
    )


def test_an_answer_goes_to_the_authors_own_address_before_one_that_granted(people: Personas) -> None:
    """Whatever stands first in the alphabet."""
    item = make_items(people.shop.id, [written_by(ANA)])[0]
    asked = asked_by_letter(people, item, "aaa@agency.example")
    licence = license_items(people.shop.id, [item])
    with shop_scope(people.shop.id):
        RightsRequest.objects.filter(public_id=asked.public_id).update(licence=licence, granted_by="mail")
    request = receive_privacy_request(
        shop_id=people.shop.id, actor_id=None, author_pk=author_of(people, item).pk, kind=PrivacyKind.ACCESS
    )
    refuse_privacy_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request, reason="excessive")
    with shop_scope(people.shop.id):
        assert Mail.objects.get(purpose="privacy_request").to == ANA.email


@pytest.mark.parametrize("granted_by_hand", [False, True])
def test_an_address_that_staff_typed_gathers_nothing_of_a_stranger(granted_by_hand: bool, people: Personas) -> None:
    """Also where the author said yes, by a link that staff handed over."""
    item = make_items(people.shop.id, [written_by(BY_HANDLE)])[0]
    made = asked_by_letter(people, item, "stranger@example.org")
    if granted_by_hand:
        handed = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
        grant_request(token=handed.token, choice=AuthorChoice((Channel.SITE,), "customer"))
    other = make_items(people.shop.id, [item_input()])[0]
    file_notice(notice=notice_input(other, email="stranger@example.org"))
    with shop_scope(people.shop.id):
        person = person_of(author_of(people, item).pk)
        address = address_of_items_author(content.staff_items().get(public_id=item))
    assert person is not None
    assert (person.addresses, address) == ((), "")
