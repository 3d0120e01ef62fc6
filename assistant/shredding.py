"""What the assistant derives from a person's words: passages with their index of words, vectors, means, answers."""

from __future__ import annotations

from assistant.indexing.passages import shred_items
from assistant.indexing.vectors import retake_means
from assistant.models import Passage
from project.core.shredding import Person, Sections, Shredder


def export(person: Person) -> Sections:
    """Where their words stand in the index; the words are those of the content, the vectors numbers made of them."""
    rows = Passage.objects.filter(item__public_id__in=person.item_ids).select_related("item", "vector")
    return {
        "passages_of_the_assistant": [
            {
                "content": row.item.public_id,
                "version": row.version,
                "from_character": row.start,
                "to_character": row.end,
                "language": row.language,
                "words": str(row.tsv),
                "vector": list(row.vector.v) if hasattr(row, "vector") else None,
            }
            for row in rows.order_by("item_id", "position")
        ]
    }


def shred(person: Person) -> int:
    gone = shred_items(shop_id=person.shop_id, item_ids=person.item_ids)
    retake_means(person.shop_id)
    return gone


SHREDDER = Shredder(
    "assistant",
    ("assistant_passage", "assistant_passage_vector", "assistant_language_mean", "assistant_stored_answer"),
    export,
    shred,
)
