"""What the assistant tells other rooms and pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssistantFacts:
    """An assistant as it is embedded. `markets` and `languages` empty: no restriction beyond the shop's."""

    id: str
    shop_id: int
    name: str
    markets: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class IndexingProgress:
    """How far indexing is: reviews with words that pass the gate, those with passages, passages, those with vectors;
    and ``wordless``, those that pass the gate with stars alone and cannot be read."""

    reviews: int
    wordless: int
    indexed: int
    passages: int
    embedded: int

    @property
    def percent(self) -> int:
        """Whole percent of the work done, passages before vectors; 100 only when nothing is left."""
        if not self.reviews:
            return 100
        if self.indexed < self.reviews:
            return min(99, 10 * self.indexed // self.reviews)
        if self.embedded >= self.passages:
            return 100
        return min(99, 10 + 90 * self.embedded // self.passages)

    @property
    def complete(self) -> bool:
        """Whether questions are answered by words and meaning over everything."""
        return self.percent == 100
