"""Asking at the rights desk: by which way, in which words, and what is shown of it once."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from project.content.source_policies import Pace
from project.core.scope import shop_scope
from project.rights import selectors as rights
from project.rights.contracts import SendingWay
from project.rights.services import record_reply, send_confirmation_link, send_request
from project.rights.wordings import Family, variants
from project.shops import selectors as shops
from project.shops.models import User
from project.shops.services.mail import send_queued_mail
from tests.factories import Personas, make_personas
from tests.rights.asking import Network, answer, ask, make_network_source, make_post, network, sent_ago
from tests.rights.author import answer as author_answers
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}
TERMS = {"channels": ["site"], "markets": "DK", "days": ""}
LINK = re.compile(r"http://[^/\"<]+(/c/[\w-]{20,})")


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture(autouse=True)
def comments(db: None) -> Iterator[Network]:
    with network() as sender:
        yield sender


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


def shown_text(page: str) -> str:
    found = re.search(r'id="preview-text"[^>]*>(.*?)</p>', page, re.S)
    assert found
    return found[1]


def newest(people: Personas) -> Any:
    with shop_scope(people.shop.id):
        return rights.requests().first()


def test_the_ways_that_a_source_bars_are_listed_with_their_reason(people: Personas, client_of: ClientOf) -> None:
    barred = make_post(people, origin_url="")
    page = client_of(people.rita).get(page_of(people, "ask", barred)).content.decode()
    assisted = page[page.index('value="assisted"') :][:600]
    assert "disabled" in assisted.partition(">")[0]
    assert "It is not known where this stands" in assisted


def test_what_is_previewed_is_what_goes_out(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    preview = rita.post(page_of(people, "ask_preview", item), {**TERMS, "way": "private_link"}, headers=HTMX)
    words = shown_text(preview.content.decode())
    with shop_scope(people.shop.id):
        assert not rights.requests().exists()
    fields = dict(re.findall(r'name="(options_for|previewed)" value="([^"]*)"', preview.content.decode()))
    asked = rita.post(page_of(people, "ask", item), {**TERMS, "way": "private_link", **fields})
    assert newest(people).message == words.replace("&#x27;", "'")
    link = LINK.search(asked.content.decode())
    assert link
    assert link[1] not in rita.get(page_of(people, "request", newest(people).public_id)).content.decode()


@pytest.mark.parametrize(("markets", "warned"), [("DK", False), ("*", False), ("SE", True)])
def test_staff_are_told_when_a_permission_will_not_show_everywhere(
    people: Personas, client_of: ClientOf, markets: str, warned: bool
) -> None:
    form = {**TERMS, "way": "private_link", "markets": markets}
    page = client_of(people.rita).post(page_of(people, "ask", make_post(people)), form).content.decode()
    assert ("fewer countries than your shop sells in" in page) is warned


def test_staff_are_told_so_where_several_are_asked(people: Personas, client_of: ClientOf) -> None:
    many = {**TERMS, "markets": "SE", "item": [make_post(people), make_post(people)], "way": "private_link"}
    page = client_of(people.rita).post(page_of(people, "ask_many"), many).content.decode()
    assert page.count("fewer countries than your shop sells in") == 1


def test_a_preview_speaks_the_chosen_language_and_offers_its_wordings(people: Personas, client_of: ClientOf) -> None:
    item = make_post(people)
    data = {**TERMS, "way": "email", "language": "da", "options_for": "private_link:en"}
    page = client_of(people.rita).post(page_of(people, "ask_preview", item), data, headers=HTMX).content.decode()
    assert 'lang="da"' in page
    offered = set(re.findall(r'<option value="([^"]+)"', page))
    assert offered == {one.code for one in variants(Family.EMAIL, "da")}
    again = {**data, "options_for": "email:da"}
    page = client_of(people.rita).post(page_of(people, "ask_preview", item), again, headers=HTMX).content.decode()
    assert "<option" not in page  # nothing else to choose from: the open list is left alone


def test_own_words_that_press_are_shown_with_what_to_change_and_are_not_sent(
    people: Personas, client_of: ClientOf
) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    data = {**TERMS, "way": "private_link", "message": "You must answer, this is your last chance: {link}"}
    preview = rita.post(page_of(people, "ask_preview", item), data, headers=HTMX).content.decode()
    assert "It cannot be sent like this:" in preview
    refused = rita.post(page_of(people, "ask", item), data)
    assert refused.status_code == 400
    assert refused.context["form"].errors["message"]
    assert newest(people) is None


def test_a_letter_needs_an_address_and_where_it_is_kept_it_shows_its_link(
    people: Personas, client_of: ClientOf, settings: Any
) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    refused = rita.post(page_of(people, "ask", item), {**TERMS, "way": "email"})
    assert "recipient" in refused.context["form"].errors
    sent = rita.post(page_of(people, "ask", item), {**TERMS, "way": "email", "recipient": "ana@example.com"})
    assert "ana@example.com" in sent.content.decode()
    assert not LINK.search(sent.content.decode())
    with shop_scope(people.shop.id):
        mail = shops.mails().get()
    assert mail.subject in rita.get(page_of(people, "mails")).content.decode()
    page = page_of(people, "mail", mail.public_id)
    assert not LINK.search(rita.get(page).content.decode())
    settings.VOUCHSAFE_MAIL_IS_KEPT = True
    send_queued_mail(shop_id=people.shop.id, mail_id=mail.public_id)
    link = LINK.search(rita.get(page).content.decode())
    assert link
    assert Client().get(link[1]).status_code == 200


def test_asking_undone_at_once_leaves_a_link_that_grants_nothing(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    page = rita.post(page_of(people, "ask", item), {**TERMS, "way": "private_link"}).content.decode()
    link = LINK.search(page)
    assert link
    undo = page_of(people, "cancel_request", newest(people).public_id)
    assert f'action="{undo}"' in page
    rita.post(undo)
    assert Client().post(link[1], {"answer": "all", "credit": "customer"}).status_code == 410
    assert item in rita.get(page_of(people, "rights")).content.decode()


def test_a_comment_by_hand_waits_for_its_address(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    page = rita.post(page_of(people, "ask", item), {**TERMS, "way": "assisted"}).content.decode()
    request = newest(people)
    assert request.state == "draft"
    assert request.message in page
    assert "/c/" not in request.message.replace("/c/terms/", "").replace("/c/privacy/", "")
    address = page_of(people, "request_posted", request.public_id)
    wrong = rita.post(address, {"reply_url": "https://elsewhere.example/1"})
    assert wrong.status_code in {302, 400}
    own = rita.post(address, {"reply_url": request.item.origin_url})
    assert own.status_code == 400
    assert "not that of the author’s post" in own.content.decode()
    assert newest(people).state == "draft"
    assert rita.post(address, {"reply_url": f"{request.item.origin_url}#comment-1"}).status_code == 302
    assert newest(people).state == "sent"


def test_whoever_carries_a_comment_gets_the_text_to_copy_and_the_way_to_the_post(
    people: Personas, client_of: ClientOf
) -> None:
    made = ask(people, make_post(people), SendingWay.ASSISTED)
    page = client_of(people.rita).get(page_of(people, "request", made.public_id)).content.decode()
    row = newest(people)
    text = re.search(r'<pre id="hand-text"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert text is not None
    assert html.unescape(text[1]) == row.message
    assert re.search(r'<button [^>]*data-copy="hand-text"', page)
    link = re.search(r'<a [^>]*href="([^"]*)"[^>]*target="_blank">.*?Open the post</a>', page, re.DOTALL)
    assert link is not None
    assert link[1] == row.item.origin_url


def test_a_pace_that_is_used_up_says_when_the_next_can_go_out(people: Personas, client_of: ClientOf) -> None:
    with network(pace=Pace(per_hour=1, per_day=10)):
        source = make_network_source(people)
        first, second = make_post(people, source), make_post(people, source)
        ask(people, first)
        page = client_of(people.rita).get(page_of(people, "ask", second)).content.decode()
        assert "The next one can go out then:" in page
        many = client_of(people.rita).post(
            page_of(people, "ask_many"), {**TERMS, "way": "private_link", "item": [second]}
        )
        assert len(many.context["paced"]) == 1
        assert "The next one can go out then:" in many.content.decode()


def test_several_authors_are_asked_each_with_a_link_of_their_own(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    items = [make_post(people) for _ in range(3)]
    ask(people, items[2])
    page = rita.post(page_of(people, "ask_many"), {**TERMS, "way": "private_link", "item": items})
    assert (len(page.context["asked"]), len(page.context["refused"])) == (2, 1)
    assert "asked already" in page.content.decode()
    links = set(LINK.findall(page.content.decode()))
    assert len(links) == 2
    assert all(Client().get(link).status_code == 200 for link in links)
    with shop_scope(people.shop.id):
        messages = list(rights.requests().values_list("template", flat=True))
    assert len(set(messages)) == 3


def test_what_was_asked_of_several_is_undone_together(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    items = [make_post(people) for _ in range(3)]
    page = rita.post(page_of(people, "ask_many"), {**TERMS, "way": "private_link", "item": items})
    made = [each.made for each in page.context["asked"]]
    undo = page_of(people, "undo_ask_many")
    assert f'action="{undo}"' in page.content.decode()
    assert all(f'value="{each.public_id}"' in page.content.decode() for each in made)
    Client().post(f"/c/{made[0].token}", {"answer": "decline"})
    requests = {"request": [each.public_id for each in made]}
    assert client_of(people.victor).post(undo, requests).status_code == 403
    assert client_of(people.charlie).post(undo, requests).status_code == 404
    with shop_scope(people.shop.id):
        assert sorted(rights.requests().values_list("state", flat=True)) == ["declined", "sent", "sent"]
    assert "2 requests taken back" in rita.post(undo, requests, follow=True).content.decode()
    with shop_scope(people.shop.id):
        assert sorted(rights.requests().values_list("state", flat=True)) == ["cancelled", "cancelled", "declined"]


def test_nothing_ticked_asks_nobody(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    assert "Tick at least one" in last_said(rita.post(page_of(people, "ask_many"), {**TERMS, "way": "email"}))
    item = make_post(people)
    unclear = rita.post(page_of(people, "ask_many"), {"way": "email", "item": [item]})
    assert "Say how, where" in last_said(unclear)
    assert newest(people) is None


def test_an_unclear_reply_is_read_by_a_person_who_cannot_say_yes(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    made = ask(people, make_post(people), SendingWay.PUBLIC_REPLY)
    send_request(shop_id=people.shop.id, request_id=made.public_id)
    reply = answer(people, made.public_id, "sure, why not?")
    record_reply(shop_id=people.shop.id, request_id=made.public_id, reply=reply)
    page = rita.get(page_of(people, "request", made.public_id)).content.decode()
    assert "sure, why not?" in page
    assert "This is a no" in page
    settle = page_of(people, "settle_reply", made.public_id)
    assert rita.post(settle, {"reading": "yes"}).status_code == 400
    rita.post(settle, {"reading": "still_yes"})
    assert newest(people).state == "replied_unclear"
    rita.post(settle, {"reading": "no_answer"})
    assert newest(people).state == "sent"
    history = rita.get(page_of(people, "request", made.public_id)).content.decode()
    assert "read as no answer" in history
    assert str(people.rita) in history


def test_a_reminder_says_from_when_and_goes_out_once(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    made = ask(people, make_post(people))
    request = page_of(people, "request", made.public_id)
    remind = page_of(people, "remind_author", made.public_id)
    early = rita.get(request).content.decode()
    assert "The one reminder can go out from" in early
    assert remind not in early
    assert "five days" in last_said(rita.post(remind))
    sent_ago(people, made.public_id, days=6)
    assert remind in rita.get(request).content.decode()
    reminded = rita.post(remind)
    assert LINK.search(reminded.content.decode())
    assert remind not in rita.get(request).content.decode()
    assert "An author was reminded" in rita.get(request).content.decode()


def needs_of(rita: Client, people: Personas) -> dict[str, int]:
    """What Today lists, by the address that it leads to."""
    return {need.url: need.count for need in rita.get(page_of(people, "today")).context["today"]["needs"]}


def test_answers_to_read_are_on_today_and_listed(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    unclear, changed, settled, plain = (
        ask(people, make_post(people), SendingWay.PUBLIC_REPLY).public_id for _ in range(4)
    )
    listed = page_of(people, "requests") + "?show=to_read"
    assert listed not in needs_of(rita, people)
    shop_id = people.shop.id
    for request in (unclear, changed, settled, plain):
        send_request(shop_id=shop_id, request_id=request)
    record_reply(shop_id=shop_id, request_id=unclear, reply=answer(people, unclear, "Which one?"))
    # One that was unclear and then a yes needs nobody any more.
    record_reply(shop_id=shop_id, request_id=settled, reply=answer(people, settled, "Let me think"))
    for request in (changed, settled):
        yes = answer(people, request, "#yeslinden")
        record_reply(shop_id=shop_id, request_id=request, reply=yes)
        if request == changed:
            record_reply(shop_id=shop_id, request_id=request, reply=replace(yes, text="", deleted=True))
    assert needs_of(rita, people)[listed] == 2
    page = rita.get(listed)
    assert {row["row"].public_id for row in page.context["entries"]} == {unclear, changed}
    assert "edited or deleted" not in rita.get(page_of(people, "request", settled)).content.decode()
    rita.post(page_of(people, "settle_reply", changed), {"reading": "still_yes"})
    rita.post(page_of(people, "settle_reply", unclear), {"reading": "no"})
    assert listed not in needs_of(rita, people)
    assert "Nothing of this waits" in rita.get(listed).content.decode()
    assert rita.get(page_of(people, "requests") + "?show=nonsense").context["show"] == ""


def test_reminders_to_carry_by_hand_are_on_today_and_listed(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    by_link = ask(people, make_post(people)).public_id
    by_letter = ask(people, make_post(people), SendingWay.EMAIL, recipient="ana@example.com").public_id
    ask(people, make_post(people))
    listed = page_of(people, "requests") + "?show=to_remind"
    assert listed not in needs_of(rita, people)
    for request in (by_link, by_letter):
        sent_ago(people, request, days=6)
    assert needs_of(rita, people)[listed] == 1
    assert [row["row"].public_id for row in rita.get(listed).context["entries"]] == [by_link]
    rita.post(page_of(people, "remind_author", by_link))
    assert listed not in needs_of(rita, people)


def test_a_code_from_the_authors_account_opens_the_page_that_waits(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    made = ask(people, make_post(people))
    request, code = page_of(people, "request", made.public_id), page_of(people, "request_code", made.public_id)
    assert code not in rita.get(request).content.decode()
    author_answers(Client(), f"/c/{made.token}", channel=["site"])
    waiting = send_confirmation_link(token=made.token)
    assert waiting
    assert code in rita.get(request).content.decode()
    shown = re.search(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b", Client().get(f"/c/{waiting}").content.decode())
    assert shown
    assert "waits for that code" in last_said(rita.post(code, {"code": "0000-0000-0000"}))
    assert "Confirmed" in last_said(rita.post(code, {"code": f"here it is: {shown[0].lower()}"}))
    assert code not in rita.get(request).content.decode()
