"""Consents under GDPR Art. 7, kept apart from licences: each ends for its own reasons."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from project.core.hashing import keyed_hash, personal_hash
from project.core.ids import new_public_id
from project.rights.ages import AgeProof
from project.rights.contracts import ConsentWay, EndReason, LinkCarrier, PageSeen, WithdrawalRoute
from project.rights.ledger import append_event
from project.rights.models import ConsentRecord, RightsRequest

# A licence that staff, source or clock ended says nothing about what the author still agrees to.
ENDS_CONSENT = frozenset({EndReason.AUTHOR, EndReason.ERASURE})


def record_consent(
    *,
    request: RightsRequest,
    controller: str,
    purposes: Sequence[str],
    seen: PageSeen,
    way: ConsentWay,
    age: AgeProof,
    carrier: LinkCarrier | None = None,
) -> ConsentRecord:
    """One record per grant, inside an open change: to what, on which words, when and how; and its ledger event.
    ``carrier``: whether the link that it was given by went by letter or was handed over by staff; None for neither."""
    consent = ConsentRecord.objects.create(
        public_id=new_public_id("con"),
        author=request.item.author,
        request=request,
        controller=controller[:200],
        purposes=list(purposes),
        terms_sha256=seen.terms_sha256,
        page_sha256=seen.page_sha256,
        locale=seen.locale,
        way=way,
        address_part=shortened_address(seen.address),
        browser_hash=browser_hash(request.item.author, seen.browser),
    )
    append_event(
        "consented",
        {
            "consent": consent.public_id,
            "request": request.public_id,
            "purposes": sorted(purposes),
            "terms_sha256": seen.terms_sha256,
            "page_sha256": seen.page_sha256,
            "locale": seen.locale,
            "way": str(way),
            "age": str(age),
            "link": str(carrier or ""),
        },
    )
    return consent


def withdraw_consents(*, item_ids: Sequence[str], route: WithdrawalRoute) -> None:
    """The author takes back what they agreed to for these items, inside the change that ends the licence."""
    ConsentRecord.objects.filter(request__item__public_id__in=item_ids, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_through=route
    )


def shortened_address(address: str) -> str:
    """A network address without the part that tells one household from another: /24, for IPv6 /48."""
    try:
        parsed = ipaddress.ip_address(address.strip().strip("[]").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    kept = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, kept), strict=False).network_address)


def browser_hash(author: Any, browser: str) -> str:
    """Under the author's salt, which dies with the author's row; the installation's key where nobody is known."""
    if not browser:
        return ""
    if author is None:
        return keyed_hash(purpose="consent-browser", value=browser)
    return personal_hash(purpose="consent-browser", salt=bytes(author.salt), value=browser)
