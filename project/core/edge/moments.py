"""Whether a publication number still tells what passes the gate, or the clock has changed that since."""

from datetime import datetime

from project.core.models import OutboxRow


def published_at(shop_id: int, number: int) -> datetime | None:
    """When the shop reached this number; None when it has none yet."""
    rows = OutboxRow.objects.filter(shop_id=shop_id, number=number)
    return rows.values_list("created_at", flat=True).first()
