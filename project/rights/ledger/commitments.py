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
from project.rights.models import Licence, RequestReply, RightsRequest

if TYPE_CHECKING:
    from project.content.models import Author, ContentItem

PURPOSE = "ledger."


def asked_commitments(request: RightsRequest) -> dict[str, Any]:
    """What the event of asking binds: the author's account, the post as it stood, and the message."""
    item = content.item_by_public_id(request.item.public_id)
    return {} if item is None else _sealed(item.author, asked_documents(request, item))


def granted_commitments(licence: Licence, request: RightsRequest | None = None) -> dict[str, Any]:
    """What the event of a grant binds: the account, the post and its media as licensed, the credit, the author's reply.

    For licences of one item alone: an import's items have authors, and salts, of their own.
    """
    rows = list(licence.coverage.values_list("item__public_id", "item_version")[:2])
    item = content.item_by_public_id(rows[0][0]) if len(rows) == 1 else None
    if item is None:
        return {}
    return _sealed(item.author, granted_documents(item, rows[0][1], request or answered_request(item)))


def answered_request(item: "ContentItem") -> RightsRequest | None:
    """The request whose answer is being written down: granted, and without a licence yet."""
    rows = RightsRequest.objects.filter(item=item, state=RequestState.GRANTED, licence=None)
    return rows.order_by("-id").first()


def asked_documents(request: RightsRequest, item: "ContentItem") -> dict[str, dict[str, Any]]:
    """The documents behind :func:`asked_commitments`, by name."""
    documents = {"author": author_document(item), "post": post_document(item, item.version)}
    if request.message:
        documents["message"] = {"sha256": sha256_of(request.message), "recipient": request.recipient}
    return _known(documents)


def granted_documents(
    item: "ContentItem", version: int | None, request: RightsRequest | None
) -> dict[str, dict[str, Any]]:
    """The documents behind :func:`granted_commitments`, by name."""
    documents = {
        "author": author_document(item),
        "post": post_document(item, version or item.version),
        "credit": {"kind": item.credit_kind, "name": item.credit_name, "detail": item.credit_detail},
    }
    if media := content.media_of([item.pk]).get(item.pk):
        documents["media"] = {"sha256": [entry.sha256 for entry in media]}
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
    if version == item.version:
        title, text, raw_hash = item.title, item.text, item.raw_hash
    else:
        found = next((row for row in content.versions_of(item) if row.number == version), None)
        if found is None:
            return None
        title, text, raw_hash = found.title, found.text, found.raw_hash
    return {
        "item": item.public_id,
        "version": version,
        "title_sha256": sha256_of(title),
        "text_sha256": sha256_of(text),
        "raw_sha256": raw_hash,
    }


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
