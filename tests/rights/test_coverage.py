"""A licence covers what its author saw: this wording, these pictures. What came later waits until they are asked."""

import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.content import selectors as content
from project.content.contracts import MediaInput
from project.content.services import approve_items, approve_pictures
from project.core.errors import InvalidInput
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import Audience, Basis, Channel, PeopleDepicted, SendingWay, ThirdPartyWorks
from project.rights.models import LicenceItem
from project.rights.pictures import picture_path
from project.rights.services import ask_permission, grant_licence, record_licence, record_reply
from tests.factories import Personas, make_items, make_personas, terms
from tests.rights.asking import answer as reply_of
from tests.rights.asking import ask, make_post, network, request_row
from tests.rights.author import Asked, anas_post, answer

pytestmark = pytest.mark.django_db

PICTURE = (MediaInput(remote_url="https://social.example/1.jpg"),)


@pytest.fixture
def net() -> Iterator[object]:
    with network() as found:
        yield found


def published_pictures(people: Personas, channel: Channel) -> list[list[str]]:
    """Of each item that a placement shows, the files of its pictures."""
    page = gate.published(Audience(people.shop.id, channel, ("DK",), timezone.now()))
    return [[picture.file for picture in item.media] for item in page.items]


def late_picture(asked: Asked) -> str:
    """It comes in now, and staff approve it; returns its file."""
    asked.add_picture()
    with shop_scope(asked.people.shop.id):
        (media,) = content.media_of(content.items().values_list("pk", flat=True)).popitem()[1]
    approve_pictures(shop_id=asked.people.shop.id, actor_id=None, item_id=asked.item, media_ids=[media.public_id])
    return media.file


def edit(asked: Asked, text: str) -> None:
    """The author edits the post, and staff approve what it says now."""
    make_items(asked.people.shop.id, [replace(asked.post, text=text, raw={"edited": text})])
    approve_items(shop_id=asked.people.shop.id, actor_id=None, item_ids=[asked.item])


def needing(people: Personas) -> dict[str, bool]:
    """Items whose authors have to be asked, and whether because they were edited."""
    with shop_scope(people.shop.id):
        return {row.public_id: row.edited for row in selectors.items_to_ask()}


def test_a_picture_that_comes_in_after_the_grant_is_not_published_under_it() -> None:
    asked = Asked(channels=(Channel.SITE,), pictures_on_their_way=True)
    assert answer(Client(), asked.url, channel=["site"]).status_code == 303
    assert published_pictures(asked.people, Channel.SITE) == [[]]
    file = late_picture(asked)
    assert published_pictures(asked.people, Channel.SITE) == [[]], "the words are permitted, the picture is not"
    assert Client().get(picture_path(file)).status_code == 404
    assert file not in Client().get(asked.url).content.decode(), "nor does her page say that it is"
    again = ask_permission(
        shop_id=asked.people.shop.id, actor_id=None, item_id=asked.item, channels=(Channel.SITE,), markets=("*",)
    )
    assert answer(Client(), reverse("rights:consent", args=[again.token]), channel=["site"]).status_code == 303
    assert published_pictures(asked.people, Channel.SITE) == [[file]]
    response = Client().get(picture_path(file))
    assert response.status_code == 200
    assert b"".join(response.streaming_content)


def test_what_the_shop_recorded_covers_the_pictures_that_were_on_their_way() -> None:
    asked = Asked(pictures_on_their_way=True)
    record_licence(
        shop_id=asked.people.shop.id,
        actor_id=None,
        basis=Basis.OWNED,
        item_ids=[asked.item],
        terms=terms(people_depicted=PeopleDepicted.AUTHOR_ONLY, third_party_works=ThirdPartyWorks.NONE),
    )
    assert published_pictures(asked.people, Channel.PRODUCT_PAGE) == [[]]
    file = late_picture(asked)
    assert published_pictures(asked.people, Channel.PRODUCT_PAGE) == [[file]]


def test_l12_a_picture_that_stands_on_no_page_is_asked_nothing_about_and_reaches_no_product_page() -> None:
    both = (Channel.SITE, Channel.PRODUCT_PAGE)
    asked = Asked(channels=both, pictures_on_their_way=True)
    page = html.unescape(Client().get(asked.url).content.decode())
    assert "Who is in the picture?" not in page
    assert "It is not part of what you allow." in page
    assert answer(Client(), asked.url, channel=["site", "product_page"]).status_code == 303
    assert asked.shown_places() == set(both)
    late_picture(asked)
    assert [published_pictures(asked.people, channel) for channel in both] == [[[]], [[]]]


def test_l12_a_hashtag_does_not_bring_pictures_nobody_has_seen_onto_product_pages(net: object) -> None:
    people = make_personas()
    item = make_post(people, media=PICTURE)
    with pytest.raises(InvalidInput):
        ask(people, item, SendingWay.ASSISTED, channels=(Channel.SITE, Channel.PRODUCT_PAGE))
    text_only = make_post(people)
    made = ask(people, text_only, SendingWay.PRIVATE_LINK, channels=(Channel.SITE, Channel.PRODUCT_PAGE))
    with shop_scope(people.shop.id):
        row = request_row(people, made.public_id)
        type(row).objects.filter(pk=row.pk).update(item=content.items().get(public_id=item), hashtag="#YesLinden")
    record_reply(
        shop_id=people.shop.id, request_id=made.public_id, reply=reply_of(people, made.public_id, "#YesLinden")
    )
    licence = request_row(people, made.public_id).licence
    assert licence is not None
    assert licence.channels == ["site"]


def test_l12_a_licence_that_says_nothing_of_people_leaves_product_pages_out_while_pictures_are_on_their_way() -> None:
    people = make_personas()
    ids = make_items(people.shop.id, [anas_post(media=PICTURE)])
    licence = grant_licence(shop_id=people.shop.id, actor_id=None, basis=Basis.SUBMISSION, item_ids=ids, terms=terms())
    assert Channel.PRODUCT_PAGE not in licence.channels


def test_an_edited_post_is_not_shown_by_the_old_permission_and_the_author_is_told() -> None:
    asked = Asked(channels=(Channel.SITE,))
    assert answer(Client(), asked.url, channel=["site"]).status_code == 303
    assert asked.shown_places() == {Channel.SITE}
    assert needing(asked.people) == {}
    edit(asked, "On second thoughts: it pills.")
    assert asked.shown_places() == set()
    assert needing(asked.people) == {asked.item: True}
    page = Client().get(asked.url).content.decode()
    assert "You gave permission for the earlier wording" in page
    assert "Thank you. You gave permission" not in page
    with shop_scope(asked.people.shop.id):
        audience = Audience(asked.people.shop.id, Channel.SITE, ("DK",), timezone.now())
        assert selectors.bases_of([asked.item], audience) == set()
        covered = LicenceItem.objects.get()
        assert (covered.item_version, covered.item.version) == (1, 2)


def test_a_picture_that_comes_with_an_edit_reaches_no_place_that_was_cleared_without_it() -> None:
    asked = Asked(channels=(Channel.PRODUCT_PAGE,))
    assert answer(Client(), asked.url, channel=["product_page"]).status_code == 303
    assert published_pictures(asked.people, Channel.PRODUCT_PAGE) == [[]]
    asked.post = replace(asked.post, media=PICTURE)
    edit(asked, asked.post.text)
    late_picture(asked)
    assert published_pictures(asked.people, Channel.PRODUCT_PAGE) == []


def test_a_new_yes_shows_the_edited_post() -> None:
    asked = Asked(channels=(Channel.SITE,))
    assert answer(Client(), asked.url, channel=["site"]).status_code == 303
    edit(asked, "Still fine after a year.")
    shop = asked.people.shop
    again = ask_permission(shop_id=shop.id, actor_id=None, item_id=asked.item, channels=(Channel.SITE,), markets=("*",))
    assert needing(asked.people) == {}, "it waits for the author"
    url = reverse("rights:consent", args=[again.token])
    assert "Still fine after a year." in Client().get(url).content.decode()
    assert answer(Client(), url, channel=["site"]).status_code == 303
    assert asked.shown_places() == {Channel.SITE}
    assert "Thank you. You gave permission" in Client().get(asked.url).content.decode()


def test_an_imports_licence_goes_on_covering_what_its_items_say() -> None:
    asked = Asked(channels=(Channel.SITE,))
    grant_licence(
        shop_id=asked.people.shop.id, actor_id=None, basis=Basis.SELF_ATTESTED, item_ids=[asked.item], terms=terms()
    )
    with shop_scope(asked.people.shop.id):
        LicenceItem.objects.update(item_version=None, media_sha256=[])
    edit(asked, "Edited at its source.")
    assert Channel.SITE in asked.shown_places()
    assert asked.item not in needing(asked.people)


def test_the_rights_desk_says_why_an_edited_post_has_to_be_asked_for_again() -> None:
    asked = Asked(channels=(Channel.SITE,))
    rita = Client()
    rita.force_login(asked.people.rita)
    queue = reverse("studio:rights", args=[asked.people.shop.slug])
    sentence = "The post was edited after the permission; ask again."
    assert answer(Client(), asked.url, channel=["site"]).status_code == 303
    assert sentence not in rita.get(queue).content.decode()
    edit(asked, "Other words.")
    assert sentence in rita.get(queue).content.decode()
    item_page = reverse("studio:content", args=[asked.people.shop.slug, asked.item])
    assert sentence in rita.get(item_page).content.decode()
