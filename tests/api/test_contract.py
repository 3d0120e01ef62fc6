"""The API against its own description: generated requests, each answered as the OpenAPI document says.

The real application over the real database, in this process. Schemathesis makes requests that fit the schema and
requests that do not; whatever comes, nothing is a defect (5xx), every status and body is one that the document
names, and what does not fit is refused.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from project.content.services import take_down_items
from project.core.api.schema import described
from project.core.outbox import relay_shop
from tests.api.asking import V1, secret_key, server_of
from tests.factories import Personas, item_input, make_items, make_product, make_published

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 12
SCHEMA = schemathesis.openapi.from_dict(described("en"))
NAMES = sorted(
    methods[method]["operationId"]
    for methods in described("en")["paths"].values()
    for method in methods
    if method in {"get", "post", "put", "patch", "delete"}
)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The test's connection stays open between requests, as Django's own test client keeps it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(people: Personas) -> dict[str, str]:
    """One object of each kind, so that generated requests reach past the 404."""
    server = server_of(people)
    (item,) = make_published(people.shop.id)
    (pending,) = make_items(people.shop.id, [item_input()])

    def made(path: str, body: Any) -> str:
        return str(server.post(path, body).json()["id"])

    return {
        "content": item,
        "published": item,
        "products": make_product(people.shop.id),
        "orders": made("/orders/", {"external_id": "1", "placed_at": "2026-01-01T00:00:00Z"}),
        "rights-requests": made("/rights-requests/", {"item_id": pending, "channels": ["site"]}),
        "licences": server.get("/licences/").json()["items"][0]["id"],
        "statements": _statement(people),
        "notices": "",
        "holds": made("/holds/", {"item_id": pending, "reason": "legal"}),
        "widgets": made("/widgets/", {"type": "carousel", "name": "W"}),
        "selections": made("/selections/", {"name": "S"}),
        "sources": server.get("/sources/").json()["items"][0]["id"],
    }


def _statement(people: Personas) -> str:
    """Another item is taken down; why is stated."""
    (other,) = make_published(people.shop.id)
    take_down_items(shop_id=people.shop.id, actor_id=None, item_ids=[other], reason="spam")
    relay_shop(people.shop.id)
    return str(server_of(people).get("/statements/").json()["items"][0]["id"])


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_answers_as_it_is_described(
    name: str, people: Personas, ids: dict[str, str], one_connection: None
) -> None:
    operation = SCHEMA.find_operation_by_id(name)
    application = get_wsgi_application()
    headers = {"Authorization": f"Bearer {secret_key(people.shop.id)}"}
    resource = operation.path.split("/")[3]
    seen: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy(operation), known=st.booleans())
    def conforms(case: Any, known: bool) -> None:
        if known and "public_id" in case.path_parameters:
            case.path_parameters["public_id"] = ids[resource]
        response = case.call(app=application, headers=headers, base_url="http://testserver")
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS, headers=headers)

    conforms()
    assert not name.endswith("_list") or {200, 400} <= seen, "both what fits and what does not was tried"


def strategy(operation: Any) -> Any:
    """Requests that fit the description, and requests that do not."""
    return st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )


def test_the_description_under_test_is_the_one_that_is_served(db: None) -> None:
    from django.test import Client

    assert Client().get(f"{V1}/schema/").json() == json.loads(json.dumps(described("en")))
