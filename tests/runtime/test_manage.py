"""`python manage.py` typed outside of the project's environment."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from project.runtime.layout import PROJECT_ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(PROJECT_ROOT / "manage.py", tmp_path)
    return tmp_path


def without_packages(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """manage.py, run by a Python that finds nothing but the standard library (-S)."""
    command = [sys.executable, "-S", "manage.py", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_the_projects_own_python_takes_over(checkout: Path) -> None:
    own = checkout / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\nfor word in "$@"; do echo "<$word>"; done\n')
    own.chmod(0o755)
    done = without_packages(checkout, "import_reviews", "two words.csv")
    assert done.stdout.splitlines() == ["<manage.py>", "<import_reviews>", "<two words.csv>"]


def test_without_an_environment_one_sentence_says_how_to_make_it(checkout: Path) -> None:
    done = without_packages(checkout, "check")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "vouchsafe: Vouchsafe's packages are not installed here: run `make setup` first."
    ]
