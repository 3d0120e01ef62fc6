"""Small makers of real rows through the real services, and the five personas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from project.content import selectors as content
from project.content.contracts import ItemInput
from project.content.kinds import Kind
from project.content.models import Source
from project.content.rules import CreditKind, State
from project.content.services import approve_items, ensure_source, receive_items, record_media_ready
from project.content.source_policies import SourcePolicy, known_policies, register_source_policy
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.rights.contracts import Basis, Channel, LicenceTerms, NoticeCategory, NoticeInput, SendingWay
from project.rights.models import Licence
from project.rights.services import grant_licence, save_template
from project.rights.wordings import Family, variants
from project.shops.contracts import ProductInput, ShopFacts
from project.shops.models import Mail, Membership, User
from project.shops.rules import MailState, Role
from project.shops.services import create_shop, upsert_products
from project.studio.saved import keep_view

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "a long enough password"
_numbers = count(1)


@dataclass(frozen=True)
class Personas:
    """Alice owns the shop, Bob moderates in it, Rita manages rights, Victor may read; Charlie owns another shop."""

    shop: ShopFacts
    alice: User
    bob: User
    rita: User
    victor: User
    other_shop: ShopFacts
    charlie: User


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}{next(_numbers)}@example.com", PASSWORD, name=name)


def make_personas() -> Personas:
    alice, charlie = make_user("Alice"), make_user("Charlie")
    shop = create_shop(name="Linden", slug=f"linden-{next(_numbers)}", owner=alice, markets=["DK"])
    other = create_shop(name="Larder", slug=f"larder-{next(_numbers)}", owner=charlie, markets=["DK"])
    people = {}
    with shop_scope(shop.id):
        for name, role in (
            ("Bob", Role.MODERATOR),
            ("Rita", Role.RIGHTS_MANAGER),
            ("Victor", Role.VIEWER),
        ):
            people[name] = make_user(name)
            Membership.objects.create(user=people[name], role=role)
    return Personas(shop, alice, people["Bob"], people["Rita"], people["Victor"], other, charlie)


def make_source(shop_id: int, *, kind: str = "test", name: str = "Test source") -> Source:
    if kind not in {policy.kind for policy in known_policies()}:
        register_source_policy(SourcePolicy(kind, True, True, True, True, True, None, "", "tests"))
    return ensure_source(shop_id=shop_id, actor_id=None, kind=kind, name=name)


def item_input(**values: Any) -> ItemInput:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "kind": Kind.REVIEW,
        "external_id": f"x{number}",
        "text": f"A fine thing, number {number}.",
        "raw": {"n": number},
        "provenance": "tests",
        "rating": 5,
        "language": "en",
        "credit_kind": CreditKind.CUSTOMER,
    }
    return ItemInput(**{**defaults, **values})


def make_items(shop_id: int, inputs: Sequence[ItemInput], *, source: Source | None = None) -> list[str]:
    """Pending, unlicensed items; returns their public ids."""
    received = receive_items(
        shop_id=shop_id, actor_id=None, source=source or make_source(shop_id), items=inputs, state=State.PENDING
    )
    return [entry.public_id for entry in received]


def picture_comes_in(shop_id: int, *, file: str = "a.webp", sha256: str = "x") -> str:
    """The one picture that is on its way has been fetched; returns its public id."""
    with shop_scope(shop_id):
        media = content.pending_media().get()
    record_media_ready(shop_id=shop_id, public_id=media.public_id, file=file, width=1, height=1, sha256=sha256)
    return media.public_id


def terms(**values: Any) -> LicenceTerms:
    defaults: dict[str, Any] = {
        "channels": (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT),
        "markets": ("*",),
        "starts_at": LONG_AGO,
    }
    return LicenceTerms(**{**defaults, **values})


def make_published(shop_id: int, count_or_inputs: int | Sequence[ItemInput] = 1, **licence: Any) -> list[str]:
    """Approved and licensed items; returns their public ids."""
    inputs = [item_input() for _ in range(count_or_inputs)] if isinstance(count_or_inputs, int) else count_or_inputs
    ids = make_items(shop_id, inputs)
    license_items(shop_id, ids, **licence)
    approve_items(shop_id=shop_id, actor_id=None, item_ids=ids)
    return ids


def license_items(shop_id: int, ids: Sequence[str], **licence: Any) -> Licence:
    return grant_licence(shop_id=shop_id, actor_id=None, basis=Basis.OPEN_LICENCE, item_ids=ids, terms=terms(**licence))


def make_product(shop_id: int, name: str = "Knit top", **values: Any) -> str:
    """Returns the product's public id; its external id is the lower-case name unless given."""
    external_id = values.pop("external_id", name.lower().replace(" ", "-"))
    ids = upsert_products(
        shop_id=shop_id, actor_id=None, products=[ProductInput(external_id=external_id, name=name, **values)]
    )
    return ids[external_id]


def notice_input(item: str, **values: Any) -> NoticeInput:
    """A complete notice that hides nothing by itself."""
    defaults: dict[str, Any] = {
        "item_id": item,
        "category": NoticeCategory.MISLEADING,
        "explanation": "This never happened; the shop has no such product.",
        "urls": ("https://www.linden.example/reviews",),
        "name": "Vera Lund",
        "email": "vera@example.org",
        "in_good_faith": True,
    }
    return NoticeInput(**{**defaults, **values})


def later(**delta: float) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


def make_desk_things(shop_id: int, user: User, *, mark: str = "") -> dict[str, str]:
    """A message that failed, a wording of the shop's own and a person's saved view, by the names of their ids."""
    with shop_scope(shop_id):
        mail = Mail.objects.create(
            public_id=new_public_id("mal"),
            purpose="licence_expiring",
            to="rita@example.com",
            subject=f"A permission ends {mark}",
            text="Hello",
            language="en",
            state=MailState.FAILED,
            error="ConnectionRefusedError",
        )
    words = variants(Family.DIRECT, "en")[0]
    return {
        "mail": mail.public_id,
        "wording": save_template(
            shop_id=shop_id, actor_id=user.pk, way=SendingWay.PRIVATE_LINK, language="en", text=words.text
        ),
        "view": keep_view(shop_id=shop_id, actor_id=user.pk, page="rights", name=f"New {mark}", query="age=week"),
    }
