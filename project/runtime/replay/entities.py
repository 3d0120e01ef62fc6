"""The demo's invented posts, in the shapes of the Mastodon API (docs.joinmastodon.org/entities, as of 4.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

POSTS: Final = Path(__file__).resolve().parent / "posts"
TAG: Final = "wornwithlove"
DOMAIN: Final = "replay.example"  # the part of the handles; example names belong to nobody
SHOP_ACCOUNT: Final = "linden"  # who comments with the posting token
PICTURE_SIZE: Final = (800, 600)

Status = dict[str, Any]


def load_posts() -> list[Mapping[str, Any]]:
    """The demo's posts."""
    posts: list[Mapping[str, Any]] = json.loads((POSTS / "posts.json").read_text(encoding="utf-8"))
    return posts


def snowflake(moment: datetime) -> str:
    """A Mastodon id: milliseconds since 1970 and 16 bits that tell posts of one millisecond apart."""
    return str(int(moment.timestamp() * 1000) << 16)


def stamp(moment: datetime) -> str:
    """A time as the API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_entity(external_id: str, post: Mapping[str, Any], base: str) -> Status:
    """docs.joinmastodon.org/entities/Status, as of 4.6."""
    username = post["account"]["username"]
    tag_url = f"{base}/tags/{TAG}"
    tags = f'<a href="{tag_url}" class="mention hashtag" rel="tag">#<span>{TAG}</span></a>'
    return {
        "id": external_id,
        "created_at": post["created_at"],
        "in_reply_to_id": post.get("in_reply_to_id"),
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": post["language"],
        "uri": f"{base}/ap/users/{username}/statuses/{external_id}",
        "url": f"{base}/@{username}/{external_id}",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": None,
        "content": post["content"].replace("{tags}", tags),
        "filtered": [],
        "reblog": None,
        "account": account_entity(post["account"], base),
        "media_attachments": [media_entity(external_id, post["media"], base)] if post.get("media") else [],
        "mentions": [],
        "tags": [{"name": TAG, "url": tag_url}],
        "emojis": [],
        "tagged_collections": [],
        "quote": None,
        "card": None,
        "poll": None,
        "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
    }


def account_entity(account: Mapping[str, Any], base: str) -> dict[str, Any]:
    """docs.joinmastodon.org/entities/Account, as of 4.6."""
    username = account["username"]
    number = str(int.from_bytes(username.encode()[:7], "big"))
    return {
        "id": number,
        "username": username,
        "acct": f"{username}@{DOMAIN}",
        "display_name": account["display_name"],
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": True,
        "group": False,
        "created_at": "2026-01-01T00:00:00.000Z",
        "note": "<p>An invented account of the Vouchsafe demo.</p>",
        "url": f"{base}/@{username}",
        "uri": f"{base}/ap/users/{username}",
        "avatar": f"{base}/avatars/original/missing.png",
        "avatar_static": f"{base}/avatars/original/missing.png",
        "header": f"{base}/headers/original/missing.png",
        "header_static": f"{base}/headers/original/missing.png",
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": 1,
        "last_status_at": "2026-11-08",
        "noindex": False,
        "emojis": [],
        "roles": [],
        "fields": [],
    }


def media_entity(external_id: str, media: Mapping[str, str], base: str) -> dict[str, Any]:
    """docs.joinmastodon.org/entities/MediaAttachment: a picture."""
    width, height = PICTURE_SIZE
    url = f"{base}/media/{media['file']}"
    return {
        "id": str(int(external_id) + 1),
        "type": "image",
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "meta": {
            "original": {
                "width": width,
                "height": height,
                "size": f"{width}x{height}",
                "aspect": width / height,
            }
        },
        "description": media["description"],
        "blurhash": None,
    }
