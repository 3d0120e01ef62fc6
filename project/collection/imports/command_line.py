"""The commands that people are told to type: those of the README, or what they stand for where there is no Makefile."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings


def import_command(file: str, slug: str, options: Sequence[str] = ()) -> str:
    """The line that imports ``file`` into the shop ``slug``, ready for a shell."""
    if not (Path(settings.BASE_DIR) / "Makefile").exists():  # an image of the code alone
        return shlex.join(["python3", "manage.py", "import_reviews", file, "--shop", slug, *options])
    values = {"FILE": file, "SHOP": slug, "OPTIONS": shlex.join(options)}
    # make reads a dollar as the beginning of a variable of its own.
    said = [f"{name}={shlex.quote(value.replace('$', '$$'))}" for name, value in values.items() if value]
    return " ".join(["make", "import", *said])
