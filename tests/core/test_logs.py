"""Logs are structured and hold no personal data, even where a library puts some into a message."""

import json
import logging
import logging.config
import sys

import pytest
from django.test import RequestFactory

from project.core.logs import logging_config, masked


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("GET /c/abcdefghijklmnop1234567890 200", "abcdefghijklmnop"),
        ("GET /s/abcdefghijklmnop1234567890/ 404", "abcdefghijklmnop"),
        ("GET /n/status/abcdefghijklmnop:1b2C3d-_4:x/ 404", "abcdefghijklmnop"),
        ("GET /studio/-/invitations/abcdefghijklmnop1234/ 410", "abcdefghijklmnop"),
        ("GET /accounts/confirm-email/MQ:1uAbCd:abcdefghijklmnop.qrs/ 404", "abcdefghijklmnop"),
        ("GET /accounts/password/reset/key/3-abcdefghijklmnop-set/ 404", "abcdefghijklmnop"),
        ("key sk_abcdefghijklmnop was used", "sk_abcdefgh"),
        ("GET /w/wid_1/items.json?q=my+neighbour 200", "neighbour"),
        ("mail to ana@example.com failed", "ana@"),
    ],
)
def test_secrets_and_people_are_masked(text: str, hidden: str) -> None:
    assert hidden not in masked(text)
    assert "…" in masked(text)


def test_a_record_is_one_json_object_with_its_ids(capsys: pytest.CaptureFixture[str]) -> None:
    config = logging_config(level="INFO", as_json=True)
    formatter = config["formatters"]["structured"]
    handler = logging.StreamHandler()
    handler.setFormatter(formatter["()"](**{key: value for key, value in formatter.items() if key != "()"}))
    record = logging.LogRecord("project.core", logging.INFO, "x.py", 1, "outbox.parked", None, None)
    record.shop_id = 7
    said = json.loads(handler.format(record))
    assert (said["event"], said["shop_id"], said["level"], said["logger"]) == (
        "outbox.parked",
        7,
        "info",
        "project.core",
    )
    assert said["timestamp"].endswith("Z")


def test_neither_a_request_nor_a_traceback_carries_a_secret_into_the_log() -> None:
    formatter = logging_config(level="INFO", as_json=True)["formatters"]["structured"]
    shaped = formatter["()"](**{key: value for key, value in formatter.items() if key != "()"})
    try:
        raise ValueError("Key (email)=(ana@example.com) exists; sk_abcdefghijklmnop")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "Bad Request: %s", ("/c/abc",), sys.exc_info())
    record.request = RequestFactory().get("/c/Tk9Tk9Tk9Tk9Tk9Tk9Tk9?a=ana@example.com")
    record.status_code = 400
    line = shaped.format(record)
    assert "ana@" not in line
    assert "Tk9Tk9" not in line
    assert "sk_abcdefgh" not in line
    said = json.loads(line)
    assert (said["status_code"], "ValueError" in said["exception"]) == (400, True)
