"""Vectors of questions, freed of what all questions of a language have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from assistant.embedding.sample_questions import SAMPLE_QUESTIONS

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


class QuestionVectors:
    """Makes unit vectors of questions, centred on the mean of `SAMPLE_QUESTIONS` of their language.

    Making one embeds every sample question: about 1.5 s of one core.
    """

    def __init__(self, model: Embeddings) -> None:
        self._model = model
        self._means = {
            language: _mean([model.embed_query(text) for text in texts]) for language, texts in SAMPLE_QUESTIONS.items()
        }
        # For a language without samples of its own.
        self._overall = _mean(list(self._means.values()))

    def __call__(self, text: str, language: str) -> list[float]:
        """Return the centred unit vector of a question; [] for one that is nothing but average."""
        mean = self._means.get(language, self._overall)
        centred = [a - b for a, b in zip(self._model.embed_query(text), mean, strict=True)]
        length = math.sqrt(sum(value * value for value in centred))
        return [value / length for value in centred] if length > 1e-6 else []


def _mean(vectors: list[list[float]]) -> list[float]:
    return [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]
