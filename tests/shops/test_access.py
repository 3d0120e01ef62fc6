"""Roles, keys, origins and invitations: who may, and above all who may not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from project.core.audit import recent
from project.core.errors import Conflict, InvalidInput, NotFound, VouchsafeError
from project.core.hashing import token_hash
from project.core.scope import shop_scope
from project.shops import selectors
from project.shops.contracts import OrderInput, ProductInput
from project.shops.models import ApiKey, Invitation, Mail, Order
from project.shops.rules import Action, KeyScope, Role, may, normalise_origin, origin_matches
from project.shops.services import (
    accept_invitation,
    add_allowed_origin,
    cancel_invitation,
    change_role,
    create_api_key,
    create_shop,
    create_user,
    invite_member,
    record_order,
    remove_allowed_origin,
    remove_member,
    revoke_api_key,
    rotate_api_key,
    update_shop,
    upsert_products,
)
from project.shops.services.mail import send_queued_mail
from tests.factories import Personas, make_personas, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, set(Action)),
        (Role.MODERATOR, {Action.READ, Action.MODERATE, Action.OPEN_HOLD}),
        (
            Role.RIGHTS_MANAGER,
            {
                *(Action.READ, Action.ASK_PERMISSION, Action.RECORD_LICENCE, Action.WITHDRAW_LICENCE),
                *(Action.OPEN_HOLD, Action.LIFT_HOLD, Action.DECIDE_NOTICE, Action.HANDLE_PRIVACY),
            },
        ),
        (Role.VIEWER, {Action.READ}),
        (None, set()),
    ],
)
def test_each_role_may_do_its_work_and_no_more(role: Role | None, allowed: set[Action]) -> None:
    assert {action for action in Action if may(role, action)} == allowed


def test_charlie_has_no_role_in_alices_shop() -> None:
    people = make_personas()
    assert selectors.may_in(people.shop.id, people.alice, Action.MANAGE_SHOP)
    assert selectors.role_in(people.shop.id, people.charlie) is None
    assert [shop.id for shop in selectors.shops_of(people.charlie)] == [people.other_shop.id]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("https://*.shop.example", "https://*.shop.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://shop.example/path", None),
        ("https://user@shop.example", None),
        ("ftp://shop.example", None),
        ("shop.example", None),
        ("null", None),
        ("https://*", None),
        ("https://*.com", None),
        ("https://shop.example:99999", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, origin: str | None) -> None:
    assert normalise_origin(text) == origin


@pytest.mark.parametrize(
    ("pattern", "origin", "fits"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "http://shop.example", False),
        ("https://shop.example", "https://shop.example.evil.example", False),
        ("https://*.shop.example", "https://www.shop.example", True),
        ("https://*.shop.example", "https://a.b.shop.example", False),
        ("https://*.shop.example", "https://shop.example", False),
        ("https://*.shop.example", "http://www.shop.example", False),
    ],
)
def test_a_wildcard_stands_for_exactly_one_label(pattern: str, origin: str, fits: bool) -> None:
    assert origin_matches(pattern, origin) is fits


def test_an_origin_is_allowed_per_shop() -> None:
    people = make_personas()
    add_allowed_origin(shop_id=people.shop.id, actor_id=people.alice.pk, origin="https://www.linden.example/")
    with shop_scope(people.shop.id):
        assert selectors.origin_is_allowed("https://www.linden.example")
    with shop_scope(people.other_shop.id):
        assert not selectors.origin_is_allowed("https://www.linden.example")
    with pytest.raises(InvalidInput):
        add_allowed_origin(shop_id=people.shop.id, actor_id=None, origin="linden.example/path")
    remove_allowed_origin(shop_id=people.shop.id, actor_id=None, origin="https://www.linden.example")
    with pytest.raises(NotFound):
        remove_allowed_origin(shop_id=people.shop.id, actor_id=None, origin="https://www.linden.example")


def test_a_key_is_shown_once_and_stored_as_a_hash() -> None:
    people = make_personas()
    made = create_api_key(
        shop_id=people.shop.id, actor_id=people.alice.pk, name="Server", publishable=False, scopes=["orders:write"]
    )
    with shop_scope(people.shop.id):
        key = ApiKey.objects.get(public_id=made.public_id)
    assert made.secret.startswith("sk_")
    assert key.key_hash == token_hash(made.secret)
    assert made.secret not in str(vars(key))
    assert all(made.secret not in str(entry.data) for entry in recent(people.shop.id))


def test_a_publishable_key_reads_only_what_is_published() -> None:
    people = make_personas()
    made = create_api_key(
        shop_id=people.shop.id, actor_id=None, name="Shop", publishable=True, scopes=["content:write"]
    )
    with shop_scope(people.shop.id):
        assert ApiKey.objects.get(public_id=made.public_id).scopes == [KeyScope.PUBLISHED_READ]


def test_rotation_leaves_the_old_key_a_while_and_revocation_ends_it_at_once() -> None:
    people = make_personas()
    old = create_api_key(
        shop_id=people.shop.id, actor_id=None, name="Server", publishable=False, scopes=["orders:write"]
    )
    new = rotate_api_key(shop_id=people.shop.id, actor_id=None, public_id=old.public_id, overlap=timedelta(hours=1))
    assert new.secret != old.secret
    with shop_scope(people.shop.id):
        assert ApiKey.objects.get(public_id=old.public_id).expires_at
    revoke_api_key(shop_id=people.shop.id, actor_id=None, public_id=new.public_id)
    with pytest.raises(Conflict):
        revoke_api_key(shop_id=people.shop.id, actor_id=None, public_id=new.public_id)
    with pytest.raises(NotFound):
        rotate_api_key(shop_id=people.other_shop.id, actor_id=None, public_id=old.public_id)


def test_replacing_a_key_again_never_prolongs_it_and_revives_none() -> None:
    people = make_personas()
    call: dict[str, Any] = {"shop_id": people.shop.id, "actor_id": None}
    old = create_api_key(**call, name="Server", publishable=False, scopes=["orders:write"])

    def ends() -> datetime | None:
        with shop_scope(people.shop.id):
            return ApiKey.objects.get(public_id=old.public_id).expires_at

    rotate_api_key(**call, public_id=old.public_id, overlap=timedelta(hours=1))
    first = ends()
    assert first is not None
    rotate_api_key(**call, public_id=old.public_id, overlap=timedelta(hours=24))
    assert ends() == first
    rotate_api_key(**call, public_id=old.public_id, overlap=timedelta(0))
    over = ends()
    assert over is not None
    assert over < first
    with pytest.raises(Conflict, match="run out"):
        rotate_api_key(**call, public_id=old.public_id)
    assert ends() == over


@pytest.mark.parametrize(("name", "scopes"), [("", ["orders:write"]), ("x", []), ("x", ["everything"])])
def test_a_key_needs_a_name_and_scopes_that_exist(name: str, scopes: list[str]) -> None:
    people = make_personas()
    with pytest.raises(InvalidInput):
        create_api_key(shop_id=people.shop.id, actor_id=None, name=name, publishable=False, scopes=scopes)


def invite(people: Personas, email: str = "dora@example.com") -> str:
    return invite_member(
        shop_id=people.shop.id,
        actor=people.alice,
        email=email,
        role="moderator",
        accept_url="https://v.example/invitations/{token}/",
    ).token


def test_an_invitation_goes_out_by_mail_and_is_good_for_one_person_once() -> None:
    people = make_personas()
    token = invite(people)
    with shop_scope(people.shop.id):
        letter = Mail.objects.get(purpose="invitation")
    assert mail.outbox == []  # a mail server that is down keeps nobody from inviting
    with override_settings(VOUCHSAFE_MAIL_IS_KEPT=False):
        send_queued_mail(shop_id=people.shop.id, mail_id=letter.public_id)
    assert f"https://v.example/invitations/{token}/" in mail.outbox[-1].body
    with pytest.raises(VouchsafeError, match="another address"):
        accept_invitation(token=token, user=people.charlie)
    dora = create_user(email="Dora@example.com", password="a long enough password", name="Dora")
    assert accept_invitation(token=token, user=dora) == people.shop.id
    assert selectors.role_in(people.shop.id, dora) == "moderator"
    with pytest.raises(VouchsafeError, match="used"):
        accept_invitation(token=token, user=dora)


def test_a_cancelled_expired_or_invented_invitation_opens_nothing() -> None:
    people = make_personas()
    dora = create_user(email="dora@example.com", password="a long enough password")
    token = invite(people)
    with shop_scope(people.shop.id):
        public_id = Invitation.objects.get(token_hash=token_hash(token)).public_id
    cancel_invitation(shop_id=people.shop.id, actor_id=people.alice.pk, public_id=public_id)
    with pytest.raises(VouchsafeError):
        accept_invitation(token=token, user=dora)
    token = invite(people)
    with shop_scope(people.shop.id):
        Invitation.objects.filter(token_hash=token_hash(token)).update(expires_at=timezone.now())
    with pytest.raises(VouchsafeError):
        accept_invitation(token=token, user=dora)
    with pytest.raises(VouchsafeError):
        accept_invitation(token="invented", user=dora)
    assert selectors.role_in(people.shop.id, dora) is None


def test_a_new_invitation_makes_the_older_link_worthless() -> None:
    people = make_personas()
    first = invite(people)
    invite(people)
    dora = create_user(email="dora@example.com", password="a long enough password")
    with pytest.raises(VouchsafeError):
        accept_invitation(token=first, user=dora)


def test_a_shop_keeps_an_owner() -> None:
    people = make_personas()
    with pytest.raises(Conflict):
        remove_member(shop_id=people.shop.id, actor_id=people.alice.pk, user_id=people.alice.pk)
    with pytest.raises(Conflict):
        change_role(shop_id=people.shop.id, actor_id=people.alice.pk, user_id=people.alice.pk, role="viewer")
    change_role(shop_id=people.shop.id, actor_id=people.alice.pk, user_id=people.bob.pk, role="owner")
    remove_member(shop_id=people.shop.id, actor_id=people.bob.pk, user_id=people.alice.pk)
    assert selectors.role_in(people.shop.id, people.alice) is None


def test_membership_changes_name_what_is_wrong() -> None:
    people = make_personas()
    with pytest.raises(InvalidInput):
        change_role(shop_id=people.shop.id, actor_id=None, user_id=people.bob.pk, role="king")
    with pytest.raises(NotFound):
        change_role(shop_id=people.shop.id, actor_id=None, user_id=people.charlie.pk, role="viewer")
    with pytest.raises(NotFound):
        remove_member(shop_id=people.shop.id, actor_id=None, user_id=people.charlie.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("slug", "Not A Slug"), ("locale", "xx"), ("markets", ["Denmark"]), ("time_zone", "Mars/Base")],
)
def test_a_shop_names_the_field_that_is_wrong(field: str, value: object) -> None:
    values = {"name": "A", "slug": "a", "locale": "en", "markets": ["DK"], "time_zone": "UTC", field: value}
    with pytest.raises(InvalidInput) as refused:
        create_shop(owner=make_user("Eve"), **values)  # type: ignore[arg-type]
    assert set(refused.value.fields or {}) == {field}


def test_a_taken_short_name_is_told() -> None:
    people = make_personas()
    with pytest.raises(InvalidInput, match="taken"):
        create_shop(name="Again", slug=people.shop.slug, owner=people.charlie)


def test_a_shop_can_be_renamed() -> None:
    people = make_personas()
    update_shop(
        shop_id=people.shop.id,
        actor_id=people.alice.pk,
        name="Linden & Loom",
        locale="da",
        markets=["DK", "SE"],
        time_zone="Europe/Copenhagen",
    )
    assert selectors.shop_facts(people.shop.id).markets == ("DK", "SE")


def test_an_account_needs_a_real_address_and_a_decent_password() -> None:
    with pytest.raises(InvalidInput):
        create_user(email="not an address", password="a long enough password")
    with pytest.raises(InvalidInput):
        create_user(email="eve@example.com", password="12345")
    create_user(email="eve@example.com", password="a long enough password")
    with pytest.raises(Conflict):
        create_user(email="EVE@example.com", password="a long enough password")


def test_products_are_updated_by_external_id() -> None:
    people = make_personas()
    first = upsert_products(shop_id=people.shop.id, actor_id=None, products=[ProductInput(external_id="1", name="Top")])
    second = upsert_products(
        shop_id=people.shop.id, actor_id=None, products=[ProductInput(external_id="1", name="Knit top")]
    )
    assert first == second
    with shop_scope(people.shop.id):
        product = selectors.product_by_reference("1")
        assert product is not None
        assert product.name == "Knit top"
        assert selectors.product_by_reference("") is None


def test_an_order_is_evidence_without_the_customers_address() -> None:
    people = make_personas()
    upsert_products(shop_id=people.shop.id, actor_id=None, products=[ProductInput(external_id="1", name="Top")])
    order = OrderInput("A-1", timezone.now(), "ana@example.com", ("1", "unknown"))
    first = record_order(shop_id=people.shop.id, actor_id=None, order=order)
    assert record_order(shop_id=people.shop.id, actor_id=None, order=order) == first
    with shop_scope(people.shop.id):
        stored = Order.objects.get(public_id=first)
        assert "ana@example.com" not in str(vars(stored))
        assert stored.lines.count() == 1


def test_an_account_made_by_the_operator_can_sign_in_without_a_confirmation_mail() -> None:
    user = create_user(email="op@example.com", password="a long enough password", confirmed=True)
    client = Client()
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory"):
        answer = client.post("/accounts/login/", {"login": user.email, "password": "a long enough password"})
    assert (answer.status_code, answer["Location"]) == (302, "/studio/")
