"""What Vouchsafe brings along to ask with, in four languages, and how a wording becomes a message. Pure.

Data stands in one module per language; the linter, which a shop's own wordings have to pass too, beside them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from project.rights.wordings import da, de, en, nl
from project.rights.wordings.contracts import FAMILIES, PLACEHOLDERS, Family, Phrases, Wording

__all__ = [
    "FAMILIES",
    "PHRASES",
    "PLACEHOLDERS",
    "WORDINGS",
    "Family",
    "Phrases",
    "Wording",
    "next_wording",
    "render",
    "variants",
    "wording",
]

PHRASES: Final[Mapping[str, Phrases]] = {"en": en.PHRASES, "da": da.PHRASES, "nl": nl.PHRASES, "de": de.PHRASES}
WORDINGS: Final[Mapping[str, Wording]] = {
    one.code: one for one in (*en.WORDINGS, *da.WORDINGS, *nl.WORDINGS, *de.WORDINGS)
}
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def variants(family: Family, language: str, *, reminder: bool = False) -> tuple[Wording, ...]:
    """What Vouchsafe brings along for this, in its own order."""
    return tuple(
        one
        for one in WORDINGS.values()
        if one.family is family and one.language == language and one.reminder is reminder
    )


def wording(code: str) -> Wording | None:
    return WORDINGS.get(code)


def next_wording(choice: Sequence[Wording], last: str) -> Wording:
    """The one after ``last`` (a code), round and round, so that nobody is sent what the one before was sent (R8).

    A variant keeps its number across languages: after the second English one comes the third Danish one.
    """
    for index, one in enumerate(choice):
        if one.code == last:
            return choice[(index + 1) % len(choice)]
    _rest, _dash, number = last.rpartition("-")
    position = int(number.removeprefix("r")) if number.removeprefix("r").isdigit() else 0
    return choice[position % len(choice)]


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders, once: what a value says is never read as a placeholder again."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
