"""The exact value of a formula at one point: fractions where it is rational, else balls that hold the true value."""

from __future__ import annotations

from fractions import Fraction

from .arrays import Array, NotExact
from .balls import balls
from .evaluate import Formula, Plan
from .rationals import Rationals

_BITS = 240
_MAX_WORK = 1_000_000


def exact_value(tree: object, arrays: dict, sizes: dict, book: object, bits: int = _BITS) -> Array:
    """Return the value of a surface tree at a point, with ``shape`` and ``entries`` row by row.

    ``arrays`` maps the names to lists of rows of fractions (or integers), ``sizes`` the names of sizes to integers. The
    entries are Fractions where the formula has a rational value there; else, where python-flint is installed, they are
    its arb balls. Of both ``entry > 0`` holds only where it is proved. Raises NoValue where there is no value at the
    point or none that is certain (a singular matrix), NotExact where no exact value is known, ShapeError, LimitError
    where it is too large, and ArgumentError where python-flint is needed and missing.
    """
    fractions = {name: _array(rows) for name, rows in arrays.items()}
    plan = Plan(Formula(tree, book), {name: array.shape for name, array in fractions.items()}, sizes, _MAX_WORK)
    try:
        return plan.value(Rationals(), fractions)
    except NotExact:
        with balls(bits, 1) as c:
            value = plan.value(c, {name: c.displaced(array, None) for name, array in fractions.items()})
            return Array(value.shape, c.coefficients(value, 0))


def _array(rows: list) -> Array:
    entries = [Fraction(entry) for row in rows for entry in row]
    shape = (len(rows), len(rows[0]))
    return Array(shape, entries, entries[0] if shape == (1, 1) and entries[0].denominator == 1 else None)
