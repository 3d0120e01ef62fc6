"""What authors answer in public: a yes becomes a licence, a no ends one, and what is unclear waits for a person."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from project.content.models import Media
from project.core.errors import Conflict, NotFound
from project.core.scope import shop_scope
from project.rights import selectors
from project.rights.contracts import (
    AuthorChoice,
    Channel,
    ConsentWay,
    PublicReply,
    ReplyVerdict,
    RequestState,
    SendingWay,
    WithdrawalRoute,
)
from project.rights.models import ConsentRecord, Licence, LicenceEvent, RequestReply
from project.rights.services import (
    Reading,
    grant_request,
    record_reply,
    send_request,
    settle_reply,
)
from project.rights.services.schedule import note_silence
from tests.factories import Personas, license_items, make_personas
from tests.rights.asking import Network, answer, ask, history, make_post, network, request_row, sent_ago, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def net() -> Iterator[Network]:
    with network() as sender:
        yield sender


@pytest.fixture
def item(people: Personas, net: Network) -> str:
    return make_post(people)


@pytest.fixture
def request_id(people: Personas, net: Network, item: str) -> str:
    """A question that stands under Ana's post."""
    return asked(people, item)


def asked(people: Personas, item: str, **values: Any) -> str:
    made = ask(people, item, SendingWay.PUBLIC_REPLY, **values)
    assert send_request(shop_id=people.shop.id, request_id=made.public_id)
    return made.public_id


def record(people: Personas, request_id: str, reply: PublicReply) -> ReplyVerdict:
    return record_reply(shop_id=people.shop.id, request_id=request_id, reply=reply)


def state(people: Personas, request_id: str) -> str:
    return request_row(people, request_id).state


def licences(people: Personas) -> list[Licence]:
    with shop_scope(people.shop.id):
        return list(Licence.objects.order_by("id"))


def events(people: Personas) -> list[dict[str, Any]]:
    with shop_scope(people.shop.id):
        return [json.loads(body) for body in LicenceEvent.objects.order_by("number").values_list("body", flat=True)]


def kinds(people: Personas) -> list[str]:
    return [event["type"] for event in events(people)]


def test_a_yes_becomes_a_licence_for_what_was_asked_and_no_more(people: Personas, item: str, request_id: str) -> None:
    said = answer(people, request_id, "Of course! #YesLinden")
    assert record(people, request_id, said) is ReplyVerdict.GRANTED
    (licence,) = licences(people)
    assert licence.channels == ["site", "organic_social"]
    assert (licence.exclusive, licence.sublicensable, licence.revocable, licence.basis) == (
        False,
        False,
        True,
        "request",
    )
    row = request_row(people, request_id)
    assert (row.state, row.licence_id) == (RequestState.GRANTED, licence.pk)
    assert licence.terms_sha256 == row.terms_sha256
    assert licence.attribution_text == row.item.credit_name
    assert shown(people) == [item]
    assert shown(people, Channel.PRODUCT_PAGE) == []
    with shop_scope(people.shop.id):
        kept, consent = RequestReply.objects.get(), ConsentRecord.objects.get()
    assert kept.payload == said.payload
    assert len(kept.payload_sha256) == 64
    assert (consent.way, consent.page_sha256) == (ConsentWay.PUBLIC_REPLY, row.message_sha256)
    assert kinds(people) == ["asked", "granted", "consented"]
    assert "Of course" not in json.dumps(events(people))
    assert history(people, item)[-1] == "request.granted"


def test_the_same_reply_again_changes_nothing(people: Personas, request_id: str) -> None:
    said = answer(people, request_id, "#yeslinden")
    for _ in range(3):
        assert record(people, request_id, said) is ReplyVerdict.GRANTED
    assert len(licences(people)) == 1
    assert kinds(people).count("granted") == 1


@pytest.mark.parametrize(
    ("text", "values", "verdict", "left"),
    [
        ("#yeslinden", {"account_id": "somebody else"}, ReplyVerdict.NOT_THE_AUTHOR, RequestState.SENT),
        ("#yeslindenx", {}, ReplyVerdict.UNCLEAR, RequestState.REPLIED_UNCLEAR),
        ("“#yeslinden”?", {}, ReplyVerdict.UNCLEAR, RequestState.REPLIED_UNCLEAR),
        ("#yeslinden", {"thread_id": "elsewhere"}, ReplyVerdict.UNCLEAR, RequestState.REPLIED_UNCLEAR),
        ("#yeslinden", {"edited_at": timezone.now()}, ReplyVerdict.UNCLEAR, RequestState.REPLIED_UNCLEAR),
        ("Yes, gladly", {}, ReplyVerdict.UNCLEAR, RequestState.REPLIED_UNCLEAR),
    ],
    ids=["another account", "extra letters", "in a quote", "another thread", "by edit", "other words"],
)
def test_r2_what_is_no_exact_yes_grants_nothing(
    people: Personas, request_id: str, text: str, values: dict[str, Any], verdict: ReplyVerdict, left: RequestState
) -> None:
    assert record(people, request_id, answer(people, request_id, text, **values)) is verdict
    assert (state(people, request_id), licences(people), shown(people)) == (left, [], [])
    # The same road with the real thing.
    assert record(people, request_id, answer(people, request_id, "#yeslinden")) is ReplyVerdict.GRANTED


def test_r2_a_reply_from_before_the_question_is_no_answer_at_all(people: Personas, request_id: str) -> None:
    row = request_row(people, request_id)
    assert row.sent_at is not None
    early = answer(people, request_id, "#yeslinden", written_at=row.sent_at - timedelta(seconds=1))
    assert record(people, request_id, early) is ReplyVerdict.UNCLEAR
    assert (state(people, request_id), licences(people)) == (RequestState.SENT, [])


def test_r2_nobody_grants_in_public_what_was_asked_in_private(people: Personas, item: str) -> None:
    made = ask(people, item)
    assert record(people, made.public_id, answer(people, made.public_id, "#yeslinden")) is ReplyVerdict.UNCLEAR
    assert licences(people) == []


def test_r2_another_accounts_reply_is_noted_without_its_words(people: Personas, request_id: str) -> None:
    record(people, request_id, answer(people, request_id, "Nice post", account_id="bea"))
    record(people, request_id, answer(people, request_id, "I say #yeslinden for her", account_id="bea"))
    with shop_scope(people.shop.id):
        (kept,) = RequestReply.objects.all()
    assert (kept.verdict, kept.payload) == (ReplyVerdict.NOT_THE_AUTHOR, {})


def test_r2_an_edit_that_adds_the_hashtag_waits_for_a_person(people: Personas, request_id: str) -> None:
    first = answer(people, request_id, "Let me think")
    assert record(people, request_id, first) is ReplyVerdict.UNCLEAR
    edited = replace(first, text="Yes #yeslinden", edited_at=first.written_at + timedelta(hours=1))
    assert record(people, request_id, edited) is ReplyVerdict.UNCLEAR
    assert (state(people, request_id), licences(people)) == (RequestState.REPLIED_UNCLEAR, [])


@pytest.mark.parametrize("gone", [True, False])
def test_r2_a_yes_that_is_edited_away_or_deleted_waits_for_a_person(
    people: Personas, item: str, request_id: str, gone: bool
) -> None:
    said = answer(people, request_id, "#yeslinden")
    record(people, request_id, said)
    later = replace(said, deleted=gone, text="", edited_at=None if gone else said.written_at + timedelta(hours=1))
    assert record(people, request_id, later) is ReplyVerdict.UNCLEAR
    assert shown(people) == [item]
    with shop_scope(people.shop.id):
        assert [row.request.public_id for row in selectors.replies_to_read()] == [request_id]
    assert history(people, item)[-1] in {"request.reply_deleted", "request.reply_edited"}
    settle_reply(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request_id, reading=Reading.STILL_YES)
    with shop_scope(people.shop.id):
        assert not selectors.replies_to_read().exists()
    with pytest.raises(Conflict):
        settle_reply(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request_id, reading=Reading.STILL_YES)


def test_a_deleted_yes_that_a_person_kept_stays_kept_until_its_source_has_it_again(
    people: Personas, item: str, request_id: str
) -> None:
    said = answer(people, request_id, "#yeslinden")
    record(people, request_id, said)
    missing = replace(said, deleted=True, text="")
    record(people, request_id, missing)
    settle_reply(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request_id, reading=Reading.STILL_YES)
    before = history(people, item)
    for _reading in range(3):
        assert record(people, request_id, missing) is ReplyVerdict.GRANTED
    with shop_scope(people.shop.id):
        assert not selectors.replies_to_read().exists()
        (watched,) = selectors.watched_threads(request_row(people, request_id).item.source_id)
    assert watched.granting_replies == frozenset()
    assert history(people, item) == before
    record(people, request_id, said)
    assert record(people, request_id, missing) is ReplyVerdict.UNCLEAR
    with shop_scope(people.shop.id):
        assert selectors.replies_to_read().count() == 1


def test_a_typo_mended_in_a_yes_keeps_the_first_reading_as_evidence(people: Personas, request_id: str) -> None:
    said = answer(people, request_id, "Yess #yeslinden")
    record(people, request_id, said)
    mended = replace(
        said, text="Yes #yeslinden", edited_at=said.written_at + timedelta(minutes=5), payload={"content": "mended"}
    )
    assert record(people, request_id, mended) is ReplyVerdict.GRANTED
    with shop_scope(people.shop.id):
        assert RequestReply.objects.get().payload == said.payload


def test_a_late_yes_still_counts(people: Personas, item: str, request_id: str) -> None:
    sent_ago(people, request_id, days=15)
    assert note_silence(shop_id=people.shop.id, now=timezone.now()) == 1
    assert state(people, request_id) == RequestState.NO_REPLY
    assert record(people, request_id, answer(people, request_id, "#yeslinden", written_at=timezone.now()))
    assert (state(people, request_id), shown(people)) == (RequestState.GRANTED, [item])


def test_a_picture_is_not_granted_for_product_pages_by_a_hashtag(people: Personas, item: str) -> None:
    request_id = asked(people, item, channels=(Channel.SITE, Channel.PRODUCT_PAGE))
    with shop_scope(people.shop.id):
        Media.objects.create(
            public_id="med_" + "a" * 22,
            item=request_row(people, request_id).item,
            state=Media.READY,
            file="aa/a.webp",
            width=1,
            height=1,
            sha256="a" * 64,
        )
    record(people, request_id, answer(people, request_id, "#yeslinden"))
    (licence,) = licences(people)
    assert (licence.channels, licence.people_depicted) == (["site"], "unknown")


def test_where_no_channel_is_left_a_person_has_to_look(people: Personas, item: str) -> None:
    request_id = asked(people, item, channels=(Channel.PRODUCT_PAGE,))
    with shop_scope(people.shop.id):
        Media.objects.create(
            public_id="med_" + "b" * 22,
            item=request_row(people, request_id).item,
            state=Media.READY,
            file="bb/b.webp",
            width=1,
            height=1,
            sha256="b" * 64,
        )
    assert record(people, request_id, answer(people, request_id, "#yeslinden")) is ReplyVerdict.UNCLEAR
    assert (state(people, request_id), licences(people)) == (RequestState.REPLIED_UNCLEAR, [])


# --- no


@pytest.mark.parametrize("text", ["#no", "Sorry, #NoLinden."])
def test_a_no_declines_and_a_yes_after_it_does_not_count(
    people: Personas, item: str, request_id: str, text: str
) -> None:
    assert record(people, request_id, answer(people, request_id, text)) is ReplyVerdict.WITHDRAWN
    assert (state(people, request_id), kinds(people)) == (RequestState.DECLINED, ["asked", "declined"])
    record(people, request_id, answer(people, request_id, "#yeslinden"))
    assert (state(people, request_id), shown(people)) == (RequestState.DECLINED, [])


def test_r6_a_no_by_reply_ends_what_a_reply_granted(people: Personas, item: str, request_id: str) -> None:
    record(people, request_id, answer(people, request_id, "#yeslinden"))
    assert shown(people) == [item]
    no = answer(people, request_id, "#no", written_at=timezone.now() + timedelta(hours=1))
    assert record(people, request_id, no) is ReplyVerdict.WITHDRAWN
    assert shown(people) == []
    (licence,) = licences(people)
    assert (licence.state, licence.ended_through) == ("withdrawn", WithdrawalRoute.REPLY)
    withdrawn = next(event for event in events(people) if event["type"] == "withdrawn")
    assert withdrawn["route"] == "reply"
    with shop_scope(people.shop.id):
        assert ConsentRecord.objects.get().withdrawn_through == WithdrawalRoute.REPLY
    assert record(people, request_id, no) is ReplyVerdict.WITHDRAWN
    assert kinds(people).count("withdrawn") == 1


def test_r6_a_no_ends_a_permission_that_the_page_gave_and_every_other_licence(people: Personas, item: str) -> None:
    made = ask(people, item)
    grant_request(
        token=made.token, choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
    )
    license_items(people.shop.id, [item])
    bea = answer(people, made.public_id, "#no", account_id="bea")
    assert record(people, made.public_id, bea) is ReplyVerdict.NOT_THE_AUTHOR
    assert shown(people) == [item]
    assert record(people, made.public_id, answer(people, made.public_id, "#no")) is ReplyVerdict.WITHDRAWN
    assert shown(people) == []
    assert {licence.state for licence in licences(people)} == {"withdrawn"}


def test_small_talk_after_a_yes_bothers_nobody(people: Personas, request_id: str) -> None:
    record(people, request_id, answer(people, request_id, "#yeslinden"))
    record(people, request_id, answer(people, request_id, "You are welcome"))
    with shop_scope(people.shop.id):
        assert not selectors.replies_to_read().exists()
        assert RequestReply.objects.count() == 1


# --- a person reads


@pytest.mark.parametrize(
    ("reading", "left"), [(Reading.NO, RequestState.DECLINED), (Reading.NO_ANSWER, RequestState.SENT)]
)
def test_what_is_unclear_is_settled_by_one_person_and_never_into_a_yes(
    people: Personas, request_id: str, reading: Reading, left: RequestState
) -> None:
    record(people, request_id, answer(people, request_id, "Well…"))
    with shop_scope(people.shop.id):
        assert [row.request.public_id for row in selectors.replies_to_read()] == [request_id]
    with pytest.raises(Conflict):
        settle_reply(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request_id, reading=Reading.STILL_YES)
    settle_reply(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=request_id, reading=reading)
    assert state(people, request_id) == left
    assert licences(people) == []
    with pytest.raises(Conflict) as second:
        settle_reply(shop_id=people.shop.id, actor_id=people.alice.pk, request_id=request_id, reading=reading)
    assert "Rita" in second.value.message
    with pytest.raises(NotFound):
        settle_reply(
            shop_id=people.other_shop.id, actor_id=people.charlie.pk, request_id=request_id, reading=Reading.NO
        )


# --- renewals


def test_a_renewal_takes_the_place_of_the_old_licence_without_a_gap(people: Personas, item: str) -> None:
    first = asked(people, item, days=20)
    record(people, first, answer(people, first, "#yeslinden"))
    (old,) = licences(people)
    again = asked(people, item, days=365, renews=old.public_id)
    assert shown(people) == [item]
    record(people, again, answer(people, again, "#yeslinden"))
    assert shown(people) == [item]
    before, new = licences(people)
    assert (before.state, before.end_reason) == ("superseded", "superseded")
    assert (new.state, new.renews_id) == ("active", before.pk)
    assert request_row(people, again).renews_id == before.pk
    with pytest.raises(Conflict):
        ask(people, item, renews=before.public_id)
    with pytest.raises(NotFound):
        ask(people, item, renews="lic_" + "0" * 22)


def test_a_renewal_of_one_item_leaves_the_others_of_an_import_alone(people: Personas, item: str) -> None:
    other = make_post(people)
    old = license_items(people.shop.id, [item, other], ends_at=timezone.now() + timedelta(days=9))
    again = asked(people, item, renews=old.public_id)
    record(people, again, answer(people, again, "#yeslinden"))
    assert sorted(shown(people)) == sorted([item, other])
    assert licences(people)[0].state == "active"


def test_a_renewal_by_the_page_does_the_same(people: Personas, item: str) -> None:
    other = make_post(people)
    old = license_items(people.shop.id, [item, other], ends_at=timezone.now() + timedelta(days=9))
    made = ask(people, item, renews=old.public_id)
    grant_request(
        token=made.token, choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
    )
    assert sorted(shown(people)) == sorted([item, other])
    assert [licence.state for licence in licences(people)] == ["active", "active"]
