"""Work counted instead of timed: how many functions a call calls, the same on an idle machine and on a busy one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Work:
    """The number of calls, of Python's functions and of built-in ones, that were made while it was counted."""

    def __init__(self) -> None:
        self.calls = 0


@contextmanager
def counted(most: int | None = None) -> Iterator[Work]:
    """Count the calls within the block; an AssertionError ends it once there are more than ``most``."""
    work, before = Work(), sys.getprofile()

    def count(frame: object, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            work.calls += 1
            if most is not None and work.calls > most:
                sys.setprofile(before)
                raise AssertionError(f"more than {most} calls")

    sys.setprofile(count)
    try:
        yield work
    finally:
        sys.setprofile(before)


def calls(function: Callable, *arguments: object) -> int:
    """Return how many calls a call of ``function`` makes."""
    with counted() as work:
        function(*arguments)
    return work.calls
