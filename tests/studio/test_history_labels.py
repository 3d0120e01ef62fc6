"""Every action that is recorded has a word in the histories of staff."""

import ast
from collections.abc import Iterator
from pathlib import Path

from project.studio.history_labels import ACTIONS, MINOR_ACTIONS

ROOT = Path(__file__).resolve().parents[2]


def recorded() -> Iterator[str]:
    """The codes that are written as they are in a call of ``audit``."""
    for folder in ("project", "widgets", "assistant"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit":
                    yield from (
                        each.value
                        for each in ast.walk(node.args[0])
                        if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value[:-1]
                    )


def test_every_action_has_a_word_or_is_a_step_of_one_that_has() -> None:
    codes = set(recorded())
    assert len(codes) > 40
    assert codes - set(ACTIONS) - MINOR_ACTIONS == set()
