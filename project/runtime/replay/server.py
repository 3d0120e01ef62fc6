"""The HTTP side of the replay: the few endpoints that a hashtag collector, a sender of comments and a reader of a post
need. On a post's page its reader can answer as any of the invented accounts."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from .entities import POSTS, TAG, Status
from .timeline import RATE_LIMIT, Replay

RATE_WINDOW: Final = timedelta(minutes=5)
MAX_BATCH: Final = 20
MAX_BODY: Final = 100_000
MAX_TEXT: Final = 2_000  # 500 as Mastodon counts; this stand-in counts links in full


class ReplayServer(ThreadingHTTPServer):
    """Serves one :class:`Replay` on 127.0.0.1."""

    daemon_threads = True

    def __init__(self, port: int, replay: Replay | None = None) -> None:
        self.replay = replay or Replay()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def base(self) -> str:
        """The server's origin."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReplayServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path, query = unquote(url.path), parse_qs(url.query)
        if path == "/healthz":
            self._send(200, b"ok", "text/plain")
        elif path.startswith("/api/"):
            self._api(path, query)
        elif match := re.fullmatch(r"/media/([a-z]+\.png)", path):
            self._picture(match[1])
        elif match := re.fullmatch(r"/@([a-z]+)/([0-9]+)", path):
            self._page(match[2])
        else:
            self._send(404, b"Not found", "text/plain")

    def do_POST(self) -> None:
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
        if path == "/api/v1/statuses":
            self._publish(body)
        elif match := re.fullmatch(r"/@([a-z]+)/([0-9]+)/reply", path):
            self._reply(match[1], match[2], parse_qs(body.decode("utf-8", "replace")))
        else:
            self._send(404, b"Not found", "text/plain")

    def _publish(self, body: bytes) -> None:
        """POST /api/v1/statuses: a comment of the account that the token belongs to."""
        replay = self.server.replay
        replay.requests.append(self.path)
        if replay.faults and self._spoil(replay.faults.popleft()):
            return
        if self.headers.get("Authorization") != f"Bearer {replay.posting_token}":
            self._json(401, {"error": "The access token is invalid"})
            return
        status = json.loads(body)
        if not 0 < len(str(status.get("status", ""))) <= MAX_TEXT:
            self._json(422, {"error": "Validation failed: Text character limit of 500 exceeded"})
            return
        external_id = replay.publish(status, key=self.headers.get("Idempotency-Key", ""))
        if external_id is None:
            self._json(404, {"error": "Record not found"})
        else:
            self._json(200, replay.status(external_id, self.server.base))

    def _reply(self, username: str, external_id: str, form: Mapping[str, list[str]]) -> None:
        """The form on a post's page: answer as one of the accounts."""
        replay = self.server.replay
        if replay.status(external_id, self.server.base) is None or not form.get("text"):
            self._send(404, b"Not found", "text/plain")
            return
        who = form.get("who", [username])[0]
        if re.fullmatch(r"[a-z]{1,20}", who):
            replay.reply(external_id, who, form["text"][0][:MAX_TEXT])
        self._send(303, b"", "text/plain", {"Location": f"/@{username}/{external_id}"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: the collector logs what it asks for."""

    def _api(self, path: str, query: Mapping[str, list[str]]) -> None:
        replay, base = self.server.replay, self.server.base
        replay.requests.append(self.path)
        if replay.faults and self._spoil(replay.faults.popleft()):
            return
        if path.startswith("/api/v1/timelines/tag/"):
            found = path.rsplit("/", 1)[1].lower() == TAG
            self._timeline(replay.timeline(query, base) if found else [], path)
        elif path == "/api/v1/statuses" and replay.has_batches:
            wanted = list(dict.fromkeys(query.get("id[]", [])))
            if len(wanted) > MAX_BATCH:
                self._json(422, {"error": "Validation failed"})
                return
            statuses = [status for one in wanted if (status := replay.status(one, base))]
            self._json(200, [status for status in statuses if _readable(status)])
        elif match := re.fullmatch(r"/api/v1/statuses/(\w+)/context", path):
            context = replay.context(match[1], base)
            self._json(200, context) if context else self._json(404, {"error": "Record not found"})
        elif match := re.fullmatch(r"/api/v1/statuses/(\w+)", path):
            status = replay.status(match[1], base)
            self._json(200, status) if status and _readable(status) else self._json(404, {"error": "Record not found"})
        else:
            self._json(404, {"error": "Not Found"})

    def _timeline(self, page: list[Status], path: str) -> None:
        headers = {}
        if page:
            url = f"{self.server.base}{path}"
            headers["Link"] = f'<{url}?max_id={page[-1]["id"]}>; rel="next", <{url}?min_id={page[0]["id"]}>; rel="prev"'
        self._json(200, page, headers)

    def _spoil(self, fault: int | str) -> bool:
        """Answer with a fault; False when the fault leaves the answer to the caller."""
        if fault == 429:
            self._json(429, {"error": "Too many requests"})
        elif isinstance(fault, int):
            self._json(fault, {"error": f"HTTP {fault}"})
        elif fault == "truncated":
            self._send(200, b'[{"id": "1171', "application/json; charset=utf-8")
        elif fault == "not a list":
            self._json(200, {"error": "surprise"})
        elif fault == "hang up":
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"[")
        elif fault == "fine":
            return False
        else:
            raise ValueError(f"unknown fault {fault!r}")
        return True

    def _json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        replay = self.server.replay
        replay.remaining = max(0, replay.remaining - 1)
        reset = replay.retry_at or datetime.now(UTC) + RATE_WINDOW
        self._send(
            status,
            json.dumps(value).encode("ascii"),
            "application/json; charset=utf-8",
            {
                "X-RateLimit-Limit": str(RATE_LIMIT),
                "X-RateLimit-Remaining": str(0 if status == 429 else replay.remaining),
                "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
                **(headers or {}),
            },
        )

    def _picture(self, name: str) -> None:
        file = POSTS / name
        if file.is_file():
            self._send(200, file.read_bytes(), "image/png", {"Cache-Control": "max-age=3600"})
        else:
            self._send(404, b"Not found", "text/plain")

    def _page(self, external_id: str) -> None:
        """What a person sees who follows the credit line's link to the post."""
        status = self.server.replay.status(external_id, self.server.base)
        if status is None:
            self._send(404, b"Not found", "text/plain")
            return
        account = status["account"]
        pictures = "".join(
            f'<p><img src="{escape(media["url"])}" alt="{escape(media["description"])}" width="400"></p>'
            for media in status["media_attachments"]
        )
        page = (
            f'<!doctype html><html lang="{escape(status["language"])}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>@{escape(account["acct"])}</title>'
            f"<body><h1>{escape(account['display_name'])}</h1><p>@{escape(account['acct'])}</p>"
            f"{status['content']}{pictures}{self._thread(external_id, account['username'])}"
            "<p><small>An invented post of the Vouchsafe demo.</small></p>"
        )
        self._send(200, page.encode("utf-8"), "text/html; charset=utf-8")

    def _thread(self, external_id: str, username: str) -> str:
        """What stands under a post, and a form to answer in the name of its author."""
        context = self.server.replay.context(external_id, self.server.base) or {"descendants": []}
        replies = "".join(
            f'<li id="{escape(reply["id"])}"><a href="{escape(reply["url"])}">@{escape(reply["account"]["acct"])}</a>'
            f"{reply['content']}</li>"
            for reply in context["descendants"]
        )
        return (
            f'<h2>Replies</h2><ul>{replies}</ul><form method="post" action="/@{username}/{external_id}/reply">'
            f'<p><label>Answer as <input name="who" value="{escape(username)}" pattern="[a-z]+"></label></p>'
            '<p><label>Text <input name="text" size="60" required></label> <button>Reply</button></p></form>'
        )

    def _send(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_replay(replay: Replay | None = None, port: int = 0) -> Iterator[ReplayServer]:
    """A server in a thread of this process, on a free port unless one is named; ends with the block."""
    server = ReplayServer(port, replay)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="replay")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _readable(status: Status) -> bool:
    """Whether the server shows the post to somebody who is not signed in."""
    return status["visibility"] in ("public", "unlisted")
