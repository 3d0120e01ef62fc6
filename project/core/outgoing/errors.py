"""Why an outgoing request gave no answer. ``reason`` is a code for logs; no error carries the URL."""

from project.core.errors import ErrorCode, VouchsafeError


class OutgoingError(VouchsafeError):
    """Base of all of them. ``reason`` says which rule or step it was."""

    code = ErrorCode.OUTGOING_FAILED
    status = 502

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class OutgoingRefused(OutgoingError):
    """We do not go there: the URL, its address or a redirect broke a rule. Trying again will not help."""

    code = ErrorCode.OUTGOING_REFUSED
    status = 422


class OutgoingFailed(OutgoingError):
    """The other side could not be reached or answered something that is not HTTP."""


class OutgoingTooLarge(OutgoingError):
    """The body, as sent or as unpacked, is larger than the limit."""

    code = ErrorCode.OUTGOING_TOO_LARGE


class OutgoingTimeout(OutgoingError):
    """The time for the whole exchange is used up."""

    code = ErrorCode.OUTGOING_TIMEOUT
    status = 504
