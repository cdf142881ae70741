"""The exact value of a formula at one point: fractions where it is rational, else balls that hold the true value."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec

from ...bounds import MAX_VALUE_WORK as _MAX_WORK
from .arrays import Array, NotExact
from .balls import balls
from .evaluate import Plan
from .formula import Formula
from .rationals import Roots

_BITS = 240


def exact_value(tree: object, arrays: dict, sizes: dict, book: object, bits: int = _BITS) -> Array:
    """Return the value of a surface tree at a point, with ``shape`` and ``entries`` row by row.

    ``arrays`` maps the names to lists of rows of fractions (or integers), ``sizes`` the names of sizes to integers. The
    entries are Fractions where the formula has a rational value there; else they are arb balls of python-flint, or
    intervals of mpmath where that is not installed. Of all of them ``entry > 0`` holds only where it is proved. Raises
    NoValue where there is no value at the point or none that is certain (a singular matrix), NotExact where no exact
    value is known, which for spectral functions needs python-flint, ShapeError, and LimitError where it is too large.
    """
    fractions = {name: _array(rows) for name, rows in arrays.items()}
    plan = Plan(Formula(tree, book), {name: array.shape for name, array in fractions.items()}, sizes, _MAX_WORK)
    try:
        return plan.value(Roots(), fractions)
    except NotExact:
        if find_spec("flint") is None:
            return _in_intervals(plan, fractions)
        with balls(bits, 1) as c:
            value = plan.value(c, {name: c.displaced(array, None) for name, array in fractions.items()})
            return Array(value.shape, c.coefficients(value, 0))


def _in_intervals(plan: Plan, fractions: dict) -> Array:
    from .intervals import Intervals

    c = Intervals()
    arrays = {
        name: Array(array.shape, [c.number(entry) for entry in array.entries], array.constant)
        for name, array in fractions.items()
    }
    return plan.value(c, arrays)


def _array(rows: list) -> Array:
    entries = [Fraction(entry) for row in rows for entry in row]
    shape = (len(rows), len(rows[0]))
    return Array(shape, entries, entries[0] if shape == (1, 1) and entries[0].denominator == 1 else None)
