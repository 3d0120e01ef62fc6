"""``manage.py seed_demo``: the demo's two shops with real reviews, for ``make run``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from project.core.managed import VouchsafeCommand
from project.studio import demo


class Command(VouchsafeCommand):
    help = (
        "Make the demo's shops, accounts, reviews, widgets and posts, as far as they are missing. "
        "Refused (exit code 2) unless VOUCHSAFE_DEMO is on: the accounts have a known password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--addresses", action="store_true", help="only take over new ports: origins, product and source addresses"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        addresses = demo.Addresses.of_environment()
        if options["addresses"]:
            return demo.refresh_addresses(addresses=addresses)
        say = (lambda _sentence: None) if options["json"] else self.stdout.write
        facts = demo.seed(tell=say, addresses=addresses)
        if not options["json"]:
            self.stdout.write(_("The demo's accounts, all with the password %(word)s:") % {"word": demo.PASSWORD})
            for login in facts["logins"]:
                self.stdout.write(f"  {login['email']}  {login['role']}  {login['shop']}")
        return facts
