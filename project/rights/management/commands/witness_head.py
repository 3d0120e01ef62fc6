"""``manage.py witness_head --shop SLUG``: sign the ledger as it stands and tell every witness now."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from project.core.errors import NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand
from project.core.scope import shop_scope
from project.rights.ledger.heads import head_document, latest_head, sign_head
from project.rights.ledger.witnesses import tell_witnesses
from project.shops.selectors import shop_facts

FAILED = 1


class Command(VouchsafeCommand):
    help = "Tell the configured witnesses of a shop's newest head. Exit code 1: one of them did not take it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", required=True, metavar="SLUG", help="whose ledger")

    def handle(self, *args: Any, **options: Any) -> None:
        self.failed = False
        super().handle(*args, **options)
        if self.failed:
            sys.exit(FAILED)

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        sign_head(shop_id=shop_id)
        with shop_scope(shop_id):
            head = latest_head()
        if head is None:
            raise NotFound(_("This ledger has no entries yet."))
        outcome = tell_witnesses(shop_id=shop_id, head=head)
        self.failed = any(outcome.values())
        if not options["json"]:
            self._tell(outcome)
        return {"head": head_document(head, shop_facts(shop_id).public_id), "witnesses": outcome}

    def _tell(self, outcome: dict[str, str]) -> None:
        if not outcome:
            self.stdout.write(_("No witness is configured; docs/ledger.md says how."))
        for witness, problem in outcome.items():
            sentence = _("%(witness)s: told.") if not problem else _("%(witness)s: failed (%(problem)s).")
            self.stdout.write(sentence % {"witness": witness, "problem": problem})
