"""What passes between reading, mapping and staging. Plain values; nothing here knows Django or a database."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ProblemCode(StrEnum):
    """Why a row was not imported. Stable: machines read them from reports."""

    RAGGED_ROW = "ragged_row"
    BAD_QUOTING = "bad_quoting"
    CELL_TOO_LARGE = "cell_too_large"
    UNDECODABLE = "undecodable"
    NUL_CHARACTER = "nul_character"
    RATING_INVALID = "rating_invalid"
    TEXT_MISSING = "text_missing"
    TEXT_TOO_LONG = "text_too_long"
    DATE_INVALID = "date_invalid"
    DATE_AMBIGUOUS = "date_ambiguous"
    NUMBER_INVALID = "number_invalid"
    ID_TOO_LONG = "id_too_long"
    ID_REPEATED = "id_repeated"


class NoticeCode(StrEnum):
    """What was noticed about a row or a file that was imported nevertheless."""

    FORMULA_AS_TEXT = "formula_as_text"
    LOOKS_LIKE_HTML = "looks_like_html"
    LINK_IGNORED = "link_ignored"
    ENCODING_ASSUMED = "encoding_assumed"
    ENCODING_DAMAGED = "encoding_damaged"


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that cannot be imported as it stands, with a sentence that says what to do about it."""

    row: int
    line: int
    code: ProblemCode
    sentence: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something noticed about the whole file (``row`` 0) or one row."""

    code: NoticeCode
    sentence: str
    row: int = 0


class Row(NamedTuple):
    """One record of the file: ``number`` counts records from 1, ``line`` is where it ends in the file."""

    number: int
    line: int
    cells: list[str]


class ImportedReview(NamedTuple):
    """One review as its file says it, before anything of ours touches it.

    ``external_id`` is unique within a source: the file's own id, or the hash of the row's content. ``title``
    and ``text`` are the cells, letter by letter. ``rating`` is 1 to 5 or None. ``occurred_at`` is aware or
    None, never guessed. ``product_reference`` is the product's id in the owner's system, or its handle where the
    file has no id. ``published`` is False where the tool that wrote the file did not show the review.
    ``payload`` is the row as canonical JSON, header to cell, and ``raw_hash`` the SHA-256 of it in hex.
    """

    external_id: str
    title: str
    text: str
    rating: int | None
    language: str
    product_reference: str
    product_handle: str
    product_name: str
    author_name: str
    author_detail: str
    author_email: str
    occurred_at: datetime | None
    helpful: int
    published: bool
    origin_url: str
    payload: str
    raw_hash: str
