"""Passages: the units of search and quotation, one sentence or a few short ones."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.text.segmentation import sentences

SHORTEST_QUOTE = 40
LONGEST_QUOTE = 220
"""Code points. Shorter says too little to stand alone, longer is not read."""

_FEWEST_WORDS = 2
_WORD = re.compile(r"\w+")


class PassageRange(NamedTuple):
    """A passage as a range of code points in a published text; its words are `text[start:end]`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Code points."""
        return self.end - self.start


def passages(text: str, *, language: str = "en") -> list[PassageRange]:
    """Return the passages of a published text: in order, not overlapping, none of them white space only.

    Sentences under `SHORTEST_QUOTE` join their neighbour while the two stay within `LONGEST_QUOTE`, so that
    "Love it!" travels with what it is about; a single word or a stray mark joins in any case. A longer sentence
    stays whole: a quote ends where a sentence ends.
    """
    found: list[PassageRange] = []
    for sentence in sentences(text, language=language):
        new = PassageRange(*sentence)
        if found and _belong_together(text, found[-1], new):
            found[-1] = PassageRange(found[-1].start, new.end)
        else:
            found.append(new)
    return found


def word_count(text: str) -> int:
    """Return how many words a text has, as far as telling fragments from sentences goes."""
    return len(_WORD.findall(text))


def _belong_together(text: str, last: PassageRange, new: PassageRange) -> bool:
    if any(word_count(text[part.start : part.end]) < _FEWEST_WORDS for part in (last, new)):
        return True
    short = last.length < SHORTEST_QUOTE or new.length < SHORTEST_QUOTE
    return short and new.end - last.start <= LONGEST_QUOTE
