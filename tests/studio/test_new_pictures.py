"""Pictures in the studio: what is still being fetched is said, what came in late is looked at before it shows."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.content.models import Media
from project.content.services import approve_items, record_media_ready
from project.core.scope import shop_scope
from project.shops.models import User
from tests.factories import Personas, item_input, make_items
from tests.studio.conftest import last_said

ClientOf = Callable[[User | None], Client]


def page_of(people: Personas, name: str, *args: object) -> str:
    return reverse(f"studio:{name}", args=[people.shop.slug, *args])


@pytest.fixture
def post(people: Personas) -> tuple[str, list[str]]:
    """A pending post with two pictures on their way."""
    media = tuple(MediaInput(remote_url=f"https://m.example/{number}.jpg", alt=f"Alt {number}") for number in (1, 2))
    (item,) = make_items(people.shop.id, [item_input(title="Green coat", media=media)])
    with shop_scope(people.shop.id):
        return item, list(Media.objects.order_by("position").values_list("public_id", flat=True))


def arrive(people: Personas, picture: str) -> None:
    record_media_ready(shop_id=people.shop.id, public_id=picture, file=f"{picture}.webp", width=1, height=1, sha256="x")


def approved(people: Personas) -> list[str]:
    with shop_scope(people.shop.id):
        return list(content.approved_media().order_by("position").values_list("public_id", flat=True))


def test_the_queue_says_how_many_pictures_are_still_being_fetched(
    people: Personas, post: tuple[str, list[str]], client_of: ClientOf
) -> None:
    bob, queue = client_of(people.bob), page_of(people, "queue")
    assert "2 pictures still being fetched" in bob.get(queue).content.decode()
    arrive(people, post[1][0])
    page = bob.get(queue).content.decode()
    assert "1 picture still being fetched" in page
    assert f"{post[1][0]}.webp" in page
    arrive(people, post[1][1])
    assert "still being fetched" not in bob.get(queue).content.decode()


@pytest.mark.parametrize("bulk", [False, True])
def test_a_picture_that_came_in_while_the_page_was_open_is_not_approved_with_the_item(
    bulk: bool, people: Personas, post: tuple[str, list[str]], client_of: ClientOf
) -> None:
    item, pictures = post
    bob = client_of(people.bob)
    page = bob.get(page_of(people, "queue")).content.decode()
    tick = re.findall(r'value="([^"]+)" form="bulk"', page)
    seen = dict(re.findall(r'name="(version|pictures)" value="(\d+)"', page))
    arrive(people, pictures[0])
    if bulk:
        answer = bob.post(page_of(people, "decide_many"), {"item": tick, "decision": "approve"})
        assert "a picture came in" in last_said(answer)
    else:
        answer = bob.post(page_of(people, "approve", item), seen, headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert f"{pictures[0]}.webp" in answer.content.decode()
    with shop_scope(people.shop.id):
        assert content.items().get(public_id=item).state == "pending"
    assert approved(people) == []
    again = dict(
        re.findall(r'name="(version|pictures)" value="(\d+)"', bob.get(page_of(people, "queue")).content.decode())
    )
    assert bob.post(page_of(people, "approve", item), again).status_code == 302
    assert approved(people) == [pictures[0]]


def test_pictures_that_came_in_late_wait_under_today_until_somebody_decides(
    people: Personas, post: tuple[str, list[str]], client_of: ClientOf
) -> None:
    item, pictures = post
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    bob, waiting = client_of(people.bob), page_of(people, "new_pictures")
    assert waiting not in bob.get(page_of(people, "today")).content.decode()
    assert waiting not in bob.get(page_of(people, "queue")).content.decode()
    for picture in pictures:
        arrive(people, picture)
    assert waiting in bob.get(page_of(people, "today")).content.decode()
    assert waiting in bob.get(page_of(people, "queue")).content.decode()
    page = bob.get(waiting).content.decode()
    assert "Green coat" in page
    assert re.findall(r'name="picture" value="([^"]+)"', page) == pictures
    decide = page_of(people, "decide_pictures", item)
    assert bob.post(decide, {"decision": "approve", "picture": pictures[0], "next": waiting}).url == waiting
    assert approved(people) == pictures[:1]
    answer = bob.post(decide, {"decision": "refuse", "picture": pictures[1]})
    assert last_said(answer) == "1 picture is left out."
    assert "Every picture has been looked at" in bob.get(waiting).content.decode()
    assert approved(people) == pictures[:1]
    page = bob.get(page_of(people, "content", item)).content.decode()
    assert "A picture was approved" in page
    assert "A picture was left out" in page
    assert bob.post(decide, {"decision": "approve", "picture": pictures[1]}).status_code == 302
    assert approved(people) == pictures


def test_what_is_no_decision_about_pictures_changes_nothing(
    people: Personas, post: tuple[str, list[str]], client_of: ClientOf
) -> None:
    item, pictures = post
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    arrive(people, pictures[0])
    decide = page_of(people, "decide_pictures", item)
    bob = client_of(people.bob)
    assert bob.post(decide, {"decision": "praise", "picture": pictures[0]}).status_code == 400
    assert last_said(bob.post(decide, {"decision": "approve"})) == "Tick at least one picture first."
    late = bob.post(decide, {"decision": "approve", "picture": pictures[1]})
    assert last_said(late) == "That was decided before; nothing is changed."
    assert client_of(people.victor).post(decide, {"decision": "approve", "picture": pictures}).status_code == 403
    assert client_of(people.charlie).post(decide, {"decision": "approve", "picture": pictures}).status_code == 404
    assert approved(people) == []


def test_who_may_only_read_sees_the_pictures_without_buttons(
    people: Personas, post: tuple[str, list[str]], client_of: ClientOf
) -> None:
    item, pictures = post
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=[item])
    arrive(people, pictures[0])
    page = client_of(people.victor).get(page_of(people, "new_pictures")).content.decode()
    assert f"{pictures[0]}.webp" in page
    assert page_of(people, "decide_pictures", item) not in page


def test_new_pictures_are_in_order_of_arrival_whatever_the_stars(people: Personas, client_of: ClientOf) -> None:
    stars = (1, 5, 3)
    media = (MediaInput(remote_url="https://m.example/1.jpg"),)
    items = make_items(people.shop.id, [item_input(rating=rating, media=media) for rating in stars])
    approve_items(shop_id=people.shop.id, actor_id=None, item_ids=items)
    with shop_scope(people.shop.id):
        pictures = list(content.pending_media().values_list("public_id", flat=True))
    for picture in reversed(pictures):
        arrive(people, picture)
    page = client_of(people.bob).get(page_of(people, "new_pictures"))
    assert [card.id for card in page.context["cards"]] == items
