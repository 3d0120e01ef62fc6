"""Changing what was granted: a new licence takes the old one's place. Asks for a confirmed link (30 minutes)."""

from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content.rules import CreditKind
from project.content.services import credit_item
from project.core.change import change
from project.core.errors import Conflict, ErrorCode
from project.rights.contracts import (
    AuthorChoice,
    Basis,
    ConsentWay,
    LicenceState,
    LinkPurpose,
    PageSeen,
    PeopleDepicted,
    ThirdPartyWorks,
    WithdrawalRoute,
)
from project.rights.models import Licence, RightsRequest
from project.rights.services.answers import (
    check_credit,
    checked_age,
    checked_terms,
    supersede,
    terms_of_choice,
)
from project.rights.services.consents import record_consent, withdraw_consents
from project.rights.services.licences import grant_licence
from project.rights.services.links import live_link, shop_of
from project.rights.services.locks import lock_items, lock_request
from project.rights.services.terms import terms_text
from project.shops.selectors import shop_facts


def change_scope(*, token: str, choice: AuthorChoice, seen: PageSeen | None = None) -> str:
    """Grant fewer or more of what was asked for, until the same day as before; returns the new licence's public id.

    One transaction, so there is no moment without a licence for a place that both name. Raises ``licence_ended`` (409)
    where no permission of this request holds any more, ``not_allowed`` (403) for a link that was not confirmed.
    """
    shop_id, digest = shop_of(token)
    with change(shop_id=shop_id) as unit:
        lock_request(live_link(digest, LinkPurpose.CONFIRMED, LinkPurpose.SCOPE).request.pk)
        # Looked up again: an erasure may have taken the link back meanwhile.
        request = live_link(digest, LinkPurpose.CONFIRMED, LinkPurpose.SCOPE).request
        lock_items([request.item.public_id])
        old = _held(request)
        check_credit(choice)
        age = checked_age(choice)
        shop = shop_facts(shop_id)
        locale = seen.locale if seen else request.language
        agreed = terms_text(shop_id=shop_id, version=request.terms_version, locale=locale)
        seen = checked_terms(seen or PageSeen(locale, agreed.sha256, ""), agreed)
        terms = replace(terms_of_choice(request, _stated_before(choice, old), agreed, shop), ends_at=old.ends_at)
        credit_item(item=request.item, kind=CreditKind(choice.credit_kind), name=choice.credit_name)
        licence = grant_licence(
            shop_id=shop_id,
            actor_id=None,
            basis=Basis.REQUEST,
            item_ids=[request.item.public_id],
            terms=terms,
            renews=old,
        )
        RightsRequest.objects.filter(pk=request.pk).update(licence=licence)
        withdraw_consents(item_ids=[request.item.public_id], route=WithdrawalRoute.PAGE)
        supersede(old, item_id=request.item.public_id)
        record_consent(
            request=request,
            controller=shop.name,
            purposes=licence.channels,
            seen=seen,
            way=ConsentWay.CONSENT_PAGE,
            age=age,
        )
        unit.audit("request.scope_changed", "item", request.item.public_id, request=request.public_id)
    return licence.public_id


def _held(request: RightsRequest) -> Licence:
    """The licence that holds now, locked: of two changes at once the second sees what the first made."""
    locked = Licence.objects.select_for_update(of=("self",), no_key=True).filter(requests=request).first()
    now = timezone.now()
    if locked is None or locked.state != LicenceState.ACTIVE or (locked.ends_at is not None and locked.ends_at <= now):
        raise Conflict(_("This permission was ended before."), code=ErrorCode.LICENCE_ENDED)
    return locked


def _stated_before(choice: AuthorChoice, old: Licence) -> AuthorChoice:
    """What the author said about the picture counts on where they say nothing new."""
    return replace(
        choice,
        people=choice.people or PeopleDepicted(old.people_depicted),
        child_depicted=choice.child_depicted or old.minor_depicted,
        child_guardian_agrees=choice.child_guardian_agrees or old.guardian_consented,
        third_party_works=choice.third_party_works or ThirdPartyWorks(old.third_party_works),
    )
