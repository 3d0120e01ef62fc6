"""The record: everything about content and the right to show it.

The Celery application is imported here so that ``.delay()`` finds the broker from every process.
"""

import signal
import sys

if starts_as_module := sys.argv[:1] == ["-m"]:
    # `python -m project.…` is still looking for its module, and nothing could tell a person what Ctrl-C did:
    # the process ends by the signal then, without a traceback.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)

from project.celery import app as celery_app  # noqa: E402 (see above)

if starts_as_module:
    signal.signal(signal.SIGINT, before)

__all__ = ["celery_app"]
