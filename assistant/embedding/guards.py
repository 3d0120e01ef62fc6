"""What a text must go through before native code sees it.

The bundled model's tokenizer is C: a character whose compatibility form is longer than its buffer expects
(U+FDFA becomes 18 characters) overruns the heap and aborts the process. Normalising beforehand removes every
such character, so nothing the tokenizer expands is left.
"""

from __future__ import annotations

import unicodedata

DIMENSIONS = 384
"""Numbers in a vector; a replacement class must give as many, for the column has this width."""

MAX_CHARACTERS = 2_000
"""Longest text, in code points, that is handed to the model; it reads about 512 tokens anyway."""

_SURROGATES = range(0xD800, 0xE000)


def guarded(text: str) -> str:
    """Return `text` in NFKC without lone surrogates and NULs, at most `MAX_CHARACTERS` code points long.

    For embedding only: it changes characters, so offsets into the result mean nothing in the published text.
    """
    # Cut before normalising too: one code point can become 18, and a hostile megabyte must not cost a second.
    head = "".join(c for c in text[:MAX_CHARACTERS] if c != "\0" and ord(c) not in _SURROGATES)
    return unicodedata.normalize("NFKC", head)[:MAX_CHARACTERS]
