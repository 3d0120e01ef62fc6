"""Rows of a prepared file as outcomes: a review, a problem, or a repetition of a row above."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from project.collection.imports.contracts import ImportedReview, Problem, ProblemCode, Row
from project.collection.imports.mapping import RowMapper
from project.collection.imports.preparing import PreparedFile


class RowReader:
    """Streams one file. ``number`` and ``line`` say how far it has read.

    It remembers two hashes per id (some 150 MB per million rows), so that a file that says the same id twice
    with different words does not edit its own reviews back and forth each time it is imported.
    """

    def __init__(self, file: PreparedFile, mapper: RowMapper) -> None:
        self._file, self._map = file, mapper
        self._seen: dict[int, int] = {}
        self.number = 0
        self.line = 0

    def outcomes(self, *, after: int = 0) -> Iterator[ImportedReview | Problem | None]:
        """Every row after row number ``after``; None is a repetition. Earlier rows are only remembered."""
        for row in self._file.table.rows():
            if isinstance(row, Problem):
                self.number, self.line = row.row, row.line
                if row.row > after:
                    yield row
                continue
            self.number, self.line = row.number, row.line
            outcome = self._outcome(row)
            if row.number > after:
                yield outcome

    def _outcome(self, row: Row) -> ImportedReview | Problem | None:
        review = self._map(row)
        if isinstance(review, Problem):
            return review
        key, words = hash(review.external_id), hash(review.raw_hash)
        if key not in self._seen:
            self._seen[key] = words
            return review
        return None if self._seen[key] == words else _repeated(row)


def _repeated(row: Row) -> Problem:
    sentence = _("Row %(row)d has the id of a row above, and other words; the row above was taken.")
    return Problem(row.number, row.line, ProblemCode.ID_REPEATED, sentence % {"row": row.number})
