"""What time asks for: the one reminder, silence after fourteen days, warnings before a licence ends, lost drafts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from project.content.source_policies import Pace
from project.core.errors import Conflict, VouchsafeError
from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights import selectors
from project.rights.contracts import AuthorChoice, Channel, RequestState, SendingWay
from project.rights.models import LicenceEvent
from project.rights.senders import SendingFailed
from project.rights.services import grant_request, keep_asking, remind, send_request
from project.rights.services.schedule import note_silence, remind_due, warn_of_endings
from project.rights.tasks import keep_asking_task
from project.shops.models import Mail
from tests.factories import Personas, license_items, make_personas
from tests.rights.asking import (
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


@pytest.fixture
def people() -> Personas:
    return make_personas()


@pytest.fixture
def net() -> Iterator[Network]:
    with network() as sender:
        yield sender


def mails(people: Personas, purpose: str = "rights_request") -> list[Mail]:
    with shop_scope(people.shop.id):
        return list(Mail.objects.filter(purpose=purpose).order_by("id"))


def public_request(people: Personas, item: str) -> str:
    made = ask(people, item, SendingWay.PUBLIC_REPLY)
    assert send_request(shop_id=people.shop.id, request_id=made.public_id)
    return made.public_id


def test_r3_fourteen_days_of_silence_are_an_answer_and_thirteen_are_not(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item)
    sent_ago(people, made.public_id, days=13, hours=23)
    now = timezone.now()
    assert note_silence(shop_id=people.shop.id, now=now) == 0
    assert note_silence(shop_id=people.shop.id, now=now + timedelta(hours=2)) == 1
    assert note_silence(shop_id=people.shop.id, now=now + timedelta(hours=2)) == 0
    assert request_row(people, made.public_id).state == RequestState.NO_REPLY
    assert history(people, item)[-1] == "request.no_reply"
    with shop_scope(people.shop.id):
        assert '"type":"no_reply"' in LicenceEvent.objects.order_by("-number")[0].body
    # Silence bars nobody: the author may be asked anew, and the old link still takes a yes.
    grant_request(
        token=made.token, choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")
    )
    assert shown(people) == [item]


def test_r3_an_unclear_answer_is_no_silence(people: Personas, net: Network) -> None:
    request_id = public_request(people, make_post(people))
    sent_ago(people, request_id, days=20)
    with shop_scope(people.shop.id):
        type(request_row(people, request_id)).objects.update(state=RequestState.REPLIED_UNCLEAR)
    assert note_silence(shop_id=people.shop.id, now=timezone.now()) == 0


def test_a_letter_is_followed_by_one_reminder_by_letter(people: Personas, net: Network) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.EMAIL, recipient="ana@example.org", language="nl")
    now = timezone.now()
    assert remind_due(shop_id=people.shop.id, now=now) == 0
    sent_ago(people, made.public_id, days=5, minutes=1)
    assert remind_due(shop_id=people.shop.id, now=now) == 1
    assert remind_due(shop_id=people.shop.id, now=now + timedelta(days=5)) == 0
    first, reminder = mails(people)
    assert (reminder.to, reminder.language, reminder.about) == ("ana@example.org", "nl", made.public_id)
    assert "herinnering" in reminder.text
    tokens = [TOKEN.findall(mail.text)[0] for mail in (first, reminder)]
    assert tokens[0] != tokens[1]
    assert {selectors.request_view(token).public_id for token in tokens} == {made.public_id}
    assert history(people, item)[-1] == "request.reminded"


def test_a_public_question_is_followed_by_one_public_reminder(people: Personas, net: Network) -> None:
    request_id = public_request(people, make_post(people))
    sent_ago(people, request_id, days=6)
    assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 1
    assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 0
    assert len(net.texts) == 2
    assert "#yeslinden" in net.texts[1]
    assert not TOKEN.search(net.texts[1])
    assert mails(people) == []


def test_a_reminder_that_the_network_refuses_is_not_forced(people: Personas, net: Network) -> None:
    item = make_post(people)
    request_id = public_request(people, item)
    sent_ago(people, request_id, days=6)
    net.fault = SendingFailed("unreachable", again=True)
    remind_due(shop_id=people.shop.id, now=timezone.now())
    assert history(people, item)[-1] == "request.reminder_not_sent"
    assert request_row(people, request_id).state == RequestState.SENT


def test_what_people_carry_they_remind_of_themselves(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people))
    with pytest.raises(Conflict):
        remind(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    sent_ago(people, made.public_id, days=6)
    assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 0
    with shop_scope(people.shop.id):
        assert [row.public_id for row in selectors.reminders_due(timezone.now())] == [made.public_id]
    reminder = remind(shop_id=people.shop.id, actor_id=people.rita.pk, request_id=made.public_id)
    assert TOKEN.findall(reminder.message) == [reminder.token]
    assert reminder.token != made.token
    with pytest.raises(Conflict):
        remind(shop_id=people.shop.id, actor_id=people.alice.pk, request_id=made.public_id)
    with shop_scope(people.shop.id):
        assert not selectors.reminders_due(timezone.now()).exists()


def test_nobody_is_reminded_of_what_they_answered(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people), SendingWay.EMAIL, recipient="ana@example.org")
    sent_ago(people, made.public_id, days=6)
    (mail,) = mails(people)
    grant_request(
        token=TOKEN.findall(mail.text)[0],
        choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana"),
    )
    assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 0
    with pytest.raises(Conflict):
        remind(shop_id=people.shop.id, actor_id=None, request_id=made.public_id)


def test_r8_reminders_keep_the_pace_too_and_take_turns(people: Personas) -> None:
    with network(pace=Pace(per_hour=3, per_day=9)) as net:
        source = make_network_source(people)
        ids = [public_request(people, make_post(people, source)) for _ in range(3)]
        for request_id in ids:
            sent_ago(people, request_id, days=6)
        net.texts.clear()
        for _ in range(2):
            public_request(people, make_post(people, source))
        assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 1
        with pytest.raises(VouchsafeError):
            remind(shop_id=people.shop.id, actor_id=None, request_id=ids[2])
    with network() as net:
        assert remind_due(shop_id=people.shop.id, now=timezone.now()) == 2
        plain = [re.sub(r"@ana\d+", "@ana", text) for text in net.texts]
        assert plain[0] != plain[1]


def test_r3_staff_are_warned_once_thirty_days_before_a_licence_ends(people: Personas) -> None:
    now = timezone.now()
    with network():
        soon, later = make_post(people), make_post(people)
    ending = license_items(people.shop.id, [soon], ends_at=now + timedelta(days=29))
    license_items(people.shop.id, [later], ends_at=now + timedelta(days=31))
    assert warn_of_endings(shop_id=people.shop.id, now=now) == 1
    assert warn_of_endings(shop_id=people.shop.id, now=now) == 0
    warned = mails(people, "licence_expiring")
    # Alice and Rita may ask; Bob and Victor may not, Charlie is somebody else.
    assert sorted(mail.to for mail in warned) == sorted([people.alice.email, people.rita.email])
    assert f"/studio/{people.shop.slug}/rights/licences/" in warned[0].text
    with shop_scope(people.shop.id):
        assert [row.public_id for row in selectors.expiring_licences(now)] == [ending.public_id]
    assert set(shown(people)) == {soon, later}
    assert warn_of_endings(shop_id=people.shop.id, now=now + timedelta(days=2)) == 1


def test_a_prepared_message_whose_task_was_lost_is_found_and_an_old_one_given_up(
    people: Personas, net: Network
) -> None:
    item = make_post(people)
    made = ask(people, item, SendingWay.PUBLIC_REPLY)
    now = timezone.now()
    assert keep_asking(shop_id=people.shop.id, now=now) == ()
    assert keep_asking(shop_id=people.shop.id, now=now + timedelta(minutes=3)) == (made.public_id,)
    assert keep_asking(shop_id=people.shop.id, now=now + timedelta(days=8)) == ()
    assert request_row(people, made.public_id).state == RequestState.CANCELLED
    assert history(people, item)[-1] == "request.not_sent"


def test_the_clock_visits_every_shop_in_its_own_scope(people: Personas, net: Network) -> None:
    made = ask(people, make_post(people))
    sent_ago(people, made.public_id, days=15)
    keep_asking_task()
    assert request_row(people, made.public_id).state == RequestState.NO_REPLY
    assert not AuditEntry.objects.filter(shop_id=people.other_shop.id, action="request.no_reply").exists()
