"""A shop, files in every state, and the import as owners run it."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from project.collection.imports.preparing import FileOptions, prepare_file
from project.collection.imports.reports import ImportReport
from project.collection.imports.services import LegalBasis, import_file
from project.content.rules import State
from project.rights.contracts import Basis, Channel
from tests.factories import Personas, make_personas, terms

OWNED = LegalBasis(basis=Basis.OWNED, terms=terms(channels=(Channel.SITE,), markets=("*",)))
Row = tuple[object, ...]


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


def write_csv(path: Path, header: str, rows: Iterable[Row]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def reviews(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of plain reviews: ``reviews(3)``, or ``reviews(rows=[(id, title, text, rating, product)])``."""

    def write(count: int = 3, *, rows: Iterable[Row] | None = None, name: str = "reviews.csv") -> Path:
        made = rows or [(f"r{n}", f"Title {n}", f"Text {n}", n % 5 + 1, "hat") for n in range(count)]
        return write_csv(tmp_path / name, "id,title,text,rating,product id", made)

    return write


def run_import(shop_id: int, path: Path, *, options: FileOptions | None = None, **how: Any) -> ImportReport:
    how.setdefault("state", State.APPROVED)
    return import_file(shop_id=shop_id, actor_id=None, file=prepare_file(path, options or FileOptions()), **how)
