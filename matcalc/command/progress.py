"""How far the work is: a line on a terminal's standard error while there is nothing else to be read."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..budget import Budget, running

# seconds without output after which the line is shown, and between two of them
_SILENCE, _BETWEEN = 1.0, 0.25
_CLEAR = "\r\x1b[K"
_lock = threading.Lock()
_shown: TextIO | None = None
_since = 0.0


@contextmanager
def shown_progress(stream: TextIO) -> Iterator[None]:
    """Show on a stream what the calling thread works at, where a person reads it and the work takes over a second."""
    if not getattr(stream, "isatty", bool)() or os.environ.get("TERM") == "dumb":
        yield
        return
    end, worker = threading.Event(), threading.get_ident()
    thread = threading.Thread(target=_show, args=(stream, worker, end), daemon=True)
    hide()
    thread.start()
    try:
        yield
    finally:
        end.set()
        hide()


def hide() -> None:
    """Take the line away, for something else is written; the next one waits for a silence again."""
    global _shown, _since
    with _lock:
        if _shown is not None:
            _write(_shown, _CLEAR)
        _shown, _since = None, time.monotonic()


def progress_line(budget: Budget | None, seconds: float) -> str:
    """Return what is said after so many seconds of work."""
    if budget is None:
        return f"working, {seconds:.0f} s (Ctrl-C ends it)"
    return f"{budget.doing}, {seconds:.0f} s, {100 * min(1.0, budget.part()):.0f} % of what is allowed (Ctrl-C ends it)"


def _show(stream: TextIO, worker: int, end: threading.Event) -> None:
    global _shown
    while not end.wait(_BETWEEN):
        with _lock:
            seconds = time.monotonic() - _since
            if seconds >= _SILENCE and not end.is_set():
                _shown = stream
                _write(stream, _CLEAR + progress_line(running.get(worker), seconds))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):  # the terminal has gone
        pass
