"""The rights desk: its queue, filters and views, licences with their whole record, wordings, mail."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.core.scope import shop_scope
from project.rights import desk as rights_desk
from project.rights import selectors as rights
from project.rights.contracts import Channel, SendingWay
from project.rights.models import Licence, RightsRequest
from project.rights.wordings import Family, variants
from project.shops import selectors as shops
from project.shops.models import Mail, User
from project.shops.rules import MailState
from project.shops.services import queue_mail, send_mail_again
from project.shops.services.mail import SendAgain, send_queued_mail
from tests.factories import (
    Personas,
    item_input,
    license_items,
    make_items,
    make_personas,
    make_product,
    picture_comes_in,
)
from tests.rights.asking import ask, make_post, network
from tests.rights.author import answer as answer_page
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture(autouse=True)
def _comments(db: None) -> Iterator[None]:
    with network():
        yield


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


def queued(client: Client, people: Personas, query: str = "") -> set[str]:
    """The items on the queue's page under these filters."""
    response = client.get(page_of(people, "rights") + query)
    return {entry["card"].id for entry in response.context["entries"]}


def answered(people: Personas, item: str, how: str) -> str:
    """Ask about an item, and the author's answer; returns the request's id."""
    made = ask(people, item, channels=(Channel.SITE,))
    link = reverse("rights:consent", args=[made.token])
    if how == "declined":
        Client().post(link, {"answer": "decline"})
    else:
        assert answer_page(Client(), link, channel=["site"], credit="customer").status_code == 303
    if how == "withdrawn":
        Client().post(link, {"answer": "withdraw"})
    return made.public_id


def test_a_post_that_needs_permission_stands_with_its_picture_and_what_it_shows(
    people: Personas, client_of: ClientOf
) -> None:
    picture = MediaInput(remote_url="https://network.example/1.jpg", alt="A green cardigan on a chair")
    item = make_post(people, media=(picture,))
    picture_comes_in(people.shop.id, file="green.webp")
    page = client_of(people.victor).get(page_of(people, "rights")).content.decode()
    (case,) = re.findall(rf'<article class="case" id="case-{item}".*?</article>', page, re.DOTALL)
    (shown,) = re.findall(r'<div class="case-media">(.*?)</div>', case, re.DOTALL)
    assert re.findall(r'<img src="([^"]*)" alt="([^"]*)"', shown) == [
        ("/media/green.webp", "A green cardigan on a chair")
    ]
    assert re.search(r' width="\d+" height="\d+"', shown), "nothing moves under a hand when it comes in"


def test_the_queue_is_narrowed_by_source_product_state_and_age(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    product = make_product(people.shop.id, "Knit top")
    (new,) = make_items(people.shop.id, [item_input(product_external_id="knit-top")])
    declined, withdrawn, waiting = (make_post(people) for _ in range(3))
    answered(people, declined, "declined")
    answered(people, withdrawn, "withdrawn")
    ask(people, waiting)
    assert queued(rita, people) == {new, declined, withdrawn}
    assert queued(rita, people, "?asked=never") == {new}
    assert queued(rita, people, "?asked=declined") == {declined}
    assert queued(rita, people, "?asked=withdrawn") == {withdrawn}
    assert queued(rita, people, f"?product={product}") == {new}
    with shop_scope(people.shop.id):
        row = content.items().select_related("source").get(public_id=declined)
        content.items().filter(public_id=new).update(received_at=timezone.now() - timedelta(days=40))
    assert queued(rita, people, f"?source={row.source.public_id}") == {declined}
    assert queued(rita, people, "?age=older") == {new}
    assert queued(rita, people, "?age=week") == {declined, withdrawn}
    assert queued(rita, people, "?asked=nonsense&age=0") == {new, declined, withdrawn}
    assert "Said no on " in rita.get(page_of(people, "rights") + "?age=week").content.decode()
    assert "Withdrew on " in rita.get(page_of(people, "rights") + "?asked=withdrawn").content.decode()


def test_a_licence_that_ran_out_brings_its_item_back(people: Personas, client_of: ClientOf) -> None:
    item = make_post(people)
    licence = license_items(people.shop.id, [item])
    rita = client_of(people.rita)
    assert queued(rita, people) == set()
    with shop_scope(people.shop.id):
        Licence.objects.filter(pk=licence.pk).update(ends_at=timezone.now() - timedelta(hours=1))
    assert queued(rita, people, "?asked=ended") == {item}
    assert queued(rita, people, "?asked=never") == set()


def test_the_median_time_to_an_answer_counts_answers_alone(people: Personas, client_of: ClientOf) -> None:
    with shop_scope(people.shop.id):
        assert rights_desk.median_answer_time() is None
    now = timezone.now()
    for hours in (2, 4, 90):
        request = answered(people, make_post(people), "declined")
        with shop_scope(people.shop.id):
            RightsRequest.objects.filter(public_id=request).update(
                sent_at=now - timedelta(hours=hours), answered_at=now
            )
    ask(people, make_post(people))
    with shop_scope(people.shop.id):
        assert rights_desk.median_answer_time() == timedelta(hours=4)
    page = client_of(people.victor).get(page_of(people, "requests"))
    assert "take 4 hours, in the middle" in page.content.decode()
    assert {each["state"]: each["count"] for each in page.context["counts"]} == {"sent": 1, "declined": 3}
    only = client_of(people.victor).get(page_of(people, "requests") + "?state=sent")
    assert [entry["row"].state for entry in only.context["entries"]] == ["sent"]


def test_a_view_is_its_owners_own(people: Personas, client_of: ClientOf) -> None:
    victor, rita = client_of(people.victor), client_of(people.rita)
    save = page_of(people, "save_view")
    kept = victor.post(
        save, {"name": "Old ones", "query": "age=older&cursor=3&next=https://evil.example&asked=nonsense"}
    )
    assert kept.headers["Location"].endswith("?age=older")
    page = victor.get(page_of(people, "rights") + "?age=older")
    (view,) = page.context["views"]
    assert (view.name, view.query) == ("Old ones", "age=older")
    assert not rita.get(page_of(people, "rights")).context["views"]
    delete = page_of(people, "delete_view", view.public_id)
    assert "You have no such view" in last_said(rita.post(delete))
    assert client_of(people.charlie).post(delete).status_code == 404
    victor.post(save, {"name": "Old ones", "query": "age=week"})
    (view,) = victor.get(page_of(people, "rights") + "?age=older").context["views"]
    assert view.query == "age=week"
    victor.post(delete)
    assert not victor.get(page_of(people, "rights") + "?age=older").context["views"]


def test_a_view_needs_a_name_and_a_filter_and_there_are_not_too_many(people: Personas, client_of: ClientOf) -> None:
    victor, save = client_of(people.victor), page_of(people, "save_view")
    assert "name" in last_said(victor.post(save, {"name": " ", "query": "age=week"}))
    assert "filter" in last_said(victor.post(save, {"name": "All", "query": ""}))
    for number in range(20):
        victor.post(save, {"name": f"View {number}", "query": "age=week"})
    assert "20 views already" in last_said(victor.post(save, {"name": "One more", "query": "age=week"}))
    assert "saved" in last_said(victor.post(save, {"name": "View 3", "query": "age=month"}))


def expiring(people: Personas, item: str) -> Licence:
    licence = license_items(people.shop.id, [item], channels=(Channel.SITE,))
    with shop_scope(people.shop.id):
        Licence.objects.filter(pk=licence.pk).update(ends_at=timezone.now() + timedelta(days=10))
    return licence


def test_what_ends_soon_is_listed_said_and_renewed(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    item = make_post(people)
    licence = expiring(people, item)
    license_items(people.shop.id, [make_post(people)])
    listed = rita.get(page_of(people, "licences") + "?show=expiring")
    assert [entry["row"].public_id for entry in listed.context["entries"]] == [licence.public_id]
    page = page_of(people, "licence", licence.public_id)
    assert "expiring, and shown until then" in rita.get(page).content.decode()
    renew = f"{page_of(people, 'ask', item)}?renews={licence.public_id}"
    assert renew in rita.get(page).content.decode()
    form = rita.get(renew)
    assert 'value="site" id="id_channels_0" checked' in form.content.decode()
    asked = rita.post(
        renew,
        {"channels": ["site"], "markets": "DK", "days": "365", "renews": licence.public_id, "way": "private_link"},
    )
    assert asked.status_code == 200
    with shop_scope(people.shop.id):
        assert rights.requests().get().renews_id == licence.pk
    assert "Asked anew" in rita.get(page).content.decode()
    assert renew not in client_of(people.victor).get(page).content.decode()


def test_a_licence_shows_its_whole_record_and_what_the_ledger_says(people: Personas, client_of: ClientOf) -> None:
    request = answered(people, make_post(people), "withdrawn")
    with shop_scope(people.shop.id):
        licence = rights.requests().get(public_id=request).licence
    assert licence is not None
    page = client_of(people.victor).get(page_of(people, "licence", licence.public_id))
    words = page.content.decode()
    assert [event["kind"] for event in page.context["events"]][:2] == ["asked", "granted"]
    assert "withdrawn" in [event["kind"] for event in page.context["events"]]
    for said in (licence.terms_sha256, licence.terms_version, "Exclusive", "Can be withdrawn", "by the author"):
        assert said in words
    assert page_of(people, "request", request) in words


WORDS = {"way": "private_link", "language": "en", "subject": ""}


def test_a_wording_that_presses_is_refused_at_its_field_and_a_good_one_is_used(
    people: Personas, client_of: ClientOf
) -> None:
    rita = client_of(people.rita)
    save = page_of(people, "save_wording")
    refused = rita.post(save, {**WORDS, "text": "You must say yes, last chance! {link}"})
    assert refused.status_code == 400
    assert refused.context["form"].errors["text"]
    good = variants(Family.DIRECT, "en")[0].text + "\nOur very own words."
    assert rita.post(save, {**WORDS, "text": good}).status_code == 302
    page = rita.get(page_of(people, "wordings") + "?way=private_link&language=en")
    (own,) = page.context["own"]
    assert "Our very own words." in page.content.decode()
    assert "Hi @ana, may Linden show your photo" in page.content.decode()  # as an author would read it
    assert len(page.context["brought"]) >= 3
    ask_page = rita.get(page_of(people, "ask", make_post(people)))
    assert own["wording"].public_id in {option["code"] for option in ask_page.context["templates"]}
    rita.post(page_of(people, "retire_wording", own["wording"].public_id))
    assert not rita.get(page_of(people, "wordings") + "?way=private_link&language=en").context["own"]


def test_victor_reads_wordings_and_keeps_none(people: Personas, client_of: ClientOf) -> None:
    victor = client_of(people.victor)
    page = victor.get(page_of(people, "wordings") + "?way=email&language=de")
    assert page.context["form"] is None
    assert [one["wording"].language for one in page.context["brought"]] == ["de"] * len(page.context["brought"])
    assert victor.post(page_of(people, "save_wording"), {**WORDS, "text": "x"}).status_code == 403


def failed_mail(people: Personas, **values: Any) -> str:
    mail = queue_mail(
        shop_id=people.shop.id,
        **{"purpose": "licence_expiring", "to": "rita@example.com", "subject": "It ends", "text": "Hello", **values},
        language="en",
    )
    with shop_scope(people.shop.id):
        Mail.objects.filter(public_id=mail).update(
            state=MailState.FAILED, error=ConnectionRefusedError.__name__, attempts=1
        )
    return mail


def test_a_failed_message_says_why_and_is_sent_again_once(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    mail = failed_mail(people)
    page = rita.get(page_of(people, "mails") + "?state=failed").content.decode()
    assert "does not answer at the address that is set" in page
    again = page_of(people, "send_mail_again", mail)
    assert again in rita.get(page_of(people, "mail", mail)).content.decode()
    assert "on its way again" in last_said(rita.post(again))
    assert "Only a message that failed" in last_said(rita.post(again))
    assert rita.get(page_of(people, "mail", "mal_unknown")).status_code == 404
    assert client_of(people.victor).get(page_of(people, "mail", mail)).status_code == 403
    assert client_of(people.bob).get(page_of(people, "mails")).status_code == 403
    assert client_of(people.charlie).get(page_of(people, "mail", mail)).status_code == 404


def test_a_message_that_waits_for_its_next_try_says_so_and_can_go_now(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    made = ask(people, make_post(people), SendingWay.EMAIL, recipient="ana@example.com")
    with shop_scope(people.shop.id):
        mail = shops.mails().get(about=made.public_id).public_id
    assert "Waits for its next try" not in rita.get(page_of(people, "mails")).content.decode()
    down = {"VOUCHSAFE_MAIL_IS_KEPT": False, "EMAIL_BACKEND": "tests.shops.mail_backends.Greylists"}
    with override_settings(**down), pytest.raises(SendAgain):
        send_queued_mail(shop_id=people.shop.id, mail_id=mail)
    listed = rita.get(page_of(people, "mails")).content.decode()
    assert "Waits for its next try" in listed
    assert "asks to come back later. Next try:" in listed
    again = page_of(people, "send_mail_again", mail)
    page = rita.get(page_of(people, "mail", mail)).content.decode()
    assert again in page
    assert "for a day in all" in page
    assert "on its way again" in last_said(rita.post(again))
    with override_settings(VOUCHSAFE_MAIL_IS_KEPT=False):
        send_queued_mail(shop_id=people.shop.id, mail_id=mail)
    assert again not in rita.get(page_of(people, "mail", mail)).content.decode()


def test_a_letter_whose_request_ended_is_not_sent_again(people: Personas, client_of: ClientOf) -> None:
    rita = client_of(people.rita)
    made = ask(people, make_post(people), SendingWay.EMAIL, recipient="ana@example.com")
    with shop_scope(people.shop.id):
        mail = shops.mails().get(about=made.public_id)
        Mail.objects.filter(pk=mail.pk).update(state=MailState.FAILED)
    rita.post(page_of(people, "cancel_request", made.public_id))
    page = rita.get(page_of(people, "mail", mail.public_id)).content.decode()
    assert "its link grants nothing any more" in page
    assert rita.post(page_of(people, "send_mail_again", mail.public_id)).status_code == 409
    with shop_scope(people.shop.id):
        assert shops.mails().get(pk=mail.pk).state == MailState.FAILED


def test_a_message_that_nobody_lives_to_read_keeps_no_text_and_goes_nowhere(
    people: Personas, client_of: ClientOf
) -> None:
    rita = client_of(people.rita)
    mail = queue_mail(
        shop_id=people.shop.id,
        purpose="statement_of_reasons",
        to="ana@example.org",
        subject="It",
        text="A secret",
        language="en",
    )
    nobody = {"VOUCHSAFE_MAIL_IS_KEPT": False, "EMAIL_BACKEND": "tests.shops.mail_backends.NobodyThere"}
    with override_settings(**nobody):
        send_queued_mail(shop_id=people.shop.id, mail_id=mail)
    page = rita.get(page_of(people, "mail", mail)).content.decode()
    assert "deleted when the address refused it" in page
    assert "says that nobody has this address" in page
    assert page_of(people, "send_mail_again", mail) not in page
    assert "can be sent again" in last_said(rita.post(page_of(people, "send_mail_again", mail)))


def test_a_letter_that_ends_no_request_is_not_said_to(people: Personas, client_of: ClientOf) -> None:
    made = ask(people, make_post(people))
    letter = queue_mail(
        shop_id=people.shop.id,
        purpose="author_confirmation",
        to="ana@example.org",
        subject="Your link",
        text="A secret",
        language="en",
        about=made.public_id,
    )
    nobody = {"VOUCHSAFE_MAIL_IS_KEPT": False, "EMAIL_BACKEND": "tests.shops.mail_backends.NobodyThere"}
    with override_settings(**nobody):
        send_queued_mail(shop_id=people.shop.id, mail_id=letter)
    page = client_of(people.rita).get(page_of(people, "mail", letter)).content.decode()
    assert "Its request ended" not in page
    assert "Nobody has this address" in page


def test_a_message_goes_out_again_with_fresh_tries(people: Personas) -> None:
    mail = failed_mail(people)
    send_mail_again(shop_id=people.shop.id, actor_id=people.rita.pk, mail_id=mail)
    with shop_scope(people.shop.id):
        row = shops.mails().get(public_id=mail)
    assert (row.attempts, row.error, row.settled_at) == (0, "", None)
