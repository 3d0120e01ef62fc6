"""The committed files: small enough, complete, and what their names and the manifest say."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from tests.embed.peers import EMBED

DIST = EMBED / "dist"
CHUNKS = ("live", "review", "summary", "trouble", "assistant")
# Most bytes after gzip; live with all that the first card needs.
BUDGETS = {"embed": 5 * 1024, "live": 8 * 1024, "assistant": 10 * 1024}


def chunk(name: str) -> bytes:
    """The one committed file of a chunk."""
    (path,) = [EMBED / "dist" / "embed.js"] if name == "embed" else DIST.glob(f"{name}-*.js")
    return path.read_bytes()


def size(name: str) -> int:
    """Bytes on the wire."""
    return len(gzip.compress(chunk(name), 9))


def test_the_budgets_hold() -> None:
    assert size("embed") <= BUDGETS["embed"]
    assert size("embed") + size("live") <= BUDGETS["live"]
    assert size("assistant") <= BUDGETS["assistant"]


@pytest.mark.parametrize("name", CHUNKS)
def test_a_chunk_carries_the_hash_of_its_content_and_the_loader_knows_it(name: str) -> None:
    digest = hashlib.sha256(chunk(name)).hexdigest()[:10]
    assert (DIST / f"{name}-{digest}.js").is_file()
    assert digest in chunk("embed").decode()


def test_the_manifest_names_every_file_with_its_integrity() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    assert set(manifest) == {path.name for path in DIST.glob("*.js")}
    for name, entry in manifest.items():
        content = (DIST / name).read_bytes()
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        assert entry == {"bytes": len(content), "integrity": f"sha384-{digest}"}


FORBIDDEN = (
    "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\b|new Function|localStorage|sessionStorage|"
    'indexedDB|\\.cookie|sendBeacon|navigator\\.userAgent|\\.style\\b|setAttribute\\("style"'
)


def test_no_file_uses_what_a_guest_must_not() -> None:
    for path in [*DIST.glob("*.js"), *EMBED.glob("src/**/*.js")]:
        assert re.findall(FORBIDDEN, path.read_text()) == [], path.name


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in (EMBED / "package-lock.json").read_text()
