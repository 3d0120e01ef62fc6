"""Reads of the shops room. All but the marked ones need a shop scope."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from project.core import lookups
from project.core.errors import NotFound
from project.core.hashing import token_hash
from project.core.scope import current_shop_id, shop_scope
from project.shops.contracts import ShopFacts
from project.shops.models import AllowedOrigin, ApiKey, Invitation, Mail, Membership, Order, Product, Shop, User
from project.shops.rules import WORLDWIDE, Action, MailState, Role, may, normalise_origin, origin_matches

# A message that is still queued after this long has lost its task: broker down, worker killed.
FORGOTTEN_AFTER = timedelta(minutes=10)


def shop_facts(shop_id: int | None = None) -> ShopFacts:
    """The shop in scope, or the one named (which needs no scope: it is the shop itself that is asked for)."""
    shop = Shop.objects.filter(id=shop_id if shop_id is not None else current_shop_id()).first()
    if shop is None:
        raise NotFound("There is no such shop.")
    return ShopFacts(
        id=shop.id,
        public_id=shop.public_id,
        slug=shop.slug,
        name=shop.name,
        locale=shop.locale,
        time_zone=shop.time_zone,
        markets=tuple(shop.markets) or (WORLDWIDE,),
        website=shop.website,
    )


def shops_of(user: User) -> list[ShopFacts]:
    """The shops that a person works in (no scope needed: it is found by membership)."""
    return [shop_facts(shop_id) for shop_id in lookups.shops_of_member(user.pk)]


def role_in(shop_id: int, user: User) -> str | None:
    """The person's role in a shop, or None for a stranger."""
    with shop_scope(shop_id):
        return Membership.objects.filter(user_id=user.pk).values_list("role", flat=True).first()


def may_in(shop_id: int, user: User, action: Action) -> bool:
    """Whether this person may take this action in this shop."""
    return may(role_in(shop_id, user), action)


def members() -> QuerySet[Membership]:
    return Membership.objects.select_related("user").order_by("id")


def open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, cancelled_at=None).order_by("-id")


def invitation_stands(token: str) -> bool:
    """Whether this link still invites: neither used, nor taken back, nor too old (no scope: the token finds it)."""
    digest = token_hash(token)
    shop_id = lookups.shop_of_token_hash("invitation", digest)
    if shop_id is None:
        return False
    with shop_scope(shop_id):
        return open_invitations().filter(token_hash=digest, expires_at__gt=timezone.now()).exists()


def may_open_a_shop(user: User) -> bool:
    """Where sign-up is closed, only owners open further shops, and the very first person the first one (no scope)."""
    if settings.VOUCHSAFE_OPEN_SIGNUP or not lookups.every_shop():
        return True
    return any(role_in(shop_id, user) == Role.OWNER for shop_id in lookups.shops_of_member(user.pk))


def api_keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.order_by("-id")


def allowed_origins() -> list[str]:
    return list(AllowedOrigin.objects.order_by("origin").values_list("origin", flat=True))


def origin_is_allowed(origin: str) -> bool:
    """Whether pages of this origin may load the shop's widgets."""
    return any(origin_matches(pattern, origin) for pattern in allowed_origins())


def is_known_origin(origin: str) -> bool:
    """Whether any shop allows pages of this origin (no scope): all that a CORS preflight, which has no key, can ask."""
    if not origin or "*" in origin or len(origin) > 255 or normalise_origin(origin) != origin:
        return False
    scheme, _slashes, host = origin.partition("//")
    parent = host.partition(".")[2]
    return bool(lookups.shops_allowing_origin([origin, *([f"{scheme}//*.{parent}"] if parent else [])]))


def products() -> QuerySet[Product]:
    return Product.objects.order_by("name", "id")


def product_by_public_id(public_id: str) -> Product | None:
    return Product.objects.filter(public_id=public_id).first()


def product_by_reference(reference: str) -> Product | None:
    """A product by public id, external id or handle: what an embed's ``product`` attribute may say."""
    if not reference or len(reference) > 160:
        return None
    for field in ("public_id", "external_id", "handle"):
        if found := Product.objects.filter(**{field: reference}).first():
            return found
    return None


def categories() -> list[str]:
    rows = Product.objects.exclude(category="").values_list("category", flat=True)
    return list(rows.distinct().order_by("category"))


def orders() -> QuerySet[Order]:
    return Order.objects.prefetch_related("lines__product").order_by("-id")


def user_by_email(email: str) -> User | None:
    """A person by address, in any case; people belong to no shop, so no scope is needed."""
    return User.objects.filter(email__iexact=email).first()


def names_of_users(user_ids: set[int]) -> dict[int, str]:
    """Display names of staff, for histories that hold only their ids."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=user_ids)}


@lru_cache(maxsize=1)
def time_zone_names() -> tuple[str, ...]:
    """The zones a shop may choose from; to find them takes a look into some hundred files."""
    return tuple(sorted(available_timezones()))


def mails() -> QuerySet[Mail]:
    """What was written for the shop, newest first."""
    return Mail.objects.order_by("-id")


def mails_due(now: datetime) -> QuerySet[Mail]:
    """Messages whose next try is due, or whose task was lost."""
    lost = Q(next_try_at=None, created_at__lt=now - FORGOTTEN_AFTER)
    return Mail.objects.filter(lost | Q(next_try_at__lte=now), state=MailState.QUEUED).order_by("id")


def mail_counts() -> dict[str, int]:
    """How many messages stand in each state."""
    return {row["state"]: row["n"] for row in Mail.objects.order_by().values("state").annotate(n=Count("id"))}
