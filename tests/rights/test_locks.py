"""Two at once: nobody waits for somebody who waits for them, and nobody joins what another is about to end."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from project.content.contracts import AuthorInput, MediaInput
from project.content.models import ContentItem, Media
from project.content.services import take_down_items
from project.core.errors import VouchsafeError
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.contracts import (
    AuthorChoice,
    Channel,
    EndReason,
    LinkPurpose,
    NewRequest,
    NoticeCategory,
    NoticeDecision,
    NoticeState,
    Remedy,
)
from project.rights.models import Hold, Licence, LicenceItem, Notice, RightsRequest, StatementOfReasons
from project.rights.services import (
    answer_objection,
    ask_permission,
    change_scope,
    decide_notice,
    erase_author,
    file_notice,
    grant_request,
    object_to_statement,
    withdraw_item,
)
from project.rights.services.links import mint_link
from tests.factories import (
    Personas,
    item_input,
    make_items,
    make_personas,
    make_published,
    notice_input,
    picture_comes_in,
)
from tests.rights.author import anas_post
from tests.two_at_once import both, item_of, ledger_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
LONG = "This is my photograph, taken in my garden, and nobody ever asked me whether a shop may show it to people."
CHOICE = AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana")


@pytest.fixture
def people() -> Personas:
    return make_personas()


def plausible(item: str, email: str) -> Any:
    return notice_input(item, category=NoticeCategory.COPYRIGHT, explanation=LONG, email=email)


def decision(people: Personas, notice: str, outcome: NoticeState, **values: Any) -> None:
    reason = "lawful" if outcome == NoticeState.REJECTED else "rights_missing"
    decide_notice(
        shop_id=people.shop.id,
        actor_id=people.rita.pk,
        notice_id=notice,
        decision=NoticeDecision(outcome=outcome, reason=reason, note="We have compared both.", **values),
    )


def granted(people: Personas, number: int) -> tuple[str, str, RightsRequest]:
    """One author said yes; returns their item, their licence and the request."""
    shop_id = people.shop.id
    author = AuthorInput(external_id=f"ana-{number}", display_name="Ana", handle="@ana")
    (item,) = make_items(shop_id, [anas_post(author=author)])
    asked = ask_permission(shop_id=shop_id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("*",))
    licence = grant_request(token=asked.token, choice=CHOICE)
    with shop_scope(shop_id):
        return item, licence, RightsRequest.objects.select_related("item").get(public_id=asked.public_id)


def asked_anew(people: Personas, item: str, licence: str) -> NewRequest:
    """The same author is asked for a renewal of their licence."""
    return ask_permission(
        shop_id=people.shop.id,
        actor_id=None,
        item_id=item,
        channels=(Channel.SITE,),
        markets=("*",),
        renews=licence,
    )


def withdrawing(people: Personas, notice: str, item: str) -> None:
    decision(people, notice, NoticeState.UPHELD, remedy=Remedy.WITHDRAW)


def partly(people: Personas, notice: str, item: str) -> None:
    with shop_scope(people.shop.id):
        pictures = list(Media.objects.filter(item__public_id=item).values_list("public_id", flat=True))
        licences = list(Licence.objects.filter(coverage__item__public_id=item).values_list("public_id", flat=True))
    decision(people, notice, NoticeState.PARTLY, media_ids=tuple(pictures), licence_ids=tuple(licences))


def erasing(people: Personas, notice: str, item: str) -> None:
    with shop_scope(people.shop.id):
        author = ContentItem.objects.get(public_id=item).author_id
    assert author is not None
    erase_author(shop_id=people.shop.id, actor_id=None, author_pk=author, confirmed_by="mail")


@pytest.mark.parametrize("act", [withdrawing, partly, erasing])
@pytest.mark.parametrize("notice_first", [True, False])
def test_a_new_notice_waits_in_the_same_order_as_what_ends_its_item(
    act: Callable[[Personas, str, str], None], notice_first: bool, people: Personas
) -> None:
    for number in range(ROUNDS):
        author = AuthorInput(external_id=f"ana-{number}", display_name="Ana")
        picture = MediaInput(remote_url=f"https://m.example/{number}.jpg")
        (item,) = make_published(people.shop.id, [item_input(author=author, media=(picture,))])
        picture_comes_in(people.shop.id, file=f"{number}.webp")
        filed = file_notice(notice=plausible(item, f"v{number}@example.org"))
        sides: list[Callable[[], Any]] = [
            partial(file_notice, notice=plausible(item, f"w{number}@example.org")),
            partial(act, people, filed.public_id, item),
        ]
        first, second = both(ledger_of(people.shop.id), *(sides if notice_first else reversed(sides)))
        assert (first.error, second.error) == (None, None)


def test_a_change_of_scope_and_an_erasure_wait_for_one_another_in_one_order(people: Personas) -> None:
    for number in range(ROUNDS):
        item, _licence, request = granted(people, number)
        with shop_scope(people.shop.id):
            token = mint_link(request, purpose=LinkPurpose.CONFIRMED)
        erased, changing = both(
            item_of(people.shop.id, item),
            partial(erasing, people, "", item),
            partial(change_scope, token=token, choice=CHOICE),
        )
        assert erased.error is None
        assert isinstance(changing.error, VouchsafeError), "whoever comes second is told that the link opens nothing"
        assert changing.error.status == 410


def test_a_renewal_and_a_withdrawal_wait_for_one_another_in_one_order(people: Personas) -> None:
    for number in range(ROUNDS):
        item, licence, _request = granted(people, number)
        asked = asked_anew(people, item, licence)
        granting, ending = both(
            ledger_of(people.shop.id),
            partial(grant_request, token=asked.token, choice=CHOICE),
            partial(withdraw_item, shop_id=people.shop.id, actor_id=None, item_id=item, reason=EndReason.AUTHOR),
        )
        assert (granting.error, ending.error) == (None, None)
        with shop_scope(people.shop.id):
            assert not LicenceItem.objects.filter(item__public_id=item, ended_at=None).exists()


@pytest.mark.parametrize("granting_first", [True, False])
def test_a_renewal_and_a_decision_that_ends_the_permission_wait_for_one_another_in_one_order(
    granting_first: bool, people: Personas
) -> None:
    for number in range(ROUNDS):
        item, licence, _request = granted(people, number)
        asked = asked_anew(people, item, licence)
        filed = file_notice(notice=plausible(item, f"v{number}@example.org"))
        sides: list[Callable[[], Any]] = [
            partial(grant_request, token=asked.token, choice=CHOICE),
            partial(withdrawing, people, filed.public_id, item),
        ]
        both(item_of(people.shop.id, item), *(sides if granting_first else reversed(sides)), expected=(VouchsafeError,))
        with shop_scope(people.shop.id):
            assert not LicenceItem.objects.filter(item__public_id=item, ended_at=None).exists()
            assert Notice.objects.get(public_id=filed.public_id).state == NoticeState.UPHELD


@pytest.mark.parametrize("erasing_first", [True, False])
def test_an_erasure_and_an_answer_to_an_objection_wait_for_one_another_in_one_order(
    erasing_first: bool, people: Personas
) -> None:
    for number in range(ROUNDS):
        author = AuthorInput(external_id=f"ana-{number}", display_name="Ana")
        (item,) = make_published(people.shop.id, [item_input(author=author)])
        take_down_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item], reason="personal_data")
        relay_shop(people.shop.id)
        with shop_scope(people.shop.id):
            statement = StatementOfReasons.objects.get(item__public_id=item).public_id
        object_to_statement(shop_id=people.shop.id, statement_id=statement, objection="It is my own address.")
        sides: list[Callable[[], Any]] = [
            partial(erasing, people, "", item),
            partial(
                answer_objection,
                shop_id=people.shop.id,
                actor_id=people.rita.pk,
                statement_id=statement,
                lift=True,
                answer="You are right.",
            ),
        ]
        both(item_of(people.shop.id, item), *(sides if erasing_first else reversed(sides)), expected=(VouchsafeError,))
        with shop_scope(people.shop.id):
            assert not ContentItem.objects.filter(public_id=item).exclude(text="").exists()


def test_whoever_is_told_that_it_is_hidden_sees_it_hidden(people: Personas) -> None:
    """A notice joins a hold that a decision on another notice is about to lift."""
    for number, item in enumerate(make_published(people.shop.id, ROUNDS)):
        first = file_notice(notice=plausible(item, f"v{number}@example.org"))
        filing, deciding = both(
            ledger_of(people.shop.id),
            partial(file_notice, notice=plausible(item, f"w{number}@example.org")),
            partial(decision, people, first.public_id, NoticeState.REJECTED),
        )
        assert (filing.error, deciding.error) == (None, None)
        assert filing.result.hidden
        with shop_scope(people.shop.id):
            assert Hold.objects.filter(item__public_id=item, closed_at=None).exists()
