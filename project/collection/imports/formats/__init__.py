"""Formats of review files: one small module each, found by being here.

To add one, write ``formats/<name>.py`` with a constant ``FORMAT`` (see :class:`Format`) and a sample in the
tests. Nothing else needs to know of it.
"""

import importlib
import pkgutil
from functools import cache

from django.utils.translation import gettext as _

from project.collection.imports.errors import FormatUnknown
from project.collection.imports.formats.base import Format

GENERIC = "generic"
AUTO = "auto"


@cache
def formats() -> dict[str, Format]:
    """Every format by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "base":
            each = importlib.import_module(f"{__name__}.{module.name}").FORMAT
            found[each.name] = each
    return found


@cache
def known_columns() -> frozenset[str]:
    """Every column name that some format knows: they tell the delimiter."""
    return frozenset(name for each in formats().values() for names in each.columns.values() for name in names)


def find_format(names: tuple[str, ...], *, wanted: str = AUTO) -> Format:
    """The format of a table with these (normalised) column names, or the one that is wanted.

    The format with the longest signature found wins, ``generic`` last. Raises :class:`FormatUnknown`.
    """
    present = set(names)
    if wanted != AUTO:
        if wanted not in formats():
            known = ", ".join(sorted(formats()))
            raise FormatUnknown(
                _("There is no format %(name)s; there are: %(known)s.") % {"name": wanted, "known": known}
            )
        chosen = formats()[wanted]
        missing = [names[0] for names in chosen.required(present)]
        if missing:
            raise FormatUnknown(
                _("The file is not in the format %(name)s: it has no column %(column)s.")
                % {"name": wanted, "column": ", ".join(missing)}
            )
        return chosen
    matching = [each for each in formats().values() if each.matches(present)]
    if not matching:
        raise FormatUnknown(
            _(
                "No known format has these columns: %(columns)s. Name a column for the text or the rating, "
                "for example --column text=COLUMN."
            )
            % {"columns": ", ".join(names[:20])}
        )
    return max(matching, key=lambda each: len(each.signature))
