"""Rows of a prepared file as outcomes: a review, a problem, or a repetition of a row above."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from project.collection.imports.contracts import ImportedReview, Problem, ProblemCode, Row
from project.collection.imports.mapping import RowMapper
from project.collection.imports.preparing import PreparedFile


@dataclass
class Batch:
    """Consecutive rows, to be committed together: up to row ``number``, which ends in ``line``."""

    reviews: list[ImportedReview] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repeated: int = 0
    number: int = 0
    line: int = 0


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

    def batches(self, *, after: int, size: int) -> Iterator[Batch]:
        """The rows after row number ``after``, ``size`` at a time."""
        batch = Batch()
        for outcome in self.outcomes(after=after):
            if isinstance(outcome, ImportedReview):
                batch.reviews.append(outcome)
            elif isinstance(outcome, Problem):
                batch.problems.append(outcome)
            else:
                batch.repeated += 1
            batch.number, batch.line = self.number, self.line
            if len(batch.reviews) + len(batch.problems) + batch.repeated >= size:
                yield batch
                batch = Batch()
        if batch.number:
            yield batch

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
