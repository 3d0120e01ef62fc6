"""Terms exactly as an author saw them: stored once per text, found by their hash, never changed (R4)."""

from django.conf import settings
from django.urls import reverse

from project.core.change import change
from project.rights.models import TermsText
from project.rights.terms import Terms, terms
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts


def terms_as_shown(shop: ShopFacts, *, version: str, locale: str) -> Terms:
    """The text that a page shows; writes nothing. ``version`` "": the current one."""
    return terms(version=version, locale=locale, shop=shop.name, website=shop.website)


def terms_text(*, shop_id: int, version: str, locale: str) -> TermsText:
    """The stored row of the text in force under this version and language, made when it is first agreed to or sent."""
    shown = terms_as_shown(shop_facts(shop_id), version=version, locale=locale)
    with change(shop_id=shop_id):
        row, _made = TermsText.objects.get_or_create(
            sha256=shown.sha256,
            shop_id=shop_id,
            defaults={"version": shown.version, "locale": shown.locale, "text": shown.text},
        )
    return row


def terms_address(shop: ShopFacts, *, version: str, locale: str) -> str:
    """The public address under which a version of the terms can be read, without any token."""
    return f"{settings.PUBLIC_URL}{reverse('rights:terms', args=[shop.slug, version])}?lang={locale}"


def privacy_address(shop: ShopFacts, *, locale: str) -> str:
    """The public address of the privacy notice (GDPR Art. 13 and 14): what the first message to an author links."""
    return f"{settings.PUBLIC_URL}{reverse('rights:privacy', args=[shop.slug])}?lang={locale}"
