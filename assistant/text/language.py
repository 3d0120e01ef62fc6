"""Which language a text is in, so that the right stemmer, stop words and mean vector are used."""

from __future__ import annotations

import threading

import eldc

from assistant.text.normalise import normalised, words

SUPPORTED = ("da", "nl", "de", "en")
"""Languages with a stemmer and stop words here; others are searched as they stand."""

FEWEST_WORDS = 4
"""Below this a detector guesses (0.92 on four Danish words), so the page's language is taken."""

_lock = threading.Lock()
_initialised = False


def primary(tag: str) -> str:
    """Return the primary subtag of a BCP 47 tag in lower case: "da-DK" → "da"."""
    return tag.replace("_", "-").partition("-")[0].lower()


def detect(text: str, *, fallback: str) -> str:
    """Return the language code of `text`, or `fallback` when it is too short or not to be told."""
    global _initialised
    clean = normalised(text)
    if len(words(clean)) < FEWEST_WORDS:
        return fallback
    # The detector keeps its state in one place and is meant for a single thread; a call takes about 20 µs.
    with _lock:
        if not _initialised:
            eldc.init()
            _initialised = True
        found: str = eldc.detect(clean)
    return fallback if found == "und" else found


def question_language(text: str, *, page: str) -> str:
    """Return the language of a question: detected among `SUPPORTED`, else that of the page it is asked on."""
    found = detect(text, fallback=primary(page))
    return found if found in SUPPORTED else primary(page)
