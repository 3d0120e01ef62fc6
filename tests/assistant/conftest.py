"""Fixtures of the assistant's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assistant.helpers import embedder_at
from tests.factories import Personas, make_personas


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture(autouse=True)
def _no_embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the `embedder` fixture there is none, so that a test says which way of finding it is about."""
    monkeypatch.setenv("EMBEDDER_SOCKET", str(tmp_path / "none"))


@pytest.fixture(scope="session")
def embedder_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("embedder") / "s"
    with embedder_at(place):
        yield place


@pytest.fixture
def embedder(embedder_place: Path, monkeypatch: pytest.MonkeyPatch, _no_embedder: None) -> None:
    """A running embedder, found by its variable; patient, because tests share two cores."""
    monkeypatch.setenv("EMBEDDER_SOCKET", str(embedder_place))
    monkeypatch.setattr("assistant.answers.asked.DEADLINE_SECONDS", 10.0)
