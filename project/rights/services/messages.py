"""The message to an author: which wording, filled with what, and whether it may be sent so."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.kinds import Kind
from project.content.source_policies import SourcePolicy, policy_for
from project.core.errors import InvalidInput, NotFound
from project.core.scope import shop_scope
from project.rights.contracts import Channel, PreparedMessage, SendingWay
from project.rights.models import RequestTemplate, RightsRequest
from project.rights.reply_rules import brand_word, no_hashtag, yes_hashtag
from project.rights.request_rules import LANGUAGES, PUBLIC_WAYS
from project.rights.services.terms import privacy_address, terms_address
from project.rights.terms import CURRENT as TERMS_VERSION
from project.rights.wordings import FAMILIES, PHRASES, Wording, next_wording, render, variants, wording
from project.rights.wordings.lint import length_of, lint
from project.rights.wordings.sentences import problems_of
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts

if TYPE_CHECKING:
    from project.content.models import ContentItem


def preview_message(
    *,
    shop_id: int,
    item_id: str,
    way: SendingWay,
    language: str | None,
    channels: tuple[Channel, ...],
    markets: tuple[str, ...],
    days: int | None,
    template: str = "",
    message: str = "",
) -> PreparedMessage:
    """What ``ask_permission`` would send with the same arguments, letter by letter but for the author's link."""
    with shop_scope(shop_id):
        item = content.item_by_public_id(item_id)
        if item is None:
            raise NotFound(_("There is no such content in this shop."))
        return compose(
            item, way=way, language=language, channels=channels, days=days, template=template, message=message
        )


def compose(
    item: "ContentItem",
    *,
    way: SendingWay,
    language: str | None,
    channels: Sequence[Channel],
    days: int | None,
    template: str = "",
    message: str = "",
    reminder: bool = False,
) -> PreparedMessage:
    """The message as it will be sent, with what is wrong with it; in the shop's scope."""
    shop = shop_facts()
    spoken = language_for(item, shop, language)
    values = _values(item, shop, way=way, language=spoken, channels=channels, days=days)
    chosen = _chosen(way, spoken, template, reminder=reminder)
    if message.strip():
        text = _with_placeholders(message, values)
        chosen = Wording(
            code=f"own-{hashlib.sha256(text.encode()).hexdigest()[:24]}",
            family=FAMILIES[way],
            language=spoken,
            subject=chosen.subject,
            text=text,
        )
    policy = policy_of(item)
    ready = render(chosen.text, values)
    limit = policy.message_limit if policy else None
    link_length = policy.link_length if policy else None
    length = length_of(ready, link_length=link_length if way in PUBLIC_WAYS else None)
    findings = lint(
        way=way,
        language=spoken,
        subject=chosen.subject,
        text=chosen.text,
        # What staff paste into a direct message they can send in two.
        message_limit=limit if way in PUBLIC_WAYS else None,
        length=length,
    )
    return PreparedMessage(
        way=way,
        language=spoken,
        subject=render(chosen.subject, values),
        text=ready,
        template=chosen.code,
        problems=problems_of(findings),
        length=length,
        limit=None if way is SendingWay.EMAIL else limit,
    )


def language_for(item: "ContentItem", shop: ShopFacts, wanted: str | None) -> str:
    """The language that was wished for, else the author's own, else the shop's, else English."""
    if wanted:
        if wanted not in LANGUAGES:
            raise InvalidInput(
                _("Authors are asked in English, Danish, Dutch or German."),
                fields={"language": [_("Choose one of en, da, nl, de.")]},
            )
        return wanted
    for tag in (item.language, shop.locale):
        primary = tag.lower().partition("-")[0]
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def hashtags_of(shop: ShopFacts) -> tuple[str, str]:
    """The shop's yes and its no."""
    brand = brand_word(shop.name, shop.slug)
    return yes_hashtag(brand), no_hashtag(brand)


def policy_of(item: "ContentItem") -> SourcePolicy | None:
    """The terms of the item's source; None for a kind that nobody registered."""
    try:
        return policy_for(item.source.kind)
    except KeyError:
        return None


def link_shown() -> str:
    """What stands in a kept or previewed message where the author's link was or will be."""
    return f"{settings.PUBLIC_URL}/c/…"


def with_link(text: str, token: str) -> str:
    """The message with the author's own link in it: for an e-mail or a direct message, never for others' eyes."""
    return text.replace(link_shown(), f"{settings.PUBLIC_URL}{reverse('rights:consent', args=[token])}")


def last_template(way: SendingWay) -> str:
    """What the last author asked in this manner was sent."""
    alike = [one.value for one, family in FAMILIES.items() if family is FAMILIES[way]]
    rows = RightsRequest.objects.filter(way__in=alike).exclude(template="").order_by("-id")
    return rows.values_list("template", flat=True).first() or ""


def _chosen(way: SendingWay, language: str, code: str, *, reminder: bool) -> Wording:
    brought = variants(FAMILIES[way], language, reminder=reminder)
    if reminder:
        alike = [one.value for one, family in FAMILIES.items() if family is FAMILIES[way]]
        count = RightsRequest.objects.filter(way__in=alike).exclude(reminded_at=None).count()
        return brought[count % len(brought)]
    if code:
        return _named(way, code)
    own = [_own(row) for row in RequestTemplate.objects.filter(way=way, language=language, active=True).order_by("id")]
    # A single wording of the shop's own takes turns with ours; two or more take turns among themselves.
    return next_wording(own if len(own) > 1 else [*own, *brought], last_template(way))


def _named(way: SendingWay, code: str) -> Wording:
    found = wording(code)
    if found is None:
        row = RequestTemplate.objects.filter(public_id=code, active=True).first()
        found = _own(row) if row is not None else None
    if found is None or found.family is not FAMILIES[way] or found.reminder:
        raise InvalidInput(
            _("There is no such wording for this way of asking."), fields={"template": [_("Choose another one.")]}
        )
    return found


def _own(row: RequestTemplate) -> Wording:
    return Wording(
        code=row.public_id,
        family=FAMILIES[SendingWay(row.way)],
        language=row.language,
        subject=row.subject,
        text=row.text,
    )


def _values(
    item: "ContentItem",
    shop: ShopFacts,
    *,
    way: SendingWay,
    language: str,
    channels: Sequence[Channel],
    days: int | None,
) -> dict[str, str]:
    phrases = PHRASES[language]
    values = {
        "handle": _one_line(_name_of(item) or phrases.nobody),
        "brand": _one_line(shop.name),
        "media": phrases.media[_kind_of(item)],
        "channels": ", ".join(phrases.channels[channel.value] for channel in channels),
        "until": phrases.until.format(date=_date(timezone.now() + timedelta(days=days), language))
        if days
        else phrases.until_withdrawn,
        "hashtag": hashtags_of(shop)[0],
        "terms_url": terms_address(shop, version=TERMS_VERSION, locale=language),
        "privacy_url": privacy_address(shop, locale=language),
    }
    if way not in PUBLIC_WAYS:
        values["link"] = link_shown()
    return values


def _with_placeholders(message: str, values: Mapping[str, str]) -> str:
    """A message as staff left it, with the placeholders put back, so that it is judged and compared like a wording."""
    text = message
    for name in ("link", "terms_url", "privacy_url", "hashtag", "handle", "brand"):
        if values.get(name):
            text = re.sub(rf"(?<!\w){re.escape(values[name])}(?!\w)", f"{{{name}}}", text)
    return text


def _name_of(item: "ContentItem") -> str:
    author = item.author
    return "" if author is None else (author.handle or author.display_name)


def _kind_of(item: "ContentItem") -> str:
    if item.kind == Kind.REVIEW:
        return "review"
    return "picture" if content.media_of([item.pk]) else "post"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def moment_of(at: datetime) -> str:
    """A time for staff, on their shop's clock."""
    return str(formats.date_format(at.astimezone(ZoneInfo(shop_facts().time_zone)), "SHORT_DATETIME_FORMAT"))


def _date(at: datetime, language: str) -> str:
    with translation.override(language):
        return str(formats.date_format(at, "DATE_FORMAT"))
