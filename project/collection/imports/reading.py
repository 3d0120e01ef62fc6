"""Tables of text, row by row: delimiter, header, and rows that are not what the header promises.

Quoting is read strictly. A lenient reader drops quotation marks that the author wrote and the exporting tool
did not escape; such a row is reported instead, for an author's words are never altered.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from project.collection.imports.contracts import Problem, ProblemCode, Row
from project.collection.imports.encoding import Inspection, inspect, open_text
from project.collection.imports.errors import FileUnreadable

DELIMITERS = (",", ";", "\t", "|")
MAX_CELL_CHARACTERS = 1_000_000
MAX_COLUMNS = 500
SNIFFED_ROWS = 20


def normalised_header(name: str) -> str:
    """How a column's name is compared: case, spaces and the signs ``_ - .`` do not matter."""
    for sign in "_-.":
        name = name.replace(sign, " ")
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class Table:
    """A readable file with its delimiter and header. ``header`` is as written, ``names`` as compared."""

    inspection: Inspection
    delimiter: str
    header: tuple[str, ...]
    names: tuple[str, ...]

    def rows(self) -> Iterator[Row | Problem]:
        """Every record after the header, one in memory at a time; blank lines are no records."""
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        expected = len(self.header)
        has_nul = self.inspection.has_nul
        damaged = self.inspection.errors != "strict"
        number = 0
        with open_text(self.inspection) as text:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            next(reader, None)
            while True:
                try:
                    for cells in reader:
                        if not cells:
                            continue
                        number += 1
                        if len(cells) != expected and not _same_but_for_blanks(cells, expected):
                            yield _ragged(number, reader.line_num, len(cells), expected)
                        elif has_nul and any("\0" in cell for cell in cells):
                            yield _nul(number, reader.line_num)
                        elif damaged and not _encodable(cells):
                            yield _undecodable(number, reader.line_num)
                        else:
                            yield Row(number, reader.line_num, cells)
                    return
                except csv.Error as error:  # the reader goes on with the next line
                    number += 1
                    yield _unreadable(number, reader.line_num, error)


def open_table(path: Path, *, encoding: str = "", delimiter: str = "", known: Collection[str] = ()) -> Table:
    """Inspect a file and read its header; ``known`` are column names that speak for a delimiter.

    Raises :class:`FileUnreadable` where there is no table in it.
    """
    inspection = inspect(path, encoding=encoding)
    chosen = delimiter or _sniff(inspection, known)
    first = next(_first_records(inspection, chosen), [])
    header = tuple(cell.strip() for cell in first)
    while header and not header[-1]:
        header = header[:-1]
    if not header or len(header) > MAX_COLUMNS:
        raise FileUnreadable(_("The first line of %(name)s does not name columns.") % {"name": path.name})
    return Table(inspection, chosen, header, tuple(normalised_header(cell) for cell in header))


def _first_records(inspection: Inspection, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with open_text(inspection) as text:
        reader = csv.reader(text, delimiter=delimiter)
        while True:
            try:
                yield from reader
                return
            except csv.Error:
                yield []


def _sniff(inspection: Inspection, known: Collection[str]) -> str:
    """The delimiter that gives most known column names, then rows of one length, then most columns."""

    def score(delimiter: str) -> tuple[int, float, int]:
        records = list(islice(_first_records(inspection, delimiter), SNIFFED_ROWS))
        header = records[0] if records else []
        names = {normalised_header(cell) for cell in header}
        same = sum(len(record) == len(header) for record in records)
        agreement = same / len(records) if len(header) > 1 else 0.0
        return len(names & set(known)), agreement, len(header)

    return max(DELIMITERS, key=score)


def _same_but_for_blanks(cells: list[str], expected: int) -> bool:
    """Whether a row differs only by empty cells at its end (exports of spreadsheets); it is made to fit."""
    if len(cells) > expected and not any(cells[expected:]):
        del cells[expected:]
        return True
    return False


def _encodable(cells: list[str]) -> bool:
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _ragged(number: int, line: int, found: int, expected: int) -> Problem:
    sentence = _("Row %(row)d has %(found)d cells, the header has %(expected)d; look for a missing quotation mark.")
    values = {"row": number, "found": found, "expected": expected}
    return Problem(number, line, ProblemCode.RAGGED_ROW, sentence % values)


def _nul(number: int, line: int) -> Problem:
    sentence = _("Row %(row)d contains a zero character, which no text may hold; remove it.") % {"row": number}
    return Problem(number, line, ProblemCode.NUL_CHARACTER, sentence)


def _undecodable(number: int, line: int) -> Problem:
    sentence = _("Row %(row)d has damaged characters; correct them or name the file's encoding.") % {"row": number}
    return Problem(number, line, ProblemCode.UNDECODABLE, sentence)


def _unreadable(number: int, line: int, error: csv.Error) -> Problem:
    if "field larger" in str(error):
        sentence = _(
            "Row %(row)d (to line %(line)d) has a cell of more than %(limit)d characters; is a quotation mark missing?"
        )
        values = {"row": number, "line": line, "limit": MAX_CELL_CHARACTERS}
        return Problem(number, line, ProblemCode.CELL_TOO_LARGE, sentence % values)
    sentence = _("Row %(row)d (line %(line)d) has a quotation mark that is not doubled or not closed.")
    return Problem(number, line, ProblemCode.BAD_QUOTING, sentence % {"row": number, "line": line})
