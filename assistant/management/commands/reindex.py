"""`manage.py reindex --shop demo`: make a shop's passages and vectors anew where they are missing or outdated."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from assistant.indexing.passages import reindex_shop
from assistant.indexing.vectors import embed_pending
from assistant.selectors import indexing_progress
from project.core.errors import NotFound
from project.core.lookups import every_shop, shop_of_slug
from project.core.managed import VouchsafeCommand
from project.core.scope import shop_scope


class Command(VouchsafeCommand):
    """Resumable: interrupted, it goes on where it stopped."""

    help = "Bring the assistant's index in line with what a shop publishes, with vectors. Exit code 2: no such shop."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", default="", help="the shop's short name; without it all shops")
        parser.add_argument("--words-only", action="store_true", help="leave the vectors to the bulk worker")

    def run(self, **options: Any) -> dict[str, Any]:
        slug = options["shop"]
        found = shop_of_slug(slug) if slug else None
        if slug and found is None:
            raise NotFound(_("There is no shop “%(slug)s”.") % {"slug": slug})
        shops = [found] if found is not None else every_shop()
        vectors, machine = not options["words_only"], bool(options["json"])
        return {"shops": [self._shop(shop, vectors=vectors, machine=machine) for shop in shops]}

    def _shop(self, shop_id: int, *, vectors: bool, machine: bool) -> dict[str, Any]:
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
        if not machine:
            self.stdout.write(
                f"Shop {shop_id}: {written} passages written, {deleted} reviews removed from the index, "
                f"{progress.embedded} of {progress.passages} passages with vectors."
            )
        return {"shop": shop_id, "written": written, "deleted": deleted, "percent": progress.percent}
