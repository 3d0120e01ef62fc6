"""The browser of `make test`: the one that is there, else one by apt where we are root, else one sentence."""

import os
from pathlib import Path

import pytest

from project.runtime import browser
from project.runtime.errors import CannotStart

ORDINARY = 1000
APT = """#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> "{log}"
if [ "$1" = install ]; then {install}; fi
"""


class Machine:
    """A machine with nothing but the programs that a test puts on it."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.home = folder / "home"
        self.log = folder / "apt.log"
        self.programs.mkdir()
        self.home.mkdir()

    def program(self, name: str, text: str = "#!/bin/sh\n") -> str:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def apt(self, install: str) -> None:
        """An apt-get that writes down what it was asked, and does ``install``."""
        self.program("apt-get", APT.format(log=self.log, install=install))

    @property
    def asked_of_apt(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(found.programs))
    monkeypatch.setenv("HOME", str(found.home))
    monkeypatch.delenv("VOUCHSAFE_CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "MACOS", ())  # A Mac of ours may have one there.
    return found


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def as_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)


def complaint(capfd: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    (line,) = capfd.readouterr().err.splitlines()
    return line


# --- found --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", browser.NAMES)
def test_a_browser_that_is_there_is_taken_and_nothing_installed(machine: Machine, as_root: None, name: str) -> None:
    machine.apt("exit 1")
    there = machine.program(name)
    assert browser.main() == 0
    assert browser.find_chromium() == there
    assert machine.asked_of_apt == []


def test_one_that_playwright_fetched_is_found(machine: Machine, as_ordinary_user: None) -> None:
    fetched = machine.home / ".cache" / "ms-playwright" / "chromium-1187" / "chrome-linux" / "chrome"
    fetched.parent.mkdir(parents=True)
    fetched.touch(mode=0o644)
    with pytest.raises(CannotStart):
        browser.find_chromium()  # A download that was cut off cannot be run.
    fetched.chmod(0o755)
    assert browser.find_chromium() == str(fetched)
    assert browser.main() == 0


def test_the_one_that_is_named_comes_first(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.program("chromium")
    named = machine.program("my-own")
    monkeypatch.setenv("VOUCHSAFE_CHROMIUM", named)
    assert browser.find_chromium() == named


def test_a_wrong_name_is_said_and_not_made_up_for(
    machine: Machine, as_root: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.apt("exit 0")
    machine.program("chromium")
    monkeypatch.setenv("VOUCHSAFE_CHROMIUM", "/nowhere/chromium")
    assert browser.main() == 1
    assert complaint(capfd).startswith("vouchsafe: VOUCHSAFE_CHROMIUM names /nowhere/chromium, which cannot be run")
    assert machine.asked_of_apt == []


# --- installed ----------------------------------------------------------------------------------------


def test_root_gets_one_by_apt_without_being_asked_anything(machine: Machine, as_root: None) -> None:
    there = machine.programs / "chromium"
    machine.apt(f'printf "#!/bin/sh" > "{there}"; /bin/chmod 755 "{there}"')
    assert browser.main() == 0
    update, install = machine.asked_of_apt
    assert update.startswith("noninteractive update")
    assert install.startswith("noninteractive install -y")
    assert install.endswith(" ".join(browser.PACKAGES))
    assert browser.find_chromium() == str(there)


def test_an_apt_that_fails_is_one_sentence_with_other_ways(
    machine: Machine, as_root: None, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.apt("exit 100")
    assert browser.main() == 1
    assert complaint(capfd) == f"vouchsafe: apt-get could not install Chromium. {browser.HOW_TO_GET_IT}"


# --- said ---------------------------------------------------------------------------------------------


def test_an_ordinary_user_is_told_how_to_get_one(
    machine: Machine, as_ordinary_user: None, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.apt("exit 0")
    assert browser.main() == 1
    assert complaint(capfd) == f"vouchsafe: {browser.HOW_TO_GET_IT}"
    assert machine.asked_of_apt == []


def test_root_without_apt_is_told_how_to_get_one(
    machine: Machine, as_root: None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert browser.main() == 1
    assert complaint(capfd) == f"vouchsafe: {browser.HOW_TO_GET_IT}"


def test_the_sandbox_is_given_up_only_where_root_cannot_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--no-sandbox" in browser.flags()
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    assert "--no-sandbox" not in browser.flags()
