"""``python -m matcalc``: the command line."""

import gc
import signal
import sys

_INTERRUPTED = 130
_SOON = 0.02
# Python looks for garbage after so many new objects: what is imported makes many, and none of it is garbage
_OBJECTS = 50_000


def main() -> None:
    """Run the command line; an interrupt ends it without a traceback, also while it begins and while it ends."""
    sys.unraisablehook = _interrupt_again
    gc.set_threshold(_OBJECTS)
    try:
        from .command.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.freeze()  # the process ends: nothing is looked through once more
        # an interrupt on its way through eval leaves a mark: python -m dies of it in the end, even where it was caught
        eval("None")


def _interrupt_again(dropped: "sys.UnraisableHookArgs") -> None:
    """Interrupt the work soon where Python dropped an interrupt that came in a callback, as at the end of an import."""
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    from _thread import interrupt_main
    from threading import Timer, main_thread

    main = main_thread().ident

    def interrupt() -> None:
        if main is not None and hasattr(signal, "pthread_kill"):  # a signal of the system ends what waits in it
            signal.pthread_kill(main, signal.SIGINT)
        else:
            interrupt_main()

    Timer(_SOON, interrupt).start()


if __name__ == "__main__":
    main()
