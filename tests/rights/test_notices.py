"""Notices of misuse (DSA Art. 16), checklist L7: anybody may report, plausible claims hide first, the desk decides."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content import selectors as content
from project.content.contracts import AuthorInput, MediaInput
from project.content.rules import State
from project.content.services import approve_items, record_media_ready
from project.core.audit import history_of
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights import gate, notice_rules
from project.rights.contracts import (
    Audience,
    Channel,
    HoldReason,
    NoticeCategory,
    NoticeDecision,
    NoticeState,
    Remedy,
)
from project.rights.models import Hold, LicenceEvent, LicenceItem, Notice, StatementOfReasons
from project.rights.notice_rules import Claim, Verdict
from project.rights.notices import selectors as notice_selectors
from project.rights.notices.forms import buckets
from project.rights.services import (
    appeal_notice,
    close_settled_notices,
    decide_notice,
    file_notice,
    open_hold,
    take_up_notice,
)
from project.shops.models import Mail
from tests.factories import (
    Personas,
    item_input,
    license_items,
    make_items,
    make_personas,
    make_published,
    notice_input,
    picture_comes_in,
)
from widgets.services import ensure_hosted_wall

pytestmark = pytest.mark.django_db
LONG = "This is my photograph, taken in my garden, and nobody ever asked me whether a shop may show it to people."


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def vera() -> Client:
    """A browser without an account, as strict about forged requests as the real one."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


def shows(people: Personas, item: str) -> bool:
    with shop_scope(people.shop.id):
        audience = Audience(people.shop.id, Channel.SITE, people.shop.markets, timezone.now())
        return gate.visible_items(audience).filter(public_id=item).exists()


def row_of(people: Personas, notice_id: str) -> Notice:
    with shop_scope(people.shop.id):
        return Notice.objects.select_related("hold").get(public_id=notice_id)


def letters(people: Personas, purpose: str) -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.filter(purpose=purpose).order_by("id"))


def decide(people: Personas, notice_id: str, outcome: NoticeState, **values: Any) -> None:
    reason = "lawful" if outcome == NoticeState.REJECTED else "rights_missing"
    values = {"reason": reason, "note": "We have compared both pictures.", **values}
    decide_notice(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        notice_id=notice_id,
        decision=NoticeDecision(outcome=outcome, **values),
    )


def with_picture(people: Personas) -> str:
    """A published item with a picture that has come in."""
    (item,) = make_published(people.shop.id, [item_input(media=(MediaInput(remote_url="https://m.example/1.jpg"),))])
    picture_comes_in(people.shop.id, file=f"{item}.webp")
    return item


def plausible(item: str, **values: Any) -> Any:
    return notice_input(item, **{"category": NoticeCategory.COPYRIGHT, "explanation": LONG, **values})


# --- the rules ------------------------------------------------------------------------------------------------


def test_states_lead_only_where_the_table_says() -> None:
    ends = {state for state, after in notice_rules.TRANSITIONS.items() if not after}
    assert ends == {NoticeState.CLOSED}
    assert set(notice_rules.TRANSITIONS) == set(NoticeState)
    reached = set().union(*notice_rules.TRANSITIONS.values())
    assert set(NoticeState) - reached == {NoticeState.RECEIVED}
    assert not notice_rules.may_move(NoticeState.UPHELD, NoticeState.APPEALED)
    assert set(notice_rules.OPEN) | set(notice_rules.DECIDED) | ends == set(NoticeState)


def claim(category: NoticeCategory, **values: Any) -> Claim:
    defaults = {"in_good_faith": True, "explained": notice_rules.EXPLAINED, "has_contact": True, "has_picture": True}
    return Claim(category=category, **{**defaults, **values})


@pytest.mark.parametrize("category", list(NoticeCategory))
def test_a_plausible_claim_hides_and_mere_dislike_does_not(category: NoticeCategory) -> None:
    dislike = category in {NoticeCategory.MISLEADING, NoticeCategory.OTHER}
    assert (notice_rules.verdict(claim(category)) == Verdict.HIDE) is not dislike
    by_author = claim(category, by_author=True, matches_author=True, explained=notice_rules.EXPLAINED_BY_AUTHOR)
    assert notice_rules.verdict(by_author) == Verdict.HIDE


def test_of_a_child_in_the_picture_nothing_more_is_asked() -> None:
    child = claim(NoticeCategory.CHILD_DEPICTED, explained=1, has_contact=False, held_in_shop=10**6)
    assert notice_rules.verdict(child) == Verdict.HIDE


def test_whoever_else_is_in_the_picture_says_so_in_a_sentence() -> None:
    for explained, expected in ((40, Verdict.HIDE), (39, Verdict.NOT_SUBSTANTIATED)):
        assert notice_rules.verdict(claim(NoticeCategory.PERSON_DEPICTED, explained=explained)) == expected


@pytest.mark.parametrize("category", sorted(notice_rules.DEPICTED))
def test_nobody_is_depicted_where_there_is_no_picture(category: NoticeCategory) -> None:
    assert notice_rules.verdict(claim(category, has_picture=False)) == Verdict.NOT_SUBSTANTIATED


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"explained": notice_rules.EXPLAINED - 1}, Verdict.NOT_SUBSTANTIATED),
        ({"has_contact": False}, Verdict.NOT_SUBSTANTIATED),
        ({"by_author": True, "explained": 20}, Verdict.NOT_SUBSTANTIATED),
        ({"in_good_faith": False}, Verdict.NOT_IN_GOOD_FAITH),
        ({"rejected_before": notice_rules.REJECTED_BEFORE}, Verdict.OFTEN_REJECTED),
        ({"held_today": notice_rules.HOLDS_A_DAY}, Verdict.TOO_MANY_TODAY),
        ({"held_in_shop": notice_rules.HOLDS_AN_HOUR}, Verdict.TOO_MANY_IN_SHOP),
    ],
)
def test_what_keeps_a_claim_from_hiding(values: dict[str, Any], expected: Verdict) -> None:
    assert notice_rules.verdict(claim(NoticeCategory.COPYRIGHT, **values)) == expected


def test_abuse_limits_hold_for_every_category() -> None:
    for category, count in product(NoticeCategory, ({"rejected_before": 3}, {"held_today": 3})):
        assert notice_rules.verdict(claim(category, **count)) != Verdict.HIDE


# --- filing ---------------------------------------------------------------------------------------------------


def test_l7_a_notice_is_acknowledged_decided_and_told(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    assert (filed.state, filed.hidden) == (NoticeState.ACKNOWLEDGED, True)
    assert not shows(people, item)
    (receipt,) = letters(people, "notice_received")
    assert receipt.to == "vera@example.org"
    assert f"/n/status/{filed.token}" in receipt.text
    assert "hidden while we look" in receipt.text
    take_up_notice(shop_id=people.shop.id, actor_id=people.rita.pk, notice_id=filed.public_id)
    decide(people, filed.public_id, NoticeState.UPHELD)
    row = row_of(people, filed.public_id)
    assert (row.state, row.outcome, row.reason) == ("upheld", "upheld", "rights_missing")
    (told,) = letters(people, "notice_decided")
    assert "a fixed rule hid it" in told.text
    assert "We have compared both pictures." in told.text
    assert "no automated means" in told.text
    assert "courts" in told.text
    with shop_scope(people.shop.id):
        kinds = list(LicenceEvent.objects.order_by("number").values_list("body", flat=True))
    assert [kind for kind in ("notice_received", "notice_decided") if any(f'"{kind}"' in body for body in kinds)] == [
        "notice_received",
        "notice_decided",
    ]
    assert not any("vera" in body.lower() or "photograph" in body for body in kinds)
    audit = [entry.action for entry in history_of(people.shop.id, "notice", filed.public_id)]
    assert set(audit) == {"notice.received", "notice.acknowledged", "notice.in_review", "notice.decided"}


def test_a_notice_that_may_hide_nothing_leaves_the_item_shown(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=notice_input(item))
    assert not filed.hidden
    assert shows(people, item)


def test_the_stars_play_no_part(people: Personas) -> None:
    items = make_published(people.shop.id, [item_input(rating=stars) for stars in (1, 5, None)])
    hidden = [file_notice(notice=plausible(item, email=f"v{n}@example.org")).hidden for n, item in enumerate(items)]
    assert hidden == [True, True, True]


def test_a_child_can_be_reported_without_a_name(people: Personas) -> None:
    item = with_picture(people)
    nobody = {"name": "", "email": ""}
    filed = file_notice(
        notice=notice_input(item, category=NoticeCategory.CHILD_DEPICTED, explanation="Mine.", **nobody)
    )
    assert (filed.state, filed.hidden) == (NoticeState.RECEIVED, True)
    assert letters(people, "notice_received") == []
    with pytest.raises(InvalidInput) as refused:
        file_notice(notice=notice_input(item, **nobody))
    assert set(refused.value.fields or {}) == {"name", "email"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"explanation": "  "}, "explanation"),
        ({"explanation": "x" * 5001}, "explanation"),
        ({"urls": ()}, "urls"),
        ({"urls": ("javascript:alert(1)",)}, "urls"),
        ({"urls": ("https://a.example/",) * 11}, "urls"),
        ({"email": "not an address"}, "email"),
        ({"in_good_faith": False}, "in_good_faith"),
        ({"category": "bad_review"}, "category"),
    ],
)
def test_what_art_16_asks_for_must_be_there(values: dict[str, Any], field: str, people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    with pytest.raises(InvalidInput) as refused:
        file_notice(notice=notice_input(item, **values))
    assert set(refused.value.fields or {}) == {field}
    with shop_scope(people.shop.id):
        assert not Notice.objects.exists()


def test_items_that_are_no_longer_shown_can_be_reported_and_unknown_ones_not(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    assert file_notice(notice=notice_input(item)).public_id
    for unknown in ("rev_" + "a" * 22, "wid_" + "a" * 22, "rev_", ""):
        with pytest.raises(NotFound):
            file_notice(notice=notice_input(unknown))


def test_the_authors_own_address_hides_at_once(people: Personas) -> None:
    author = AuthorInput(external_id="ana", display_name="Ana", email="Ana@example.org")
    (item,) = make_published(people.shop.id, [item_input(author=author)])
    mine = {"category": NoticeCategory.OTHER, "by_author": True, "explanation": "I want it gone, please."}
    assert not file_notice(notice=notice_input(item, **mine, email="eve@example.org")).hidden
    assert file_notice(notice=notice_input(item, **mine, email="ana@EXAMPLE.org")).hidden


def test_whoever_was_often_wrong_no_longer_hides_anything(people: Personas) -> None:
    items = make_published(people.shop.id, notice_rules.REJECTED_BEFORE + 1)
    for number, item in enumerate(items[:-1]):
        filed = file_notice(notice=plausible(item, email=f"v{number}@example.org"), visitor="192.0.2.1")
        decide(people, filed.public_id, NoticeState.REJECTED)
    assert all(shows(people, item) for item in items)
    again = file_notice(notice=plausible(items[-1], email="other@example.org"), visitor="192.0.2.1")
    assert not again.hidden
    elsewhere = file_notice(notice=plausible(items[-1], email="another@example.org"), visitor="192.0.2.99")
    assert elsewhere.hidden


def test_one_visitor_hides_so_many_a_day_and_the_desk_looks_at_the_rest(people: Personas) -> None:
    items = make_published(people.shop.id, notice_rules.HOLDS_A_DAY + 1)
    hidden = [
        file_notice(notice=plausible(item, email=f"v{n}@example.org"), visitor="192.0.2.1").hidden
        for n, item in enumerate(items)
    ]
    assert hidden == [True] * notice_rules.HOLDS_A_DAY + [False]
    with shop_scope(people.shop.id):
        Notice.objects.update(received_at=timezone.now() - timedelta(days=1, minutes=1))
    assert file_notice(notice=plausible(items[-1]), visitor="192.0.2.1").hidden


def test_a_wave_of_notices_hides_so_many_an_hour_and_the_rest_is_said_loudly(people: Personas) -> None:
    """Each from another network and another address, which cost nothing."""
    ids = make_published(people.shop.id, notice_rules.HOLDS_AN_HOUR + 2)
    hidden = [
        file_notice(notice=plausible(item, email=f"v{n}@example.org"), visitor=f"192.0.2.{n}").hidden
        for n, item in enumerate(ids)
    ]
    assert hidden == [True] * notice_rules.HOLDS_AN_HOUR + [False] * 2
    assert shows(people, ids[-1])
    nobody = {"name": "", "email": "", "category": NoticeCategory.CHILD_DEPICTED, "explanation": "Mine."}
    assert file_notice(notice=notice_input(with_picture(people), **nobody), visitor="198.51.100.7").hidden
    with shop_scope(people.shop.id):
        assert notice_selectors.not_hidden_for_their_number() == 2
        last = Notice.objects.get(item__public_id=ids[-1]).public_id
    decide(people, last, NoticeState.REJECTED)
    with shop_scope(people.shop.id):
        assert notice_selectors.not_hidden_for_their_number() == 1
        Hold.objects.update(opened_at=timezone.now() - timedelta(hours=1, seconds=1))
    assert file_notice(notice=plausible(ids[-1], email="late@example.org"), visitor="192.0.2.200").hidden


def test_no_address_of_a_visitor_is_kept(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    row = row_of(people, file_notice(notice=plausible(item), visitor="192.0.2.1").public_id)
    other = make_published(people.other_shop.id)[0]
    file_notice(notice=plausible(other), visitor="192.0.2.1")
    with shop_scope(people.other_shop.id):
        theirs = Notice.objects.get().visitor_hash
    assert len(row.visitor_hash) == 64
    assert row.visitor_hash != theirs, "two shops cannot compare their visitors"
    with shop_scope(people.shop.id):
        Notice.objects.update(state=NoticeState.REJECTED, decided_at=timezone.now() - timedelta(days=184))
    assert close_settled_notices(shop_id=people.shop.id) == 1
    row = row_of(people, row.public_id)
    assert (row.state, row.visitor_hash) == ("closed", "")
    assert close_settled_notices(shop_id=people.shop.id) == 0


def test_a_hold_of_staff_stays_theirs(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    open_hold(shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, reason=HoldReason.DISPUTE)
    filed = file_notice(notice=plausible(item))
    assert not filed.hidden, "it was hidden before"
    decide(people, filed.public_id, NoticeState.REJECTED)
    assert not shows(people, item)


# --- deciding -------------------------------------------------------------------------------------------------


def test_upheld_means_down_and_the_hold_has_done_its_work(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    decide(people, filed.public_id, NoticeState.UPHELD)
    with shop_scope(people.shop.id):
        row = Notice.objects.select_related("item", "hold").get()
        assert row.item.state == State.TAKEN_DOWN
        assert row.hold is not None
        assert row.hold.closed_at is not None
    assert not shows(people, item)


def test_the_authors_wish_ends_every_permission(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    decide(people, filed.public_id, NoticeState.UPHELD, remedy=Remedy.WITHDRAW)
    with shop_scope(people.shop.id):
        covered = LicenceItem.objects.select_related("licence").get()
        assert (covered.end_reason, covered.licence.ended_through) == ("author", "notice")
    assert not shows(people, item)


def test_a_pending_item_is_rejected_and_one_that_is_down_stays_down(people: Personas) -> None:
    pending, gone = make_items(people.shop.id, [item_input(), item_input()])
    for item in (pending, gone):
        decide(people, file_notice(notice=plausible(item)).public_id, NoticeState.UPHELD)
    decide(people, file_notice(notice=plausible(gone, email="o@example.org")).public_id, NoticeState.UPHELD)
    with shop_scope(people.shop.id):
        assert set(Notice.objects.values_list("item__state", flat=True)) == {State.REJECTED}


def test_rejected_means_it_shows_again(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    decide(people, filed.public_id, NoticeState.REJECTED)
    assert shows(people, item)


def test_an_item_stays_hidden_while_another_notice_waits(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    first = file_notice(notice=plausible(item))
    second = file_notice(notice=plausible(item, email="other@example.org"))
    with shop_scope(people.shop.id):
        assert Hold.objects.count() == 1
    decide(people, first.public_id, NoticeState.REJECTED)
    assert not shows(people, item)
    decide(people, second.public_id, NoticeState.REJECTED)
    assert shows(people, item)


def test_upheld_in_part_takes_the_picture_and_leaves_the_words(people: Personas) -> None:
    picture = MediaInput(remote_url="https://m.example/1.jpg")
    (item,) = make_items(people.shop.id, [item_input(media=(picture,))])
    with shop_scope(people.shop.id):
        media = content.pending_media().get().public_id
    record_media_ready(shop_id=people.shop.id, public_id=media, file="a.webp", width=1, height=1, sha256="0" * 64)
    license_items(people.shop.id, [item], people_depicted="none", third_party_works="none")
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    filed = file_notice(notice=plausible(item))
    with pytest.raises(InvalidInput) as refused:
        decide(people, filed.public_id, NoticeState.PARTLY)
    assert "parts" in (refused.value.fields or {})
    decide(people, filed.public_id, NoticeState.PARTLY, media_ids=(media,))
    assert shows(people, item)
    with shop_scope(people.shop.id):
        row = content.item_by_public_id(item)
        assert row is not None
        assert content.approved_media_of([row.pk]) == {}


def test_upheld_in_part_ends_the_permissions_that_were_ticked(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    with shop_scope(people.shop.id):
        licence = LicenceItem.objects.get().licence.public_id
    filed = file_notice(notice=plausible(item))
    decide(people, filed.public_id, NoticeState.PARTLY, licence_ids=(licence,))
    assert not shows(people, item)
    with shop_scope(people.shop.id):
        assert LicenceItem.objects.select_related("licence").get().licence.ended_through == "notice"


@pytest.mark.parametrize(
    "values",
    [{"reason": "lawful"}, {"reason": "bad_review"}, {"note": " "}, {"outcome": NoticeState.IN_REVIEW}],
)
def test_a_decision_says_why(values: dict[str, Any], people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    with pytest.raises(InvalidInput):
        decide(people, filed.public_id, **{"outcome": NoticeState.UPHELD, **values})
    assert row_of(people, filed.public_id).state == NoticeState.ACKNOWLEDGED


def test_of_two_who_decide_one_wins_and_the_other_is_told(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    take_up_notice(shop_id=people.shop.id, actor_id=people.alice.pk, notice_id=filed.public_id)
    with pytest.raises(Conflict):
        take_up_notice(shop_id=people.shop.id, actor_id=people.rita.pk, notice_id=filed.public_id)
    decide(people, filed.public_id, NoticeState.REJECTED)
    with pytest.raises(Conflict) as told:
        decide(people, filed.public_id, NoticeState.UPHELD)
    assert told.value.code == "already_decided"
    assert "Rita" in told.value.message
    assert shows(people, item)


def test_charlie_decides_nothing_of_alices(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    decision = NoticeDecision(outcome=NoticeState.REJECTED, reason="lawful", note="Mine.")
    with pytest.raises(NotFound):
        decide_notice(
            shop_id=people.other_shop.id, actor_id=people.charlie.pk, notice_id=filed.public_id, decision=decision
        )
    with pytest.raises(NotFound):
        file_notice(notice=plausible(item), only_shop=people.other_shop.id)


# --- the appeal -----------------------------------------------------------------------------------------------


def test_the_sender_asks_once_for_another_look_and_that_decision_is_the_last(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    with pytest.raises(Conflict):
        appeal_notice(token=filed.token, appeal="Too early.")
    decide(people, filed.public_id, NoticeState.REJECTED)
    with pytest.raises(InvalidInput):
        appeal_notice(token=filed.token, appeal=" ")
    appeal_notice(token=filed.token, appeal="Look at the second picture.")
    assert row_of(people, filed.public_id).state == NoticeState.APPEALED
    decide(people, filed.public_id, NoticeState.UPHELD)
    row = row_of(people, filed.public_id)
    assert (row.state, row.outcome) == ("closed", "upheld")
    assert not shows(people, item)
    with pytest.raises(Conflict) as late:
        appeal_notice(token=filed.token, appeal="Again.")
    assert late.value.code == "notice_closed"


def test_after_six_months_it_is_too_late(people: Personas) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    decide(people, filed.public_id, NoticeState.REJECTED)
    with shop_scope(people.shop.id):
        Notice.objects.update(decided_at=timezone.now() - timedelta(days=notice_rules.APPEAL_DAYS))
    with pytest.raises(Conflict):
        appeal_notice(token=filed.token, appeal="Late.")


# --- the pages ------------------------------------------------------------------------------------------------


def form_values(page: str, **values: Any) -> dict[str, Any]:
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    assert seal is not None
    return {
        "seal": seal[1],
        "category": "copyright",
        "explanation": LONG,
        "urls": "https://www.linden.example/a\nhttps://www.linden.example/b",
        "name": "Vera Lund",
        "email": "vera@example.org",
        "in_good_faith": "yes",
        **values,
    }


def test_anybody_reports_without_an_account_a_cookie_or_a_script(people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    address = reverse("notices:form", args=[item])
    shown = vera.get(address)
    page = shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "script-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert not shown.cookies
    assert "checked" not in page, "nothing is ticked beforehand"
    with shop_scope(people.shop.id):
        assert not Notice.objects.exists()
    sent = vera.post(address, form_values(page))
    assert sent.status_code == 303
    status = vera.get(sent.headers["Location"]).content.decode()
    assert "hidden while we look" in status
    assert "https://www.linden.example/b" in status
    assert not shows(people, item)
    row = row_of(people, re.findall(r"ntc_\w{22}", status)[0])
    assert row.url.splitlines() == ["https://www.linden.example/a", "https://www.linden.example/b"]


def test_the_form_knows_where_the_item_stands(people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id, [item_input(text="Warm and soft.")])
    wall = ensure_hosted_wall(shop_id=people.shop.id)
    page = vera.get(reverse("notices:form", args=[item])).content.decode()
    assert f"/w/{wall}/?item={item}" in page
    assert "Warm and soft." in page


def test_what_is_not_shown_is_not_told_by_the_form_either(people: Personas, vera: Client) -> None:
    (item,) = make_items(people.shop.id, [item_input(text="A secret draft.")])
    shown = vera.get(reverse("notices:form", args=[item]))
    assert shown.status_code == 200
    assert "A secret draft." not in shown.content.decode()
    assert vera.get(reverse("notices:form", args=["rev_" + "a" * 22])).status_code == 404


def test_a_form_that_says_too_little_comes_back_filled_in(people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    address = reverse("notices:form", args=[item])
    values = form_values(vera.get(address).content.decode(), email="", in_good_faith="")
    again = vera.post(address, values)
    page = again.content.decode()
    assert again.status_code == 400
    assert LONG in page
    assert 'id="wrong-email"' in page
    assert 'id="wrong-in_good_faith"' in page


@pytest.mark.parametrize("values", [{"homepage": "https://spam.example"}, {"seal": "forged"}, {"seal": ""}])
def test_programs_and_forged_forms_file_nothing(values: dict[str, str], people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    address = reverse("notices:form", args=[item])
    values = form_values(vera.get(address).content.decode()) | values
    assert vera.post(address, values).status_code == 400
    with shop_scope(people.shop.id):
        assert not Notice.objects.exists()


def test_a_form_of_another_item_or_another_visitor_files_nothing(people: Personas, vera: Client) -> None:
    item, other = make_published(people.shop.id, 2)
    values = form_values(vera.get(reverse("notices:form", args=[other])).content.decode())
    assert vera.post(reverse("notices:form", args=[item]), values).status_code == 400
    elsewhere = vera.post(reverse("notices:form", args=[other]), values, REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 400


def test_a_visitor_who_sends_many_is_asked_to_wait(people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    address = reverse("notices:form", args=[item])
    values = form_values(vera.get(address).content.decode(), category="other")
    answers = [vera.post(address, values).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    last = vera.post(address, values)
    assert int(last.headers["Retry-After"]) >= 1
    assert LONG in last.content.decode()


def test_the_private_page_shows_the_decision_and_takes_the_appeal(people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    filed = file_notice(notice=plausible(item))
    address = reverse("notices:status", args=[filed.token])
    decide(people, filed.public_id, NoticeState.REJECTED)
    page = vera.get(address).content.decode()
    assert "Your notice is rejected" in page
    assert "We have compared both pictures." in page
    assert row_of(people, filed.public_id).state == NoticeState.REJECTED, "looking changes nothing"
    assert vera.post(address, {"appeal": ""}).status_code == 400
    assert vera.post(address, {"appeal": "Look again."}).status_code == 303
    assert "Look again." in vera.get(address).content.decode()
    assert vera.post(address, {"appeal": "And again."}).status_code == 409
    assert vera.get(reverse("notices:status", args=["unknown"])).status_code == 404


@pytest.mark.parametrize("language", ["en", "da", "nl", "de"])
def test_the_pages_speak_the_readers_language(language: str, people: Personas, vera: Client) -> None:
    (item,) = make_published(people.shop.id)
    address = reverse("notices:form", args=[item])
    shown = vera.get(address, headers={"Accept-Language": language})
    assert shown.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in shown.content.decode()
    chosen = vera.get(f"{address}?lang={language}", headers={"Accept-Language": "fr"})
    assert f'<html lang="{language}">' in chosen.content.decode()


def test_the_desk_of_statements_is_empty_before_anything_is_restricted(people: Personas) -> None:
    make_published(people.shop.id)
    relay_shop(people.shop.id)
    with shop_scope(people.shop.id):
        assert not StatementOfReasons.objects.exists()
