"""What every part of ``/api/v1/`` is built on: one view base, strict serializers, pages, conditional answers.

A room's ``api.py`` declares its operations with :func:`operation`, which states in one place what an operation is
called, which key scope it needs, what it takes and what it answers; the view base enters the key's shop and
nothing else (law 9), and refuses whatever does not state its scope.
"""

from project.core.api.conditional import etag_of, require_match
from project.core.api.errors import as_vouchsafe_error, exception_handler
from project.core.api.operations import operation
from project.core.api.pages import PageQuery, page_of, page_serializer
from project.core.api.serializers import PublicIdField, StrictSerializer
from project.core.api.views import Caller, OpenViewSet, ShopViewSet

__all__ = [
    "Caller",
    "OpenViewSet",
    "PageQuery",
    "PublicIdField",
    "ShopViewSet",
    "StrictSerializer",
    "as_vouchsafe_error",
    "etag_of",
    "exception_handler",
    "operation",
    "page_of",
    "page_serializer",
    "require_match",
]
