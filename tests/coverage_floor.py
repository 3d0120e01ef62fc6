"""Whether the suite reaches what it must: `python tests/coverage_floor.py coverage.json`.

95 % of lines and branches everywhere; all of them where a gap would be a leak: the pure rule, the gate, the tenants'
border, and the check of what the assistant says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FLOOR = 95.0
WHOLE = (
    "project/rights/rules.py",
    "project/rights/gate.py",
    "project/core/scope.py",
    "assistant/answers/verifier.py",
)


def percent(summary: dict[str, Any]) -> float:
    """Lines and branches together, as coverage.py counts them."""
    found: float = summary["percent_covered"]
    return found


def gaps(report: dict[str, Any]) -> list[str]:
    """One sentence for each floor that does not hold."""
    files: dict[str, Any] = report["files"]
    found = []
    total = percent(report["totals"])
    if total < FLOOR:
        found.append(f"all files together: {total:.2f} %, not {FLOOR:.0f} %")
    for name in WHOLE:
        if name not in files:
            found.append(f"{name} was not measured")
        elif percent(files[name]["summary"]) < 100:
            lines, branches = files[name]["missing_lines"], files[name]["missing_branches"]
            found.append(f"{name}: lines {lines} and branches {branches} were never reached")
    return found


def main(path: str) -> int:
    report = json.loads(Path(path).read_text())
    found = gaps(report)
    for gap in found:
        print(f"coverage: {gap}", file=sys.stderr)
    print(f"coverage: {percent(report['totals']):.2f} % of lines and branches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
