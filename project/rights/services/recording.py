"""A right that the shop holds on another ground than an answer to its asking: its own, attested, or an open licence.

It is on record who stated it. It never goes past the author: what they took back, or said no to, stays so until
they themselves say yes.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import change
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, VouchsafeError
from project.rights import selectors
from project.rights.contracts import RECORDABLE_BASES, Basis, LicenceTerms
from project.rights.models import Licence
from project.rights.services.licences import grant_licence, with_what_is_known
from project.rights.services.locks import lock_licences_ever


def record_licence(
    *, shop_id: int, actor_id: int | None, basis: Basis, item_ids: Sequence[str], terms: LicenceTerms
) -> Licence:
    """Record a right of the shop to show items (public ids); returns the licence.

    Raises :class:`InvalidInput` for terms that cannot stand, ``author_withdrew`` for items whose author took their
    permission back or declined, ``source_forbids`` where the source's terms let nothing be shown. Nothing is recorded
    then, for any of the items.
    """
    wanted = list(dict.fromkeys(item_ids))
    _check_basis(basis, terms)
    with change(shop_id=shop_id, actor_id=actor_id):
        rows = content.staff_items().filter(public_id__in=wanted)
        found = {row.public_id: row for row in rows}
        if not wanted or set(wanted) - set(found):
            raise NotFound(_("Some of this content is not in the shop."))
        if not all(row.source.may_republish or row.source.in_assistant for row in rows):
            raise VouchsafeError(
                _("The terms of this source do not allow showing its content, whatever rights the shop holds."),
                code=ErrorCode.SOURCE_FORBIDS,
            )
        # Pictures that are still on their way count, too: nobody has seen who is in them.
        terms = _cleared(terms, has_pictures=bool(content.pictures_of(row.pk for row in rows)))
        pks = [row.pk for row in rows]
        # A withdrawal of one of these items that runs beside this is waited for, or waits and then ends this one too.
        lock_licences_ever(pks)
        _check_authors(wanted, {public_id: row.pk for public_id, row in found.items()})
        return grant_licence(shop_id=shop_id, actor_id=actor_id, basis=basis, item_ids=wanted, terms=terms)


def _check_basis(basis: Basis, terms: LicenceTerms) -> None:
    if basis not in RECORDABLE_BASES:
        raise InvalidInput(
            _("An author’s own answer is not recorded by hand: ask them."),
            fields={"basis": [_("Choose one of the grounds on offer.")]},
        )
    if basis == Basis.OPEN_LICENCE and not terms.terms_url.startswith(("https://", "http://")):
        raise InvalidInput(
            _("An open licence needs the web address of its terms."),
            code=ErrorCode.BASIS_REQUIRED,
            fields={"terms_url": [_("Needed for an open licence.")]},
        )


def _cleared(terms: LicenceTerms, *, has_pictures: bool) -> LicenceTerms:
    """The terms with what is unknown said. What an author's grant would quietly leave out is told to staff: they can
    state what is missing."""
    known = with_what_is_known(terms, has_pictures=has_pictures)
    if set(known.channels) == set(terms.channels):
        return known
    missing = _("Say who is in the picture and whose works are in it, or leave paid advertising and product pages out.")
    raise InvalidInput(_("These licence terms are not valid."), fields={"channels": [missing]})


def _check_authors(wanted: Sequence[str], pks: dict[str, int]) -> None:
    refused = selectors.refused_by_author(pks.values())
    if not refused:
        return
    sentence = _("Its author said no or took their permission back. Only they can give it: ask them.")
    raise Conflict(
        sentence,
        code=ErrorCode.AUTHOR_WITHDREW,
        fields={f"item_ids.{at}": [sentence] for at, public_id in enumerate(wanted) if pks[public_id] in refused},
    )
