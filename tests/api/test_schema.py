"""The OpenAPI document and its page."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema

from project.core.api.operations import SCOPE_EXTENSION
from project.core.api.schema import METHODS, REFUSALS, ApiSchemaGenerator, described
from project.core.api.views import ShopViewSet
from project.rights.api import NoticeViewSet
from project.shops.rules import KeyScope
from tests.api.asking import V1

pytestmark = pytest.mark.django_db


# What everybody may do without a key; nothing is added to it lightly.
OPEN = {"notices_create"}


def test_the_document_is_valid_openapi_and_was_made_without_guesses() -> None:
    reset_generator_stats()
    schema = ApiSchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    validate_schema(schema)


def test_it_needs_no_key_and_saves_the_body_of_whoever_holds_it() -> None:
    answer = Client().get(f"{V1}/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json()["paths"] == described("en")["paths"]
    unchanged = Client().get(f"{V1}/schema/", headers={"If-None-Match": answer["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_every_operation_says_its_scope_its_refusals_and_what_it_is() -> None:
    names: list[str] = []
    for path, methods in described("en")["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                names.append(operation["operationId"])
                is_open = operation["operationId"] in OPEN
                assert (operation.get(SCOPE_EXTENSION) in set(KeyScope)) is not is_open, (method, path)
                assert operation["summary"], (method, path)
                assert operation["security"] == [*([{}] if is_open else []), {"apiKey": []}], (method, path)
                assert set(REFUSALS) <= set(operation["responses"]), (method, path)
    assert len(names) == len(set(names))


def views() -> list[tuple[type[ShopViewSet], str]]:
    """Every view set under the API with each of its actions."""
    found = []
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == "api/v1/":
            for entry in pattern.url_patterns[-1].url_patterns:
                found += [(entry.callback.cls, name) for name in entry.callback.actions.values()]
    return found


def test_no_action_stands_outside_the_view_base_or_without_a_scope() -> None:
    assert len(views()) > 40
    for view, name in views():
        assert issubclass(view, ShopViewSet), view
        scope = getattr(view, name).required_scope
        assert scope in set(KeyScope) or (scope is None and view is NoticeViewSet), (view, name)


SECRETS = re.compile(r"hash|salt|payload|raw|signal|e-?mail|password|secret|token", re.IGNORECASE)


def test_no_answer_has_a_field_for_secrets_addresses_or_raw_payloads() -> None:
    schemas = described("en")["components"]["schemas"]
    answered: set[str] = set()

    def visit(shape: Any) -> None:
        if isinstance(shape, dict):
            name = str(shape.get("$ref", "")).rpartition("/")[2]
            if name and name not in answered:
                answered.add(name)
                visit(schemas[name])
            for value in shape.values():
                visit(value)
        elif isinstance(shape, list):
            for value in shape:
                visit(value)

    for methods in described("en")["paths"].values():
        for method in METHODS:
            visit(methods.get(method, {}).get("responses", {}))
    assert {"Content", "Order", "SourceOut", "AskedRequest"} <= answered
    assert not {"ConfigIn", "AuthorIn", "OrderIn"} & answered
    for name in answered:
        for field, shape in schemas[name].get("properties", {}).items():
            assert not SECRETS.search(field) or shape.get("writeOnly"), (name, field)
        assert schemas[name].get("additionalProperties") is False, name


class Page(HTMLParser):
    """Ids, links and everything that a page would load or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in {"script", "img", "iframe", "link"}:
            self.loads.append(values.get("src") or values.get("href", ""))
        if tag == "a":
            self.anchors.append(values.get("href", ""))
        if "id" in values:
            self.ids.append(values["id"])
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        if tag in {"script", "style"}:
            self.inline.append(tag)


def test_the_page_for_people_lists_every_operation_and_loads_nothing_from_elsewhere() -> None:
    answer = Client().get(f"{V1}/docs/")
    html = answer.content.decode()
    page = Page(html)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert page.loads == ["/static/core/api_docs.css"]
    assert page.inline == []
    operations = [
        methods[method]["operationId"]
        for methods in described("en")["paths"].values()
        for method in METHODS
        if method in methods
    ]
    assert set(operations) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {anchor[1:] for anchor in page.anchors if anchor.startswith("#")} <= set(page.ids)
    assert f"{V1}/schema/" in page.anchors
    style = Client().get(page.loads[0])
    assert (style.status_code, b"url(" in b"".join(style.streaming_content)) == (200, False)  # type: ignore[arg-type]
