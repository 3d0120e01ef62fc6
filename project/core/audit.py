"""Reading the audit log; it is written through :mod:`project.core.change` alone."""

from collections.abc import Collection

from project.core.models import AuditEntry


def history_of(shop_id: int, object_type: str, object_id: str, *, limit: int = 200) -> list[AuditEntry]:
    """What was done to one object, oldest first."""
    rows = AuditEntry.objects.filter(shop_id=shop_id, object_type=object_type, object_id=object_id)
    return list(rows.order_by("id")[:limit])


def recent(shop_id: int, *, limit: int = 50) -> list[AuditEntry]:
    """The shop's newest entries, newest first."""
    return list(AuditEntry.objects.filter(shop_id=shop_id).order_by("-id")[:limit])


def newest_with(shop_id: int, action: str, **data: int | str) -> AuditEntry | None:
    """The newest entry of an action whose data holds these values."""
    rows = AuditEntry.objects.filter(shop_id=shop_id, action=action, data__contains=data)
    return rows.order_by("-id").first()


def objects_with(shop_id: int, action: str, object_ids: Collection[str], **data: int | str) -> set[str]:
    """Those of these objects that have an entry of this action whose data holds these values."""
    rows = AuditEntry.objects.filter(shop_id=shop_id, action=action, object_id__in=object_ids, data__contains=data)
    return set(rows.values_list("object_id", flat=True))


def of_action(shop_id: int, action: str, object_id: str) -> AuditEntry | None:
    """The newest entry that says this of an object."""
    rows = AuditEntry.objects.filter(shop_id=shop_id, action=action, object_id=object_id)
    return rows.order_by("-id").first()
