"""The record: everything about content and the right to show it.

The Celery application is imported here so that ``.delay()`` finds the broker from every process.
"""

import signal
import sys

if sys.argv[:1] == ["-m"]:
    # `python -m project.…` is still looking for its module, and nothing could tell a person what Ctrl-C did: the
    # process ends by the signal, without a traceback, until the module listens itself (project.runtime.__main__).
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from project.celery import app as celery_app  # noqa: E402 (see above)

__all__ = ["celery_app"]
