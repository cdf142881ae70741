"""``python -m matcalc``: the command line."""

import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interrupt ends it without a traceback, also while it begins and while it ends."""
    try:
        from .command.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # an interrupt on its way through eval leaves a mark: python -m dies of it in the end, even where it was caught
        eval("None")


if __name__ == "__main__":
    main()
