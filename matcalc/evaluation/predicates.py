"""The predicates of the rule book at a point: whether invertible(X), positive(x) … hold there, and with what margin."""

from __future__ import annotations

import torch

from ..errors import DomainError
from .complexes import real_parts
from .evaluate import evaluate

# how clear of its boundary a random point stands; of singular matrices and coinciding eigenvalues by more
MARGIN = 1e-4
_CONDITION = 10.0
# what differs by no more than this is equal, as far as float64 can tell
ROUNDING = 1e-13


def _singular_values(array, margin):
    values = torch.linalg.svdvals(array)
    return bool(values[-1] > margin * _CONDITION * values[0])


def _gap(values, margin):
    """Whether the largest of the values is the only one near it."""
    ordered = values.flatten().sort(descending=True)[0]
    return len(ordered) == 1 or bool(ordered[0] - ordered[1] > margin * ordered.abs().max())


def _gap_in_each(lines, margin):
    """Whether in each of the lines the largest of the values is the only one near it."""
    return all(_gap(line, margin) for line in lines)


def _simple(values, margin):
    """Whether no two of the values are near one another."""
    ordered = values.sort()[0]
    return len(ordered) == 1 or bool((ordered[1:] - ordered[:-1]).min() > margin * _CONDITION * ordered.abs().max())


def _simple_singular_values(array, margin):
    return _singular_values(array, margin) and _simple(torch.linalg.svdvals(array), margin)


def _off_negative_axis(array, margin):
    values = torch.linalg.eigvals(array)
    near_axis = (values.real < 0) & (values.imag.abs() < margin * 500 * values.abs())
    return not bool(near_axis.any()) and bool(values.abs().min() > margin * _CONDITION * values.abs().max())


def _entries_off_negative_axis(array, margin):
    """Whether no entry is 0 or on the negative real axis, the cut of log and of roots."""
    near_axis = array.real <= 0
    if array.is_complex():
        near_axis = near_axis & (array.imag.abs() <= margin * 100 * array.abs())
    return not bool(near_axis.any()) and bool(array.abs().min() > margin * array.abs().max())


def _definite_by(array, margin):
    """Whether a matrix is symmetric and no eigenvalue is below the margin, as a part of the largest one."""
    if array.shape[0] != array.shape[1] or bool((array - array.mT).abs().max() > 1e-9 * array.abs().max()):
        return False
    values = _eigenvalues(array)
    return bool(values[-1] > 0) and bool(values[0] > margin * values[-1])


def _eigenvalues(array):
    return torch.linalg.eigvalsh((array + array.mH) / 2)


# (value, margin) -> whether it holds, clear of the boundary by the margin, which is relative where there is a scale
PREDICATES = {
    "invertible": lambda a, m: a.shape[0] == a.shape[1] and _singular_values(a, m),
    "full_rank": _singular_values,
    "full_column_rank": lambda a, m: a.shape[0] >= a.shape[1] and _singular_values(a, m),
    "positive": lambda a, m: bool(a.min() > m * a.max()) and bool(a.max() > 0),
    "nonnegative": lambda a, m: bool(a.min() >= 0),
    "nonzero": lambda a, m: bool(a.abs().min() > m * a.abs().max()),
    "nonzero_array": lambda a, m: bool(a.abs().max() > m),
    "symmetric": lambda a, m: a.shape[0] == a.shape[1] and bool((a - a.mT).abs().max() <= 1e-9 * a.abs().max()),
    "pd": lambda a, m: _definite_by(a, m * _CONDITION),
    "psd": lambda a, m: _definite_by(a, -1e-9),
    "positive_spectrum": _off_negative_axis,
    "off_negative_axis": _entries_off_negative_axis,
    "inside_unit": lambda a, m: bool(a.abs().max() < 1 - m * _CONDITION),
    "above_minus_one": lambda a, m: bool(a.min() > -1 + m * _CONDITION),
    "integer": lambda a, m: bool((a == a.round()).all()),
    "unique_maximum": _gap,
    "unique_minimum": lambda a, m: _gap(-a, m),
    "unique_column_maximum": lambda a, m: _gap_in_each(a.mT, m),
    "unique_column_minimum": lambda a, m: _gap_in_each(-a.mT, m),
    "unique_row_maximum": _gap_in_each,
    "unique_row_minimum": lambda a, m: _gap_in_each(-a, m),
    "simple_maximum": lambda a, m: _gap(_eigenvalues(a), m),
    "simple_minimum": lambda a, m: _gap(-_eigenvalues(a), m),
    "simple_spectrum": lambda a, m: _simple(_eigenvalues(a), m),
    "simple_singular_values": _simple_singular_values,
    "leading_minors": lambda a, m: all(_singular_values(a[:k, :k], m) for k in range(1, len(a) + 1)),
    "distinct": lambda a, m: _simple(a.reshape(-1), m / _CONDITION),
    "tall": lambda a, m: a.shape[0] >= a.shape[1],
}

# predicates of complex values; the others are of real ones
_OF_COMPLEX = frozenset(
    "invertible full_rank full_column_rank nonzero nonzero_array positive_spectrum off_negative_axis leading_minors "
    "simple_maximum simple_minimum tall".split()
)


def broken(conditions, point, book, margin=ROUNDING):
    """Return the conditions that do not hold at a point; predicates that are not known do not count.

    ``conditions``: objects with a ``predicate`` and a ``tree``. One whose tree has no value there is broken.
    """
    return [condition for condition in conditions if not _holds(condition, point, book, margin)]


def holds(conditions, point, book, margin=MARGIN):
    """Return whether conditions hold at a point, with a margin; predicates that are not known do not count."""
    return all(_holds(condition, point, book, margin) for condition in conditions)


def _holds(condition, point, book, margin):
    predicate = PREDICATES.get(condition.predicate)
    if predicate is None:
        return True
    try:
        value = evaluate(condition.tree, point.arrays, point.sizes, book)
    except DomainError:
        return False
    if condition.predicate not in _OF_COMPLEX:
        value = real_parts(value)
    return value is not None and bool(torch.isfinite(value).all()) and predicate(value, margin)
