"""The embedder as a process of its own, and a client that is never held up by it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.embedding.client import question_vector
from assistant.embedding.guards import DIMENSIONS
from assistant.embedding.location import LONGEST_SOCKET_PATH, socket_path
from assistant.embedding.protocol import (
    LENGTH,
    MAX_REQUEST,
    ProtocolError,
    Request,
    pack_request,
    pack_vector,
    request_size,
    unpack_request,
    unpack_vector,
)
from assistant.embedding.server import AlreadyRunning, EmbedderServer

PATIENT = 20.0


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("e") / "s"


@contextmanager
def served(place: Path, *, vector: list[float] | None = None) -> Iterator[EmbedderServer]:
    server = EmbedderServer(path=place)
    server.bind()
    if vector is not None:
        server.embed_with(lambda text, language: vector)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()


def ask(place: Path, text: str = "Is it warm?", *, deadline: float = 5.0) -> tuple[float, ...] | None:
    return question_vector(text, language="en", path=place, deadline=deadline).result()


def test_a_question_comes_back_as_a_vector(place: Path) -> None:
    with served(place, vector=[0.5, -0.25]):
        assert ask(place) == (0.5, -0.25)
        assert place.stat().st_mode & 0o777 == 0o600
    assert not place.exists()


def test_no_embedder_means_no_vector_and_says_why(place: Path) -> None:
    asked = question_vector("Is it warm?", language="en", path=place, deadline=1.0)
    assert asked.result() is None
    assert asked.failure == "FileNotFoundError"


def test_a_silent_embedder_costs_no_more_than_the_deadline(place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(place))
        silent.listen(1)
        started = time.monotonic()
        assert ask(place, deadline=0.08) is None
        assert time.monotonic() - started < 1.0


def test_a_vector_that_came_in_time_is_taken_by_a_late_reader(place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as prompt:
        prompt.bind(str(place))
        prompt.listen(1)
        over = time.monotonic() + 1.0
        asked = question_vector("Is it warm?", language="en", path=place, deadline=1.0)
        peer, _ = prompt.accept()
        with peer:
            peer.sendall(pack_vector([0.5, -0.25]))
            while time.monotonic() <= over + 0.1:
                threading.Event().wait(0.05)
            assert asked.result() == (0.5, -0.25)
            assert asked.failure == ""


def test_a_late_reader_does_not_wait_for_what_has_not_come(place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(place))
        silent.listen(1)
        over = time.monotonic() + 0.3
        asked = question_vector("Is it warm?", language="en", path=place, deadline=0.3)
        while time.monotonic() <= over + 0.1:
            threading.Event().wait(0.05)
        assert asked.result() is None
        assert asked.failure == "TimeoutError"


def test_an_embedder_that_is_still_loading_answers_without_a_vector(place: Path) -> None:
    with served(place):
        assert ask(place) is None


def test_a_talkative_stranger_on_the_socket_is_no_embedder(place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.bind(str(place))
        stranger.listen(1)

        def talk() -> None:
            peer, _ = stranger.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        assert ask(place) is None
        thread.join()


def test_peers_that_send_nonsense_are_dropped_and_others_go_on(place: Path) -> None:
    with served(place, vector=[1.0]):
        for nonsense in (b"\xff\xff\xff\xff", LENGTH.pack(0), LENGTH.pack(3) + b"abc", LENGTH.pack(MAX_REQUEST + 1)):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
                peer.connect(str(place))
                peer.sendall(nonsense)
                peer.settimeout(5)
                assert peer.recv(1) == b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
            slow.connect(str(place))
            slow.sendall(b"\x00")
            assert ask(place) == (1.0,)


def test_a_request_whose_time_is_over_is_not_worked_on(place: Path) -> None:
    with served(place, vector=[1.0]), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(str(place))
        peer.sendall(pack_request(Request("warm?", "en", until=time.monotonic() - 1)))
        peer.settimeout(5)
        assert peer.recv(4) == LENGTH.pack(0)


def test_a_class_that_fails_costs_one_vector_and_not_the_process(place: Path) -> None:
    def fail(text: str, language: str) -> list[float]:
        raise RuntimeError("no")

    with served(place) as server:
        server.embed_with(fail)
        assert ask(place) is None
        server.embed_with(lambda text, language: [2.0])
        assert ask(place) == (2.0,)


def test_a_second_embedder_is_refused_and_a_dead_ones_socket_is_taken_over(place: Path) -> None:
    with served(place, vector=[1.0]), pytest.raises(AlreadyRunning):
        EmbedderServer(path=place).bind()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(place))
    with served(place, vector=[1.0]):
        assert ask(place) == (1.0,)


def test_requests_round_trip() -> None:
    request = Request("Er den \ud83d varm? 😍", "da", 12.5)
    packed = pack_request(request)
    assert request_size(packed[:3]) is None
    assert request_size(packed) == len(packed) - LENGTH.size
    assert unpack_request(packed[LENGTH.size :]) == request
    assert unpack_vector(pack_vector([1.5, 0.0])[LENGTH.size :]) == (1.5, 0.0)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"text": 1}', b'{"text": "a", "until": "x"}', b'{"text": "a", "until": true}', b"\xff",
     b'{"text": "a", "language": 3}', b"[" * 5000],
)  # fmt: skip
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        unpack_request(body)


def test_what_is_no_vector_is_refused() -> None:
    with pytest.raises(ProtocolError):
        unpack_vector(b"abc")


def test_the_socket_has_a_short_path_however_long_the_home_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMBEDDER_SOCKET", raising=False)
    monkeypatch.setenv("VOUCHSAFE_HOME", str(tmp_path / ("x" * 120)))
    assert len(os.fsencode(socket_path())) <= LONGEST_SOCKET_PATH
    monkeypatch.setenv("EMBEDDER_SOCKET", "/run/here.sock")
    assert socket_path() == Path("/run/here.sock")


@pytest.mark.process
def test_the_real_process_embeds_and_ends_on_request(place: Path) -> None:
    environment = {**os.environ, "EMBEDDER_SOCKET": str(place)}
    process = subprocess.Popen([sys.executable, "-m", "assistant.embedder"], env=environment)
    try:
        until = time.monotonic() + PATIENT
        warm = None
        while warm is None and time.monotonic() < until:
            assert process.poll() is None
            warm = ask(place, "Is it warm enough for winter?", deadline=1.0)
        assert warm is not None
        assert len(warm) == DIMENSIONS
        danish = question_vector("Er den varm nok til vinter?", language="da", path=place, deadline=5.0).result()
        other = ask(place, "Does it come with a charger?")
        assert danish is not None
        assert other is not None
        assert _dot(warm, danish) > _dot(warm, other)
        second = subprocess.run([sys.executable, "-m", "assistant.embedder"], env=environment, timeout=60, check=False)
        assert second.returncode == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert not place.exists()
    finally:
        process.kill()
        process.wait()


def _dot(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
