"""`make run`: from an empty folder, or from what the last run left, to a shop one can open."""

import contextlib
import hashlib
import json
import signal

import psycopg

from project.runtime import environment as environments
from project.runtime import preflight, probes, programs
from project.runtime.layout import PROJECT_ROOT, Layout
from project.runtime.members import ProgramMember, ServiceMember
from project.runtime.processes import Program
from project.runtime.progress import Progress
from project.runtime.services import EmbeddedServices, place_services, prepare_folders
from project.runtime.supervisor import StopRequested, Supervisor

SERVICE_SECONDS = 60.0
PROGRAM_SECONDS = 120.0
MIGRATION_ROOTS = ("project", "widgets", "assistant")


def run(layout: Layout, *, services_only: bool = False) -> int:
    """Start everything, say when it is ready, and supervise until told to stop. Returns the exit code."""
    progress = Progress()
    preflight.refuse_foreign_home(layout.home)
    preflight.require_writable(layout.home)
    place_services(layout)
    preflight.require_space(layout)
    values = environments.defaults(layout, remembered=False)
    try:
        with Supervisor(layout, progress, url=values["PUBLIC_URL"]) as supervisor:
            _start(supervisor, layout, values, services_only=services_only)
            supervisor.run()
    except StopRequested:
        progress.say("  Stopped before it was ready.")
        return 128 + signal.SIGINT
    return 0


def _start(supervisor: Supervisor, layout: Layout, values: dict[str, str], *, services_only: bool) -> None:
    _start_services(supervisor, layout, values)
    if services_only:
        supervisor.progress.say(f"DATABASE_URL={values['DATABASE_URL']}")
        supervisor.progress.say(f"REDIS_URL={values['REDIS_URL']}")
        supervisor.progress.say("The services are ready; Ctrl-C or `make stop` ends them.")
        return
    Start(supervisor, layout, values).run()


def _start_services(supervisor: Supervisor, layout: Layout, values: dict[str, str]) -> None:
    """PostgreSQL and Valkey side by side, or the one of them that no URL names."""
    postgresql, valkey = environments.in_use(layout, values)
    if not postgresql:
        probes.require_postgresql(values["DATABASE_URL"])
    if not valkey:
        probes.require_redis(values["REDIS_URL"])
    if not (postgresql or valkey):
        prepare_folders(layout)
        return
    first = postgresql and not layout.postgresql.exists()
    what = "PostgreSQL and Valkey" if postgresql and valkey else "PostgreSQL" if postgresql else "Valkey"
    with supervisor.progress.step(f"{what}: making a database" if first else what):
        prepare_folders(layout)
        services = EmbeddedServices(layout, postgresql=postgresql, valkey=valkey)
        members = [ServiceMember(service) for service in services.members]
        supervisor.start(members)
        supervisor.wait_ready(members, seconds=SERVICE_SECONDS)
        for service in services.members:
            service.prepare()


class Start:
    """The start of our own programs, once the services answer."""

    def __init__(self, supervisor: Supervisor, layout: Layout, values: dict[str, str]) -> None:
        self.supervisor = supervisor
        self.progress = supervisor.progress
        self.layout = layout
        self.values = values
        self.environment = environments.child_environment(values)

    def run(self) -> None:
        """Migrate, start the processes, seed, and say where everything is."""
        demo = programs.has_demo(self.values)
        preflight.require_ports(self.values, ["PORT", "STOREFRONT_PORT", "REPLAY_PORT"] if demo else ["PORT"])
        environments.remember(self.layout, self.values)
        self._migrate()
        self._collect_static_files()
        members = [self._member(program) for program in programs.all_programs(self.layout, self.environment)]
        first = [member for member in members if member.name in programs.FIRST]
        later = [member for member in members if member.name not in programs.FIRST]
        self.supervisor.start(first)
        if demo and not self._seeded():
            self.supervisor.start(later)
            first, later = [member for member in members if member.name not in programs.NEVER_WAITED_FOR], []
            self._seed()
        elif demo:
            self._take_over_addresses()
        with self.progress.step("Web server and workers"):
            self.supervisor.wait_ready(first, seconds=PROGRAM_SECONDS)
        self.supervisor.start(later)
        self._announce(demo=demo)

    # --- the database ---------------------------------------------------------------------------------

    def _migrate(self) -> None:
        """Apply migrations, unless nothing that could need one has changed since the last time."""
        mark = migration_mark()
        if self._migrated() == mark:
            return
        with self.progress.talking_step("Database tables"):
            self.supervisor.command(self._manage("migrate", "migrate", "--no-input"))
        self._remember_migrated(mark)

    def _collect_static_files(self) -> None:
        """Production serves hashed files that must have been gathered; else they are served from where they lie."""
        if self.values["DJANGO_SETTINGS_MODULE"].endswith("production"):
            with self.progress.step("Static files"):
                self.supervisor.command(self._manage("static", "collectstatic", "--no-input", "--verbosity", "0"))

    def _migrated(self) -> str | None:
        """The mark of the last complete migration, kept in the database that it describes."""
        with psycopg.connect(self.values["DATABASE_URL"]) as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            if row is None or not row[0]:
                return None
            mark, _, count = row[0].removeprefix("vouchsafe ").partition(" ")
            applied = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
            # Somebody who migrated backwards by hand is brought forward again.
            return str(mark) if applied is not None and str(applied[0]) == count else None

    def _remember_migrated(self, mark: str) -> None:
        with psycopg.connect(self.values["DATABASE_URL"], autocommit=True) as connection:
            row = connection.execute("SELECT current_database(), count(*) FROM django_migrations").fetchone()
            assert row is not None  # noqa: S101
            comment = psycopg.sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                psycopg.sql.Identifier(row[0]), psycopg.sql.Literal(f"vouchsafe {mark} {row[1]}")
            )
            # Only the owner may comment on a database; without the mark, migrate looks for itself every time.
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(comment)

    # --- the demo -------------------------------------------------------------------------------------

    def _seed(self) -> None:
        """Fill an empty database with the demo's shops; a seeding that was cut off is taken up again."""
        self.layout.seed.write_text("running")
        with self.progress.talking_step("Demo shops from real reviews"):
            self.supervisor.command(self._manage("seed", "seed_demo"))
        self.layout.seed.write_text(self._seeded_for())

    def _take_over_addresses(self) -> None:
        """Let the demo's widgets and sources know the ports of this start, if they are others than before."""
        if self.layout.seed.exists() and self.layout.seed.read_text() != self._seeded_for():
            with self.progress.talking_step("New addresses of the demo"):
                self.supervisor.command(self._manage("seed", "seed_demo", "--addresses"))
            self.layout.seed.write_text(self._seeded_for())

    def _seeded_for(self) -> str:
        return f"done {self.values['STOREFRONT_PORT']} {self.values['REPLAY_PORT']}"

    def _seeded(self) -> bool:
        if self.layout.seed.exists():
            return self.layout.seed.read_text().startswith("done")
        with psycopg.connect(self.values["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT EXISTS (SELECT 1 FROM shops_shop)").fetchone()
            return row is not None and bool(row[0])

    # --- the processes --------------------------------------------------------------------------------

    def _member(self, program: Program) -> ProgramMember:
        return ProgramMember(program, lambda pid: probes.can_work(program.name, pid, self.layout, self.values))

    def _manage(self, name: str, *arguments: str) -> Program:
        return programs.manage(self.layout, self.environment, name, *arguments)

    def _announce(self, *, demo: bool) -> None:
        url = self.values["PUBLIC_URL"]
        places = [f"studio {url}/studio/", f"API docs {url}/api/v1/docs/"]
        if demo:
            places.insert(0, f"storefront http://127.0.0.1:{self.values['STOREFRONT_PORT']}/")
            places.append(logins(self.layout))
        self.progress.say("Vouchsafe is ready: " + " · ".join(places))


def logins(layout: Layout) -> str:
    """Who may sign in to the demo, from the file that the seeding writes; empty where it has none."""
    try:
        people = json.loads((layout.home / "demo.json").read_text())["logins"]
    except (OSError, ValueError, KeyError):
        return "no demo logins"
    passwords = sorted({person["password"] for person in people})
    named = ", ".join(f"{person['email']} ({person['role'].replace('_', ' ')})" for person in people)
    return f"sign in as {named}, password {' or '.join(passwords)}"


def migration_mark() -> str:
    """Stands for all migrations: our own files, and the pinned packages that bring others."""
    found = hashlib.sha256((PROJECT_ROOT / "requirements.txt").read_bytes())
    files = (path for root in MIGRATION_ROOTS for path in (PROJECT_ROOT / root).rglob("migrations/*.py"))
    for path in sorted(files):
        found.update(str(path.relative_to(PROJECT_ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:20]
