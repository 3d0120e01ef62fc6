"""Views that belong to no room: the health page and the error handlers."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from project.core.errors import ErrorCode, NotAllowed, NotFound, VouchsafeError
from project.core.middleware import answer


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when this process reaches the database, 503 otherwise; says nothing else about the inside."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"status": "unavailable", "database": False}, status=503)
    return JsonResponse({"status": "ok", "database": True})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, VouchsafeError(_("This request cannot be understood."), code=ErrorCode.INVALID_INPUT))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotAllowed(_("You may not do this.")))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotFound(_("There is nothing here under this address.")))


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(
        request,
        VouchsafeError(
            _("Something went wrong on our side. Please try again; the details are in the server's log."),
            status=500,
        ),
    )
