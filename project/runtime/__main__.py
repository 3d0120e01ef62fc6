"""``python -m project.runtime``: see :mod:`project.runtime.commands`."""

import signal
import sys

if __name__ == "__main__":
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from project.runtime.commands import main

        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        # Before anything listened to signals: nothing has been started that would have to be ended.
        print("  Stopped.")
        code = 130
    sys.exit(code)
