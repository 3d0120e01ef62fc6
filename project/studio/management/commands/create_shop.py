"""``manage.py create_shop SLUG --name NAME --owner E-MAIL``: leave the demo behind."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from assistant.services import ensure_assistant
from project.collection.imports.command_line import import_command
from project.core.errors import InvalidInput
from project.core.managed import VouchsafeCommand
from project.shops.selectors import user_by_email
from project.shops.services import add_allowed_origin, create_shop, create_user
from widgets.services import ensure_default_widgets

if TYPE_CHECKING:
    from project.shops.models import User

PASSWORD_VARIABLE = "VOUCHSAFE_PASSWORD"  # noqa: S105 (the variable's name)


class Command(VouchsafeCommand):
    help = (
        "Make a shop with its owner, default widgets and assistant. A new owner's password is asked for on a "
        f"terminal, or taken from {PASSWORD_VARIABLE}. Exit code 2: nothing was made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug", help="short name for addresses, such as linden-and-loom")
        parser.add_argument("--name", required=True, help="the shop's name as customers know it")
        parser.add_argument("--owner", required=True, metavar="E-MAIL", help="who signs in as its owner")
        parser.add_argument("--locale", default="en", help="language of the shop's pages")
        parser.add_argument("--markets", default="*", metavar="DK,NL", help="countries; * is the world (default)")
        parser.add_argument("--origin", action="append", default=[], metavar="URL", help="a page that may embed")

    def run(self, **options: Any) -> dict[str, Any]:
        with transaction.atomic():
            owner = user_by_email(options["owner"]) or self._new_owner(options["owner"])
            shop = create_shop(
                name=options["name"],
                slug=options["slug"],
                owner=owner,
                locale=options["locale"],
                markets=[market.strip() for market in options["markets"].split(",")],
            )
            origins = [
                add_allowed_origin(shop_id=shop.id, actor_id=owner.pk, origin=origin) for origin in options["origin"]
            ]
            widgets = ensure_default_widgets(shop_id=shop.id, actor_id=owner.pk)
            assistant = ensure_assistant(shop_id=shop.id, actor_id=owner.pk)
        if not options["json"]:
            self._say_next(shop.slug, owner.email, widgets["carousel"])
        return {
            "shop": shop.public_id,
            "slug": shop.slug,
            "owner": owner.email,
            "origins": origins,
            "widgets": widgets,
            "assistant": assistant.id,
        }

    def _new_owner(self, email: str) -> User:
        password = os.environ.get(PASSWORD_VARIABLE, "")
        if not password and sys.stdin.isatty():
            password = getpass.getpass(_("A password for %(email)s: ") % {"email": email})
        if not password:
            raise InvalidInput(
                _("%(email)s has no account yet: give its password in the variable %(variable)s.")
                % {"email": email, "variable": PASSWORD_VARIABLE},
                fields={"password": [_("Needed.")]},
            )
        return create_user(email=email, password=password, confirmed=True)

    def _say_next(self, slug: str, email: str, carousel: str) -> None:
        lines = [
            _("The shop “%(slug)s” is there. Next:"),
            _("  1. Sign in as %(email)s: %(url)s/studio/"),
            _("  2. Import reviews: %(command)s"),
            _("  3. Allow your site's origin (studio, Settings), and paste into a page:"),
            '     <script async src="%(url)s/embed/v1/embed.js"></script>',
            '     <vouchsafe-widget widget-id="%(carousel)s" type="carousel"></vouchsafe-widget>',
        ]
        command = import_command("reviews.csv", slug, ["--dry-run"])
        values = {"slug": slug, "email": email, "url": settings.PUBLIC_URL, "carousel": carousel, "command": command}
        for line in lines:
            self.stdout.write(line % values)
