"""Make ``.venv`` and install the pinned requirements; skipped when nothing has changed.

Run as a script by the Makefile with the system's Python, before anything is installed, so it uses the
standard library alone and imports nothing of the project:

    python3 project/runtime/bootstrap.py run      what Vouchsafe runs on
    python3 project/runtime/bootstrap.py dev      that and the tools of development and test
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NEEDED_MEGABYTES = {"run": 900, "dev": 1500}
REQUIREMENTS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}


class CannotSetUp(Exception):
    """One sentence that says what is wrong and what to do."""


def main(kind: str) -> int:
    """Set up for ``run`` or ``dev``; 0 when the environment is complete."""
    try:
        require_python(sys.version_info[:2])
        with (ROOT / REQUIREMENTS[kind]).open("rb") as lock:
            # Two `make` at once: the second waits and then finds everything done.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_complete(kind):
                set_up(kind)
    except CannotSetUp as error:
        print(f"vouchsafe: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n  Stopped before it was set up; the same command goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        sentence = explain(error)
        if sentence is None:
            raise
        print(f"vouchsafe: {sentence}", file=sys.stderr)
        return 1
    return 0


def require_python(version: tuple[int, ...]) -> None:
    """Raise CannotSetUp for a Python that is too old."""
    if version < OLDEST:
        has, needs = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        raise CannotSetUp(
            f"Vouchsafe needs Python {needs} or later and this is {has}: install a newer one, or name it with "
            "`make run PYTHON=/path/to/python3`."
        )


def explain(error: OSError) -> str | None:
    """The sentence for an error of the file system; None when there is no better one."""
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"Vouchsafe may not write to {error.filename or ROOT}: give this account the right to, or clone "
            "Vouchsafe into a folder of its own."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {ROOT} is full: free some space and run the command again."
    return None


def mark(kind: str) -> str:
    """Stands for the Python and the requirements that an environment was made from."""
    content = (ROOT / REQUIREMENTS[kind]).read_bytes()
    return hashlib.sha256(f"{sys.version_info[:2]} {ROOT}\n".encode() + content).hexdigest()


def stamp(kind: str) -> Path:
    """The file that holds the mark of what is installed; one for running, one for development."""
    return VENV / f".vouchsafe-{kind}"


def is_complete(kind: str) -> bool:
    """Whether ``.venv`` was made from just these requirements and still starts."""
    try:
        return stamp(kind).read_text() == mark(kind) and PYTHON.exists()
    except OSError:
        return False


def set_up(kind: str) -> None:
    """Make the environment where there is none (or a broken one) and install the requirements."""
    began = time.monotonic()
    require_space(NEEDED_MEGABYTES[kind])
    if not works():
        print("  Making .venv …", flush=True)
        make_environment()
    install(kind)
    # What development needs includes what running needs, from one lock.
    for done in {kind, "run"}:
        stamp(done).write_text(mark(done))
    print(f"  Requirements installed ({time.monotonic() - began:.0f} s)", flush=True)


def require_space(megabytes: int) -> None:
    """Raise CannotSetUp when the disk of the checkout has too little left."""
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < megabytes and not works():
        raise CannotSetUp(
            f"The disk that holds {ROOT} has {free} MB left and the requirements need {megabytes} MB: free some "
            "space and run the command again."
        )


def works() -> bool:
    """Whether ``.venv`` holds a Python of our version that finds pip."""
    question = f"import sys, pip; print(sys.version_info[:2] == {tuple(sys.version_info[:2])})"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == "True"


def make_environment() -> None:
    """``python3 -m venv``; where Debian keeps it in a package of its own, root installs that first."""
    made = _venv()
    if made.returncode and "ensurepip" in made.stdout + made.stderr:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise CannotSetUp(f"This Python cannot make environments: install the package {package} and try again.")
        subprocess.run(["apt-get", "install", "-y", "-q", package], check=False)
        made = _venv()
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise CannotSetUp(f"`python3 -m venv .venv` failed ({said[-1] if said else 'without a word'}).")


def _venv() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def install(kind: str) -> None:
    """pip, with one line per package on the way."""
    requirements = ROOT / REQUIREMENTS[kind]
    count = sum("==" in line and not line.startswith((" ", "#")) for line in requirements.open())
    # Bytecode is made at first import: only for what is used, and the first start comes sooner.
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    process = subprocess.Popen(
        [*command, "--progress-bar", "off", "-r", str(requirements)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    last: list[str] = []
    seen = 0
    assert process.stdout is not None  # noqa: S101
    for line in process.stdout:
        last = [*last[-14:], line.rstrip()]
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            report(f"Installing requirements: {seen} of about {count}", last=False)
        elif line.startswith("Installing collected packages"):
            report("Installing requirements: unpacking them", last=True)
    if process.wait():
        report("", last=True)
        print("\n".join(last), file=sys.stderr)
        raise CannotSetUp(why_pip_failed("\n".join(last), requirements.name))


def why_pip_failed(output: str, requirements: str) -> str:
    """The sentence for a pip that failed."""
    if "No space left on device" in output:
        return f"The disk that holds {ROOT} is full: free some space and run the command again."
    if "Permission denied" in output or "Read-only file system" in output:
        return f"pip may not write to {VENV}: remove that folder, or run the command as its owner."
    return (
        f"pip could not install {requirements}; its last words stand above. Check the connection to your package "
        "index (or PIP_INDEX_URL) and run the command again: it goes on where it stopped."
    )


def report(line: str, *, last: bool) -> None:
    """Progress on one line of a terminal; elsewhere every tenth line and the last."""
    if sys.stdout.isatty():
        print(f"\r  {line}\033[K", end="\n" if last else "", flush=True)
    elif line and (last or line.split(" of ")[0].endswith("0")):
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
