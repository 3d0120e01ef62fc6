"""Vectors that cost next to nothing, for stacks whose tests are about processes: words, hashed into 384 places.

The bundled model takes minutes of a core over the demo's eight thousand reviews. It is tried in tests/assistant, in
`make eval` and by whoever goes through `make fresh`; here it would only slow everything else down.
"""

import math
import re
import zlib
from collections import Counter

from langchain_core.embeddings import Embeddings

DIMENSIONS = 384
WORD = re.compile(r"\w{3,}")


class HashedWords(Embeddings):
    """Texts that share words lie close to one another."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        for word, count in Counter(WORD.findall(text.lower())).items():
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1 + math.log(count)
        length = math.sqrt(sum(value * value for value in vector)) or 1.0
        return [value / length for value in vector]
