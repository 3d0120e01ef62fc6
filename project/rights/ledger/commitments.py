"""Salted commitments: how an event binds personal data that it does not hold.

Each commitment is an HMAC-SHA256 under the author's own salt (:func:`project.core.hashing.personal_hash`) over a small
canonical JSON document. Whoever has document and salt can check it; once row and salt are erased, nobody can compute it
again, and every proof over the event stays valid.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import rfc8785

from project.content import selectors as content
from project.core.hashing import personal_hash
from project.rights.contracts import ReplyVerdict, RequestState
from project.rights.models import Licence, LicenceItem, RequestReply, RightsRequest

if TYPE_CHECKING:
    from project.content.models import Author, ContentItem, ContentVersion

PURPOSE = "ledger."


def asked_commitments(request: RightsRequest) -> dict[str, Any]:
    """What the event of asking binds: the author's account, the post as it stood, and the message."""
    item = content.item_by_public_id(request.item.public_id)
    return {} if item is None else _sealed(item.author, asked_documents(request, item))


def granted_commitments(licence: Licence, request: RightsRequest | None = None) -> dict[str, Any]:
    """What the event of a grant binds: the account, the post and its media as licensed, the credit, the author's reply.

    For licences of one item alone: an import's items have authors, and salts, of their own.
    """
    rows = list(LicenceItem.objects.filter(licence=licence).select_related("item")[:2])
    item = content.item_by_public_id(rows[0].item.public_id) if len(rows) == 1 else None
    if item is None:
        return {}
    return _sealed(item.author, granted_documents(item, rows[0], request or answered_request(item)))


def answered_request(item: "ContentItem") -> RightsRequest | None:
    """The request whose answer is being written down: granted, and without a licence yet."""
    rows = RightsRequest.objects.filter(item=item, state=RequestState.GRANTED, licence=None)
    return rows.order_by("-id").first()


def asked_documents(
    request: RightsRequest, item: "ContentItem", version: int | None = None
) -> dict[str, dict[str, Any]]:
    """The documents behind :func:`asked_commitments`, by name."""
    documents = {"author": author_document(item), "post": post_document(item, version or item.version)}
    if request.message:
        documents["message"] = {"sha256": sha256_of(request.message), "recipient": request.recipient}
    return _known(documents)


def granted_documents(
    item: "ContentItem", covered: LicenceItem, request: RightsRequest | None
) -> dict[str, dict[str, Any]]:
    """The documents behind :func:`granted_commitments`, by name. ``covered``: the licence's row of the item."""
    documents = {
        "author": author_document(item),
        "post": post_document(item, covered.item_version or item.version),
        "credit": {"kind": item.credit_kind, "name": item.credit_name, "detail": item.credit_detail},
    }
    if covered.media_sha256:
        documents["media"] = {"sha256": list(covered.media_sha256)}
    replies = [] if request is None else list(RequestReply.objects.filter(request=request).order_by("id"))
    if said := [row.payload_sha256 for row in replies if row.verdict == ReplyVerdict.GRANTED]:
        documents["reply"] = {"sha256": said}
    return _known(documents)


def author_document(item: "ContentItem") -> dict[str, Any] | None:
    author = item.author
    if author is None:
        return None
    return {
        "source": item.source.kind,
        "external_id": author.external_id,
        "handle": author.handle,
        "name": author.display_name,
    }


def post_document(item: "ContentItem", version: int) -> dict[str, Any] | None:
    """The post in one of its versions; None where that version is not kept any more."""
    found = version_of(item, version)
    if found is None:
        return None
    return {
        "item": item.public_id,
        "version": version,
        "title_sha256": sha256_of(found.title),
        "text_sha256": sha256_of(found.text),
        "raw_sha256": found.raw_hash,
    }


def version_of(item: "ContentItem", version: int) -> "ContentItem | ContentVersion | None":
    """Where the wording of a version stands: on the item, or among its earlier ones."""
    if version == item.version:
        return item
    return next((row for row in content.versions_of(item) if row.number == version), None)


def sealed(author: "Author", name: str, document: Mapping[str, Any]) -> str:
    """The commitment to one document under the author's salt."""
    return personal_hash(purpose=PURPOSE + name, salt=bytes(author.salt), value=rfc8785.dumps(dict(document)).decode())


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sealed(author: "Author | None", documents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if author is None or not author.salt:
        return {}
    return {"commitments": {name: sealed(author, name, document) for name, document in documents.items()}}


def _known(documents: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    return {name: document for name, document in documents.items() if document is not None}
