"""The publication number of a shop: the number of its newest outbox row. Whatever is stored is keyed by it."""

from django.db import connection

from project.core.models import Stream


def publication_number(shop_id: int) -> int:
    """The shop's number as committed now; 0 for a shop without news."""
    row = Stream.objects.filter(shop_id=shop_id).values_list("last_number", flat=True).first()
    return row or 0


def held_publication_number(shop_id: int) -> int:
    """The same, and so until the open transaction ends: who raises it waits. For writing what is keyed by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_number FROM core_stream WHERE shop_id = %s FOR SHARE", [shop_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
