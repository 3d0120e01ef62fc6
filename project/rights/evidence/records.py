"""What was asked, shown, said and permitted, as files of a pack.

``private`` packs are the shop's. The others are for the author's page, whose link may be forwarded: they leave out the
raw payload (which may hold an address), the recipient, and the author's network address.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from project.content import selectors as content
from project.rights.coverage import pictures_covered
from project.rights.evidence.archive import Pack, canonical
from project.rights.ledger import commitments
from project.rights.models import ConsentRecord, Licence, LicenceItem, RequestReply, RightsRequest, TermsText
from project.shops.contracts import ShopFacts

if TYPE_CHECKING:
    from project.content.models import ContentItem

_LICENCE = [
    "basis",
    "state",
    "channels",
    "markets",
    "modifications",
    "starts_at",
    "ends_at",
    "exclusive",
    "sublicensable",
    "revocable",
    "consideration",
    "attribution_text",
    "moral_rights_note",
    "people_depicted",
    "minor_depicted",
    "guardian_consented",
    "third_party_works",
    "terms_url",
    "terms_version",
    "terms_sha256",
    "terms_locale",
    "created_at",
    "ended_at",
    "end_reason",
    "ended_through",
]
_REQUEST = [
    "state",
    "way",
    "channels",
    "markets",
    "modifications",
    "days",
    "language",
    "template",
    "hashtag",
    "terms_version",
    "terms_sha256",
    "message_sha256",
    "created_at",
    "sent_at",
    "reminded_at",
    "answered_at",
    "reply_url",
]
_CONSENT = [
    "controller",
    "purposes",
    "terms_sha256",
    "page_sha256",
    "locale",
    "way",
    "given_at",
    "withdrawn_at",
    "withdrawn_through",
]
_REPLY = ["external_id", "account_id", "verdict", "written_at", "edited_at", "received_at", "payload_sha256"]


def item_folder(item: "ContentItem") -> str:
    return f"items/{item.public_id}/"


def request_folder(request: RightsRequest) -> str:
    return f"requests/{request.public_id}/"


def add_licence(pack: Pack, licence: Licence, shop: ShopFacts) -> None:
    head = {"id": licence.public_id, "licensee": shop.name, "licensee_id": shop.public_id}
    pack.add_json("licence.json", {**head, **_fields(licence, _LICENCE)})


def add_terms(pack: Pack, licence: Licence, requests: Iterable[RightsRequest]) -> None:
    """The terms exactly as they were shown, found by their hash."""
    wanted = {licence.terms_sha256, *(request.terms_sha256 for request in requests)} - {""}
    for row in TermsText.objects.filter(sha256__in=wanted):
        pack.add(f"terms/{row.sha256}.txt", row.text.encode())


def add_item(pack: Pack, item: "ContentItem", covered: LicenceItem, *, private: bool) -> None:
    """The post as it was licensed, where it came from, its pictures."""
    folder, version = item_folder(item), covered.item_version or item.version
    if (shown := commitments.version_of(item, version)) is not None:
        pack.add(f"{folder}title.txt", shown.title.encode())
        pack.add(f"{folder}text.txt", shown.text.encode())
    pack.add_json(
        f"{folder}item.json",
        {
            "id": item.public_id,
            "kind": item.kind,
            "source": item.source.kind,
            "external_id": item.external_id,
            "origin_url": item.origin_url,
            "occurred_at": item.occurred_at,
            "received_at": item.received_at,
            "licensed_version": version,
            "media_sha256": covered.media_sha256,
            "author": commitments.author_document(item),
            "author_profile": item.author.profile_url if item.author else "",
            "credit": {"kind": item.credit_kind, "name": item.credit_name, "detail": item.credit_detail},
        },
    )
    if private and (raw := content.raw_of(item)) is not None:
        payload = canonical(raw.payload)
        is_licensed = shown is not None and hashlib.sha256(payload).hexdigest() == shown.raw_hash
        # The payload of a later edit is no evidence of what was licensed, but may be of what became of it.
        pack.add(f"{folder}{'post' if is_licensed else 'post-now'}.json", payload)
        pack.add_json(f"{folder}post-source.json", _fields(raw, ["provenance", "fetched_at", "payload_hash"]))
    allowed = _pictures_licensed(item, covered)
    for media in content.media_of([item.pk]).get(item.pk, []):
        if allowed is not None and media.sha256 not in allowed:
            continue
        try:
            pack.add(f"{folder}media/{media.file}", (Path(settings.MEDIA_ROOT) / media.file).read_bytes())
        except OSError:
            continue  # its hash is in item.json and under the entry all the same


def _pictures_licensed(item: "ContentItem", covered: LicenceItem) -> frozenset[str] | None:
    """The hashes of the pictures that belong to what was licensed; None for all that the item has now."""
    if covered.item_version not in (None, item.version):
        return frozenset(covered.media_sha256)  # an edit may have brought others since
    return pictures_covered(covered)


def add_request(pack: Pack, request: RightsRequest, *, private: bool) -> None:
    """How it was asked, what was sent, what was answered, and the consent."""
    folder = request_folder(request)
    record = {"id": request.public_id, "item": request.item.public_id, **_fields(request, _REQUEST)}
    pack.add_json(f"{folder}request.json", {**record, "recipient": request.recipient} if private else record)
    if request.message:
        pack.add(f"{folder}message.txt", request.message.encode())
    replies = list(RequestReply.objects.filter(request=request).order_by("id"))
    for reply in replies:
        pack.add(f"{folder}replies/{reply.pk}.json", canonical(reply.payload))
    if replies:
        pack.add_json(f"{folder}replies.json", [{"file": row.pk, **_fields(row, _REPLY)} for row in replies])
    names = [*_CONSENT, "address_part", "browser_hash"] if private else _CONSENT
    consents = list(ConsentRecord.objects.filter(request=request).order_by("id"))
    if consents:
        pack.add_json(f"{folder}consents.json", [{"id": row.public_id, **_fields(row, names)} for row in consents])


def _fields(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
