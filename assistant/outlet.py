"""What the author's page says about the assistant: whether it may quote an item."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from assistant.models import Passage
from project.core.links import item_url
from project.core.scope import current_shop_id
from project.rights.contracts import Channel
from project.rights.outlets import Outlet, Use


def uses_of(item_id: str) -> Iterator[Use]:
    """Yield one use when the item's words are in the index, with the page where the item can be read, if any."""
    if Passage.objects.filter(item__public_id=item_id).exists():
        yield Use(
            outlet="assistant",
            name=_("Answers to shoppers' questions"),
            url=item_url(current_shop_id(), item_id),
        )


OUTLET = Outlet(name="assistant", channel=Channel.AI_ASSISTANT, uses_of=uses_of)
