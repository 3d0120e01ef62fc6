"""The Makefile is the list of commands: explained, complete, and clear about what it misses."""

import re
import stat
import subprocess
from pathlib import Path

import pytest

from project.runtime.layout import PROJECT_ROOT

MAKEFILE = (PROJECT_ROOT / "Makefile").read_text()
PUBLIC = {
    *("run", "stop", "status", "import", "manage", "reset", "setup", "clean"),
    *("test", "check", "lint", "types", "imports", "migrations", "matrix", "eval", "embed-check", "bench"),
    *("docs-check", "screenshots", "translations", "lock"),
}


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


def test_help_is_the_default_and_explains_every_command() -> None:
    explained = re.findall(r"^ +make ([a-z-]+) +\S", make().stdout, flags=re.MULTILINE)
    assert set(explained) >= PUBLIC
    assert targets() - set(explained) == {"browser", "python"}  # Steps of others, no commands.


def test_no_target_is_taken_for_a_file() -> None:
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, flags=re.MULTILINE)
    assert phony is not None
    assert set(phony[1].replace("\\", " ").split()) == targets()


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [(["import"], "FILE"), (["import", "FILE=reviews.csv"], "SHOP"), (["manage"], "CMD"), (["reset"], "YES")],
)
def test_a_missing_variable_is_one_sentence_with_an_example(arguments: list[str], missing: str) -> None:
    done = make(*arguments)
    assert done.returncode != 0
    sentence = done.stderr.splitlines()[0]
    assert sentence.startswith(f"vouchsafe: `make {arguments[0]}` needs {missing}, for example:")


def test_an_old_python_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # As one that answers "older than 3.11".
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    done = make("setup", f"PYTHON={old}")
    assert done.returncode != 0
    assert done.stderr.startswith(f"vouchsafe: Vouchsafe needs Python 3.11 or later and '{old}' is not")


def test_ci_runs_the_gates_of_make_check_and_nothing_else() -> None:
    script = PROJECT_ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1] == "exec make check"


def test_check_is_every_gate() -> None:
    found = re.search(r"^check: (.*?) ##", MAKEFILE, flags=re.MULTILINE)
    assert found is not None
    gates = set(found[1].split())
    assert gates >= {
        *("lint", "types", "imports", "migrations", "translations-check", "docs-check"),
        *("embed-check", "eval", "fresh", "matrix", "coverage"),
    }
    suite = re.search(r"^coverage: .*?\n\t@\$\(MAKE\) --no-print-directory (\w+) ", MAKEFILE, flags=re.MULTILINE)
    assert suite is not None
    assert suite[1] == "test", "the gate of coverage is the suite itself, run once"


def test_nothing_here_is_newer_than_the_make_of_macos() -> None:
    """GNU make 3.81: no .ONESHELL, no $(file …), no != assignments, no grouped targets."""
    for feature in (".ONESHELL", "$(file ", "!=", "&:", ".RECIPEPREFIX"):
        assert feature not in MAKEFILE


def test_whatever_tries_more_for_the_matrix_is_run_by_it_and_by_the_ci() -> None:
    ran = make("--dry-run", "matrix").stdout
    assert "VOUCHSAFE_MATRIX=all" in ran
    asking = [
        path
        for path in (PROJECT_ROOT / "tests").rglob("test_*.py")
        if re.search(r"environ\.get\(\"VOUCHSAFE_MATRIX\"\)", path.read_text())
    ]
    assert {path.name for path in asking} >= {"test_matrix.py", "test_permission_machine.py"}
    for path in asking:
        place = path.relative_to(PROJECT_ROOT)
        assert {str(place), str(place.parent)} & set(ran.split()), place
    assert "matrix" in re.search(r"^check: (.*?)##", MAKEFILE, flags=re.MULTILINE)[1].split()  # type: ignore[index]
    assert "exec make check" in (PROJECT_ROOT / ".ci" / "run").read_text()
