"""The gate: one example of each rule, then every generated state against the pure rule."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.content import selectors as content
from project.content.models import ContentItem, Media
from project.content.rules import BLANK, CreditKind, State
from project.content.services import approve_items
from project.core.errors import InvalidInput
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import Audience, Basis, Channel, EndReason, GateQuery, HoldReason, LicenceState
from project.rights.models import Hold, Licence, LicenceItem
from project.rights.rules import WORLDWIDE, ItemFacts, LicenceFacts, may_show, may_show_picture, may_show_somewhere
from project.rights.services import close_hold, grant_licence, open_hold, withdraw_item, withdraw_licence
from tests.factories import (
    Personas,
    item_input,
    later,
    license_items,
    make_items,
    make_personas,
    make_product,
    make_published,
    terms,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHOWN_PICTURES = ("a" * 64, "b" * 64)
UNSEEN_PICTURE = "c" * 64  # by staff


def site(shop_id: int, *markets: str, channel: Channel = Channel.SITE, **values: Any) -> Audience:
    return Audience(shop_id, channel, markets or ("DK",), values.pop("at", datetime.now(UTC)), **values)


def shown(audience: Audience, query: GateQuery | None = None) -> list[str]:
    return [item.id for item in gate.published(audience, query).items]


def test_what_is_approved_and_licensed_is_published() -> None:
    people = make_personas()
    ids = make_published(people.shop.id, 2)
    assert sorted(shown(site(people.shop.id))) == sorted(ids)


def test_what_is_pending_or_unlicensed_is_not() -> None:
    people = make_personas()
    pending = make_items(people.shop.id, [item_input()])
    license_items(people.shop.id, pending)
    unlicensed = make_items(people.shop.id, [item_input()])
    with shop_scope(people.shop.id):
        ContentItem.objects.filter(public_id__in=unlicensed).update(state=State.APPROVED)
    assert shown(site(people.shop.id)) == []


def test_a_licence_holds_only_for_its_channels_markets_and_time() -> None:
    people = make_personas()
    make_published(people.shop.id, 1, channels=(Channel.SITE,), markets=("DK", "SE"), ends_at=later(days=2))
    assert len(shown(site(people.shop.id, "DK", "SE"))) == 1
    assert shown(site(people.shop.id, "DK", "NO")) == []
    assert shown(site(people.shop.id, "*")) == []
    assert shown(site(people.shop.id, channel=Channel.EMAIL)) == []
    assert shown(site(people.shop.id, at=later(days=3))) == []
    assert shown(site(people.shop.id, also=(Channel.AI_ASSISTANT,))) == []


def test_an_item_says_until_when_it_may_be_shown() -> None:
    people = make_personas()
    end = later(days=2)
    make_published(people.shop.id, 1, ends_at=end)
    (item,) = gate.published(site(people.shop.id)).items
    assert item.shown_until == end
    with shop_scope(people.shop.id):
        assert gate.next_change(site(people.shop.id)) == end


def test_an_open_hold_hides_and_lifting_it_shows_again() -> None:
    people = make_personas()
    (item_id,) = make_published(people.shop.id)
    hold = open_hold(shop_id=people.shop.id, actor_id=None, item_id=item_id, reason=HoldReason.DISPUTE)
    assert shown(site(people.shop.id)) == []
    close_hold(shop_id=people.shop.id, actor_id=None, hold_id=hold)
    assert shown(site(people.shop.id)) == [item_id]


def test_one_authors_withdrawal_ends_one_row_of_an_import() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [item_input(), item_input()])
    licence = license_items(people.shop.id, ids)
    with shop_scope(people.shop.id):
        ContentItem.objects.update(state=State.APPROVED)
    withdraw_item(shop_id=people.shop.id, actor_id=None, item_id=ids[0], reason=EndReason.AUTHOR)
    assert shown(site(people.shop.id)) == [ids[1]]
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence.public_id, reason=EndReason.STAFF)
    assert shown(site(people.shop.id)) == []


def test_another_shops_scope_cannot_ask_for_this_shop() -> None:
    people = make_personas()
    make_published(people.shop.id)
    assert shown(site(people.other_shop.id)) == []
    with shop_scope(people.other_shop.id), pytest.raises(ValueError, match="not the shop in scope"):
        gate.visible_ids(site(people.shop.id))


def test_aggregate_covers_everything_published_whatever_the_page() -> None:
    people = make_personas()
    make_published(people.shop.id, [item_input(rating=stars) for stars in (5, 5, 4, 1)])
    make_items(people.shop.id, [item_input(rating=1)])
    counts = gate.aggregate(site(people.shop.id), GateQuery(limit=1))
    assert (counts.total, counts.rated, float(counts.average or 0)) == (4, 4, 3.75)
    assert counts.histogram == {1: 1, 2: 0, 3: 0, 4: 1, 5: 2}


@pytest.mark.parametrize("order", ["newest", "helpful", "highest", "lowest", "given"])
def test_pages_neither_repeat_nor_skip(order: str) -> None:
    people = make_personas()
    inputs = [
        item_input(
            rating=(None, 1, 5)[n % 3], helpful=n % 4, occurred_at=NOW - timedelta(days=n // 2) if n % 3 else None
        )
        for n in range(11)
    ]
    ids = make_published(people.shop.id, inputs)
    seen: list[str] = []
    cursor = ""
    while True:
        query = GateQuery(order=order, limit=3, cursor=cursor, item_ids=tuple(ids) if order == "given" else None)
        page = gate.published(site(people.shop.id), query)
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == sorted(ids)
    if order == "given":
        assert seen == ids


def test_among_undated_items_the_one_approved_last_comes_first() -> None:
    people = make_personas()
    waiting, *others = make_items(people.shop.id, [item_input() for _ in range(3)])
    license_items(people.shop.id, [waiting, *others])
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=others)
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[waiting])
    dated = make_published(people.shop.id, [item_input(occurred_at=NOW - timedelta(days=900))])
    assert shown(site(people.shop.id)) == [*dated, waiting, *reversed(others)]


@pytest.mark.parametrize("cursor", ["x", "bm8", "WyJoZWxwZnVsIiwxLDJd", "W10", "eyJhIjoxfQ"])
def test_a_foreign_cursor_is_refused_with_a_sentence(cursor: str) -> None:
    people = make_personas()
    with pytest.raises(InvalidInput, match="first page"):
        gate.published(site(people.shop.id), GateQuery(cursor=cursor))


def test_a_product_or_category_restricts() -> None:
    people = make_personas()
    product = make_product(people.shop.id, "Knit top", category="Knits")
    ids = make_published(people.shop.id, [item_input(product_external_id="knit-top"), item_input()])
    assert shown(site(people.shop.id), GateQuery(product_id=product)) == [ids[0]]
    assert shown(site(people.shop.id), GateQuery(category="Knits")) == [ids[0]]


# --- every combination of states against the pure rule --------------------------------------------

moments = st.sampled_from([NOW - timedelta(days=9), NOW, NOW + timedelta(seconds=1), NOW + timedelta(days=9)])
ends = st.none() | moments
markets = st.lists(st.sampled_from(["DK", "SE", "*"]), max_size=2, unique=True).map(tuple)
channels = st.lists(
    st.sampled_from([Channel.SITE, Channel.AI_ASSISTANT, Channel.EMAIL]), min_size=1, max_size=3, unique=True
).map(tuple)


def without_version_all_pictures(facts: LicenceFacts) -> LicenceFacts:
    """A row that records no version names no pictures either."""
    return facts if facts.version else replace(facts, pictures=None)


versions = st.sampled_from([None, 1, 2, 2])
pictures = st.none() | st.frozensets(st.sampled_from(SHOWN_PICTURES))
licences = st.builds(
    LicenceFacts,
    channels=channels.map(lambda found: tuple(channel.value for channel in found)),
    markets=markets,
    starts_at=moments,
    ends_at=ends,
    ended=st.booleans(),
    active=st.booleans(),
    version=versions,
    pictures=pictures,
).map(without_version_all_pictures)
items = st.builds(
    ItemFacts,
    state=st.sampled_from([State.APPROVED, State.APPROVED, *State]),
    credit_kind=st.sampled_from([CreditKind.CUSTOMER, *CreditKind]),
    credit_name=st.sampled_from(["", *BLANK, BLANK, "Ana", "\u200bAna\xa0"]),
    valid_until=ends,
    open_holds=st.sampled_from([0, 0, 0, 1]),
    source_may_republish=st.sampled_from([True, True, False]),
    source_in_assistant=st.sampled_from([True, True, False]),
    licences=st.lists(licences, max_size=3).map(tuple),
    version=st.sampled_from([1, 2]),
)
# Of freely drawn states hardly any comes as far as channels and terms: half of the examples are drawn from these.
running = st.builds(
    LicenceFacts,
    channels=channels.map(lambda found: tuple(channel.value for channel in found)),
    markets=markets,
    starts_at=st.just(NOW),
    ends_at=st.sampled_from([None, NOW, NOW + timedelta(days=9)]),
    ended=st.just(False),
    version=versions,
    pictures=pictures,
).map(without_version_all_pictures)
nearly_shown = st.builds(
    ItemFacts,
    state=st.just(State.APPROVED),
    credit_kind=st.just(CreditKind.CUSTOMER),
    credit_name=st.just(""),
    valid_until=st.none(),
    open_holds=st.just(0),
    source_may_republish=st.booleans(),
    source_in_assistant=st.booleans(),
    licences=st.lists(running, max_size=2).map(tuple),
    version=st.just(2),
)


@contextmanager
def rolled_back() -> Iterator[None]:
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def store(facts: ItemFacts) -> str:
    row = ContentItem.objects.latest("id")
    row.source.may_republish, row.source.in_assistant = facts.source_may_republish, facts.source_in_assistant
    row.source.save()
    ContentItem.objects.filter(pk=row.pk).update(
        state=facts.state,
        credit_kind=facts.credit_kind,
        credit_name=facts.credit_name,
        valid_until=facts.valid_until,
        version=facts.version,
    )
    Hold.objects.create(public_id=f"hld_was_{row.pk}", item=row, reason=HoldReason.DISPUTE, closed_at=NOW)
    for _ in range(facts.open_holds):
        Hold.objects.create(public_id=f"hld_{row.pk}", item=row, reason=HoldReason.LEGAL)
    for number, licence in enumerate(facts.licences):
        stored = Licence.objects.create(
            public_id=f"lic_{number}",
            # An author's answer names the pictures that they saw; what the shop recorded covers the version's.
            basis=Basis.OWNED if licence.pictures is None else Basis.REQUEST,
            state=LicenceState.ACTIVE if licence.active else LicenceState.PREPARING,
            channels=list(licence.channels),
            markets=list(licence.markets),
            starts_at=licence.starts_at,
            ends_at=licence.ends_at,
        )
        # A licence ends for one item or as a whole: the rule sees one fact, the tables hold two.
        whole = licence.ended and number % 2 == 0
        if whole:
            Licence.objects.filter(pk=stored.pk).update(ended_at=NOW)
        ended_at = NOW if licence.ended and not whole else None
        LicenceItem.objects.create(
            licence=stored,
            item=row,
            ended_at=ended_at,
            item_version=licence.version,
            media_sha256=sorted(licence.pictures or ()),
        )
    return row.public_id


@pytest.fixture
def one_item(db: None) -> Personas:
    """A shop with one item, made once: every example changes it and is rolled back."""
    people = make_personas()
    make_items(people.shop.id, [item_input()])
    with shop_scope(people.shop.id):
        row = ContentItem.objects.latest("id")
        for position, sha256 in enumerate((*SHOWN_PICTURES, UNSEEN_PICTURE)):
            Media.objects.create(
                public_id=f"med_{position}",
                item=row,
                position=position,
                state=Media.READY,
                approved=sha256 != UNSEEN_PICTURE,
                file=f"{sha256}.webp",
                sha256=sha256,
            )
    return people


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=items | nearly_shown, wanted=channels, audience_markets=markets)
def test_no_combination_of_states_leaks_and_sql_equals_the_pure_rule(
    one_item: Personas, facts: ItemFacts, wanted: tuple[Channel, ...], audience_markets: tuple[str, ...]
) -> None:
    people = one_item
    with rolled_back():
        audience = Audience(people.shop.id, wanted[0], audience_markets, NOW, also=wanted[1:])
        with shop_scope(people.shop.id):
            public_id = store(facts)
            told = selectors.verdicts(content.item_by_public_id(public_id), [audience])
        verdict = may_show(facts, audience)
        assert told == [verdict]
        found = gate.published(audience).items
        assert [item.id for item in found] == ([public_id] if verdict.allowed else [])
        assert gate.aggregate(audience).total == len(found)
        with shop_scope(people.shop.id):
            assert [row["pk"] for row in gate.visible_ids(audience)] == [item.pk for item in found]
        if verdict.allowed:
            assert found[0].shown_until == verdict.shown_until
            pictures = [f"{sha256}.webp" for sha256 in SHOWN_PICTURES if may_show_picture(facts, audience, sha256)]
            assert [picture.file for picture in found[0].media] == pictures


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=items | nearly_shown)
def test_what_is_shown_somewhere_is_what_some_audience_may_see_and_sql_equals_the_pure_rule(
    one_item: Personas, facts: ItemFacts
) -> None:
    shop_id = one_item.shop.id
    audiences = [
        Audience(shop_id, channel, (market,), NOW) for channel in Channel for market in ("DK", "SE", WORLDWIDE)
    ]
    somewhere = any(may_show(facts, audience).allowed for audience in audiences)
    assert may_show_somewhere(facts, NOW) is somewhere
    with rolled_back():
        with shop_scope(shop_id):
            store(facts)
            item_pk = ContentItem.objects.latest("id").pk
        assert gate.is_shown_somewhere(item_pk, shop_id, NOW) is somewhere
        for sha256 in SHOWN_PICTURES:
            anywhere = any(may_show_picture(facts, audience, sha256) for audience in audiences)
            assert gate.is_picture_shown(f"{sha256}.webp", shop_id, NOW) is anywhere
        assert not gate.is_picture_shown(f"{UNSEEN_PICTURE}.webp", shop_id, NOW)


def test_an_item_that_no_permitted_channel_is_licensed_for_is_shown_nowhere() -> None:
    people = make_personas()
    (item_id,) = make_published(people.shop.id, 1, channels=(Channel.AI_ASSISTANT,))
    with shop_scope(people.shop.id):
        item = ContentItem.objects.get(public_id=item_id)
    assert gate.is_shown_somewhere(item.pk, people.shop.id, datetime.now(UTC))
    with shop_scope(people.shop.id):
        item.source.in_assistant = False
        item.source.save()
    assert not gate.is_shown_somewhere(item.pk, people.shop.id, datetime.now(UTC))


def test_by_what_right_words_stand_is_said_for_the_markets_that_ask() -> None:
    shop_id = make_personas().shop.id
    (item,) = make_published(shop_id, [item_input()], markets=("DK",))
    grant_licence(shop_id=shop_id, actor_id=None, basis=Basis.OWNED, item_ids=[item], terms=terms(markets=("DE",)))
    with shop_scope(shop_id):
        for markets, bases in ((("DK",), {"open_licence"}), (("DE",), {"owned"}), (("DK", "DE"), set()), ((), set())):
            audience = Audience(shop_id, Channel.SITE, markets, datetime.now(UTC))
            assert selectors.bases_of([item], audience) == bases
