"""The question as a full text query."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from assistant.text.language import question_language
from assistant.text.normalise import stem, words
from assistant.text.stopwords import is_stop_word

MAX_QUESTION = 300
"""Code points of a question that are read."""

MAX_TERMS = 12
_SHORTEST_PREFIX = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True)
class Term:
    """One content word of the question: as asked, and what is looked for."""

    word: str
    stem: str
    prefix: str

    @property
    def tsquery(self) -> str:
        """The term in PostgreSQL's query language, for the `simple` configuration."""
        # Letters and digits only by construction; quoted all the same, so that no term can be syntax.
        forms = dict.fromkeys((self.word, self.stem))
        if self.prefix:
            forms = {form: None for form in forms if not form.startswith(self.prefix)}
        exact = [f"'{form}'" for form in forms]
        return "(" + " | ".join([*([f"'{self.prefix}':*"] if self.prefix else []), *exact]) + ")"


@dataclass(frozen=True)
class Question:
    """A question, cleaned, with its language and content words."""

    text: str
    language: str
    terms: tuple[Term, ...]

    @property
    def tsquery(self) -> str:
        """All terms OR-ed; empty when the question has no content words."""
        return " | ".join(term.tsquery for term in self.terms)


def cleaned(text: str) -> str:
    """Return a question in NFC on one line, cut to `MAX_QUESTION` code points, without lone surrogates."""
    whole = text[: 4 * MAX_QUESTION].encode("utf-8", "ignore").decode("utf-8")
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", whole)).split())[:MAX_QUESTION]


def question(text: str, *, page_language: str) -> Question:
    """Return the query for `text` as asked on a page in `page_language`."""
    clean = cleaned(text)
    language = question_language(clean, page=page_language)
    terms: dict[str, Term] = {}
    for word in words(clean):
        if is_stop_word(word, language) or (len(word) == 1 and word.isascii() and word.isalpha()):
            continue
        found = stem(word, language)
        terms.setdefault(found, Term(word=word, stem=found, prefix=_prefix(word, found)))
    return Question(text=clean, language=language, terms=tuple(terms.values())[:MAX_TERMS])


def _prefix(word: str, stemmed: str) -> str:
    """Return what compounds and endings of a word begin with, "" where that would catch strangers.

    The index holds words as written, so the prefix must be common to the word and its stem: "quality" and
    "qualiti" give "qualit". Under four letters, or with more than half of the word gone, it finds other words
    too ("hot" in "hotel"); then only the word and its stem are looked for.
    """
    length = 0
    for one, other in zip(word, stemmed, strict=False):
        if one != other:
            break
        length += 1
    return word[:length] if length >= _SHORTEST_PREFIX and 2 * length >= len(word) else ""
