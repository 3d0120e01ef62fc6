"""Hostile texts against the native tokenizer, each of which has crashed or could crash it."""

import math
import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.embedding.guards import DIMENSIONS, MAX_CHARACTERS, guarded
from assistant.embedding.loading import configured_path, embeddings
from assistant.embedding.local import MAX_TOKENS, LocalEmbeddings, _fitting

HOSTILE = {
    "expands eighteenfold": "\ufdfa" * 50,
    "expands, very long": "\ufdfa" * 3_000,
    "lone surrogates": "warm \ud800\udfff coat \udc00",
    "NULs": "a\0b\0c",
    "empty": "",
    "white space": " \n\t\u2003 ",
    "very long": "x" * 100_000,
    "combining marks": "e" + "\u0301" * 3_000,
    "joined emoji": "🏳️‍🌈" * 500,
    "jamo": "\u1112\u1161\u11ab" * 900,
    "private use": "\ue000\uf8ff\U0010ffff",
    "direction marks": "\u202e evil \u202c",
    "tags": "\U000e0041" * 400,
    "controls": "".join(chr(code) for code in range(32)),
}


@pytest.fixture(scope="module")
def model() -> LocalEmbeddings:
    return LocalEmbeddings()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_gives_a_unit_vector(model: LocalEmbeddings, text: str) -> None:
    for vector in model.embed_documents([text, "warm coat"]):
        assert len(vector) == DIMENSIONS
        assert math.isclose(sum(value * value for value in vector), 1.0, abs_tol=1e-3)


@given(st.text(st.characters(codec=None), max_size=4_000))
def test_guarded_text_is_short_clean_and_stable(text: str) -> None:
    clean = guarded(text)
    assert len(clean) <= MAX_CHARACTERS
    assert "\0" not in clean
    clean.encode("utf-8")
    assert guarded(clean) == clean


def test_no_text_is_longer_than_the_model_reads(model: LocalEmbeddings) -> None:
    engine = model._ready()
    for text in HOSTILE.values():
        assert engine.token_count(_fitting(engine, guarded(text))) <= MAX_TOKENS
    assert _fitting(engine, "a warm coat") == "a warm coat"


def test_threads_get_the_same_vectors(model: LocalEmbeddings) -> None:
    texts = ["Is it warm?", "The sleeves are long.", "\ufdfa" * 20]
    expected = [model.embed_query(text) for text in texts]
    found: list[list[list[float]]] = []
    threads = [
        threading.Thread(target=lambda: found.append([model.embed_query(text) for text in texts])) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_vectors_come_back_in_the_order_of_the_texts(model: LocalEmbeddings) -> None:
    texts = ["A rather long sentence about the sleeves of this jacket, which are too long.", "Warm.", "Soft and warm."]
    together = model.embed_documents(texts)
    for text, vector in zip(texts, together, strict=True):
        (alone,) = model.embed_documents([text])
        assert math.sumprod(alone, vector) > 0.999 if hasattr(math, "sumprod") else _dot(alone, vector) > 0.999


def _dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_a_child_forked_after_use_embeds_again() -> None:
    program = (
        "import os, sys\n"
        "from assistant.embedding.local import MAX_TOKENS, LocalEmbeddings, _fitting\n"
        "model = LocalEmbeddings(); model.embed_query('warm')\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    os._exit(0 if len(model.embed_documents(['warm', 'cold'])) == 2 else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False, env={**os.environ})
    assert done.returncode == 0


def test_another_class_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_path() == "assistant.embedding.local.LocalEmbeddings"
    monkeypatch.setenv("VOUCHSAFE_EMBEDDINGS", "langchain_core.embeddings.fake.FakeEmbeddings")
    with pytest.raises(ValueError, match="size"):  # it is made, and wants its own options
        embeddings()


def test_a_path_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCHSAFE_EMBEDDINGS", "nonsense")
    with pytest.raises(ValueError, match="dotted path"):
        embeddings()
