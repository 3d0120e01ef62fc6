"""Import of 100,000 reviews against a plain COPY of every row that the import leaves behind.

    python -m bench.imports [--rows 100000] [--rounds 3]

Prints one JSON document. The rows are real texts of the demo's file under new numbers. Yardstick: the rows of all
tables that the import wrote, copied back block by block, as psql's \\copy does it, into the same tables with the
same indexes and foreign keys, one transaction a table. A ratio is yardstick time / our time (1.0 would be as fast
as the plain copy), the median of interleaved rounds; CPU is this process plus its PostgreSQL backend.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.testing")
DEMO = Path(__file__).resolve().parents[1] / "project" / "runtime" / "demo" / "womens_clothing.csv.gz"
BLOCK = 1 << 16
FLOOR = 0.5


@dataclass(frozen=True)
class Cost:
    """Seconds of one measured piece of work."""

    wall: float
    cpu: float


def write_file(path: Path, rows: int) -> None:
    """The demo's reviews over and over, each under a number of its own, spread over 200 products."""
    with gzip.open(DEMO, "rt", encoding="utf-8", newline="") as text:
        header, *real = list(csv.reader(text))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    number, product = header.index("row"), header.index("Clothing ID")
    for index in range(rows):
        row = list(real[index % len(real)])
        row[number], row[product] = str(index), str(5000 + index * 7 % 200)
        writer.writerow(row)
    path.write_text(buffer.getvalue(), encoding="utf-8")


def measured(work: Callable[[], Any]) -> tuple[Cost, Any]:
    """Time and CPU of a piece of work in this process and its database backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    cpu, wall = time.process_time() + _cpu_of(backend), time.perf_counter()
    result = work()
    return Cost(time.perf_counter() - wall, time.process_time() + _cpu_of(backend) - cpu), result


def _cpu_of(pid: int) -> float:
    """CPU seconds of a process; 0 where the system does not tell (then CPU is this process alone)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tables() -> list[str]:
    """Every table of ours, in an order in which their rows can be copied back."""
    from django.apps import apps

    return [model._meta.db_table for model in apps.get_models() if model._meta.managed]


def counts() -> dict[str, int]:
    """Rows by table."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = int(cursor.fetchone()[0])
    return found


def save(folder: Path, names: list[str]) -> None:
    """Write tables to files in COPY's text format."""
    from django.db import connection

    for name in names:
        statement = f"COPY {name} TO STDOUT"
        with (folder / name).open("wb") as target, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in copy:
                target.write(block)


def empty(names: list[str]) -> None:
    """Remove the rows of tables; references among them are all to rows that go, too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")


def copy_back(folder: Path, names: list[str]) -> None:
    """The yardstick."""
    from django.db import connection, transaction

    for name in names:
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for block in _blocks(folder / name):
                copy.write(block)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block


def measure(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    """The whole comparison."""
    from django.utils import timezone

    from project.collection.imports.preparing import FileOptions, prepare_file
    from project.collection.imports.services import LegalBasis, import_file
    from project.content.rules import State
    from project.rights.contracts import Basis, Channel, LicenceTerms
    from project.shops.services import create_shop, create_user

    path = folder / "reviews.csv"
    write_file(path, rows)
    owner = create_user(email="bench@example.com", password="a long enough password")
    shop = create_shop(name="Bench", slug="bench", owner=owner)
    terms = LicenceTerms(channels=(Channel.SITE,), markets=("*",), starts_at=timezone.now())
    before = counts()

    def ours() -> Any:
        return import_file(
            shop_id=shop.id,
            actor_id=None,
            file=prepare_file(path, FileOptions(language="en")),
            state=State.APPROVED,
            legal_basis=LegalBasis(basis=Basis.OWNED, terms=terms),
        )

    results: list[tuple[Cost, Cost, Cost]] = []
    written: list[str] = []
    left: dict[str, int] = {}
    for _round in range(rounds):
        if written:
            empty(written)
        first, report = measured(ours)
        assert report.created == report.covered == rows, report
        left = {name: count - before[name] for name, count in counts().items() if count > before[name]}
        # Tables that had rows before (the shop's own news) stay: their few new rows are in the yardstick's favour.
        written = [name for name in left if not before[name] or left[name] >= 1000]
        save(folder, written)
        again, report = measured(ours)
        assert (report.created, report.known) == (0, rows), report
        empty(written)
        yardstick, _nothing = measured(partial(copy_back, folder, written))
        assert counts()["content_item"] == rows
        results.append((first, again, yardstick))
    return _summary(rows, left, results)


def _summary(rows: int, left: dict[str, int], results: list[tuple[Cost, Cost, Cost]]) -> dict[str, Any]:
    def ratio(which: int, of: str) -> float:
        found = [getattr(result[2], of) / getattr(result[which], of) for result in results]
        return round(statistics.median(found), 3)

    return {
        "rows": rows,
        "rows_left_behind": left,
        "seconds": [
            {"import": round(a.wall, 2), "again": round(b.wall, 2), "copy": round(c.wall, 2)} for a, b, c in results
        ],
        "rows_per_second": round(rows / statistics.median(result[0].wall for result in results)),
        "import_to_copy": {"wall": ratio(0, "wall"), "cpu": ratio(0, "cpu")},
        "again_to_copy": {"wall": ratio(1, "wall"), "cpu": ratio(1, "cpu")},
        "floor": FLOOR,
    }


def main() -> int:
    """Exit code 1 when a ratio is below the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from project.runtime.throwaway import ThrowawayServices
    from project.settings.testing import RUN_HOME

    with ThrowawayServices(RUN_HOME, valkey=False):
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        result = measure(RUN_HOME, options.rows, options.rounds)
    print(json.dumps(result, indent=2))
    ratios = (result["import_to_copy"]["wall"], result["again_to_copy"]["wall"])
    return 0 if min(ratios) >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
