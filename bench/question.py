"""From a question to its first claim: a shop with 20,000 reviews, no model configured.

    python -m bench.question [--rows 20000] [--rounds 4]

Prints one JSON document. The reviews are real texts of the demo's file under new numbers. Some hundred passages are
embedded; the others get vectors between two of those, since embedding is not what is measured. A web server and the
embedder run as processes of their own beside PostgreSQL, as in production. Questions are posted one after the other:
each a new one, so that nothing is answered from the store, and each from a loopback address of its own, so that no
visitor's share is used up. The clock runs from before the connection is opened until the first claim has arrived. CPU
is that of server, embedder and PostgreSQL for a whole answer: what remains comparable on a machine that is busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.feed import answers, child_pids, cpu_seconds, free_port, process
from bench.imports import write_file

FLOOR_MILLISECONDS, GOAL_MILLISECONDS = 300, 100
REAL_VECTORS = 256
WARM_UP = 8
APART_SECONDS = 0.11
"""Between the beginnings of two questions: an assistant takes ten a second."""

SUBJECTS = (
    *("fit", "size", "sleeves", "waist", "length", "fabric", "material", "color", "quality", "price", "shoulders"),
    *("neckline", "pockets", "buttons", "weight", "style", "design", "lining", "hem", "collar"),
    *("winter coat", "summer dress", "petite size", "back seam", "arm length"),
)
TEMPLATES = (
    "What do customers say about the {}?",
    "Is the {} any good?",
    "Are people happy with the {}?",
    "Anything wrong with the {}?",
    "Would you recommend the {}?",
    "Does the {} look cheap?",
    "Does the {} feel soft?",
    "Is the {} flattering?",
)


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one answer to its first claim (None: it had none) and to its end, and how it was found."""

    first_claim: float | None
    whole: float
    retrieval: str


@contextmanager
def shop(rows: int) -> Iterator[tuple[dict[str, str], int]]:
    """Services and a shop with indexed reviews; yields a server's environment and the number of passages."""
    from project.runtime.layout import database_url, redis_url
    from project.runtime.throwaway import ThrowawayServices, new_home

    home = new_home()
    with ThrowawayServices(home):
        os.environ.update(
            DATABASE_URL=database_url(home),
            REDIS_URL=redis_url(home),
            SECRET_KEY="x" * 50,
            ALLOWED_HOSTS="127.0.0.1,localhost",
            VOUCHSAFE_HOME=str(home),
            EMBEDDER_SOCKET=str(home / "embedder"),
            DJANGO_SETTINGS_MODULE="project.settings.base",
            LOG_LEVEL="WARNING",
        )
        os.environ.pop("ASSISTANT_MODEL", None)
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        assistant_id, passages = _fill(home, rows)
        connections.close_all()
        yield {**os.environ, "BENCH_ASSISTANT": assistant_id}, passages


def _fill(folder: Path, rows: int) -> tuple[str, int]:
    from django.utils import timezone

    from assistant.indexing.passages import reindex_shop
    from assistant.services import ensure_assistant
    from project.collection.imports.preparing import FileOptions, prepare_file
    from project.collection.imports.services import LegalBasis, import_file
    from project.content.rules import State
    from project.rights.contracts import Basis, Channel, LicenceTerms
    from project.shops.services import create_shop, create_user

    path = folder / "reviews.csv"
    write_file(path, rows)
    owner = create_user(email="bench@example.com", password="a long enough password")
    made = create_shop(name="Bench", slug="bench", owner=owner)
    terms = LicenceTerms(channels=(Channel.SITE, Channel.AI_ASSISTANT), markets=("*",), starts_at=timezone.now())
    report = import_file(
        shop_id=made.id,
        actor_id=None,
        file=prepare_file(path, FileOptions(language="en")),
        state=State.APPROVED,
        legal_basis=LegalBasis(basis=Basis.OWNED, terms=terms),
    )
    assert report.created == report.covered == rows, report
    list(reindex_shop(shop_id=made.id))
    return ensure_assistant(shop_id=made.id).id, _embed(made.id)


def _embed(shop_id: int) -> int:
    """Give every passage a vector; returns how many there are."""
    from django.db import connection

    from assistant.embedding.loading import embeddings
    from assistant.indexing.vectors import embed_pending

    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT substr(i.text, p.start + 1, p."end" - p.start) FROM assistant_passage AS p '
            "JOIN content_item AS i ON i.id = p.item_id WHERE p.shop_id = %s AND i.shop_id = %s AND p.embeddable "
            "ORDER BY p.id LIMIT %s",
            [shop_id, shop_id, REAL_VECTORS],
        )
        vectors = embeddings().embed_documents([row[0] for row in cursor.fetchall()])
        cursor.execute("CREATE TEMPORARY TABLE real_vector (number int PRIMARY KEY, v vector(384))")
        cursor.executemany("INSERT INTO real_vector VALUES (%s, %s::vector)", list(enumerate(map(str, vectors))))
        # The last passages are left to the indexer, which then takes the means of all.
        cursor.execute(
            "INSERT INTO assistant_passage_vector (passage_id, shop_id, item_pk, language, spread, v) "
            "SELECT p.id, p.shop_id, p.item_id, p.language, 1, l2_normalize(a.v + a.v + b.v)::halfvec(384) "
            "FROM (SELECT *, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS total "
            "FROM assistant_passage WHERE shop_id = %s AND embeddable) AS p "
            "JOIN real_vector AS a ON a.number = p.n %% %s JOIN real_vector AS b ON b.number = (p.n * 31 / 7) %% %s "
            "WHERE p.n <= p.total - 16",
            [shop_id, len(vectors), len(vectors)],
        )
    embed_pending(shop_id=shop_id, seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT count(*) FROM assistant_passage WHERE shop_id = %s", [shop_id])
        return int(cursor.fetchone()[0])


def ask(port: int, assistant_id: str, text: str, visitor: int) -> Timing:
    """Post one question from an address of its own and read the stream; raises RuntimeError when it is refused."""
    began = time.perf_counter()
    source = (f"127.0.{1 + visitor // 250}.{1 + visitor % 250}", 0)
    connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=source)
    headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    connection.request("POST", f"/a/{assistant_id}/ask", json.dumps({"question": text}), headers)
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{text!r} was refused: {response.status} {response.read()!r}")
    first: float | None = None
    while line := response.readline():
        if line.startswith(b"event: claim") and first is None:
            first = 1000 * (time.perf_counter() - began)
        if line.startswith(b"data: "):
            last = line
    whole = 1000 * (time.perf_counter() - began)
    connection.close()
    return Timing(first, whole, json.loads(last[6:])["answer"]["retrieval"])


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Fill the shop, start the processes, ask."""
    questions = [template.format(subject) for template in TEMPLATES[:rounds] for subject in SUBJECTS]
    with shop(rows) as (environment, passages):
        port = free_port()
        environment |= {"PORT": str(port), "HOST": "127.0.0.1", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        serve = "from project.runtime.web import serve; serve()"
        assistant_id = environment["BENCH_ASSISTANT"]
        place = Path(environment["EMBEDDER_SOCKET"])
        with (
            process([sys.executable, "-m", "assistant.embedder"], place.exists, env=environment) as embedder,
            process(
                [sys.executable, "-c", serve], answers(f"http://127.0.0.1:{port}/healthz"), env=environment
            ) as server,
        ):
            _asked(port, assistant_id, [f"Is {word} nice?" for word in SUBJECTS[:WARM_UP]], visitor=0)
            own = (server.pid, embedder.pid, _postgresql(environment))
            before = _cpu(own)
            timings = _asked(port, assistant_id, questions, visitor=WARM_UP)
            cpu = 1000 * (_cpu(own) - before) / len(questions)
    return _summary(rows, passages, timings, cpu)


def _asked(port: int, assistant_id: str, questions: list[str], *, visitor: int) -> list[Timing]:
    timings = []
    for number, text in enumerate(questions, start=visitor):
        began = time.perf_counter()
        timings.append(ask(port, assistant_id, text, number))
        time.sleep(max(0.0, APART_SECONDS - (time.perf_counter() - began)))
    return timings


def _postgresql(environment: dict[str, str]) -> int:
    (place,) = Path(environment["VOUCHSAFE_HOME"]).rglob("postmaster.pid")
    return int(place.read_text().split()[0])


def _cpu(pids: tuple[int, ...]) -> float:
    """CPU seconds of processes and their children, 0 where the system does not tell. The time of a server process of
    the database that ended in between has gone over to the one that started it."""
    try:
        children = tuple(child for pid in pids for child in child_pids(pid))
        return cpu_seconds(pids, ended_children=True) + cpu_seconds(children)
    except OSError:
        return 0.0


def _summary(rows: int, passages: int, timings: list[Timing], cpu: float) -> dict[str, Any]:
    first = [timing.first_claim for timing in timings if timing.first_claim is not None]
    found = _spread(first)
    return {
        "reviews": rows,
        "passages": passages,
        "questions": len(timings),
        "answered": len(first),
        "by_words_and_meaning": sum(timing.retrieval == "hybrid" for timing in timings),
        "first_claim_milliseconds": found,
        "whole_answer_milliseconds": _spread([timing.whole for timing in timings]),
        "cpu_milliseconds": round(cpu, 1),
        "floor_milliseconds_p95": FLOOR_MILLISECONDS,
        "goal_milliseconds_p95": GOAL_MILLISECONDS,
        "reaches_goal": found["p95"] <= GOAL_MILLISECONDS,
        "holds": found["p95"] <= FLOOR_MILLISECONDS and len(first) >= 0.8 * len(timings),
    }


def _spread(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1), "worst": round(max(values), 1)}


def main() -> int:
    """Exit code 1 when the floor does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument(
        "--rounds", type=int, default=4, help=f"of {len(SUBJECTS)} questions each, at most {len(TEMPLATES)}"
    )
    options = parser.parse_args()
    result = measure(options.rows, options.rounds)
    print(json.dumps(result, indent=2))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
