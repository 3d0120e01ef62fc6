"""Fetching the pictures of collected items."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from project.collection.pictures import EXTENSION, MAX_BYTES, Picture, PictureRefused, remake
from project.content import selectors as content
from project.content.services import record_media_failed, record_media_ready
from project.core.lookups import shop_of_media_file
from project.core.outgoing import Limits, OutgoingFailed, OutgoingRefused, OutgoingTimeout, OutgoingTooLarge, fetch
from project.core.scope import shop_scope

LIMITS: Final = Limits(max_bytes=MAX_BYTES, timeout=40.0)


class FetchAgain(Exception):
    """The picture could not be had this time; later it may be."""


def fetch_media(*, shop_id: int, media_id: str, last_try: bool = False) -> str:
    """Fetch, check and keep one picture; returns what became of it: ``ready``, ``settled`` (before) or a code.

    Raises FetchAgain for what may pass, unless it is the ``last_try``.
    """
    with shop_scope(shop_id):
        media = content.media_by_public_id(media_id)
        if media is None or media.state != media.PENDING:
            return "settled"
        try:
            picture = remake(_download(media.remote_url))
        except FetchAgain:
            if not last_try:
                raise
            return _failed(shop_id, media_id, "unreachable")
        except PictureRefused as refusal:
            return _failed(shop_id, media_id, refusal.reason)
        return _keep(shop_id, media_id, picture)


def _download(url: str) -> bytes:
    try:
        fetched = fetch(url, accept=("image/*",), limits=LIMITS)
    except OutgoingRefused as error:
        raise PictureRefused(error.reason) from error
    except OutgoingTooLarge as error:
        raise PictureRefused("too_large") from error
    except (OutgoingFailed, OutgoingTimeout) as error:
        raise FetchAgain from error
    if fetched.status == 429 or fetched.status >= 500:
        raise FetchAgain
    if fetched.status != 200:
        raise PictureRefused("not_found")
    return fetched.body


def _keep(shop_id: int, media_id: str, picture: Picture) -> str:
    name = secrets.token_hex(16)
    relative = f"{name[:2]}/{name}.{EXTENSION}"
    path = Path(settings.MEDIA_ROOT) / relative
    _write(path, picture.data)
    won = record_media_ready(
        shop_id=shop_id,
        public_id=media_id,
        file=relative,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
    )
    if not won:  # a second worker was faster: its file is the one that is known
        path.unlink(missing_ok=True)
        return "settled"
    return "ready"


def _write(path: Path, data: bytes) -> None:
    """The whole file or none: written beside its place, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def forget_files(names: Iterable[str]) -> int:
    """Remove pictures that no row stands for; returns how many files there were. Nothing outside the media folder."""
    root = Path(settings.MEDIA_ROOT).resolve()
    removed = 0
    for name in names:
        path = (root / name).resolve()
        if not path.is_relative_to(root) or content.media_by_file(name) is not None:
            continue
        for file in (path, path.with_suffix(".part")):
            if file.is_file():
                file.unlink(missing_ok=True)
                removed += 1
    return removed


def forget_stray_files(*, before: datetime) -> int:
    """Remove files older than ``before`` that no row knows: left by a worker that died between file and row."""
    root = Path(settings.MEDIA_ROOT)
    removed = 0
    for path in root.glob("??/*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and path.stat().st_mtime < before.timestamp() and shop_of_media_file(name) is None:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _failed(shop_id: int, media_id: str, reason: str) -> str:
    record_media_failed(shop_id=shop_id, public_id=media_id, error=reason)
    return reason
