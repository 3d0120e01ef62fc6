"""Mail on its way out: kept, by SMTP, through a provider; and what becomes of a letter that nobody takes."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from smtplib import SMTPRecipientsRefused
from typing import Any, ClassVar

import pytest
from django.core import mail as outbox
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils import timezone

from project.core.errors import Conflict
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.contracts import RequestState, SendingWay
from project.settings.mail import KEPT, SMTP, mail_settings, providers
from project.shops.checks import mail_can_leave, mail_is_not_kept
from project.shops.models import Mail
from project.shops.rules import mail_pause
from project.shops.selectors import mails_due
from project.shops.services import queue_mail, send_mail_again
from project.shops.services.mail import SendAgain, nobody_lives_there, send_queued_mail
from tests.factories import Personas, make_personas
from tests.rights.asking import ask, history, make_post, network, request_row

pytestmark = pytest.mark.django_db
BACKENDS = "tests.shops.mail_backends"


@pytest.fixture
def people() -> Personas:
    return make_personas()


def queue(people: Personas) -> str:
    return queue_mail(
        shop_id=people.shop.id, purpose="test", to="ana@example.org", subject="Hello", text="A secret", language="da"
    )


def row(people: Personas, mail_id: str) -> Mail:
    with shop_scope(people.shop.id):
        return Mail.objects.get(public_id=mail_id)


def send(people: Personas, mail_id: str, backend: str = "") -> None:
    values: dict[str, Any] = {"VOUCHSAFE_MAIL_IS_KEPT": False}
    if backend:
        values["EMAIL_BACKEND"] = f"{BACKENDS}.{backend}"
    with override_settings(**values):
        send_queued_mail(shop_id=people.shop.id, mail_id=mail_id)


def test_without_a_provider_a_letter_is_kept_and_with_one_it_leaves_and_is_forgotten(people: Personas) -> None:
    kept, sent = queue(people), queue(people)
    send_queued_mail(shop_id=people.shop.id, mail_id=kept)
    assert (row(people, kept).state, row(people, kept).text) == ("kept", "A secret")
    send(people, sent)
    assert (row(people, sent).state, row(people, sent).text) == ("sent", "")
    assert [message.to for message in outbox.outbox] == [["ana@example.org"]]


def trouble(people: Personas, mail_id: str, backend: str) -> timedelta:
    """One try, once it is due, that some trouble ends; returns how long after it the next one comes."""
    with shop_scope(people.shop.id):
        Mail.objects.filter(public_id=mail_id).exclude(next_try_at=None).update(next_try_at=timezone.now())
    with pytest.raises(SendAgain) as again:
        send(people, mail_id, backend)
    next_try_at = row(people, mail_id).next_try_at
    assert next_try_at is not None
    assert abs(next_try_at - timezone.now() - again.value.pause) < timedelta(seconds=5)
    return again.value.pause


def asked_by_letter(people: Personas) -> tuple[str, str, str]:
    """The item, the request, and the letter."""
    item = make_post(people)
    made = ask(people, item, SendingWay.EMAIL, recipient="ana@example.org")
    with shop_scope(people.shop.id):
        return item, made.public_id, Mail.objects.get(about=made.public_id).public_id


@pytest.mark.parametrize("backend", ["Hangup", "ProviderDown", "Greylists"])
def test_what_may_pass_is_tried_for_a_day_and_ends_no_request(people: Personas, backend: str) -> None:
    with network():
        _item, request, mail_id = asked_by_letter(people)
    pauses = [trouble(people, mail_id, backend)]
    while mail_pause(len(pauses) + 1) is not None:
        pauses.append(trouble(people, mail_id, backend))
    assert pauses[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert timedelta(hours=12) < sum(pauses, timedelta()) <= timedelta(days=1)
    assert row(people, mail_id).state == "queued"
    with shop_scope(people.shop.id):
        Mail.objects.update(next_try_at=timezone.now())
    send(people, mail_id, backend)
    assert (row(people, mail_id).state, row(people, mail_id).next_try_at) == ("failed", None)
    relay_shop(people.shop.id)
    assert request_row(people, request).state == RequestState.SENT
    send_mail_again(shop_id=people.shop.id, actor_id=people.rita.pk, mail_id=mail_id)
    send(people, mail_id)
    assert row(people, mail_id).state == "sent"


def test_a_try_that_is_not_due_is_left_alone_and_one_by_hand_comes_at_once(people: Personas) -> None:
    mail_id = queue(people)
    trouble(people, mail_id, "Hangup")
    send(people, mail_id)
    assert (row(people, mail_id).state, row(people, mail_id).attempts) == ("queued", 1)
    send_mail_again(shop_id=people.shop.id, actor_id=people.rita.pk, mail_id=mail_id)
    send(people, mail_id)
    assert row(people, mail_id).state == "sent"


def test_the_sweep_finds_what_is_due_or_was_lost_and_nothing_else(people: Personas) -> None:
    due, later, fresh = queue(people), queue(people), queue(people)
    for mail_id in (due, later):
        trouble(people, mail_id, "Hangup")
    with shop_scope(people.shop.id):
        now = timezone.now()
        Mail.objects.filter(public_id=due).update(next_try_at=now)
        assert [mail.public_id for mail in mails_due(now)] == [due]
        assert [mail.public_id for mail in mails_due(now + timedelta(minutes=11))] == [due, later, fresh]


@pytest.mark.parametrize("backend", ["NobodyThere", "ProviderRefuses"])
def test_an_address_that_takes_nothing_is_not_tried_again_and_the_request_ends(people: Personas, backend: str) -> None:
    with network():
        item, request, mail_id = asked_by_letter(people)
    send(people, mail_id, backend)
    assert (row(people, mail_id).state, row(people, mail_id).attempts) == ("failed", 1)
    assert row(people, mail_id).text == ""
    with pytest.raises(Conflict):
        send_mail_again(shop_id=people.shop.id, actor_id=people.rita.pk, mail_id=mail_id)
    relay_shop(people.shop.id)
    assert request_row(people, request).state == RequestState.CANCELLED
    assert history(people, item)[-1] == "request.not_delivered"
    with network():
        assert ask(people, item).state == "sent"


def test_another_letter_about_a_request_does_not_end_it(people: Personas) -> None:
    with network():
        _item, request, _mail = asked_by_letter(people)
    fresh_link = queue_mail(
        shop_id=people.shop.id,
        purpose="author_confirmation",
        to="ana@example.org",
        subject="Your link",
        text="A secret",
        language="en",
        about=request,
    )
    send(people, fresh_link, "NobodyThere")
    assert row(people, fresh_link).state == "failed"
    relay_shop(people.shop.id)
    assert request_row(people, request).state == RequestState.SENT


@pytest.mark.parametrize(
    ("codes", "for_good"), [((550,), True), ((450,), False), ((550, 451), False), ((550, 553), True), ((), False)]
)
def test_only_a_server_that_says_never_is_believed(codes: tuple[int, ...], for_good: bool) -> None:
    refused = SMTPRecipientsRefused({f"{n}@example.org": (code, b"no") for n, code in enumerate(codes)})
    assert nobody_lives_there(refused) is for_good


def test_the_provider_is_chosen_by_the_environment() -> None:
    assert mail_settings("", {}).backend == KEPT
    assert mail_settings("", {}).is_kept
    assert mail_settings("smtp", {}).backend == SMTP
    given = {"ANYMAIL_POSTMARK_SERVER_TOKEN": "t", "ANYMAIL_EMPTY": "", "OTHER": "x"}
    for name in ("postmark", "anymail.backends.postmark.EmailBackend"):
        chosen = mail_settings(name, given)
        assert chosen.backend == "anymail.backends.postmark.EmailBackend"
        assert (chosen.is_kept, chosen.anymail) == (False, {"POSTMARK_SERVER_TOKEN": "t"})
    assert {"postmark", "mailgun", "brevo", "amazon_ses"} <= set(providers())


@pytest.mark.parametrize(
    ("provider", "environment", "word"),
    [
        ("pigeon", {"ANYMAIL_PIGEON_KEY": "x"}, "pigeon"),
        ("anymail.backends.test.EmailBackend", {"ANYMAIL_X": "x"}, "unknown"),
        ("os.path", {}, "unknown"),
        ("postmark", {}, "ANYMAIL_POSTMARK"),
    ],
)
def test_a_provider_that_cannot_be_is_refused_at_the_start(
    provider: str, environment: dict[str, str], word: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=word):
        mail_settings(provider, environment)


def test_a_provider_with_the_wrong_settings_is_found_by_the_check() -> None:
    backend = "anymail.backends.postmark.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, ANYMAIL={"MAILGUN_API_KEY": "x"}):
        (problem,) = mail_can_leave(None)
    assert problem.id == "vouchsafe.shops.E001"
    assert "POSTMARK_SERVER_TOKEN" in problem.msg
    with override_settings(EMAIL_BACKEND=backend, ANYMAIL={"POSTMARK_SERVER_TOKEN": "x"}):
        assert mail_can_leave(None) == []
    assert mail_can_leave(None) == []


def test_mail_that_staff_can_read_instead_of_its_author_is_warned_of() -> None:
    with override_settings(VOUCHSAFE_MAIL_IS_KEPT=True):
        (problem,) = mail_is_not_kept(None)
    assert (problem.id, problem.is_serious()) == ("vouchsafe.shops.W001", False)
    assert "links that answer for them" in problem.msg
    with override_settings(VOUCHSAFE_MAIL_IS_KEPT=False):
        assert mail_is_not_kept(None) == []


class _Provider(BaseHTTPRequestHandler):
    """The provider's side: takes one message in its own JSON."""

    taken: ClassVar[list[tuple[str | None, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.taken.append((self.headers["X-Postmark-Server-Token"], body))
        answer = [{"ErrorCode": 0, "Message": "OK", "MessageID": "m1", "To": "ana@example.org"}]
        data = json.dumps(answer if isinstance(body, list) else answer[0]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


def test_a_letter_leaves_through_a_provider(people: Personas) -> None:
    mail_id = queue(people)
    server = HTTPServer(("127.0.0.1", 0), _Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with override_settings(
            VOUCHSAFE_MAIL_IS_KEPT=False,
            EMAIL_BACKEND="anymail.backends.postmark.EmailBackend",
            ANYMAIL={
                "POSTMARK_SERVER_TOKEN": "the shop's",
                "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_address[1]}/",
            },
        ):
            send_queued_mail(shop_id=people.shop.id, mail_id=mail_id)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    ((token, body),) = _Provider.taken
    assert token == "the shop's"
    assert (body["To"], body["Subject"], body["TextBody"]) == ("ana@example.org", "Hello", "A secret")
    assert row(people, mail_id).state == "sent"
