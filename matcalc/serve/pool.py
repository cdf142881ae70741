"""A bounded pool of worker processes: each is killed when its budget is spent, and another takes its place."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from ..budget import Allowance
from ..service import JSON_SCHEMA
from .lines import limit_error
from .preload import PARENT
from .worker import ANSWER, ASK, BEGIN, DONE, PROGRESS, READY, RETIRES, STOP, wait_seconds, work

# seconds: to import everything, between looks at the clock, until progress is told, for one nobody waits for any more
_START, _LOOK, _QUIET, _GRACE = 120.0, 0.1, 0.4, 1.5
# seconds between two reports of progress
_TOLD_EVERY = 0.25
_LONGEST_PAUSE = 30.0


class Busy(Exception):
    """So many questions wait that another one is not taken."""


@dataclass(frozen=True)
class Size:
    """What a pool may use: processes, what a part of an answer may take, questions that wait.

    ``patience``: seconds after which a worker that does not answer is killed, by the clock on the wall. Without it
    twice the processor time of a part: a worker ends by itself what it can count.
    """

    workers: int = 2
    allowance: Allowance = Allowance(seconds=10.0)
    waiting: int = 256
    patience: float | None = None

    @property
    def longest(self) -> float:
        """The seconds after which a worker is killed."""
        if self.patience is not None:
            return self.patience
        return float("inf") if self.allowance.seconds is None else 2 * self.allowance.seconds + 1


@dataclass(eq=False)
class Worker:
    """A process that is ready, and the pipe to it."""

    process: BaseProcess
    pipe: Connection


@dataclass(eq=False)
class _Waiter:
    """Somebody who waits for a worker."""

    arrived: threading.Event = field(default_factory=threading.Event)
    worker: Worker | None = None


def _context() -> ForkServerContext | SpawnContext:
    """Return how processes are started.

    On Linux they are forked from a process that has imported everything and runs nothing, so that one which was killed
    is replaced in a moment; elsewhere libraries do not stand that, and every process imports for itself.
    """
    if sys.platform != "linux":
        return get_context("spawn")
    os.environ[PARENT] = str(os.getpid())
    context = get_context("forkserver")
    context.set_forkserver_preload(["matcalc.serve.preload"])
    return context


class Pool:
    """Worker processes, handed out in the order in which they are asked for."""

    def __init__(self, size: Size, rules: tuple[str, ...] = ()) -> None:
        self.size, self.rules = size, rules
        self._context = _context()
        self._lock = threading.Condition()
        self._idle: deque[Worker] = deque()
        self._waiters: deque[_Waiter] = deque()
        self._processes: set[BaseProcess] = set()
        self._trouble = ""
        self._asking = 0
        self._closed = False

    # -- keeping as many workers as there may be ----------------------------------------------------------------------

    def start(self) -> None:
        """Begin to start workers, one after another: the first is ready soonest so."""
        threading.Thread(target=self._keep, daemon=True, name="pool").start()

    def _keep(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # a child of this thread has Ctrl-C blocked from its first moment
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        pause = 0.0
        while True:
            with self._lock:
                while not self._closed and len(self._processes) >= self.size.workers:
                    self._lock.wait()
                if self._closed:
                    return
            time.sleep(pause)
            worker = self._begin()
            if worker is None:
                pause = min(_LONGEST_PAUSE, 2 * pause + 0.5)
            else:
                pause = 0.0
                self._hand_out(worker)

    def _begin(self) -> Worker | None:
        """Start a process and return it once it is ready; None where it ends before."""
        pipe, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self.rules, self.size.allowance), daemon=True)
        process.start()
        theirs.close()
        with self._lock:
            self._processes.add(process)
            if self._closed:
                process.kill()
        ready = False
        with suppress(EOFError, OSError):
            ready = pipe.poll(_START) and pipe.recv_bytes() == READY
        if ready:
            self._trouble = ""
            return Worker(process, pipe)
        self._kill(Worker(process, pipe))
        with self._lock:
            self._trouble = "no worker process can be started; the terminal of matcalc serve shows why"
            while self._waiters:
                self._waiters.popleft().arrived.set()
        return None

    def _kill(self, worker: Worker) -> None:
        """End a worker at once; another is started in its place."""
        worker.process.kill()
        worker.process.join(5)
        worker.pipe.close()
        with self._lock:
            self._processes.discard(worker.process)
            self._lock.notify_all()

    def close(self) -> None:
        """End all workers at once."""
        with self._lock:
            self._closed = True
            processes = list(self._processes)
            self._lock.notify_all()
        for process in processes:
            process.kill()
        for process in processes:
            process.join(2)
        with self._lock:
            self._processes.clear()

    @property
    def alive(self) -> list[int]:
        """The process ids of the workers."""
        with self._lock:
            return [process.pid for process in self._processes if process.pid is not None]

    @property
    def free(self) -> int:
        """How many workers are ready and have nothing to do."""
        with self._lock:
            return len(self._idle)

    # -- handing them out ---------------------------------------------------------------------------------------------

    def _hand_out(self, worker: Worker) -> None:
        with self._lock:
            if self._waiters:
                waiter = self._waiters.popleft()
                waiter.worker = worker
                waiter.arrived.set()
            else:
                self._idle.append(worker)

    def _idle_worker(self) -> Worker | None:
        """Return a worker that is free; those that have ended in the meantime are replaced."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                worker = self._idle.popleft()
            if worker.process.is_alive():
                return worker
            self._kill(worker)

    def _take(self, gone: Callable[[], bool]) -> Iterator[dict[str, Any] | Worker]:
        """Yield progress until a worker is free, and then the worker; nothing more where nobody waits any longer."""
        worker = self._idle_worker()
        if worker is not None:
            yield worker
            return
        waiter = _Waiter()
        with self._lock:
            if self._idle:  # one became free in between
                waiter.worker = self._idle.popleft()
                waiter.arrived.set()
            else:
                self._waiters.append(waiter)
        began = told = time.monotonic()
        taken = False
        try:
            while not waiter.arrived.wait(_LOOK):
                if gone():
                    return
                with self._lock:
                    ahead = self._waiters.index(waiter) if waiter in self._waiters else 0
                if time.monotonic() - began > _QUIET and time.monotonic() - told > _TOLD_EVERY:
                    told = time.monotonic()
                    yield {"waiting": ahead + 1, "seconds": wait_seconds(began)}
            if waiter.worker is not None:
                taken = True
                yield waiter.worker
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
                elif waiter.worker is not None and not taken:
                    self._hand_out(waiter.worker)

    def ask(self, question: Any, parts: list[str], gone: Callable[[], bool]) -> Generator[bytes]:
        """Return an iterator over lines of JSON: the answers, and progress where one takes long.

        ``gone`` says whether nobody waits for the answer any more. Raises :class:`Busy` where too many wait.
        """
        with self._lock:
            if self._asking >= self.size.waiting:
                raise Busy
            self._asking += 1
        return self._asked(question, parts, gone)

    def _asked(self, question: Any, parts: list[str], gone: Callable[[], bool]) -> Generator[bytes]:
        request = json.dumps({"question": question, "parts": parts}).encode()
        # one worker after another may have died since it was last seen
        attempts = chain.from_iterable(self._take(gone) for _ in range(self.size.workers + 1))
        try:
            for step in attempts:
                if not isinstance(step, Worker):
                    yield _line({"progress": step})
                elif (yield from self._work(step, request, gone)):
                    return
                elif gone() or self._trouble:
                    break
            if not gone():
                trouble = self._trouble or "the processes that should work on this have ended"
                yield _line({"part": parts[0], "answer": limit_error(trouble, "start matcalc serve again")})
        finally:
            with self._lock:
                self._asking -= 1

    def _work(self, worker: Worker, request: bytes, gone: Callable[[], bool]) -> Generator[bytes, None, bool]:
        """Yield what a worker answers to a request; the worker is handed on, or killed and replaced.

        Returns False where it was dead before it began.
        """
        run = _Run(worker, self.size.longest)
        try:
            run.send(ASK + request)
            while run.goes_on:
                yield from run.step()
                if run.goes_on and gone():
                    run.leave()
            return run.told_something
        finally:
            run.leave()
            while run.goes_on:  # nobody listens: what it says is not told
                for _ in run.step():
                    pass
            if run.finished and not run.retires:
                self._hand_out(worker)
            else:
                self._kill(worker)


class _Run:
    """One question at work: ``goes_on`` until the worker has ``finished``, is dead or has spent its budget.

    ``retires``: the worker has finished and wants to be replaced.
    """

    def __init__(self, worker: Worker, seconds: float) -> None:
        self.worker, self.seconds = worker, seconds
        self.began = time.monotonic()
        self.part, self.told_something, self._left = "", False, False
        self.goes_on, self.finished, self.retires = True, False, False

    def send(self, message: bytes) -> None:
        """Send to the worker; one that is dead is found so at the next step."""
        with suppress(OSError):
            self.worker.pipe.send_bytes(message)

    def leave(self) -> None:
        """Tell the worker that nobody waits any more, and give it a little time to end what it is about."""
        if self.goes_on and not self._left:
            self._left = True
            self.send(STOP)
            self.seconds = min(self.seconds, time.monotonic() - self.began + _GRACE)

    def step(self) -> Iterator[bytes]:
        """Yield what there is to tell after at most a moment."""
        try:
            message = self.worker.pipe.recv_bytes() if self.worker.pipe.poll(_LOOK) else b""
        except (EOFError, OSError):
            self.goes_on = False
            if self.told_something:
                yield self._ended("the process that worked on this has ended: it had no memory left, or was killed")
            return
        kind, content = message[:1], message[1:]
        spent = time.monotonic() - self.began
        self.told_something |= bool(kind)
        if kind == ANSWER:
            yield content
        elif kind == BEGIN:
            self.part = content.decode()
        elif kind == DONE:
            self.goes_on, self.finished, self.retires = False, True, content == RETIRES
        elif kind == PROGRESS and spent > _QUIET:
            progress = {"part": self.part, "seconds": wait_seconds(self.began), **json.loads(content)}
            yield _line({"progress": progress})
        if self.goes_on and spent > self.seconds:
            self.told_something = True
            yield self._ended(f"this takes more than {self.seconds:g} seconds, and was ended")

    def _ended(self, message: str) -> bytes:
        self.goes_on = False
        hint = "ask for a smaller expression, or allow more: matcalc serve --limit seconds=60"
        return _line({"part": self.part, "answer": limit_error(message, hint)})


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps({"schema": JSON_SCHEMA, **record}).encode()
