"""The base of every resource: who calls, what the key may, the shop's scope, limits, conditional answers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from project.core.api.conditional import make_conditional
from project.core.api.limits import KeyThrottle, VisitorThrottle
from project.core.api.parsers import BoundedJSONParser, JSONAlways
from project.core.change import Change, change
from project.core.errors import ErrorCode, NotFound, VouchsafeError
from project.core.scope import shop_scope


class Caller(Protocol):
    """The holder of an API key, as the shops room authenticates it."""

    @property
    def shop_id(self) -> int: ...
    @property
    def key_id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def publishable(self) -> bool: ...
    @property
    def scopes(self) -> frozenset[str]: ...


class HasKeyScope(BasePermission):
    """The key carries the scope that the operation states. An operation that states none is nobody's."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = getattr(view, getattr(view, "action", None) or "", None)
        if method is None:
            return True  # no operation under this method: the answer is 405
        wanted = getattr(method, "required_scope", None)
        if wanted is not None and wanted in cast(Caller, request.user).scopes:
            return True
        raise VouchsafeError(
            _("This needs a key with the scope %(scope)s. Make one in the studio under Settings, API keys.")
            % {"scope": wanted or "-"},
            code=ErrorCode.KEY_SCOPE_MISSING,
            status=403,
        )


class ShopViewSet(ViewSet):
    """A resource of the shop that the key belongs to; the scope of that shop is open while an operation runs."""

    permission_classes = [HasKeyScope]
    throttle_classes = [KeyThrottle]
    parser_classes = [BoundedJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = JSONAlways
    metadata_class = None
    lookup_field = "public_id"
    cache_control = "private, no-cache"
    authenticated = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self._scope:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            # The framework takes a body of unstated size for none at all; a caller would puzzle over missing fields.
            raise VouchsafeError(
                _("State the size of the body (Content-Length)."), code=ErrorCode.INVALID_INPUT, status=411
            )

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self.authenticated = True
        self._scope.enter_context(shop_scope(self.caller.shop_id))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", self.cache_control)
        final["Vary"] = ", ".join(["Authorization", *([final["Vary"]] if final.has_header("Vary") else [])])
        if request.method in {"GET", "HEAD"} and final.status_code == 200:
            make_conditional(request, final)
        return final

    @property
    def caller(self) -> Caller:
        return cast(Caller, self.request.user)

    def accepted(self, serializer: type[BaseSerializer[Any]]) -> Any:
        """The validated body."""
        checked = serializer(data=self.request.data)
        checked.is_valid(raise_exception=True)
        return checked.validated_data

    def asked(self, serializer: type[BaseSerializer[Any]]) -> Any:
        """The validated query string."""
        checked = serializer(data=self.request.query_params)
        checked.is_valid(raise_exception=True)
        return checked.validated_data

    @contextmanager
    def change(self, operation: str, **objects: str) -> Iterator[Change]:
        """A change whose audit also says which key made it; the services' own changes join it."""
        with change(shop_id=self.caller.shop_id, actor_id=None) as unit:
            yield unit
            unit.audit(f"api.{operation}", "api_key", self.caller.public_id, **objects)


class OpenViewSet(ShopViewSet):
    """A resource that needs no key: for what everybody has a right to say. A key that is sent must be good, and then
    holds the request to its own shop; limits are per visitor."""

    permission_classes = []
    throttle_classes = [VisitorThrottle]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        made = super().initialize_request(request, *args, **kwargs)
        if "Authorization" not in request.headers:
            made.authenticators = []
        return made

    def perform_authentication(self, request: Request) -> None:
        if request.user is not None:
            self.authenticated = True
            self._scope.enter_context(shop_scope(self.caller.shop_id))


def found(row: Any) -> Any:
    """The row, or 404: other shops' objects and ones that never were answer alike."""
    if row is None:
        raise NotFound(_("There is nothing here under this id in your shop."))
    return row
