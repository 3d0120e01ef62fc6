"""What one room imports of another stands in a closed list (DESIGN, Tree; ADR 6): everything else is private."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "project.shops",
    "project.content",
    "project.rights",
    "project.collection",
    "project.studio",
    "widgets",
    "assistant",
)
EVERY_ROOM = {"services", "selectors", "rules", "contracts", "errors", "events"}
# What a room publishes beyond that: pure words and kinds, registries that upper rooms fill, rooms within a room, tasks.
MORE = {
    "project.content": {"kinds", "source_policies", "bulk"},
    "project.rights": {
        *("gate", "outlets", "senders", "wording", "wordings", "wordings.lint", "pictures", "desk"),
        *("notice_rules", "reply_rules", "request_rules", "services.notices"),
        *("notices", "notices.letters", "notices.links", "notices.selectors", "notices.wording"),
        *("evidence", "evidence.views"),
    },
    "project.collection": {
        *("imports.command_line", "imports.preparing", "imports.reports", "imports.services"),
        *("sources.registry", "tasks"),
    },
    "widgets": {"addresses"},
}


def room_of(module: str) -> str | None:
    return next((room for room in ROOMS if module == room or module.startswith(f"{room}.")), None)


def imported(tree: ast.Module) -> Iterator[str]:
    """Modules that are imported when the module runs: what stands under ``if TYPE_CHECKING`` is for the checker."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in typing_only:
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level and id(node) not in typing_only:
            if node.module in ROOMS:
                yield from (f"{node.module}.{name.name}" for name in node.names)
            else:
                yield node.module


def borrowed() -> Iterator[tuple[str, str, str]]:
    """File, room and module of every import that crosses from one room to another."""
    for folder in ("project", "widgets", "assistant"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            own = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            if own is None or "migrations" in path.parts:
                continue
            for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
                room = room_of(module)
                if room is not None and room != own:
                    yield str(path.relative_to(ROOT)), room, module.removeprefix(f"{room}.")


def test_a_room_is_entered_by_its_doors() -> None:
    assert [
        (path, room, module) for path, room, module in borrowed() if module not in EVERY_ROOM | MORE.get(room, set())
    ] == []


def test_every_door_on_the_list_is_used() -> None:
    used = {(room, module) for _path, room, module in borrowed()}
    assert {(room, module) for room, modules in MORE.items() for module in modules} <= used
