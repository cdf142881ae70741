"""A table of cases as one test: every row is run, and all that fail are shown together."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable

import pytest


def every_row(names: str | Iterable[str], rows: Iterable, ids: Callable | Iterable[str] | None = None) -> Callable:
    """Run a test for each row of a table, as one test; the arguments are those of ``pytest.mark.parametrize``.

    For rows that take a few milliseconds, of which pytest alone would spend as much on each. No row hides another: the
    test goes through all of them and raises an ``ExceptionGroup`` of what failed, each with its traceback and its row.
    A fixture is made once for the table, so none that a row changes (``monkeypatch``) has a place here.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = list(rows)
    if not rows:
        raise ValueError("a table without rows would test nothing")
    marked = [row for row in rows if isinstance(row, type(pytest.param())) and row.marks]
    if marked:
        raise ValueError(f"a row of a table cannot be marked: {marked[0]}")
    labels = _labels(rows, ids)

    def decorate(test: Callable) -> Callable:
        parameters = inspect.signature(test).parameters
        unknown = [name for name in names if name not in parameters]
        if unknown:
            raise TypeError(f"{test.__name__} takes no {unknown[0]}")

        @functools.wraps(test)
        def run(**fixtures):
            failures = []
            for row, label in zip(rows, labels, strict=True):
                values = _values(row, len(names))
                try:
                    test(**fixtures, **dict(zip(names, values, strict=True)))
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(_shown(names, values, label or getattr(row, "id", None)))
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(rows)} rows of {test.__name__}", failures)

        left = [parameter for name, parameter in parameters.items() if name not in names]
        run.__signature__ = inspect.Signature(left)
        return run

    return decorate


def in_parts(
    names: str | Iterable[str], rows: Iterable, parts: int, ids: Callable | Iterable[str] | None = None
) -> Callable:
    """Run a test for each row of a long table, as so many tests: what takes seconds in all is shared among workers.

    Each part has every ``parts``-th row. Beside it, the arguments are those of :func:`every_row`.
    """
    rows = list(rows)
    labels = _labels(rows, ids)

    def decorate(test: Callable) -> Callable:
        tables = [every_row(names, rows[part::parts], labels[part::parts])(test) for part in range(parts)]

        @functools.wraps(test)
        def run(part, **fixtures):
            tables[part](**fixtures)

        first = inspect.Parameter("part", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        run.__signature__ = inspect.Signature([first, *inspect.signature(tables[0]).parameters.values()])
        return pytest.mark.parametrize("part", range(parts))(run)

    return decorate


def _labels(rows: list, ids: Callable | Iterable[str] | None) -> list[str | None]:
    """Return a name for each row, None where it has none; a function is given the row itself."""
    if callable(ids):
        return [ids(row) for row in rows]
    return [None] * len(rows) if ids is None else list(ids)


def _values(row: object, width: int) -> tuple:
    """Return the values of a row: of a ``pytest.param``, of a tuple, or the one value that stands for itself."""
    if isinstance(row, type(pytest.param())):
        return tuple(row.values)
    return (row,) if width == 1 else tuple(row)


def _shown(names: list[str], values: tuple, label: str | None) -> str:
    """Return the line that says of which row a failure is."""
    row = ", ".join(f"{name}={value!r}" for name, value in zip(names, values, strict=True))
    return f"the row {label}: {row}" if label else f"the row {row}"
