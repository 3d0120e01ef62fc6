"""Small helpers shared by management commands: one JSON document for machines, sentences for people."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.core.errors import VouchsafeError


class VouchsafeCommand(BaseCommand):
    """A command with ``--json``; refusals end it with their sentences and exit code 2."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.run(**options)
        except VouchsafeError as error:
            if options["json"]:
                self.stdout.write(json.dumps(error.to_dict()))
                sys.exit(2)
            raise CommandError(_told(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, default=str))

    def run(self, **options: Any) -> Any:
        """Do the work; print for people unless ``options["json"]``; return what JSON shall say."""
        raise CommandError("This command does nothing.")


def _told(error: VouchsafeError) -> str:
    """Its sentence, and below it what each field's own adds."""
    fields = (error.fields or {}).items()
    more = [f"  {name}: {said}" for name, sentences in fields for said in sentences if said != error.message]
    return "\n".join([error.message, *more])
