"""A home of its own for every test that starts services."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.runtime import throwaway
from project.runtime.layout import Layout


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that does not exist yet and that the services' account can enter (pytest's own is private)."""
    folder = throwaway.new_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def layout(home: Path) -> Layout:
    """The layout of that home."""
    return Layout(home)
