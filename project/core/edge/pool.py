"""Threads for the edge's database work: few, its own, and closed with their connections."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import close_old_connections, connection, connections, transaction

T = TypeVar("T")

THREADS = 4


class WorkPool:
    """Runs blocking functions away from the event loop; each thread keeps one database connection."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work`` from one of the pool's threads, in a copy of the caller's context."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="edge")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: context.run(_with_connection, work))

    async def close(self) -> None:
        """End the threads and close their connections."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        # ThreadPoolExecutor starts a thread per job until it has all of them, so this many jobs that wait for
        # each other meet every thread exactly once.
        barrier = threading.Barrier(self._threads)
        loop = asyncio.get_running_loop()
        closing = [loop.run_in_executor(executor, _close_connections, barrier) for _ in range(self._threads)]
        await asyncio.gather(*closing)
        executor.shutdown()


def _with_connection(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _close_connections(barrier: threading.Barrier) -> None:
    connections.close_all()
    barrier.wait(timeout=10)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read everything inside from one state of the database (REPEATABLE READ, read only).

    A payload is labelled with the publication number that it was built from: number and content must be of
    the same snapshot, or a page could be told that it is up to date while it shows what the number already
    withdrew. Inside a transaction that is open already the caller's isolation holds.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
