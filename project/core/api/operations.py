"""One declaration per operation: what it is called, which scope it needs, what it takes, what it answers."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.utils.functional import Promise
from drf_spectacular.utils import OpenApiResponse, extend_schema

F = TypeVar("F", bound=Callable[..., Any])

SCOPE_EXTENSION = "x-vouchsafe-scope"


def operation(
    summary: str | Promise,
    *,
    scope: str | None,
    answer: Any,
    status: int = 200,
    takes: Any = None,
    query: Any = None,
    also: dict[int, Any] | None = None,
) -> Callable[[F], F]:
    """Mark a method of a :class:`~project.core.api.views.ShopViewSet` as an operation of the API.

    ``takes`` and ``query`` are serializers of body and query string; ``answer`` of the body of ``status`` (None:
    no body), ``also`` of further successes. The permission check reads ``scope`` from here; a method without this
    mark is refused to everybody. ``scope`` None: open to everybody, in an
    :class:`~project.core.api.views.OpenViewSet` alone.
    """

    def decorate(method: F) -> F:
        responses = {status: answer or OpenApiResponse(description="Done."), **(also or {})}
        described = extend_schema(
            summary=summary,
            request=takes,
            responses=responses,
            parameters=[query] if query is not None else None,
            extensions={SCOPE_EXTENSION: str(scope)} if scope is not None else None,
            auth=cast(Any, [{}, {"apiKey": []}]) if scope is None else None,
        )(method)
        described.required_scope = str(scope) if scope is not None else None  # type: ignore[attr-defined]
        return described

    return decorate
