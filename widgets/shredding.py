"""What the widgets room holds of a person: places of their items in selections. Feeds and walls are made of what the
gate lets through, under a publication number that the erasure raised, and lie in the memory of processes alone."""

from project.core.shredding import Person, Sections, Shredder
from widgets.models import SelectionItem


def export(person: Person) -> Sections:
    rows = SelectionItem.objects.filter(item__public_id__in=person.item_ids).select_related("item", "selection")
    return {
        "selections": [
            {"content": row.item.public_id, "selection": row.selection.name, "tag": row.tag}
            for row in rows.order_by("pk")
        ]
    }


def shred(person: Person) -> int:
    gone, _by_model = SelectionItem.objects.filter(item__public_id__in=person.item_ids).delete()
    return gone


SHREDDER = Shredder("widgets", ("widgets_selection_item",), export, shred)
