"""The terms that an author agrees to: one plain text per version and language, kept for ever. Pure.

What is shown is exactly what is stored and hashed, letter by letter. A published version is never edited: a change of
wording is a new folder and a new ``CURRENT``, and requests that were sent keep the version they were sent with.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CURRENT = "2026-11"
SOURCE_LANGUAGE = "en"
VERSION = re.compile(r"\d{4}-\d{2}(-\d+)?")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Terms:
    """A text as an author reads it."""

    version: str
    locale: str
    text: str

    @property
    def sha256(self) -> str:
        return text_hash(self.text)


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8, as lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def terms(*, version: str, locale: str, shop: str, website: str) -> Terms:
    """The terms of one shop. A version or language that does not exist gives the current one, or English."""
    known = version if version in versions() else CURRENT
    spoken = locale if locale in languages(known) else SOURCE_LANGUAGE
    values = {"shop": shop, "at": f" ({website})" if website else ""}
    # One pass: a shop may be called whatever it likes.
    text = re.sub(r"\{(shop|at)\}", lambda found: values[found[1]], _template(known, spoken))
    return Terms(known, spoken, text)


@cache
def versions() -> tuple[str, ...]:
    """Every version that was ever in force, oldest first."""
    return tuple(sorted(path.name for path in _FOLDER.iterdir() if VERSION.fullmatch(path.name)))


@cache
def languages(version: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_FOLDER / version).glob("*.txt")))


@cache
def _template(version: str, locale: str) -> str:
    return (_FOLDER / version / f"{locale}.txt").read_text(encoding="utf-8").strip()
