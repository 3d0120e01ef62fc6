"""What the documents say exists: files, commands, and links within and between them."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands

from project.runtime.layout import PROJECT_ROOT

DOCUMENTS = sorted([*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").rglob("*.md")])
TOP_FOLDERS = ("project", "widgets", "assistant", "frontend_static", "tests", "docs", "bench")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(rf"`((?:{'|'.join(TOP_FOLDERS)})/[\w./-]*[\w/])`")
MAKE = re.compile(r"(?:`|^\$? *)make ([a-z][a-z-]*)", flags=re.MULTILINE)
MANAGE = re.compile(r"manage\.py ([a-z_]+)")
RUNTIME = re.compile(r"-m project\.runtime ([a-z]+)")


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


document = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


@cache
def headings(path: Path) -> set[str]:
    """The anchors that a page's headings make."""
    found = re.findall(r"^#+ +(.+)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


@cache
def runtime_commands() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "project.runtime", "--help"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(re.findall(r"^    ([a-z]+)\b", done.stdout, flags=re.MULTILINE))


@document
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        assert path.exists(), target
        assert not anchor or anchor in headings(path), target


@document
def test_named_files_and_folders_exist(document: Path) -> None:
    for path in PATH.findall(document.read_text()):
        assert (PROJECT_ROOT / path).exists(), path


@document
def test_named_commands_exist(document: Path) -> None:
    text = document.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(MAKE.findall(text)) <= targets
    assert set(MANAGE.findall(text)) <= set(get_commands())
    assert set(RUNTIME.findall(text)) <= runtime_commands()


def test_the_pages_a_newcomer_needs_are_there() -> None:
    present = {named(path) for path in DOCUMENTS}
    assert present >= {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/going-live.md"}
