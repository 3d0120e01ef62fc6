"""HTTP to addresses that somebody else chose (OWASP ASVS 5.0 1.3.6, 13.2.4, 15.3.2).

``fetch`` is the only way out: it connects to the address that was checked and to no other, follows
redirects by checking each of them again, and never holds more than it was told to.
"""

from .client import OutgoingClient, fetch
from .contracts import Fetched, Limits
from .errors import OutgoingError, OutgoingFailed, OutgoingRefused, OutgoingTimeout, OutgoingTooLarge
from .policy import OutgoingPolicy

__all__ = [
    "Fetched",
    "Limits",
    "OutgoingClient",
    "OutgoingError",
    "OutgoingFailed",
    "OutgoingPolicy",
    "OutgoingRefused",
    "OutgoingTimeout",
    "OutgoingTooLarge",
    "fetch",
]
