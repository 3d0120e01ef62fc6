"""What exactly a licence covers, in SQL: :func:`project.rights.rules.covers_version` and ``covers_picture``.

Conditions on rows of :class:`LicenceItem`. An import records no version: its licence is about the items themselves. A
licence that was granted or recorded for an item covers the version that it had then, its pictures included; an author
permitted the pictures that their page showed, by SHA-256, and none that came in later.
"""

from typing import Any

from django.db.models import F, Q

from project.rights.contracts import Basis
from project.rights.models import LicenceItem


def covers_version(version: Any = None) -> Q:
    """That a row covers an item in this version (an expression; None: the one that the item has now)."""
    return Q(item_version=None) | Q(item_version=F("item__version") if version is None else version)


def covers_picture(sha256: Any) -> Q:
    """That a row covers a picture of its version: by its hash where the author granted it, else whatever it is."""
    return ~Q(licence__basis=Basis.REQUEST) | Q(item_version=None) | Q(media_sha256__contains=[sha256])


def pictures_covered(row: LicenceItem) -> frozenset[str] | None:
    """The same of one row (with its licence): the hashes of the pictures, None for all."""
    if row.licence.basis != Basis.REQUEST or row.item_version is None:
        return None
    return frozenset(row.media_sha256)
