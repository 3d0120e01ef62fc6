"""The author's answer by their private link: yes, partly yes, no; and taking it back.

A link grants once. Afterwards it keeps opening the author's page, where the permission can be withdrawn.
"""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content.rules import CreditKind, is_credited
from project.content.services import credit_item
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, VouchsafeError
from project.rights.ages import AgeProof, age_proof, consent_age
from project.rights.contracts import (
    ANSWERABLE_STATES,
    AuthorChoice,
    Basis,
    ConsentWay,
    EndReason,
    LicenceState,
    LicenceTerms,
    LinkCarrier,
    LinkPurpose,
    PageSeen,
    PeopleDepicted,
    RequestState,
    SendingWay,
    WithdrawalRoute,
)
from project.rights.events import PermissionDeclined
from project.rights.ledger import append_event
from project.rights.models import Licence, LicenceItem, RightsRequest, TermsText
from project.rights.services.consents import record_consent
from project.rights.services.licences import grant_licence, with_what_is_known, withdraw_item, withdraw_licence
from project.rights.services.links import link_by_hash, live_link, shop_of
from project.rights.services.locks import lock_licences, lock_siblings
from project.rights.services.siblings import cancel_siblings
from project.rights.services.terms import terms_address, terms_text
from project.rights.wording import attribution_of
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts


def grant_request(*, token: str, choice: AuthorChoice, seen: PageSeen | None = None) -> str:
    """The author says yes: licence, consent, ledger entry and news in one transaction; returns the licence's public id.

    ``seen`` None: the answer came without the consent page. Raises ``link_invalid`` (404), ``link_expired`` or
    ``request_closed`` (410: answered or cancelled before), ``conflict`` (409: other terms were shown than hold now).
    """
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id) as unit:
        link = live_link(digest, LinkPurpose.AUTHOR)
        request = link.request
        lock_siblings(request.public_id)
        check_credit(choice)
        age = checked_age(choice)
        shop = shop_facts(shop_id)
        locale = seen.locale if seen else request.language
        agreed = terms_text(shop_id=shop_id, version=request.terms_version, locale=locale)
        seen = checked_terms(seen or PageSeen(locale, agreed.sha256, ""), agreed)
        terms = terms_of_choice(request, choice, agreed, shop)
        close_request(request.public_id, RequestState.GRANTED)
        credit_item(item=request.item, kind=CreditKind(choice.credit_kind), name=choice.credit_name)
        lock_licences([], request.renews)
        licence = grant_licence(
            shop_id=shop_id,
            actor_id=None,
            basis=Basis.REQUEST,
            item_ids=[request.item.public_id],
            terms=terms,
            renews=request.renews,
        )
        RightsRequest.objects.filter(pk=request.pk).update(licence=licence, granted_by=link.carrier)
        supersede(request.renews, item_id=request.item.public_id)
        record_consent(
            request=request,
            controller=shop.name,
            purposes=licence.channels,
            seen=seen,
            way=ConsentWay.CONSENT_PAGE,
            age=age,
            carrier=LinkCarrier(link.carrier),
        )
        cancel_siblings(unit, request)
        by = f"{link.carrier}_link"
        unit.audit("request.granted", "item", request.item.public_id, request=request.public_id, age=str(age), by=by)
    return licence.public_id


def decline_request(*, token: str) -> None:
    """The author says no."""
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id) as unit:
        link = live_link(digest, LinkPurpose.AUTHOR)
        request = link.request
        lock_siblings(request.public_id)
        close_request(request.public_id, RequestState.DECLINED)
        append_event("declined", {"request": request.public_id, "item": request.item.public_id})
        cancel_siblings(unit, request)
        by = f"{link.carrier}_link"
        unit.audit("request.declined", "item", request.item.public_id, request=request.public_id, by=by)
        unit.emit(PermissionDeclined(request_id=request.public_id, item_ids=(request.item.public_id,)))


def withdraw_by_link(*, token: str) -> None:
    """The author withdraws; asks for nothing more than the grant did, and any link of theirs will do.

    Whatever licence still covers the item ends with it, a later grant or an import's row included: the author's no
    is about their words, not about a record of ours.
    """
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id):
        request = link_by_hash(digest).request
        # Whoever was asked by mail came by a link in it, now and then.
        route = WithdrawalRoute.MAIL if request.way == SendingWay.EMAIL else WithdrawalRoute.PAGE
        item_id = request.item.public_id
        ended = withdraw_item(shop_id=shop_id, actor_id=None, item_id=item_id, reason=EndReason.AUTHOR, route=route)
        if not ended and request.licence is None:
            raise VouchsafeError(
                _("There is no permission under this link to withdraw."), code=ErrorCode.LICENCE_ENDED, status=410
            )
        if not ended:
            raise Conflict(_("This permission was ended before."), code=ErrorCode.LICENCE_ENDED)


def close_request(request_id: str, state: RequestState) -> None:
    """Whoever closes a request first wins; raises ``request_closed`` (410) for everybody after."""
    won = RightsRequest.objects.filter(public_id=request_id, state__in=list(ANSWERABLE_STATES)).update(
        state=state, answered_at=timezone.now()
    )
    if not won:
        raise VouchsafeError(
            _("This request was answered or taken back before."), code=ErrorCode.REQUEST_CLOSED, status=410
        )


def check_credit(choice: AuthorChoice) -> None:
    if not is_credited(choice.credit_kind, choice.credit_name):
        raise InvalidInput(
            _("Choose how you want to be named."), fields={"credit": [_("Choose how you want to be named.")]}
        )


def checked_age(choice: AuthorChoice) -> AgeProof:
    """What may be kept of the author's age. Raises :class:`InvalidInput` where a guardian has to stand by them."""
    proof = age_proof(choice.age, choice.country, guardian_confirmed=choice.guardian_confirmed)
    if proof is None:
        if choice.country:
            message = _(
                "Where you live, people under %(age)d need a parent or guardian for this. Ask yours to tick the box at "
                "“Your age”, or say no: then nothing is shown."
            ) % {"age": consent_age(choice.country).age}
        else:
            message = _(
                "At your age a parent or guardian has to agree with you. Ask yours to tick the box at “Your age”, or "
                "say no: then nothing is shown."
            )
        raise InvalidInput(message, fields={"guardian": [_("A parent or guardian has to tick this.")]})
    return proof


def checked_terms(seen: PageSeen, agreed: TermsText) -> PageSeen:
    """An answer counts for the words that its page showed, and for no others (R4)."""
    if seen.terms_sha256 != agreed.sha256:
        raise Conflict(_("What the shop asks for has changed since you opened this page. Please read it again."))
    return seen


def terms_of_choice(request: RightsRequest, choice: AuthorChoice, agreed: TermsText, shop: ShopFacts) -> LicenceTerms:
    """The licence that a choice makes of a request; only what was asked for can be granted.

    Raises :class:`InvalidInput` where nothing is left: nothing chosen, or only channels that need to know more.
    """
    chosen = tuple(channel for channel in choice.channels if channel.value in request.channels)
    if not chosen:
        raise InvalidInput(
            _("Choose at least one place, or decline."), fields={"channels": [_("Choose at least one.")]}
        )
    now = timezone.now()
    minor, guarded = depicted_minor(choice)
    terms = LicenceTerms(
        channels=chosen,
        markets=tuple(request.markets),
        starts_at=now,
        ends_at=now + timedelta(days=request.days) if request.days else None,
        modifications=tuple(request.modifications),
        terms_url=terms_address(shop, version=agreed.version, locale=agreed.locale),
        terms_version=agreed.version,
        terms_sha256=agreed.sha256,
        terms_locale=agreed.locale,
        people_depicted=choice.people,
        minor_depicted=minor,
        guardian_consented=guarded,
        third_party_works=choice.third_party_works,
        attribution_text=attribution_of(
            choice.credit_kind, choice.credit_name.strip(), request.item.credit_detail, locale=agreed.locale
        ),
    )
    has_pictures = bool(content.media_of([request.item.pk]))
    left = with_what_is_known(terms, has_pictures=has_pictures)
    if not left.channels:
        message = _(
            "Paid advertising and product pages need to know who is in the picture and whose works are in it. Answer "
            "both, or choose another place."
        )
        raise InvalidInput(message, fields={"people": [_("Please answer this.")], "works": [_("Please answer this.")]})
    return replace(terms, channels=left.channels)


def depicted_minor(choice: AuthorChoice) -> tuple[bool, bool]:
    """Whether a child is in the picture, and whether everybody who must stand by the children involved does."""
    author_is_minor = choice.guardian_confirmed and choice.people not in {None, PeopleDepicted.NONE}
    minor = choice.child_depicted or author_is_minor
    return minor, minor and (choice.child_guardian_agrees or not choice.child_depicted)


def supersede(licence: Licence | None, *, item_id: str, route: WithdrawalRoute = WithdrawalRoute.PAGE) -> None:
    """A new licence takes the place of this one for one item, in the same change, so that there is no moment without
    either. What else the old one covers (an import's other items) it goes on covering."""
    if licence is None:
        return
    holds = LicenceItem.objects.filter(licence=licence, item__public_id=item_id, ended_at=None)
    if licence.state == LicenceState.ACTIVE and holds.exists():
        withdraw_licence(
            shop_id=licence.shop_id,
            actor_id=None,
            licence_id=licence.public_id,
            reason=EndReason.SUPERSEDED,
            route=route,
            item_ids=[item_id],
        )
