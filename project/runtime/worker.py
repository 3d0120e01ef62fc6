"""Celery's two kinds of process, each configured in one place: a worker per queue, and beat."""

import json
import logging
import os
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from project.celery import app
from project.runtime.layout import Layout, home_from_environment
from project.runtime.programs import ONLY_WORKER, READY_FILE

UNACKNOWLEDGED = "unacked"  # kombu's name for the hash of messages that a worker holds


def work(queue: str, *, concurrency: int = 1) -> None:
    """Run the worker of ``queue`` until SIGTERM (which lets the task in hand finish).

    With one task at a time it runs in this very process: a kill ends worker and task together, and nothing
    stands between the broker and the task. More than one make a pool of child processes.
    """
    if os.environ.get(ONLY_WORKER):
        take_back(queue)
    announce_readiness()
    log_failures_only()
    pool = ["--pool", "solo"] if concurrency == 1 else ["--pool", "prefork", "--concurrency", str(concurrency)]
    # The workers have no need to know of each other.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "-Q", queue, "-n", f"{queue}@%h", "--loglevel", "INFO", *pool, *quiet])


def beat() -> None:
    """Run the scheduler; its file lies under the home folder."""
    folder = Layout(home_from_environment()).beat
    folder.mkdir(parents=True, exist_ok=True)
    log_failures_only()
    app.start(["beat", "--schedule", str(folder / "schedule"), "--pidfile", "", "--loglevel", "INFO"])


def announce_readiness() -> None:
    """Write our pid to the file that the supervisor looks at, once the worker takes tasks."""
    name = os.environ.get(READY_FILE)
    if name:
        worker_ready.connect(lambda **_: Path(name).write_text(str(os.getpid())), weak=False)


def log_failures_only() -> None:
    """The outbox is swept every second: a line for each sweep would bury what matters."""
    for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


def take_back(queue: str) -> int:
    """Put tasks that a killed worker of ``queue`` held back on the queue; returns how many.

    Only where no other worker serves the queue. The broker itself would wait for the visibility timeout,
    since it cannot know that the holder is dead.
    """
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        held = channel.client.hgetall(UNACKNOWLEDGED)
        tags = [tag for tag, message in held.items() if json.loads(message)[2] == queue]
        for tag in tags:
            channel.qos.restore_by_tag(tag.decode())
        return len(tags)
