"""The answer to a request, line by line: what a worker process sends, and what runs in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..budget import Budget
from ..service import JSON_SCHEMA


def told(
    request: dict[str, Any], rules: tuple[str, ...], begin: Callable[[str, Budget], None]
) -> Iterator[bytes]:
    """Yield the answers to a request, {"question": …, "parts": […]}, each as a line of JSON.

    ``begin`` is called with every part before it is worked on, and with its budget. What nobody foresaw becomes an
    answer with an error of the kind "internal", and the parts after it are answered all the same.
    """
    from ..service.ask import answers

    started = [""]

    def note(part: str, budget: Budget) -> None:
        started.append(part)
        begin(part, budget)

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
