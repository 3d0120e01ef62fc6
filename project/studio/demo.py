"""The demo's two shops, made through the same services that owners, staff and collectors use.

Alice's clothing shop and Charlie's larder, with real reviews under an open licence. Every step finds what an earlier
try has made, so that a seeding that was cut off goes on, and a second one changes nothing but addresses.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from assistant.services import ensure_assistant
from project.collection.imports.preparing import FileOptions, prepare_file
from project.collection.imports.reports import ImportReport
from project.collection.imports.services import LegalBasis, import_file
from project.collection.selectors import source_statuses
from project.collection.tasks import collect_source_task
from project.content import selectors as content
from project.content.rules import State
from project.content.services import create_source, update_source_config
from project.core.errors import Conflict, NotAllowed
from project.core.lookups import shop_of_slug
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Basis, Channel, GateQuery, LicenceTerms
from project.shops.contracts import ProductInput
from project.shops.rules import Role
from project.shops.selectors import allowed_origins, products, role_in, shop_facts, user_by_email
from project.shops.services import (
    add_allowed_origin,
    add_member,
    create_shop,
    create_user,
    remove_allowed_origin,
    update_shop,
    upsert_products,
)
from widgets.contracts import WidgetInput
from widgets.selectors import selected_items, selections, widgets
from widgets.services import add_items, create_selection, create_widget, ensure_default_widgets

if TYPE_CHECKING:
    from project.shops.models import User

CONTENT: Final = Path(settings.BASE_DIR) / "project" / "runtime" / "demo"
PASSWORD: Final = "look-around-freely"  # noqa: S105 (printed for everybody; the demo refuses to run elsewhere)
CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
CHANNELS: Final = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)
# Of 2,916 reviews some forty are left to be looked at, by a hash of their number.
SPOT_CHECK_PERCENT: Final = 1.4
SELECTION: Final = "Ten that helped others most"
HASHTAG: Final = "wornwithlove"
COLLECT_SECONDS: Final = 20


@dataclass(frozen=True)
class Login:
    """An account of the demo; its password is everybody's."""

    email: str
    name: str
    role: Role
    shop: str


LOGINS: Final = (
    Login("alice@demo.example", "Alice", Role.OWNER, "demo"),
    Login("bob@demo.example", "Bob", Role.MODERATOR, "demo"),
    Login("rita@demo.example", "Rita", Role.RIGHTS_MANAGER, "demo"),
    Login("victor@demo.example", "Victor", Role.VIEWER, "demo"),
    Login("charlie@demo.example", "Charlie", Role.OWNER, "larder"),
)
SHOPS: Final = {"demo": "Linden & Loom", "larder": "Charlie’s Larder"}

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Addresses:
    """Where the demo's other servers are; they change with the ports."""

    storefront: str
    replay: str

    @classmethod
    def of_environment(cls) -> Addresses:
        """As the supervisor has set them, or the usual ports."""
        storefront = os.environ.get("STOREFRONT_PORT", "8001")
        replay = os.environ.get("REPLAY_PORT", "8002")
        return cls(f"http://127.0.0.1:{storefront}", f"http://127.0.0.1:{replay}")


def seed(*, tell: Tell, addresses: Addresses) -> dict[str, Any]:
    """Make everything that is missing; returns what ``demo.json`` says."""
    refuse_without_demo()
    tell(_("People and shops"))
    shop_ids = {slug: _shop(slug, name, addresses) for slug, name in SHOPS.items()}
    demo, larder = shop_ids["demo"], shop_ids["larder"]
    _catalogue(demo, addresses)
    for shop_id, file in ((demo, "womens_clothing.csv.gz"), (larder, "fine_food.csv.gz")):
        report = _reviews(shop_id, CONTENT / file)
        tell(_("%(shop)s: %(count)s reviews") % {"shop": shop_facts(shop_id).name, "count": f"{report.accepted:,}"})
    tell(_("Widgets and assistants"))
    for shop_id in shop_ids.values():
        ensure_default_widgets(shop_id=shop_id)
        ensure_assistant(shop_id=shop_id)
    _selection(demo)
    _collect(demo, addresses, tell)
    return write_file(addresses)


def refresh_addresses(*, addresses: Addresses) -> dict[str, Any]:
    """Only what the ports change: where the shops are, product addresses, the replay's address, ``demo.json``."""
    refuse_without_demo()
    for slug in SHOPS:
        _move_storefront(_made(slug), addresses)
    shop_id = _made("demo")
    _catalogue(shop_id, addresses)
    _source(shop_id, addresses)
    return write_file(addresses)


def refuse_without_demo() -> None:
    """Known passwords belong into a demo and nowhere else."""
    if not settings.VOUCHSAFE_DEMO:
        raise NotAllowed(_("The demo's accounts have a known password; it is made only where VOUCHSAFE_DEMO is on."))


# --- people and shops


def _shop(slug: str, name: str, addresses: Addresses) -> int:
    people = {login.name: _user(login) for login in LOGINS if login.shop == slug}
    owner = next(people[login.name] for login in LOGINS if login.shop == slug and login.role is Role.OWNER)
    shop_id = shop_of_slug(slug)
    if shop_id is None:
        shop_id = create_shop(name=name, slug=slug, owner=owner, website=addresses.storefront).id
    elif role_in(shop_id, owner) != Role.OWNER:
        raise Conflict(_("There is a shop “%(slug)s” that is not the demo's.") % {"slug": slug})
    for login in LOGINS:
        if login.shop == slug and role_in(shop_id, people[login.name]) is None:
            add_member(shop_id=shop_id, user=people[login.name], role=login.role)
    _move_storefront(shop_id, addresses)
    return shop_id


def _made(slug: str) -> int:
    shop_id = shop_of_slug(slug)
    if shop_id is None:
        raise Conflict(_("The demo has not been made yet: run seed_demo."))
    return shop_id


def _user(login: Login) -> User:
    return user_by_email(login.email) or create_user(
        email=login.email, password=PASSWORD, name=login.name, confirmed=True
    )


def _move_storefront(shop_id: int, addresses: Addresses) -> None:
    """Allow the storefront and name it as the shop's website, in place of its earlier port and of nothing else.

    The demo's people may have allowed pages of their own on this machine, and may have named another website.
    """
    shop = shop_facts(shop_id)
    before = _storefront_before(shop.website)
    with shop_scope(shop_id):
        allowed = allowed_origins()
    if before in allowed and before != addresses.storefront:
        remove_allowed_origin(shop_id=shop_id, actor_id=None, origin=before)
    if addresses.storefront not in allowed:
        add_allowed_origin(shop_id=shop_id, actor_id=None, origin=addresses.storefront)
    if shop.website == before != addresses.storefront:
        update_shop(
            shop_id=shop_id,
            actor_id=None,
            name=shop.name,
            locale=shop.locale,
            markets=shop.markets,
            time_zone=shop.time_zone,
            website=addresses.storefront,
        )


def _storefront_before(website: str) -> str:
    """Where ``demo.json`` says that the storefront was; after a seeding that was cut off, what the shop says."""
    try:
        return str(json.loads(_file().read_text(encoding="utf-8"))["storefront"])
    except (OSError, ValueError, KeyError):
        return website if website.startswith("http://127.0.0.1:") else ""


# --- products and reviews


def _listing() -> list[dict[str, str]]:
    listing: list[dict[str, str]] = json.loads((CONTENT / "products.json").read_text(encoding="utf-8"))
    return listing


def _catalogue(shop_id: int, addresses: Addresses) -> None:
    wanted = [
        ProductInput(
            external_id=product["reference"],
            name=product["name"],
            handle=product["handle"],
            category=product["category"],
            url=f"{addresses.storefront}/products/{product['handle']}",
            image_url=f"{addresses.storefront}/pictures/{product['picture']}",
        )
        for product in _listing()
    ]
    with shop_scope(shop_id):
        present = set(products().values_list("external_id", "url"))
    if {(product.external_id, product.url) for product in wanted} - present:
        upsert_products(shop_id=shop_id, actor_id=None, products=wanted)


def _reviews(shop_id: int, path: Path) -> ImportReport:
    """The path that an owner takes: approved by the owner, some left to the moderators, an open licence as basis."""
    terms = LicenceTerms(
        channels=CHANNELS, markets=shop_facts(shop_id).markets, starts_at=timezone.now(), terms_url=CC0
    )
    return import_file(
        shop_id=shop_id,
        actor_id=None,
        file=prepare_file(path, FileOptions(language="en")),
        state=State.APPROVED,
        legal_basis=LegalBasis(basis=Basis.OPEN_LICENCE, terms=terms),
        spot_check=SPOT_CHECK_PERCENT,
    )


# --- what shoppers see


def _selection(shop_id: int) -> str:
    """Ten published reviews, the most helpful ones, in a selection with a carousel; returns the carousel's id."""
    with shop_scope(shop_id):
        found = selections().filter(name=SELECTION).first()
        selection_id = found.public_id if found else ""
        filled = found is not None and bool(selected_items(found.public_id))
    if not selection_id:
        selection_id = create_selection(shop_id=shop_id, actor_id=None, name=SELECTION)
    if not filled:
        audience = Audience(
            shop_id=shop_id, channel=Channel.SITE, markets=shop_facts(shop_id).markets, at=timezone.now()
        )
        page = gate.published(audience, GateQuery(order="helpful", limit=10))
        ids = [item.id for item in page.items]
        add_items(shop_id=shop_id, actor_id=None, selection_id=selection_id, item_ids=ids)
    with shop_scope(shop_id):
        existing = widgets().filter(selection__public_id=selection_id).values_list("public_id", flat=True).first()
    return existing or create_widget(
        shop_id=shop_id,
        actor_id=None,
        widget=WidgetInput(type="carousel", name=SELECTION, heading=SELECTION, selection_id=selection_id),
    )


# --- posts that still need permission


def _source(shop_id: int, addresses: Addresses) -> str:
    """The Mastodon source, at the replay server's present address; returns its public id."""
    name = f"#{HASHTAG}"
    # The token of the replay's invented shop account, so that the demo can ask in public.
    config = {"server": addresses.replay, "tag": HASHTAG, "posting_token": "replay"}
    with shop_scope(shop_id):
        source = content.sources().filter(kind="mastodon", name=name).first()
    if source is None:
        made = create_source(shop_id=shop_id, actor_id=None, kind="mastodon", name=name, config=config)
        return made.public_id
    if source.config != config:
        update_source_config(shop_id=shop_id, actor_id=None, public_id=source.public_id, name=name, config=config)
    return source.public_id


def _collect(shop_id: int, addresses: Addresses, tell: Tell) -> None:
    """Have a worker collect the posts, and wait for it a while; the schedule brings them otherwise."""
    source_id = _source(shop_id, addresses)
    if _collected(shop_id, source_id):
        return
    tell(_("Posts under #%(tag)s, by a worker") % {"tag": HASHTAG})
    collect_source_task.apply_async(args=(source_id,), queue="default")
    deadline = time.monotonic() + COLLECT_SECONDS
    while time.monotonic() < deadline:
        if _collected(shop_id, source_id):
            return
        time.sleep(0.1)
    tell(_("No worker has answered yet; the posts come with the schedule."))


def _collected(shop_id: int, source_id: str) -> bool:
    with shop_scope(shop_id):
        return any(status.source_id == source_id and status.last_ok_at for status in source_statuses())


# --- what the storefront and the ready line read


def write_file(addresses: Addresses) -> dict[str, Any]:
    """``demo.json``: widgets, assistant and products of the shop that the storefront shows, and the logins."""
    shop_id = _made("demo")
    facts = {
        "version": 1,
        "vouchsafe": settings.PUBLIC_URL,
        "storefront": addresses.storefront,
        "shop": {"id": shop_facts(shop_id).public_id, "slug": "demo", "name": SHOPS["demo"]},
        "widgets": {**ensure_default_widgets(shop_id=shop_id), "selection": _selection(shop_id)},
        "assistant": ensure_assistant(shop_id=shop_id).id,
        "products": _product_ids(shop_id),
        "logins": [
            {"email": login.email, "role": login.role.value, "shop": login.shop, "password": PASSWORD}
            for login in LOGINS
        ],
    }
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(target)  # at once: the storefront never reads half a file
    return facts


def _file() -> Path:
    return Path(settings.VOUCHSAFE_HOME) / "demo.json"


def _product_ids(shop_id: int) -> list[dict[str, str]]:
    with shop_scope(shop_id):
        ids = dict(products().values_list("handle", "public_id"))
    return [{"handle": each["handle"], "name": each["name"], "id": ids[each["handle"]]} for each in _listing()]
