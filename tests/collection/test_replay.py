"""The demo's source keeps to the API's shape, so that what reads it reads the real network too."""

import io
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from project.runtime.replay import DOMAIN, TAG, Replay, ReplayServer, load_posts, running_replay

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with running_replay() as running:
        yield running


def get(server: ReplayServer, path: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urlopen(server.base + path) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def get_json(server: ReplayServer, path: str) -> Any:
    return json.loads(get(server, path)[2])


def timeline(server: ReplayServer, query: str = "") -> list[str]:
    return [status["id"] for status in get_json(server, f"/api/v1/timelines/tag/{TAG}{query}")]


def test_the_five_posts_are_invented_and_one_is_danish() -> None:
    posts = load_posts()
    assert len(posts) == 5
    assert [post["language"] for post in posts].count("da") == 1
    assert "ana" in {post["account"]["username"] for post in posts}
    replay = Replay()
    for external_id in replay.ids():
        status = replay.status(external_id, "http://127.0.0.1:1")
        assert status is not None
        assert status["account"]["acct"].endswith(f"@{DOMAIN}")
        assert "invented" in status["account"]["note"]


def test_the_timeline_is_newest_first_and_pages_both_ways(server: ReplayServer) -> None:
    ids = server.replay.ids()
    assert timeline(server) == ids[::-1]
    assert timeline(server, "?limit=2") == [ids[4], ids[3]]
    assert timeline(server, f"?limit=2&max_id={ids[3]}") == [ids[2], ids[1]]
    assert timeline(server, "?limit=2&min_id=0") == [ids[1], ids[0]]
    assert timeline(server, f"?limit=2&min_id={ids[1]}") == [ids[3], ids[2]]
    assert timeline(server, f"?limit=1&since_id={ids[1]}") == [ids[4]]
    assert timeline(server, f"?min_id={ids[4]}") == []
    assert timeline(server, "?limit=nonsense") == ids[::-1]


def test_answers_carry_links_and_the_rate_limit(server: ReplayServer) -> None:
    ids = server.replay.ids()
    _status, headers, _body = get(server, f"/api/v1/timelines/tag/{TAG}?limit=2")
    url = f"{server.base}/api/v1/timelines/tag/{TAG}"
    assert headers["Link"] == f'<{url}?max_id={ids[3]}>; rel="next", <{url}?min_id={ids[4]}>; rel="prev"'
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("300", "299")
    assert headers["X-RateLimit-Reset"].endswith("Z")
    assert "Link" not in get(server, "/api/v1/timelines/tag/other")[1]


def test_single_posts_and_batches_are_served(server: ReplayServer) -> None:
    first, second = server.replay.ids()[:2]
    assert get_json(server, f"/api/v1/statuses/{first}")["id"] == first
    batch = get_json(server, f"/api/v1/statuses?id[]={first}&id[]={second}&id[]=7")
    assert [status["id"] for status in batch] == [first, second]
    server.replay.edit(second, visibility="private")
    assert get(server, f"/api/v1/statuses/{second}")[0] == 404
    assert get(server, "/api/v1/statuses/7")[0] == 404
    assert get(server, "/api/v1/statuses?" + "&".join(f"id[]={n}" for n in range(21)))[0] == 422
    assert get(server, "/api/v1/unknown")[0] == 404


def test_every_post_has_its_picture_and_its_page(server: ReplayServer) -> None:
    for status in get_json(server, f"/api/v1/timelines/tag/{TAG}"):
        (media,) = status["media_attachments"]
        code, headers, body = get(server, media["url"].removeprefix(server.base))
        assert (code, headers["Content-Type"]) == (200, "image/png")
        with Image.open(io.BytesIO(body)) as image:
            assert image.size == (media["meta"]["original"]["width"], media["meta"]["original"]["height"])
        assert len(media["description"]) > 20
        page = get(server, status["url"].removeprefix(server.base))[2].decode()
        assert status["account"]["acct"] in page


@pytest.mark.parametrize("path", ["/media/../posts.json", "/media/none.png", "/@ana/1", "/", "/media/%2e%2e/x.png"])
def test_nothing_else_is_served(server: ReplayServer, path: str) -> None:
    assert get(server, path)[0] == 404


def test_an_unknown_fault_is_a_defect_of_the_test(server: ReplayServer) -> None:
    server.replay.faults.append("fine")
    assert len(timeline(server)) == 5


def post(server: ReplayServer, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    request = Request(server.base + path, data=body, headers=headers, method="POST")
    try:
        with urlopen(request) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_comment_needs_the_token_a_post_and_a_text(server: ReplayServer) -> None:
    first = server.replay.ids()[0]

    def comment(to: str = first, text: str = "Hello", token: str = "replay", key: str = "k") -> tuple[int, Any]:
        body = json.dumps({"status": text, "in_reply_to_id": to}).encode()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return post(server, "/api/v1/statuses", body, **headers)

    assert comment(token="another")[0] == 401
    assert comment(text="")[0] == 422
    assert comment(to="123")[0] == 404
    status, made = comment()
    assert (status, json.loads(made)["in_reply_to_id"]) == (200, first)
    assert json.loads(comment()[1])["id"] == json.loads(made)["id"]
    context = get_json(server, f"/api/v1/statuses/{first}/context")
    assert [reply["content"] for reply in context["descendants"]] == ["<p>Hello</p>"]
    assert get(server, "/api/v1/statuses/123/context")[0] == 404
    assert get_json(server, f"/api/v1/statuses/{json.loads(made)['id']}")["account"]["username"] == "linden"
    # Replies do not stand in the hashtag's timeline.
    assert len(timeline(server)) == 5


def test_a_thread_holds_replies_to_replies_and_a_reader_can_answer_as_the_author(server: ReplayServer) -> None:
    first, other = server.replay.ids()[:2]
    comment = server.replay.reply(first, "linden", "May we?")
    server.replay.reply(other, "bea", "Elsewhere")
    server.replay.reply(comment, "ana", "<b>Sure</b>")
    page = get(server, f"/@ana/{first}")[2].decode()
    assert "May we?" in page
    assert "&lt;b&gt;Sure" in page
    assert "Elsewhere" not in page
    assert post(server, f"/@ana/{first}/reply", b"who=ana&text=%23yeslinden")[0] == 200
    assert post(server, f"/@ana/{first}/reply", b"who=ana")[0] == 404
    assert post(server, f"/@ana/{first}/reply", b"who=%3Cscript&text=x")[0] == 200
    assert post(server, "/elsewhere", b"")[0] == 404
    context = get_json(server, f"/api/v1/statuses/{first}/context")
    assert [reply["account"]["username"] for reply in context["descendants"]] == ["linden", "ana", "ana"]
    server.replay.delete(comment)
    assert get_json(server, f"/api/v1/statuses/{first}/context")["descendants"][0]["content"] == "<p>#yeslinden</p>"


@pytest.mark.process
def test_the_command_serves_until_it_is_told_to_end() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "project.runtime.replay", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        alarm = threading.Timer(30, process.kill)
        alarm.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Replaying #{TAG} at http://127.0.0.1:{port}\n"
            with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.read() == b"ok"
            second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert second.returncode == 1
            assert f"Port {port}" in second.stderr
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
            alarm.cancel()
