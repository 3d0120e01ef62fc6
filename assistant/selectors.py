"""Reads of the assistant room, for its own pages and the studio. All need a shop scope."""

from __future__ import annotations

from assistant.audience import audience_of
from assistant.contracts import AssistantFacts, IndexingProgress
from assistant.labels import notice as notice
from assistant.models import Assistant, Passage, PassageVector
from assistant.suggestions import suggestions as suggestions
from project.core.errors import NotFound
from project.rights import gate


def assistant_by_public_id(public_id: str) -> AssistantFacts:
    """Return an assistant of the shop in scope; raises NotFound."""
    row = Assistant.objects.filter(public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such assistant.")
    return facts_of(row)


def assistants() -> list[AssistantFacts]:
    """Return the shop's assistants, the default one first."""
    return [facts_of(row) for row in Assistant.objects.order_by("-is_default", "id")]


def facts_of(row: Assistant) -> AssistantFacts:
    """Return a row as other rooms see it."""
    return AssistantFacts(
        id=row.public_id,
        shop_id=row.shop_id,
        name=row.name,
        markets=tuple(row.markets),
        languages=tuple(row.languages),
    )


def answerable_reviews(shop_id: int, *, markets: tuple[str, ...] = ()) -> int:
    """Return how many reviews the assistant may answer from."""
    return gate.visible_ids(audience_of(shop_id, markets=markets)).count()


def indexing_progress(shop_id: int) -> IndexingProgress:
    """Return how far the shop's reviews have been made searchable."""
    visible = gate.visible_items(audience_of(shop_id))
    with_words = visible.exclude(text="")
    return IndexingProgress(
        reviews=with_words.count(),
        wordless=visible.filter(text="").count(),
        indexed=with_words.filter(pk__in=Passage.objects.values("item_id")).count(),
        passages=Passage.objects.filter(embeddable=True).count(),
        embedded=PassageVector.objects.count(),
    )
