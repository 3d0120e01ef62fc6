"""The four variables of docs/going-live.md are enough: the same code, run for real behind a proxy that ends TLS."""

import http.client
import re
from collections.abc import Iterator

import pytest

from project.runtime import throwaway
from project.runtime.layout import database_url, redis_url
from tests.stack import Stack

pytestmark = pytest.mark.process

HOST = "reviews.example.com"
BY_TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def production() -> Iterator[Stack]:
    """PostgreSQL and Valkey of somebody else, named by the environment, and Vouchsafe started against them."""
    theirs = throwaway.new_home()
    with throwaway.ThrowawayServices(theirs):
        stack = Stack(
            named={
                "DATABASE_URL": database_url(theirs),
                "REDIS_URL": redis_url(theirs),
                "SECRET_KEY": "q8Zr4-Vn2kTw7xYb1cDf6gHj3mLp9sAe5uRt0iOo-KzXvBnMqWe",
                "ALLOWED_HOSTS": f"{HOST},reviews.example.org",
                # Empty counts as unset: no demo is production's own default.
                "VOUCHSAFE_DEMO": "",
            },
        )
        try:
            stack.start()
            yield stack
        finally:
            stack.remove()


def get(stack: Stack, path: str, **headers: str) -> tuple[http.client.HTTPResponse, str]:
    """What the web server answers its proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST, **headers})
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


def test_it_runs_on_the_named_services_and_without_the_demo(production: Stack) -> None:
    own = {"web", "beat", "embedder", "worker-urgent", "worker-default", "worker-bulk"}
    assert set(production.identities()) == own
    assert f"studio https://{HOST}/studio/" in production.output
    assert not production.layout.postgresql.exists()
    assert not production.layout.valkey_socket.exists()


def test_it_answers_health_checks_without_tls_and_strangers_hosts_not_at_all(production: Stack) -> None:
    assert get(production, "/healthz")[0].status == 200
    assert get(production, "/healthz", Host="evil.example")[0].status == 400


def test_the_scheme_is_the_proxys_word(production: Stack) -> None:
    plain, _ = get(production, "/studio/")
    assert (plain.status, plain.getheader("Location")) == (301, f"https://{HOST}/studio/")
    secure, _ = get(production, "/studio/", **BY_TLS)
    assert secure.status == 302
    assert str(secure.getheader("Location")).startswith("/")
    assert secure.getheader("Strict-Transport-Security") == "max-age=31536000"


def test_static_files_are_served_for_good_under_a_name_with_their_hash(production: Stack) -> None:
    door, _ = get(production, "/studio/", **BY_TLS)
    _, page = get(production, str(door.getheader("Location")), **BY_TLS)
    styles = re.findall(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert styles, page
    answer, body = get(production, styles[0], **BY_TLS)
    assert (answer.status, answer.getheader("Content-Type")) == (200, 'text/css; charset="utf-8"')
    assert "immutable" in str(answer.getheader("Cache-Control"))
    assert "{" in body
