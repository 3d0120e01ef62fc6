"""Turns refusals into the one error shape, or a readable page, wherever they are raised below."""

import logging
from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from project.core.errors import ErrorCode, VouchsafeError

logger = logging.getLogger(__name__)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: the API's paths, or an Accept header that names JSON and not HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "html" not in accept)


class ErrorShapeMiddleware:
    """Answers :class:`VouchsafeError` with its status; anything else is logged and told without internals."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, VouchsafeError):
            return answer(request, exception)
        return None


def answer(request: HttpRequest, error: VouchsafeError) -> HttpResponse:
    """The error as JSON for programs and as a page for people."""
    if error.status >= 500:
        logger.error("request.failed", extra={"code": str(error.code)}, exc_info=error)
        error = VouchsafeError(
            _("Something went wrong on our side. Please try again; the details are in the server's log."),
            code=ErrorCode.INTERNAL,
            status=error.status,
        )
    if wants_json(request):
        return JsonResponse(error.to_dict(), status=error.status)
    return render(request, "error.html", {"error": error}, status=error.status)
