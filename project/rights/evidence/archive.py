"""The zip: files by path, and a manifest with the SHA-256 of each. The same evidence gives the same bytes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# What a zip says of its files' times says nothing.
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)


@dataclass
class Pack:
    """The files so far."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, path: str, content: bytes) -> None:
        self.files[path] = content

    def add_json(self, path: str, document: Any) -> None:
        self.add(path, (json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n").encode())

    def under(self, folder: str) -> list[str]:
        """The paths in a folder."""
        return sorted(path for path in self.files if path.startswith(folder))

    def zipped(self, manifest: Mapping[str, Any]) -> bytes:
        listed = {
            path: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for path, content in sorted(self.files.items())
        }
        self.add_json("manifest.json", {**manifest, "files": listed})
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in sorted(self.files.items()):
                info = zipfile.ZipInfo(path, _ZIP_TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
        return target.getvalue()


def canonical(payload: Any) -> bytes:
    """A payload in the form that :func:`project.core.hashing.payload_hash` hashes."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return text.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
