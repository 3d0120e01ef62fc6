"""`python -m assistant.embedder`: the process that makes the vectors of questions.

Reads EMBEDDER_SOCKET (else VOUCHSAFE_HOME) and VOUCHSAFE_EMBEDDINGS. Ends on SIGTERM and SIGINT; exit code 1
when another embedder holds the socket.
"""

from __future__ import annotations

import logging
import signal
import sys

from assistant.embedding.loading import embeddings
from assistant.embedding.location import socket_path
from assistant.embedding.questions import QuestionVectors
from assistant.embedding.server import AlreadyRunning, EmbedderServer


def main() -> int:
    """Serve until told to end; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logger = logging.getLogger("assistant.embedder")
    server = EmbedderServer(path=socket_path())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    try:
        server.bind()
    except AlreadyRunning as error:
        logger.error("%s", error)
        return 1
    # After the socket is taken, so that a second embedder ends before it loads 84 MB; questions that arrive
    # meanwhile wait in the socket's backlog or are answered without a vector.
    server.embed_with(QuestionVectors(embeddings()))
    logger.info("embedder ready on %s", socket_path())
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
