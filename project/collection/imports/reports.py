"""What an import tells: counts, problems and notices, and how much of its source may be shown and why not more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.collection.imports.contracts import Notice, NoticeCode, Problem
from project.content import selectors as content
from project.content.rules import State
from project.rights import gate
from project.rights import selectors as rights
from project.rights.contracts import Audience, Channel
from project.shops.selectors import shop_facts

if TYPE_CHECKING:
    from project.content.models import Source

MAX_PROBLEMS_KEPT = 1_000


@dataclass(frozen=True, kw_only=True)
class ShownCounts:
    """Of the ``total`` items of a source: how many may be shown on ``channel`` now, and what the others lack.

    ``undecided`` wait for moderation, ``without_basis`` are covered by no licence in force, decided or not.
    """

    channel: Channel
    total: int
    shown: int
    undecided: int
    without_basis: int


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """The outcome of one import or one dry run; ``resumed_after`` rows had been committed by an earlier try."""

    run_id: str
    file: str
    format: str
    encoding: str
    delimiter: str
    source: str
    rows: int
    created: int
    edited: int
    corrected: int
    known: int
    repeated: int
    refused: int
    bad: int
    covered: int
    licence_id: str
    products_created: int
    resumed_after: int
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    shown: ShownCounts | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the same names, problems and notices as objects."""
        return asdict(self)

    @property
    def accepted(self) -> int:
        """Rows that are reviews of the shop now, new or not."""
        return self.created + self.edited + self.corrected + self.known


def shown_counts(*, shop_id: int, source: Source, channel: Channel) -> ShownCounts:
    """Counts over a source's items, asked of the gate."""
    markets = shop_facts(shop_id).markets
    audience = Audience(shop_id=shop_id, channel=channel, markets=markets, at=timezone.now())
    items = content.items().filter(source=source)
    counted = items.aggregate(total=Count("pk"), undecided=Count("pk", filter=Q(state=State.PENDING)))
    shown = items.filter(pk__in=gate.visible_ids(audience)).count()
    without_basis = 0
    if shown < counted["total"]:
        without_basis = rights.items_needing_permission().filter(source=source).count()
    return ShownCounts(channel=channel, shown=shown, without_basis=without_basis, **counted)


def row_notices(noticed: Mapping[NoticeCode, int]) -> tuple[Notice, ...]:
    """What the mapper counted, one sentence per kind."""
    return tuple(Notice(code, _sentence(code, count)) for code, count in sorted(noticed.items()))


def _sentence(code: NoticeCode, count: int) -> str:
    if code is NoticeCode.FORMULA_AS_TEXT:
        sentence = ngettext(
            "%(count)d text begins like a formula of a spreadsheet; it was kept as the text it is.",
            "%(count)d texts begin like a formula of a spreadsheet; they were kept as the text they are.",
            count,
        )
    elif code is NoticeCode.LOOKS_LIKE_HTML:
        sentence = ngettext(
            "%(count)d text looks like HTML and was taken as plain text; say --markup html if it is HTML.",
            "%(count)d texts look like HTML and were taken as plain text; say --markup html if they are HTML.",
            count,
        )
    else:
        sentence = ngettext(
            "%(count)d address is no web address and was left out.",
            "%(count)d addresses are no web addresses and were left out.",
            count,
        )
    return sentence % {"count": count}


def summary(report: ImportReport, *, command_with_basis: str) -> list[str]:
    """What to tell a person: how much came in and may be shown, and what became of the rest, line by line.

    ``command_with_basis`` is the exact command that adds a legal basis to what has none.
    """
    lines = [_first_line(report, command_with_basis)]
    details = [
        (report.edited, _("%(count)s have new words, and wait to be looked at if they were approved")),
        (
            report.corrected,
            _("%(count)s were put right: the same words, another date, product, language or credit"),
        ),
        (report.repeated, _("%(count)s rows repeat a row above")),
        (report.refused, _("%(count)s rows had been erased before and stay so")),
        (report.bad, _("%(count)s rows could not be read")),
        (report.products_created, _("%(count)s products were made from the file")),
        (report.resumed_after, _("%(count)s rows had been read by an earlier try, and it went on after them")),
    ]
    lines += [f"{sentence % {'count': f'{count:,}'}}." for count, sentence in details if count]
    return lines + [notice.sentence for notice in report.notices]


def _found(report: ImportReport) -> str:
    """What the file holds for this shop: ``249 imported``, or how many are new when some were here before."""
    before = report.known + report.edited + report.corrected
    if not before:
        template = _("%(count)s imported") if report.shown is not None else _("%(count)s would be imported")
        return template % {"count": f"{report.created:,}"}
    return _("%(new)s new, %(known)s were here already") % {"new": f"{report.created:,}", "known": f"{before:,}"}


def _first_line(report: ImportReport, command_with_basis: str) -> str:
    counts = report.shown
    if counts is None:
        return _("Dry run, nothing was written: %(found)s.") % {"found": _found(report)}
    imported = _found(report)
    shown = _("%(count)s may be shown") % {"count": f"{counts.shown:,}"}
    waiting = ""
    if counts.undecided:
        waiting = _("%(count)s wait for a decision in the moderation queue")
        waiting %= {"count": f"{counts.undecided:,}"}
    if counts.without_basis:
        basis = _("no legal basis; add one with") if not counts.shown else _("some lack a legal basis; add one with")
        first = f"{imported}, {shown}: {basis}\n  {command_with_basis}"
        return f"{first}\n{waiting}." if waiting else first
    return f"{imported}, {shown}: {waiting}." if waiting else f"{imported}, {shown}."
