"""The command; see the package."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Final

from .entities import TAG
from .server import ReplayServer
from .timeline import DEMO_ANSWERS, Replay

DEFAULT_PORT: Final = 8002


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Exit code 1 where the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m project.runtime.replay", description="Replay a hashtag timeline of invented posts."
    )
    parser.add_argument("--port", type=int, default=int(os.environ.get("REPLAY_PORT", DEFAULT_PORT)))
    options = parser.parse_args(arguments)
    try:
        server = ReplayServer(options.port, Replay(answers=DEMO_ANSWERS))
    except OSError as error:
        print(f"Port {options.port} of 127.0.0.1 cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, so it must not run inside it.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Replaying #{TAG} at {server.base}", flush=True)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
