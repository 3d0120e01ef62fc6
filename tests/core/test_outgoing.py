"""Outgoing HTTP against real servers: pinning, redirects, sizes, time, secrets."""

import gzip
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from project.core.outgoing import (
    Limits,
    OutgoingClient,
    OutgoingFailed,
    OutgoingPolicy,
    OutgoingRefused,
    OutgoingTimeout,
    OutgoingTooLarge,
    fetch,
)

from .outgoing_peer import PUBLIC, DetouringSockets, Peer, ScriptedResolver, running_peer, tls_pair

NAME = "peer.example.com"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


def client_for(*peers: Peer, **options: Any) -> OutgoingClient:
    allow = frozenset(("127.0.0.1", peer.port) for peer in peers)
    return OutgoingClient(policy=OutgoingPolicy(allow=allow), **options)


def test_an_allowed_peer_answers(peer: Peer) -> None:
    peer.says("/x", b'{"a": 1}', Link='<y>; rel="next"')
    fetched = client_for(peer).fetch(peer.url("/x"))
    assert (fetched.status, fetched.body, fetched.content_type) == (200, b'{"a": 1}', "application/json")
    assert fetched.headers["link"] == '<y>; rel="next"'
    assert fetched.address == "127.0.0.1"
    assert peer.seen[0][2]["user-agent"].startswith("Vouchsafe/")


def test_the_setting_admits_the_peer_and_nothing_does_without_it(peer: Peer) -> None:
    peer.says("/x", b"{}")
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=[f"127.0.0.1:{peer.port}"]):
        assert fetch(peer.url("/x")).status == 200
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=[]), pytest.raises(OutgoingRefused):
        fetch(peer.url("/x"))
    assert peer.connections == 1


def test_statuses_are_the_callers_business(peer: Peer) -> None:
    peer.says("/gone", b"<p>gone", status=410, content_type="text/html")
    assert client_for(peer).fetch(peer.url("/gone")).status == 410


def test_post_sends_its_body_and_follows_no_redirect(peer: Peer) -> None:
    peer.sends_on("/in", "/elsewhere", status=307)
    fetched = client_for(peer).fetch(peer.url("/in"), method="POST", content=b"hello")
    assert fetched.status == 307
    assert [(method, path) for method, path, _ in peer.seen] == [("POST", "/in")]


# --- connect address = validated address ------------------------------------------------------------


def test_x2_the_connection_goes_to_the_validated_address_and_the_name_is_asked_once(tmp_path: Path) -> None:
    server_tls, client_tls = tls_pair(NAME, tmp_path)
    with running_peer(server_tls) as peer:
        peer.says("/x", b"{}")
        # The second answer is the attack: who asks again connects inside.
        resolver = ScriptedResolver(peer_example_com=[[PUBLIC], ["127.0.0.1"]])
        sockets = DetouringSockets(peer.port)
        client = OutgoingClient(policy=OutgoingPolicy(), resolver=resolver, ssl_context=client_tls, sockets=sockets)
        fetched = client.fetch(f"https://{NAME}/x")
    assert sockets.told == [(PUBLIC, 443)]
    assert fetched.address == PUBLIC
    assert resolver.asked == [NAME]
    assert peer.seen[0][2]["host"] == NAME


def test_x2_rebinding_between_two_hops_is_refused(tmp_path: Path) -> None:
    server_tls, client_tls = tls_pair(NAME, tmp_path)
    with running_peer(server_tls) as peer:
        peer.sends_on("/x", f"https://{NAME}/y")
        resolver = ScriptedResolver(peer_example_com=[[PUBLIC], ["127.0.0.1"]])
        sockets = DetouringSockets(peer.port)
        client = OutgoingClient(policy=OutgoingPolicy(), resolver=resolver, ssl_context=client_tls, sockets=sockets)
        with pytest.raises(OutgoingRefused):
            client.fetch(f"https://{NAME}/x")
    assert sockets.told == [(PUBLIC, 443)]
    assert [path for _, path, _ in peer.seen] == ["/x"]


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    server_tls, client_tls = tls_pair("other.example.com", tmp_path)
    with running_peer(server_tls) as peer:
        client = OutgoingClient(
            policy=OutgoingPolicy(),
            resolver=ScriptedResolver(peer_example_com=[[PUBLIC]]),
            ssl_context=client_tls,
            sockets=DetouringSockets(peer.port),
        )
        with pytest.raises(OutgoingFailed):
            client.fetch(f"https://{NAME}/x")
    assert peer.seen == []


def test_a_dead_address_gives_way_to_the_next_one(peer: Peer) -> None:
    peer.says("/x", b"{}")
    resolver = ScriptedResolver(two_names=[["127.0.0.9", "127.0.0.1"]])
    policy = OutgoingPolicy(allow=frozenset({("two.names", peer.port)}))
    fetched = OutgoingClient(policy=policy, resolver=resolver).fetch(peer.url("/x", "two.names"))
    assert fetched.address == "127.0.0.1"


def test_nobody_listening_is_a_failure() -> None:
    with running_peer() as peer:
        url, client = peer.url("/x"), client_for(peer)
    with pytest.raises(OutgoingFailed):
        client.fetch(url)


def test_a_name_without_addresses_is_a_failure() -> None:
    client = OutgoingClient(policy=OutgoingPolicy(), resolver=lambda host, port: [])
    with pytest.raises(OutgoingFailed):
        client.fetch("https://empty.example.com/")


def test_a_redirect_that_is_no_url_is_refused(peer: Peer) -> None:
    peer.sends_on("/x", "http://x:port/")
    with pytest.raises(OutgoingRefused) as refusal:
        client_for(peer).fetch(peer.url("/x"))
    assert refusal.value.reason == "redirect"


def test_an_unknown_name_is_a_failure() -> None:
    client = OutgoingClient(policy=OutgoingPolicy(), resolver=ScriptedResolver())
    with pytest.raises(OutgoingFailed) as failure:
        client.fetch("https://unknown.example.com/")
    assert failure.value.reason == "resolve"


# --- redirects --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://localhost/",
        "file:///etc/passwd",
        "//10.0.0.1/",
        "https://user@example.com/",
        "http://example.com/",
        "https://2130706433/",
        "",
        "/x\\y",
    ],
)
def test_x2_a_redirect_is_checked_like_the_first_url(peer: Peer, location: str) -> None:
    peer.sends_on("/x", location)
    with pytest.raises(OutgoingRefused):
        client_for(peer).fetch(peer.url("/x"))
    assert peer.connections == 1


def test_three_redirects_are_followed_and_a_fourth_is_not(peer: Peer) -> None:
    for number in range(4):
        peer.sends_on(f"/{number}", f"{number + 1}")
    peer.says("/4", b"{}")
    assert client_for(peer).fetch(peer.url("/1")).url.endswith("/4")
    with pytest.raises(OutgoingRefused) as refusal:
        client_for(peer).fetch(peer.url("/0"))
    assert refusal.value.reason == "redirects"


def test_from_https_no_redirect_leads_to_plain_http(tmp_path: Path) -> None:
    server_tls, client_tls = tls_pair(NAME, tmp_path)
    with running_peer(server_tls) as peer:
        peer.sends_on("/x", f"http://{NAME}/y")
        client = OutgoingClient(
            policy=OutgoingPolicy(allow_http=True),
            resolver=ScriptedResolver(peer_example_com=[[PUBLIC]]),
            ssl_context=client_tls,
            sockets=DetouringSockets(peer.port),
        )
        with pytest.raises(OutgoingRefused) as refusal:
            client.fetch(f"https://{NAME}/x")
    assert refusal.value.reason == "downgrade"


def test_secrets_stay_with_the_first_origin(peer: Peer) -> None:
    with running_peer() as other:
        other.says("/y", b"{}")
        peer.sends_on("/x", "/z")
        peer.sends_on("/z", other.url("/y"))
        client_for(peer, other).fetch(
            peer.url("/x"), headers={"X-Open": "1"}, credentials={"Authorization": "Bearer s"}
        )
        assert [seen[2].get("authorization") for seen in peer.seen] == ["Bearer s", "Bearer s"]
        assert "authorization" not in other.seen[0][2]
        assert other.seen[0][2]["x-open"] == "1"


def test_a_secret_among_the_open_headers_is_a_defect(peer: Peer) -> None:
    with pytest.raises(ValueError, match="credentials"):
        client_for(peer).fetch(peer.url("/x"), headers={"authorization": "Bearer s"})
    assert peer.connections == 0


def test_cookies_are_not_kept(peer: Peer) -> None:
    peer.says("/x", b"", status=302, Location="/y", Set_Cookie="a=b")
    peer.says("/y", b"{}")
    client_for(peer).fetch(peer.url("/x"))
    assert "cookie" not in peer.seen[1][2]


# --- sizes ------------------------------------------------------------------------------------------

SMALL = Limits(max_bytes=10_000, timeout=5)


def test_a_gzipped_answer_is_unpacked(peer: Peer) -> None:
    peer.says("/x", gzip.compress(b'{"a": 1}' * 100), Content_Encoding="gzip")
    assert client_for(peer).fetch(peer.url("/x"), limits=SMALL).body == b'{"a": 1}' * 100


def test_an_answer_exactly_at_the_limit_passes_packed_or_not(peer: Peer) -> None:
    peer.says("/x", b"x" * 10_000)
    peer.says("/z", gzip.compress(b"x" * 10_000), Content_Encoding="gzip")
    for path in ("/x", "/z"):
        assert len(client_for(peer).fetch(peer.url(path), limits=SMALL).body) == 10_000


def test_an_announced_size_over_the_limit_is_refused_unread(peer: Peer) -> None:
    peer.says("/x", b"x" * 10_001)
    with pytest.raises(OutgoingTooLarge):
        client_for(peer).fetch(peer.url("/x"), limits=SMALL)


def test_an_endless_body_is_cut_off(peer: Peer) -> None:
    def pour(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        while not peer.closing.is_set():
            handler.wfile.write(b"x" * 4096)

    peer.routes["/x"] = pour
    with pytest.raises(OutgoingTooLarge):
        client_for(peer).fetch(peer.url("/x"), limits=SMALL)


@pytest.mark.parametrize("packed_size", [9_000, 100_000_000])
def test_a_zip_bomb_is_cut_off(peer: Peer, packed_size: int) -> None:
    bomb = gzip.compress(b"\0" * (packed_size if packed_size > 9_000 else 9_000_000))
    peer.says("/x", bomb, Content_Encoding="gzip")
    with pytest.raises(OutgoingTooLarge):
        client_for(peer).fetch(peer.url("/x"), limits=Limits(max_bytes=200_000, timeout=5))


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_a_packing_that_was_not_asked_for_is_refused(peer: Peer, encoding: str) -> None:
    peer.says("/x", zlib.compress(b"{}"), Content_Encoding=encoding)
    with pytest.raises(OutgoingFailed):
        client_for(peer).fetch(peer.url("/x"))
    assert peer.seen[0][2]["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"x" * 500, mtime=0)[:-4], b"not gzip", gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0)],
    ids=["cut", "garbage", "two members"],
)
def test_a_damaged_gzip_is_refused(peer: Peer, body: bytes) -> None:
    peer.says("/x", body, Content_Encoding="gzip")
    with pytest.raises(OutgoingFailed):
        client_for(peer).fetch(peer.url("/x"))


def test_a_body_shorter_than_announced_is_a_failure(peer: Peer) -> None:
    def cut(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"[")

    peer.routes["/x"] = cut
    with pytest.raises(OutgoingFailed):
        client_for(peer).fetch(peer.url("/x"))


def test_something_that_is_not_http_is_a_failure(peer: Peer) -> None:
    peer.routes["/x"] = lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9\r\n\r\n")
    with pytest.raises(OutgoingFailed):
        client_for(peer).fetch(peer.url("/x"))


def test_an_unexpected_kind_of_file_is_refused(peer: Peer) -> None:
    peer.says("/x", b"<html>", content_type="text/html")
    with pytest.raises(OutgoingRefused) as refusal:
        client_for(peer).fetch(peer.url("/x"))
    assert refusal.value.reason == "content_type"
    peer.says("/picture", b"...", content_type="image/png")
    assert client_for(peer).fetch(peer.url("/picture"), accept=("image/*",)).content_type == "image/png"


# --- time -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drips_before_headers", [True, False])
def test_a_server_that_drips_runs_into_the_total_timeout(peer: Peer, drips_before_headers: bool) -> None:
    def drip(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if not drips_before_headers:
            handler.wfile.write(b"Content-Type: application/json\r\n\r\n")
        handler.wfile.flush()
        while not peer.closing.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    peer.routes["/x"] = drip
    begun = time.monotonic()
    with pytest.raises(OutgoingTimeout):
        client_for(peer).fetch(peer.url("/x"), limits=Limits(timeout=0.3))
    assert time.monotonic() - begun < 3


def test_a_server_that_never_answers_runs_into_the_total_timeout(peer: Peer) -> None:
    peer.routes["/x"] = lambda handler: peer.closing.wait(30)
    with pytest.raises(OutgoingTimeout):
        client_for(peer).fetch(peer.url("/x"), limits=Limits(timeout=0.2))


def test_redirects_share_one_timeout(peer: Peer) -> None:
    def late(handler: Any) -> None:
        peer.closing.wait(0.15)
        handler.send_response(302)
        handler.send_header("Location", "/x")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    peer.routes["/x"] = late
    with pytest.raises(OutgoingTimeout):
        client_for(peer).fetch(peer.url("/x"), limits=Limits(timeout=0.35))


def test_a_name_server_that_hangs_runs_into_the_timeout(peer: Peer) -> None:
    def hang(host: str, port: int) -> list[str]:
        peer.closing.wait(30)
        return [PUBLIC]

    client = OutgoingClient(policy=OutgoingPolicy(), resolver=hang)
    with pytest.raises(OutgoingTimeout) as late:
        client.fetch("https://slow.example.com/", limits=Limits(timeout=0.2))
    assert late.value.reason == "resolve"
