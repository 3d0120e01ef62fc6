"""What the shop vouches for: its staff saw that the author bought it, where no method of ours knows.

Its badge names the shop and never says "verified" (law 5): the merchant's word is another thing than a check.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from project.content.events import ItemsCorrected
from project.content.kinds import can_be_vouched_for
from project.content.models import ContentItem
from project.content.rules import Verification
from project.core.change import Change, change
from project.core.errors import Conflict, InvalidInput, NotFound

EVIDENCE_LENGTH = 40


def vouch_for_item(*, shop_id: int, actor_id: int, item_id: str, evidence: str) -> None:
    """Staff vouch for an item (public id). ``evidence``: the number of the order or document they saw.

    Raises :class:`InvalidInput` without it, :class:`Conflict` where it is known already how the author is known.
    """
    seen = evidence.strip()
    if not 1 <= len(seen) <= EVIDENCE_LENGTH:
        raise InvalidInput(
            _("Name what you saw: the number of the order or the document, at most %(n)d characters.")
            % {"n": EVIDENCE_LENGTH},
            fields={"evidence": [_("Needed.")]},
        )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _set(unit, item_id, Verification.NONE, Verification.MANUAL_EVIDENCE, evidence_ref=seen)
        unit.audit("item.vouch", "item", item_id)


def stop_vouching(*, shop_id: int, actor_id: int, item_id: str) -> None:
    """Take it back: nothing is known of a purchase any more. Raises :class:`Conflict` where nobody vouches."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _set(unit, item_id, Verification.MANUAL_EVIDENCE, Verification.NONE, evidence_ref="")
        unit.audit("item.unvouch", "item", item_id)


def _set(unit: Change, item_id: str, before: Verification, after: Verification, *, evidence_ref: str) -> None:
    item = ContentItem.objects.filter(public_id=item_id).only("id", "kind", "shop_id").first()
    if item is None or not can_be_vouched_for(item.kind):
        raise NotFound(_("There is no such content in this shop."))
    won = ContentItem.objects.filter(pk=item.pk, verification=before).update(
        verification=after,
        verified_at=timezone.now() if after is Verification.MANUAL_EVIDENCE else None,
        evidence_ref=evidence_ref,
    )
    if not won:
        raise Conflict(_("How this author is known has changed meanwhile. Look at it again."))
    unit.emit(ItemsCorrected(item_ids=(item_id,)))
