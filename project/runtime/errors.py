"""Failures of the runtime that a person can do something about."""

from pathlib import Path


class CannotStart(Exception):
    """Something outside Vouchsafe keeps it from running.

    ``str(error)`` is one sentence that says what is wrong and what to do; ``log`` is the tail of the log
    of the program that failed, where there is one.
    """

    def __init__(self, sentence: str, *, log: str = "") -> None:
        super().__init__(sentence)
        self.log = log


def explain_os_error(error: OSError, folder: Path) -> CannotStart | None:
    """The sentence for an error of the file system below ``folder``; None when there is no better one."""
    import errno

    place = error.filename or folder
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return CannotStart(
            f"Vouchsafe may not write to {place}: give this account the right to, or name another folder "
            "with VOUCHSAFE_HOME=/path."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CannotStart(
            f"The disk that holds {folder} is full: free some space, or name a folder on another disk with "
            "VOUCHSAFE_HOME=/path."
        )
    return None
