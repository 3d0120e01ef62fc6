"""Making and changing a shop."""

from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import InvalidInput
from project.core.ids import new_public_id
from project.shops.contracts import ShopFacts
from project.shops.events import ShopChanged, ShopCreated
from project.shops.models import Membership, Shop, User
from project.shops.rules import MARKET, SLUG, WORLDWIDE, Role
from project.shops.selectors import shop_facts, time_zone_names


def create_shop(
    *,
    name: str,
    slug: str,
    owner: User,
    locale: str = "en",
    markets: Sequence[str] = (WORLDWIDE,),
    time_zone: str = "UTC",
    website: str = "",
) -> ShopFacts:
    """A new shop with its owner. Raises :class:`InvalidInput` naming the field."""
    _validate(name=name, slug=slug, locale=locale, markets=markets, time_zone=time_zone)
    try:
        with transaction.atomic():
            shop = Shop.objects.create(
                public_id=new_public_id("shp"),
                name=name.strip(),
                slug=slug,
                locale=locale,
                markets=list(markets),
                time_zone=time_zone,
                website=website,
            )
            with change(shop_id=shop.id, actor_id=owner.pk) as unit:
                Membership.objects.create(user=owner, role=Role.OWNER)
                unit.audit("shop.created", "shop", shop.public_id)
                unit.emit(ShopCreated())
    except IntegrityError as error:
        raise InvalidInput(
            _("This short name is taken; choose another."), fields={"slug": [_("Taken already.")]}
        ) from error
    return shop_facts(shop.id)


def update_shop(
    *,
    shop_id: int,
    actor_id: int | None,
    name: str,
    locale: str,
    markets: Sequence[str],
    time_zone: str,
    website: str = "",
) -> None:
    """Change what a shop is called and where it sells; the slug stays, for links rest on it."""
    _validate(name=name, slug="unchanged", locale=locale, markets=markets, time_zone=time_zone)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        Shop.objects.filter(id=shop_id).update(
            name=name.strip(), locale=locale, markets=list(markets), time_zone=time_zone, website=website
        )
        unit.audit("shop.changed", "shop", shop_facts(shop_id).public_id)
        unit.emit(ShopChanged())


def _validate(*, name: str, slug: str, locale: str, markets: Sequence[str], time_zone: str) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= 120:
        wrong["name"] = [_("Give the shop a name of 1 to 120 characters.")]
    if not SLUG.match(slug):
        wrong["slug"] = [_("Use 1 to 48 small letters, digits and hyphens, such as “linden-and-loom”.")]
    if locale not in dict(settings.LANGUAGES):
        wrong["locale"] = [_("Choose one of the languages on offer.")]
    if not markets or any(not MARKET.match(market) for market in markets):
        wrong["markets"] = [_("Name countries by their two letters, such as DK, or * for the whole world.")]
    if time_zone not in time_zone_names():
        wrong["time_zone"] = [_("Choose a time zone such as Europe/Copenhagen.")]
    if wrong:
        raise InvalidInput(_("Some of what was sent is not valid."), fields=wrong)
