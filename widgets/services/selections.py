"""Making and changing curated selections. Only what may be shown now can be put into one."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.ids import new_public_id
from project.rights import gate
from project.rights.contracts import Audience, GateQuery
from project.shops.selectors import product_by_public_id, shop_facts
from widgets.events import SelectionChanged, SelectionCreated, SelectionDeleted
from widgets.models import Selection, SelectionItem, Widget
from widgets.rules import ITEMS_PER_SELECTION, SELECTION_ID_PREFIX
from widgets.selectors import selection_audience


def create_selection(*, shop_id: int, actor_id: int | None, name: str, product_id: str = "") -> str:
    """A new, empty selection; returns its public id. Raises :class:`InvalidInput` naming the field."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        product_pk = _checked(name, product_id)
        public_id = new_public_id(SELECTION_ID_PREFIX)
        Selection.objects.create(public_id=public_id, name=name.strip(), slug=_free_slug(name), product_id=product_pk)
        unit.audit("selection.created", "selection", public_id)
        unit.emit(SelectionCreated(selection_id=public_id))
    return public_id


def update_selection(*, shop_id: int, actor_id: int | None, selection_id: str, name: str, product_id: str = "") -> None:
    """Rename a selection or tie it to a product; its slug stays."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        product_pk = _checked(name, product_id)
        rows = Selection.objects.filter(public_id=selection_id)
        if not rows.update(name=name.strip(), product_id=product_pk):
            raise NotFound(_("There is no such selection."))
        unit.audit("selection.changed", "selection", selection_id)
        unit.emit(SelectionChanged(selection_id=selection_id))


def delete_selection(*, shop_id: int, actor_id: int | None, selection_id: str) -> None:
    """Delete a selection. :class:`Conflict` while a widget shows it: that widget would suddenly show
    everything.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        selection = _locked(selection_id)
        if Widget.objects.filter(selection=selection).exists():
            raise Conflict(_("A widget shows this selection. Choose another for that widget first."))
        SelectionItem.objects.filter(selection=selection).delete()
        Selection.objects.filter(public_id=selection_id).delete()
        unit.audit("selection.deleted", "selection", selection_id)
        unit.emit(SelectionDeleted(selection_id=selection_id))


def add_items(*, shop_id: int, actor_id: int | None, selection_id: str, item_ids: Sequence[str], tag: str = "") -> int:
    """Put published items at the end of a selection; returns how many were new to it.

    Raises :class:`InvalidInput` when one of them may not be shown now, or the selection would grow too large.
    """
    wanted = list(dict.fromkeys(item_ids))
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        selection = _locked(selection_id)
        pks = _published_pks(selection_audience(selection, shop_facts(shop_id)), wanted)
        present = set(SelectionItem.objects.filter(selection=selection).values_list("item_id", flat=True))
        new = [pks[item_id] for item_id in wanted if pks[item_id] not in present]
        if len(present) + len(new) > ITEMS_PER_SELECTION:
            raise InvalidInput(_("A selection holds at most %(count)s items.") % {"count": ITEMS_PER_SELECTION})
        if not new:
            return 0
        last = SelectionItem.objects.filter(selection=selection).aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        SelectionItem.objects.bulk_create(
            SelectionItem(selection=selection, item_id=pk, position=start + offset, tag=tag.strip()[:40])
            for offset, pk in enumerate(new)
        )
        unit.audit("selection.items_added", "selection", selection_id, items=len(new))
        unit.emit(SelectionChanged(selection_id=selection_id))
    return len(new)


def remove_items(*, shop_id: int, actor_id: int | None, selection_id: str, item_ids: Sequence[str]) -> int:
    """Take items out of a selection; returns how many were in it."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        selection = _locked(selection_id)
        rows = SelectionItem.objects.filter(selection=selection, item__public_id__in=list(item_ids))
        removed, _rows = rows.delete()
        if removed:
            unit.audit("selection.items_removed", "selection", selection_id, items=removed)
            unit.emit(SelectionChanged(selection_id=selection_id))
    return removed


def reorder_items(*, shop_id: int, actor_id: int | None, selection_id: str, item_ids: Sequence[str]) -> None:
    """Put a selection's items into this order. :class:`Conflict` when the list is not exactly what it
    holds now.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        selection = _locked(selection_id)
        entries = {
            entry.item.public_id: entry
            for entry in SelectionItem.objects.filter(selection=selection).select_related("item")
        }
        if sorted(entries) != sorted(item_ids):
            raise Conflict(_("The selection has changed meanwhile. Look again, then put it in order."))
        for position, item_id in enumerate(item_ids):
            entries[item_id].position = position
        SelectionItem.objects.bulk_update(entries.values(), ["position"])
        unit.audit("selection.reordered", "selection", selection_id, items=len(entries))
        unit.emit(SelectionChanged(selection_id=selection_id))


def pin_item(*, shop_id: int, actor_id: int | None, selection_id: str, item_id: str, pinned: bool = True) -> None:
    """Keep an item before all that are not pinned, or no longer."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        rows = SelectionItem.objects.filter(selection__public_id=selection_id, item__public_id=item_id)
        if not rows.update(pinned=pinned):
            raise NotFound(_("The selection has no such item."))
        unit.audit("selection.item_pinned" if pinned else "selection.item_unpinned", "selection", selection_id)
        unit.emit(SelectionChanged(selection_id=selection_id))


def tag_item(*, shop_id: int, actor_id: int | None, selection_id: str, item_id: str, tag: str) -> None:
    """Give an item of a selection a word of the staff's own; empty takes it away."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        rows = SelectionItem.objects.filter(selection__public_id=selection_id, item__public_id=item_id)
        if not rows.update(tag=tag.strip()[:40]):
            raise NotFound(_("The selection has no such item."))
        unit.audit("selection.item_tagged", "selection", selection_id)
        unit.emit(SelectionChanged(selection_id=selection_id))


def _locked(selection_id: str) -> Selection:
    """The selection, held until the change ends: positions are given out one change at a time."""
    selection = Selection.objects.select_for_update().filter(public_id=selection_id).first()
    if selection is None:
        raise NotFound(_("There is no such selection."))
    return selection


def _published_pks(audience: Audience, item_ids: Sequence[str]) -> dict[str, int]:
    query = GateQuery(item_ids=tuple(item_ids), order="given", limit=max(len(item_ids), 1))
    pks = {item.id: item.pk for item in gate.published(audience, query).items}
    hidden = [item_id for item_id in item_ids if item_id not in pks]
    if hidden:
        raise InvalidInput(
            _("Only what may be shown can be selected; %(count)s of these may not.") % {"count": len(hidden)},
            fields={"item_ids": hidden[:20]},
        )
    return pks


def _checked(name: str, product_id: str) -> int | None:
    if not 1 <= len(name.strip()) <= 80:
        raise InvalidInput(
            _("Some of what was sent is not valid."),
            fields={"name": [_("Give the selection a name of 1 to 80 characters.")]},
        )
    if not product_id:
        return None
    product = product_by_public_id(product_id)
    if product is None:
        raise InvalidInput(
            _("Some of what was sent is not valid."), fields={"product_id": [_("There is no such product.")]}
        )
    return product.pk


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "selection"
    taken = set(Selection.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken)
