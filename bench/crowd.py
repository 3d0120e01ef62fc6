"""Many open pages in one process: sockets that do with a patch what the embed does, and note when.

    python -m bench.crowd URL COUNT [--origin ORIGIN] [--plain]

Connects, prints ``ready``, then answers each line on its standard input with one JSON list: the wall-clock moments, in
milliseconds, at which sockets had answered (``--plain``: received) since the last line. Loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

AT_ONCE = 50
PATCH = '{"type":"patch"'


class Crowd:
    """All sockets of this process, and when each had answered."""

    def __init__(self, url: str, origin: str, *, plain: bool) -> None:
        self._url = url
        self._origin = origin
        self._plain = plain
        self._opening = asyncio.Semaphore(AT_ONCE)
        self.moments: list[float] = []

    async def enter(self) -> ClientConnection:
        """One more socket, greeted where the server greets."""
        async with self._opening:
            socket = await connect(
                self._url,
                additional_headers={"Origin": self._origin} if self._origin else None,
                compression=None,
                ping_interval=None,
                open_timeout=60,
            )
            if not self._plain:
                await socket.recv()
            return socket

    async def stay(self, socket: ClientConnection) -> None:
        """Answer patches until the connection ends."""
        async for message in socket:
            text = str(message)
            if self._plain:
                self.moments.append(time.time() * 1000)
            elif text.startswith(PATCH):
                await socket.send(json.dumps({"type": "ack", "v": json.loads(text)["to"]}))
                self.moments.append(time.time() * 1000)


async def work(url: str, count: int, origin: str, *, plain: bool) -> None:
    crowd = Crowd(url, origin, plain=plain)
    sockets = await asyncio.gather(*(crowd.enter() for _ in range(count)))
    staying = [asyncio.create_task(crowd.stay(socket)) for socket in sockets]
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        moments, crowd.moments = crowd.moments, []
        print(json.dumps(moments), flush=True)
    for task in staying:
        task.cancel()
    for socket in sockets:
        socket.transport.abort()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    parser.add_argument("--origin", default="")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    if urlsplit(options.url).hostname not in {"127.0.0.1", "localhost"}:
        parser.error("This loads machines; it may load this one only.")
    asyncio.run(work(options.url, options.count, options.origin, plain=options.plain))
    return 0


if __name__ == "__main__":
    sys.exit(main())
