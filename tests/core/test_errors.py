"""One shape for every error, and nothing of the inside in it."""

import json

import pytest
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions

from project.core.api import as_vouchsafe_error
from project.core.errors import Conflict, ErrorCode, InvalidInput, NotFound, ScopeMissing, VouchsafeError, error_body
from project.core.middleware import answer, wants_json


def test_an_error_has_a_code_and_a_sentence() -> None:
    assert NotFound("No such thing.").to_dict() == {"error": {"code": "not_found", "message": "No such thing."}}


def test_fields_are_named_where_input_is_wrong() -> None:
    error = InvalidInput("Not valid.", fields={"name": ["Needed."]})
    assert error.to_dict()["error"]["fields"] == {"name": ["Needed."]}
    assert error_body(ErrorCode.CONFLICT, "x", {"a": ["b"]})["error"]["fields"] == {"a": ["b"]}


def test_programs_get_json_with_the_status() -> None:
    request = RequestFactory().get("/api/v1/content/")
    response = answer(request, Conflict("Somebody was first.", code=ErrorCode.ALREADY_DECIDED))
    assert response.status_code == 409
    assert json.loads(response.content) == {"error": {"code": "already_decided", "message": "Somebody was first."}}


def test_a_defect_is_answered_without_internals() -> None:
    request = RequestFactory().get("/x", headers={"accept": "application/json"})
    response = answer(request, ScopeMissing("content_item without a shop"))
    assert response.status_code == 500
    assert b"content_item" not in response.content
    assert json.loads(response.content)["error"]["code"] == "internal"


def test_browsers_are_not_taken_for_programs() -> None:
    browser = RequestFactory().get("/x", headers={"accept": "text/html,application/json;q=0.9"})
    assert not wants_json(browser)


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.Throttled(wait=3), 429, "rate_limited"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "invalid_input"),
        (exceptions.PermissionDenied(), 403, "not_allowed"),
        (VouchsafeError("x", code=ErrorCode.LINK_EXPIRED, status=410), 410, "link_expired"),
    ],
)
def test_the_frameworks_refusals_get_our_codes(raised: Exception, status: int, code: str) -> None:
    error = as_vouchsafe_error(raised)
    assert error is not None
    assert (error.status, error.code) == (status, code)


def test_nested_validation_names_the_path_of_each_field() -> None:
    error = as_vouchsafe_error(exceptions.ValidationError({"items": [{}, {"rating": ["Too high."]}], "name": "x"}))
    assert error is not None
    assert error.fields == {"items.1.rating": ["Too high."], "name": ["x"]}


def test_a_defect_is_not_dressed_up_as_a_refusal() -> None:
    assert as_vouchsafe_error(ValueError("x")) is None
    assert as_vouchsafe_error(ScopeMissing("x")) is None
