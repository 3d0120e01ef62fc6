"""Questions to begin with: only ones that this shop's reviews can answer."""

from __future__ import annotations

import logging
from threading import Event

from django.core.cache import cache
from django.utils import translation
from django.utils.translation import gettext, gettext_noop
from redis.exceptions import RedisError

from assistant.audience import audience_of
from assistant.retrieval.query import question
from assistant.retrieval.scope import Scope
from assistant.retrieval.search import search
from project.core.publication import publication_number

TOPICS = (
    gettext_noop("What do customers say about the fit?"),
    gettext_noop("What do customers say about the quality?"),
    gettext_noop("What do customers say about the taste?"),
    gettext_noop("What do customers say about the color?"),
    gettext_noop("Is it comfortable?"),
    gettext_noop("Does it run small?"),
    gettext_noop("Is it worth the price?"),
    gettext_noop("How is the fabric?"),
    gettext_noop("How was the delivery?"),
    gettext_noop("Is it easy to use?"),
)
MOST = 4
FEWEST_REVIEWS = 3
_KEEP_SECONDS = 600
_KEEP_NOTHING_SECONDS = 10

logger = logging.getLogger("assistant")
_cache_is_away = Event()
"""Said once when it goes, not with each question."""


def suggestions(shop_id: int, *, language: str, product_pk: int | None = None) -> tuple[str, ...]:
    """Return up to `MOST` questions in `language`, those that most reviews speak of first.

    A question is suggested only when its own words are found. Where the reviews are in another language than the
    page, that leaves none, and the questions are offered in English if those are found. Kept for ten minutes at most,
    under the shop's publication number, which every withdrawal raises: from its commit on nobody is offered a question
    that only the withdrawn words answered. Without a cache they are found each time.
    """
    # The number first: what is found after it was read is at least as new.
    key = f"assistant.suggestions.{shop_id}.{publication_number(shop_id)}.{product_pk}.{language}"
    known = _kept(key)
    if known is None:
        scope = Scope(audience_of(shop_id), product_pk)
        known = _answerable(scope, language) or _answerable(scope, "en")
        _keep(key, known)
    return tuple(known)


def _kept(key: str) -> list[str] | None:
    try:
        known: list[str] | None = cache.get(key)
    except (RedisError, OSError) as error:
        _note(error)
        return None
    _cache_is_away.clear()
    return known


def _keep(key: str, known: list[str]) -> None:
    try:
        cache.set(key, known, _KEEP_SECONDS if known else _KEEP_NOTHING_SECONDS)
    except (RedisError, OSError) as error:
        _note(error)


def _note(error: Exception) -> None:
    if not _cache_is_away.is_set():
        _cache_is_away.set()
        logger.warning("the cache is away, suggestions are found anew each time: %s", type(error).__name__)


def _answerable(scope: Scope, language: str) -> list[str]:
    with translation.override(language):
        asked = [gettext(topic) for topic in TOPICS]
    counts = {}
    for text in asked:
        found = search(question(text, page_language=language), scope=scope, vector=lambda: None).found
        counts[text] = len({entry.item_pk for entry in found})
    enough = [text for text in asked if counts[text] >= FEWEST_REVIEWS]
    return sorted(enough, key=lambda text: -counts[text])[:MOST]
