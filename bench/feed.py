"""The feed, warm and cold: what a request costs our own process against nginx serving the same bytes from disk.

    python -m bench.feed [--rounds 5] [--seconds 2]

Prints one JSON document of ratios. Servers are pinned to the first core and wrk to the second; rounds of all targets
are interleaved; CPU is the server process's own time (user and system) per answered request; the median of the
rounds' ratios counts. Needs nginx and wrk, and a shop with twenty published reviews in services of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLOORS = {"feed": 3.5, "not_modified": 2.5}
GOALS = {"feed": 2.5, "not_modified": 2.0}
REVIEWS = 20
CONNECTIONS = 32
SERVER_CORE, LOAD_CORE = "0", "1"
PARALLEL_MISSES = 100
ORIGIN = "http://127.0.0.1:8001"
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  types {{ application/json json; }}
  keepalive_requests 10000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; sendfile on; open_file_cache max=10; }}
}}
"""


@dataclass(frozen=True)
class Target:
    """One thing to load: an address, the headers that go with it, and whose CPU it costs."""

    name: str
    url: str
    headers: tuple[tuple[str, str], ...]
    pids: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """One round of one target."""

    per_second: float
    cpu_microseconds: float


def free_port() -> int:
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def cpu_seconds(pids: tuple[int, ...], *, ended_children: bool = False) -> float:
    """User and system time of the processes so far (Linux, /proc/<pid>/stat fields 14 and 15); with ``ended_children``
    that of the processes as well that they started and that have ended (fields 16 and 17)."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11 : 15 if ended_children else 13]))
    return total / TICKS


def load(target: Target, seconds: int) -> Reading:
    """Load a target with wrk; raises RuntimeError when it answered anything but what was asked for."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    for name, value in target.headers:
        command += ["-H", f"{name}: {value}"]
    before = cpu_seconds(target.pids)
    out = subprocess.run([*command, target.url], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(target.pids) - before
    found = re.search(r"(\d+) requests in", out)
    if found is None or "Non-2xx" in out:
        raise RuntimeError(f"{target.name} did not answer as asked: {out.strip()}")
    requests = int(found[1])
    return Reading(requests / seconds, 1e6 * used / requests)


@contextmanager
def process(command: list[str], ready: Callable[[], bool], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process of our own, ended with the block."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    try:
        deadline = time.monotonic() + 60
        while not ready():
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield started
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            return False
        return True

    return ready


def fetch(url: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read(), {name.lower(): value for name, value in response.headers.items()}


@contextmanager
def shop() -> Iterator[dict[str, str]]:
    """Services, a shop with reviews and a carousel; yields the environment of a server and the widget's id."""
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
            DJANGO_SETTINGS_MODULE="project.settings.base",
        )
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        widget_id = _fill()
        connections.close_all()
        yield {**os.environ, "BENCH_WIDGET": widget_id}


def _fill() -> str:
    from project.content.kinds import Kind
    from project.content.rules import CreditKind
    from project.shops.services import add_allowed_origin
    from tests.factories import item_input, make_personas, make_published
    from widgets.contracts import WidgetInput
    from widgets.services import create_widget

    shop_id = make_personas().shop.id
    text = "The fabric is lovely and the cut is generous; I took one size down and it fits. " * 3
    make_published(
        shop_id,
        [
            item_input(
                kind=Kind.REVIEW,
                text=f"{text} ({number})",
                rating=3 + number % 3,
                credit_kind=CreditKind.CUSTOMER,
                credit_detail=str(30 + number),
            )
            for number in range(REVIEWS)
        ],
    )
    add_allowed_origin(shop_id=shop_id, actor_id=None, origin=ORIGIN)
    widget = WidgetInput(type="wall", name="Wall", heading="What customers say")
    return create_widget(shop_id=shop_id, actor_id=None, widget=widget)


def child_pids(pid: int) -> tuple[int, ...]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return tuple(map(int, found))


def run(rounds: int, seconds: int) -> dict[str, Any]:
    """All targets, interleaved."""
    with ExitStack() as stack:
        environment = stack.enter_context(shop())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vouchsafe-bench-")))
        folder.chmod(0o755)
        port, nginx_port = free_port(), free_port()
        environment |= {"PORT": str(port), "HOST": "127.0.0.1", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        serve = "from project.runtime.web import serve; serve()"
        server = stack.enter_context(
            process(
                ["taskset", "-c", SERVER_CORE, sys.executable, "-c", serve],
                answers(f"http://127.0.0.1:{port}/healthz"),
                env=environment,
            )
        )
        feed = f"http://127.0.0.1:{port}/w/{environment['BENCH_WIDGET']}/feed.json"
        cold = cold_misses(feed)
        body, headers = fetch(feed, Origin=ORIGIN)
        (folder / "files").mkdir()
        (folder / "files" / "feed.json").write_bytes(body)
        static = f"http://127.0.0.1:{nginx_port}/feed.json"
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=nginx_port))
        nginx = stack.enter_context(
            process(
                ["taskset", "-c", SERVER_CORE, "nginx", "-p", str(folder), "-c", str(configuration)],
                answers(static),
                stderr=subprocess.DEVNULL,
            )
        )
        etag = fetch(static)[1]["etag"]
        workers = child_pids(nginx.pid)
        own = (server.pid,)
        origin = ("Origin", ORIGIN)
        targets = [
            Target("nginx", static, (origin,), workers),
            Target("nginx_not_modified", static, (origin, ("If-None-Match", etag)), workers),
            Target("feed", feed, (origin,), own),
            Target("feed_gzip", feed, (origin, ("Accept-Encoding", "gzip")), own),
            Target("not_modified", feed, (origin, ("If-None-Match", headers["etag"])), own),
        ]
        for target in targets:
            load(target, 1)  # warm
        readings: dict[str, list[Reading]] = {target.name: [] for target in targets}
        for _ in range(rounds):
            for target in targets:
                readings[target.name].append(load(target, seconds))
    return report(readings, len(body), cold)


def cold_misses(url: str) -> dict[str, Any]:
    """Many ask at once for what nobody has asked for yet: the time until all have it, against one that asks alone."""
    import concurrent.futures

    def ask(key: str) -> str:
        return fetch(f"{url}?locale={key}")[1]["etag"]

    began = time.perf_counter()
    ask("en")
    alone = time.perf_counter() - began
    with concurrent.futures.ThreadPoolExecutor(PARALLEL_MISSES) as pool:
        list(pool.map(lambda _: ask("en"), range(PARALLEL_MISSES)))  # the threads exist
        began = time.perf_counter()
        etags = set(pool.map(lambda _: ask("da"), range(PARALLEL_MISSES)))
        together = time.perf_counter() - began
    return {
        "parallel_misses": PARALLEL_MISSES,
        "different_answers": len(etags),
        "all_of_them_x_one_alone": round(together / alone, 1),
    }


def report(readings: dict[str, list[Reading]], size: int, cold: dict[str, Any]) -> dict[str, Any]:
    yardstick = readings["nginx"]

    def ratio(name: str, value: Callable[[Reading], float]) -> float:
        pairs = zip(readings[name], yardstick, strict=True)
        return round(statistics.median(value(own) / value(base) for own, base in pairs), 2)

    names = [name for name in readings if name != "nginx"]
    cpu = {name: ratio(name, lambda reading: reading.cpu_microseconds) for name in names}
    rate = {name: ratio(name, lambda reading: reading.per_second) for name in names}
    return {
        "body_bytes": size,
        "cpu_x_nginx": cpu,
        "requests_x_nginx": rate,
        "cpu_microseconds": {
            name: round(min(reading.cpu_microseconds for reading in found), 1) for name, found in readings.items()
        },
        "cold": cold,
        "floors": FLOORS,
        "goals": GOALS,
        "reaches_goals": all(cpu[name] <= goal for name, goal in GOALS.items()),
        "holds": all(cpu[name] <= floor for name, floor in FLOORS.items()) and cold["different_answers"] == 1,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    missing = [program for program in ("nginx", "wrk", "taskset") if shutil.which(program) is None]
    if missing:
        print(json.dumps({"error": f"needs {', '.join(missing)}"}))
        return 1
    result = run(options.rounds, options.seconds)
    print(json.dumps(result, indent=2))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
