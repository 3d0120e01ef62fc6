"""What the studio adds to the rooms' services: a decision holds for what the person has seen."""

from django.utils.translation import gettext as _

from project.content import selectors as content
from project.content import services as content_services
from project.content.rules import Decision
from project.core.change import change
from project.core.errors import Conflict
from project.rights.contracts import Channel, NewRequest
from project.rights.services import ask_permission


def ask_about_item(
    *,
    shop_id: int,
    actor_id: int,
    item_id: str,
    channels: tuple[Channel, ...],
    markets: tuple[str, ...],
    days: int | None,
    approve: bool,
) -> NewRequest:
    """Ask the author for permission and, with ``approve``, approve the item if it still waits for a decision, so that
    it shows from the author's yes on. Raises what ``ask_permission`` raises; then nothing is approved either.
    """
    with change(shop_id=shop_id, actor_id=actor_id):
        asked = ask_permission(
            shop_id=shop_id, actor_id=actor_id, item_id=item_id, channels=channels, markets=markets, days=days
        )
        if approve:
            # Whoever decided meanwhile was first, and their decision holds.
            content_services.approve_items(shop_id=shop_id, actor_id=actor_id, item_ids=[item_id])
    return asked


def decide_seen_item(
    *,
    shop_id: int,
    actor_id: int,
    item_id: str,
    decision: Decision,
    version: int | None,
    reason: str = "",
    note: str = "",
) -> None:
    """Decide about one item as it stood on the person's screen.

    Raises :class:`Conflict` (``already_decided``) when somebody else was first, and :class:`Conflict` when the author
    edited the text since ``version``; in both cases nothing is changed. ``version`` None: any.
    """
    with change(shop_id=shop_id, actor_id=actor_id):
        content_services.decide_item(
            shop_id=shop_id, actor_id=actor_id, item_id=item_id, decision=decision, reason=reason, note=note
        )
        # The decision has locked the row: its version cannot change between this look and the commit.
        if version is not None and not content.items().filter(public_id=item_id, version=version).exists():
            raise Conflict(_("The author edited this while you were reading. Look at the new text first."))
