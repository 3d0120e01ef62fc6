"""What the studio adds to the rooms' services: asking and approving in one step."""

from typing import Any

from project.content import services as content_services
from project.content.contracts import Seen
from project.content.rules import Decision
from project.core.change import change
from project.core.errors import Conflict, ErrorCode
from project.rights.contracts import NewRequest
from project.rights.services import ask_permission


def ask_about_item(
    *,
    shop_id: int,
    actor_id: int,
    item_id: str,
    approve: Seen | None,
    **asking: Any,
) -> NewRequest:
    """Ask the author for permission (``asking``: what ``ask_permission`` takes) and, with ``approve``, approve the item
    as it was seen if it still waits for a decision, so that it shows from the author's yes on.

    Raises what ``ask_permission`` raises, and :class:`Conflict` when the item to approve no longer looks as it was
    seen; in both cases nothing is asked and nothing approved.
    """
    with change(shop_id=shop_id, actor_id=actor_id):
        asked = ask_permission(shop_id=shop_id, actor_id=actor_id, item_id=item_id, **asking)
        if approve is not None:
            _approve(shop_id=shop_id, actor_id=actor_id, item_id=item_id, seen=approve)
    return asked


def _approve(*, shop_id: int, actor_id: int, item_id: str, seen: Seen) -> None:
    try:
        content_services.decide_item(
            shop_id=shop_id, actor_id=actor_id, item_id=item_id, decision=Decision.APPROVE, seen=seen
        )
    except Conflict as error:
        # Whoever decided meanwhile was first, and their decision holds.
        if error.code != ErrorCode.ALREADY_DECIDED:
            raise
