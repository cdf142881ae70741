"""A worker process: it has imported everything before its first question, and answers one question after another."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import warnings
from multiprocessing import connection, parent_process
from typing import Any

from ..budget import Allowance, Budget, limits
from .lines import told
from .preload import answer_first

# the first byte of what a worker sends, and of what it is sent
READY, BEGIN, PROGRESS, ANSWER, DONE = b"r", b"b", b"p", b"a", b"d"
ASK, STOP = b"q", b"s"
# what follows DONE where the worker has grown so much that it wants to be replaced, and from which part of its memory
RETIRES, _FULL = b"x", 0.6
_LOOK_SECONDS, _TOLD_EVERY = 0.2, 0.25


def work(pipe: connection.Connection, rules: tuple[str, ...], allowance: Allowance) -> None:
    """Answer the questions that come through a pipe until it is closed.

    Each part of an answer may take what ``allowance`` says; a process that has more memory than that ends.
    """
    _keep_quiet()
    most = resident() + (allowance.memory or sys.maxsize)
    threading.Thread(target=_watch, args=(most,), daemon=True).start()
    answer_first(with_torch=True)
    limits(work=allowance.work, seconds=allowance.seconds, memory=allowance.memory)
    line = _Line(pipe)
    line.send(READY)
    while True:
        try:
            message = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        if message[:1] == ASK:
            line.answer(json.loads(message[1:]), rules)
            line.send(DONE + (RETIRES if resident() > _FULL * most else b""))


class _Line:
    """The pipe to the server, for what is answered and, from a second thread, for how far that is."""

    def __init__(self, pipe: connection.Connection) -> None:
        self.pipe, self._lock = pipe, threading.Lock()
        self._budget: Budget | None = None
        threading.Thread(target=self._tell_progress, daemon=True).start()

    def send(self, message: bytes) -> None:
        """Send a message whole."""
        with self._lock:
            self.pipe.send_bytes(message)

    def answer(self, request: dict[str, Any], rules: tuple[str, ...]) -> None:
        """Send the answers to a request, until there are no more or nobody waits for them."""
        try:
            for answer in told(request, rules, self._begin):
                self.send(ANSWER + answer)
                if self.pipe.poll() and self.pipe.recv_bytes()[:1] == STOP:
                    return
        finally:
            self._budget = None

    def _begin(self, part: str, budget: Budget) -> None:
        self._budget = budget
        self.send(BEGIN + part.encode())

    def _tell_progress(self) -> None:
        while True:
            time.sleep(_TOLD_EVERY)
            budget = self._budget
            if budget is not None:
                self.send(PROGRESS + json.dumps(progress(budget)).encode())


def progress(budget: Budget) -> dict[str, Any]:
    """Return how far a piece of work is: what is being done, and the share of its budget that is spent."""
    shares = [spent / most for spent, most in zip((budget.spent, budget.seconds()), budget.allowance[:2]) if most]
    return {"doing": budget.doing, "work": budget.spent, "share": min(1.0, max(shares, default=0.0))}


def _keep_quiet() -> None:
    """Leave Ctrl-C to the server, and its standard output alone; one thread a worker is what its share of cores is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    sink = os.open(os.devnull, os.O_RDWR)
    os.dup2(sink, 0)
    os.dup2(sink, 1)


def _watch(most: int) -> None:
    """End the process where its parent has ended, or where it has more memory than it may."""
    parent = parent_process()
    while True:
        if parent is None or connection.wait([parent.sentinel], _LOOK_SECONDS):
            os._exit(1)
        if resident() > most:
            print(f"matcalc serve: a worker has more than {most >> 20} MiB and is replaced", file=sys.stderr)
            os._exit(1)


def resident() -> int:
    """Return the bytes of memory that this process has, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


def wait_seconds(started: float) -> float:
    """Return the seconds since a moment of :func:`time.monotonic`, for people."""
    return round(time.monotonic() - started, 1)
