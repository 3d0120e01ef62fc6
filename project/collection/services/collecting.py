"""One run over one source: replies to what authors were asked, forwards from the cursor, the newest page, then what
became of posts we hold.

Every page is one transaction: posts, their holds and the cursor are committed together, so a run that dies
between two pages loses nothing and repeats nothing. The network is never waited for inside a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from project.collection import selectors
from project.collection.contracts import Allowance, Counts, Outcome, Payload, RunReport, SourceClient
from project.collection.errors import ClaimLost, SourceFailed
from project.collection.models import CollectionRun, Collector
from project.collection.rules import next_run_at
from project.collection.sources.registry import SourceKind, source_kind
from project.content import selectors as content
from project.core.change import change
from project.core.errors import InvalidInput, NotFound
from project.core.scope import shop_scope

from .claims import Claim, claim_source
from .posts import end_deleted, mark_gone, store_payloads
from .replies import read_replies

if TYPE_CHECKING:
    from project.content.models import Source

logger = logging.getLogger(__name__)

PAGES_PER_RUN: Final = 25
RECHECKS_PER_RUN: Final = 400
RECHECK_BATCH: Final = 20
RUNS_KEPT: Final = 50
# Requests left over for others who use the source from this address (the shop's own app, for one).
ALLOWANCE_RESERVE: Final = 10
ALLOWANCE_PAUSE: Final = timedelta(minutes=5)


def collect_source(
    *, shop_id: int, source_id: str, only_if_due: bool = False, client: SourceClient | None = None
) -> RunReport:
    """Run a source's collector once. Returns a report without an outcome when it is not its turn.

    ``source_id`` is the public id. Raises NotFound, and InvalidInput for a source that nothing is collected from.
    What goes wrong at the source is an outcome, not an exception.
    """
    with shop_scope(shop_id):
        source = content.source_by_public_id(source_id)
        if source is None:
            raise NotFound(_("There is no such source."))
        kind = source_kind(source.kind)
        if kind is None:
            raise InvalidInput(_("Nothing is collected from this kind of source."))
        started = timezone.now()
        claim = claim_source(source, now=started, only_if_due=only_if_due) if source.active else None
        if claim is None:
            return _report(source, None, Counts(), None)
        run = _Run(shop_id=shop_id, source=source, kind=kind, claim=claim, started=started)
        return run.carry_out(client)


class _Run:
    def __init__(self, *, shop_id: int, source: Source, kind: SourceKind, claim: Claim, started: datetime) -> None:
        self.shop_id = shop_id
        self.source = source
        self.kind = kind
        self.claim = claim
        self.started = started
        self.counts = Counts()

    def carry_out(self, client: SourceClient | None) -> RunReport:
        outcome, retry_at = Outcome.CRASHED, None
        try:
            outcome = self._collect(client or self.kind.make_client(self.source.config))
        except SourceFailed as failure:
            outcome, retry_at = failure.outcome, failure.retry_at
        except ClaimLost:
            logger.warning("collection.claim_lost", extra={"source": self.source.public_id})
            return _report(self.source, None, self.counts, None)
        finally:
            # A crash is recorded too, and the claim given up, before the exception goes on its way.
            ended = self._end(outcome, retry_at)
        return _report(self.source, outcome, self.counts, ended)

    def _collect(self, client: SourceClient) -> Outcome:
        self._read_replies()
        cursor = self.claim.cursor
        if cursor:
            recent = client.recent()
            self._store(recent.payloads, cursor)
            self._check(recent.allowance)
        for _page in range(PAGES_PER_RUN):
            page = client.forward(cursor)
            if page.payloads or page.cursor != cursor:
                self._store(page.payloads, page.cursor)
            cursor = page.cursor
            self._check(page.allowance)
            if not page.more:
                break
        else:
            return Outcome.MORE
        self._recheck(client)
        return Outcome.OK

    def _read_replies(self) -> None:
        """First of all: somebody may have taken their permission back."""
        if self.kind.make_thread_client is not None:
            self.claim.hold()
            client = self.kind.make_thread_client(self.source.config)
            read_replies(self.source, self.kind, client=client, counts=self.counts, look_at=self._after_thread)

    def _after_thread(self, allowance: Allowance) -> None:
        self.claim.hold()
        self._check(allowance)

    def _store(self, payloads: Sequence[Payload], cursor: str) -> None:
        with change(shop_id=self.shop_id):
            self.claim.hold(cursor=cursor)
            store_payloads(payloads, kind=self.kind, source=self.source, now=timezone.now(), counts=self.counts)
        self.counts.pages += 1

    def _recheck(self, client: SourceClient) -> None:
        ids = selectors.ids_to_recheck(self.source.pk, before=self.started, limit=RECHECKS_PER_RUN)
        for start in range(0, len(ids), RECHECK_BATCH):
            found = client.recheck(ids[start : start + RECHECK_BATCH])
            now = timezone.now()
            with change(shop_id=self.shop_id):
                self.claim.hold()
                store_payloads(
                    list(found.found.values()), kind=self.kind, source=self.source, now=now, counts=self.counts
                )
                deleted = mark_gone(found.gone, source=self.source, now=now, counts=self.counts)
            end_deleted(deleted, shop_id=self.shop_id)
            self._check(found.allowance)

    def _check(self, allowance: Allowance) -> None:
        if allowance.remaining is not None and allowance.remaining <= ALLOWANCE_RESERVE:
            raise SourceFailed(Outcome.RATE_LIMITED, retry_at=allowance.resets_at or timezone.now() + ALLOWANCE_PAUSE)

    def _end(self, outcome: Outcome, retry_at: datetime | None) -> datetime | None:
        """Record the run and when the next one begins; None when the claim is no longer ours."""
        now = timezone.now()
        good = outcome in (Outcome.OK, Outcome.MORE)
        with change(shop_id=self.shop_id) as unit:
            failures = 0 if good else self._failures() + 1
            due = next_run_at(outcome=outcome, config=self.source.config, failures=failures, retry_at=retry_at, now=now)
            values = {"last_ok_at": now} if good else {}
            if not self.claim.release(next_run_at=due, outcome=outcome, failures=failures, **values):
                return None
            run = CollectionRun.objects.create(
                source=self.source,
                started_at=self.started,
                finished_at=now,
                outcome=outcome,
                counts=asdict(self.counts),
            )
            _forget_old_runs(self.source.pk, run.pk)
            unit.audit("source.collected", "source", self.source.public_id, outcome=str(outcome))
        return due

    def _failures(self) -> int:
        return int(Collector.objects.values_list("failures", flat=True).get(source=self.source))


def _forget_old_runs(source_pk: int, newest: int) -> None:
    kept = selectors.runs_of(source_pk).values_list("pk", flat=True)[:RUNS_KEPT]
    CollectionRun.objects.filter(source_id=source_pk, pk__lt=min(kept, default=newest)).delete()


def _report(source: Source, outcome: Outcome | None, counts: Counts, due: datetime | None) -> RunReport:
    return RunReport(
        source_id=source.public_id, source_name=source.name, outcome=outcome, counts=counts, next_run_at=due
    )
