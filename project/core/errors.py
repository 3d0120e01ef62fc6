"""Errors a person can act on: a stable code, one sentence, an HTTP status, and one JSON shape."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Every code that an API, a page, a socket or a command may answer with. Stable; documented in docs/errors.md."""

    INVALID_INPUT = "invalid_input"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    PRECONDITION_FAILED = "precondition_failed"
    INTERNAL = "internal"
    SCOPE_MISSING = "scope_missing"

    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    KEY_INVALID = "key_invalid"
    KEY_SCOPE_MISSING = "key_scope_missing"
    SECRET_KEY_IN_BROWSER = "secret_key_in_browser"  # noqa: S105 (a code, not a secret)

    ALREADY_DECIDED = "already_decided"
    REASON_REQUIRED = "reason_required"
    FACTS_INVALID = "facts_invalid"

    AUTHOR_WITHDREW = "author_withdrew"
    LICENCE_ENDED = "licence_ended"
    REQUEST_CLOSED = "request_closed"
    LINK_INVALID = "link_invalid"
    LINK_EXPIRED = "link_expired"
    SOURCE_FORBIDS = "source_forbids"
    NOTICE_CLOSED = "notice_closed"
    LEGAL_HOLD = "legal_hold"
    NOT_CONFIRMED = "not_confirmed"

    OUTGOING_REFUSED = "outgoing_refused"
    OUTGOING_FAILED = "outgoing_failed"
    OUTGOING_TOO_LARGE = "outgoing_too_large"
    OUTGOING_TIMEOUT = "outgoing_timeout"

    FILE_UNREADABLE = "file_unreadable"
    FORMAT_UNKNOWN = "format_unknown"
    BASIS_REQUIRED = "basis_required"

    INVITATION_INVALID = "invitation_invalid"
    LAST_OWNER = "last_owner"
    WIDGET_LIMIT = "widget_limit"
    QUESTION_EMPTY = "question_empty"
    QUESTION_TOO_LONG = "question_too_long"


class VouchsafeError(Exception):
    """A refusal that is told to a person.

    ``code`` is one of :class:`ErrorCode`; ``message`` one sentence that says what to do; ``status`` the HTTP
    status; ``fields`` maps a field's name to its own sentences. Nothing internal goes into any of them.
    """

    code: ErrorCode = ErrorCode.INTERNAL
    status: int = 400

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode | None = None,
        status: int | None = None,
        fields: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.fields = dict(fields) if fields else None

    def to_dict(self) -> dict[str, Any]:
        """``{"error": {"code", "message", "fields"?}}``, the one shape of every error Vouchsafe answers with."""
        return error_body(self.code, self.message, self.fields)


def error_body(code: ErrorCode | str, message: str, fields: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """The one JSON error shape, for places that have no exception to raise."""
    error: dict[str, Any] = {"code": str(code), "message": message}
    if fields:
        error["fields"] = dict(fields)
    return {"error": error}


class InvalidInput(VouchsafeError):
    code = ErrorCode.INVALID_INPUT
    status = 400


class NotFound(VouchsafeError):
    code = ErrorCode.NOT_FOUND
    status = 404


class NotAllowed(VouchsafeError):
    code = ErrorCode.NOT_ALLOWED
    status = 403


class Conflict(VouchsafeError):
    """Somebody else was first, or the object is no longer in the state that the caller saw."""

    code = ErrorCode.CONFLICT
    status = 409


class ScopeMissing(VouchsafeError):
    """A query for shop-owned rows outside a shop scope: always a defect, never an answer to a person."""

    code = ErrorCode.SCOPE_MISSING
    status = 500
