"""Law 9: tenants never meet."""

import pytest

from project.content.models import ContentItem
from project.core import lookups
from project.core.edge.pool import WorkPool
from project.core.errors import ScopeMissing
from project.core.scope import current_shop_id, shop_scope
from project.shops.models import AllowedOrigin, Product
from tests.factories import item_input, make_items, make_personas, make_product
from tests.scope_guard import Guard, UnscopedQuery, complaint

pytestmark = pytest.mark.django_db


def test_a_query_without_a_shop_raises() -> None:
    with pytest.raises(ScopeMissing):
        list(ContentItem.objects.all())
    with pytest.raises(ScopeMissing):
        current_shop_id()


def test_a_scope_shows_its_own_shop_only() -> None:
    people = make_personas()
    mine = make_items(people.shop.id, [item_input()])
    theirs = make_items(people.other_shop.id, [item_input()])
    with shop_scope(people.shop.id):
        assert list(ContentItem.objects.values_list("public_id", flat=True)) == mine
    with shop_scope(people.other_shop.id):
        assert list(ContentItem.objects.values_list("public_id", flat=True)) == theirs


def test_scopes_of_different_shops_do_not_nest() -> None:
    with shop_scope(1), pytest.raises(ScopeMissing), shop_scope(2):
        pass


def test_a_row_of_another_shop_cannot_be_written() -> None:
    people = make_personas()
    with shop_scope(people.shop.id):
        with pytest.raises(ScopeMissing):
            AllowedOrigin.objects.create(shop_id=people.other_shop.id, origin="https://x.example")
        with pytest.raises(ScopeMissing):
            AllowedOrigin.objects.bulk_create([AllowedOrigin(shop_id=people.other_shop.id, origin="https://x.example")])


def test_a_related_row_is_reached_through_the_scope_too() -> None:
    people = make_personas()
    make_product(people.shop.id)
    (item_id,) = make_items(people.shop.id, [item_input(product_external_id="knit-top")])
    with shop_scope(people.shop.id):
        item = ContentItem.objects.get(public_id=item_id)
    with shop_scope(people.other_shop.id), pytest.raises(Product.DoesNotExist):
        _ = item.product


def test_a_public_id_finds_its_shop_and_an_unknown_one_finds_none() -> None:
    people = make_personas()
    product = make_product(people.shop.id)
    assert lookups.shop_of_public_id(product) == people.shop.id
    assert lookups.shop_of_public_id("prd_unknown") is None
    assert lookups.shop_of_public_id("nonsense") is None
    assert lookups.shop_of_public_id("prd_" + "x" * 100) is None


def test_members_find_their_shops() -> None:
    people = make_personas()
    assert lookups.shops_of_member(people.bob.pk) == [people.shop.id]
    assert set(lookups.every_shop()) >= {people.shop.id, people.other_shop.id}
    assert lookups.shop_of_slug(people.shop.slug) == people.shop.id


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ('SELECT "content_item"."shop_id" FROM "content_item" WHERE "content_item"."id" = 1', True),
        ('SELECT * FROM "content_item" WHERE "content_item"."shop_id" = 1', False),
        ('UPDATE "content_item" SET "state" = %s WHERE "content_item"."id" = 3', True),
        ("DELETE FROM rights_licence WHERE id = 1", True),
        ("INSERT INTO content_item (id) VALUES (1)", True),
        ("INSERT INTO content_item (id, shop_id) VALUES (1, 2)", False),
        ("INSERT INTO content_item (id, shop_id) SELECT id, shop_id FROM content_item", True),
        ("INSERT INTO content_item (shop_id) SELECT shop_id FROM content_item WHERE shop_id = %s", False),
        ("SELECT * FROM content_item WHERE id = 1 ORDER BY shop_id", True),
        ("SELECT * FROM content_item i JOIN shops_product p ON p.shop_id = i.shop_id", True),
        ('SELECT * FROM "content_item" WHERE "content_item"."shop_id" IN (%s, %s)', False),
        ("SELECT last_number FROM core_stream", True),
        ("SELECT size FROM rights_ledger_head WHERE id = 1", True),
        ("SELECT 1", False),
        ("SELECT count(*) FROM core_audit", True),
    ],
)
def test_the_suite_refuses_sql_that_does_not_say_whose_rows_it_means(sql: str, refused: bool) -> None:
    assert (complaint(sql) is not None) is refused


def test_the_guard_stands_around_every_statement_of_a_test() -> None:
    from django.db import connection

    with pytest.raises(UnscopedQuery), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM content_item")


async def test_the_guard_stands_around_the_statements_of_the_edges_threads(
    every_statement_names_its_shop: Guard,
) -> None:
    from django.db import connection

    def everybodys() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM content_item")

    def ours() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM content_item WHERE shop_id = 1")

    pool = WorkPool(2)
    try:
        await pool.run(ours)
        assert every_statement_names_its_shop.complaints == []
        with pytest.raises(UnscopedQuery):
            await pool.run(everybodys)
    finally:
        await pool.close()
    (told,) = every_statement_names_its_shop.complaints
    assert told.startswith("edge")
    every_statement_names_its_shop.complaints.clear()  # or the guard would fail this test
