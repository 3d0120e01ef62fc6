"""The deployment checks have stable ids and say what to do."""

from typing import Any

import pytest
from django.test import override_settings

from project.core import checks

STRONG = "kR7#p2Lz9QvX4mN8sT1wY6bC3dF5gH0jA-EuIoPqZxVnMlKt_ySr"


@pytest.mark.parametrize(
    ("check", "bad", "good", "check_id"),
    [
        (checks.secret_key_is_strong, {"SECRET_KEY": "x" * 60}, {"SECRET_KEY": STRONG}, "E001"),
        (checks.public_url_is_https, {"PUBLIC_URL": "http://a.example"}, {"PUBLIC_URL": "https://a.example"}, "E002"),
        (
            checks.outgoing_allow_is_empty,
            {"VOUCHSAFE_OUTGOING_ALLOW": ["127.0.0.1:8002"]},
            {"VOUCHSAFE_OUTGOING_ALLOW": []},
            "E003",
        ),
        (checks.demo_is_off, {"VOUCHSAFE_DEMO": True}, {"VOUCHSAFE_DEMO": False}, "E004"),
    ],
)
def test_each_check_complains_and_is_content(
    check: Any, bad: dict[str, Any], good: dict[str, Any], check_id: str
) -> None:
    with override_settings(**bad):
        (message,) = check(None)
        assert message.id == f"vouchsafe.core.{check_id}"
        assert message.hint
    with override_settings(**good):
        assert check(None) == []
