"""Entries: linked, canonical, in the transaction that they tell of, and without a word of anybody in them."""

import json
import threading

import pytest
import rfc8785
from django.db import DatabaseError, connection, transaction

from project.content.models import Author, ContentItem
from project.content.rules import CreditKind
from project.core.hashing import payload_hash, personal_hash
from project.core.scope import shop_scope
from project.rights.contracts import Channel, EndReason, ReplyVerdict
from project.rights.ledger import append_event
from project.rights.ledger.commitments import sha256_of
from project.rights.ledger.tree import leaf_hash
from project.rights.models import Licence, LicenceEvent, RequestReply, RightsRequest
from project.rights.services import ask_permission, grant_licence, withdraw_licence
from project.rights.services.licences import new_licence
from tests.factories import Personas, item_input, later, license_items, make_items, make_personas, terms
from tests.rights.ledger.helpers import ANA, WORDS, append, bodies, event_of, granted, texts_in

pytestmark = pytest.mark.django_db


def test_each_entry_is_canonical_and_names_the_one_before(people: Personas) -> None:
    append(people.shop.id, 4)
    before = None
    for number, body in enumerate(bodies(people.shop.id), start=1):
        facts = json.loads(body)
        assert rfc8785.dumps(facts).decode() == body
        assert (facts["v"], facts["number"], facts["prev"]) == (2, number, before)
        before = leaf_hash(body.encode()).hex()


def test_an_entry_goes_with_the_transaction_it_tells_of(people: Personas) -> None:
    append(people.shop.id, 1)
    with pytest.raises(RuntimeError), transaction.atomic():
        append(people.shop.id, 1)
        raise RuntimeError
    append(people.shop.id, 1)
    assert [json.loads(body)["number"] for body in bodies(people.shop.id)] == [1, 2]


def test_two_shops_have_ledgers_of_their_own(people: Personas) -> None:
    append(people.shop.id, 2)
    append(people.other_shop.id, 1)
    assert json.loads(bodies(people.other_shop.id)[0])["prev"] is None


@pytest.mark.parametrize("table", ["rights_licence_event", "rights_tree_head"])
def test_the_database_refuses_to_change_or_delete(people: Personas, table: str) -> None:
    from tests.rights.ledger.helpers import signed

    append(people.shop.id, 1)
    signed(people.shop)
    for statement in (f"DELETE FROM {table} WHERE shop_id = %s", f"UPDATE {table} SET id = id WHERE shop_id = %s"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [people.shop.id])


def test_appending_asks_as_little_of_a_long_ledger_as_of_a_short_one(
    people: Personas, django_assert_num_queries: object
) -> None:
    append(people.shop.id, 30)
    with shop_scope(people.shop.id), django_assert_num_queries(3):  # type: ignore[operator]
        append_event("cancelled", {"request": "req_x"})


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_leave_one_unbroken_line() -> None:
    shop_id = make_personas().shop.id

    def write() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    append(shop_id, 1)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = None
    for number, body in enumerate(bodies(shop_id), start=1):
        facts = json.loads(body)
        assert (facts["number"], facts["prev"]) == (number, before)
        before = leaf_hash(body.encode()).hex()
    assert number == 40


# --- commitments ----------------------------------------------------------------------------------


def test_no_entry_holds_a_word_a_name_or_a_hash_of_them_that_anybody_could_guess(people: Personas) -> None:
    item, licence_id, token = granted(people)
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence_id, reason=EndReason.AUTHOR)
    guesses = {WORDS, ANA.handle, ANA.display_name, ANA.external_id, token, payload_hash({"id": 1, "content": WORDS})}
    guesses |= {sha256_of(guess) for guess in guesses}
    for body in bodies(people.shop.id):
        assert not guesses & set(texts_in(body))
        assert not {guess for guess in (WORDS, ANA.handle, ANA.display_name, ANA.external_id) if guess in body}


def test_asking_and_granting_bind_account_post_and_credit(people: Personas) -> None:
    item, _licence, _token = granted(people)
    asked, grant = event_of(people.shop.id, "asked"), event_of(people.shop.id, "granted")
    assert set(asked["commitments"]) == {"author", "post", "message"}
    assert set(grant["commitments"]) == {"author", "post", "credit"}
    with shop_scope(people.shop.id):
        salt = bytes(ContentItem.objects.select_related("author").get(public_id=item).author.salt)  # type: ignore[union-attr]
    document = {"external_id": "ana-17", "handle": "@ana.l", "name": "Ana Lindqvist", "source": "test"}
    made = personal_hash(purpose="ledger.author", salt=salt, value=rfc8785.dumps(document).decode())
    assert grant["commitments"]["author"] == asked["commitments"]["author"] == made


def test_a_message_and_a_reply_are_bound_where_there_are_some(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input(author=ANA, credit_kind=CreditKind.CUSTOMER)])
    ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, channels=(Channel.SITE,), markets=("DK",)
    )
    with shop_scope(people.shop.id):
        RightsRequest.objects.update(message="Hi Ana, may we?", recipient="ana@example.org", state="granted")
        request = RightsRequest.objects.get()
        for verdict in (ReplyVerdict.UNCLEAR, ReplyVerdict.GRANTED):
            RequestReply.objects.create(
                request=request,
                external_id=str(verdict),
                account_id="ana-17",
                payload={"text": "#yes"},
                payload_sha256=payload_hash({"text": str(verdict)}),
                verdict=verdict,
                written_at=later(),
            )
        from project.rights.ledger.commitments import asked_commitments

        assert set(asked_commitments(request)["commitments"]) == {"author", "post", "message"}
    license_items(people.shop.id, [item])
    assert set(event_of(people.shop.id, "granted")["commitments"]) == {"author", "post", "credit", "reply"}


def test_equal_words_of_two_authors_have_nothing_in_common_in_the_ledger(people: Personas) -> None:
    seen = set()
    for name in ("one", "two"):
        granted(people, author=type(ANA)(external_id=name, handle="@same", display_name="Same"))
        seen |= set(event_of(people.shop.id, "granted")["commitments"].values())
    assert len(seen) == 6


def test_a_licence_of_many_items_or_of_an_unknown_author_binds_its_list_alone(people: Personas) -> None:
    ids = make_items(people.shop.id, [item_input(author=ANA), item_input(author=ANA)])
    for chosen in (ids, make_items(people.shop.id, [item_input()])):
        license_items(people.shop.id, chosen)
        facts = event_of(people.shop.id, "granted")
        assert "commitments" not in facts
        assert facts["items"] == len(chosen)


def test_an_author_whose_salt_is_gone_is_bound_no_more(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input(author=ANA)])
    with shop_scope(people.shop.id):
        Author.objects.update(salt=b"")
    license_items(people.shop.id, [item])
    assert "commitments" not in event_of(people.shop.id, "granted")


def test_a_grant_that_fails_leaves_no_entry(people: Personas) -> None:
    from project.core.errors import NotFound
    from project.rights.contracts import Basis, LicenceState

    with pytest.raises(NotFound):
        grant_licence(shop_id=people.shop.id, actor_id=None, basis=Basis.OWNED, item_ids=["rev_nobody"], terms=terms())
    with shop_scope(people.shop.id):
        new_licence(basis=Basis.OWNED, terms=terms(), actor_id=None, state=LicenceState.PREPARING)
        assert Licence.objects.count() == 1
        assert LicenceEvent.objects.count() == 0
