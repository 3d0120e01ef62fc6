"""A copy of everything about a person (GDPR Art. 15 and 20). Not publication: the gate has no say in it."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import NotFound
from project.core.shredding import Person, export_of
from project.rights.archive import archive_of
from project.rights.persons import person_of
from project.shops.selectors import shop_facts

FORMAT = "vouchsafe-person/1"


def export_author(*, shop_id: int, author_pk: int, actor_id: int | None = None) -> dict[str, Any]:
    """All that every store holds of the person behind a row of content.Author, as JSON can hold it; audited."""
    return _export(shop_id, author_pk, actor_id)[0]


def export_archive(*, shop_id: int, author_pk: int, actor_id: int | None = None) -> bytes:
    """The same as a zip, with the pictures."""
    data, person = _export(shop_id, author_pk, actor_id)
    return archive_of(data, person.files)


def _export(shop_id: int, author_pk: int, actor_id: int | None) -> tuple[dict[str, Any], Person]:
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        person = person_of(author_pk)
        if person is None:
            raise NotFound(_("There is no such author in this shop."))
        shop = shop_facts(shop_id)
        data = {
            "format": FORMAT,
            "made_at": timezone.now(),
            "held_by": {"shop": shop.name, "website": shop.website},
            **export_of(person),
        }
        for author_id in person.author_ids:
            unit.audit("author.exported", "author", author_id, items=len(person.item_ids))
    plain: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return plain, person
