"""The REST framework's errors in the one shape."""

import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from project.core.errors import ErrorCode, InvalidInput, NotAllowed, NotFound, VouchsafeError

_CODES: dict[type[exceptions.APIException], ErrorCode] = {
    exceptions.NotAuthenticated: ErrorCode.KEY_INVALID,
    exceptions.AuthenticationFailed: ErrorCode.KEY_INVALID,
    exceptions.PermissionDenied: ErrorCode.NOT_ALLOWED,
    exceptions.NotFound: ErrorCode.NOT_FOUND,
    exceptions.MethodNotAllowed: ErrorCode.METHOD_NOT_ALLOWED,
    exceptions.UnsupportedMediaType: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    exceptions.Throttled: ErrorCode.RATE_LIMITED,
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every refusal as ``{"error": {"code", "message", "fields"?}}``."""
    error = as_vouchsafe_error(exc)
    if error is None:
        return None
    set_rollback()
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    wait = getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return Response(error.to_dict(), status=error.status, headers=headers)


def as_vouchsafe_error(exc: Exception) -> VouchsafeError | None:
    """The refusal that an exception stands for, or None for a defect."""
    if isinstance(exc, VouchsafeError):
        return exc if exc.status < 500 else None
    if isinstance(exc, Http404):
        return NotFound(_("There is nothing here under this address."))
    if isinstance(exc, PermissionDenied):
        return NotAllowed(_("You may not do this."))
    if isinstance(exc, exceptions.ValidationError):
        return InvalidInput(_("Some of what was sent is not valid."), fields=_fields(exc.detail))
    if isinstance(exc, exceptions.APIException):
        code = next((c for kind, c in _CODES.items() if isinstance(exc, kind)), ErrorCode.INVALID_INPUT)
        return VouchsafeError(str(exc.detail), code=code, status=exc.status_code)
    return None


def _fields(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found.update(_fields(value, f"{prefix}{key}."))
        return found
    if isinstance(detail, list) and any(isinstance(entry, dict) for entry in detail):
        found = {}
        for index, value in enumerate(detail):
            found.update(_fields(value, f"{prefix}{index}."))
        return found
    sentences = detail if isinstance(detail, list) else [detail]
    return {prefix.rstrip(".") or "body": [str(entry) for entry in sentences]}
