"""Work counted instead of timed: how many functions a call calls, the same on an idle machine and on a busy one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from cProfile import Profile

_LOOKED_AT = 0.5  # seconds of processor time between two looks at the number so far


class Work:
    """The number of calls, of Python's functions and of built-in ones, that were made while it was counted."""

    def __init__(self) -> None:
        self.calls = 0


@contextmanager
def counted(most: int | None = None) -> Iterator[Work]:
    """Count the calls within the block, which has to be in the main thread; more than ``most`` are an AssertionError.

    The profiler counts in C: a callback in Python for every call would take ten times as long as what it counts.
    """
    work, profile = Work(), Profile(subcalls=False)

    def look(*_: object) -> None:
        work.calls = sum(entry.callcount for entry in profile.getstats())
        if most is not None and work.calls > most:
            raise AssertionError(f"more than {most} calls: {work.calls}")

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _LOOKED_AT, _LOOKED_AT)
    profile.enable()
    try:
        yield work
    finally:
        profile.disable()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    look()


def calls(function: Callable, *arguments: object) -> int:
    """Return how many calls a call of ``function`` makes."""
    with counted() as work:
        function(*arguments)
    return work.calls
