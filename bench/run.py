"""Every figure beside its yardstick, in one run; writes docs/performance.md.

    python bench/run.py [feed] [live] [withdrawal] [imports] [question] [--keep]

Each figure is a program of its own (``python -m bench.NAME``) that prints one JSON document. ``--keep`` leaves the page
as it is. The exit code is 1 when a floor does not hold.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
FIGURES = ("feed", "live", "withdrawal", "imports", "question")
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


def measure(name: str) -> dict[str, Any]:
    """Run one figure; its JSON, with ``error`` where it could not be measured."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        result: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
        result.setdefault("holds", done.returncode == 0)  # each figure's exit code says whether its floor holds
    except ValueError:
        result = {"error": (done.stderr or done.stdout).strip().splitlines()[-1:]}
    return result


def rows(name: str, result: dict[str, Any]) -> list[str]:
    """The figure's lines: every plain value, nested ones under their own names."""
    lines = [f"### {name}", "", "| figure | value |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in flat(result)]
    return [*lines, ""]


def flat(result: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in result.items():
        label = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            found += flat(value, f"{label}: ")
        else:
            found.append((label, value))
    return found


def write_page(results: dict[str, dict[str, Any]]) -> None:
    """Put the figures between their marks and leave the words around them."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    figures = [f"Measured on {machine}.", ""]
    for name, result in results.items():
        figures += rows(name, result)
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(figures).rstrip() + f"\n\n{END}{after}")


def main(arguments: list[str]) -> int:
    wanted = [name for name in FIGURES if name in arguments] or list(FIGURES)
    results = {}
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        results[name] = measure(name)
    print(json.dumps(results, indent=2))
    if "--keep" not in arguments and wanted == list(FIGURES):
        write_page(results)
    return 0 if all("error" not in result and result["holds"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
