"""``python -m project.runtime``: the commands behind `make run`, and the processes of an installation."""

import argparse
import os
import subprocess
import sys

from project.runtime import processes
from project.runtime.errors import CannotStart, explain_os_error
from project.runtime.layout import Layout, database_url, home_from_environment, redis_url
from project.runtime.programs import QUEUES


def main(arguments: list[str]) -> int:
    """Run one command; what a person can mend is one sentence on standard error and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        layout = Layout(home_from_environment())
        return int(options.command(layout, options))
    except CannotStart as error:
        _complain(error)
    except OSError as error:
        explained = explain_os_error(error, home_from_environment())
        if explained is None:
            raise
        _complain(explained)
    return 1


def _complain(error: CannotStart) -> None:
    if error.log:
        print(error.log, file=sys.stderr)
    print(f"vouchsafe: {error}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m project.runtime", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start everything and supervise it (what `make run` does)")
    run.add_argument("--with-parent", action="store_true", help="end, too, when the parent process ends (Linux)")
    run.set_defaults(command=_run)
    commands.add_parser("stop", help="end everything a supervisor of this home started").set_defaults(command=_stop)
    commands.add_parser("status", help="say what runs").set_defaults(command=_status)
    commands.add_parser("reset", help="stop and delete all data of this home").set_defaults(command=_reset)
    services = commands.add_parser(
        "services", help="start PostgreSQL and Valkey alone; with `-- COMMAND` throwaway ones for that command"
    )
    services.add_argument("argv", nargs=argparse.REMAINDER)
    services.set_defaults(command=_services)
    commands.add_parser("web", help="the web server, in the foreground").set_defaults(command=_web)
    commands.add_parser("health", help="0 when the web server answers on PORT").set_defaults(command=_health)
    worker = commands.add_parser("worker", help="the worker of one queue, in the foreground")
    worker.add_argument("queue", choices=QUEUES)
    worker.add_argument("--concurrency", type=int, default=1, help="tasks at a time (default 1)")
    worker.set_defaults(command=_worker)
    commands.add_parser("beat", help="the scheduler, in the foreground").set_defaults(command=_beat)
    return parser


def _run(layout: Layout, options: argparse.Namespace) -> int:
    from project.runtime.start import run

    if options.with_parent:
        processes.die_with_parent()
    return run(layout)


def _stop(layout: Layout, _: argparse.Namespace) -> int:
    from project.runtime.control import stop

    return stop(layout)


def _status(layout: Layout, _: argparse.Namespace) -> int:
    from project.runtime.control import status

    return status(layout)


def _reset(layout: Layout, _: argparse.Namespace) -> int:
    from project.runtime.control import reset

    return reset(layout)


def _services(layout: Layout, options: argparse.Namespace) -> int:
    from project.runtime.start import run

    command = [part for part in options.argv if part != "--"]
    return _with_throwaway_services(command) if command else run(layout, services_only=True)


def _with_throwaway_services(command: list[str]) -> int:
    from project.runtime.throwaway import ThrowawayServices, new_home

    home = new_home()
    with ThrowawayServices(home):
        own = {"DATABASE_URL": database_url(home), "REDIS_URL": redis_url(home), "VOUCHSAFE_HOME": str(home)}
        return subprocess.run(command, env={**os.environ, **own}, check=False).returncode


def _web(_: Layout, __: argparse.Namespace) -> int:
    from project.runtime.web import serve

    serve()
    return 0


def _health(_: Layout, __: argparse.Namespace) -> int:
    from project.runtime.environment import first_host
    from project.runtime.probes import http_answers

    return 0 if http_answers(int(os.environ.get("PORT") or 8000), name=first_host(os.environ)) else 1


def _worker(_: Layout, options: argparse.Namespace) -> int:
    from project.runtime.worker import work

    work(options.queue, concurrency=options.concurrency)
    return 0


def _beat(_: Layout, __: argparse.Namespace) -> int:
    from project.runtime.worker import beat

    beat()
    return 0
