"""Structured logs: one JSON object a line in production, readable lines elsewhere.

Our own calls name an event and give ids and codes as ``extra``; texts, names, addresses and tokens never go into a
log (law 10). As a second line of defence, query strings and link tokens in messages of other libraries are masked.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_LINK_TOKEN = re.compile(r"(/(?:c|s|n/status|invitations|confirm-email|password/reset/key)/)[A-Za-z0-9_.:-]{16,}")
_KEY = re.compile(r"\b([ps]k_)[A-Za-z0-9_-]{8,}")
_QUERY = re.compile(r"\?[^\s\"']+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def mask_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hide what a library may have put into a record: link tokens, keys, query strings, e-mail addresses.

    Every text of the record is masked, tracebacks included; a request (Django attaches the whole object to its
    warnings) and whatever else is no plain value does not go into a log at all.
    """
    for name in list(event):
        value = event[name]
        if isinstance(value, str):
            event[name] = masked(value)
        elif not (value is None or isinstance(value, (int, float, bool))):
            del event[name]
    return event


def masked(text: str) -> str:
    """The text without link tokens, API keys, query strings and e-mail addresses."""
    text = _LINK_TOKEN.sub(r"\1…", text)
    text = _KEY.sub(r"\1…", text)
    text = _QUERY.sub("?…", text)
    return _ADDRESS.sub("…@…", text)


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: every library's records go through the same processors to standard error."""
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"])
    )
    before = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_secrets,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "langsmith": {"level": "WARNING"},
        },
    }
