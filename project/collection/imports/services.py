"""Importing a file: batch by batch, each committed with the record of how far the import came.

Killed half-way and started again with the same file and options, it goes on after the last batch that was
committed. Storing is idempotent as well, so a batch that ran twice leaves nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from project.collection.imports.ahead import read_ahead
from project.collection.imports.contracts import ImportedReview, Problem
from project.collection.imports.models import ImportRun, RunState
from project.collection.imports.policy import KIND
from project.collection.imports.preparing import PreparedFile
from project.collection.imports.reports import (
    MAX_PROBLEMS_KEPT,
    ImportReport,
    row_notices,
    shown_counts,
)
from project.collection.imports.rows import Batch, RowReader
from project.collection.imports.staging import ProductFinder, bulk_item, is_spot_check, words_of
from project.content import selectors as content
from project.content.bulk import ReadyItem, make_ready, receive_bulk
from project.content.rules import State
from project.content.services import ensure_source
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.rights import selectors as rights
from project.rights.contracts import Basis, Channel, LicenceState, LicenceTerms
from project.rights.services import activate_import_licence, cover_items, drop_import_licence, prepare_import_licence

if TYPE_CHECKING:
    from project.rights.models import Licence

ROWS_PER_BATCH = 5_000

Progress = Callable[[int], None]
"""Called after each batch with the number of the last line that is committed."""


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """Why the shop may show what the file holds, stated by a person for this one import."""

    basis: Basis
    terms: LicenceTerms


def import_file(
    *,
    shop_id: int,
    actor_id: int | None,
    file: PreparedFile,
    state: State = State.PENDING,
    legal_basis: LegalBasis | None = None,
    source_name: str = "",
    create_products: bool = True,
    spot_check: float = 0.0,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a prepared file into a shop; returns what became of its rows.

    ``state`` is that of every new item whose tool showed it (pending or approved, the same for every rating);
    ``spot_check`` percent of them, chosen by a hash of their id, are pending in any case for people to look at.
    With ``legal_basis`` one licence covers every item of the file that no licence covers or covered before (so that
    a withdrawal is never undone); without it nothing new is shown. Raises :class:`Conflict` when another process is
    importing into the same source, :class:`InvalidInput` for terms that cannot be granted.
    """
    if state not in {State.PENDING, State.APPROVED}:
        raise InvalidInput(_("Imported reviews are pending or approved."), fields={"state": []})
    with shop_scope(shop_id):
        work = _Import(shop_id, actor_id, file, state, legal_basis, create_products)
        work.spot_check = spot_check
        work.begin(source_name or file.source_name)
        work.read(progress or (lambda _line: None))
        return work.finish()


class _Import:
    """One try at importing one file."""

    def __init__(
        self,
        shop_id: int,
        actor_id: int | None,
        file: PreparedFile,
        state: State,
        legal_basis: LegalBasis | None,
        create_products: bool,
    ) -> None:
        self.shop_id, self.actor_id, self.file, self.state = shop_id, actor_id, file, state
        self.legal_basis = legal_basis
        self.mapper = file.mapper()
        self.words = words_of(self.mapper.markup)
        self.products = ProductFinder(shop_id=shop_id, actor_id=actor_id, create=create_products)
        self.rows = RowReader(file, self.mapper)
        self.licence: Licence | None = None
        self.spot_check = 0.0
        self.problems: list[Problem] = []
        self.resumed_after = 0

    # --- beginning

    def begin(self, source_name: str) -> None:
        """Find the unfinished run of this very import, or begin one; others of the source are abandoned."""
        said = [self.state.value, str(self.spot_check)]
        if self.legal_basis:
            terms = self.legal_basis.terms
            said += [self.legal_basis.basis, *terms.channels, *terms.markets, terms.terms_url]
        options_hash = self.file.options_hash(*said)
        self.source = ensure_source(shop_id=self.shop_id, actor_id=self.actor_id, kind=KIND, name=source_name)
        sha256 = self.file.table.inspection.sha256
        running = ImportRun.objects.filter(source=self.source, state=RunState.RUNNING)
        found = running.filter(file_sha256=sha256, options_hash=options_hash).first()
        if found is None:
            with change(shop_id=self.shop_id, actor_id=self.actor_id) as unit:
                for licence_id in running.exclude(licence_id="").values_list("licence_id", flat=True):
                    drop_import_licence(shop_id=self.shop_id, licence_id=licence_id)
                running.update(state=RunState.ABANDONED, finished_at=timezone.now())
                found = self._new_run(sha256, options_hash)
                unit.audit("import.started", "import", found.public_id, source=self.source.public_id)
        self.run = found
        self.source_is_new = not content.items().filter(source=self.source).exists()
        self.resumed_after = found.rows_read

    def _new_run(self, sha256: str, options_hash: str) -> ImportRun:
        try:
            with transaction.atomic():
                return ImportRun.objects.create(
                    public_id=new_public_id("imp"),
                    source=self.source,
                    file_sha256=sha256,
                    options_hash=options_hash,
                    format=self.file.format.name,
                )
        except IntegrityError as error:
            raise _taken() from error

    # --- reading

    def read(self, progress: Progress) -> None:
        """Read, map and commit, batch by batch, reading the next one meanwhile."""
        batches = self.rows.batches(after=self.resumed_after, size=ROWS_PER_BATCH)
        with read_ahead((batch, self._items(batch)) for batch in batches) as ready:
            for batch, items in ready:
                self._commit(batch, items)
                room = MAX_PROBLEMS_KEPT - len(self.problems)
                self.problems += batch.problems[:room]
                progress(batch.line)
        progress(self.file.table.inspection.lines)

    def _items(self, batch: Batch) -> list[ReadyItem]:
        """The batch as content stores it, as far as the products are known; made while the database is at work."""
        return [self._item(review) for review in batch.reviews]

    def _item(self, review: ImportedReview) -> ReadyItem:
        state = self._state_of(review)
        return make_ready(bulk_item(review, words=self.words, product_pk=self.products.find(review), state=state))

    def _make_products(self, batch: Batch, items: list[ReadyItem]) -> None:
        """Make the products that the shop did not have when the batch was read, and tell its items."""
        lacking = [
            place
            for place, (review, ready) in enumerate(zip(batch.reviews, items, strict=True))
            if ready.item.product_pk is None and review.product_reference
        ]
        self.products.make_missing([batch.reviews[place] for place in lacking])
        for place in lacking:
            items[place] = self._item(batch.reviews[place])

    def _commit(self, batch: Batch, items: list[ReadyItem]) -> None:
        with change(shop_id=self.shop_id, actor_id=self.actor_id):
            self._make_products(batch, items)
            received = receive_bulk(
                shop_id=self.shop_id,
                actor_id=self.actor_id,
                source=self.source,
                items=items,
                provenance=f"import:{self.run.public_id}",
                source_is_new=self.source_is_new,
            )
            covered = self._cover(created=received.created_pks, known=received.known_pks)
            # Whoever else is importing this file has moved the record on: then this batch is taken back.
            won = ImportRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING, rows_read=self.run.rows_read).update(
                rows_read=batch.number,
                batches=F("batches") + 1,
                created=F("created") + len(received.created),
                edited=F("edited") + len(received.edited),
                corrected=F("corrected") + len(received.corrected),
                known=F("known") + received.unchanged,
                refused=F("refused") + received.refused,
                repeated=F("repeated") + batch.repeated,
                bad=F("bad") + len(batch.problems),
                covered=F("covered") + covered,
                licence_id=self.run.licence_id,
            )
            if not won:
                raise _taken()
        self.run.rows_read = batch.number

    def _state_of(self, review: ImportedReview) -> str:
        """What the file's tool did not show waits for a person's decision, and so does the spot check."""
        if not review.published or (self.spot_check and is_spot_check(review.external_id, self.spot_check)):
            return State.PENDING.value
        return self.state.value

    # --- the legal basis

    def _cover(self, *, created: tuple[int, ...], known: tuple[int, ...]) -> int:
        """Add the batch's items to the import's licence: the new ones, and known ones that lack a basis."""
        if self.legal_basis is None:
            return 0
        lacking = [*created, *(_without_basis(known) if known else ())]
        if not lacking:
            return 0
        items = content.items_of(lacking)
        return cover_items(licence=self._licence(self.legal_basis), items=items)

    def _licence(self, legal_basis: LegalBasis) -> Licence:
        """The import's one licence, made when it first has something to cover."""
        if self.licence is None and self.run.licence_id:
            self.licence = rights.licences().get(public_id=self.run.licence_id)
        if self.licence is None:
            self.licence = prepare_import_licence(
                shop_id=self.shop_id,
                actor_id=self.actor_id,
                basis=legal_basis.basis,
                terms=legal_basis.terms,
            )
            self.run.licence_id = self.licence.public_id
        return self.licence

    # --- the end

    def finish(self) -> ImportReport:
        """Let the licence hold, close the record, and report."""
        with change(shop_id=self.shop_id, actor_id=self.actor_id) as unit:
            won = ImportRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING).update(
                state=RunState.DONE, finished_at=timezone.now()
            )
            if not won:
                raise _taken()
            if self.run.licence_id:
                activate_import_licence(shop_id=self.shop_id, actor_id=self.actor_id, licence_id=self.run.licence_id)
            self.run.refresh_from_db()
            unit.audit(
                "import.finished", "import", self.run.public_id, rows=self.run.rows_read, created=self.run.created
            )
        if self.run.created or self.run.covered:
            _analyze()
        return self._report()

    def _report(self) -> ImportReport:
        run, inspection = self.run, self.file.table.inspection
        channel = self.legal_basis.terms.channels[0] if self.legal_basis else Channel.SITE
        return ImportReport(
            run_id=run.public_id,
            file=self.file.path.name,
            format=run.format,
            encoding=inspection.encoding,
            delimiter=self.file.table.delimiter,
            source=self.source.name,
            rows=run.rows_read,
            created=run.created,
            edited=run.edited,
            corrected=run.corrected,
            known=run.known,
            repeated=run.repeated,
            refused=run.refused,
            bad=run.bad,
            covered=run.covered,
            licence_id=run.licence_id,
            products_created=self.products.created,
            resumed_after=self.resumed_after,
            problems=tuple(self.problems),
            notices=(*inspection.notices, *row_notices(self.mapper.noticed)),
            shown=shown_counts(shop_id=self.shop_id, source=self.source, channel=channel),
        )


def _without_basis(pks: tuple[int, ...]) -> set[int]:
    """Those items that no licence covers, and from which none was ever taken away: a withdrawal is not undone."""
    covered = Q(licence_items__licence__state=LicenceState.ACTIVE)
    withdrawn = Q(licence_items__ended_at__isnull=False)
    settled = content.items_of(pks).filter(covered | withdrawn)
    return set(pks) - set(settled.values_list("pk", flat=True))


def _analyze() -> None:
    """Tell the planner what a mass change left behind.

    Autovacuum comes a minute later, and never to tables with a handful of rows; until then the gate's joins are
    planned for empty tables and take minutes instead of milliseconds.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # A tenth of the usual sample tells the number of rows well enough, and autovacuum does the rest.
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute("ANALYZE content_item, content_source, rights_licence, rights_licence_item, rights_hold")


def _taken() -> Conflict:
    return Conflict(_("Another process is importing into the same source; wait for it."), code=ErrorCode.CONFLICT)
