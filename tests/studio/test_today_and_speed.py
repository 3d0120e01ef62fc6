"""Today's promises, live counts, and how many queries a page may cost."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from project.content.kinds import Kind
from project.content.rules import MaterialConnection, Reason, State, Verification
from project.content.services import approve_items
from project.core.models import Delivery, OutboxRow
from project.rights.contracts import Channel
from project.rights.services import ask_permission
from project.shops.models import User
from project.shops.rules import KeyScope, Role
from project.shops.services import add_allowed_origin
from project.studio import labels
from tests.factories import Personas, item_input, license_items, make_items, make_product, make_published
from tests.rights.author import answer
from widgets.services import ensure_default_widgets

ClientOf = Callable[[User | None], Client]


def page_of(people: Personas, name: str) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug])


def test_today_says_what_waits_and_what_does_not(people: Personas, client_of: ClientOf) -> None:
    make_items(people.shop.id, [item_input(), item_input()])
    page = client_of(people.bob).get(page_of(people, "today")).content.decode()
    assert "What needs you" in page
    assert "need permission" in page
    assert "No licence ends within 30 days" in page


def test_a_widget_is_on_a_page_only_where_a_page_may_load_it(people: Personas, client_of: ClientOf) -> None:
    """`create_shop` makes widgets: they alone are no step that the owner has taken."""
    ensure_default_widgets(shop_id=people.shop.id)
    alice = client_of(people.alice)
    steps = alice.get(page_of(people, "today")).context["today"]["steps"]
    assert [step.done for step in steps] == [True, False, False, False, False]
    add_allowed_origin(shop_id=people.shop.id, actor_id=people.alice.pk, origin="https://www.example.com")
    steps = alice.get(page_of(people, "today")).context["today"]["steps"]
    assert [step.done for step in steps][3:] == [True, True]


def test_lately_says_what_each_thing_was_about(people: Personas, client_of: ClientOf) -> None:
    first, second = make_items(people.shop.id, [item_input(title="Flattering shirt"), item_input(text="That green!")])
    asked = ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=second, channels=(Channel.SITE,), markets=("*",)
    )
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[first])
    answer(Client(), reverse("rights:consent", args=[asked.token]), channel=["site"], credit="customer")
    told = {
        str(entry.what): entry.detail
        for entry in client_of(people.bob).get(page_of(people, "today")).context["today"]["lately"]
    }
    assert told["Approved"] == "Flattering shirt"
    assert told["Permission granted"] == "That green!"


def test_of_imports_lately_tells_the_end_and_what_was_new(
    people: Personas, client_of: ClientOf, tmp_path: Path
) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("id,rating,text\n1,5,Warm and soft.\n2,2,Itches.\n", encoding="utf-8")
    for _again in range(2):
        call_command("import_reviews", str(path), "--shop", people.shop.slug, "--no-input", stdout=StringIO())
    entries = client_of(people.bob).get(page_of(people, "today")).context["today"]["lately"]
    imports = [(str(entry.what), entry.detail) for entry in entries if "import" in str(entry.what).lower()]
    assert imports == [("An import is complete", "2 new of 4 rows")]


def test_an_average_needs_five_ratings(people: Personas, client_of: ClientOf) -> None:
    bob = client_of(people.bob)
    make_published(people.shop.id, [item_input(rating=stars) for stars in (5, 4, 4, 4)])
    assert bob.get(page_of(people, "today")).context["today"]["shown"]["average"] == ""
    make_published(people.shop.id, [item_input(rating=1)])
    assert bob.get(page_of(people, "today")).context["today"]["shown"]["average"] == "3.6"


def test_a_parked_follow_up_is_shown_and_tried_again(people: Personas, client_of: ClientOf) -> None:
    from django.utils import timezone

    shop_id = people.shop.id
    row = OutboxRow.objects.filter(shop_id=shop_id).order_by("number")[0]
    Delivery.objects.create(shop_id=shop_id, row=row, subscriber="x", attempts=8, parked_at=timezone.now())
    alice = client_of(people.alice)
    retry = page_of(people, "retry_deliveries")
    assert retry in alice.get(page_of(people, "today")).content.decode()
    assert retry not in client_of(people.bob).get(page_of(people, "today")).content.decode()
    assert alice.post(retry).status_code == 302
    assert not Delivery.objects.filter(shop_id=shop_id, parked_at__isnull=False).exists()


def test_live_counts_follow(people: Personas, client_of: ClientOf) -> None:
    bob = client_of(people.bob)
    items = make_items(people.shop.id, [item_input(), item_input()])
    license_items(people.shop.id, items)
    before = bob.get(page_of(people, "counts"), headers={"HX-Request": "true"}).content.decode()
    assert 'id="count-content" hx-swap-oob="true">2<' in before
    assert 'id="count-rights" hx-swap-oob="true"></span>' in before
    bob.post(reverse("studio:approve", args=[people.shop.slug, items[0]]), {"version": 1})
    after = bob.get(page_of(people, "counts"), headers={"HX-Request": "true"}).content.decode()
    assert 'id="count-content" hx-swap-oob="true">1<' in after


@pytest.mark.parametrize(
    "name", ["queue", "new_pictures", "content_list", "rights", "requests", "licences", "today", "products"]
)
def test_a_page_costs_the_same_number_of_queries_for_few_items_and_for_many(
    name: str, people: Personas, client_of: ClientOf
) -> None:
    bob = client_of(people.bob)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert bob.get(page_of(people, name)).status_code == 200
        return len(queries)

    def fill(count: int) -> None:
        for number in range(count):
            make_product(people.shop.id, f"Thing {number}")
        inputs = [item_input(product_external_id=f"thing-{number}") for number in range(count)]
        make_items(people.shop.id, inputs)
        make_published(people.shop.id, [item_input(product_external_id="thing-1") for _ in range(count)])

    fill(3)
    cost()
    few = cost()
    fill(20)
    assert cost() == few
    assert few <= 34, f"{name} costs {few} queries"


def test_every_code_has_a_word() -> None:
    assert set(labels.KINDS) == set(Kind)
    assert set(labels.STATES) == set(State)
    assert set(labels.REASONS) == set(Reason)
    assert set(labels.DISCLOSURES) == set(MaterialConnection) - {MaterialConnection.NONE}
    assert set(labels.VERIFICATIONS) == set(Verification) - {Verification.NONE}
    assert set(labels.CHANNELS) == set(Channel)
    assert set(labels.ROLES) == set(labels.ROLE_HELP) == set(Role)
    assert set(labels.KEY_SCOPES) == set(KeyScope)
