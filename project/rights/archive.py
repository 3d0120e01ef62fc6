"""An author's data as a zip that anybody can open: one JSON document, one table, and the pictures."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

COLUMNS = (
    *("id", "kind", "source", "product", "title", "text", "rating", "written_at", "state"),
    *("named_as", "disclosed_connection", "address_at_the_source"),
)
# A spreadsheet takes a cell that begins with one of these for a formula; an apostrophe keeps it a text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def archive_of(data: dict[str, Any], files: Iterable[str]) -> bytes:
    """``data.json`` with everything, ``content.csv`` with what was said, ``media/…``."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        archive.writestr("content.csv", "\ufeff" + table_of(data.get("content", [])))
        for name in files:
            path = Path(settings.MEDIA_ROOT) / name
            if path.is_file():
                archive.write(path, f"media/{name}", zipfile.ZIP_STORED)
    return packed.getvalue()


def table_of(rows: Iterable[dict[str, Any]]) -> str:
    """The rows as CSV in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = {**row, "named_as": _named_as(row.get("named_as", {}))}
        writer.writerow([harmless("" if cells.get(name) is None else str(cells[name])) for name in COLUMNS])
    return text.getvalue()


def _named_as(credit: Mapping[str, str]) -> str:
    """A credit in one cell: the name, or what stands in its place, and what is told beside it."""
    return ", ".join(part for part in (credit.get("name") or credit.get("kind"), credit.get("detail")) if part)


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
