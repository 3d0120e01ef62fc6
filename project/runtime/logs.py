"""Log files of the supervised processes: their tail for messages, and their rotation."""

import shutil
from pathlib import Path

ROTATE_BYTES = 5_000_000
KEPT = 2
TAIL_BYTES = 16_384


def tail(log: Path, *, lines: int = 15, since: int = 0) -> str:
    """The last lines of ``log`` written after byte ``since``; empty when there is no such file."""
    try:
        size = log.stat().st_size
        with log.open("rb") as stream:
            stream.seek(max(since, size - TAIL_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def size(log: Path) -> int:
    """The length of ``log`` in bytes; 0 when it does not exist."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def rotate(log: Path, *, limit: int = ROTATE_BYTES) -> bool:
    """Move what a log over ``limit`` bytes holds to ``.1`` (and ``.1`` to ``.2``); returns whether it did.

    The file is copied and emptied, not renamed: the process that writes it keeps it open for appending.
    Lines written between the two steps are lost, which a log can bear.
    """
    if size(log) <= limit:
        return False
    for number in range(KEPT, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as stream:
        stream.truncate(0)
    return True
