"""Gather the strings of the whole project, keep the catalogues in step, and compile them: with Babel alone."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation.template import templatize

from project.core.errors import ErrorCode, VouchsafeError
from project.core.languages import studio_languages
from project.core.managed import VouchsafeCommand

KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
ROOTS = ("project", "widgets", "assistant")
SOURCE_LANGUAGE = "en"
# Texts that people outside read: authors, shoppers, whoever writes a notice or meets an error page. They exist in every
# language of settings.LANGUAGES; all other texts are the studio's and exist in its languages alone. A text is public
# when it stands in one of these files, wherever else it stands too. A pattern's `*` reaches into folders.
PUBLIC_FILES = (
    "project/rights/*",
    "project/core/views.py",
    "project/core/middleware.py",
    "project/studio/templates/error.html",
    "project/studio/templates/studio/plain.html",
    "project/studio/templates/studio/base.html",
    "widgets/labels.py",
    "widgets/selectors.py",
    "widgets/templates/*",
    "assistant/labels.py",
    "assistant/outlet.py",
    "assistant/suggestions.py",
    "assistant/answers/*",
    "assistant/edge/*",
    "assistant/services.py",
)
# What stands in a public room but is for staff and programs: the API, commands, and services that only they call.
STAFF_FILES = (
    "project/rights/api/*",
    "project/rights/ledger/keys.py",
    "project/rights/ledger/stamps.py",
    "project/rights/ledger/verifying.py",
    "project/rights/management/*",
    "project/rights/services/holds.py",
    "project/rights/services/imports.py",
    "project/rights/services/asking.py",
    "project/rights/services/messages.py",
    "project/rights/services/notice_decisions.py",
    "project/rights/services/moves.py",
    "project/rights/services/schedule.py",
    "project/rights/services/sending.py",
    "project/rights/services/templates.py",
    "project/rights/services/recording.py",
    "project/rights/services/ways.py",
    "project/rights/wordings/*",
    "project/rights/paging.py",
    "project/rights/pictures.py",
)
FIXED_DATE = datetime(2026, 1, 1, tzinfo=UTC)


class Message(NamedTuple):
    """A string to translate: its id (or singular and plural), its context, and the file it stands in."""

    id: str | tuple[str, str]
    context: str | None
    file: str


class Command(VouchsafeCommand):
    """``manage.py translations`` updates; ``--check`` only looks, and fails where a translation is missing or stale."""

    help = "gather translatable strings, update and compile the catalogues (--check: only verify)"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--check", action="store_true", help="change nothing; fail where something is missing")

    def run(self, **options: Any) -> dict[str, Any]:
        messages = list(all_messages(settings.BASE_DIR))
        report: dict[str, Any] = {"strings": len({(message.id, message.context) for message in messages})}
        problems: list[str] = []
        for language, _name in settings.LANGUAGES:
            if language == SOURCE_LANGUAGE:
                continue
            folder = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"
            in_studio = language in studio_languages()
            wanted = messages if in_studio else [message for message in messages if is_public(message.file)]
            catalogue = updated_catalogue(language, folder / "django.po", wanted)
            problems += untranslated(language, catalogue)
            if options["check"]:
                problems += stale(language, catalogue, folder / "django.mo")
            else:
                write_catalogue(catalogue, folder)
        report["problems"] = problems
        if not options["json"]:
            for problem in problems:
                self.stdout.write(problem)
            self.stdout.write(f"{report['strings']} strings, {len(problems)} problems")
        if options["check"] and problems:
            raise VouchsafeError(
                f"{len(problems)} strings are not translated or compiled: run `make translations`, fill in the rest.",
                code=ErrorCode.INVALID_INPUT,
            )
        return report


def is_public(file: str) -> bool:
    """Whether the texts of a file are read by people outside, and so exist in every language."""
    return any(fnmatch(file, pattern) for pattern in PUBLIC_FILES) and not any(
        fnmatch(file, pattern) for pattern in STAFF_FILES
    )


def all_messages(base: Path) -> Iterator[Message]:
    """Every translatable string of Python files and templates, in file order."""
    for root in ROOTS:
        for path in sorted((base / root).rglob("*")):
            if "migrations" in path.parts or not path.is_file():
                continue
            name = path.relative_to(base).as_posix()
            if path.suffix == ".py":
                yield from _messages(path.read_bytes(), name)
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                # Inside brackets Python's tokenizer does not mind how a template is indented.
                yield from _messages(f"(\n{templatize(path.read_text(), origin=name)}\n)".encode(), name)


def _messages(source: bytes, name: str) -> Iterator[Message]:
    found = extract_python(io.BytesIO(source), KEYWORDS.keys(), [], {})  # type: ignore[arg-type]
    for _line, name_of_function, arguments, _comments in found:
        function = str(name_of_function)
        given: Any = arguments
        texts = [given] if isinstance(given, str) else [text for text in given or () if text]
        if not texts:
            continue
        context = texts.pop(0) if "pgettext" in function else None
        if not texts:
            continue
        plural = function.startswith(("ngettext", "npgettext")) and len(texts) > 1
        yield Message((texts[0], texts[1]) if plural else texts[0], context, name)


def updated_catalogue(language: str, po: Path, messages: list[Message]) -> Catalog:
    """The stored translations under today's strings: new ones empty, vanished ones dropped, no fuzzy guesses."""
    stored = read_po(io.BytesIO(po.read_bytes()), locale=language) if po.exists() else Catalog(locale=language)
    # Fixed dates: the same strings give the same bytes, whoever runs this and when.
    fresh = Catalog(
        locale=language,
        project="Vouchsafe",
        version="1",
        fuzzy=False,
        charset="utf-8",
        creation_date=FIXED_DATE,
        revision_date=FIXED_DATE,
        last_translator="The Vouchsafe authors",
        language_team="The Vouchsafe authors",
    )
    for message in messages:
        known = stored.get(message.id, context=message.context)
        translation = known.string if known and known.id == message.id else None
        fresh.add(
            message.id,
            translation,
            locations=[(message.file, 0)],
            context=message.context,
        )
    return fresh


def untranslated(language: str, catalogue: Catalog) -> list[str]:
    """One line per string without a translation."""
    return [
        f"{language}: not translated: {message.id!r} ({message.locations[0][0]})"
        for message in catalogue
        if message.id and not _complete(message.string)
    ]


def _complete(string: Any) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def stale(language: str, catalogue: Catalog, mo: Path) -> list[str]:
    """Whether the compiled file is the compiled form of the catalogue."""
    if mo.exists() and mo.read_bytes() == compiled(catalogue):
        return []
    return [f"{language}: {mo.name} is not the compiled form of the catalogue"]


def compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def write_catalogue(catalogue: Catalog, folder: Path) -> None:
    """Write ``django.po`` (sorted, no line numbers, so that diffs are small) and ``django.mo``."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, include_lineno=False, omit_header=False, width=100)
    (folder / "django.po").write_bytes(buffer.getvalue())
    (folder / "django.mo").write_bytes(compiled(catalogue))
