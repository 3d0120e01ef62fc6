"""The command line of every process of Vouchsafe; the supervisor and production run the same ones."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from project.runtime import processes
from project.runtime.layout import PROJECT_ROOT, Layout
from project.runtime.processes import Program

QUEUES = ("urgent", "default", "bulk")
BULK_NICENESS = 10
# What a page needs. They start alone, so that on two cores they are there sooner; the others follow at once.
FIRST = ("web", "worker-urgent", "storefront")
# Answers are found by words from the first second; vectors of questions may come later.
NEVER_WAITED_FOR = ("embedder", "beat")
# Set for processes of a supervisor: it knows that no second worker serves the same queue.
ONLY_WORKER = "VOUCHSAFE_ONLY_WORKER"
READY_FILE = "VOUCHSAFE_READY_FILE"


def ready_file(layout: Layout, name: str) -> Path:
    """The file in which the process ``name`` writes its pid once it can take work."""
    return layout.home / f"{name}.ready"


def all_programs(layout: Layout, environment: dict[str, str]) -> list[Program]:
    """Web server, workers, beat and the embedder; with the demo its shop page and its Mastodon, too."""
    python = (sys.executable, "-m")
    commands = {
        "web": (*python, "project.runtime", "web"),
        "beat": (*python, "project.runtime", "beat"),
        "embedder": (*python, "assistant.embedder"),
    }
    if has_demo(environment):
        commands["storefront"] = (*python, "project.runtime.storefront")
        commands["replay"] = (*python, "project.runtime.replay")
    return [
        *(_program(layout, environment, name, command) for name, command in commands.items()),
        *(_worker(layout, environment, queue) for queue in QUEUES),
    ]


def has_demo(environment: dict[str, str]) -> bool:
    """Whether the demo shop belongs to this installation (VOUCHSAFE_DEMO)."""
    return environment["VOUCHSAFE_DEMO"].lower() in ("1", "true", "yes", "on")


def manage(layout: Layout, environment: dict[str, str], name: str, *arguments: str) -> Program:
    """A management command that speaks to the terminal instead of a log."""
    command = (sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments)
    return replace(_program(layout, environment, name, command), log=None)


def _worker(layout: Layout, environment: dict[str, str], queue: str) -> Program:
    name = f"worker-{queue}"
    command = (sys.executable, "-m", "project.runtime", "worker", queue)
    own = {**environment, ONLY_WORKER: "1", READY_FILE: str(ready_file(layout, name))}
    return replace(_program(layout, own, name, command), nice=BULK_NICENESS if queue == "bulk" else 0)


def _program(layout: Layout, environment: dict[str, str], name: str, command: Sequence[str]) -> Program:
    return processes.Program(
        name=name,
        command=command,
        log=layout.logs / f"{name}.log",
        environment={**environment, "PYTHONPATH": _python_path()},
        folder=PROJECT_ROOT,
    )


def _python_path() -> str:
    """The project first, so that ``-m`` finds it wherever the supervisor was started."""
    given = os.environ.get("PYTHONPATH")
    return f"{PROJECT_ROOT}{os.pathsep}{given}" if given else str(PROJECT_ROOT)
