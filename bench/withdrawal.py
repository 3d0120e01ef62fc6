"""Withdrawal → acknowledged by everybody: from the commit to the last of 2,000 open pages that said it is gone.

    python -m bench.withdrawal [--connections 2000] [--rounds 5]

Prints one JSON document. A whole Vouchsafe is started as `make run` does it, with an empty shop of its own; a process
of its own (bench/crowd.py) holds the sockets and answers patches as the embed does. What counts is what the receipt
counts: acknowledgements as the web process heard them, which is later than when the pages sent them. Yardstick,
interleaved round by round: the same machine's Valkey publishes 512 bytes and a bare WebSocket server (the `websockets`
package) hands them to as many sockets of another such process; there, a message counts once it is received.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bench.live import CHANNEL, plain_socket_server, prepare

CONNECTIONS_MAX = 10_000
FLOORS = {"p95_ms": 500, "p99_ms": 1000}
GOAL_P95 = 300
OPEN_SECONDS, ROUND_SECONDS = 180, 30
ROUNDS_MAX = 15  # each takes one of the twenty reviews


class Crowd:
    """The process that holds the sockets."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The crowd has left.")
        return line.strip()

    def moments(self) -> list[float]:
        """When sockets had answered since the last time."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: list[float] = json.loads(self.line())
        return found

    def wait(self, count: int) -> list[float]:
        """The moments of as many answers as there are sockets, or of those that came in time."""
        found: list[float] = []
        until = time.monotonic() + ROUND_SECONDS
        while len(found) < count and time.monotonic() < until:
            time.sleep(0.1)
            found += self.moments()
        return found


@contextmanager
def crowd(url: str, count: int, *options: str) -> Iterator[Crowd]:
    """So many open pages, connected."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.crowd", url, str(count), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        opened = Crowd(process)
        if opened.line() != "ready":
            raise RuntimeError("The crowd did not get in.")
        yield opened
    finally:
        process.kill()
        process.wait(30)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def measure(connections: int, rounds: int) -> dict[str, Any]:
    """Both latencies, round by round, every socket counted."""
    from tests.stack import Stack

    stack = Stack(demo=False)
    try:
        stack.start()
        shop_id, widget = prepare(stack)
        import redis

        redis_url = os.environ["REDIS_URL"]
        plain = redis.Redis.from_url(redis_url)
        ours: Counter[int] = Counter()
        theirs: Counter[int] = Counter()
        told = 0
        firsts: list[int] = []
        live = f"ws://127.0.0.1:{stack.port}/ws/w/{widget}"
        with (
            plain_socket_server(redis_url) as port,
            crowd(live, connections, "--origin", stack.base_url.replace("localhost", "127.0.0.1")) as pages,
            crowd(f"ws://127.0.0.1:{port}", connections, "--plain") as bare,
        ):
            for _ in range(rounds):
                withdrawn = _withdraw(shop_id)
                pages.wait(connections)
                counted, confirmed = _counted(shop_id, withdrawn, connections)
                told += counted
                ours += confirmed
                firsts.append(min(confirmed))
                begun = time.time() * 1000
                plain.publish(CHANNEL, "x" * 512)
                theirs += Counter(round(moment - begun) for moment in bare.wait(connections))
        plain.close()
    finally:
        stack.remove()
    return _summary(connections, rounds, told, ours, theirs) | {"first_page_ms": statistics.median(firsts)}


def _withdraw(shop_id: int) -> Any:
    """End every licence of one review on the first screen; returns the news of it."""
    from django.utils import timezone

    from project.core.models import OutboxRow
    from project.rights import gate
    from project.rights.contracts import Audience, Channel, EndReason, GateQuery
    from project.rights.services import withdraw_item

    audience = Audience(shop_id, Channel.SITE, ("DK",), timezone.now())
    item = gate.published(audience, GateQuery(order="newest", limit=1)).items[0].id
    withdraw_item(shop_id=shop_id, actor_id=None, item_id=item, reason=EndReason.AUTHOR)
    return OutboxRow.objects.filter(shop_id=shop_id, event="LicenceWithdrawn").latest("number")


def _counted(shop_id: int, news: Any, connections: int) -> tuple[int, Counter[int]]:
    """What the receipt counts: pages told, and confirmations by milliseconds after the commit."""
    from project.core.live.acks import confirmations

    committed: datetime = news.created_at
    until = time.monotonic() + ROUND_SECONDS
    while True:
        told, moments = confirmations(shop_id, news.number, items=news.data["item_ids"])
        if moments.total() >= connections or time.monotonic() > until:
            return told, Counter(
                {round(moment - committed.timestamp() * 1000): pages for moment, pages in moments.items()}
            )
        time.sleep(0.1)


def quantiles(counts: Counter[int]) -> dict[str, int]:
    """p50, p95, p99 and the slowest of counted milliseconds."""
    return {
        "p50_ms": _at(counts, 0.5),
        "p95_ms": _at(counts, 0.95),
        "p99_ms": _at(counts, 0.99),
        "slowest_ms": max(counts),
    }


def _at(counts: Counter[int], share: float) -> int:
    seen = 0
    for milliseconds in sorted(counts):
        seen += counts[milliseconds]
        if seen >= share * counts.total():
            return milliseconds
    raise ValueError("nothing was counted")


def _summary(connections: int, rounds: int, told: int, ours: Counter[int], theirs: Counter[int]) -> dict[str, Any]:
    figures, yardstick = quantiles(ours), quantiles(theirs)
    everybody = told == ours.total() == theirs.total() == connections * rounds
    return {
        "what": "withdrawal to acknowledged by every open page",
        "connections": connections,
        "rounds": rounds,
        "told": told,
        "confirmed": ours.total(),
        **figures,
        "yardstick": "plain Valkey publish to as many bare sockets",
        **{f"yardstick_{name}": value for name, value in yardstick.items()},
        "ratio_p95": round(figures["p95_ms"] / max(yardstick["p95_ms"], 1), 2),
        **{f"floor_{name}": value for name, value in FLOORS.items()},
        "goal_p95_ms": GOAL_P95,
        "holds": everybody and all(figures[name] <= floor for name, floor in FLOORS.items()),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    if not 0 < options.connections <= CONNECTIONS_MAX or not 0 < options.rounds <= ROUNDS_MAX:
        parser.error(f"at most {CONNECTIONS_MAX} connections and {ROUNDS_MAX} rounds")
    result = measure(options.connections, options.rounds)
    print(json.dumps(result, indent=2))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
