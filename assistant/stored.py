"""Answers kept for the next shopper who asks the same. Keyed so that whatever changes, changes the key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistant.answers.asked import Asked
from assistant.answers.provider import model_name
from assistant.models import ShopIndex, StoredAnswer
from assistant.text.normalise import words
from project.core.publication import held_publication_number, publication_number
from project.rights import gate

MOST_PER_SHOP = 2_000
"""Answers kept under one publication number; beyond that, nothing more is stored until it rises."""

FORM = 4
"""Raised when an answer gets other keys or is worded anew, so that what an earlier release stored is not found."""


@dataclass(frozen=True)
class Kept:
    """A stored answer, and when the first right in the shop begins or ends after it."""

    body: dict[str, Any]
    valid_until: datetime | None


class Shelf:
    """The place of one question's answer under the publication number and index revision of this moment."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        shop_id = asked.scope.shop_id
        self._shop_id = shop_id
        self._number = publication_number(shop_id)
        revision = ShopIndex.objects.values_list("revision", flat=True).first() or 0
        scope = [
            asked.scope.product_pk,
            sorted(asked.scope.audience.markets),
            asked.language,
            revision,
            model_name(),
            FORM,
        ]
        question = [asked.question.language, *words(asked.question.text)]
        self._keys = {"number": self._number, "scope_key": _hash(scope), "question_key": _hash(question)}

    def read(self) -> Kept | None:
        """Return the stored answer, if no right behind it has begun or ended since."""
        row = StoredAnswer.objects.filter(**self._keys).values_list("body", "valid_until").first()
        kept = Kept(*row) if row is not None else None
        return kept if kept is not None and self.holds(kept) else None

    def holds(self, kept: Kept) -> bool:
        """Tell whether the number has not risen, and the clock changed nothing, since the shelf was looked at."""
        in_time = kept.valid_until is None or kept.valid_until > timezone.now()
        return in_time and publication_number(self._asked.scope.shop_id) == self._number

    def write(self, body: dict[str, Any]) -> None:
        """Keep an answer until the number rises, the index changes, or a right begins or ends.

        One that was made while the number rose is under neither number what it says, and is not kept; nor is one that
        was overtaken since: it may quote what was withdrawn or erased.
        """
        if body["answer"]["version"] != self._number:
            return
        with transaction.atomic():
            # Whoever raises the number waits until this is stored, and then deletes it; who was first, forbids it.
            if held_publication_number(self._shop_id) == self._number:
                self._store(body)

    def _store(self, body: dict[str, Any]) -> None:
        StoredAnswer.objects.filter(number__lt=self._number).delete()
        if StoredAnswer.objects.filter(number=self._number).count() >= MOST_PER_SHOP:
            return
        StoredAnswer.objects.bulk_create(
            [StoredAnswer(**self._keys, body=body, valid_until=gate.next_change(self._asked.scope.audience))],
            ignore_conflicts=True,
        )


def _hash(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()
