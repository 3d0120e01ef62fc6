"""A status of the Mastodon API as a post of ours, or as a reply under one. Pure: the same payload always gives the
same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import nh3

from project.collection.contracts import CollectedAuthor, CollectedMedia, CollectedPost, Payload, Restriction
from project.collection.errors import Unusable
from project.core.errors import VouchsafeError
from project.core.sanitising import html_to_text, plain_text, safe_url
from project.rights.contracts import PublicReply

MAX_NAME: Final = 200
MAX_ALT: Final = 1500
MAX_MEDIA: Final = 16
MAX_URL: Final = 1000
MAX_PROFILE_URL: Final = 500
YEARS: Final = range(1990, 2200)
MAX_LANGUAGE: Final = 8
_LANGUAGE: Final = re.compile(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")
_KEPT_IN_REPLIES: Final = {"p", "br", "span", "a", "div", "ul", "ol", "li", "pre", "code"}
_KINDS: Final = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


def normalize(payload: Payload) -> CollectedPost:
    """The post in a Status entity; unknown fields are ignored. Raises Unusable."""
    account = payload.get("account")
    external_id = payload.get("id")
    if not isinstance(account, Mapping) or not isinstance(external_id, str):
        raise Unusable("shape")
    if not 0 < len(external_id) <= MAX_NAME:
        raise Unusable("shape")
    if payload.get("reblog") is not None:
        raise Unusable("reblog")
    try:
        text = html_to_text(_text(payload.get("content")))
    except VouchsafeError as error:
        raise Unusable("text") from error
    if not text.strip():
        raise Unusable("empty")
    url = _url(payload.get("url")) or _url(payload.get("uri"))
    if not url:
        raise Unusable("url")
    return CollectedPost(
        external_id=external_id,
        url=url,
        text=text,
        language=_language(payload.get("language")),
        author=_author(account),
        media=_media(payload.get("media_attachments")),
        created_at=_moment(payload.get("created_at")),
        edited_at=None if payload.get("edited_at") is None else _moment(payload.get("edited_at")),
        restrictions=_restrictions(payload, account),
    )


def normalize_reply(payload: Payload, *, post_id: str, others: Mapping[str, Payload]) -> PublicReply:
    """A Status entity as a reply under ``post_id``; ``others``: the thread's statuses by id. Raises Unusable.

    It stands in the thread when its chain of ``in_reply_to_id`` leads to the post. What it quotes is not its text.
    """
    account, external_id = payload.get("account"), payload.get("id")
    if not isinstance(account, Mapping) or not isinstance(external_id, str) or not 0 < len(external_id) <= MAX_NAME:
        raise Unusable("shape")
    try:
        text = html_to_text(_without_quotes(_text(payload.get("content"))))
    except VouchsafeError as error:
        raise Unusable("text") from error
    edited = payload.get("edited_at")
    return PublicReply(
        external_id=external_id,
        account_id=_text(account.get("id"))[:MAX_NAME],
        thread_id=post_id if _leads_to(payload, post_id, others) else "",
        text=text,
        written_at=_moment(payload.get("created_at")),
        edited_at=None if edited is None else _moment(edited),
        quotes=payload.get("quote") is not None or payload.get("reblog") is not None,
        url=_url(payload.get("url")) or _url(payload.get("uri")),
        payload=payload,
    )


def _leads_to(payload: Payload, post_id: str, others: Mapping[str, Payload]) -> bool:
    seen: set[str] = set()
    above = payload.get("in_reply_to_id")
    while isinstance(above, str) and above not in seen:
        if above == post_id:
            return True
        seen.add(above)
        above = others[above].get("in_reply_to_id") if above in others else None
    return False


def _without_quotes(html: str) -> str:
    """Without what the author quotes as a block."""
    return nh3.clean(
        html,
        tags=_KEPT_IN_REPLIES,
        clean_content_tags={"blockquote", "q", "script", "style"},
        attributes={},
        link_rel=None,
    )


def _author(account: Mapping[str, Any]) -> CollectedAuthor:
    acct = plain_text(_text(account.get("acct"))).strip()
    external_id = _text(account.get("id"))
    if not acct or not external_id:
        raise Unusable("account")
    url = _url(account.get("url"), longest=MAX_PROFILE_URL)
    # An account of the asked server comes without its domain; the network's name has it.
    host = urlsplit(url).netloc
    handle = f"@{acct}" if "@" in acct or not host else f"@{acct}@{host}"
    name = " ".join(plain_text(_text(account.get("display_name"))).split())
    return CollectedAuthor(external_id=external_id[:MAX_NAME], handle=handle[:MAX_NAME], name=name[:MAX_NAME], url=url)


def _media(attachments: Any) -> tuple[CollectedMedia, ...]:
    if not isinstance(attachments, list):
        return ()
    found = []
    for attachment in attachments[:MAX_MEDIA]:
        if not isinstance(attachment, Mapping):
            continue
        kind = _KINDS.get(_text(attachment.get("type")))
        # "url" is the asked server's copy; a server that keeps none has only the author's server's.
        url = _url(attachment.get("url")) or _url(attachment.get("remote_url"))
        if kind is None or not url:
            continue
        meta = attachment.get("meta")
        original = meta.get("original") if isinstance(meta, Mapping) else None
        size = original if isinstance(original, Mapping) else {}
        found.append(
            CollectedMedia(
                external_id=_text(attachment.get("id")),
                kind=kind,
                url=url,
                alt=plain_text(_text(attachment.get("description"))).strip()[:MAX_ALT],
                width=_pixels(size.get("width")),
                height=_pixels(size.get("height")),
            )
        )
    return tuple(found)


def _restrictions(payload: Payload, account: Mapping[str, Any]) -> frozenset[Restriction]:
    found = set()
    if payload.get("visibility") != "public":
        found.add(Restriction.NOT_PUBLIC)
    if account.get("indexable") is False:
        found.add(Restriction.NOT_INDEXABLE)
    if account.get("noindex") is True:
        found.add(Restriction.NO_INDEX)
    if payload.get("sensitive") is True or _text(payload.get("spoiler_text")).strip():
        found.add(Restriction.SENSITIVE)
    approval = payload.get("quote_approval")
    if isinstance(approval, Mapping) and not approval.get("automatic"):
        found.add(Restriction.QUOTES_ASK if approval.get("manual") else Restriction.QUOTES_DENIED)
    return frozenset(found)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unusable("time") from error
    if moment.year not in YEARS:
        raise Unusable("time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _language(value: Any) -> str:
    text = _text(value).strip()
    if not _LANGUAGE.match(text):
        return ""
    primary, *rest = text.split("-")
    tag = "-".join([primary.lower(), *rest])
    return tag if len(tag) <= MAX_LANGUAGE else primary.lower()


def _pixels(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 100_000 else None


def _url(value: Any, *, longest: int = MAX_URL) -> str:
    url = safe_url(_text(value))
    return url if len(url) <= longest else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
