"""Asking by every way: what goes out, what never does, who may be asked when, and two people at once."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from project.content import selectors as content
from project.content.source_policies import Pace
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.models import AuditEntry, OutboxRow
from project.core.scope import shop_scope
from project.rights import selectors
from project.rights.contracts import (
    AuthorChoice,
    Channel,
    OutgoingRequest,
    PreparedMessage,
    RequestState,
    SendingWay,
    SentRequest,
    WayOffer,
)
from project.rights.models import LicenceEvent, RequestLink, RightsRequest, TermsText
from project.rights.request_rules import LANGUAGES, TRANSITIONS, Move, after, next_allowed
from project.rights.senders import SendingFailed, register_sender
from project.rights.services import (
    cancel_request,
    confirm_assisted,
    decline_request,
    grant_request,
    new_author_link,
    preview_message,
    remind,
    retire_template,
    save_template,
    send_request,
)
from project.shops.models import Mail
from tests.factories import Personas, item_input, make_items, make_personas
from tests.rights.asking import (
    CHANNELS,
    Network,
    ask,
    history,
    make_network_source,
    make_post,
    network,
    request_row,
    sent_ago,
    shown,
)

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"/c/([\w-]{43})")
PUBLIC_WAYS = [SendingWay.PUBLIC_REPLY, SendingWay.ASSISTED]


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def net() -> Iterator[Network]:
    with network() as sender:
        yield sender


def mails(people: Personas) -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.order_by("id"))


def offers_for(people: Personas, item: str) -> dict[SendingWay, WayOffer]:
    with shop_scope(people.shop.id):
        found = content.item_by_public_id(item)
        assert found is not None
        return {offer.way: offer for offer in selectors.ways_for(found)}


def ledger_kinds(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        return re.findall(
            r'"type":"(\w+)"', "".join(LicenceEvent.objects.order_by("number").values_list("body", flat=True))
        )


# --- the ways


def test_a_letter_goes_out_with_a_link_of_its_own_and_the_privacy_notice(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.EMAIL, recipient="ana@example.org", language="da", days=90)
    (mail,) = mails(people)
    assert (made.token, made.state) == ("", "sent")
    assert (mail.to, mail.language, mail.about, mail.purpose) == (
        "ana@example.org",
        "da",
        made.public_id,
        "rights_request",
    )
    found = TOKEN.search(mail.text)
    assert found is not None
    with shop_scope(people.shop.id):
        assert RequestLink.objects.get().token_hash == token_hash(found[1])
    assert f"{settings.PUBLIC_URL}/c/privacy/{people.shop.slug}?lang=da" in mail.text
    assert f"{settings.PUBLIC_URL}/c/terms/{people.shop.slug}/" in mail.text
    kept = request_row(people, made.public_id)
    assert found[1] not in kept.message
    assert (kept.recipient, kept.language) == ("ana@example.org", "da")
    with shop_scope(people.shop.id):
        assert TermsText.objects.get(sha256=kept.terms_sha256).locale == "da"


def test_each_message_has_a_token_of_its_own_and_each_opens_the_page(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people))
    again = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert made.token != again.token
    assert f"/c/{again.token}" in again.message
    assert {selectors.request_view(token).public_id for token in (made.token, again.token)} == {made.public_id}


def test_who_was_asked_in_public_can_be_handed_a_private_link_too(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people), SendingWay.ASSISTED)
    link = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert TOKEN.findall(link.message) == [link.token]
    assert "#yeslinden" not in link.message
    assert request_row(people, made.public_id).message == made.message


@pytest.mark.parametrize("closed", ["declined", "cancelled"])
def test_no_link_is_made_for_what_its_author_declined_or_staff_took_back(
    closed: str, people: Personas, net: Network
) -> None:
    made = ask(people, make_post(people))
    if closed == "declined":
        decline_request(token=made.token)
    else:
        cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    with shop_scope(people.shop.id):
        before = RequestLink.objects.count()
    with pytest.raises(VouchsafeError) as refused:
        new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert (refused.value.code, refused.value.status) == (ErrorCode.REQUEST_CLOSED, 410)
    with shop_scope(people.shop.id):
        assert RequestLink.objects.count() == before


@pytest.mark.parametrize(
    ("way", "handed_over", "kind"),
    [
        (SendingWay.EMAIL, False, "mail"),
        (SendingWay.EMAIL, True, "hand"),
        (SendingWay.PRIVATE_LINK, False, "hand"),
    ],
)
def test_a_grant_says_by_which_kind_of_link_it_came(
    way: SendingWay, handed_over: bool, kind: str, people: Personas, net: Network
) -> None:
    item = make_post(people)
    made = ask(people, item, way, recipient="ana@example.org" if way is SendingWay.EMAIL else "")
    token = made.token
    if handed_over:
        token = new_author_link(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id).token
    elif not token:
        with shop_scope(people.shop.id):
            (token,) = TOKEN.findall(Mail.objects.get().text)
    choice = AuthorChoice(channels=CHANNELS, credit_kind="customer", age=16)
    grant_request(token=token, choice=choice)
    assert request_row(people, made.public_id).granted_by == kind
    granted = AuditEntry.objects.get(shop_id=people.shop.id, object_id=item, action="request.granted")
    assert granted.data["by"] == f"{kind}_link"
    with shop_scope(people.shop.id):
        bodies = [json.loads(body) for body in LicenceEvent.objects.values_list("body", flat=True)]
    assert [body["link"] for body in bodies if body["type"] == "consented"] == [kind]


def test_a_message_taken_back_on_its_way_is_noted(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.PUBLIC_REPLY)

    class Slow(Network):
        def send(self, message: OutgoingRequest) -> SentRequest:
            cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
            return super().send(message)

    register_sender(Slow())
    assert not send_request(shop_id=people.shop.id, request_id=made.public_id)
    assert history(people, item)[-2:] == ["request.cancelled", "request.sent_too_late"]


def test_a_private_link_comes_back_in_the_text_to_paste(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people))
    assert TOKEN.findall(made.message) == [made.token]
    assert mails(people) == []


@pytest.mark.parametrize("address", ["", "not an address"])
def test_a_letter_needs_an_address(people: Personas, net: Network, address: str) -> None:
    item = make_post(people)
    with pytest.raises(InvalidInput) as refused:
        ask(people, item, SendingWay.EMAIL, recipient=address)
    assert "recipient" in (refused.value.fields or {})
    assert ask(people, item, SendingWay.EMAIL, recipient="ana@example.org").state == "sent"


def test_a_public_reply_is_a_draft_until_it_stands_there(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.PUBLIC_REPLY)
    assert (made.token, request_row(people, made.public_id).state) == ("", RequestState.DRAFT)
    assert ledger_kinds(people) == []
    with shop_scope(people.shop.id):
        assert not RequestLink.objects.exists()
        assert OutboxRow.objects.filter(shop_id=people.shop.id, event="RequestPrepared").count() == 1

    assert send_request(shop_id=people.shop.id, request_id=made.public_id)
    row = request_row(people, made.public_id)
    assert (row.state, row.reply_url) == (RequestState.SENT, "https://network.example/1")
    assert net.texts == [row.message]
    assert "#yeslinden" in row.message
    assert row.hashtag == "#yeslinden"
    assert ledger_kinds(people) == ["asked"]
    assert history(people, item) == ["request.prepared", "request.sent"]
    assert not send_request(shop_id=people.shop.id, request_id=made.public_id)
    assert len(net.texts) == 1


def test_what_may_pass_is_tried_again_and_what_stays_refused_frees_the_author(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.PUBLIC_REPLY)
    net.fault = SendingFailed("unreachable", again=True)
    with pytest.raises(SendingFailed):
        send_request(shop_id=people.shop.id, request_id=made.public_id)
    assert request_row(people, made.public_id).state == RequestState.DRAFT
    net.fault = SendingFailed("forbidden", again=False)
    assert not send_request(shop_id=people.shop.id, request_id=made.public_id)
    assert request_row(people, made.public_id).state == RequestState.CANCELLED
    assert history(people, item)[-1] == "request.not_sent"
    assert ask(people, item).state == "sent"


def test_a_draft_that_was_taken_back_is_not_posted(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people), SendingWay.PUBLIC_REPLY)
    cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert not send_request(shop_id=people.shop.id, request_id=made.public_id)
    assert net.texts == []


def test_an_assisted_comment_counts_once_its_address_is_pasted_back(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people), SendingWay.ASSISTED)
    assert "#yeslinden" in made.message

    def paste(url: str) -> None:
        confirm_assisted(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id, reply_url=url)

    for wrong in (
        request_row(people, made.public_id).item.origin_url,
        "https://elsewhere.example/@linden/2",
        "javascript:alert(1)",
        "ftp://network.example/2",
        "https://[",
        "",
    ):
        with pytest.raises(InvalidInput) as refused:
            paste(wrong)
        assert "reply_url" in (refused.value.fields or {})
    assert request_row(people, made.public_id).state == RequestState.DRAFT
    paste("https://network.example/@linden/2")
    row = request_row(people, made.public_id)
    assert (row.state, row.reply_url) == (RequestState.SENT, "https://network.example/@linden/2")
    with pytest.raises(Conflict):
        paste("https://network.example/@linden/3")


def test_a_source_allows_only_the_ways_of_its_terms(people: Personas, net: Network) -> None:
    (plain,) = make_items(people.shop.id, [item_input()])
    offers = offers_for(people, plain)
    assert {way for way, offer in offers.items() if offer.allowed} == {SendingWay.EMAIL, SendingWay.PRIVATE_LINK}
    assert offers[SendingWay.EMAIL].needs_recipient
    assert all(offer.why_not for offer in offers.values() if not offer.allowed)
    with pytest.raises(VouchsafeError) as refused:
        ask(people, plain, SendingWay.PUBLIC_REPLY)
    assert refused.value.code == ErrorCode.SOURCE_FORBIDS


@pytest.mark.parametrize("way", PUBLIC_WAYS)
@pytest.mark.parametrize("channel", [Channel.PAID_ADS, Channel.AI_ASSISTANT])
def test_a_hashtag_is_not_asked_to_grant_what_wants_a_choice_of_its_own(
    people: Personas, net: Network, way: SendingWay, channel: Channel
) -> None:
    item = make_post(people)
    with pytest.raises(InvalidInput) as refused:
        ask(people, item, way, channels=(Channel.SITE, channel))
    assert "channels" in (refused.value.fields or {})
    assert ask(people, item, way, channels=(Channel.SITE, Channel.PRODUCT_PAGE)).state == "draft"


# --- what others can read never holds a token


@pytest.mark.parametrize("way", PUBLIC_WAYS)
@given(
    language=st.sampled_from(LANGUAGES),
    message=st.sampled_from(["", "{brand} {hashtag} {terms_url} {privacy_url} withdraw", "{brand} {link}", "{{link}}"])
    | st.text(max_size=60),
    handle=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=60),
    secret=st.sampled_from(["", "/c/" + "a" * 43, "http://localhost:8000/c/" + "Zz-_" * 11, "{link}"]),
    days=st.none() | st.integers(1, 4000),
)
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_public_text_ever_holds_a_token(
    people: Personas,
    net: Network,
    way: SendingWay,
    language: str,
    message: str,
    handle: str,
    secret: str,
    days: int | None,
) -> None:
    item = make_post(people, handle=f"@{handle}"[:200])
    with shop_scope(people.shop.id):
        before = RequestLink.objects.count()
    try:
        made = ask(people, item, way, language=language, message=f"{message}{secret}" if message else "", days=days)
    except InvalidInput:
        with shop_scope(people.shop.id):
            assert not RightsRequest.objects.filter(item__public_id=item).exists()
        return
    for text in (made.message, request_row(people, made.public_id).message):
        assert not TOKEN.search(text)
        assert "{link}" not in text
    assert made.token == ""
    with shop_scope(people.shop.id):
        assert RequestLink.objects.count() == before


# --- wordings


def test_a_preview_is_what_goes_out_letter_by_letter(people: Personas, net: Network) -> None:
    for way in SendingWay:
        item = make_post(people)
        before = preview_message(
            shop_id=people.shop.id,
            item_id=item,
            way=way,
            language=None,
            channels=CHANNELS,
            markets=("DK",),
            days=30,
        )
        assert before.problems == ()
        made = ask(people, item, way, days=30, template=before.template, recipient="ana@example.org")
        kept = request_row(people, made.public_id)
        assert (kept.message, kept.template) == (before.text, before.template)
        if way is SendingWay.PRIVATE_LINK:
            assert made.message == before.text.replace(
                f"{settings.PUBLIC_URL}/c/…", f"{settings.PUBLIC_URL}/c/{made.token}"
            )


def test_r8_nobody_is_sent_what_the_author_before_was_sent(people: Personas, net: Network) -> None:
    source = make_network_source(people)
    used = [request_row(people, ask(people, make_post(people, source)).public_id).template for _ in range(7)]
    assert all(one != other for one, other in pairwise(used))
    assert len(set(used)) == 3
    with pytest.raises(InvalidInput) as refused:
        ask(people, make_post(people, source), template=used[-1])
    assert "message" in (refused.value.fields or {})
    own = "{brand} asks about {media}: {link} {terms_url} {privacy_url} You can withdraw."
    ask(people, make_post(people, source), message=own)
    with pytest.raises(InvalidInput):
        ask(people, make_post(people, source), message=own)
    assert ask(people, make_post(people, source), message=f"{own} Thank you!").state == "sent"


def test_r8_public_reply_and_assisted_take_turns_together(people: Personas, net: Network) -> None:
    first = ask(people, make_post(people), SendingWay.PUBLIC_REPLY)
    second = ask(people, make_post(people), SendingWay.ASSISTED)
    assert request_row(people, first.public_id).template != request_row(people, second.public_id).template


def test_a_shops_own_wording_takes_turns_and_can_be_retired(people: Personas, net: Network) -> None:
    text = "{brand} asks about {media}: {link} {terms_url} {privacy_url} You can withdraw."
    kept = save_template(
        shop_id=people.shop.id, actor_id=people.rita.pk, way=SendingWay.PRIVATE_LINK, language="en", text=text
    )
    used = [request_row(people, ask(people, make_post(people)).public_id).template for _ in range(4)]
    assert kept in used
    assert all(one != other for one, other in pairwise(used))
    retire_template(shop_id=people.shop.id, actor_id=people.rita.pk, template_id=kept)
    with pytest.raises(InvalidInput):
        ask(people, make_post(people), template=kept)
    with pytest.raises(NotFound):
        retire_template(shop_id=people.shop.id, actor_id=people.rita.pk, template_id=kept)
    with pytest.raises(NotFound):
        retire_template(shop_id=people.other_shop.id, actor_id=people.charlie.pk, template_id=kept)


def test_a_shops_own_wording_that_presses_is_refused_with_what_to_change(people: Personas) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_template(
            shop_id=people.shop.id,
            actor_id=people.rita.pk,
            way=SendingWay.PUBLIC_REPLY,
            language="en",
            text="Last chance! Say you love {brand} and win a prize: {link}",
        )
    sentences = (refused.value.fields or {})["text"]
    assert any("last chance" in sentence for sentence in sentences)
    assert any("{hashtag}" in sentence for sentence in sentences)
    assert any("private page" in sentence for sentence in sentences)


def test_a_message_of_ones_own_is_linted_too(people: Personas, net: Network) -> None:
    item = make_post(people)
    with pytest.raises(InvalidInput) as refused:
        ask(people, item, message="You must say yes to {brand}: {link}")
    assert len((refused.value.fields or {})["message"]) >= 3
    assert shown(people) == []
    finished = (
        f"Hello from {people.shop.name}! {settings.PUBLIC_URL}/c/… You can withdraw. {{terms_url}} {{privacy_url}}"
    )
    made = ask(people, item, message=finished)
    assert made.message.startswith(f"Hello from {people.shop.name}! {settings.PUBLIC_URL}/c/{made.token} You")


def test_a_text_that_does_not_fit_the_platform_is_told_before_it_goes_out(people: Personas) -> None:
    with network(limit=120):
        item = make_post(people)

        def preview(way: SendingWay) -> PreparedMessage:
            return preview_message(
                shop_id=people.shop.id,
                item_id=item,
                way=way,
                language="en",
                channels=CHANNELS,
                markets=("DK",),
                days=None,
            )

        public, mailed = preview(SendingWay.PUBLIC_REPLY), preview(SendingWay.EMAIL)
        assert [problem.code for problem in public.problems] == ["too_long"]
        assert public.length > (public.limit or 0)
        assert (mailed.limit, mailed.problems) == (None, ())
        with pytest.raises(InvalidInput):
            ask(people, item, SendingWay.PUBLIC_REPLY)
        assert ask(people, item, SendingWay.PRIVATE_LINK).state == "sent"


@pytest.mark.parametrize(
    ("item_language", "wanted", "spoken"),
    [("da", None, "da"), ("nl-BE", None, "nl"), ("fr", None, "en"), ("da", "de", "de")],
)
def test_the_author_is_asked_in_their_language(
    people: Personas, net: Network, item_language: str, wanted: str | None, spoken: str
) -> None:
    made = ask(people, make_post(people, language=item_language), language=wanted)
    assert request_row(people, made.public_id).language == spoken
    with pytest.raises(InvalidInput):
        ask(people, make_post(people), language="fr")


# --- pace


def test_r8_the_pace_of_a_platform_is_kept_and_the_next_time_told(people: Personas) -> None:
    with network(pace=Pace(per_hour=2, per_day=3)):
        source = make_network_source(people)
        first = ask(people, make_post(people, source))
        ask(people, make_post(people, source), SendingWay.ASSISTED)
        item = make_post(people, source)
        with pytest.raises(VouchsafeError) as refused:
            ask(people, item, SendingWay.PUBLIC_REPLY)
        assert (refused.value.code, refused.value.status) == (ErrorCode.RATE_LIMITED, 429)
        offers = offers_for(people, item)
        next_at = offers[SendingWay.PRIVATE_LINK].next_at
        assert next_at is not None
        assert timedelta(minutes=59) < next_at - timezone.now() <= timedelta(hours=1)
        # A letter does not touch the platform, and time passes.
        assert offers[SendingWay.EMAIL].allowed
        sent_ago(people, first.public_id, hours=2)
        assert ask(people, item).state == "sent"
        with pytest.raises(VouchsafeError):
            ask(people, make_post(people, source))


def test_r8_sources_on_one_server_share_the_pace_and_another_server_has_its_own(people: Personas) -> None:
    with network(pace=Pace(per_hour=2, per_day=3)):
        knitting = make_network_source(people, server="https://social.example", tag="knitting")
        wool = make_network_source(people, server="https://Social.example/", tag="wool")
        elsewhere = make_network_source(people, server="https://other.example", tag="wool")
        reminded = ask(people, make_post(people, knitting))
        ask(people, make_post(people, wool))
        with pytest.raises(VouchsafeError) as refused:
            ask(people, make_post(people, wool))
        assert refused.value.code == ErrorCode.RATE_LIMITED
        assert ask(people, make_post(people, elsewhere)).state == "sent"
        sent_ago(people, reminded.public_id, days=6)
        ask(people, make_post(people, wool))
        with pytest.raises(VouchsafeError) as refused:
            remind(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=reminded.public_id)
        assert refused.value.code == ErrorCode.RATE_LIMITED


def test_next_allowed_waits_for_the_stricter_of_hour_and_day() -> None:
    now = timezone.now()
    hour, day = timedelta(hours=1), timedelta(days=1)
    sent = [now - timedelta(hours=23), now - timedelta(hours=2), now - timedelta(minutes=10)]
    assert next_allowed(sent, None, now=now) is None
    assert next_allowed(sent, Pace(2, 9), now=now) is None
    assert next_allowed(sent, Pace(1, 9), now=now) == sent[2] + hour
    assert next_allowed(sent, Pace(1, 3), now=now) == sent[0] + day
    assert next_allowed([], Pace(1, 1), now=now) is None


@given(st.lists(st.integers(0, 2 * 24 * 60), max_size=30), st.integers(1, 5), st.integers(1, 20))
def test_r8_at_no_time_are_there_more_messages_than_the_pace_allows(
    minutes: list[int], hourly: int, daily: int
) -> None:
    start = timezone.now()
    sent: list[datetime] = []
    for minute in sorted(minutes):
        at = start + timedelta(minutes=minute)
        if next_allowed(sent, Pace(hourly, daily), now=at) is None:
            sent.append(at)
    for at in sent:
        assert sum(1 for one in sent if at - timedelta(hours=1) < one <= at) <= hourly
        assert sum(1 for one in sent if at - timedelta(days=1) < one <= at) <= daily


# --- who was first


def test_an_author_is_asked_by_one_person_at_a_time_and_the_other_is_told(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item)
    with pytest.raises(Conflict) as refused:
        ask(people, item)
    assert "Rita" in refused.value.message
    cancel_request(shop_id=people.shop.id, actor_id=people.alice.pk, request_id=made.public_id)
    with pytest.raises(VouchsafeError) as late:
        cancel_request(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert (late.value.code, late.value.status) == (ErrorCode.REQUEST_CLOSED, 410)
    assert "Alice" in late.value.message
    with pytest.raises(NotFound):
        cancel_request(shop_id=people.other_shop.id, actor_id=people.charlie.pk, request_id=made.public_id)


@pytest.mark.django_db(transaction=True)
def test_r8_two_people_at_once_ask_in_different_words_and_about_one_item_once() -> None:
    people = make_personas()
    with network():
        source = make_network_source(people)
        items = [make_post(people, source) for _ in range(3)]
        outcomes: list[str] = []

        def go(item: str) -> None:
            try:
                outcomes.append(request_row(people, ask(people, item).public_id).template)
            except Conflict:
                outcomes.append("conflict")
            finally:
                connection.close()

        threads = [threading.Thread(target=go, args=(item,)) for item in (*items, items[0])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes.count("conflict") == 1
    with shop_scope(people.shop.id):
        used = list(RightsRequest.objects.order_by("id").values_list("template", flat=True))
    assert all(one != other for one, other in pairwise(used))


def test_charlie_asks_nobody_in_alices_shop(people: Personas, net: Network) -> None:
    item = make_post(people)
    theirs = Personas(**{**vars(people), "shop": people.other_shop})
    with pytest.raises(NotFound):
        ask(theirs, item)
    with pytest.raises(NotFound):
        preview_message(
            shop_id=people.other_shop.id,
            item_id=item,
            way=SendingWay.EMAIL,
            language=None,
            channels=CHANNELS,
            markets=("DK",),
            days=None,
        )
    made = ask(people, item, SendingWay.ASSISTED)
    with pytest.raises(NotFound):
        confirm_assisted(
            shop_id=people.other_shop.id,
            actor_id=people.charlie.pk,
            request_id=made.public_id,
            reply_url="https://network.example/@linden/2",
        )


# --- the table of moves


def test_every_state_but_the_ends_leads_somewhere_and_the_ends_nowhere() -> None:
    ends = {RequestState.GRANTED, RequestState.DECLINED, RequestState.CANCELLED}
    for state in RequestState:
        leads = [move for move in Move if after(state, move) is not None]
        assert bool(leads) is (state not in ends)
    assert {transition.after for transition in TRANSITIONS.values()} == set(RequestState) - {RequestState.DRAFT}
    assert after(RequestState.NO_REPLY, Move.GRANT) is RequestState.GRANTED


def test_the_page_still_answers_a_request_that_was_mailed(people: Personas, net: Network) -> None:
    item = make_post(people)
    ask(people, item, SendingWay.EMAIL, recipient="ana@example.org")
    found = TOKEN.search(mails(people)[0].text)
    assert found is not None
    grant_request(
        token=found[1], choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
    )
    assert shown(people) == [item]
