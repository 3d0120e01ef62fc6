"""``manage.py import_reviews FILE --shop SLUG``: reviews from a file, with or without a legal basis to show them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from project.collection.imports.command_line import import_command
from project.collection.imports.dry_run import RowVerdict, dry_run
from project.collection.imports.formats import AUTO, formats
from project.collection.imports.preparing import FileOptions, PreparedFile, prepare_file
from project.collection.imports.reports import ImportReport, summary
from project.collection.imports.services import LegalBasis, import_file
from project.content.rules import State
from project.core.errors import ErrorCode, InvalidInput, NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand
from project.rights.contracts import Basis, Channel, LicenceTerms
from project.shops.rules import WORLDWIDE
from project.shops.selectors import shop_facts

SOME_ROWS_BAD = 1
BASES = (Basis.OWNED, Basis.SELF_ATTESTED, Basis.OPEN_LICENCE)
USUAL_CHANNELS = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


class Command(VouchsafeCommand):
    help = (
        "Import reviews from a CSV file (or .csv.gz). Without a legal basis nothing of it is shown. "
        "Exit code 0: all rows; 1: some rows could not be read; 2: the file or the arguments cannot be used."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--shop", required=True, metavar="SLUG", help="the shop's short name")
        parser.add_argument("--format", default=AUTO, metavar="NAME", help=f"auto, {', '.join(sorted(formats()))}")
        parser.add_argument("--dry-run", action="store_true", help="report every row and write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the dry run's rows to a CSV file")
        parser.add_argument(
            "--moderate",
            choices=[State.PENDING.value, State.APPROVED.value],
            default=State.PENDING.value,
            help="the state of new reviews that their tool showed; what it hid is pending always",
        )
        parser.add_argument(
            "--spot-check",
            type=float,
            default=0.0,
            metavar="PERCENT",
            help="leave this share pending for moderators in any case, chosen by hash",
        )
        basis = parser.add_argument_group("legal basis")
        basis.add_argument("--basis", choices=[each.value for each in BASES])
        basis.add_argument("--channels", metavar="A,B", help=f"any of {', '.join(Channel)}")
        basis.add_argument("--markets", default="*", metavar="DK,NL", help="countries; * is the world (default)")
        basis.add_argument("--terms", default="", metavar="URL", help="where the licence or your terms can be read")
        basis.add_argument("--no-input", action="store_true", help="ask nothing on a terminal")
        said = parser.add_argument_group("about the file")
        said.add_argument("--source", default="", metavar="NAME", help="whose ids these are (default: the tool)")
        said.add_argument("--column", action="append", default=[], metavar="FIELD=COLUMN", help="bind a column")
        said.add_argument("--encoding", default="", help="such as utf-8, cp1252 (default: found out)")
        said.add_argument("--delimiter", choices=list(DELIMITERS), help="default: found out")
        said.add_argument("--dates", choices=["dmy", "mdy"], help="the order in dates such as 03/04/2025")
        said.add_argument("--language", default="", metavar="CODE", help="of the texts, where no column says it")
        said.add_argument("--markup", choices=["plain", "references", "html"], help="of the texts")
        said.add_argument("--no-new-products", action="store_true", help="leave unknown products unlinked")

    def handle(self, *args: Any, **options: Any) -> None:
        self.some_rows_bad = False
        super().handle(*args, **options)
        if self.some_rows_bad:
            sys.exit(SOME_ROWS_BAD)

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        file = prepare_file(options["file"], _file_options(options))
        if options["dry_run"]:
            return self._dry_run(shop_id, file, options)
        legal_basis = self._legal_basis(options, shop_facts(shop_id).name)
        with self._bar(file, options) as progress:
            report = import_file(
                shop_id=shop_id,
                actor_id=None,
                file=file,
                state=State(options["moderate"]),
                legal_basis=legal_basis,
                source_name=options["source"],
                create_products=not options["no_new_products"],
                spot_check=options["spot_check"],
                progress=progress,
            )
        self.some_rows_bad = report.bad > 0
        with_basis = command_with_basis(options)
        lines = summary(report, command_with_basis=with_basis)
        kept = report.known + report.edited + report.corrected
        if kept and options["moderate"] != State.PENDING:
            asked_in_vain = ngettext(
                "--moderate is about new reviews: %(count)s that was here keeps the decision it has.",
                "--moderate is about new reviews: %(count)s that were here keep the decisions they have.",
                kept,
            )
            lines.append(asked_in_vain % {"count": f"{kept:,}"})
        if not options["json"]:
            self._tell(report, lines)
        return {**report.to_dict(), "summary": lines, "add_basis_with": with_basis if _lacks(report) else None}

    # --- dry run

    def _dry_run(self, shop_id: int, file: PreparedFile, options: dict[str, Any]) -> dict[str, Any]:
        rows: list[RowVerdict] = []
        with self._verdict_writer(options, rows) as tell:
            report = dry_run(shop_id=shop_id, file=file, source_name=options["source"], tell=tell)
        self.some_rows_bad = report.bad > 0
        if not options["json"]:
            self._tell(report, summary(report, command_with_basis=""), told=not options["report"])
        return {**report.to_dict(), "dry_run": True, "row_verdicts": [asdict(row) for row in rows]}

    @contextmanager
    def _verdict_writer(
        self, options: dict[str, Any], rows: list[RowVerdict]
    ) -> Iterator[Callable[[RowVerdict], None]]:
        """Where verdicts go: into a file, into the JSON document, or line by line to the terminal."""
        if options["report"]:
            try:
                target = options["report"].open("w", newline="", encoding="utf-8")
            except OSError as error:
                raise InvalidInput(
                    _("The report cannot be written: %(reason)s.") % {"reason": error.strerror},
                    fields={"report": [str(error.strerror)]},
                ) from error
            with target:
                writer = csv.writer(target)
                writer.writerow(["row", "verdict", "sentence"])
                yield lambda row: writer.writerow([row.row, row.verdict, row.sentence])
        elif options["json"]:
            yield rows.append
        else:
            yield lambda row: self.stdout.write(
                f"{row.row}\t{row.verdict}\t{row.sentence or _printable(row.external_id)}"
            )

    # --- telling

    def _tell(self, report: ImportReport, lines: list[str], *, told: bool = False) -> None:
        """``told``: what could not be read has been said already, row by row."""
        found = _("%(file)s: %(format)s, %(encoding)s, %(rows)s rows, into “%(source)s”.")
        values = {**report.to_dict(), "rows": f"{report.rows:,}"}
        self.stdout.write(found % values)
        for line in lines:
            self.stdout.write(line)
        for problem in () if told else report.problems[:20]:
            self.stdout.write(self.style.WARNING(problem.sentence))
        if report.bad > 20 and not told:
            more = _("… and %(count)s more; --dry-run --report FILE writes them all.")
            self.stdout.write(more % {"count": f"{report.bad - 20:,}"})

    @contextmanager
    def _bar(self, file: PreparedFile, options: dict[str, Any]) -> Iterator[Callable[[int], None] | None]:
        """A progress bar over the file's lines, for people on a terminal."""
        if options["json"] or not sys.stderr.isatty():
            yield None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(file.path.name, total=file.table.inspection.lines)
            yield lambda line: bar.update(task, completed=line)

    # --- the legal basis

    def _legal_basis(self, options: dict[str, Any], shop_name: str) -> LegalBasis | None:
        basis, channels, terms = options["basis"], options["channels"], options["terms"]
        if not basis and self._may_ask(options):
            basis, channels, terms = self._ask(shop_name)
        if not basis:
            if channels or terms:
                raise InvalidInput(
                    _("--channels and --terms need --basis."), code=ErrorCode.BASIS_REQUIRED, fields={"basis": []}
                )
            return None
        return LegalBasis(basis=Basis(basis), terms=_terms(basis, channels, terms, options["markets"]))

    def _may_ask(self, options: dict[str, Any]) -> bool:
        asked_not_to = options["json"] or options["no_input"] or options["channels"] or options["terms"]
        return not asked_not_to and sys.stdin.isatty() and sys.stdout.isatty()

    def _ask(self, shop_name: str) -> tuple[str, str, str]:
        """On a terminal: why may the shop show these reviews? An empty answer means: not yet."""
        self.stdout.write(_("Why may %(shop)s show these reviews?") % {"shop": shop_name})
        reasons = [
            _("owned: the shop collected them itself, and its terms allow it to show them"),
            _("self_attested: somebody else collected them, and the authors allowed it"),
            _("open_licence: they are under a licence that lets everybody show them"),
        ]
        for number, reason in enumerate(reasons, 1):
            self.stdout.write(f"  {number}. {reason}")
        answer = input(_("Number, or Enter to import them without showing them: ")).strip()
        if answer not in {"1", "2", "3"}:
            return "", "", ""
        basis = BASES[int(answer) - 1].value
        usual = ",".join(USUAL_CHANNELS)
        channels = input(_("Channels [%(usual)s]: ") % {"usual": usual}).strip() or usual
        terms = input(_("Address of the terms or the licence: ")).strip()
        return basis, channels, terms


def _file_options(options: dict[str, Any]) -> FileOptions:
    columns = dict(part.partition("=")[::2] for part in options["column"])
    return FileOptions(
        format=options["format"],
        encoding=options["encoding"],
        delimiter=DELIMITERS.get(options["delimiter"], ""),
        columns=columns,
        day_first={"dmy": True, "mdy": False, None: None}[options["dates"]],
        language=options["language"],
        markup=options["markup"],
    )


def _terms(basis: str, channels: str | None, terms: str, markets: str) -> LicenceTerms:
    """Raises :class:`InvalidInput` for channels that do not exist or an open licence without its address."""
    wanted = [each.strip() for each in (channels or "").split(",") if each.strip()]
    unknown = [each for each in wanted if each not in set(Channel)]
    if not wanted or unknown:
        raise InvalidInput(
            _("Name the channels this basis covers, of: %(known)s.") % {"known": ", ".join(Channel)},
            code=ErrorCode.BASIS_REQUIRED,
            fields={"channels": unknown},
        )
    if basis == Basis.OPEN_LICENCE and not terms.startswith(("https://", "http://")):
        raise InvalidInput(
            _("An open licence needs --terms with its web address."),
            code=ErrorCode.BASIS_REQUIRED,
            fields={"terms": []},
        )
    return LicenceTerms(
        channels=tuple(Channel(each) for each in dict.fromkeys(wanted)),
        markets=tuple(each.strip() for each in markets.split(",") if each.strip()),
        starts_at=timezone.now(),
        terms_url=terms,
    )


def command_with_basis(options: dict[str, Any]) -> str:
    """This very command with a legal basis added: what the report tells the owner to run."""
    words: list[str] = []
    for name in ("source", "encoding", "delimiter", "dates", "language", "markup"):
        if options[name]:
            words += [f"--{name}", options[name]]
    if options["format"] != AUTO:
        words += ["--format", options["format"]]
    for column in options["column"]:
        words += ["--column", column]
    if options["moderate"] != State.PENDING:
        words += ["--moderate", options["moderate"]]
    if options["no_new_products"]:
        words.append("--no-new-products")
    if options["spot_check"]:
        words += ["--spot-check", f"{options['spot_check']:g}"]
    words += ["--basis", Basis.OWNED.value, "--channels", ",".join(USUAL_CHANNELS)]
    if options["markets"] != WORLDWIDE:
        words += ["--markets", options["markets"]]
    return import_command(str(options["file"]), options["shop"], words)


def _lacks(report: ImportReport) -> bool:
    return report.shown is not None and report.shown.without_basis > 0


def _printable(text: str) -> str:
    """An id from a file as it may be printed: no control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "�" for character in text)
