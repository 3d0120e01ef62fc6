"""Ctrl-C before anything has started ends the command without a traceback."""

import signal
import subprocess
import sys

import pytest

from project.runtime.layout import PROJECT_ROOT


# Written as soon as each is imported: before the runtime's own modules, among them, and after.
@pytest.mark.parametrize("module", ["celery", "project.celery", "argparse", "project.runtime.processes"])
def test_ctrl_c_while_modules_are_being_imported_is_no_traceback(module: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "project.runtime", "services"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=pipe, stderr=pipe, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if line.split("|")[-1].strip() == module:
                break
        started.send_signal(signal.SIGINT)
        said, rest = started.communicate(timeout=30)
    assert "Traceback" not in said + rest
    assert started.returncode in {-signal.SIGINT, 130}
