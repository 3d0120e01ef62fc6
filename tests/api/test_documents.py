"""docs/errors.md and docs/api.md say what the code says."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

import project.collection.imports.errors
import project.core.outgoing  # noqa: F401  (their error classes are looked at below)
from project.core.api.schema import METHODS, described
from project.core.errors import ErrorCode, VouchsafeError
from project.rights.contracts import Channel
from project.shops.rules import PUBLISHABLE_SCOPES, KeyScope

DOCS = Path(settings.BASE_DIR) / "docs"
ROW = re.compile(r"^\| `(?P<code>[a-z_]+)` \| (?P<status>[0-9, ]+) \| (?P<says>[^|]+) \| (?P<remedy>[^|]+) \|$", re.M)


def rows() -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in ROW.finditer((DOCS / "errors.md").read_text()):
        assert row["code"] not in found, f"{row['code']} has two rows"
        assert row["says"].strip().endswith("."), row["code"]
        assert len(row["remedy"].strip()) > 10, row["code"]
        found[row["code"]] = {int(status) for status in row["status"].split(",")}
    return found


def error_classes(base: type[VouchsafeError] = VouchsafeError) -> Iterator[type[VouchsafeError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from error_classes(kind)


def test_every_code_has_its_sentence_and_remedy_and_there_are_no_others() -> None:
    assert set(rows()) == {code.value for code in ErrorCode}


def test_each_error_answers_with_a_status_that_its_row_names() -> None:
    documented = rows()
    wrong = [
        (kind.__qualname__, kind.status)
        for kind in error_classes()
        if kind.__module__.startswith(("project.", "widgets.", "assistant."))
        and kind.status not in documented[kind.code]
    ]
    assert wrong == []


def test_the_api_page_names_every_resource_scope_and_channel_and_nothing_that_is_not() -> None:
    text = (DOCS / "api.md").read_text()
    addresses = {
        f"{method.upper()} {path.replace('{public_id}', '{id}')}"
        for path, methods in described("en")["paths"].items()
        for method in METHODS
        if method in methods
    }
    named = set(re.findall(r"`((?:GET|POST|PATCH|DELETE) /api/v1/[^`?]*)`", text))
    assert named == addresses
    for word in [*KeyScope, *Channel]:
        assert f"`{word}`" in text, word
    assert {KeyScope.PUBLISHED_READ} == PUBLISHABLE_SCOPES, "docs/api.md says that a publishable key has this scope"


def test_codes_that_the_api_page_names_exist() -> None:
    text = (DOCS / "api.md").read_text()
    codes = set(re.findall(r"\(`([a-z_]+)`\)", text))
    assert codes
    assert codes <= {code.value for code in ErrorCode}
