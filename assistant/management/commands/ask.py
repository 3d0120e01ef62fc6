"""`manage.py ask "How is the fit?" --shop demo`: the shopper's answer, on a terminal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from assistant.edge.frames import interface_language
from assistant.services import ask
from project.core.errors import NotFound
from project.core.lookups import shop_of_slug
from project.core.managed import VouchsafeCommand


class Command(VouchsafeCommand):
    help = "Ask a shop's assistant a question. Exit code 0: answered, or abstained; 2: no such shop, or no question."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("question")
        parser.add_argument("--shop", required=True, help="the shop's short name")
        parser.add_argument("--product", default="", help="a product's id, external id or handle")
        parser.add_argument("--locale", default="", help="the language of the page, such as da")

    def run(self, **options: Any) -> dict[str, Any]:
        shop_id = shop_of_slug(options["shop"])
        if shop_id is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": options["shop"]})
        with translation.override(interface_language(options["locale"])):
            *_rest, last = ask(
                shop_id=shop_id,
                text=options["question"],
                product=options["product"],
                locale=options["locale"],
            )
        if not options["json"]:
            self._print(last["answer"])
        return {"answer": last["answer"], "trace": last["trace"]}

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
