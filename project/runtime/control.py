"""`make stop` and `make status`: looking at and ending what a supervisor of this home started."""

import os
import shutil
import signal

from project.runtime import instance, processes
from project.runtime.errors import CannotStart
from project.runtime.instance import Claim
from project.runtime.layout import Layout
from project.runtime.postgresql import clear_leftovers
from project.runtime.progress import Progress

STOP_SECONDS = 45.0
LEFTOVER_GRACE_SECONDS = 10.0
NOT_RUNNING = 3  # The exit code that init scripts use for a program that is not running (LSB).


def stop(layout: Layout) -> int:
    """End the supervisor of this home and everything it started; returns 0 once none of it lives."""
    progress = Progress()
    state = instance.read_state(layout)
    if state.supervisor is not None and state.running:
        supervisor = state.supervisor
        with progress.step(f"Stopping Vouchsafe (process {supervisor.pid})"):
            os.kill(supervisor.pid, signal.SIGTERM)
            if not processes.wait_until(lambda: not supervisor.lives(), seconds=STOP_SECONDS):
                os.kill(supervisor.pid, signal.SIGKILL)
        ended = []
    else:
        ended = processes.end_leftovers(instance.all_of(state), grace=LEFTOVER_GRACE_SECONDS)
        progress.say(f"Ended {len(ended)} processes of an earlier run." if ended else "Vouchsafe was not running.")
    _end_the_rest(layout)
    return 0


def _end_the_rest(layout: Layout) -> None:
    """Whatever the record still names, and a PostgreSQL on our data folder; raises CannotStart if one resists."""
    claim = Claim(layout)
    if not layout.home.exists():
        return
    claim.take()
    try:
        remaining = instance.all_of(instance.read_state(layout))
        processes.end_leftovers(remaining, grace=LEFTOVER_GRACE_SECONDS)
        if layout.postgresql.exists():
            clear_leftovers(layout.postgresql)
        alive = [identity.pid for identity in remaining if identity.lives()]
        if alive:
            raise CannotStart(f"Processes {alive} do not end: end them with `kill -9`.")
    finally:
        claim.release()


def reset(layout: Layout) -> int:
    """Stop, and delete the home with the database and whatever of it lies elsewhere."""
    stop(layout)
    shutil.rmtree(layout.services, ignore_errors=True)
    if layout.sockets_are_short:
        shutil.rmtree(layout.sockets, ignore_errors=True)
    shutil.rmtree(layout.home, ignore_errors=True)
    Progress().say(f"Everything of {layout.home} is deleted.")
    return 0


def status(layout: Layout) -> int:
    """Print what runs; 0 when it is ready, 3 when nothing runs, 1 on the way from one to the other."""
    progress = Progress()
    state = instance.read_state(layout)
    if not state.running:
        progress.say(f"Vouchsafe is not running from {layout.home}.")
        return NOT_RUNNING
    progress.say(f"Vouchsafe runs from {layout.home} at {state.url} ({state.phase}).")
    for name, identity in sorted(state.processes.items()):
        alive = "running" if identity.lives() else "ended"
        restarts = state.restarts.get(name, 0)
        again = f", started again {restarts} times" if restarts else ""
        progress.say(f"  {name:<16} process {identity.pid:<8} {alive}{again}")
    return 0 if state.phase == "ready" else 1
