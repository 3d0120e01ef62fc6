"""Each test has a folder for keys of its own, and nothing that an earlier one's process remembered."""

from pathlib import Path
from typing import Any

import pytest

from project.rights.evidence import views as proof_view
from project.rights.ledger import stored, views
from tests.factories import Personas, make_personas


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    settings.VOUCHSAFE_HOME = tmp_path / "home"
    stored._kept.clear()
    views._buckets.clear()
    proof_view._buckets.clear()


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()
