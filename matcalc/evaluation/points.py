"""Random points at which a check can be trusted.

Every free dimension gets a size of its own, so that no transpose or swap of factors goes unseen; names are
drawn for their declared structure and facts, and generic otherwise; a point counts only where the
conditions of the expression hold with a margin, away from kinks and singularities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy
import torch

from ..errors import DomainError, LimitError, ShapeError
from .evaluate import evaluate
from .fitting import MAX_ENTRIES

RECIPES = ("normal", "mixed", "normal", "unit", "near identity", "mixed", "small", "large")
_MARGIN = 1e-4
_CONDITION = 1e-3
_LARGEST = 1e10
_SYMMETRIC = frozenset({"symmetric", "pd", "psd"})


@dataclass(frozen=True)
class Point:
    """Values of the names (tensors of two dimensions) and of the sizes (ints)."""

    arrays: dict
    sizes: dict


def assignments(names, taken=(), least=2):
    """Yield assignments of different sizes to the names: ascending, descending, rotated, then larger ones.

    ``taken`` are the sizes that the expression has as numbers; they are left out. No size is below ``least``.
    """
    names = sorted(names)
    for start in (least, least + 1, least + 4):
        values = list(islice((v for v in range(start, start + 1000) if v not in taken), len(names)))
        for turned in _orders(values):
            yield dict(zip(names, turned))


def _orders(values):
    found = []
    for order in (values, values[::-1]):
        for shift in range(len(values) or 1):
            turned = order[shift:] + order[:shift]
            if turned not in found:
                found.append(turned)
    return found[:8]


def array_text(array):
    """Return a tensor as one line of text, abridged where it is large."""
    text = numpy.array2string(array.detach().numpy(), precision=6, threshold=60, separator=", ")
    return " ".join(text.split())


# -- drawing one name --------------------------------------------------------------------------------------


def draw(shape, facts, recipe, generator):
    """Return a random array of ``shape`` that has the declared ``facts``, else one after ``recipe``."""
    square = shape[0] == shape[1]
    if square and shape[0] > 1 and facts & _STRUCTURES.keys():
        return _structured(shape[0], facts, generator)
    if facts & _ENTRIES.keys():
        word = next(word for word in _ENTRIES if word in facts)
        return _signed(_ENTRIES[word](shape, generator), facts)
    if facts & {"pd", "orthogonal"}:
        return _uniform(shape, generator, 0.5, 2)
    return _generic(shape, recipe, generator)


def _signed(array, facts):
    if "positive" in facts or "negative" in facts:
        array = array.abs() + (array == 0)
    return -array if "negative" in facts else array


def _normal(shape, generator):
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _uniform(shape, generator, low, high):
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def _generic(shape, recipe, generator):
    if recipe == "mixed":
        choice = int(torch.randint(6, (), generator=generator))
        recipe = ("normal", "unit", "small", "large", "negative", "near identity")[choice]
    if recipe == "unit":
        return _uniform(shape, generator, 0.1, 0.9)
    if recipe == "large":
        return _uniform(shape, generator, 2, 6)
    if recipe == "negative":
        return -_uniform(shape, generator, 0.1, 2)
    if recipe == "small":
        return 0.2 * _normal(shape, generator)
    if recipe == "near identity" and shape[0] == shape[1]:
        return torch.eye(shape[0], dtype=torch.float64) + 0.3 * _normal(shape, generator)
    return _normal(shape, generator)


def _integers(shape, generator):
    size = torch.randint(1, 5, shape, generator=generator)
    return (size * (1 - 2 * torch.randint(2, shape, generator=generator))).to(torch.float64)


# facts about entries, the strictest first
_ENTRIES = {
    "binary": lambda shape, generator: torch.randint(2, shape, generator=generator).to(torch.float64),
    "integer": _integers,
    "simplex": lambda shape, generator: torch.softmax(_normal(shape, generator), 0),
    "unit-interval": lambda shape, generator: _uniform(shape, generator, 0.1, 0.9),
    "positive": lambda shape, generator: _uniform(shape, generator, 0.2, 2),
    "negative": lambda shape, generator: _uniform(shape, generator, 0.2, 2),
}


def _structured(n, facts, generator):
    """Return an n×n array of declared structure; of two structures the stricter one is drawn."""
    word = next(word for word in _STRUCTURES if word in facts)
    array = _STRUCTURES[word](n, generator, facts)
    if word in _SIGNABLE and facts & {"positive", "negative", "unit-interval"}:
        array = -array.abs() if "negative" in facts else array.abs()
        if "unit-interval" in facts:
            array = 0.9 * array / array.max()
    if "positive-det" in facts and torch.linalg.det(array) < 0:
        array[:, 0] *= -1
    return array


def _orthogonal(n, generator, facts):
    factor = torch.linalg.qr(_normal((n, n), generator))[0]
    return torch.eye(n, dtype=torch.float64) - 2 * factor[:, :1] @ factor[:, :1].mT if facts & _SYMMETRIC else factor


def _permutation(n, generator, facts):
    order = torch.arange(n).roll(1) if "symmetric" not in facts else torch.arange(n).flip(0)
    return torch.eye(n, dtype=torch.float64)[order]


def _projection(n, generator, facts):
    columns = _normal((n, (n + 1) // 2), generator)
    rows = columns if facts & _SYMMETRIC else _normal(columns.shape, generator)
    return columns @ torch.linalg.inv(rows.mT @ columns) @ rows.mT


def _diagonal(n, generator, facts):
    entries = _uniform((n,), generator, 0.5, 2)
    signs = 1 - 2 * torch.randint(2, (n,), generator=generator)
    return torch.diag(entries if facts & {"pd", "psd", "positive"} else entries * signs)


def _definite(n, generator, facts):
    factor = _normal((n, n), generator)
    return factor @ factor.mT / n + (0.5 * torch.eye(n, dtype=torch.float64) if "pd" in facts else 0)


def _symmetric(n, generator, facts):
    factor = _normal((n, n), generator)
    return (factor + factor.mT) / 2


def _skew(n, generator, facts):
    factor = _normal((n, n), generator)
    return (factor - factor.mT) / 2


def _toeplitz(n, generator, facts):
    entries = _normal((2 * n - 1,), generator)
    entries = (entries + entries.flip(0)) / 2 if facts & _SYMMETRIC else entries
    return entries[torch.arange(n)[:, None] - torch.arange(n) + n - 1]


def _invertible(n, generator, facts):
    return _normal((n, n), generator) + 0.5 * torch.eye(n, dtype=torch.float64)


_STRUCTURES = {
    "permutation": _permutation,
    "orthogonal": _orthogonal,
    "projection": _projection,
    "diagonal": _diagonal,
    "toeplitz": _toeplitz,
    "pd": _definite,
    "psd": _definite,
    "skew": _skew,
    "symmetric": _symmetric,
    "invertible": _invertible,
    "positive-det": _invertible,
}


# structures that stay what they are when their entries lose their signs
_SIGNABLE = frozenset({"symmetric", "diagonal", "toeplitz", "invertible", "positive-det"})


# -- conditions ----------------------------------------------------------------------------------------------


def _singular_values(array):
    values = torch.linalg.svdvals(array)
    return bool(values[-1] > _CONDITION * values[0])


def _gap(values):
    """Whether the largest of the values is the only one near it."""
    ordered = values.flatten().sort(descending=True)[0]
    return len(ordered) == 1 or bool(ordered[0] - ordered[1] > _MARGIN * ordered.abs().max())


def _simple(values):
    """Whether no two of the values are near one another."""
    ordered = values.sort()[0]
    return len(ordered) == 1 or bool((ordered[1:] - ordered[:-1]).min() > _CONDITION * ordered.abs().max())


def _simple_singular_values(array):
    values = torch.linalg.svdvals(array)
    return _singular_values(array) and _simple(values)


def _off_negative_axis(array):
    values = torch.linalg.eigvals(array)
    near_axis = (values.real < 0) & (values.imag.abs() < 0.05 * values.abs())
    return not bool(near_axis.any()) and bool(values.abs().min() > _CONDITION * values.abs().max())


def _definite_by(array, margin):
    """Whether a matrix is symmetric and no eigenvalue is below the margin, as a part of the largest one."""
    if array.shape[0] != array.shape[1] or bool((array - array.mT).abs().max() > 1e-9 * array.abs().max()):
        return False
    values = torch.linalg.eigvalsh(_symmetric_part(array))
    return bool(values[-1] > 0) and bool(values[0] > margin * values[-1])


def _symmetric_part(array):
    return (array + array.mT) / 2


PREDICATES = {
    "invertible": lambda a: a.shape[0] == a.shape[1] and _singular_values(a),
    "full_rank": _singular_values,
    "full_column_rank": lambda a: a.shape[0] >= a.shape[1] and _singular_values(a),
    "positive": lambda a: bool(a.min() > _MARGIN * a.max()) and bool(a.max() > 0),
    "nonnegative": lambda a: bool(a.min() >= 0),
    "nonzero": lambda a: bool(a.abs().min() > _MARGIN * a.abs().max()),
    "nonzero_array": lambda a: bool(a.abs().max() > _MARGIN),
    "symmetric": lambda a: a.shape[0] == a.shape[1] and bool((a - a.mT).abs().max() <= 1e-9 * a.abs().max()),
    "pd": lambda a: _definite_by(a, _CONDITION),
    "psd": lambda a: _definite_by(a, -1e-9),
    "positive_spectrum": _off_negative_axis,
    "inside_unit": lambda a: bool(a.abs().max() < 1 - _CONDITION),
    "above_minus_one": lambda a: bool(a.min() > -1 + _CONDITION),
    "integer": lambda a: bool((a == a.round()).all()),
    "unique_maximum": lambda a: _gap(a),
    "unique_minimum": lambda a: _gap(-a),
    "simple_maximum": lambda a: _gap(torch.linalg.eigvalsh(_symmetric_part(a))),
    "simple_minimum": lambda a: _gap(-torch.linalg.eigvalsh(_symmetric_part(a))),
    "simple_spectrum": lambda a: _simple(torch.linalg.eigvalsh(_symmetric_part(a))),
    "simple_singular_values": _simple_singular_values,
    "tall": lambda a: a.shape[0] >= a.shape[1],
}


def acceptable(array):
    """Return whether all entries are finite and none is astronomically large."""
    return bool(torch.isfinite(array).all()) and bool(array.abs().max() < _LARGEST)


def holds(conditions, point, book):
    """Return whether conditions hold at a point, with a margin; predicates that are not known do not count."""
    for condition in conditions:
        predicate = PREDICATES.get(condition.predicate)
        if predicate is None:
            continue
        try:
            value = evaluate(condition.tree, point.arrays, point.sizes, book)
        except DomainError:
            return False
        if not torch.isfinite(value).all() or not predicate(value):
            return False
    return True


# -- whole points ----------------------------------------------------------------------------------------------


class Sampler:
    """Draws points: ``shapes`` maps names to functions from sizes to (rows, columns), ``facts`` names to words.

    ``admits`` takes a Point and says whether it will do; it may raise LimitError (too large), ShapeError or
    DomainError. ``reason`` is why no point was found.
    """

    def __init__(self, shapes, facts, assignments, admits, seed):
        self.shapes, self.facts, self.admits = shapes, facts, admits
        self.assignments = list(assignments)
        self.generator = torch.Generator().manual_seed(seed)
        self.reason = ""
        self.drawn = 0

    def draw(self, tries=160):
        """Return the next Point that is admitted, or None."""
        too_large = None
        start, self.drawn = self.drawn, self.drawn + 1
        open_assignments = list(self.assignments)
        for attempt in range(tries):
            if not open_assignments:
                break
            sizes = open_assignments[(start + attempt) % len(open_assignments)]
            recipe = RECIPES[(start + attempt // len(open_assignments)) % len(RECIPES)]
            try:
                point = self.at(sizes, recipe)
                if self.admits(point):
                    return point
            except LimitError as error:
                too_large = error
                open_assignments.remove(sizes)
            except ShapeError:
                open_assignments.remove(sizes)
            except DomainError:
                continue
        self.reason = "no point found where the conditions hold and the value is finite"
        if too_large and not open_assignments:
            self.reason = too_large.message
        return None

    def at(self, sizes, recipe):
        """Return a random point for these sizes."""
        shapes = {name: shape(sizes) for name, shape in self.shapes.items()}
        for rows, cols in shapes.values():
            if rows * cols > MAX_ENTRIES:
                raise LimitError(f"too large to check: a matrix of {rows}×{cols}", hint="declare smaller sizes")
        arrays = {
            name: draw(shape, self.facts.get(name, frozenset()), recipe, self.generator)
            for name, shape in shapes.items()
        }
        return Point(arrays, sizes)
