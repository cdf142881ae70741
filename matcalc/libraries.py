"""The libraries that some of matcalc needs: imported when they are first used, said to be missing where they are.

An interrupt during the first import of a large library would leave half of it behind, and every later import of it
would fail: so it waits until the import is done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from .budget import uncounted
from .errors import MissingLibraryError

# libraries that are there and fail, with what their import said: trying again takes seconds
_broken: dict[str, str] = {}


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt wait for the end of the block; a second one does not wait."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None
    if not callable(before):  # interrupts are ignored, or somebody else's
        yield
        return
    waiting: list = []

    def note(number: int, frame: object) -> None:
        waiting.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting:
            signal.raise_signal(signal.SIGINT)


def load(name: str) -> ModuleType:
    """Return a module, imported without an interrupt and outside the budget; raises what its import raises."""
    with uncounted(), uninterrupted():
        return import_module(name)


def trouble(name: str = "torch") -> str:
    """Return why a library cannot be imported, '' where it can: it is missing, or a shared library of it is."""
    if name in _broken:
        return _broken[name]
    try:
        load(name)
    except (ImportError, OSError) as error:
        problem = f"{name} cannot be imported ({' '.join(str(error).split())[:200]})"
        if not isinstance(error, ModuleNotFoundError):  # what is missing may be installed meanwhile
            _broken[name] = problem
        return problem
    return ""


def require(what: str, *names: str) -> None:
    """Raise MissingLibraryError where a library that ``what`` needs cannot be imported."""
    for name in names:
        problem = trouble(name)
        if problem:
            raise MissingLibraryError(f"{what} needs {name}: {problem}", hint=f"python -m pip install {name}")
