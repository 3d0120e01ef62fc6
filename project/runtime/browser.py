"""Where the Chromium of this machine is, for the browser tests and the screenshots.

``python -m project.runtime.browser`` installs one by apt where we are root, and says how to get one elsewhere.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from project.runtime.errors import CannotStart

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Browsers that `playwright install chromium` fetched.
PLAYWRIGHT_FOLDERS = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
PLAYWRIGHT_PROGRAMS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_IT = (
    "The browser tests need Chromium: install it with your system's package manager, run "
    "`.venv/bin/python -m playwright install chromium`, or name one with VOUCHSAFE_CHROMIUM=/path/to/chromium."
)


def find_chromium() -> str:
    """The program to start; raises CannotStart when there is none."""
    named = os.environ.get("VOUCHSAFE_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise CannotStart(f"VOUCHSAFE_CHROMIUM names {named}, which cannot be run: correct or remove it.")
        return named
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    found = found or next((path for path in (*MACOS, *_fetched()) if os.access(path, os.X_OK)), None)
    if found is None:
        raise CannotStart(HOW_TO_GET_IT)
    return found


def _fetched() -> list[str]:
    folders = [Path(folder).expanduser() for folder in PLAYWRIGHT_FOLDERS]
    return [str(path) for folder in folders for pattern in PLAYWRIGHT_PROGRAMS for path in folder.glob(pattern)]


def flags() -> list[str]:
    """Command line flags: no traffic of its own, and no sandbox where root forbids it one."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def install() -> None:
    """Install Chromium by apt (root on Debian and its kin); raises CannotStart where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotStart(HOW_TO_GET_IT)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise CannotStart(f"apt-get could not install Chromium. {HOW_TO_GET_IT}")


def main() -> int:
    """Find Chromium or install it; the sentence on standard error and 1 when neither works."""
    try:
        try:
            find_chromium()
        except CannotStart:
            if os.environ.get("VOUCHSAFE_CHROMIUM"):
                raise
            install()
            find_chromium()
    except CannotStart as error:
        print(f"vouchsafe: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
