"""Sentence ends in Danish, Dutch, German and English as customers really write them.

Offsets are code points into the text as given; nothing is changed. Customers forget spaces after full stops,
end sentences with emoji, start the next one in lower case and abbreviate: the rules below are for them, not for
edited prose.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from assistant.text.stopwords import word_set

LONG_SENTENCE = 220
"""Code points from which weak ends ("..." before a small letter, a line break, a semicolon) also count."""

# Never the end of a sentence, whatever follows.
_TITLES = word_set(
    "d gr mr mrs ms dr prof st vs hr fr frk fru dhr mevr mw dipl ing approx ca cca incl inkl ekskl exkl excl evt evtl "
    "eventuelt nr no art str tlf tel maks max min ggf bijv bv fx feks eks z.b d.h u.a o.ä bzw vgl sog bl.a d.v.s "
    "dvs f.eks m.b.t d.w.z o.a i.p.v t.o.v e.g i.e m.h.t i.f.t pga p.g.a f.ex eg ie"
)
# The end of a sentence only when a capital letter follows.
_CLOSERS = word_set("etc usw m.m mm m.v mv osv o.l enz e.d kr stk jr sr co inc ltd p.m a.m kg cm mm ml str")
_MONTHS = word_set(
    "januar februar marts april maj juni juli august september oktober november december "
    "märz mai dezember januari februari maart mei augustus"
)
_ORDINAL_LANGUAGES = frozenset({"da", "de"})

_TERMINATOR = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*|\n+", re.UNICODE)
_WORD_BEFORE = re.compile(r"[\w.]+$", re.UNICODE)
_WORD_AFTER = re.compile(r"\w+", re.UNICODE)


class Sentence(NamedTuple):
    """A sentence as a range of code points, without the white space around it."""

    start: int
    end: int


def is_pictograph(character: str) -> bool:
    """Tell whether a code point is an emoji or belongs to one (joiner, selector, skin tone, flag)."""
    return (
        unicodedata.category(character) == "So"
        or character in "\u200d\ufe0f\u20e3"
        or 0x1F1E6 <= ord(character) <= 0x1F1FF
        or 0x1F3FB <= ord(character) <= 0x1F3FF
    )


def sentences(text: str, *, language: str = "en") -> list[Sentence]:
    """Return the sentences of `text` in order; together they hold every character that is not white space."""
    found: list[Sentence] = []
    for start, end in _pieces(text, _strong_ends(text, language)):
        if end - start > LONG_SENTENCE:
            found.extend(_pieces(text, _weak_ends(text, start, end), start, end))
        else:
            found.append(Sentence(start, end))
    return found


def _pieces(text: str, ends: list[int], start: int = 0, stop: int | None = None) -> list[Sentence]:
    """Cut text[start:stop] after each of `ends`, trim white space, leave out what is nothing else."""
    stop = len(text) if stop is None else stop
    pieces = []
    for end in [*ends, stop]:
        first, last = start, end
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if first < last:
            pieces.append(Sentence(first, last))
        start = end
    return pieces


def _strong_ends(text: str, language: str) -> list[int]:
    ends = []
    for match in _TERMINATOR.finditer(text):
        end = _past_pictographs(text, match.end())
        if _ends_sentence(text, match, end, language):
            ends.append(end)
    ends.extend(_pictograph_ends(text))
    return sorted(set(ends))


def _past_pictographs(text: str, position: int) -> int:
    """Step over emoji that belong to what stands before them ("Love it! 😍 The fit…")."""
    end = position
    look = position
    while look < len(text) and (text[look] == " " or is_pictograph(text[look])):
        look += 1
        if is_pictograph(text[look - 1]):
            end = look
    return end


def _pictograph_ends(text: str) -> list[int]:
    """Ends after emoji that stand in for a full stop: a capital letter follows them."""
    ends = []
    for position in range(1, len(text) - 1):
        if is_pictograph(text[position - 1]) and text[position] == " ":
            following = text[position:].lstrip(" ")[:1]
            if following.isupper():
                ends.append(position)
    return ends


def _ends_sentence(text: str, match: re.Match[str], end: int, language: str) -> bool:
    mark = match.group()
    following = text[end:].lstrip()[:1] if len(text) - end < 8 else text[end : end + 8].lstrip()[:1]
    if not following:
        return True
    if mark.startswith("\n"):
        # A line break inside a sentence is only typing; an empty line or a new capital is a new sentence.
        return len(mark) > 1 or following.isupper() or following.isdigit() or not following.isalnum()
    spaced = text[end].isspace() or end > match.end()
    if mark[0] in "!?！？。":
        return spaced or following.isalpha()
    if not spaced:
        return _is_missing_space(text, match.start(), end)
    if mark[0] == "…" or mark.startswith(".."):
        return not following.islower()
    return not _is_abbreviation(text, match.start(), end, following, language)


def _is_missing_space(text: str, mark: int, end: int) -> bool:
    """Tell "nice material.The fit" from "www.shop.dk", "3.5", "e.g." and "J.Crew"."""
    before = text[:mark][-2:]
    after = text[end : end + 2]
    return (
        len(before) == 2
        and before.isalpha()
        and before[1].islower()
        and after[:1].isupper()
        and (len(after) == 1 or after[1].islower() or after[1] in " '’")
    )


def _is_abbreviation(text: str, mark: int, end: int, following: str, language: str) -> bool:
    found = _WORD_BEFORE.search(text, max(0, mark - 24), mark)
    if found is None:
        return False
    word = found.group().lower().rstrip(".")
    if word in _TITLES:
        return True
    if word in _CLOSERS:
        return not following.isupper()
    if len(found.group()) == 1 and word.isalpha() and found.group().isupper() and word != "i":
        return True
    if word.isdigit() and len(word) <= 2 and language in _ORDINAL_LANGUAGES:
        after = _WORD_AFTER.search(text, end)
        return after is not None and (after.group().lower() in _MONTHS or following.islower())
    return False


_WEAK_END = re.compile(r"(?:\.{2,}|…|;|\n+)(?=\s|$)|\n+|\s[-–—]\s")


def _weak_ends(text: str, start: int, stop: int) -> list[int]:
    return [match.end() for match in _WEAK_END.finditer(text, start, stop) if match.end() < stop]
