"""Granting and withdrawing. Each is one transaction: state, ledger event, audit and outbox row (laws 2 and 10)."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import Change, change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound
from project.core.ids import new_public_id
from project.rights.contracts import (
    ENDED_STATES,
    USUAL_ROUTES,
    Basis,
    Channel,
    EndReason,
    LicenceState,
    LicenceTerms,
    PeopleDepicted,
    ThirdPartyWorks,
    WithdrawalRoute,
)
from project.rights.events import ITEMS_PER_ROW, LicenceGranted, LicenceWithdrawn
from project.rights.ledger import append_event
from project.rights.ledger.commitments import granted_commitments
from project.rights.models import Licence, LicenceItem
from project.rights.rules import NEEDS_CLEARANCE, is_cleared
from project.rights.services.consents import ENDS_CONSENT, withdraw_consents
from project.rights.services.locks import lock_licences, lock_open_requests
from project.rights.services.siblings import ENDS_ASKING, cancel_open_requests
from project.shops.rules import MARKET

MODIFICATIONS = frozenset({"crop", "caption", "translate", "overlay"})


def check_terms(terms: LicenceTerms, basis: Basis = Basis.REQUEST) -> None:
    """Raises :class:`InvalidInput` naming the field when terms cannot be granted on this basis."""
    wrong: dict[str, list[str]] = {}
    if not terms.channels or any(channel not in set(Channel) for channel in terms.channels):
        wrong["channels"] = [_("Name at least one channel that exists.")]
    if not terms.markets or any(not MARKET.match(market) for market in terms.markets):
        wrong["markets"] = [_("Name countries by their two letters, such as DK, or * for the whole world.")]
    if terms.ends_at is not None and terms.ends_at <= terms.starts_at:
        wrong["ends_at"] = [_("A licence must end after it begins.")]
    if not set(terms.modifications) <= MODIFICATIONS:
        wrong["modifications"] = [_("Name edits that exist: crop, caption, translate, overlay.")]
    if set(terms.channels) & NEEDS_CLEARANCE and not is_cleared(
        terms.people_depicted or PeopleDepicted.NONE,
        terms.third_party_works or ThirdPartyWorks.NONE,
        minor_depicted=terms.minor_depicted,
        guardian_consented=terms.guardian_consented,
    ):
        wrong["channels"] = [
            _("Paid advertising and product pages need to know who is in the picture and whose works are in it.")
        ]
    if basis is Basis.SELF_ATTESTED and Channel.PAID_ADS in terms.channels:
        wrong["channels"] = [
            _("What nobody but the shop attests is never shown in paid advertising. Leave that place out, or ask.")
        ]
    if wrong:
        raise InvalidInput(_("These licence terms are not valid."), fields=wrong)


def new_licence(
    *,
    basis: Basis,
    terms: LicenceTerms,
    actor_id: int | None,
    state: LicenceState,
    renews: Licence | None = None,
) -> Licence:
    """The row itself, inside an open change."""
    check_terms(terms, basis)
    return Licence.objects.create(
        public_id=new_public_id("lic"),
        basis=basis,
        state=state,
        channels=[channel.value for channel in terms.channels],
        markets=list(terms.markets),
        modifications=list(terms.modifications),
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        exclusive=terms.exclusive,
        sublicensable=terms.sublicensable,
        revocable=terms.revocable,
        consideration=terms.consideration,
        attribution_text=terms.attribution_text,
        moral_rights_note=terms.moral_rights_note,
        people_depicted=terms.people_depicted or PeopleDepicted.NONE,
        minor_depicted=terms.minor_depicted,
        guardian_consented=terms.guardian_consented,
        third_party_works=terms.third_party_works or ThirdPartyWorks.NONE,
        terms_url=terms.terms_url,
        terms_version=terms.terms_version,
        terms_sha256=terms.terms_sha256,
        terms_locale=terms.terms_locale,
        renews=renews,
        start_announced=terms.starts_at <= timezone.now(),
        created_by_id=actor_id,
    )


def grant_licence(
    *,
    shop_id: int,
    actor_id: int | None,
    basis: Basis,
    item_ids: Sequence[str],
    terms: LicenceTerms,
    renews: Licence | None = None,
) -> Licence:
    """License items (public ids) on a stated basis; returns the licence. Raises for unknown items or bad terms."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        rows = content.items().filter(public_id__in=item_ids).values_list("id", "public_id", "version")
        found = {public_id: (pk, version) for pk, public_id, version in rows}
        if not item_ids or set(item_ids) - set(found):
            raise NotFound(_("Some of this content is not in the shop."))
        pks = [pk for pk, _version in found.values()]
        media = content.media_of(pks)
        # A picture that is still on its way stands on no page: what an author grants does not cover it and says nothing
        # of who is in it. What rests on another right covers it once it is there, and has to know.
        has_pictures = bool(media if basis is Basis.REQUEST else content.pictures_of(pks))
        licence = new_licence(
            basis=basis,
            terms=with_what_is_known(terms, has_pictures=has_pictures),
            actor_id=actor_id,
            state=LicenceState.ACTIVE,
            renews=renews,
        )
        LicenceItem.objects.bulk_create(
            LicenceItem(
                licence=licence,
                item_id=pk,
                item_version=version,
                media_sha256=[entry.sha256 for entry in media.get(pk, ())],
            )
            for pk, version in found.values()
        )
        announce_grant(unit, licence, sorted(found))
    return licence


def with_what_is_known(terms: LicenceTerms, *, has_pictures: bool) -> LicenceTerms:
    """What nobody stated about people and third parties' works: unknown where there are pictures, none in words.

    The channels that need to know are dropped from what is granted then: the rest of a grant is worth having.
    """
    people = terms.people_depicted or (PeopleDepicted.UNKNOWN if has_pictures else PeopleDepicted.NONE)
    works = terms.third_party_works or (ThirdPartyWorks.UNKNOWN if has_pictures else ThirdPartyWorks.NONE)
    known = replace(terms, people_depicted=people, third_party_works=works)
    if is_cleared(people, works, minor_depicted=terms.minor_depicted, guardian_consented=terms.guardian_consented):
        return known
    return replace(known, channels=tuple(channel for channel in terms.channels if channel not in NEEDS_CLEARANCE))


def announce_grant(unit: Change, licence: Licence, item_ids: Sequence[str]) -> None:
    """Ledger, audit and news of a licence that covers ``item_ids`` (public ids, sorted)."""
    append_event("granted", {**licence_facts(licence), **digest_of(item_ids), **granted_commitments(licence)})
    unit.audit("licence.granted", "licence", licence.public_id, basis=licence.basis, items=len(item_ids))
    for start in range(0, len(item_ids), ITEMS_PER_ROW):
        part = tuple(item_ids[start : start + ITEMS_PER_ROW])
        unit.emit(LicenceGranted(licence_id=licence.public_id, item_ids=part))


def licence_facts(licence: Licence) -> dict[str, object]:
    """What the ledger says of a licence: ids and codes."""
    return {
        "licence": licence.public_id,
        "basis": str(licence.basis),
        "channels": sorted(licence.channels),
        "markets": sorted(licence.markets),
        "modifications": sorted(licence.modifications),
        "starts_at": licence.starts_at.isoformat(),
        "ends_at": licence.ends_at.isoformat() if licence.ends_at else None,
        "exclusive": licence.exclusive,
        "sublicensable": licence.sublicensable,
        "revocable": licence.revocable,
        "people_depicted": str(licence.people_depicted),
        "minor_depicted": licence.minor_depicted,
        "third_party_works": str(licence.third_party_works),
        "terms_version": licence.terms_version,
        "terms_sha256": licence.terms_sha256,
        "terms_url_sha256": hashlib.sha256(licence.terms_url.encode()).hexdigest(),
    }


def digest_of(item_ids: Sequence[str]) -> dict[str, object]:
    """How many items an event covers, and the SHA-256 of their public ids, sorted and joined by newlines."""
    joined = "\n".join(sorted(item_ids))
    return {"items": len(item_ids), "items_sha256": hashlib.sha256(joined.encode()).hexdigest()}


def withdraw_licence(
    *,
    shop_id: int,
    actor_id: int | None,
    licence_id: str,
    reason: EndReason,
    item_ids: Sequence[str] | None = None,
    route: WithdrawalRoute | None = None,
) -> tuple[str, ...]:
    """End a licence, or its hold on some items; returns the public ids that lost it. ``route``: by which way the
    withdrawal came (None: the usual one for its reason).

    One transaction (law 2): from its commit no read finds the items by this licence. Raises :class:`Conflict`
    (``licence_ended``) when there was nothing left to end; what ran out by itself is never made a withdrawal.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if reason in ENDS_ASKING:
            only = {} if item_ids is None else {"item__public_id__in": item_ids}
            lock_open_requests(item__licence_items__licence__public_id=licence_id, **only)
        licence = Licence.objects.select_for_update(no_key=True).filter(public_id=licence_id).first()
        if licence is None:
            raise NotFound(_("There is no such licence in this shop."))
        route = route or USUAL_ROUTES[reason]
        ended = [] if licence.ended_at else _end_coverage(licence, item_ids, reason, route, timezone.now())
        if not ended:
            raise Conflict(_("This permission was ended before."), code=ErrorCode.LICENCE_ENDED)
        # The author took nothing back where a newer licence takes this one's place, and the record must not say so.
        what = "superseded" if reason == EndReason.SUPERSEDED else "withdrawn"
        append_event(
            what,
            {"licence": licence.public_id, "by": str(reason), "route": str(route), **digest_of(ended)},
        )
        if reason in ENDS_CONSENT:
            withdraw_consents(item_ids=ended, route=route)
        if reason in ENDS_ASKING:
            cancel_open_requests(unit, item__public_id__in=ended)
        unit.audit(f"licence.{what}", "licence", licence.public_id, by=str(reason), route=str(route), items=len(ended))
        for start in range(0, len(ended), ITEMS_PER_ROW):
            part = tuple(ended[start : start + ITEMS_PER_ROW])
            unit.emit(LicenceWithdrawn(licence_id=licence.public_id, item_ids=part, route=str(route)))
    return tuple(ended)


def _end_coverage(
    licence: Licence, item_ids: Sequence[str] | None, reason: EndReason, route: WithdrawalRoute, now: datetime
) -> list[str]:
    rows = LicenceItem.objects.filter(licence=licence, ended_at=None)
    if item_ids is not None:
        rows = rows.filter(item__public_id__in=item_ids)
    found = dict(rows.values_list("pk", "item__public_id"))
    LicenceItem.objects.filter(pk__in=list(found), ended_at=None).update(ended_at=now, end_reason=reason)
    if not LicenceItem.objects.filter(licence=licence, ended_at=None).exists():
        Licence.objects.filter(pk=licence.pk, ended_at=None).update(
            state=ENDED_STATES[reason], ended_at=now, end_reason=reason, ended_through=route, end_announced=True
        )
    return sorted(found.values())


def withdraw_item(
    *,
    shop_id: int,
    actor_id: int | None,
    item_id: str,
    reason: EndReason,
    route: WithdrawalRoute | None = None,
) -> tuple[str, ...]:
    """End every licence's hold on one item; returns the licences (public ids) that were touched.

    Where all of them have run out, an author's no still ends their consent. Where author or source ended it, whatever
    is still asked about the item is closed.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if reason in ENDS_ASKING:
            lock_open_requests(item__public_id=item_id)
        covering = LicenceItem.objects.filter(item__public_id=item_id, ended_at=None, licence__ended_at=None)
        ids = covering.values_list("licence__public_id", flat=True)
        # Looked at only when all are locked: a withdrawal of one of them that runs beside this one may have ended it.
        lock_licences([item_id])
        licences = sorted(ids)
        for licence_id in licences:
            withdraw_licence(
                shop_id=shop_id,
                actor_id=actor_id,
                licence_id=licence_id,
                reason=reason,
                item_ids=[item_id],
                route=route,
            )
        if reason in ENDS_ASKING:
            cancel_open_requests(unit, item__public_id=item_id)
        if not licences and reason in ENDS_CONSENT:
            withdraw_consents(item_ids=[item_id], route=route or USUAL_ROUTES[reason])
    return tuple(licences)
