"""What docs/going-live.md and the Dockerfile say exists, and production's settings pass Django's checks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from project.runtime.layout import PROJECT_ROOT
from project.settings import REQUIRED_IN_PRODUCTION, default_module

PAGE = (PROJECT_ROOT / "docs" / "going-live.md").read_text()
DOCKERFILE = (PROJECT_ROOT / "Dockerfile").read_text()
PRODUCTION = {
    "DATABASE_URL": "postgresql://vouchsafe:password@db.internal/vouchsafe",
    "REDIS_URL": "redis://cache.internal:6379/0",
    "SECRET_KEY": "q8Zr4-Vn2kTw7xYb1cDf6gHj3mLp9sAe5uRt0iOo-KzXvBnMqWe",
    "ALLOWED_HOSTS": "reviews.example.com,reviews.example.org",
}


def manage(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A management command with nothing of Vouchsafe in its environment but ``variables``."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def named_in_the_page() -> set[str]:
    return set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE))


def test_four_variables_are_all_that_a_clean_deployment_needs() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "check"),
    [
        ("SECRET_KEY", "too-short", "vouchsafe.core.E001"),
        ("PUBLIC_URL", "http://reviews.example.com", "vouchsafe.core.E002"),
        ("VOUCHSAFE_OUTGOING_ALLOW", "127.0.0.1:8002", "vouchsafe.core.E003"),
        ("VOUCHSAFE_DEMO", "1", "vouchsafe.core.E004"),
    ],
)
def test_an_unsafe_deployment_is_refused(variable: str, value: str, check: str) -> None:
    done = manage("check", "--deploy", **{**PRODUCTION, variable: value})
    assert done.returncode != 0
    assert check in done.stderr


def test_production_is_chosen_only_when_everything_is_named() -> None:
    assert default_module(PRODUCTION) == "project.settings.production"
    for name in REQUIRED_IN_PRODUCTION:
        assert default_module({**PRODUCTION, name: ""}) == "project.settings.local"


def test_a_variable_that_is_missing_is_named() -> None:
    given = {key: value for key, value in PRODUCTION.items() if key != "REDIS_URL"}
    done = manage("check", DJANGO_SETTINGS_MODULE="project.settings.production", **given)
    assert done.returncode != 0
    assert "Set REDIS_URL in the environment" in done.stderr


def test_the_page_names_every_variable_that_production_reads() -> None:
    settings = [PROJECT_ROOT / "project" / "settings" / name for name in ("base.py", "production.py")]
    read = {name for path in settings for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', path.read_text())}
    assert read - named_in_the_page() == set()


def test_every_variable_of_the_page_is_read_somewhere() -> None:
    sources = [path.read_text() for path in (PROJECT_ROOT / "project").rglob("*.py")]
    sources += [path.read_text() for path in (PROJECT_ROOT / "assistant").rglob("*.py")]
    unread = {name for name in named_in_the_page() if not any(f'"{name}"' in source for source in sources)}
    assert unread == set()


def test_every_command_of_the_page_and_the_image_exists() -> None:
    text = PAGE + DOCKERFILE.replace('", "', " ").replace('["', "").replace('"]', "")
    runtime = set(re.findall(r"-m project\.runtime ([a-z]+)", text))
    helped = subprocess.run(
        [sys.executable, "-m", "project.runtime", "--help"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert runtime >= {"web", "worker", "beat"}
    for name in runtime:
        assert re.search(rf"^    {name}\b", helped, flags=re.MULTILINE), name
    known = manage("help", "--commands", **PRODUCTION).stdout.split()
    for name in re.findall(r"python manage\.py ([a-z_]+)", text):
        assert name in known
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert target in targets


def test_the_image_copies_what_exists_and_is_not_ignored() -> None:
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    paths = [path for sources in copied for path in sources if sources[0] != "--from=build"]
    allowed = [line[1:] for line in (PROJECT_ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert {"manage.py", "project", "widgets", "assistant", "frontend_static"} <= {Path(path).name for path in paths}
    for path in paths:
        assert (PROJECT_ROOT / path).exists(), path
        assert Path(path).as_posix() in allowed


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")


def test_the_image_asks_for_no_web_server_in_processes_that_are_none() -> None:
    """One image for all processes: a check of the web port would have every worker restarted."""
    assert "HEALTHCHECK" not in DOCKERFILE


def test_static_files_are_collected_with_hashed_names(tmp_path: Path) -> None:
    done = manage("collectstatic", "--no-input", STATIC_ROOT=str(tmp_path), **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles.json").exists()
