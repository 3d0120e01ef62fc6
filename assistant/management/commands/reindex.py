"""`manage.py reindex --shop demo`: make a shop's passages and vectors anew where they are missing or outdated."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from assistant.indexing.passages import reindex_shop
from assistant.indexing.vectors import embed_pending
from assistant.selectors import indexing_progress
from project.core.lookups import every_shop, shop_of_slug
from project.core.scope import shop_scope


class Command(BaseCommand):
    """Resumable: interrupted, it goes on where it stopped. Exit code 1: no such shop."""

    help = "Bring the assistant's index in line with what a shop publishes, vectors included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", default="", help="the shop's short name; without it all shops")
        parser.add_argument("--words-only", action="store_true", help="leave the vectors to the bulk worker")
        parser.add_argument("--json", action="store_true", help="print one line of JSON for each shop")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["shop"]
        found = shop_of_slug(slug) if slug else None
        if slug and found is None:
            raise CommandError(f"There is no shop {slug!r}.")
        for shop_id in [found] if found is not None else every_shop():
            self._shop(shop_id, vectors=not options["words_only"], machine=options["json"])

    def _shop(self, shop_id: int, *, vectors: bool, machine: bool) -> None:
        written = deleted = 0
        with Progress(console=Console(stderr=True), disable=machine, transient=True) as bar:
            task = bar.add_task("Passages", total=None)
            for step in reindex_shop(shop_id=shop_id):
                written += step.passages
                deleted += step.deleted
                bar.update(task, advance=step.written)
            bar.update(task, description="Vectors", total=100)
            while vectors and embed_pending(shop_id=shop_id, seconds=2):
                with shop_scope(shop_id):
                    bar.update(task, completed=indexing_progress(shop_id).percent)
        with shop_scope(shop_id):
            progress = indexing_progress(shop_id)
        if machine:
            facts = {"shop": shop_id, "written": written, "deleted": deleted, "percent": progress.percent}
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(
                f"Shop {shop_id}: {written} passages written, {deleted} reviews removed from the index, "
                f"{progress.embedded} of {progress.passages} passages with vectors."
            )
