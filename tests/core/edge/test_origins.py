"""Which pages may ask, decided from the Origin header alone."""

import pytest
from django.test import override_settings

from project.core.edge.origins import (
    OriginSet,
    cors_headers,
    may_ask,
    normalise_origin,
    origin_refused,
    preflight,
)

SHOP = OriginSet(["https://shop.example", "http://127.0.0.1:8001", "https://*.market.example"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:8001", "http://shop.example:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("https://shop.example/", None),
        ("https://shop.example/page", None),
        ("https://user@shop.example", None),
        ("ftp://shop.example", None),
        ("null", None),
        ("", None),
        ("https://shop.example:port", None),
    ],
)
def test_origins_are_compared_in_one_spelling(value: str, expected: str | None) -> None:
    assert normalise_origin(value) == expected


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (b"https://shop.example", True),
        (b"http://127.0.0.1:8001", True),
        (b"https://eu.market.example", True),
        (b"http://shop.example", False),
        (b"https://shop.example:8443", False),
        (b"http://127.0.0.1:8002", False),
        (b"https://shop.example.evil.example", False),
        (b"https://a.b.market.example", False),
        (b"https://market.example", False),
        (b"http://eu.market.example", False),
        (b"https://.market.example", False),
        (b"null", False),
        (b"", False),
    ],
)
def test_scheme_host_and_port_decide(origin: bytes, allowed: bool) -> None:
    assert may_ask(origin, b"vouchsafe.example", SHOP) is allowed


def test_a_get_without_origin_is_served_and_a_socket_without_origin_is_refused() -> None:
    assert may_ask(None, b"vouchsafe.example", SHOP) is True
    assert may_ask(None, b"vouchsafe.example", SHOP, required=True) is False


@override_settings(PUBLIC_URL="https://vouchsafe.example", ALLOWED_HOSTS=["localhost"])
def test_our_own_pages_may_ask() -> None:
    nobody = OriginSet([])
    assert may_ask(b"https://vouchsafe.example", b"vouchsafe.example", nobody, required=True)
    assert may_ask(b"http://localhost:8000", b"localhost:8000", nobody, required=True)


@override_settings(PUBLIC_URL="https://vouchsafe.example", ALLOWED_HOSTS=["localhost"])
def test_a_foreign_name_that_resolves_to_us_is_not_our_own() -> None:
    assert not may_ask(b"http://evil.example", b"evil.example", OriginSet([]), required=True)


def test_a_refusal_carries_no_permission_to_read_it() -> None:
    response = origin_refused(b"https://evil.example")
    names = [name for name, _ in response.headers]
    assert response.status == 403
    assert b"access-control-allow-origin" not in names
    assert (b"vary", b"Origin, Accept-Encoding") in response.headers
    assert b'"code":"origin_not_allowed"' in response.body


def test_allowed_pages_may_read_the_headers_that_are_exposed() -> None:
    assert cors_headers(None) == []
    assert cors_headers(b"https://shop.example", b"ETag") == [
        (b"access-control-allow-origin", b"https://shop.example"),
        (b"access-control-expose-headers", b"ETag"),
    ]


def test_a_preflight_is_answered_for_allowed_origins_only() -> None:
    allowed = preflight(b"https://shop.example", b"vouchsafe.example", SHOP, b"POST")
    assert allowed.status == 204
    assert (b"access-control-allow-methods", b"POST") in allowed.headers
    assert preflight(b"https://evil.example", b"vouchsafe.example", SHOP, b"POST").status == 403
    assert preflight(None, b"vouchsafe.example", SHOP, b"POST").status == 403
