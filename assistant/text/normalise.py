"""The copy of a text that is searched. Never shown: quotes are cut from the published text by offsets."""

from __future__ import annotations

import re
import threading
import unicodedata

import Stemmer

SNOWBALL = {"da": "danish", "nl": "dutch", "de": "german", "en": "english"}
MAX_CHARACTERS = 20_000

_INVISIBLE = dict.fromkeys(
    (
        *range(0x200B, 0x2010),  # zero width space, joiners, direction marks
        *range(0x202A, 0x202F),  # direction embeddings
        *range(0x2060, 0x2070),  # word joiner, invisible operators
        *range(0xFE00, 0xFE10),  # variation selectors
        *range(0xE0000, 0xE0080),  # tags
        0x00AD,  # soft hyphen
        0xFEFF,  # byte order mark
        0x0000,
    )
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)


def normalised(text: str) -> str:
    """Return `text` in NFKC and folded case, without characters that cannot be seen."""
    clean = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode("utf-8").translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean).casefold())


def words(text: str) -> list[str]:
    """Return the words of a text in normalised form, in order; "doesn't" is one word without its apostrophe."""
    return [word.replace("'", "").replace("’", "") for word in _WORD.findall(normalised(text))]


_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer: PyStemmer's objects must not be used by two threads at once."""
    made: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in made:
        made[language] = Stemmer.Stemmer(SNOWBALL[language])
    return made[language]


def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a normalised word, or the word where the language has no stemmer here."""
    if language not in SNOWBALL:
        return word
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


def search_copy(text: str, language: str) -> str:
    """Return what the index reads: the words, and after them every stem that is not itself one of the words.

    The words let a prefix find compounds ("batteri" in "batterilevetid"); the stems find other endings.
    """
    plain = words(text)
    known = set(plain)
    stems = dict.fromkeys(stem(word, language) for word in plain)
    return " ".join([*plain, *(found for found in stems if found not in known)])
