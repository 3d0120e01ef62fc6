"""What the shops room holds of a person: messages to them or about what is theirs, and orders of their address."""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from project.core.shredding import Person, Sections, Shredder
from project.shops.models import Mail, Order
from project.shops.services.catalogue import customer_hash


def export(person: Person) -> Sections:
    return {
        "messages": [
            _message(row, is_theirs=row.to.lower() in person.addresses) for row in _mail(person).order_by("pk")
        ],
        "orders": [
            {"number": row.external_id, "placed_at": row.placed_at, "received_at": row.received_at}
            for row in _orders(person).order_by("pk")
        ],
    }


def _message(row: Mail, *, is_theirs: bool) -> dict[str, Any]:
    """A letter about theirs to somebody else (who sent a notice, say) has that person's address and words in it."""
    told = {
        "purpose": row.purpose,
        "to_you": is_theirs,
        "state": row.state,
        "written_at": row.created_at,
        "settled_at": row.settled_at,
    }
    return {**told, "to": row.to, "subject": row.subject, "text": row.text} if is_theirs else told


def shred(person: Person) -> int:
    """Messages go; an order stays as the shop's own record, of nobody."""
    sent = list(_mail(person).values_list("pk", flat=True))
    gone, _by_model = Mail.objects.filter(pk__in=sent).delete()
    return gone + _orders(person).update(customer_hash="")


def _mail(person: Person) -> QuerySet[Mail]:
    rows = Mail.objects.annotate(address=Lower("to"))
    return rows.filter(Q(about__in=(*person.about, *person.item_ids)) | Q(address__in=person.addresses))


def _orders(person: Person) -> QuerySet[Order]:
    return Order.objects.filter(customer_hash__in=[customer_hash(address) for address in person.addresses])


SHREDDER = Shredder("shops", ("shops_mail", "shops_order"), export, shred)
