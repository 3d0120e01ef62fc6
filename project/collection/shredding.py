"""What collection holds of a person: what sources last said of their posts, and the files of their pictures."""

from __future__ import annotations

from project.collection.models import CollectedItem
from project.collection.services.media import forget_files
from project.core.shredding import Person, Sections, Shredder


def export(person: Person) -> Sections:
    """The pictures themselves are put into the archive by their names."""
    rows = CollectedItem.objects.filter(item__public_id__in=person.item_ids).select_related("item", "source")
    return {
        "collected_posts": [
            {
                "content": row.item.public_id,
                "source": row.source.name,
                "id_at_the_source": row.external_id,
                "restricted_by": row.blocked_by,
                "gone_since": row.gone_at,
                "last_looked_at": row.checked_at,
            }
            for row in rows.order_by("pk")
        ]
    }


def shred(person: Person) -> int:
    gone, _by_model = CollectedItem.objects.filter(item__public_id__in=person.item_ids).delete()
    return gone + forget_files(person.files)


SHREDDER = Shredder("collection", ("collection_collected_item",), export, shred)
