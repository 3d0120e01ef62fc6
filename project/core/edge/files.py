"""``/embed/v1/<file>``: the embed's modules, to be loaded by pages of any site.

Names that carry a hash of their content never change and are kept for a year; the entry names are asked for
again after ten minutes. Every file may be loaded by pages under COEP ``require-corp`` and with SRI.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from project.core.edge.asgi import Header
from project.core.edge.prepared import Prepared, prepare, respond
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import NOSNIFF, EdgeResponse, error_response
from project.core.errors import ErrorCode

PATTERN = r"/embed/v1/(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]{0,120})"
LOOK_AGAIN_SECONDS = 1.0
_HASHED = re.compile(r"[.-](?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{8,64}\.(?:js|css)(?:\.map)?$")
_TYPES = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".json": b"application/json; charset=utf-8",
    ".map": b"application/json; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".html": b"text/html; charset=utf-8",
}


@dataclass(slots=True)
class _Entry:
    prepared: Prepared[None]
    stamp: tuple[int, int]
    looked_at: float


class EmbedFiles:
    """The files of one folder, read once and again when they change on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: dict[str, _Entry] = {}

    def find(self, name: str) -> Prepared[None] | None:
        """The prepared file of this name; None where there is none or its type is not served."""
        entry = self._entries.get(name)
        now = time.monotonic()
        if entry is not None and now - entry.looked_at < LOOK_AGAIN_SECONDS:
            return entry.prepared
        content_type = _TYPES.get(Path(name).suffix)
        path = self._root / name
        if content_type is None or not path.is_file():
            self._entries.pop(name, None)
            return None
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if entry is not None and entry.stamp == stamp:
            entry.looked_at = now
            return entry.prepared
        headers: list[Header] = [
            (b"content-type", content_type),
            (b"cache-control", cache_control(name)),
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"vary", b"Accept-Encoding"),
            NOSNIFF,
        ]
        prepared = prepare(number=0, payload=None, body=path.read_bytes(), headers=headers)
        self._entries[name] = _Entry(prepared, stamp, now)
        return prepared


def cache_control(name: str) -> bytes:
    """A year for a name with a content hash (``core.3fa9c1d2.js``), ten minutes for the others."""
    if _HASHED.search(name):
        return b"public, max-age=31536000, immutable"
    return b"public, max-age=600, must-revalidate"


_folders: dict[Path, EmbedFiles] = {}


def serve_embed_file(request: EdgeRequest) -> EdgeResponse:
    """``GET /embed/v1/<file>``."""
    root = Path(settings.EMBED_ROOT)
    files = _folders.setdefault(root, EmbedFiles(root))
    prepared = files.find(request.params["name"])
    if prepared is None:
        return error_response(ErrorCode.NOT_FOUND, "There is no such file.", status=404)
    return respond(prepared, request)
