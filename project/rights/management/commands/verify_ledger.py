"""``manage.py verify_ledger --shop SLUG``: recompute a shop's ledger and name the first bad entry."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from project.core.errors import ErrorCode, InvalidInput, NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand
from project.rights.ledger.verifying import Verification, verify_ledger

FAILED = 1
_NEEDED = {"log": str, "tree_size": int, "root_hash": str, "timestamp": int, "key_id": str, "signature": str}


class Command(VouchsafeCommand):
    help = "Recompute a shop's ledger. Exit code 0: verified, 1: something is wrong, 2: wrong arguments."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", required=True, metavar="SLUG", help="whose ledger")
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a signed head kept earlier, or one a line: finds what was cut off or written anew since",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.failed = False
        super().handle(*args, **options)
        if self.failed:
            sys.exit(FAILED)

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        saved = [head for path in options["head"] for head in read_heads(path)]
        with Progress(console=Console(stderr=True), disable=options["json"], transient=True) as bar:
            task = bar.add_task(_("Entries"), total=None)
            found = verify_ledger(
                shop_id=shop_id,
                saved=saved,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        self.failed = not found.verified
        if not options["json"]:
            self._tell(found)
        return {**asdict(found), "verified": found.verified, "first_bad_entry": found.first_bad_entry}

    def _tell(self, found: Verification) -> None:
        for problem in found.problems:
            self.stdout.write(self.style.ERROR(problem.message))
        if found.verified:
            self.stdout.write(
                _("Verified: %(entries)d entries, %(heads)d signed heads, the newest over %(covered)d entries.")
                % {"entries": found.entries, "heads": found.heads, "covered": found.covered}
            )


def read_heads(path: Path) -> list[dict[str, Any]]:
    """Heads out of a file: one JSON document, or one on each line. Raises :class:`InvalidInput`."""
    try:
        text = path.read_text(encoding="utf-8")
        try:
            heads = [json.loads(text)]
        except ValueError:
            heads = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("%(file)s cannot be read as a signed head.") % {"file": path}, code=ErrorCode.FILE_UNREADABLE
        ) from error
    for head in heads:
        if not isinstance(head, dict) or any(type(head.get(name)) is not kind for name, kind in _NEEDED.items()):
            raise InvalidInput(_("%(file)s is no signed head.") % {"file": path}, code=ErrorCode.FILE_UNREADABLE)
    return heads
