"""Rectification (GDPR Art. 16): who an author is, never what they said (law 3)."""

from django.utils.translation import gettext as _

from project.content.events import ITEMS_PER_ROW, ItemsCorrected
from project.content.models import Author, ContentItem
from project.content.rules import CreditKind
from project.core.change import change
from project.core.errors import NotFound

_CREDITED_BY = {"display_name": CreditKind.NAME, "handle": CreditKind.HANDLE}


def rectify_author(
    *, shop_id: int, actor_id: int | None, author_pk: int, display_name: str, handle: str, email: str
) -> None:
    """Correct name, handle and address, and the credit lines that repeated the old name or handle."""
    corrected = {"display_name": display_name.strip()[:200], "handle": handle.strip()[:200]}
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        author = Author.objects.select_for_update().filter(pk=author_pk).first()
        if author is None:
            raise NotFound(_("There is no such author in this shop."))
        credited = set()
        for field, kind in _CREDITED_BY.items():
            old, new = getattr(author, field), corrected[field]
            if old and new and old != new:
                rows = ContentItem.objects.filter(author_id=author_pk, credit_kind=kind, credit_name=old)
                credited |= set(rows.values_list("public_id", flat=True))
                rows.update(credit_name=new)
        Author.objects.filter(pk=author_pk).update(**corrected, email=email.strip())
        unit.audit("author.rectified", "author", author.public_id, credited=len(credited))
        ids = sorted(credited)
        for start in range(0, len(ids), ITEMS_PER_ROW):
            unit.emit(ItemsCorrected(item_ids=tuple(ids[start : start + ITEMS_PER_ROW])))
