"""Where the embedder listens."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 103
"""Bytes a Unix socket's path may have everywhere (macOS allows 104 with the closing NUL, Linux 108)."""


def socket_path() -> Path:
    """Return EMBEDDER_SOCKET, else a path under VOUCHSAFE_HOME, or a short stand-in when that is too long."""
    named = os.environ.get("EMBEDDER_SOCKET")
    if named:
        return Path(named)
    home = Path(os.environ.get("VOUCHSAFE_HOME") or ".vouchsafe").resolve()
    path = home / "run" / "embedder.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"vouchsafe-{os.getuid()}-{digest}" / "embedder.sock"
