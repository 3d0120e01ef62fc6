"""A real uvicorn server in the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from project.core.live.protocol import LiveHttpProtocol, LiveWebSocketProtocol


class _QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The test runner's signals stay the test runner's."""
        yield


@dataclass(frozen=True)
class Served:
    """Where the server listens."""

    port: int
    server: uvicorn.Server

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(application: Any, *, lends_transport: bool = True, keep_alive: float = 5.0) -> AsyncIterator[Served]:
    """Serve until the block ends; with our protocols, or with uvicorn's own that lend no transport. ``keep_alive``:
    seconds after which a connection that asks nothing is closed.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,
        http=LiveHttpProtocol if lends_transport else "httptools",
        ws=LiveWebSocketProtocol if lends_transport else "websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=keep_alive,  # type: ignore[arg-type]
    )
    server = _QuietServer(config)
    running = asyncio.create_task(server.serve([listener]))
    try:
        async with asyncio.timeout(20):
            while not server.started:
                if running.done():
                    running.result()
                    raise RuntimeError("The server ended before it had started.")
                await asyncio.sleep(0.005)
        yield Served(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        await running
