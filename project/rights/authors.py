"""Reads of the author's page: what one link opens. Exported by :mod:`project.rights.selectors`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from project.content import selectors as content
from project.core.hashing import token_hash
from project.core.lookups import shop_of_token_hash
from project.core.scope import shop_scope
from project.rights.contracts import (
    ANSWERABLE_STATES,
    Channel,
    EndReason,
    LicenceState,
    LinkPurpose,
    RequestState,
    RequestView,
)
from project.rights.coverage import covers_version, pictures_covered
from project.rights.models import Licence, LicenceItem, RequestLink, RightsRequest, TermsText
from project.rights.publishing import published_media
from project.rights.services.confirmation import awaited_code, fresh_link_goes_to, masked_address
from project.rights.services.links import LINK_DAYS, link_by_hash, link_expired, link_invalid
from project.shops.selectors import shop_facts

# A renewal of a renewal …: far more than a request can ever have.
_MOST_RENEWALS = 100


@dataclass(frozen=True)
class LinkFacts:
    """What a page may say of a link that no longer opens: in which language, and whose it was."""

    language: str
    shop_name: str
    shop_website: str
    confirmed: bool


def link_facts(token: str) -> LinkFacts | None:
    """None for a link that never was."""
    digest = token_hash(token)
    shop_id = shop_of_token_hash("rights_request", digest)
    if shop_id is None:
        return None
    with shop_scope(shop_id):
        shop = shop_facts(shop_id)
        link = RequestLink.objects.select_related("request").get(token_hash=digest)
        confirmed = link.purpose != LinkPurpose.AUTHOR
        return LinkFacts(link.request.language, shop.name, shop.website, confirmed)


def request_view(token: str) -> RequestView:
    """What the author sees under a link. Reads only. Raises ``link_invalid`` (404) or ``link_expired`` (410)."""
    digest = token_hash(token)
    shop_id = shop_of_token_hash("rights_request", digest)
    if shop_id is None:
        raise link_invalid()
    with shop_scope(shop_id):
        link = link_by_hash(digest)
        licence = _current(link.request)
        if link.revoked_at is not None or not _opens(link, licence):
            raise link_expired()
        return _view(shop_id, link, licence)


def terms_by_hash(sha256: str) -> TermsText | None:
    """The terms that somebody agreed to, as they were shown."""
    return TermsText.objects.filter(sha256=sha256).first()


def _opens(link: RequestLink, licence: Licence | None) -> bool:
    now = timezone.now()
    if link.expires_at > now or awaited_code(link):
        return True
    if link.purpose != LinkPurpose.AUTHOR:
        return False
    if link.request.state not in ANSWERABLE_STATES and _is_held(link.request.item_id):
        return True
    if licence is None:
        return False
    # After its end the page stays for a while: there stands what became of the withdrawal.
    return licence.ended_at is None or licence.ended_at > now - timedelta(days=LINK_DAYS)


def _current(request: RightsRequest) -> Licence | None:
    """The licence of a request, or what has taken its place since."""
    licence = request.licence
    for _renewal in range(_MOST_RENEWALS):
        if licence is None or licence.state != LicenceState.SUPERSEDED:
            break
        newer = Licence.objects.filter(renews=licence).order_by("-id").first()
        if newer is None:
            break
        licence = newer
    return licence


def _is_held(item_pk: int) -> bool:
    """Whether any licence still covers the item: a later grant, an import's row, what the shop recorded."""
    return _holding(item_pk).exists()


def _is_edited(item_pk: int) -> bool:
    """Whether licences cover the item, but none what it says now."""
    return _is_held(item_pk) and not _is_covered(item_pk)


def _is_covered(item_pk: int) -> bool:
    """Whether a licence covers what the item says now."""
    return _holding(item_pk).filter(covers_version()).exists()


def _holding(item_pk: int) -> "QuerySet[LicenceItem]":
    now = timezone.now()
    running = Q(licence__ends_at=None) | Q(licence__ends_at__gt=now)
    rows = LicenceItem.objects.filter(running, item_id=item_pk, ended_at=None, licence__ended_at=None)
    return rows.filter(licence__state=LicenceState.ACTIVE)


def _state(request: RightsRequest, licence: Licence | None) -> str:
    """What became of what was asked under this link. ``held``: it is over, and another right shows the item all the
    same; the author is told so and can end that, too."""
    state = _own_state(request, licence)
    if state not in {"withdrawn", "expired", RequestState.DECLINED.value, RequestState.CANCELLED.value}:
        return state
    if _is_covered(request.item_id):
        return "held"
    return "withdrawn" if _withdrawn_since(request, licence) else state


def _withdrawn_since(request: RightsRequest, licence: Licence | None) -> bool:
    """Whether the author ended another right to the item after this one was over ("End that, too")."""
    over = [at for at in (licence.ended_at, licence.ends_at) if at is not None] if licence else [request.answered_at]
    rows = LicenceItem.objects.filter(item_id=request.item_id, end_reason=EndReason.AUTHOR)
    since = min((at for at in over if at is not None), default=None)
    return since is not None and rows.filter(ended_at__gt=since).exists()


def _own_state(request: RightsRequest, licence: Licence | None) -> str:
    if licence is None:
        return request.state
    # A permission that was taken back does not run out afterwards.
    if licence.state == LicenceState.WITHDRAWN:
        return "withdrawn"
    if licence.end_reason == EndReason.EXPIRED or (licence.ends_at is not None and licence.ends_at <= timezone.now()):
        return "expired"
    return "withdrawn" if licence.ended_at is not None else request.state


def _pictures_on_the_page(link: RequestLink, licence: Licence | None) -> list[Any]:
    """Once there is a licence the author's page shows what it covers. Under a confirmed link, where the author may
    answer anew, it shows whatever is there now."""
    item = link.request.item
    media = content.media_of([item.pk]).get(item.pk, [])
    row = licence and LicenceItem.objects.select_related("licence").filter(licence=licence, item=item).first()
    allowed = pictures_covered(row) if row and link.purpose == LinkPurpose.AUTHOR else None
    return media if allowed is None else [entry for entry in media if entry.sha256 in allowed]


def _view(shop_id: int, link: RequestLink, licence: Licence | None) -> RequestView:
    request, item = link.request, link.request.item
    media = _pictures_on_the_page(link, licence)
    shop = shop_facts(shop_id)
    goes_to = fresh_link_goes_to(request)
    state = _state(request, licence)
    return RequestView(
        public_id=request.public_id,
        state=state,
        shop_id=shop_id,
        shop_name=shop.name,
        item_id=item.public_id,
        item_text=item.text,
        item_title=item.title,
        item_language=item.language,
        item_media=tuple(published_media(entry) for entry in media),
        origin_url=item.origin_url,
        author_name=item.author.display_name if item.author else "",
        author_handle=item.author.handle if item.author else "",
        channels=tuple(Channel(channel) for channel in request.channels),
        markets=tuple(request.markets),
        days=request.days,
        terms_version=request.terms_version,
        expires_at=link.expires_at,
        licence_id=licence.public_id if licence else "",
        licence_ends_at=licence.ends_at if licence else None,
        granted_channels=tuple(Channel(channel) for channel in licence.channels) if licence else (),
        credit_kind=item.credit_kind,
        credit_name=item.credit_name,
        purpose=LinkPurpose(link.purpose),
        awaits_code=awaited_code(link),
        language=request.language,
        shop_slug=shop.slug,
        shop_website=shop.website,
        item_version=item.version,
        media_sha256=tuple(entry.sha256 for entry in media),
        modifications=tuple(request.modifications),
        author_pk=item.author_id,
        address_hint=masked_address(goes_to.address),
        address_is_theirs=goes_to.is_theirs,
        may_confirm=request.licence_id is not None,
        granted_at=licence.starts_at if licence else None,
        granted_modifications=tuple(licence.modifications) if licence else (),
        granted_terms_sha256=licence.terms_sha256 if licence else "",
        people_depicted=licence.people_depicted if licence else "",
        minor_depicted=licence is not None and licence.minor_depicted,
        guardian_consented=licence is not None and licence.guardian_consented,
        third_party_works=licence.third_party_works if licence else "",
        has_other_pictures=len(content.pictures_of([item.pk]).get(item.pk, ())) > len(media),
        edited=state == RequestState.GRANTED and _is_edited(item.pk),
    )
