"""A small server that speaks OpenAI's chat protocol and writes when it is told to, and the client for it.

The client stands where a provider's package would: `init_chat_model` makes it, with the options that ours get.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

PATIENCE_SECONDS = 30.0
ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class Writer(ThreadingHTTPServer):
    """`write` makes the lines from the prompt's document, once `go` is set; `asked` says that a prompt has come."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = threading.Event()
        self.go = threading.Event()
        self.write: Callable[[dict[str, Any]], list[str]] = lambda document: []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @contextmanager
    def running(self) -> Iterator["Writer"]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self.go.set()
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Writer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert self.path == "/v1/chat/completions"
        assert request["stream"] is True
        self.server.asked.set()
        self.server.go.wait(PATIENCE_SECONDS)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for line in self.server.write(json.loads(request["messages"][-1]["content"])):
            # In pieces, as models write.
            for piece in (line[:7], line[7:] + "\n"):
                self._send(json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}))
        self._send("[DONE]")

    def _send(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class ChatClient(BaseChatModel):
    """Streams from a server that speaks the protocol."""

    model: str
    base_url: str
    timeout: float
    max_tokens: int
    temperature: float

    @property
    def _llm_type(self) -> str:
        return "local"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        body = {
            "model": self.model,
            "stream": True,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "messages": [{"role": ROLES[message.type], "content": message.content} for message in messages],
        }
        address = f"{self.base_url}/chat/completions"
        with httpx.stream("POST", address, json=body, timeout=self.timeout) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    text = json.loads(line[6:])["choices"][0]["delta"]["content"]
                    yield ChatGenerationChunk(message=AIMessageChunk(content=text))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(str(chunk.message.content) for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])
