"""Every page for every persona: who sees what, who is told no, and what each answer carries."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from project.content import selectors as content
from project.core.scope import shop_scope
from project.rights import selectors as rights
from project.shops import selectors as shops
from project.shops.models import User
from project.studio.urls import urlpatterns
from tests.factories import Personas, item_input, make_published
from tests.studio.conftest import Things
from widgets import selectors as widgets

ClientOf = Callable[[User | None], Client]

# Pages that can be opened, with the role that is needed; everything else only takes a POST.
PAGES = {
    "today": "viewer",
    "counts": "viewer",
    "queue": "viewer",
    "new_pictures": "viewer",
    "queue_new": "viewer",
    "content_list": "viewer",
    "content": "viewer",
    "ask": "rights_manager",
    "record_licence": "rights_manager",
    "holds": "viewer",
    "products": "viewer",
    "rights": "viewer",
    "requests": "viewer",
    "request": "viewer",
    "licences": "viewer",
    "licence": "viewer",
    "notices": "viewer",
    "notice": "viewer",
    "statement": "viewer",
    "withdrawals": "viewer",
    "wordings": "viewer",
    "mails": "rights_manager",
    "mail": "rights_manager",
    "widgets": "viewer",
    "new_widget": "owner",
    "widget": "viewer",
    "widget_preview": "viewer",
    "selections": "viewer",
    "selection": "viewer",
    "pick": "owner",
    "assistant": "viewer",
    "progress": "viewer",
    "sources": "viewer",
    "new_source": "owner",
    "import_help": "viewer",
    "source": "viewer",
    "settings": "viewer",
    "team": "viewer",
    "keys": "owner",
    "origins": "viewer",
    "privacy_requests": "rights_manager",
    "privacy_request": "rights_manager",
}
# What a POST does, with the role that is needed.
ACTIONS = {
    "retry_deliveries": "owner",
    "decide_many": "moderator",
    "approve": "moderator",
    "reject": "moderator",
    "take_down": "moderator",
    "restore": "moderator",
    "reopen": "moderator",
    "decide_pictures": "moderator",
    "tag": "moderator",
    "vouch": "moderator",
    "untag": "moderator",
    "new_link": "rights_manager",
    "cancel_request": "rights_manager",
    "ask_preview": "rights_manager",
    "ask_many": "rights_manager",
    "undo_ask_many": "rights_manager",
    "remind_author": "rights_manager",
    "request_posted": "rights_manager",
    "settle_reply": "rights_manager",
    "request_code": "rights_manager",
    "save_wording": "rights_manager",
    "retire_wording": "rights_manager",
    "send_mail_again": "rights_manager",
    "save_view": "viewer",
    "delete_view": "viewer",
    "end_licence": "rights_manager",
    "evidence": "rights_manager",
    "open_hold": "moderator or rights_manager",
    "lift_hold": "rights_manager",
    "take_up_notice": "rights_manager",
    "decide_notice": "rights_manager",
    "answer_objection": "rights_manager",
    "save_widget": "owner",
    "delete_widget": "owner",
    "create_selection": "owner",
    "save_selection": "owner",
    "delete_selection": "owner",
    "remove_item": "owner",
    "pin": "owner",
    "tag_entry": "owner",
    "move": "owner",
    "make_assistant": "owner",
    "save_source": "owner",
    "run_source": "owner",
    "switch_source": "owner",
    "save_settings": "owner",
    "invite": "owner",
    "cancel_invitation": "owner",
    "change_role": "owner",
    "remove_member": "owner",
    "create_key": "owner",
    "rotate_key": "owner",
    "revoke_key": "owner",
    "add_origin": "owner",
    "remove_origin": "owner",
    "new_privacy_request": "rights_manager",
    "confirm_privacy_request": "rights_manager",
    "do_privacy_request": "rights_manager",
    "refuse_privacy_request": "rights_manager",
    "privacy_archive": "rights_manager",
}
WITHOUT_SHOP = {"home", "new_shop", "invitation"}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=\"|javascript:", re.I)


def url_of(name: str, slug: str, things: Things, bob: int) -> str:
    """A route's address with the ids of real things in Alice's shop."""
    (pattern,) = (entry for entry in urlpatterns if isinstance(entry, URLPattern) and entry.name == name)
    wanted = pattern.pattern.converters
    ids = things.ids(bob) | {"shop": slug}
    return reverse(f"studio:{name}", kwargs={key: ids[key] for key in wanted})


def may(role: str, needed: str) -> bool:
    return role == "owner" or needed == "viewer" or role in needed.split(" or ")


def test_every_route_stands_in_this_table() -> None:
    names = {entry.name for entry in urlpatterns if isinstance(entry, URLPattern)}
    assert names == set(PAGES) | set(ACTIONS) | WITHOUT_SHOP


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_who_may_and_for_nobody_else(
    name: str, people: Personas, things: Things, client_of: ClientOf
) -> None:
    url = url_of(name, people.shop.slug, things, people.bob.pk)
    staff = (
        (people.alice, "owner"),
        (people.bob, "moderator"),
        (people.rita, "rights_manager"),
        (people.victor, "viewer"),
    )
    for person, role in staff:
        status = client_of(person).get(url).status_code
        assert status == (200 if may(role, PAGES[name]) else 403), f"{role}: {status}"
    assert client_of(people.charlie).get(url).status_code == 404
    vera = client_of(None).get(url)
    assert vera.status_code == 302
    assert vera.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ACTIONS)
def test_a_post_is_refused_to_who_may_not(name: str, people: Personas, things: Things, client_of: ClientOf) -> None:
    url = url_of(name, people.shop.slug, things, people.bob.pk)
    staff = ((people.bob, "moderator"), (people.rita, "rights_manager"), (people.victor, "viewer"))
    for person, role in staff:
        if not may(role, ACTIONS[name]):
            assert client_of(person).post(url).status_code == 403, role
    assert client_of(people.charlie).post(url).status_code == 404
    assert client_of(None).post(url).status_code == 302


@pytest.mark.parametrize("name", ACTIONS)
def test_a_get_never_acts(name: str, people: Personas, things: Things, client_of: ClientOf) -> None:
    url = url_of(name, people.shop.slug, things, people.bob.pk)
    assert client_of(people.alice).get(url).status_code == 405


@pytest.mark.parametrize("name", ACTIONS)
def test_a_post_without_its_token_is_refused(name: str, people: Personas, things: Things) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.alice)
    assert client.post(url_of(name, people.shop.slug, things, people.bob.pk)).status_code == 403


@pytest.mark.parametrize("name", list(PAGES))
def test_pages_carry_the_strict_policy_and_nothing_inline(
    name: str, people: Personas, things: Things, client_of: ClientOf
) -> None:
    response = client_of(people.alice).get(url_of(name, people.shop.slug, things, people.bob.pk))
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not INLINE.search(response.content.decode()), INLINE.search(response.content.decode())
    assert "no-store" in response.headers["Cache-Control"]


def test_only_the_preview_may_be_framed_and_only_by_the_studio(
    people: Personas, things: Things, client_of: ClientOf
) -> None:
    alice = client_of(people.alice)
    preview = alice.get(url_of("widget_preview", people.shop.slug, things, people.bob.pk))
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    queue = alice.get(reverse("studio:queue", args=[people.shop.slug]))
    assert "frame-ancestors 'none'" in queue.headers["Content-Security-Policy"]
    assert queue.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("name", ["queue", "content", "rights", "request", "licence", "widget", "selection", "team"])
def test_a_viewer_sees_no_buttons_that_act(name: str, people: Personas, things: Things, client_of: ClientOf) -> None:
    page = client_of(people.victor).get(url_of(name, people.shop.slug, things, people.bob.pk)).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert 'method="post"' not in main


def test_things_of_another_shop_are_not_found_under_ones_own(
    people: Personas, things: Things, client_of: ClientOf
) -> None:
    charlie = client_of(people.charlie)
    for name in (
        "content",
        "ask",
        "record_licence",
        "request",
        "licence",
        "widget",
        "widget_preview",
        "selection",
        "pick",
        "source",
    ):
        url = url_of(name, people.other_shop.slug, things, people.bob.pk)
        assert charlie.get(url).status_code == 404, name
    data = {
        "approve": {"version": 1},
        "take_down": {"reason": "spam"},
        "end_licence": {"reason": "staff"},
        "tag": {"tag": "mine"},
        "change_role": {"role": "viewer"},
    }
    for name in (
        *("approve", "take_down", "tag", "new_link", "cancel_request", "end_licence", "delete_widget"),
        *("delete_selection", "pin", "remove_item", "run_source", "rotate_key", "revoke_key", "change_role"),
        *("remove_member", "cancel_invitation", "save_widget", "save_source", "switch_source"),
    ):
        url = url_of(name, people.other_shop.slug, things, people.bob.pk)
        # A refusal, or back to a list that says so: in both cases nothing of Alice's has changed.
        assert charlie.post(url, data.get(name, {})).status_code in {302, 404, 409}, name
    with shop_scope(people.shop.id):
        item = content.item_by_public_id(things.published)
        assert item is not None
        assert (item.state, item.tags.count()) == ("approved", 0)
        assert rights.licences().get(public_id=things.licence).state == "active"
        assert rights.requests().get(public_id=things.request).state == "sent"
        assert shops.members().get(user=people.bob).role == "moderator"
        assert shops.api_keys().get().revoked_at is None
        assert shops.open_invitations().count() == 1
        assert content.sources().get(public_id=things.source).active
        assert widgets.widgets().filter(public_id=things.widget).exists()
        assert [entry.pinned for entry in widgets.selected_items(things.selection)] == [False]


def test_pages_look_intended_in_a_shop_without_anything(people: Personas, client_of: ClientOf) -> None:
    charlie = client_of(people.charlie)
    for name in (
        *("today", "queue", "new_pictures", "content_list", "products", "rights", "requests", "licences"),
        *(
            "widgets",
            "selections",
            "assistant",
            "sources",
            "import_help",
            "settings",
            "team",
            "keys",
            "origins",
            "new_widget",
        ),
    ):
        assert charlie.get(reverse(f"studio:{name}", args=[people.other_shop.slug])).status_code == 200, name
    today = charlie.get(reverse("studio:today", args=[people.other_shop.slug])).content.decode()
    assert "Welcome to Larder" in today
    assert "Bring in what customers have said" in today


def test_the_frame_leads_to_the_seven_places_and_says_where_one_is(people: Personas, client_of: ClientOf) -> None:
    page = client_of(people.victor).get(reverse("studio:content_list", args=[people.shop.slug]))
    entries = page.context["frame"].entries
    assert [str(entry.label) for entry in entries] == [
        "Today",
        "Content",
        "Rights",
        "Widgets",
        "Assistant",
        "Sources",
        "Settings",
    ]
    assert [str(entry.label) for entry in entries if entry.current] == ["Content"]
    main = page.content.decode().partition('<nav class="nav"')[2].partition("</nav>")[0]
    for entry in entries:
        assert f'href="{entry.url}"' in main
        assert client_of(people.victor).get(entry.url).status_code == 200


def test_search_finds_the_words_and_leaves_out_everything_else(people: Personas, client_of: ClientOf) -> None:
    make_published(people.shop.id, [item_input(title="Runs small"), item_input(title="Warm wool")])
    make_published(people.other_shop.id, [item_input(title="Small apples")])
    address = reverse("studio:content_list", args=[people.shop.slug])
    found = client_of(people.victor).get(address, {"q": "small"}).content.decode()
    assert "Runs small" in found
    assert "Warm wool" not in found
    assert "Small apples" not in found
    assert "Runs small" not in client_of(people.victor).get(address, {"q": "velvet"}).content.decode()
