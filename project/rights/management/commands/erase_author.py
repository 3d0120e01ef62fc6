"""`manage.py erase_author --shop demo --author aut_…`: erase a person, once it is certain that they asked for it."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core import audit
from project.core.errors import NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand
from project.core.scope import shop_scope
from project.rights.contracts import Erased, PrivacyConfirmation
from project.rights.services import erase_author
from project.rights.services.erasure import ERASED_ACTION


class Command(VouchsafeCommand):
    """May run twice; the second time says that nothing was left."""

    help = "Erase a person from a shop (GDPR Art. 17). Exit code 2: no such shop or author, or a legal hold is open."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", required=True, help="the shop's short name")
        parser.add_argument("--author", required=True, help="the author's id (aut_…)")

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        erased = erase_author(
            shop_id=shop_id,
            actor_id=None,
            author_pk=author_pk_of(shop_id, options["author"]),
            confirmed_by=PrivacyConfirmation.OPERATOR,
        )
        if not options["json"]:
            self.stdout.write(_sentence(erased))
        return {
            "author": options["author"],
            "request": erased.request_id,
            "items": erased.items,
            "licences": erased.licences,
            "again": erased.again,
        }


def author_pk_of(shop_id: int, author_id: str) -> int:
    """The row of a public id, also of one that was erased before."""
    with shop_scope(shop_id):
        author = content.author_by_public_id(author_id)
    if author is not None:
        return author.pk
    entry = audit.of_action(shop_id, ERASED_ACTION, author_id)
    if entry is None:
        raise NotFound(_("There is no such author in this shop."))
    return int(entry.data["pk"])


def _sentence(erased: Erased) -> str:
    if erased.again:
        return f"This person was erased before (request {erased.request_id})."
    return (
        f"Erased: {erased.items} items, {erased.licences} licences ended. Indexes and files follow; the studio's "
        f"privacy request {erased.request_id} shows how far they have come."
    )
