"""`manage.py export_author --shop demo --author aut_… [--to FILE.zip]`: a copy of everything about a person."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.errors import InvalidInput, NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand
from project.core.scope import shop_scope
from project.rights.services import export_archive, export_author


class Command(VouchsafeCommand):
    """With ``--json`` and no file the document itself is printed."""

    help = "Export all data about a person of a shop (GDPR Art. 15). Exit code 2: no such shop or author."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", required=True, help="the shop's short name")
        parser.add_argument("--author", required=True, help="the author's id (aut_…)")
        parser.add_argument("--to", default="", help="where to write the zip; it must not exist yet")

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        with shop_scope(shop_id):
            author = content.author_by_public_id(options["author"])
        if author is None:
            raise NotFound(_("There is no such author in this shop."))
        if not options["to"] and options["json"]:
            return export_author(shop_id=shop_id, author_pk=author.pk)
        path = Path(options["to"] or f"{author.public_id}.zip")
        if path.exists():
            raise InvalidInput(_("%(file)s is there already. Name another file.") % {"file": path})
        data = export_archive(shop_id=shop_id, author_pk=author.pk)
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(data)
        if not options["json"]:
            self.stdout.write(f"Written: {path} ({len(data)} bytes). It holds personal data: hand it to nobody else.")
        return {"author": author.public_id, "file": str(path), "bytes": len(data)}
