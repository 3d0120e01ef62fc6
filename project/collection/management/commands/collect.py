"""``manage.py collect``: run the collectors now, whether or not their time has come."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from project.collection.contracts import Outcome, RunReport
from project.collection.services import collect_source
from project.collection.sources.registry import SOURCES
from project.content import selectors as content
from project.core.errors import NotFound
from project.core.lookups import every_shop, shop_of_public_id, shop_of_slug
from project.core.managed import VouchsafeCommand
from project.core.scope import shop_scope

FAILED = 1


class Command(VouchsafeCommand):
    help = "Collect from sources now. Exit code 1 when a source could not be read, 2 for wrong arguments."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", metavar="SLUG", help="only the sources of this shop")
        parser.add_argument("--source", metavar="ID", help="only this source (src_…)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.failed = False
        super().handle(*args, **options)
        if self.failed:
            sys.exit(FAILED)

    def run(self, **options: Any) -> dict[str, Any]:
        reports = []
        wanted = _wanted(options["shop"], options["source"])
        with Progress(console=Console(stderr=True), disable=options["json"], transient=True) as bar:
            task = bar.add_task(_("Collecting"), total=len(wanted))
            for shop_id, source_id in wanted:
                report = collect_source(shop_id=shop_id, source_id=source_id)
                reports.append(report)
                bar.advance(task)
                if not options["json"]:
                    self.stdout.write(_line(report))
        if not reports and not options["json"]:
            self.stdout.write(_("There is no source to collect from."))
        self.failed = any(report.outcome not in (None, Outcome.OK, Outcome.MORE) for report in reports)
        return {"sources": [asdict(report) for report in reports]}


def _wanted(slug: str | None, source_id: str | None) -> list[tuple[int, str]]:
    """(shop, source) pairs. Raises NotFound for a shop or source that does not exist, or not there."""
    shop_ids = every_shop()
    if slug:
        found = shop_of_slug(slug)
        if found is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": slug})
        shop_ids = [found]
    if source_id:
        owner = shop_of_public_id(source_id)
        if owner is None or owner not in shop_ids:
            raise NotFound(_("There is no such source."))
        return [(owner, source_id)]
    pairs = []
    for shop_id in shop_ids:
        with shop_scope(shop_id):
            active = content.sources().filter(active=True, kind__in=list(SOURCES))
            pairs += [(shop_id, public_id) for public_id in active.values_list("public_id", flat=True)]
    return pairs


def _line(report: RunReport) -> str:
    counts = report.counts
    if report.outcome is None:
        return _("%(name)s: not now; it is paused, or another run is at work.") % {"name": report.source_name}
    return _(
        "%(name)s: %(outcome)s. %(created)d new, %(edited)d edited, %(corrected)d corrected, %(unchanged)d unchanged, "
        "%(gone)d gone, %(held)d held, %(refused)d left out, %(skipped)d unusable."
    ) % {
        "name": report.source_name,
        "outcome": report.outcome,
        "created": counts.created,
        "edited": counts.edited,
        "corrected": counts.corrected,
        "unchanged": counts.unchanged,
        "gone": counts.gone,
        "held": counts.held,
        "refused": counts.refused,
        "skipped": counts.skipped,
    }
