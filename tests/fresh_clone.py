"""`make fresh`: what a stranger does first. Clone, `make run` with nothing but the requirements for running, look at
the pages, live through the story of the first five minutes, stop, start again. No test module: it makes an environment
of its own, which takes a minute. The browser and pytest are this checkout's: a stranger brings eyes and hands.

As root it runs as an ordinary user where there is a Python that an ordinary user may run, so that nothing leans on
rights or files that only this checkout has.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY = "Vouchsafe is ready:"
FIRST_START_SECONDS = 300
SECOND_START_SECONDS = 10
NOBODY = 65534
STORY = "tests/e2e/test_first_five_minutes.py"


def main() -> int:
    """Exit code 0 when everything a stranger tries first works."""
    folder = Path(tempfile.mkdtemp(prefix="vouchsafe-fresh-"))
    try:
        clone = make_clone(folder)
        print(f"  as {'an ordinary user' if drops_rights() or os.geteuid() else 'root'}")
        first = Run(clone, folder / "first.log")
        print(f"  ready after {first.wait(FIRST_START_SECONDS):.0f} s (with making the environment and the demo)")
        look_around(first.log.read_text())
        print(f"  the first five minutes: {tell_the_story(clone)}")
        first.interrupt()
        nothing_left(clone)
        second = Run(clone, folder / "second.log")
        took = second.wait(SECOND_START_SECONDS * 6)
        print(f"  ready again after {took:.1f} s")
        make(clone, "stop")
        second.process.wait(30)
        nothing_left(clone)
        if took > SECOND_START_SECONDS:
            raise Failed(f"the second start took {took:.1f} s, more than {SECOND_START_SECONDS} s")
    except Failed as failure:
        print(f"make fresh: {failure}", file=sys.stderr)
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-4000:]}", file=sys.stderr)
        return 1
    finally:
        stop_whatever_runs(folder / "vouchsafe")
        shutil.rmtree(folder, ignore_errors=True)
    print("fresh clone: 1 passed, 0 failed")
    return 0


class Failed(Exception):
    """What a stranger would have stumbled over."""


def make_clone(folder: Path) -> Path:
    """The committed files of this checkout, owned by whoever will run them."""
    clone = folder / "vouchsafe"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    if drops_rights():
        folder.chmod(0o755)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return clone


def without_rights(command: list[str]) -> list[str]:
    """By way of a shell: the program that setpriv itself starts is still found with root's rights."""
    through = ["sh", "-c", 'exec "$0" "$@"']
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *through, *command]


@cache
def python_for_everybody() -> str:
    """A Python that an ordinary user can run and make environments with; ``""`` when root has the only one."""
    for python in (sys._base_executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        check = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
        if subprocess.run(without_rights([python, "-c", check]), capture_output=True, check=False).returncode == 0:
            return python
    return ""


def drops_rights() -> bool:
    return os.geteuid() == 0 and python_for_everybody() != ""


def ordinary(command: list[str]) -> list[str]:
    """The command as somebody without rights, as far as this machine allows."""
    return without_rights(command) if drops_rights() else command


def environment(clone: Path) -> dict[str, str]:
    """What a login shell has, and no more of ours than where packages come from."""
    kept = ("PATH", "LANG", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    python = python_for_everybody() if drops_rights() else sys._base_executable
    ports = {"PORT": "9300", "STOREFRONT_PORT": "9301", "REPLAY_PORT": "9302"}
    return {**known, **ports, "HOME": str(clone.parent), "PYTHON": python}


class Run:
    """One `make run`."""

    def __init__(self, clone: Path, log: Path) -> None:
        self.log = log
        self.began = time.monotonic()
        with log.open("wb") as target:
            self.process = subprocess.Popen(
                ordinary(["make", "run"]),
                cwd=clone,
                env=environment(clone),
                stdout=target,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, seconds: float) -> float:
        """Seconds until it said that it is ready."""
        while READY not in self.log.read_text():
            if self.process.poll() is not None:
                raise Failed(f"`make run` ended with code {self.process.returncode} before it was ready")
            if time.monotonic() - self.began > seconds:
                raise Failed(f"`make run` was not ready after {seconds:.0f} s")
            time.sleep(0.05)
        return time.monotonic() - self.began

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired as late:
            raise Failed("Ctrl-C did not end `make run` within a minute") from late


def look_around(said: str) -> None:
    """Every address of the last line answers, and the storefront embeds a widget that has something to show."""
    line = next(line for line in said.splitlines() if READY in line)
    addresses = re.findall(r"https?://[^\s·]+", line)
    if len(addresses) < 3:
        raise Failed(f"the last line names {len(addresses)} addresses: {line}")
    pages = {address: fetch(address) for address in addresses}
    storefront = next(page for address, page in pages.items() if "127.0.0.1" in address)
    if "<vouchsafe-widget" not in storefront:
        raise Failed("the storefront embeds no widget")


def fetch(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError) as error:
        raise Failed(f"{address} did not answer: {error}") from error


def tell_the_story(clone: Path) -> str:
    """The story's tests against the demo that the clone runs, by this checkout's development environment."""
    command = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", STORY]
    told = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "VOUCHSAFE_TEST_CLONE": str(clone)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise Failed(f"the story does not hold in a fresh clone:\n{told.stdout[-8000:]}")
    return told.stdout.strip().splitlines()[-1]


def make(clone: Path, target: str) -> None:
    subprocess.run(ordinary(["make", target]), cwd=clone, env=environment(clone), check=True, capture_output=True)


def processes_of(clone: Path) -> list[int]:
    """Processes whose command line or working folder lies in the clone."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(clone) in line or folder.startswith(str(clone)):
            found.append(int(entry.name))
    return found


def nothing_left(clone: Path) -> None:
    """Wait until every process is gone; processes that stay are a failure."""
    until = time.monotonic() + 15
    while left := processes_of(clone):
        if time.monotonic() > until:
            raise Failed(f"{len(left)} processes were left running: {left}")
        time.sleep(0.1)


def stop_whatever_runs(clone: Path) -> None:
    for process in processes_of(clone):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    sys.exit(main())
