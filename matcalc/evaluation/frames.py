"""Tables with named columns, of pandas and libraries that follow it, where arrays are expected.

A table is known by what it offers, so that nothing is imported. Its labels are held against those of the other tables:
what stands along a size of one name has to be labelled alike, since a matrix product looks at places alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, ShapeError

_NUMBERS = "fiub"
_SHOWN = 4


def is_table(value: Any) -> bool:
    """Return whether a value is a frame or a series of pandas, or of what follows it (cuDF, Modin)."""
    return hasattr(value, "iloc") and hasattr(value, "to_numpy")


def without_tables(arrays: Mapping[str, Any], shapes: Mapping[str, tuple]) -> dict[str, Any]:
    """Return arrays by name, each table of them as the NumPy array of its entries.

    ``shapes`` are those of the names, sizes as texts, symbols or ints. Raises ArgumentError where a column holds what
    is no number or is missing, ShapeError where two tables label one size differently.
    """
    found, seen = dict(arrays), {}
    for name, value in arrays.items():
        if name in shapes and is_table(value):
            found[name] = _numbers(name, value)
            for size, labels in zip(map(str, shapes[name]), _labels(name, value, shapes[name])):
                if labels is not None and not size.isdigit():
                    for others in seen.setdefault(size, []):
                        _agree(others, labels)
                    seen[size].append(labels)
    return found


def _numbers(name: str, table: Any) -> Any:
    """Return the entries of a table; refuse columns of text, dates or categories, and missing entries."""
    columns = [(None, table)]
    if hasattr(table, "columns"):  # by place: labels may occur twice
        columns = [(label, table.iloc[:, place]) for place, label in enumerate(table.columns)]
    for label, column in columns:
        _refuse_column(name, label, column)
    for label, column in columns:
        missing = int(column.isna().sum())
        if missing:
            raise ArgumentError(
                f"{_place(name, label)} has {missing} missing {'entry' if missing == 1 else 'entries'}",
                hint=f"leave these rows out, or fill them in: {name}.fillna({name}.mean())",
            )
    return table.to_numpy(dtype=_common(column for _, column in columns))


def _common(columns: Any) -> Any:
    """Return the dtype of an array of all columns: float64 but where all are of one floating dtype."""
    dtypes = {str(column.dtype).lower() for column in columns}
    return dtypes.pop() if dtypes in ({"float32"}, {"float16"}) else "float64"


def _refuse_column(name: str, label: Any, column: Any) -> None:
    """Raise ArgumentError for a column whose entries are no numbers."""
    # a categorical dtype has the kind "O", pandas' own numbers (Float64, boolean) that of NumPy's
    kind = getattr(column.dtype, "kind", "O")
    if kind in _NUMBERS:
        return
    if kind in "mM":
        hint = "give numbers for them: the days since the first one"
    else:
        chosen = name if label is None else f"{name}, columns=[{label!r}]"
        hint = f"give a one-hot column for each value: pandas.get_dummies({chosen})"
    raise ArgumentError(f"{_place(name, label)} has entries of {column.dtype}, not numbers", hint=hint)


def _place(name: str, label: Any) -> str:
    return name if label is None else f"column {label!r} of {name}"


class _Labels:
    """The labels along one axis of a table; ``counted`` where they are the places, 0, 1, 2, …"""

    def __init__(self, table: str, axis: str, index: Any) -> None:
        self.entries = list(index)
        self.counted = self.entries == list(range(len(self.entries)))
        self.axis, self.called = axis, f"{table}.{'columns' if axis == 'columns' else 'index'}"
        self.place = f"the {axis} of {table}"
        self.table = table

    def shown(self, first: int) -> str:
        """Return the labels around a place."""
        first = max(0, min(first, len(self.entries) - _SHOWN))
        shown = ", ".join(map(repr, self.entries[first : first + _SHOWN]))
        return f"{'…, ' if first else ''}{shown}{', …' if first + _SHOWN < len(self.entries) else ''}"


def _labels(name: str, table: Any, shape: tuple) -> tuple[_Labels | None, _Labels | None]:
    """Return the labels of rows and of columns, None for those that a series does not have."""
    rows = _Labels(name, "rows", table.index)
    if hasattr(table, "columns"):
        return rows, _Labels(name, "columns", table.columns)
    return (None, rows) if str(shape[0]) == "1" else (rows, None)


def _agree(one: _Labels, other: _Labels) -> None:
    """Raise ShapeError where two axes of one size are labelled differently; lengths are compared where shapes are.

    A table that counts its places fits every other one, but where the other has the same numbers in another order.
    """
    if one.entries == other.entries or len(one.entries) != len(other.entries):
        return
    same = sorted(map(repr, one.entries)) == sorted(map(repr, other.entries))
    if (one.counted or other.counted) and not same:
        return
    if same:
        argument = "columns=" if other.axis == "columns" else ""
        hint = f"give {other.table}.reindex({argument}{one.called})"
    else:
        hint = f"give {other.table}.to_numpy() if the places are those of {one.table} all the same"
    first = next(k for k, pair in enumerate(zip(one.entries, other.entries)) if pair[0] != pair[1])
    raise ShapeError(
        f"{other.place} are labelled {other.shown(first)}, and {one.place} {one.shown(first)}"
        + (", in another order" if same else ""),
        hint=hint,
    )
