"""Rows to reviews: compiled once per file from its format and header, then pure and fast per row."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from django.utils.translation import gettext as _

from project.collection.imports import values
from project.collection.imports.contracts import ImportedReview, NoticeCode, Problem, ProblemCode, Row
from project.collection.imports.errors import FormatUnknown
from project.collection.imports.formats.base import Field, Format, Markup
from project.collection.imports.reading import normalised_header

MAX_TEXT_CHARACTERS = 50_000
MAX_TITLE_CHARACTERS = 1_000
MAX_SHORT_CHARACTERS = 200
MAX_REFERENCE_CHARACTERS = 120
MAX_DETAIL_CHARACTERS = 80
MAX_LANGUAGE_CHARACTERS = 8
MAX_URL_CHARACTERS = 1_000
SEPARATOR = "\x1f"

# A cell as a JSON string, as json.dumps(ensure_ascii=False) writes it.
quoted: Callable[[str], str] = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True)
class Options:
    """What the owner says about the file: order of slashed dates, the texts' language, their markup."""

    day_first: bool | None = None
    language: str = ""
    markup: Markup | None = None


def with_columns(chosen: Format, columns: Mapping[str, str], names: tuple[str, ...]) -> Format:
    """A format with fields bound to columns by hand: ``{"text": "Kommentar"}``.

    Raises :class:`FormatUnknown` for a field or a column that does not exist.
    """
    bound = dict(chosen.columns)
    known: dict[str, Field] = {field: field for field in get_args(Field)}
    for field, header in columns.items():
        name = normalised_header(header)
        if field not in known:
            raise FormatUnknown(
                _("There is no field %(field)s; there are: %(known)s.") % {"field": field, "known": ", ".join(known)}
            )
        if name not in names:
            raise FormatUnknown(_("The file has no column %(column)s.") % {"column": header})
        bound[known[field]] = (name,)
    return replace(chosen, columns=bound)


class RowMapper:
    """Reads rows of one file. Call it with a row; it answers with the review, or with the problem."""

    def __init__(self, chosen: Format, header: tuple[str, ...], options: Options) -> None:
        names = tuple(normalised_header(name) for name in header)
        first: dict[str, int] = {}
        for index, name in enumerate(names):
            first.setdefault(name, index)

        def place(field: Field) -> int:
            """The field's column. A row gets one empty cell more, so that -1 reads as empty."""
            for name in chosen.columns.get(field, ()):
                if name in first:
                    return first[name]
            return -1

        self.external_id = place("external_id")
        self.title, self.text, self.rating = place("title"), place("text"), place("rating")
        self.language = place("language")
        self.product_reference, self.product_handle = place("product_reference"), place("product_handle")
        self.product_name = place("product_name")
        self.author_name, self.author_detail = place("author_name"), place("author_detail")
        self.author_email = place("author_email")
        self.occurred_at, self.helpful = place("occurred_at"), place("helpful")
        self.published, self.origin_url = place("published"), place("origin_url")
        self.payload_keys = _payload_keys(header, names, chosen.never_kept)
        self.read_date = chosen.read_date or values.date_reader(options.day_first)
        self.was_published = chosen.was_published
        self.name_product = chosen.product_name
        self.default_language = options.language
        self.markup: Markup = options.markup or chosen.markup
        self.noticed: dict[NoticeCode, int] = {}

    def __call__(self, row: Row) -> ImportedReview | Problem:
        cells = row.cells
        cells.append("")
        title, text = cells[self.title], cells[self.text]
        try:
            stars = values.rating(cells[self.rating])
        except values.Unreadable:
            return _rating(row, cells[self.rating])
        if len(text) > MAX_TEXT_CHARACTERS or len(title) > MAX_TITLE_CHARACTERS:
            return _too_long(row)
        if stars is None and not text.strip():
            return _nothing_said(row)
        try:
            occurred_at = self.read_date(cells[self.occurred_at])
        except values.Unreadable as error:
            return _date(row, cells[self.occurred_at], ambiguous=isinstance(error, values.Ambiguous))
        try:
            helpful = values.count(cells[self.helpful])
        except values.Unreadable:
            return _number(row, cells[self.helpful])
        self._notice(title, text)
        handle = cells[self.product_handle].strip()
        reference = cells[self.product_reference].strip() or handle
        author_name, author_email = cells[self.author_name].strip(), cells[self.author_email].strip()
        external_id = cells[self.external_id].strip() or self._content_id(cells)
        if (
            max(len(external_id), len(author_name)) > MAX_SHORT_CHARACTERS
            or max(len(reference), len(handle)) > MAX_REFERENCE_CHARACTERS
        ):
            return _id_too_long(row)
        payload = "{" + ",".join([key + quoted(cells[index]) for key, index in self.payload_keys]) + "}"
        return ImportedReview(
            external_id,
            title,
            text,
            stars,
            cells[self.language].strip().lower()[:MAX_LANGUAGE_CHARACTERS] or self.default_language,
            reference,
            handle,
            self._product_name(cells, reference),
            author_name,
            cells[self.author_detail].strip()[:MAX_DETAIL_CHARACTERS],
            author_email,
            occurred_at,
            helpful,
            self.was_published(cells[self.published]),
            self._link(cells[self.origin_url].strip()),
            payload,
            hashlib.sha256(payload.encode("utf-8")).hexdigest(),
        )

    def _content_id(self, cells: list[str]) -> str:
        """An id from what the row says: the same review has the same one in the next export, too."""
        said = (self.product_reference, self.author_name, self.author_email, self.occurred_at, self.rating)
        content = SEPARATOR.join([cells[index] for index in (*said, self.title, self.text)])
        return f"sha256:{hashlib.sha256(content.encode('utf-8')).hexdigest()[:40]}"

    def _product_name(self, cells: list[str], reference: str) -> str:
        name = cells[self.product_name].strip()[:MAX_SHORT_CHARACTERS]
        if not name and reference and self.name_product:
            return self.name_product(reference)
        return name

    def _link(self, url: str) -> str:
        if not url or (url.startswith(("https://", "http://")) and len(url) <= MAX_URL_CHARACTERS):
            return url
        self._count(NoticeCode.LINK_IGNORED)
        return ""

    def _notice(self, title: str, text: str) -> None:
        if values.is_formula(text) or values.is_formula(title):
            self._count(NoticeCode.FORMULA_AS_TEXT)
        if self.markup == "plain" and values.looks_like_html(text):
            self._count(NoticeCode.LOOKS_LIKE_HTML)

    def _count(self, code: NoticeCode) -> None:
        self.noticed[code] = self.noticed.get(code, 0) + 1


def _payload_keys(header: tuple[str, ...], names: tuple[str, ...], never_kept: frozenset[str]) -> list[tuple[str, int]]:
    """The raw record's keys as JSON with their colon, sorted, each with its column. Two columns of one name are
    told apart by their number."""
    keys: dict[str, int] = {}
    for index, (written, name) in enumerate(zip(header, names, strict=True)):
        if name not in never_kept:
            keys[written if written not in keys else f"{written} ({index + 1})"] = index
    return [(f"{quoted(key)}:", keys[key]) for key in sorted(keys)]


def _shown(cell: str) -> str:
    """A cell as it may stand in a sentence: short and on one line."""
    text = " ".join(cell.split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _rating(row: Row, cell: str) -> Problem:
    sentence = _("Row %(row)d: the rating “%(cell)s” is not a whole number of stars from 1 to 5.")
    values_ = {"row": row.number, "cell": _shown(cell)}
    return Problem(row.number, row.line, ProblemCode.RATING_INVALID, sentence % values_)


def _too_long(row: Row) -> Problem:
    sentence = _("Row %(row)d: the text has more than %(limit)d characters; is a quotation mark missing?")
    values_ = {"row": row.number, "limit": MAX_TEXT_CHARACTERS}
    return Problem(row.number, row.line, ProblemCode.TEXT_TOO_LONG, sentence % values_)


def _nothing_said(row: Row) -> Problem:
    sentence = _("Row %(row)d has neither a text nor a rating.") % {"row": row.number}
    return Problem(row.number, row.line, ProblemCode.TEXT_MISSING, sentence)


def _date(row: Row, cell: str, *, ambiguous: bool) -> Problem:
    values_ = {"row": row.number, "cell": _shown(cell)}
    if ambiguous:
        sentence = _("Row %(row)d: is “%(cell)s” day or month first? Say it with --dates dmy or --dates mdy.")
        return Problem(row.number, row.line, ProblemCode.DATE_AMBIGUOUS, sentence % values_)
    sentence = _("Row %(row)d: the date “%(cell)s” cannot be read; write it as 2025-03-31.")
    return Problem(row.number, row.line, ProblemCode.DATE_INVALID, sentence % values_)


def _number(row: Row, cell: str) -> Problem:
    sentence = _("Row %(row)d: “%(cell)s” is not a number of people who found the review helpful.")
    values_ = {"row": row.number, "cell": _shown(cell)}
    return Problem(row.number, row.line, ProblemCode.NUMBER_INVALID, sentence % values_)


def _id_too_long(row: Row) -> Problem:
    sentence = _("Row %(row)d: an id or a name has more than %(limit)d characters.")
    values_ = {"row": row.number, "limit": MAX_REFERENCE_CHARACTERS}
    return Problem(row.number, row.line, ProblemCode.ID_TOO_LONG, sentence % values_)
