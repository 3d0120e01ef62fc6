"""The OpenAPI description, its page for people, and what drf-spectacular cannot guess."""

import json
from functools import lru_cache
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from project.core.api.conditional import etag_of
from project.core.api.operations import SCOPE_EXTENSION

ERROR = {"$ref": "#/components/schemas/Error"}
METHODS = ("get", "post", "put", "patch", "delete")
# What any operation may answer instead of its success; docs/errors.md says which code means what.
REFUSALS = {
    "400": "Something that was sent is not valid; `fields` says what.",
    "401": "No key, or one that is unknown, revoked or expired.",
    "403": "The key lacks the scope, or may not be used from there.",
    "404": "There is no such object in the key's shop.",
    "405": "The address does not know this method.",
    "409": "Somebody else was first, or the object is no longer in the state that this needs.",
    "410": "This was answered, used up or ended before.",
    "411": "The body came without its size (`Content-Length`).",
    "412": "The object changed since it was read (`If-Match`).",
    "413": "The body is larger than 1 MB.",
    "415": "The body is not JSON.",
    "429": "Too many requests with this key; `Retry-After` says how long to wait.",
}
ETAG_HEADER = {"description": "Send it back as `If-None-Match`.", "schema": {"type": "string"}}


class ApiSchema(AutoSchema):
    """Tags by resource, operation ids by resource and action."""

    def get_tags(self) -> list[str]:
        return [self._resource()]

    def get_operation_id(self) -> str:
        return f"{self._resource().replace('-', '_')}_{getattr(self.view, 'action', self.method.lower())}"

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # a list answers with a page, which is an object

    def _resource(self) -> str:
        return str(self.path).split("/")[3]


class ApiSchemaGenerator(SchemaGenerator):
    """Adds what holds for every operation: the one error shape, ETags, 304."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        schema = super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]
        schema["components"].setdefault("schemas", {})["Error"] = error_schema()
        for path in schema["paths"].values():
            for method in METHODS:
                if method in path:
                    _complete(method, path[method])
        return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    scope = operation.get(SCOPE_EXTENSION)
    needs = f"Scope: `{scope}`." if scope else "Needs no key."
    operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
    if method == "get":
        responses["200"].setdefault("headers", {})["ETag"] = ETAG_HEADER
        responses["304"] = {"description": "Unchanged since `If-None-Match`."}
    for status, description in REFUSALS.items():
        responses[status] = {"description": description, "content": {"application/json": {"schema": ERROR}}}


def error_schema() -> dict[str, Any]:
    """JSON Schema of the one error shape."""
    sentences = {"type": "array", "items": {"type": "string"}}
    error = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "Stable; docs/errors.md explains each."},
            "message": {"type": "string", "description": "One sentence for a person."},
            "fields": {"type": "object", "additionalProperties": sentences},
        },
        "required": ["code", "message"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"error": error},
        "required": ["error"],
        "additionalProperties": False,
    }


class StrictSerializerExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Strict serializers say so: no other fields come in, none go out."""

    target_class = "project.core.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Any:
        schema = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        kind = self.target if isinstance(self.target, type) else type(self.target)
        if not kind.__dict__.get("__doc__"):
            schema.pop("description", None)  # it is the base's, which says nothing of this object
        return {**schema, "additionalProperties": False}


class ApiKeyExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "project.shops.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`sk_…` on a server; `pk_…` in a page of an allowed origin, for `published` alone.",
        }


@lru_cache(maxsize=8)
def described(language: str | None) -> dict[str, Any]:
    """The OpenAPI document in one language; it is the same for everybody and does not change while we run."""
    generator: Any = ApiSchemaGenerator()  # type: ignore[no-untyped-call]
    return cast(dict[str, Any], generator.get_schema(request=None, public=True))


@lru_cache(maxsize=8)
def _document(language: str | None) -> tuple[bytes, str]:
    schema = described(language)
    return json.dumps(schema, ensure_ascii=False).encode(), etag_of(schema)


@require_safe
def schema_view(request: HttpRequest) -> HttpResponse:
    """``/api/v1/schema/``: the OpenAPI 3.0 document as JSON. Needs no key."""
    body, etag = _document(get_language())
    response: HttpResponse
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="application/vnd.oai.openapi+json")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
def docs_view(request: HttpRequest) -> HttpResponse:
    """``/api/v1/docs/``: the same for people, rendered here, without a script or another host's files."""
    schema = described(get_language())
    resources: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                entry = _described_operation(schema, path, method, methods[method])
                resources.setdefault(entry["tag"], []).append(entry)
    page = {"info": schema["info"], "resources": sorted(resources.items()), "schema_url": reverse("api-schema")}
    response = render(request, "core/api_docs.html", page)
    response["Cache-Control"] = "public, max-age=300"
    return response


def _described_operation(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    success = {status: body for status, body in operation["responses"].items() if status.startswith("2")}
    answers = [(status, _fields_of(schema, _content(body))) for status, body in success.items()]
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "path": path,
        "method": method.upper(),
        "summary": operation.get("summary", ""),
        "scope": operation.get(SCOPE_EXTENSION, ""),
        "parameters": operation.get("parameters", []),
        "body": _fields_of(schema, _content(operation.get("requestBody", {}))),
        "answers": answers,
    }


def _content(described: dict[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], described.get("content", {}).get("application/json", {}).get("schema", {}))


def _fields_of(schema: dict[str, Any], shape: dict[str, Any]) -> list[dict[str, Any]]:
    """One level of an object's fields, as name, type, whether it must be there, and what it means."""
    shape = _resolved(schema, shape)
    required = set(shape.get("required", ()))
    return [
        {
            "name": name,
            "type": _type_of(schema, field),
            "required": name in required,
            "description": field.get("description", ""),
        }
        for name, field in shape.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in shape:
        return cast(dict[str, Any], schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return shape


def _type_of(schema: dict[str, Any], field: dict[str, Any]) -> str:
    if "$ref" in field:
        named = _resolved(schema, field)
        return " | ".join(map(str, named["enum"])) if "enum" in named else field["$ref"].rpartition("/")[2]
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in field:
            return " | ".join(_type_of(schema, part) for part in field[combined])
    if field.get("type") == "array":
        return f"[{_type_of(schema, field.get('items', {}))}]"
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    return str(field.get("format") or field.get("type", "any")) + (" | null" if field.get("nullable") else "")
