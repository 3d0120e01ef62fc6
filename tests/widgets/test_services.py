"""Making and changing widgets and selections."""

from typing import Any

import pytest

from project.content.services import take_down_items
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.links import item_links, item_url
from project.core.models import AuditEntry
from project.core.outbox import relay_shop
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights.contracts import Channel
from project.rights.outlets import uses_of
from tests.factories import item_input, make_items, make_personas, make_product, make_published
from tests.widgets.helpers import make_widget, place
from widgets import selectors, services
from widgets.contracts import WidgetInput
from widgets.models import Widget
from widgets.rules import ITEMS_PER_SELECTION, WIDGETS_PER_SHOP
from widgets.services import widgets as widget_services
from widgets.snippets import widget_snippets

pytestmark = pytest.mark.django_db


def facts(shop_id: int, widget_id: str) -> Any:
    with shop_scope(shop_id):
        return selectors.widget_by_public_id(widget_id)


def held(shop_id: int, selection: str) -> list[str]:
    with shop_scope(shop_id):
        return [entry.item_id for entry in selectors.selected_items(selection)]


def test_a_widget_takes_what_it_does_not_say_from_its_shop() -> None:
    placed = place(0)
    widget = facts(placed.shop_id, placed.widget_id)
    assert (widget.markets, widget.locale, widget.theme.accent) == (("DK",), "en", "#0b6e4f")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "banner"),
        ("name", " "),
        ("heading", "x" * 121),
        ("markets", ("Denmark",)),
        ("product_id", "prd_none"),
        ("category", "None"),
        ("ratings", (0,)),
        ("ratings", (1, 2, 3, 4, 5)),
        ("order", "random"),
        ("selection_id", "sel_none"),
        ("theme", {"accent": "red;}body{display:none"}),
        ("theme", {"radius": 99}),
        ("theme", {"font": "Comic Sans"}),
        ("locale", "xx"),
    ],
)
def test_a_field_that_cannot_be_is_named(field: str, value: Any) -> None:
    people = make_personas()
    with pytest.raises(InvalidInput) as refused:
        make_widget(people.shop.id, **{field: value})
    assert list(refused.value.fields or {}) == [field]


def test_every_change_raises_the_publication_number_and_is_audited() -> None:
    placed = place(1)
    shop_id, alice = placed.shop_id, placed.people.alice.pk
    number = publication_number(shop_id)
    widget = WidgetInput(type="wall", name="Wall")
    services.update_widget(shop_id=shop_id, actor_id=alice, widget_id=placed.widget_id, widget=widget)
    services.set_widget_active(shop_id=shop_id, actor_id=alice, widget_id=placed.widget_id, active=False)
    assert not services.set_widget_active(shop_id=shop_id, actor_id=alice, widget_id=placed.widget_id, active=False)
    selection = services.create_selection(shop_id=shop_id, actor_id=alice, name="Best")
    services.add_items(shop_id=shop_id, actor_id=alice, selection_id=selection, item_ids=placed.item_ids)
    services.delete_widget(shop_id=shop_id, actor_id=alice, widget_id=placed.widget_id)
    assert publication_number(shop_id) == number + 5
    actions = AuditEntry.objects.filter(shop_id=shop_id, actor_id=alice).exclude(action="shop.created").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "widget.changed",
        "widget.switched_off",
        "selection.created",
        "selection.items_added",
        "widget.deleted",
    ]


def test_another_shops_widgets_selections_and_products_are_not_found() -> None:
    placed = place(1)
    other = placed.people.other_shop.id
    selection = services.create_selection(shop_id=placed.shop_id, actor_id=None, name="Best")
    product = make_product(placed.shop_id)
    theirs: dict[str, Any] = {"shop_id": other, "actor_id": None}
    widget = WidgetInput(type="wall", name="Wall")
    for call in (
        lambda: services.update_widget(**theirs, widget_id=placed.widget_id, widget=widget),
        lambda: services.set_widget_active(**theirs, widget_id=placed.widget_id, active=False),
        lambda: services.delete_widget(**theirs, widget_id=placed.widget_id),
        lambda: services.update_selection(**theirs, selection_id=selection, name="Mine"),
        lambda: services.delete_selection(**theirs, selection_id=selection),
        lambda: services.add_items(**theirs, selection_id=selection, item_ids=placed.item_ids),
        lambda: services.remove_items(**theirs, selection_id=selection, item_ids=placed.item_ids),
        lambda: services.reorder_items(**theirs, selection_id=selection, item_ids=[]),
        lambda: services.pin_item(**theirs, selection_id=selection, item_id=placed.item_ids[0]),
        lambda: services.tag_item(**theirs, selection_id=selection, item_id=placed.item_ids[0], tag="x"),
    ):
        with pytest.raises(NotFound):
            call()
    for values in ({"product_id": product}, {"selection_id": selection}):
        with pytest.raises(InvalidInput):
            make_widget(other, **values)
    own = services.create_selection(**theirs, name="Own")
    with pytest.raises(InvalidInput):
        services.add_items(**theirs, selection_id=own, item_ids=placed.item_ids)
    with shop_scope(other), pytest.raises(NotFound):
        selectors.widget_by_public_id(placed.widget_id)


def test_the_number_of_widgets_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WIDGETS_PER_SHOP == 200
    people = make_personas()
    monkeypatch.setattr(widget_services, "WIDGETS_PER_SHOP", 2)
    make_widget(people.shop.id)
    make_widget(people.shop.id)
    with pytest.raises(widget_services.TooManyWidgets) as refused:
        make_widget(people.shop.id)
    assert refused.value.to_dict()["error"]["code"] == "widget_limit"


def test_every_shop_gets_one_wall_which_shows_everything_and_stays() -> None:
    people = make_personas()
    shop_id = people.shop.id
    relay_shop(shop_id)
    with shop_scope(shop_id):
        wall = selectors.hosted_wall_id()
    assert wall.startswith("wid_")
    number = publication_number(shop_id)
    assert services.ensure_hosted_wall(shop_id=shop_id) == wall
    relay_shop(shop_id)
    assert publication_number(shop_id) == number
    assert facts(shop_id, wall).hosted
    narrowed = WidgetInput(type="wall", name="Wall", ratings=(5,))
    with pytest.raises(Conflict):
        services.update_widget(shop_id=shop_id, actor_id=None, widget_id=wall, widget=narrowed)
    with pytest.raises(Conflict):
        services.delete_widget(shop_id=shop_id, actor_id=None, widget_id=wall)
    with pytest.raises(Conflict):
        services.set_widget_active(shop_id=shop_id, actor_id=None, widget_id=wall, active=False)
    themed = WidgetInput(type="wall", name="Wall", theme={"accent": "#112233"})
    services.update_widget(shop_id=shop_id, actor_id=None, widget_id=wall, widget=themed)
    assert facts(shop_id, wall).theme.accent == "#112233"


def test_the_default_widgets_are_made_once() -> None:
    people = make_personas()
    made = services.ensure_default_widgets(shop_id=people.shop.id)
    assert sorted(made) == ["carousel", "rating_summary", "wall"]
    assert services.ensure_default_widgets(shop_id=people.shop.id) == made
    with shop_scope(people.shop.id):
        assert selectors.widgets().count() == 3


def test_items_are_tagged_pinned_ordered_and_removed() -> None:
    placed = place(4)
    shop_id = placed.shop_id
    call: dict[str, Any] = {"shop_id": shop_id, "actor_id": None}
    selection = services.create_selection(**call, name="Best of the season")
    a, b, c, d = placed.item_ids
    call["selection_id"] = selection
    assert services.add_items(**call, item_ids=[a, b, c], tag="summer") == 3
    assert services.add_items(**call, item_ids=[c, d, d]) == 1
    assert held(shop_id, selection) == [a, b, c, d]
    services.reorder_items(**call, item_ids=[d, c, b, a])
    services.pin_item(**call, item_id=b)
    assert held(shop_id, selection) == [b, d, c, a]
    services.pin_item(**call, item_id=b, pinned=False)
    assert services.remove_items(**call, item_ids=[d, "rev_none"]) == 1
    assert held(shop_id, selection) == [c, b, a]
    services.tag_item(**call, item_id=a, tag=" winter ")
    with shop_scope(shop_id):
        assert {entry.item_id: entry.tag for entry in selectors.selected_items(selection)} == {
            a: "winter",
            b: "summer",
            c: "summer",
        }
        assert [entry.name for entry in selectors.selections_of(a)] == ["Best of the season"]
        row = selectors.selection_by_public_id(selection)
        assert row is not None
        assert (row.slug, row.entry_count, row.widget_count) == ("best-of-the-season", 3, 0)
    with pytest.raises(Conflict):
        services.reorder_items(**call, item_ids=[a, b])


def test_only_what_may_be_shown_can_be_selected() -> None:
    placed = place(1)
    pending = make_items(placed.shop_id, [item_input()])
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    selection = services.create_selection(**call, name="Best")
    with pytest.raises(InvalidInput) as refused:
        services.add_items(**call, selection_id=selection, item_ids=[*placed.item_ids, *pending])
    assert refused.value.fields == {"item_ids": pending}
    assert held(placed.shop_id, selection) == []


def test_a_selection_about_a_product_takes_what_may_stand_on_product_pages() -> None:
    placed = place(0)
    product = make_product(placed.shop_id, "Knit top", external_id="knit")
    on_site, on_product = (
        make_published(placed.shop_id, [item_input(product_external_id="knit")], channels=(channel,))[0]
        for channel in (Channel.SITE, Channel.PRODUCT_PAGE)
    )
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    about = services.create_selection(**call, name="Knit", product_id=product)
    anywhere = services.create_selection(**call, name="All")
    for selection, may, may_not in ((about, on_product, on_site), (anywhere, on_site, on_product)):
        services.add_items(**call, selection_id=selection, item_ids=[may])
        with pytest.raises(InvalidInput):
            services.add_items(**call, selection_id=selection, item_ids=[may_not])
        assert held(placed.shop_id, selection) == [may]


def test_a_selection_has_a_size_and_a_slug_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from widgets.services import selections

    assert ITEMS_PER_SELECTION == 200
    monkeypatch.setattr(selections, "ITEMS_PER_SELECTION", 2)
    placed = place(3)
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    ids = [services.create_selection(**call, name=name) for name in ("Best", "Best", "best!", "🧥")]
    with shop_scope(placed.shop_id):
        slugs = {row.public_id: row.slug for row in selectors.selections()}
    assert [slugs[entry] for entry in ids] == ["best", "best-2", "best-3", "selection"]
    with pytest.raises(InvalidInput, match="at most 2"):
        services.add_items(**call, selection_id=ids[0], item_ids=placed.item_ids)
    with pytest.raises(InvalidInput):
        services.create_selection(**call, name=" ")


def test_a_selection_that_a_widget_shows_is_kept() -> None:
    placed = place(1)
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    selection = services.create_selection(**call, name="Best")
    widget = make_widget(placed.shop_id, selection_id=selection)
    with pytest.raises(Conflict):
        services.delete_selection(**call, selection_id=selection)
    services.delete_widget(**call, widget_id=widget)
    services.delete_selection(**call, selection_id=selection)
    with shop_scope(placed.shop_id):
        assert not selectors.selections().exists()


def test_a_selection_of_a_product_makes_its_widget_a_product_placement() -> None:
    placed = place(0)
    product = make_product(placed.shop_id, "Knit top")
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    selection = services.create_selection(**call, name="Knit", product_id=product)
    widget = make_widget(placed.shop_id, selection_id=selection)
    assert facts(placed.shop_id, widget).product_id == product
    services.update_selection(**call, selection_id=selection, name="All")
    assert facts(placed.shop_id, widget).product_id == ""
    with pytest.raises(InvalidInput):
        services.update_selection(**call, selection_id=selection, name="All", product_id="prd_none")


def test_the_author_is_told_where_their_words_are_shown() -> None:
    placed = place([item_input(rating=5), item_input(rating=1)])
    five, one = placed.item_ids
    filtered = make_widget(placed.shop_id, name="Stars", ratings=(5,))
    call: dict[str, Any] = {"shop_id": placed.shop_id, "actor_id": None}
    selection = services.create_selection(**call, name="Best")
    make_widget(placed.shop_id, name="Chosen", selection_id=selection)
    services.add_items(**call, selection_id=selection, item_ids=[one])
    with shop_scope(placed.shop_id):
        uses = [use for use in uses_of(five) if use.outlet == "widgets"]
        assert [use.name for use in uses] == ["Carousel", "Stars"]
        assert uses[1].url == f"http://localhost:8000/w/{filtered}/?item={five}#{five}"
        assert [use.name for use in uses_of(one) if use.outlet == "widgets"] == ["Carousel", "Chosen"]
    take_down_items(shop_id=placed.shop_id, actor_id=None, item_ids=[one], reason="spam")
    with shop_scope(placed.shop_id):
        assert [use for use in uses_of(one) if use.outlet == "widgets"] == []


def test_items_have_an_address_on_the_shops_wall() -> None:
    people = make_personas()
    (item,) = make_published(people.shop.id)
    assert item_url(people.shop.id, item) == ""
    wall = services.ensure_hosted_wall(shop_id=people.shop.id)
    assert item_url(people.shop.id, item) == f"http://localhost:8000/w/{wall}/?item={item}#{item}"
    assert item_links(people.shop.id, [item, "rev_unknown"]) == {item: item_url(people.shop.id, item)}


def test_an_item_that_the_wall_may_not_show_has_no_address_there() -> None:
    people = make_personas()
    wall = services.ensure_hosted_wall(shop_id=people.shop.id)
    (shown,) = make_published(people.shop.id)
    (asked_only,) = make_published(people.shop.id, channels=(Channel.AI_ASSISTANT,))
    (german,) = make_published(people.shop.id, markets=("DE",))
    (theirs,) = make_published(people.other_shop.id)
    assert set(item_links(people.shop.id, [shown, asked_only, german, theirs])) == {shown}
    # Where the wall is for one country, what is licensed there is on it.
    with shop_scope(people.shop.id):
        Widget.objects.filter(public_id=wall).update(markets=["DE"])
    assert set(item_links(people.shop.id, [shown, asked_only, german, theirs])) == {shown, german}


def test_snippets_name_the_widget_its_type_and_what_the_page_states() -> None:
    placed = place(0)
    snippets = widget_snippets(facts(placed.shop_id, placed.widget_id), product='a"><script>')
    assert '<script async src="http://localhost:8000/embed/v1/embed.js"></script>' in snippets.element
    assert f'<vouchsafe-widget widget-id="{placed.widget_id}" type="carousel"' in snippets.element
    assert 'product="a&quot;&gt;&lt;script&gt;"' in snippets.element
    assert f'<div class="vouchsafe-widget" data-widget-id="{placed.widget_id}"' in snippets.division
    assert snippets.wall == f"http://localhost:8000/w/{placed.widget_id}/"
