"""`manage.py ask "How is the fit?" --shop demo`: the shopper's answer, on a terminal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from assistant.edge.frames import interface_language
from assistant.services import ask
from project.core.errors import VouchsafeError
from project.core.lookups import shop_of_slug


class Command(BaseCommand):
    """Exit code 0: answered, or abstained; 1: no such shop, or not a question."""

    help = "Ask a shop's assistant a question."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--shop", required=True, help="the shop's short name")
        parser.add_argument("--product", default="", help="a product's id, external id or handle")
        parser.add_argument("--locale", default="", help="the language of the page, such as da")
        parser.add_argument("--json", action="store_true", help="print the whole answer as JSON, with its trace")

    def handle(self, *args: Any, **options: Any) -> None:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise CommandError(f"There is no shop {options['shop']!r}.")
        try:
            with translation.override(interface_language(options["locale"])):
                *_, last = ask(
                    shop_id=shop_id,
                    text=options["question"],
                    product=options["product"],
                    locale=options["locale"],
                )
        except VouchsafeError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            body = {"answer": last["answer"], "trace": last["trace"]}
            self.stdout.write(json.dumps(body, ensure_ascii=False, indent=2))
        else:
            self._print(last["answer"])

    def _print(self, answer: dict[str, Any]) -> None:
        if answer["abstained"]:
            self.stdout.write(answer["message"])
            for suggestion in answer["suggestions"]:
                self.stdout.write(f"  · {suggestion}")
            return
        for claim in answer["claims"]:
            self.stdout.write(self.style.MIGRATE_HEADING(claim["text"]))
            for citation in claim["citations"]:
                stars = "★" * citation["rating"] if citation["rating"] else ""
                details = " · ".join(
                    part for part in (citation["credit"], stars, citation["date"], citation["disclosure"]) if part
                )
                self.stdout.write(f"  “{' '.join(citation['quote'].split())}”")
                self.stdout.write(self.style.HTTP_INFO(f"    {details}  {citation['url']}"))
        self.stdout.write(f"({answer['label']})")
