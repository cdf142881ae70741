"""One budget of work: what is counted in every layer, and where it ends.

A unit is one small step of the engine: a word read, a node made or visited, a rule tried. Counting is the same on every
machine; seconds and bytes are looked at now and then while units are counted. Where a bound is passed
the work ends in a :class:`~matcalc.errors.LimitError` that says which bound, in what, and how to allow more.

Within the layers what ends the work is no Exception, so that nothing on its way takes it for a part that failed and
answers from the rest: the outermost public function turns it into the LimitError.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import wraps
from numbers import Real
from threading import get_ident
from typing import NamedTuple, ParamSpec, TypeVar

from .bounds import DEFAULT_MEMORY, DEFAULT_SECONDS, DEFAULT_WORK
from .errors import ArgumentError, LimitError, MissingLibraryError, shown_value

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

# of this thread; Python in a browser has no threads, and no clock of one
_processor_time = getattr(time, "thread_time", time.process_time)
# so many units lie between two looks at the clock: a few milliseconds
_BETWEEN = 2_000
_UNITS_OF_MEMORY = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Allowance(NamedTuple):
    """What a piece of work may take: units, seconds of processor time, bytes; None where there is no bound."""

    work: int | None = DEFAULT_WORK
    seconds: float | None = DEFAULT_SECONDS
    memory: int | None = DEFAULT_MEMORY


_DEFAULT = Allowance()


class Spent(BaseException):
    """A bound has been passed; ``error`` is what the user is told."""

    def __init__(self, error: LimitError) -> None:
        super().__init__(str(error))
        self.error = error


class Budget:
    """What a piece of work may still take, and what it took: ``spent`` units, :meth:`seconds`, :meth:`memory`.

    ``doing`` is what is being done, as a message says it. ``outer`` is the budget in which this one began; what is
    spent here is spent there, too.
    """

    def __init__(self, allowance: Allowance, outer: Budget | None = None) -> None:
        self.allowance, self.outer = allowance, outer
        self.spent, self.depth, self.doing = 0, 0, "the work"
        self.asked_at = 0
        self._started = {get_ident(): _processor_time()}
        self._used: dict[int, float] = {}
        self._memory = _resident()
        self._next()

    def seconds(self) -> float:
        """Return the processor time that was used, in seconds, in all threads that worked on it."""
        thread, now = get_ident(), _processor_time()
        self._used[thread] = now - self._started.setdefault(thread, now)
        return sum(self._used.values())

    def memory(self) -> int:
        """Return how many bytes of memory the process has gained since this began."""
        return max(0, _resident() - self._memory)

    def part(self) -> float:
        """Return the part of what is allowed that is spent, of work or of time, whichever is more."""
        work, seconds, _ = self.allowance
        return max(self.spent / work if work else 0.0, sum(self._used.values()) / seconds if seconds else 0.0)

    def forgive(self, seconds: float, memory: int) -> None:
        """Leave out what was not work on the question: importing a library."""
        budget: Budget | None = self
        while budget is not None:
            budget._started[get_ident()] = budget._started.get(get_ident(), _processor_time()) + seconds
            budget._memory += memory
            budget = budget.outer

    def ask(self) -> None:
        """Raise Spent where a bound is passed."""
        passed = self._passed()
        if passed is not None:
            raise Spent(passed)
        self._next()

    def close(self) -> None:
        """End it: what was spent is spent in the outer one."""
        if self.outer is not None:
            self.outer.spent += self.spent

    def _next(self) -> None:
        self.asked_at = self.spent + _BETWEEN
        if self.allowance.work is not None:
            self.asked_at = min(self.asked_at, self.allowance.work + 1)

    def _passed(self) -> LimitError | None:
        work, seconds, memory = self.allowance
        if work is not None and self.spent > work:
            return _too_much(f"{self.doing} takes more than {work:,} units of work", f"work={_more(work)}")
        if seconds is not None and self.seconds() > seconds:
            told = f"{self.doing} takes more than {seconds:g} seconds of processor time"
            return _too_much(told, f"seconds={_more(seconds)}")
        if memory is not None and self.memory() > memory:
            return _too_much(f"{self.doing} takes more than {memory:,} bytes of memory", f"memory={_more(memory)}")
        return None


# the budgets in force, by thread, for who shows how far the work is
running: dict[int, Budget] = {}
_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)
_allowance: ContextVar[Allowance] = ContextVar("allowance", default=_DEFAULT)


def spend(units: int = 1) -> None:
    """Count units of work; where a bound is passed, the work ends in a LimitError."""
    budget = _budget.get()
    if budget is not None:
        budget.spent += units
        if budget.spent >= budget.asked_at:
            budget.ask()


def current() -> Budget | None:
    """Return the budget in force, None outside all work."""
    return _budget.get()


class working:
    """Do a piece of work within the budget in force, or within one of its own where there is none.

    The outermost one turns what ends the work into a LimitError; so it does with recursion that goes too deep and with
    memory that is not there.
    """

    __slots__ = ("_before", "_budget", "_doing", "_token")

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> Budget:
        budget = _budget.get()
        self._token: Token[Budget | None] | None = None
        if budget is None:
            budget = Budget(_allowance.get())
            self._token = _budget.set(budget)
            running[get_ident()] = budget
        self._budget = budget
        self._before, budget.doing = budget.doing, self._doing
        budget.depth += 1
        return budget

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        budget = self._budget
        budget.depth -= 1
        budget.doing = self._before
        if self._token is not None:
            _budget.reset(self._token)
            running.pop(get_ident(), None)
        if error is not None:
            told = _told(error, self._doing, budget.depth == 0)
            if told is not error:
                raise told from None


def _told(error: BaseException, doing: str, outermost: bool) -> BaseException:
    """Return the error that a user is told where work ended with another, which may be what it is."""
    if isinstance(error, Spent):
        return error.error if outermost else error
    if isinstance(error, (RecursionError, MemoryError)):
        return _without_room(error, doing)
    if isinstance(error, ImportError):
        return without_library(error, doing)
    return _without_digits(error, doing) if isinstance(error, (OverflowError, ValueError)) else error


def limited(doing: str) -> Callable[[Callable[_Given, _Result]], Callable[_Given, _Result]]:
    """Return a decorator for public functions: their work is counted, and said to be ``doing``."""

    def decorate(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
        @wraps(function)
        def counted(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
            with working(doing):
                return function(*args, **kwargs)

        return counted

    return decorate


@contextmanager
def uncounted() -> Iterator[None]:
    """Leave out what is done once in a process, such as reading the rules: no question is charged for it."""
    budget = _budget.get()
    if budget is None:
        yield
        return
    started, held, token = _processor_time(), _resident(), _budget.set(None)
    try:
        yield
    finally:
        _budget.reset(token)
        budget.forgive(_processor_time() - started, max(0, _resident() - held))


class limits:
    """Bounds of the work that matcalc does: units of ``work``, ``seconds`` of processor time, bytes of ``memory``.

    ``with mc.limits(seconds=2):`` bounds all that is done within the block, in sum. As a statement,
    ``mc.limits(seconds=2)`` bounds every following question of this thread by itself. What is not given stays as it is;
    None takes a bound away. A unit is one small step of the engine, so that ``work`` ends the same question at the same
    place on every machine. ``memory`` is what the process gains, a number of bytes or a text such as "500 MB".

    Where a bound is passed, the function that was called raises a :class:`matcalc.LimitError`. Raises ArgumentError for
    what is no bound. Outside every block the bounds are those of ``mc.limits()``, which changes nothing and shows them.

    >>> import matcalc as mc
    >>> with mc.limits(work=10):
    ...     mc.diff("x.T@A@x")
    Traceback (most recent call last):
    matcalc.errors.LimitError: differentiating takes more than 10 units of work
    hint: take a smaller expression, or allow more: mc.limits(work=40)
    """

    def __init__(self, *, work: object = ..., seconds: object = ..., memory: object = ...) -> None:
        self._before = _allowance.get()
        self.allowance = Allowance(
            self._before.work if work is ... else _whole("work", work),
            self._before.seconds if seconds is ... else _positive("seconds", seconds),
            self._before.memory if memory is ... else _bytes(memory),
        )
        self._entered: list[tuple[Allowance, Budget, Token[Budget | None]]] = []
        _allowance.set(self.allowance)

    @property
    def work(self) -> int | None:
        """The units of work that are allowed, None for any number."""
        return self.allowance.work

    @property
    def seconds(self) -> float | None:
        """The seconds of processor time that are allowed, None for any number."""
        return self.allowance.seconds

    @property
    def memory(self) -> int | None:
        """The bytes that are allowed, None for any number."""
        return self.allowance.memory

    def restore(self) -> None:
        """Put back the bounds that these replaced."""
        _allowance.set(self._before)

    def __enter__(self) -> Budget:
        before = self._before if _allowance.get() is self.allowance else _allowance.get()
        _allowance.set(self.allowance)
        outer = _budget.get()
        budget = Budget(self.allowance if outer is None else _least(self.allowance, outer), outer)
        self._entered.append((before, budget, _budget.set(budget)))
        running[get_ident()] = budget
        return budget

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        before, budget, token = self._entered.pop()
        _allowance.set(before)
        _budget.reset(token)
        budget.close()
        if budget.outer is None:
            running.pop(get_ident(), None)
        else:
            running[get_ident()] = budget.outer
        if isinstance(error, Spent) and budget.outer is None:
            raise error.error from None

    def __repr__(self) -> str:
        return f"limits(work={self.work}, seconds={self.seconds}, memory={self.memory})"


def _least(allowance: Allowance, outer: Budget) -> Allowance:
    """Return what may be taken of an allowance where an outer budget has only so much left."""

    def least(own, given, used):
        left = None if given is None else max(0, given - used)
        return left if own is None else own if left is None else min(own, left)

    given = outer.allowance
    return Allowance(
        least(allowance.work, given.work, outer.spent),
        least(allowance.seconds, given.seconds, outer.seconds()),
        least(allowance.memory, given.memory, outer.memory()),
    )


def _too_much(message: str, more: str) -> LimitError:
    return LimitError(message, hint=f"take a smaller expression, or allow more: --limit {more}")


def _more(allowed: float) -> str:
    return f"{max(1, 4 * allowed):.3g}" if isinstance(allowed, float) else str(max(1, 4 * allowed))


def _without_room(error: RecursionError | MemoryError, doing: str) -> LimitError:
    if isinstance(error, RecursionError):
        return LimitError(
            f"{doing} nests scalar operations too deeply", hint="give the inner parts names of their own"
        )
    return LimitError(f"{doing} takes more memory than there is", hint="take a smaller expression")


def _without_digits(error: OverflowError | ValueError, doing: str) -> OverflowError | ValueError | LimitError:
    """Return the error for the user where a number is too long to be written or too large for floats, else itself."""
    if isinstance(error, OverflowError) or "integer string conversion" in str(error):
        return LimitError(f"{doing} meets a number that is too large", hint="take smaller numbers")
    return error


def without_library(error: ImportError, doing: str) -> ImportError | MissingLibraryError:
    """Return the error for the user where a library is missing that may be, else the error itself."""
    name = (error.name or "").partition(".")[0]
    if name not in ("torch", "numpy", "scipy"):
        return error
    return MissingLibraryError(f"{doing} needs {name}, which cannot be imported", hint=f"python -m pip install {name}")


def _whole(name: str, value: object) -> int | None:
    number = _positive(name, value)
    if number is not None and number != int(number):
        raise ArgumentError(f"{name} is {shown_value(value)}", hint=f"give a whole number of units: {name}=1000000")
    return None if number is None else int(number)


def _positive(name: str, value: object) -> float | None:
    """Return a bound, None for none; raises ArgumentError for what is no positive finite number."""
    if value is None:
        return None
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < value < float("inf"):  # type: ignore[operator]
        raise ArgumentError(f"{name} is {shown_value(value)}", hint="give a positive number, or None for no bound")
    return value  # type: ignore[return-value]


def _bytes(value: object) -> int | None:
    """Return a number of bytes, as a number or a text such as "500 MB"."""
    if isinstance(value, str):
        digits = value.strip().rstrip("BbKkMmGgIi ")
        unit = value.strip()[len(digits) :].strip().upper()
        try:
            value = float(digits) * _UNITS_OF_MEMORY[unit]
        except (ValueError, KeyError):
            raise ArgumentError(f"memory is {shown_value(value)}", hint='write memory="500 MB"') from None
    bound = _positive("memory", value)
    if bound is not None and not _resident():
        raise ArgumentError("memory cannot be measured on this system", hint="bound the work instead: work=1000000")
    return None if bound is None else int(bound)


def parse_limits(texts: tuple[str, ...]) -> dict[str, object]:
    """Return the arguments of :class:`limits` that texts such as "seconds=5, memory=500 MB" stand for."""
    found: dict[str, object] = {}
    for text in ",".join(texts).split(","):
        name, equals, value = (part.strip() for part in text.partition("="))
        if name not in ("work", "seconds", "memory") or not equals or not value:
            hint = "write --limit seconds=5, work=1000000 or memory=500MB"
            raise ArgumentError(f"--limit is {shown_value(text.strip())}", hint=hint)
        if value.lower() == "none":
            found[name] = None
        elif name == "memory":
            found[name] = value
        else:
            try:
                number = float(value)
            except ValueError:
                raise ArgumentError(f"{name} is {shown_value(value)}", hint=f"write --limit {name}=10") from None
            found[name] = int(number) if number.is_integer() else number
    return found


# the file that says how much memory a process holds, by the process: a child has another one
_statm: dict[int, int] = {}


def _resident() -> int:
    """Return the bytes of memory that the process holds, or the most that it held where only that is known, or 0."""
    try:
        file = _statm.get(os.getpid())
        if file is None:  # to open it takes longer than to derive a short formula's parts
            file = _statm[os.getpid()] = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        return int(os.pread(file, 100, 0).split()[1]) * _PAGE
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _page_size() -> int:
    try:
        import resource
    except ImportError:
        return 4096
    return resource.getpagesize()


_PAGE = _page_size()
