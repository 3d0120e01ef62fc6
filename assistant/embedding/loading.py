"""Which class makes the vectors: the bundled one, or another named by VOUCHSAFE_EMBEDDINGS.

Read from the environment and not from Django's settings, because the embedder's own process runs without Django.
"""

from __future__ import annotations

import importlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

DEFAULT = "assistant.embedding.local.LocalEmbeddings"
VARIABLE = "VOUCHSAFE_EMBEDDINGS"


def configured_path() -> str:
    """Return the dotted path of the embeddings class in use."""
    return os.environ.get(VARIABLE) or DEFAULT


@lru_cache(maxsize=2)
def _made(path: str) -> Embeddings:
    module, _, name = path.rpartition(".")
    if not module:
        raise ValueError(f"{VARIABLE} must be a dotted path to a LangChain Embeddings class, not {path!r}")
    instance: Embeddings = getattr(importlib.import_module(module), name)()
    return instance


def embeddings() -> Embeddings:
    """Return this process's embeddings object, made once; its vectors must have 384 dimensions.

    Raises ImportError, AttributeError or ValueError when the configured path does not lead to a class.
    """
    return _made(configured_path())
