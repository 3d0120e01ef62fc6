"""Which paths are the assistant's."""

from __future__ import annotations

from assistant.edge.http import ask, ask_preflight, config
from assistant.edge.quotes import quotes
from assistant.edge.socket import socket
from project.core.edge.routes import register_http, register_websocket

_ID = r"(?P<assistant_id>ast_[0-9A-Za-z]{22})"


def register_routes() -> None:
    """Called once, when the app is ready."""
    register_http("POST", rf"/a/{_ID}/ask", ask)
    register_http("OPTIONS", rf"/a/{_ID}/ask", ask_preflight)
    register_http("POST", rf"/a/{_ID}/quotes", quotes)
    register_http("GET", rf"/a/{_ID}/config\.json", config)
    register_websocket(rf"/ws/a/{_ID}", socket)
