"""``/embed/v1/<file>``."""

import os
from pathlib import Path
from typing import Any

import pytest

from project.core.edge import files
from project.core.edge.requests import EdgeRequest
from project.core.edge.responses import EdgeResponse


@pytest.fixture
def dist(tmp_path: Path, settings: Any) -> Path:
    settings.EMBED_ROOT = tmp_path
    (tmp_path / "embed.js").write_text("export {};" + " " * 500)
    (tmp_path / "core.3fa9c1d2.js").write_text("let a;")
    (tmp_path / "secret.txt").write_text("no")
    return tmp_path


def get(name: str, *headers: tuple[bytes, bytes]) -> EdgeResponse:
    async def nothing(*_: Any) -> Any:
        raise AssertionError("not used")

    scope = {"type": "http", "method": "GET", "headers": list(headers), "query_string": b""}
    return files.serve_embed_file(EdgeRequest(scope, nothing, nothing, {"name": name}))


def test_the_entry_file_may_be_loaded_by_any_page_and_is_revalidated(dist: Path) -> None:
    answer = get("embed.js", (b"accept-encoding", b"gzip"))
    headers = dict(answer.headers)
    assert answer.status == 200
    assert headers[b"access-control-allow-origin"] == b"*"
    assert headers[b"cross-origin-resource-policy"] == b"cross-origin"
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"cache-control"] == b"public, max-age=600, must-revalidate"
    assert get("embed.js", (b"accept-encoding", b"gzip"), (b"if-none-match", headers[b"etag"])).status == 304


def test_a_name_with_a_hash_never_changes(dist: Path) -> None:
    assert dict(get("core.3fa9c1d2.js").headers)[b"cache-control"].endswith(b"immutable")


@pytest.mark.parametrize(
    ("name", "immutable"),
    [
        ("core-3fa9c1d2.js", True),
        ("core.3fa9c1d2.js.map", True),
        ("embed.js", False),
        ("carousel.js", False),
        ("vouchsafe-carousel.js", False),
        ("assistant-element.css", False),
    ],
)
def test_only_hashes_count_as_hashes(name: str, immutable: bool) -> None:
    assert (b"immutable" in files.cache_control(name)) is immutable


@pytest.mark.parametrize("name", ["secret.txt", "missing.js", "..", ".js"])
def test_nothing_else_is_served(dist: Path, name: str) -> None:
    assert get(name).status == 404


def test_a_file_that_changed_on_disk_is_read_again(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_AGAIN_SECONDS", 0.0)
    before = get("core.3fa9c1d2.js").body
    (dist / "core.3fa9c1d2.js").write_text("let b;")
    os.utime(dist / "core.3fa9c1d2.js", ns=(1, 1))
    assert (before, get("core.3fa9c1d2.js").body) == (b"let a;", b"let b;")
