"""Which tests go to the same worker, and in which order they go out.

Whatever a file's fixtures start is started once, so a file stays together; and all files that need the running stack
make one unit, so that one stack is started and not one each. That unit takes longest and goes first.

Groups by mark (``--dist loadgroup``) would say the same, but pytest 9.2 ignores them without a word
(pytest-xdist issue 1386).
"""

import pytest
from xdist.scheduler import LoadFileScheduling

STACK = "running_stack"
# By file, for whoever hands out tests knows them by their names alone.
NEEDS_STACK = (
    "tests/e2e/test_first_five_minutes.py",
    "tests/e2e/test_permission_road.py",
    "tests/faults/test_approvals.py",
    "tests/faults/test_networks.py",
    "tests/runtime/test_running_stack.py",
)


def unit_of(nodeid: str) -> str:
    """The unit that a test goes out with: its file, or the stack's."""
    file = nodeid.partition("::")[0]
    return STACK if file in NEEDS_STACK else file


class UnitScheduling(LoadFileScheduling):
    """Hands out units in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def in_order(items: list[pytest.Item]) -> None:
    """The stack's unit first. Raises ``pytest.UsageError`` for a file that needs the stack and is not on the list, or
    is on it and needs none."""
    wrong = {
        item.nodeid.partition("::")[0]
        for item in items
        if (STACK in getattr(item, "fixturenames", ())) != (unit_of(item.nodeid) == STACK)
    }
    if wrong:
        raise pytest.UsageError(f"tests/scheduling.py is wrong about the running stack in {', '.join(sorted(wrong))}")
    items.sort(key=lambda item: unit_of(item.nodeid) != STACK)
