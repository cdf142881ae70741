"""A worker process: it has imported everything before its first question, and answers one question after another."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import connection, parent_process
from typing import Any

from .preload import answer_first

# the first byte of what a worker sends, and of what it is sent
READY, BEGIN, ANSWER, DONE = b"r", b"b", b"a", b"d"
ASK, STOP = b"q", b"s"
# what follows DONE where the worker has grown so much that it wants to be replaced, and from which part of its memory
RETIRES, _FULL = b"x", 0.6
_LOOK_SECONDS = 0.2


def work(pipe: connection.Connection, rules: tuple[str, ...], memory: int) -> None:
    """Answer the questions that come through a pipe until it is closed; the process ends beyond ``memory`` bytes."""
    _keep_quiet()
    threading.Thread(target=_watch, args=(memory,), daemon=True).start()
    answer_first(with_torch=True)
    pipe.send_bytes(READY)
    while True:
        try:
            message = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        if message[:1] == ASK:
            _answer(pipe, json.loads(message[1:]), rules, memory)


def _keep_quiet() -> None:
    """Leave Ctrl-C to the server, and its standard output alone; one thread a worker is what its share of cores is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    sink = os.open(os.devnull, os.O_RDWR)
    os.dup2(sink, 0)
    os.dup2(sink, 1)


def _watch(memory: int) -> None:
    """End the process where its parent has ended, or where it has more memory than it may."""
    parent = parent_process()
    while True:
        if parent is None or connection.wait([parent.sentinel], _LOOK_SECONDS):
            os._exit(1)
        if resident() > memory:
            print(f"matcalc serve: a worker has more than {memory >> 20} MiB and is replaced", file=sys.stderr)
            os._exit(1)


def resident() -> int:
    """Return the bytes of memory that this process has, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


def _answer(pipe: connection.Connection, request: dict[str, Any], rules: tuple[str, ...], memory: int) -> None:
    def begin(part: str) -> None:
        pipe.send_bytes(BEGIN + part.encode())

    for answer in told(request, rules, begin):
        pipe.send_bytes(ANSWER + answer)
        if pipe.poll() and pipe.recv_bytes()[:1] == STOP:
            break
    pipe.send_bytes(DONE + (RETIRES if resident() > _FULL * memory else b""))


def told(request: dict[str, Any], rules: tuple[str, ...], begin: Callable[[str], None]) -> Iterator[bytes]:
    """Yield the answers to a request, {"question": …, "parts": […]}, each as a line of JSON.

    ``begin`` is called with every part before it is worked on. What nobody foresaw becomes an answer with an error of
    the kind "internal", and the parts after it are answered all the same.
    """
    from ..service import JSON_SCHEMA
    from ..service.ask import answers

    started = [""]

    def note(part: str) -> None:
        started.append(part)
        begin(part)

    parts = list(request["parts"])
    while parts:
        try:
            for part, answer in answers(request["question"], parts, rules, note):
                yield json.dumps({"schema": JSON_SCHEMA, "part": part, "answer": answer}, allow_nan=False).encode()
            return
        except Exception as error:  # whatever it is, the user gets a sentence, and the worker lives on
            yield json.dumps({"schema": JSON_SCHEMA, "part": started[-1], "answer": internal_error(error)}).encode()
        parts = parts[parts.index(started[-1]) + 1 :] if started[-1] in parts else []


def internal_error(error: Exception) -> dict[str, Any]:
    """Return the record of an error that is a bug of matcalc's."""
    detail = " ".join(str(error).split())[:200]
    message = f"internal error: {type(error).__name__}: {detail}"
    return {"error": {"kind": "internal", "message": message, "hint": "this is a bug, please report it", "span": None}}


def limit_error(message: str, hint: str) -> dict[str, Any]:
    """Return the record of an error that a budget of the server makes."""
    return {"error": {"kind": "limit", "message": message, "hint": hint, "span": None}}


def wait_seconds(started: float) -> float:
    """Return the seconds since a moment of :func:`time.monotonic`, for people."""
    return round(time.monotonic() - started, 1)
