"""Whether a process can do its work yet, asked from outside."""

import http.client
import socket
from pathlib import Path

PROBE_SECONDS = 2.0


def http_answers(port: int, path: str = "/healthz", *, name: str = "localhost") -> bool:
    """Whether ``GET path`` on this machine, asked for the host ``name``, is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": f"{name}:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def socket_answers(path: Path) -> bool:
    """Whether somebody accepts connections on the Unix socket ``path``."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PROBE_SECONDS)
            connection.connect(str(path))
            return True
    except OSError:
        return False
