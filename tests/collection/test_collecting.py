"""Runs of a collector against a replayed source: S2 (nothing lost, nothing twice) and S4 (what is gone is hidden)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from project.collection import selectors
from project.collection.contracts import Outcome, RawPage, Rechecked
from project.collection.models import CollectedItem, CollectionRun, Collector
from project.collection.services import collect_soon, collect_source
from project.collection.services.claims import claim_source
from project.collection.services.collecting import ALLOWANCE_RESERVE, RUNS_KEPT
from project.collection.sources.mastodon.client import MastodonClient, from_settings
from project.content.models import ContentItem, ContentVersion, IntakeTombstone, Media, RawRecord
from project.content.rules import CreditKind, State
from project.content.services import approve_items, set_source_active, update_source_config
from project.content.services.intake import external_hash
from project.core.errors import InvalidInput, NotFound
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel, HoldReason
from project.rights.models import Hold
from project.rights.services import close_hold, open_hold
from project.runtime.replay import TAG, ReplayServer
from tests.factories import Personas, license_items, make_personas, make_source

from .peers import collect, collect_well, fill, items_of, make_mastodon, open_hold_reasons, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with served() as running:
        yield running


def published(people: Personas) -> set[str]:
    audience = Audience(people.shop.id, Channel.SITE, ("DK",), datetime.now(UTC))
    return {item.id for item in gate.published(audience).items}


def publish(people: Personas) -> dict[str, str]:
    """Approve and license everything collected; external ids by public id."""
    rows = {item.public_id: item.external_id for item in items_of(people.shop.id)}
    license_items(people.shop.id, list(rows))
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=list(rows))
    assert published(people) == set(rows)
    return rows


# --- what comes in ----------------------------------------------------------------------------------


def test_posts_come_in_pending_with_credit_origin_and_no_permission(people: Personas, server: ReplayServer) -> None:
    report = collect_well(make_mastodon(people.shop.id, server))
    assert (report.counts.created, report.counts.skipped, report.counts.refused) == (5, 0, 0)
    items = items_of(people.shop.id)
    assert [item.external_id for item in items] == server.replay.ids()
    assert {item.state for item in items} == {State.PENDING}
    ana = items[0]
    assert (ana.kind, ana.rating, ana.language) == ("ugc_post", None, "en")
    assert (ana.credit_kind, ana.credit_name) == (CreditKind.HANDLE, "@ana@replay.example")
    assert ana.author is not None
    assert (ana.author.handle, ana.author.display_name) == ("@ana@replay.example", "Ana")
    assert ana.origin_url == f"{server.base}/@ana/{ana.external_id}"
    assert ana.occurred_at == datetime(2026, 10, 4, 7, 42, 11, tzinfo=UTC)
    assert [item.language for item in items] == ["en", "en", "da", "en", "en"]
    with shop_scope(people.shop.id):
        assert RawRecord.objects.get(item=ana).payload["account"]["username"] == "ana"
        assert Media.objects.filter(state=Media.PENDING).count() == 5
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item.public_id for item in items])
    assert published(people) == set()


def test_charlie_sees_nothing_of_it(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    assert items_of(people.other_shop.id) == []
    with shop_scope(people.other_shop.id):
        assert selectors.source_statuses() == []
        assert selectors.due_source_ids(timezone.now()) == []
        assert not Collector.objects.exists()
        assert not CollectionRun.objects.exists()
    with pytest.raises(NotFound):
        collect_source(shop_id=people.other_shop.id, source_id=source.public_id)


def test_two_shops_collect_the_same_posts_each_for_itself(people: Personas, server: ReplayServer) -> None:
    for shop in (people.shop, people.other_shop):
        assert collect_well(make_mastodon(shop.id, server)).counts.created == 5
    assert len(items_of(people.shop.id)) == len(items_of(people.other_shop.id)) == 5


def test_a_payload_that_is_no_post_does_not_stop_the_others(people: Personas, server: ReplayServer) -> None:
    first, second = server.replay.ids()[:2]
    server.replay.edit(first, url="javascript:alert(1)", uri="")
    server.replay.edit(second, card={"title": "a\x00b\ud800", "deep": 1})
    report = collect_well(make_mastodon(people.shop.id, server))
    assert (report.counts.created, report.counts.skipped) == (4, 1)
    with shop_scope(people.shop.id):
        assert RawRecord.objects.get(item__external_id=second).payload["card"]["title"] == "ab"


def test_what_an_author_keeps_from_others_is_not_collected(people: Personas, server: ReplayServer) -> None:
    ids = server.replay.ids()
    server.replay.edit(ids[0], account={"indexable": False})
    server.replay.edit(ids[1], account={"noindex": True})
    server.replay.edit(ids[2], visibility="unlisted")
    report = collect_well(make_mastodon(people.shop.id, server))
    assert (report.counts.created, report.counts.refused) == (2, 2)
    assert {item.external_id for item in items_of(people.shop.id)} == set(ids[3:])


def test_a_post_behind_a_warning_is_held(people: Personas, server: ReplayServer) -> None:
    server.replay.edit(server.replay.ids()[0], sensitive=True)
    assert collect_well(make_mastodon(people.shop.id, server)).counts.held == 1
    assert open_hold_reasons(people.shop.id) == [HoldReason.SOURCE_SETTING]


def test_a_hold_that_staff_lifted_stays_lifted(people: Personas, server: ReplayServer) -> None:
    server.replay.edit(server.replay.ids()[0], sensitive=True)
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    with shop_scope(people.shop.id):
        hold_id = Hold.objects.values_list("public_id", flat=True).get()
    close_hold(shop_id=people.shop.id, actor_id=people.alice.pk, hold_id=hold_id)
    collect_well(source)
    assert open_hold_reasons(people.shop.id) == []


def test_what_was_erased_does_not_come_back(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    erased = server.replay.ids()[0]
    with shop_scope(people.shop.id):
        IntakeTombstone.objects.create(source=source, external_hash=external_hash(source, erased))
    report = collect_well(source)
    assert (report.counts.created, report.counts.refused) == (4, 1)
    assert erased not in {item.external_id for item in items_of(people.shop.id)}


def test_a_restriction_that_comes_back_holds_again_and_one_that_stays_does_not(
    people: Personas, server: ReplayServer
) -> None:
    source = make_mastodon(people.shop.id, server)
    post = server.replay.ids()[0]
    held = []
    for sensitive in (True, True, False, True):
        server.replay.edit(post, sensitive=sensitive)
        held.append((collect_well(source).counts.held, len(open_hold_reasons(people.shop.id))))
    assert held == [(1, 1), (0, 1), (0, 0), (1, 1)]


def test_a_hold_that_is_open_already_is_not_opened_twice(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    item_id = items_of(people.shop.id)[0].public_id
    open_hold(shop_id=people.shop.id, actor_id=people.alice.pk, item_id=item_id, reason=HoldReason.SOURCE_GONE)
    server.replay.delete(server.replay.ids()[0])
    assert collect_well(source).counts.gone == 1
    assert open_hold_reasons(people.shop.id) == [HoldReason.SOURCE_GONE]


# --- S2: nothing lost, nothing twice ----------------------------------------------------------------


def test_s2_the_same_posts_again_change_nothing(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    before = [(item.pk, item.version) for item in items_of(people.shop.id)]
    report = collect_well(source)
    assert (report.counts.created, report.counts.edited, report.counts.unchanged) == (0, 0, 5)
    assert [(item.pk, item.version) for item in items_of(people.shop.id)] == before


def test_s2_the_cursor_is_kept_and_only_news_is_asked_for(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    with shop_scope(people.shop.id):
        assert Collector.objects.get().cursor == server.replay.ids()[-1]
    fill(server.replay, 1, start=datetime(2026, 11, 20, tzinfo=UTC))
    assert collect_well(source).counts.created == 1


def test_s2_a_post_that_reached_the_server_late_is_found(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    fill(server.replay, 1, start=datetime(2026, 9, 1, tzinfo=UTC))
    assert collect_well(source).counts.created == 1


def test_s2_an_edit_makes_a_version_and_is_looked_at_again(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    publish(people)
    edited = server.replay.ids()[0]
    old = items_of(people.shop.id)[0].text
    server.replay.edit(edited, content="<p>It pills after all.</p>")
    assert collect_well(source).counts.edited == 1
    item = items_of(people.shop.id)[0]
    assert (item.text, item.version, item.state) == ("It pills after all.", 2, State.PENDING)
    assert item.edited_at is not None
    with shop_scope(people.shop.id):
        assert ContentVersion.objects.get(item=item).text == old
    assert len(published(people)) == 4


class Crash(Exception):
    """The collector's process dies here."""


class Dying:
    """A real client whose n-th page is the last thing that happens."""

    def __init__(self, inner: MastodonClient, pages: int) -> None:
        self._inner = inner
        self._left = pages

    def forward(self, cursor: str) -> RawPage:
        if self._left == 0:
            raise Crash
        self._left -= 1
        return self._inner.forward(cursor)

    def recent(self) -> RawPage:
        return self._inner.recent()

    def recheck(self, external_ids: Any) -> Rechecked:
        return self._inner.recheck(external_ids)


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_s2_a_crash_between_pages_loses_and_repeats_nothing(people: Personas, server: ReplayServer, pages: int) -> None:
    fill(server.replay, 115)
    source = make_mastodon(people.shop.id, server)
    with pytest.raises(Crash):
        collect(source, client=Dying(from_settings(source.config), pages))
    assert len(items_of(people.shop.id)) == 40 * pages
    with shop_scope(people.shop.id):
        row = Collector.objects.get()
        assert row.cursor == (server.replay.ids()[40 * pages - 1] if pages else "")
        assert (row.outcome, row.claim, row.failures) == (Outcome.CRASHED, "", 1)
    report = collect_well(source)
    assert report.counts.created == 120 - 40 * pages
    external_ids = [item.external_id for item in items_of(people.shop.id)]
    assert sorted(external_ids, key=int) == server.replay.ids()


def test_s2_a_crash_inside_a_page_leaves_none_of_it(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'crash'; END $$;"
            "CREATE TRIGGER crash BEFORE INSERT ON collection_collected_item EXECUTE FUNCTION crash()"
        )
        with pytest.raises(DatabaseError):
            collect(source)
        cursor.execute("DROP TRIGGER crash ON collection_collected_item; DROP FUNCTION crash()")
    assert items_of(people.shop.id) == []
    with shop_scope(people.shop.id):
        assert Collector.objects.get().cursor == ""
    assert collect_well(source).counts.created == 5


def test_s2_a_second_collector_stands_back(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    reports = []

    class Nested(Dying):
        def forward(self, cursor: str) -> RawPage:
            reports.append(collect(source))
            return super().forward(cursor)

    first = collect(source, client=Nested(from_settings(source.config), 10))
    assert first.counts.created == 5
    assert [report.outcome for report in reports] == [None] * len(reports)
    assert len(items_of(people.shop.id)) == 5


def test_s2_a_claim_that_was_taken_over_writes_nothing_more(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)

    class Silent(Dying):
        def forward(self, cursor: str) -> RawPage:
            page = super().forward(cursor)
            later = timezone.now() + timedelta(hours=1)
            assert claim_source(source, now=later, only_if_due=False) is not None
            return page

    report = collect(source, client=Silent(from_settings(source.config), 10))
    assert report.outcome is None
    assert items_of(people.shop.id) == []
    with shop_scope(people.shop.id):
        assert Collector.objects.get().claim != ""


def test_s2_a_killed_collectors_claim_ends_by_itself(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    with shop_scope(people.shop.id):
        assert claim_source(source, now=timezone.now(), only_if_due=True) is not None
        assert collect(source).outcome is None
        assert selectors.due_source_ids(timezone.now()) == [source.public_id]
        Collector.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert collect_well(source).counts.created == 5


@pytest.mark.django_db(transaction=True)
def test_s2_two_collectors_at_once_store_each_post_once(server: ReplayServer) -> None:
    people = make_personas()
    fill(server.replay, 90)
    source = make_mastodon(people.shop.id, server)
    together = threading.Barrier(2)
    reports = []

    def work() -> None:
        try:
            together.wait(10)
            reports.append(collect(source))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 2
    assert sorted(item.external_id for item in items_of(people.shop.id)) == sorted(server.replay.ids())
    assert sum(report.counts.created for report in reports) == 95


def test_a_changed_timeline_begins_at_its_start(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server, tag="nothinghere")
    collect_well(source)
    with shop_scope(people.shop.id):
        Collector.objects.update(cursor="999999999999999999")
    update_source_config(
        shop_id=people.shop.id,
        actor_id=None,
        public_id=source.public_id,
        name=source.name,
        config={"server": server.base, "tag": TAG},
    )
    assert collect_well(source).counts.created == 5


# --- S4: what is gone is hidden ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (None, HoldReason.SOURCE_GONE),
        ({"visibility": "private"}, HoldReason.SOURCE_GONE),
        ({"visibility": "unlisted"}, HoldReason.SOURCE_SETTING),
        ({"account": {"indexable": False}}, HoldReason.SOURCE_SETTING),
        ({"account": {"noindex": True}}, HoldReason.SOURCE_SETTING),
        ({"sensitive": True}, HoldReason.SOURCE_SETTING),
        ({"quote_approval": {"automatic": [], "manual": []}}, HoldReason.SOURCE_SETTING),
    ],
)
def test_s4_what_its_author_took_back_is_unpublished_within_one_cycle(
    people: Personas, server: ReplayServer, fields: dict[str, Any] | None, reason: HoldReason
) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    rows = publish(people)
    taken_back = server.replay.ids()[1]
    if fields is None:
        server.replay.delete(taken_back)
    else:
        server.replay.edit(taken_back, **fields)
    collect_well(source)
    assert {rows[public_id] for public_id in published(people)} == set(rows.values()) - {taken_back}
    assert open_hold_reasons(people.shop.id) == [reason]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"visibility": "private"}, {"visibility": "public"}),
        ({"account": {"indexable": False}}, {"account": {"indexable": True}}),
    ],
)
def test_s4_what_its_author_put_back_shows_again(
    people: Personas, server: ReplayServer, before: dict[str, Any], after: dict[str, Any]
) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    publish(people)
    server.replay.edit(server.replay.ids()[1], **before)
    collect_well(source)
    assert len(published(people)) == 4
    server.replay.edit(server.replay.ids()[1], **after)
    with shop_scope(people.shop.id):
        CollectedItem.objects.update(checked_at=timezone.now() - timedelta(days=2))
    collect_well(source)
    assert len(published(people)) == 5
    assert open_hold_reasons(people.shop.id) == []


def test_s4_a_hold_that_a_person_opened_is_not_the_collectors_to_lift(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    server.replay.edit(server.replay.ids()[1], sensitive=True)
    collect_well(source)
    with shop_scope(people.shop.id):
        Hold.objects.update(opened_by=people.alice)
    server.replay.edit(server.replay.ids()[1], sensitive=False)
    collect_well(source)
    assert open_hold_reasons(people.shop.id) == [HoldReason.SOURCE_SETTING]


@pytest.mark.parametrize("fault", [500, 429, "truncated", "hang up", 401])
def test_s4_a_source_in_trouble_takes_nothing_down(people: Personas, server: ReplayServer, fault: int | str) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    publish(people)
    server.replay.faults.append(fault)
    assert collect(source).outcome != Outcome.OK
    assert len(published(people)) == 5


def test_s4_every_post_we_hold_is_asked_for_in_each_cycle(people: Personas, server: ReplayServer) -> None:
    fill(server.replay, 100)
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    begun = timezone.now()
    collect_well(source)
    with shop_scope(people.shop.id):
        assert CollectedItem.objects.filter(checked_at__lt=begun).count() == 0


def test_a_post_that_is_gone_is_asked_for_once_a_day(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    gone = server.replay.ids()[0]
    server.replay.delete(gone)
    assert collect_well(source).counts.gone == 1
    server.replay.requests.clear()
    assert collect_well(source).counts.gone == 0
    assert not any(gone in request for request in server.replay.requests)


# --- outcomes and the clock -------------------------------------------------------------------------


def test_a_rate_limit_is_waited_out(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    server.replay.retry_at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=4)
    server.replay.faults.append(429)
    report = collect(source)
    assert (report.outcome, report.next_run_at) == (Outcome.RATE_LIMITED, server.replay.retry_at)
    assert collect(source, only_if_due=True).outcome is None
    with shop_scope(people.shop.id):
        assert selectors.due_source_ids(timezone.now()) == []
        assert selectors.due_source_ids(server.replay.retry_at) == [source.public_id]


def test_a_nearly_used_allowance_ends_the_run_after_what_it_brought(people: Personas, server: ReplayServer) -> None:
    server.replay.remaining = ALLOWANCE_RESERVE + 1
    report = collect(make_mastodon(people.shop.id, server))
    assert report.outcome == Outcome.RATE_LIMITED
    assert report.counts.created == 5
    assert len(server.replay.requests) == 1


def test_failures_in_a_row_make_the_pauses_longer_and_a_success_ends_them(
    people: Personas, server: ReplayServer
) -> None:
    source = make_mastodon(people.shop.id, server)
    pauses = []
    for _ in range(3):
        server.replay.faults.append(503)
        report = collect(source)
        with shop_scope(people.shop.id):
            ended = selectors.runs_of(source.pk)[0].finished_at
        assert report.next_run_at is not None
        pauses.append(report.next_run_at - ended)
    assert pauses == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    with shop_scope(people.shop.id):
        assert selectors.source_statuses()[0].failures == 3
    collect_well(source)
    with shop_scope(people.shop.id):
        (status,) = selectors.source_statuses()
    assert (status.failures, status.outcome, status.counts["created"]) == (0, Outcome.OK, 5)
    assert status.last_ok_at is not None


def test_a_long_history_is_read_in_several_runs(
    people: Personas, server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.collection.services.collecting.PAGES_PER_RUN", 1)
    fill(server.replay, 80)
    source = make_mastodon(people.shop.id, server)
    assert collect(source).outcome == Outcome.MORE
    with shop_scope(people.shop.id):
        assert selectors.due_source_ids(timezone.now()) == [source.public_id]
    outcomes = [collect(source, only_if_due=True).outcome for _ in range(3)]
    assert outcomes == [Outcome.MORE, Outcome.MORE, Outcome.OK]
    assert len(items_of(people.shop.id)) == 85


def test_a_paused_source_is_left_alone_and_a_resumed_one_is_due(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    collect_well(source)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=False)
    assert collect(source).outcome is None
    assert not collect_soon(shop_id=people.shop.id, source_id=source.public_id)
    set_source_active(shop_id=people.shop.id, actor_id=None, public_id=source.public_id, active=True)
    assert collect(source, only_if_due=True).outcome is None
    assert collect_soon(shop_id=people.shop.id, source_id=source.public_id)
    assert collect(source, only_if_due=True).outcome == Outcome.OK


def test_a_source_with_half_its_settings_says_so(people: Personas, server: ReplayServer) -> None:
    report = collect(make_mastodon(people.shop.id, server, tag=""))
    assert report.outcome == Outcome.MISCONFIGURED


def test_nothing_is_collected_from_other_kinds_of_source(people: Personas) -> None:
    source = make_source(people.shop.id)
    with pytest.raises(InvalidInput):
        collect(source)


def test_only_the_newest_runs_are_kept(people: Personas, server: ReplayServer) -> None:
    source = make_mastodon(people.shop.id, server)
    now = timezone.now()
    with shop_scope(people.shop.id):
        CollectionRun.objects.bulk_create(
            CollectionRun(source=source, started_at=now, finished_at=now, outcome=Outcome.OK)
            for _ in range(RUNS_KEPT + 5)
        )
    collect_well(source)
    with shop_scope(people.shop.id):
        assert selectors.runs_of(source.pk).count() == RUNS_KEPT
        assert selectors.runs_of(source.pk)[0].counts["created"] == 5
        assert ContentItem.objects.count() == 5
