"""Names to addresses, once per connection and within the time that is left."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from .addresses import Address
from .errors import OutgoingFailed, OutgoingTimeout

Resolver = Callable[[str, int], Sequence[str]]


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the operating system says, in its order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(resolver: Resolver, *, host: str, port: int, timeout: float) -> list[Address]:
    """The addresses of ``host``. Raises OutgoingFailed when there are none, OutgoingTimeout when late.

    getaddrinfo cannot be interrupted, so it runs in a thread of its own that is left behind when it hangs.
    """
    answers: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout, 0.001))
    except queue.Empty:
        raise OutgoingTimeout("resolve", _("The other server took too long.")) from None
    if isinstance(answer, Exception):
        raise OutgoingFailed("resolve", _("The name of the other server is unknown.")) from answer
    addresses = [ipaddress.ip_address(text) for text in answer]
    if not addresses:
        raise OutgoingFailed("resolve", _("The name of the other server is unknown."))
    return addresses
