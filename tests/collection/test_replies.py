"""The whole road in public: the question stands under the post, the author answers there, the collector reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from project.collection.contracts import Outcome
from project.collection.errors import SourceFailed, Unusable
from project.collection.sources.mastodon.client import MastodonClient, MastodonSettings
from project.collection.sources.mastodon.normalize import normalize_reply
from project.content.models import Source
from project.content.services import approve_items
from project.core.errors import InvalidInput, VouchsafeError
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import Audience, AuthorChoice, Channel, NewRequest, RequestState, SendingWay
from project.rights.models import RequestReply, RightsRequest
from project.rights.senders import SendingFailed
from project.rights.services import ask_permission, confirm_assisted, grant_request, send_request
from project.runtime.replay import TAG, Replay, ReplayServer
from tests.collection.peers import collect, collect_well, items_of, make_mastodon, served
from tests.factories import Personas, make_personas

pytestmark = pytest.mark.django_db
HASHTAG = "#yeslinden"


@dataclass
class World:
    people: Personas
    server: ReplayServer
    source: Source

    @property
    def replay(self) -> Replay:
        return self.server.replay

    def item(self, handle: str) -> Any:
        return next(item for item in items_of(self.people.shop.id) if item.author.handle.startswith(f"@{handle}@"))

    def ask(self, handle: str, way: SendingWay = SendingWay.PUBLIC_REPLY, **values: Any) -> NewRequest:
        item = self.item(handle)
        approve_items(shop_id=self.people.shop.id, actor_id=self.people.bob.pk, item_ids=[item.public_id])
        return ask_permission(
            shop_id=self.people.shop.id,
            actor_id=self.people.rita.pk,
            item_id=item.public_id,
            channels=(Channel.SITE,),
            markets=("DK",),
            way=way,
            **values,
        )

    def asked(self, handle: str) -> str:
        made = self.ask(handle)
        assert send_request(shop_id=self.people.shop.id, request_id=made.public_id)
        return made.public_id

    def answer(self, handle: str, text: str, *, to: str = "", **fields: Any) -> str:
        """A second after everything that stands there."""
        return self.replay.reply(
            to or self.item(handle).external_id, handle, text, at=datetime.now(UTC) + timedelta(seconds=1), **fields
        )

    def row(self, request_id: str) -> RightsRequest:
        with shop_scope(self.people.shop.id):
            return RightsRequest.objects.select_related("licence").get(public_id=request_id)

    def shown(self) -> list[str]:
        audience = Audience(self.people.shop.id, Channel.SITE, ("DK",), timezone.now() + timedelta(seconds=5))
        return [item.credit.name for item in gate.published(audience).items]


@pytest.fixture
def world() -> Iterator[World]:
    people = make_personas()
    with served() as server:
        source = make_mastodon(people.shop.id, server, posting_token="replay")
        collect_well(source)
        yield World(people, server, source)


def test_the_road_from_a_public_question_to_a_yes_and_back(world: World) -> None:
    request_id = world.asked("ana")
    (comment,) = (world.replay.context(world.item("ana").external_id, world.server.base) or {})["descendants"]
    assert comment["account"]["username"] == "linden"
    assert world.row(request_id).reply_url == comment["url"]
    collect_well(world.source)
    assert world.row(request_id).state == RequestState.SENT

    world.answer("ana", f"Sure! {HASHTAG}", to=comment["id"])
    report = collect_well(world.source)
    assert report.counts.replies == 1
    assert world.row(request_id).state == RequestState.GRANTED
    assert world.shown() == ["@ana@replay.example"]

    world.answer("ana", "I changed my mind, #no")
    cache.clear()
    collect_well(world.source)
    assert world.shown() == []
    licence = world.row(request_id).licence
    assert licence is not None
    assert (licence.state, licence.ended_through) == ("withdrawn", "reply")


def test_r2_what_others_write_there_and_what_is_not_exact_grants_nothing(world: World) -> None:
    request_id = world.asked("ana")
    world.answer("jonah", HASHTAG, to=world.item("ana").external_id)
    collect_well(world.source)
    assert world.row(request_id).state == RequestState.SENT
    world.answer("ana", "", html=f"<blockquote>{HASHTAG}</blockquote><p>What is that?</p>")
    collect_well(world.source)
    assert world.row(request_id).state == RequestState.REPLIED_UNCLEAR
    assert world.shown() == []
    world.answer("ana", f"{HASHTAG}x")
    collect_well(world.source)
    assert world.shown() == []
    world.answer("ana", HASHTAG)
    collect_well(world.source)
    assert world.shown() == ["@ana@replay.example"]


def test_r2_an_edit_that_adds_the_hashtag_and_a_deleted_yes_wait_for_a_person(world: World) -> None:
    first, second = world.asked("ana"), world.asked("jonah")
    thinking = world.answer("ana", "Let me think")
    yes = world.answer("jonah", HASHTAG)
    collect_well(world.source)
    assert world.shown() == ["@jonah@replay.example"]
    world.replay.edit(thinking, content=f"<p>{HASHTAG}</p>")
    world.replay.delete(yes)
    cache.clear()
    collect_well(world.source)
    assert world.row(first).state == RequestState.REPLIED_UNCLEAR
    assert world.shown() == ["@jonah@replay.example"]
    with shop_scope(world.people.shop.id):
        waiting = {reply.request.public_id for reply in selectors.replies_to_read()}
    assert waiting == {first, second}


def test_a_yes_that_a_servers_hiccup_hides_is_not_deleted(world: World) -> None:
    request_id = world.asked("jonah")
    yes = world.answer("jonah", HASHTAG)
    collect_well(world.source)
    world.replay.edit(yes, in_reply_to_id="gone", visibility="public")
    world.replay.faults.append(500)
    cache.clear()
    assert collect(world.source).outcome == Outcome.SERVER_ERROR
    with shop_scope(world.people.shop.id):
        assert not selectors.replies_to_read().exists()
    assert world.row(request_id).state == RequestState.GRANTED


def test_a_no_ends_a_permission_that_was_given_on_the_page(world: World) -> None:
    made = world.ask("ana", SendingWay.PRIVATE_LINK)
    grant_request(
        token=made.token,
        choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana@replay.example"),
    )
    assert world.shown() == ["@ana@replay.example"]
    world.answer("jonah", "#no", to=world.item("ana").external_id)
    collect_well(world.source)
    assert world.shown() == ["@ana@replay.example"]
    world.answer("ana", "#no")
    cache.clear()
    collect_well(world.source)
    assert world.shown() == []


def test_threads_that_nobody_asked_under_are_left_alone(world: World) -> None:
    world.replay.requests.clear()
    world.answer("ana", HASHTAG)
    collect_well(world.source)
    assert not [path for path in world.replay.requests if path.endswith("/context")]
    with shop_scope(world.people.shop.id):
        assert not RequestReply.objects.exists()


def test_a_quiet_permission_is_looked_at_every_half_hour_and_an_open_question_every_time(world: World) -> None:
    world.asked("ana")
    world.asked("jonah")
    world.answer("jonah", HASHTAG)
    collect_well(world.source)
    world.replay.requests.clear()
    collect_well(world.source)
    collect_well(world.source)
    contexts = [path.split("/")[4] for path in world.replay.requests if path.endswith("/context")]
    ana, jonah = (world.item(name).external_id for name in ("ana", "jonah"))
    assert (contexts.count(ana), contexts.count(jonah)) == (2, 1)


def test_a_thread_whose_post_is_gone_stops_nothing(world: World) -> None:
    world.asked("ana")
    world.replay.delete(world.item("ana").external_id)
    report = collect_well(world.source)
    assert report.counts.gone == 1


def test_the_demos_authors_answer_for_themselves() -> None:
    people = make_personas()
    with served(Replay(answers={"ana": "Yes, of course! {hashtag}", "tomasz": "I would rather not. #no"})) as server:
        source = make_mastodon(people.shop.id, server, posting_token="replay")
        collect_well(source)
        world = World(people, server, source)
        yes, no, silent = (world.asked(name) for name in ("ana", "tomasz", "mette"))
        collect_well(source)
        assert [world.row(one).state for one in (yes, no, silent)] == ["granted", "declined", "sent"]
        assert world.row(silent).language == "da"


# --- assisted


def test_an_assisted_comment_is_looked_up_in_the_thread(world: World) -> None:
    made = world.ask("ana", SendingWay.ASSISTED)
    post = world.item("ana").external_id

    def paste(external_id: str, account: str = "linden") -> None:
        confirm_assisted(
            shop_id=world.people.shop.id,
            actor_id=world.people.rita.pk,
            request_id=made.public_id,
            reply_url=f"{world.server.base}/@{account}/{external_id}",
        )

    elsewhere = world.replay.reply(world.item("jonah").external_id, "linden", made.message)
    other_words = world.replay.reply(post, "linden", "Nice! May we show this?")
    for wrong in (elsewhere, other_words, "123"):
        with pytest.raises(InvalidInput) as refused:
            paste(wrong)
        assert "reply_url" in (refused.value.fields or {})
    posted = world.replay.reply(post, "linden", f"{made.message} Best, Rita")
    world.replay.faults.append(500)
    with pytest.raises(VouchsafeError) as later:
        paste(posted)
    assert later.value.status == 502
    assert world.row(made.public_id).state == RequestState.DRAFT
    paste(posted)
    row = world.row(made.public_id)
    assert row.state == RequestState.SENT
    assert row.reply_url.endswith(posted)
    world.answer("ana", HASHTAG)
    collect_well(world.source)
    assert world.row(made.public_id).state == RequestState.GRANTED


# --- sending


def test_without_a_token_of_ones_own_nobody_is_asked_in_public() -> None:
    people = make_personas()
    with served() as server:
        source = make_mastodon(people.shop.id, server)
        collect_well(source)
        world = World(people, server, source)
        with shop_scope(people.shop.id):
            offers = {offer.way: offer for offer in selectors.ways_for(world.item("ana"))}
        assert not offers[SendingWay.PUBLIC_REPLY].allowed
        assert "token" in offers[SendingWay.PUBLIC_REPLY].why_not
        assert offers[SendingWay.ASSISTED].allowed
        with pytest.raises(VouchsafeError):
            world.ask("ana")


@pytest.mark.parametrize(
    ("fault", "again"), [(500, True), (429, True), ("truncated", True), (401, False), (422, False)]
)
def test_a_fault_while_posting_leaves_a_draft_or_frees_the_author(world: World, fault: int | str, again: bool) -> None:
    made = world.ask("ana")
    world.replay.faults.append(fault)
    if again:
        with pytest.raises(SendingFailed):
            send_request(shop_id=world.people.shop.id, request_id=made.public_id)
        assert world.row(made.public_id).state == RequestState.DRAFT
        assert send_request(shop_id=world.people.shop.id, request_id=made.public_id)
    else:
        assert not send_request(shop_id=world.people.shop.id, request_id=made.public_id)
        assert world.row(made.public_id).state == RequestState.CANCELLED


def test_a_second_try_is_no_second_comment(world: World) -> None:
    client = MastodonClient(MastodonSettings(server=world.server.base, tag=TAG, posting_token="replay"))
    post = world.item("ana").external_id
    ids = {client.post_reply(post, "Hello", language="en", key="one").payload["id"] for _ in range(3)}
    assert len(ids) == 1
    assert client.post_reply(post, "Hello", language="en", key="two").payload["id"] not in ids


@pytest.mark.parametrize(("values", "post"), [({"posting_token": ""}, "1"), ({"posting_token": "replay"}, "not/an/id")])
def test_nothing_is_posted_without_token_or_post(world: World, values: dict[str, str], post: str) -> None:
    client = MastodonClient(MastodonSettings(server=world.server.base, tag=TAG, **values))
    with pytest.raises(SourceFailed) as refused:
        client.post_reply(post, "Hello", language="en", key="k")
    assert refused.value.outcome == Outcome.MISCONFIGURED


# --- the normaliser


def status(**values: Any) -> dict[str, Any]:
    return {
        "id": "5",
        "in_reply_to_id": "1",
        "account": {"id": "77"},
        "created_at": "2026-11-25T12:00:00.000Z",
        "edited_at": None,
        "content": "<p>Hello</p>",
        "url": "https://m.example/@ana/5",
        **values,
    }


def test_a_reply_stands_in_the_thread_when_its_chain_leads_to_the_post() -> None:
    others = {"3": {"in_reply_to_id": "1"}, "4": {"in_reply_to_id": "9"}, "8": {"in_reply_to_id": "8"}}
    threads = [
        normalize_reply(status(in_reply_to_id=above), post_id="1", others=others).thread_id
        for above in ("1", "3", "4", "8", "2", None)
    ]
    assert threads == ["1", "1", "", "", "", ""]


def test_what_a_reply_quotes_is_not_its_text() -> None:
    html = "<p>Why?</p><blockquote><p>#yeslinden</p></blockquote><p><q>#no</q> &lt;3</p>"
    reply = normalize_reply(status(content=html), post_id="1", others={})
    assert "#yeslinden" not in reply.text
    assert "#no" not in reply.text
    assert "<3" in reply.text
    link = '<p>Yes <a href="https://m.example/tags/yeslinden">#<span>yeslinden</span></a></p>'
    assert "#yeslinden" in normalize_reply(status(content=link), post_id="1", others={}).text
    assert normalize_reply(status(quote={"state": "accepted"}), post_id="1", others={}).quotes


@pytest.mark.parametrize(
    "values", [{"account": None}, {"id": 5}, {"created_at": "soon"}, {"edited_at": "soon"}], ids=str
)
def test_what_is_no_reply_is_unusable(values: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        normalize_reply(status(**values), post_id="1", others={})
