#!/usr/bin/env python
"""Run a Vouchsafe management command."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

OWN_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def use_own_environment() -> None:
    """Whoever types `python manage.py` outside of .venv gets the project's own packages, where there are some."""
    if find_spec("celery") is not None:
        return
    if not OWN_PYTHON.exists():
        sys.exit("vouchsafe: Vouchsafe's packages are not installed here: run `make setup` first.")
    os.execv(OWN_PYTHON, [str(OWN_PYTHON), *sys.argv])  # noqa: S606 (no shell: the arguments as they came)


def main() -> None:
    use_own_environment()
    from project.settings import default_module

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", default_module())
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
