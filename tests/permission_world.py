"""What the permission matrix asks about: Alice's shop with one of everything, and everybody who might ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from http.cookies import SimpleCookie
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, RequestFactory

from assistant.services import ensure_assistant
from project.content.contracts import AuthorInput
from project.content.models import Media
from project.content.rules import State
from project.content.selectors import search_authors
from project.content.services import approve_pictures, record_media_ready, tag_items, take_down_items
from project.core.live.connections import new_connection_id
from project.core.scope import shop_scope
from project.rights.api import NoticeViewSet
from project.rights.contracts import AuthorChoice, Channel, HoldReason, NoticeDecision, NoticeState, PrivacyKind
from project.rights.ledger.heads import sign_head
from project.rights.models import Hold, StatementOfReasons
from project.rights.notices.forms import buckets, seal
from project.rights.notices.links import statement_token
from project.rights.services import (
    ask_permission,
    decide_notice,
    file_notice,
    grant_request,
    object_to_statement,
    open_hold,
    receive_privacy_request,
    state_hold,
)
from project.rights.terms import CURRENT
from project.shops.models import User
from project.shops.services import add_allowed_origin, create_api_key, invite_member
from tests.api.asking import Asking, publishable_key, secret_key
from tests.factories import (
    Personas,
    item_input,
    license_items,
    make_desk_things,
    make_items,
    make_personas,
    make_product,
    make_published,
    notice_input,
)
from tests.scope_guard import shop_owned_tables
from widgets.contracts import WidgetInput
from widgets.services import add_items, create_selection, create_widget, ensure_hosted_wall

ALICES_PAGE = "https://www.linden.example"
CHARLIES_PAGE = "https://www.larder.example"
# Stands in every private word of Alice's shop; whoever is refused must not read it.
MARK = "only-alices-people-may-read-this"


class Who(StrEnum):
    """Everybody who might ask. The last four carry a key and no session."""

    VERA = "vera"
    VICTOR = "victor"
    BOB = "bob"
    RITA = "rita"
    ALICE = "alice"
    CHARLIE = "charlie"
    PUBLISHABLE = "alices publishable key"
    SECRET = "alices secret key"
    OTHER_SECRET = "charlies secret key"


PEOPLE = frozenset({Who.VERA, Who.VICTOR, Who.BOB, Who.RITA, Who.ALICE, Who.CHARLIE})
MEMBERS = frozenset({Who.VICTOR, Who.BOB, Who.RITA, Who.ALICE})
SIGNED_IN = MEMBERS | {Who.CHARLIE}


@dataclass(frozen=True)
class Objects:
    """Ids of Alice's objects, under the names that addresses and bodies of the table use."""

    shop: str
    other_shop: str
    item: str
    second: str
    pending: str
    down: str
    unasked: str
    product_id: str
    source_id: str
    mastodon: str
    request_id: str
    token: str
    granted_token: str
    terms_version: str
    licence: str
    hold_id: str
    notice_id: str
    notice_token: str
    seal: str
    rejected_token: str
    statement_id: str
    statement_token: str
    objected_id: str
    widget_id: str
    wall: str
    selection_id: str
    empty_selection: str
    order: str
    key: str
    invitation: str
    invitation_token: str
    user_id: str
    file: str
    hidden_file: str
    picture: str
    hidden_picture: str
    assistant_id: str
    connection: str
    author: str
    privacy: str
    mail: str
    wording: str
    view: str


@dataclass(frozen=True)
class World:
    people: Personas
    objects: Objects
    callers: dict[Who, tuple[Client | None, Asking | None]]

    def client(self, who: Who) -> Client:
        """A browser (signed in where the person can be) or a program with its key."""
        session, asking = self.callers[who]
        buckets.clear()  # all come from one address, and each is a visitor of their own
        NoticeViewSet.visitor_buckets.clear()
        client = _browser()
        client.cookies = SimpleCookie() if session is None else session.cookies.copy()
        client.defaults = {} if asking is None else {"HTTP_AUTHORIZATION": f"Bearer {asking.key}"}
        return client

    def filled(self, value: Any) -> Any:
        """A body or address of the table with ``{name}`` replaced by Alice's object of that name."""
        if isinstance(value, str):
            return value.format(**vars(self.objects)) if "{" in value else value
        if isinstance(value, list):
            return [self.filled(entry) for entry in value]
        if isinstance(value, dict):
            return {name: self.filled(entry) for name, entry in value.items()}
        return value

    def alices_ids(self) -> set[str]:
        """Every id that another shop's answers must not hold."""
        public = {"shop", "other_shop", "user_id", "terms_version"}
        return {getattr(self.objects, field.name) for field in fields(Objects) if field.name not in public}


@cache
def _browser() -> Client:
    """One client for all, given each caller's cookies and key in turn: making one loads the middleware."""
    return Client()


def make_world() -> World:
    people = make_personas()
    shop_id, other_id = people.shop.id, people.other_shop.id
    add_allowed_origin(shop_id=shop_id, actor_id=None, origin=ALICES_PAGE)
    add_allowed_origin(shop_id=other_id, actor_id=None, origin=CHARLIES_PAGE)
    keys = {
        Who.PUBLISHABLE: publishable_key(shop_id),
        Who.SECRET: secret_key(shop_id),
        Who.OTHER_SECRET: secret_key(other_id),
    }
    callers: dict[Who, tuple[Client | None, Asking | None]] = {Who.VERA: (None, None)}
    for who, user in _staff(people).items():
        client = Client()
        client.force_login(user)
        callers[who] = (client, None)
    for who, key in keys.items():
        Asking(key).get("/published/")  # its first use is noted; the following minutes' are not
        callers[who] = (None, Asking(key))
    TOTP.activate(people.alice, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(people.alice)
    return World(people, _objects(people), callers)


def _staff(people: Personas) -> dict[Who, User]:
    return {
        Who.VICTOR: people.victor,
        Who.BOB: people.bob,
        Who.RITA: people.rita,
        Who.ALICE: people.alice,
        Who.CHARLIE: people.charlie,
    }


def _objects(people: Personas) -> Objects:
    shop_id, alice = people.shop.id, people.alice
    server = Asking(secret_key(shop_id))
    widget = create_widget(
        shop_id=shop_id, actor_id=alice.pk, widget=WidgetInput(type="carousel", name=f"Front {MARK}")
    )
    product = make_product(shop_id, f"Knit {MARK}", external_id="knit", category="Knits")
    words = {"text": f"Warm. {MARK}", "product_external_id": "knit"}
    item, second, down = make_published(shop_id, [item_input(**words) for _ in range(3)])
    take_down_items(shop_id=shop_id, actor_id=None, item_ids=[down], reason="spam")
    pending, asked, unasked = make_items(shop_id, [item_input(**words) for _ in range(3)])
    tag_items(shop_id=shop_id, actor_id=None, item_ids=[item], tag="winter")
    request = ask_permission(
        shop_id=shop_id, actor_id=alice.pk, item_id=asked, channels=(Channel.SITE,), markets=("*",)
    )
    selection, empty = (
        create_selection(shop_id=shop_id, actor_id=alice.pk, name=f"{name} {MARK}") for name in ("Winter", "Summer")
    )
    add_items(shop_id=shop_id, actor_id=alice.pk, selection_id=selection, item_ids=[item])
    invitation = invite_member(
        shop_id=shop_id, actor=alice, email=people.charlie.email, role="viewer", accept_url="https://v.example/{token}"
    )
    author, privacy = _person(shop_id)
    mastodon = {"kind": "mastodon", "name": MARK, "config": {"server": "https://mastodon.example", "tag": "linden"}}
    return Objects(
        shop=people.shop.slug,
        other_shop=people.other_shop.slug,
        item=item,
        second=second,
        pending=pending,
        down=down,
        unasked=unasked,
        product_id=product,
        source_id=server.get(f"/content/{item}/").json()["source"]["id"],
        mastodon=server.post("/sources/", mastodon).json()["id"],
        request_id=request.public_id,
        token=request.token,
        granted_token=_granted(shop_id, alice, second),
        terms_version=CURRENT,
        licence=license_items(shop_id, [unasked], channels=(Channel.PRINT,)).public_id,
        hold_id=open_hold(shop_id=shop_id, actor_id=None, item_id=unasked, reason=HoldReason.LEGAL),
        **_disputes(shop_id, alice, unasked, second),
        seal=seal(RequestFactory().get("/"), item),
        widget_id=widget,
        wall=ensure_hosted_wall(shop_id=shop_id),
        selection_id=selection,
        empty_selection=empty,
        order=server.post("/orders/", {"external_id": "1", "placed_at": "2026-01-01T00:00:00Z"}).json()["id"],
        key=create_api_key(shop_id=shop_id, actor_id=alice.pk, name="Till", publishable=True).public_id,
        invitation=invitation.public_id,
        invitation_token=invitation.token,
        user_id=str(people.bob.pk),
        file=_picture(shop_id, item),
        hidden_file=_picture(shop_id, pending),
        picture=f"med_{item[4:]}",
        hidden_picture=f"med_{pending[4:]}",
        assistant_id=ensure_assistant(shop_id=shop_id).id,
        connection=new_connection_id(widget),
        author=author,
        privacy=privacy,
        **make_desk_things(shop_id, alice, mark=MARK),
    )


def _disputes(shop_id: int, alice: User, held: str, other: str) -> dict[str, str]:
    """A notice that waits, one that was rejected, and two statements, one of which its author objects to."""
    waiting = file_notice(notice=notice_input(other, explanation=f"It is wrong. {MARK}"))
    rejected = file_notice(notice=notice_input(other))
    unfounded = NoticeDecision(outcome=NoticeState.REJECTED, reason="lawful", note="It is lawful.")
    decide_notice(shop_id=shop_id, actor_id=alice.pk, notice_id=rejected.public_id, decision=unfounded)
    with shop_scope(shop_id):
        holds = list(Hold.objects.filter(item__public_id=held).values_list("public_id", flat=True))
    again = open_hold(shop_id=shop_id, actor_id=None, item_id=held, reason=HoldReason.SOURCE_GONE)
    for number, hold in enumerate([*holds, again]):
        state_hold(shop_id=shop_id, hold_id=hold, number=number)
    with shop_scope(shop_id):
        first, objected = StatementOfReasons.objects.order_by("id").values_list("public_id", flat=True)
    object_to_statement(shop_id=shop_id, statement_id=objected, objection="Please look again.")
    return {
        "notice_id": waiting.public_id,
        "notice_token": waiting.token,
        "rejected_token": rejected.token,
        "statement_id": first,
        "statement_token": statement_token(first),
        "objected_id": objected,
    }


def _granted(shop_id: int, alice: User, item: str) -> str:
    """The link of an author who said yes, and a ledger that is signed up to there."""
    made = ask_permission(shop_id=shop_id, actor_id=alice.pk, item_id=item, channels=(Channel.EMAIL,), markets=("*",))
    choice = AuthorChoice(channels=(Channel.EMAIL,), credit_kind="customer")
    grant_request(token=made.token, choice=choice)
    sign_head(shop_id=shop_id)
    return made.token


def _person(shop_id: int) -> tuple[str, str]:
    """An author, and their request for a copy of their data."""
    person = AuthorInput(external_id="ana", display_name=f"Ana {MARK}")
    make_items(shop_id, [item_input(text=f"Mine. {MARK}", author=person)])
    with shop_scope(shop_id):
        author = search_authors("Ana").get()
    request = receive_privacy_request(
        shop_id=shop_id, actor_id=None, author_pk=author.pk, kind=PrivacyKind.ACCESS, confirmed_by="mail"
    )
    return author.public_id, request


def _picture(shop_id: int, item: str) -> str:
    from project.content.selectors import items

    file = f"{item[4:20]}.webp"
    with shop_scope(shop_id):
        row = items().get(public_id=item)
        media = Media.objects.create(public_id=f"med_{item[4:]}", item=row, position=7)
    record_media_ready(shop_id=shop_id, public_id=media.public_id, file=file, width=1, height=1, sha256="0" * 64)
    if row.state == State.APPROVED:
        approve_pictures(shop_id=shop_id, actor_id=None, item_id=item, media_ids=[media.public_id])
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / file).write_bytes(b"RIFF")
    return file


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the block writes is taken back: every request of the matrix finds the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fingerprint(shop_id: int) -> dict[str, tuple[int, int]]:
    """Every shop-owned table's rows of one shop, as their number and a sum over their contents."""
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t WHERE t.shop_id = %s"
        for table in sorted(shop_owned_tables())
    ]
    parts.append("SELECT 'shop', count(*), coalesce(sum(hashtext(t::text)), 0) FROM shops_shop t WHERE t.id = %s")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [shop_id] * len(parts))
        return {table: (int(count), int(total)) for table, count, total in cursor.fetchall()}
