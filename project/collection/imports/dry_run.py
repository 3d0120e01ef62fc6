"""What an import would do, row by row, without writing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from project.collection.imports.contracts import ImportedReview, Problem
from project.collection.imports.policy import KIND
from project.collection.imports.preparing import PreparedFile
from project.collection.imports.reports import MAX_PROBLEMS_KEPT, ImportReport, row_notices
from project.collection.imports.rows import RowReader
from project.collection.imports.staging import words_of
from project.content import selectors as content
from project.core.scope import shop_scope

ROWS_PER_LOOK_UP = 1_000


@dataclass(frozen=True)
class RowVerdict:
    """What would become of one row: ``new``, ``known`` (the same words; what else differs would be put right),
    ``edited``, ``repeated``, or a problem's code."""

    row: int
    verdict: str
    external_id: str = ""
    sentence: str = ""


def dry_run(
    *,
    shop_id: int,
    file: PreparedFile,
    source_name: str = "",
    tell: Callable[[RowVerdict], None] = lambda _verdict: None,
) -> ImportReport:
    """Read the whole file as an import would and ``tell`` each row's verdict; reads the database, never writes."""
    name = source_name or file.source_name
    mapper = file.mapper()
    rows = RowReader(file, mapper)
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    with shop_scope(shop_id):
        known = _Known(name, file)
        for verdict, problem in _verdicts(rows, known):
            counts["bad" if problem else verdict.verdict] += 1
            if problem and len(problems) < MAX_PROBLEMS_KEPT:
                problems.append(problem)
            tell(verdict)
    return ImportReport(
        run_id="",
        file=file.path.name,
        format=file.format.name,
        encoding=file.table.inspection.encoding,
        delimiter=file.table.delimiter,
        source=name,
        rows=rows.number,
        created=counts["new"],
        edited=counts["edited"],
        corrected=0,
        known=counts["known"],
        repeated=counts["repeated"],
        refused=0,
        bad=counts["bad"],
        covered=0,
        licence_id="",
        products_created=0,
        resumed_after=0,
        problems=tuple(problems),
        notices=(*file.table.inspection.notices, *row_notices(mapper.noticed)),
        shown=None,
    )


def _verdicts(rows: RowReader, known: _Known) -> Iterator[tuple[RowVerdict, Problem | None]]:
    outcomes = ((rows.number, outcome) for outcome in rows.outcomes())
    while batch := list(islice(outcomes, ROWS_PER_LOOK_UP)):
        known.look_up([outcome for _number, outcome in batch if isinstance(outcome, ImportedReview)])
        for number, outcome in batch:
            if isinstance(outcome, Problem):
                yield RowVerdict(number, outcome.code.value, sentence=outcome.sentence), outcome
            elif outcome is None:
                yield RowVerdict(number, "repeated"), None
            else:
                yield RowVerdict(number, known.verdict(outcome), outcome.external_id), None


class _Known:
    """What the shop holds of the same source already."""

    def __init__(self, source_name: str, file: PreparedFile) -> None:
        self._source = content.sources().filter(kind=KIND, name=source_name[:160]).first()
        self._words = words_of(file.mapper().markup)
        self._found: dict[str, list[str | int | None]] = {}

    def look_up(self, reviews: list[ImportedReview]) -> None:
        if self._source is None:
            return
        ids = [review.external_id for review in reviews]
        items = content.items().filter(source=self._source, external_id__in=ids)
        rows = items.values_list("external_id", "raw_hash", "title", "text", "rating")
        self._found = {external_id: found for external_id, *found in rows}

    def verdict(self, review: ImportedReview) -> str:
        found = self._found.get(review.external_id)
        if found is None:
            return "new"
        same_words = found[1:] == [self._words(review.title), self._words(review.text), review.rating]
        return "known" if found[0] == review.raw_hash or same_words else "edited"
