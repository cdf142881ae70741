"""Finding the constant factor by which a formula differs from the derivative: 2, -1, n, 2/n, norm(x)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from itertools import product as cartesian

from ..language.syntax import Binary, Call, Name, Number, parse_tree
from .trees import scaled

_EQUAL = 1e-7
_LARGEST_PART = 720
_LARGEST_BESIDE_SIZES = 24
_IRRATIONAL = {
    "pi": math.pi,
    "sqrt(2)": math.sqrt(2),
    "sqrt(pi)": math.sqrt(math.pi),
    "sqrt(2*pi)": math.sqrt(2 * math.pi),
}
_MOST_SCALARS = 24
_EXPONENTS = (0, 1, -1, 2, -2)


@dataclass(frozen=True)
class Factor:
    """A factor that is the same at all points: ``tree`` as it is written; ``number`` where it is a rational number."""

    tree: object
    number: Fraction | None = None

    def times(self, tree):
        """Return the tree of this factor times another."""
        if self.number is not None:
            return scaled(tree, self.number)
        if isinstance(self.tree, Binary) and self.tree.op == "/" and _is_one(self.tree.left):
            return Binary("/", tree, self.tree.right)
        return Binary("*", self.tree, tree)


def _is_one(tree):
    return isinstance(tree, Number) and tree.value == 1


def rational(value, largest=_LARGEST_PART):
    """Return the simple fraction that a float is up to rounding, or None."""
    if not math.isfinite(value) or not value:
        return None
    found = Fraction(value).limit_denominator(largest)
    if not found or abs(found.numerator) > largest or abs(float(found) - value) > _EQUAL * abs(value):
        return None
    return found


def constant_factor(ratios, sizes):
    """Return the :class:`Factor` that has these values at the points, or None.

    ``ratios``: one float for each point; ``sizes``: for each point a dict of the sizes that have a name.
    """
    first = ratios[0]
    if all(abs(ratio - first) <= _EQUAL * abs(first) for ratio in ratios):
        return _same_everywhere(first)
    return _of_sizes(ratios, sizes)


def _same_everywhere(value):
    number = rational(value)
    if number is not None:
        return Factor(Number(number), number)
    for text, irrational in _IRRATIONAL.items():
        for inverse in (False, True):
            number = rational(value * irrational if inverse else value / irrational, _LARGEST_BESIDE_SIZES)
            if number is not None:
                return Factor(_power_product(number, [(parse_tree(text), -1 if inverse else 1)]))
    return None


def _of_sizes(ratios, sizes):
    """Return a factor such as 2/n or n - 1, or None."""
    names = sorted(set.intersection(*[set(found) for found in sizes])) if sizes else []
    bases = [(Name(name), [float(found[name]) for found in sizes]) for name in names]
    bases += [
        (Binary(op, Name(name), Number(Fraction(1))), [float(found[name]) + step for found in sizes])
        for name in names
        for op, step in (("-", -1), ("+", 1))
    ]
    bases = [(tree, values) for tree, values in bases if all(values)]
    for one, other in [(i, j) for i in range(len(bases)) for j in range(i, len(bases))]:
        for a, b in cartesian(_EXPONENTS[1:], _EXPONENTS):
            if one == other and b:
                continue
            (tree, values), (second, others) = bases[one], bases[other]
            left = [ratio / (v**a * w**b) for ratio, v, w in zip(ratios, values, others)]
            number = _common(left)
            if number is not None:
                return Factor(_power_product(number, [(tree, a), (second, b)]))
    return None


def _common(values):
    if any(abs(value - values[0]) > _EQUAL * abs(values[0]) for value in values):
        return None
    return rational(values[0], _LARGEST_BESIDE_SIZES)


def _power_product(number, powers):
    """Return the tree of a number times powers of trees: 2/n, n*(n - 1)/2."""
    above, below = [], []
    for tree, exponent in powers:
        power = tree if abs(exponent) == 1 else Binary("**", tree, Number(Fraction(abs(exponent))))
        if exponent:
            (above if exponent > 0 else below).append(power)
    if number.denominator != 1:
        below.insert(0, Number(Fraction(number.denominator)))
    result = None
    for tree in above:
        result = tree if result is None else Binary("*", result, tree)
    result = Number(Fraction(number.numerator)) if result is None else scaled(result, Fraction(number.numerator))
    if not below:
        return result
    divisor = below[0]
    for tree in below[1:]:
        divisor = Binary("*", divisor, tree)
    return Binary("/", result, divisor)


def scalar_factor(ratios, values):
    """Return the :class:`Factor` that is a rational number times a power of one of some scalars, or None.

    ``values``: pairs (tree, values at the points).
    """
    return _power_of_one(ratios, _comparable(values))


def _comparable(values):
    return [(tree, found) for tree, found in values if all(value and math.isfinite(value) for value in found)]


def scalar_quotient(ratios, values):
    """Return the :class:`Factor` that is a rational number times the quotient of two scalars, or None."""
    values = _comparable(values)[:_MOST_SCALARS]
    for (one, above), (other, below) in permutations(values, 2):
        number = _common([ratio * w / v for ratio, v, w in zip(ratios, above, below)])
        if number is not None:
            return Factor(_power_product(number, [(one, 1), (other, -1)]))
    return None


def _power_of_one(ratios, values):
    for tree, found in values:
        for exponent in (1, -1, 2, -2, 3, -3):
            number = _common([ratio / value**exponent for ratio, value in zip(ratios, found)])
            if number is not None:
                return Factor(_power_product(number, [(tree, exponent)]))
        if all(value > 0 and ratio * ratios[0] > 0 for value, ratio in zip(found, ratios)):
            for exponent in (0.5, -0.5):
                number = _common([ratio / value**exponent for ratio, value in zip(ratios, found)])
                if number is not None:
                    root = Call("sqrt", (tree,))
                    return Factor(_power_product(number, [(root, 1 if exponent > 0 else -1)]))
    return None
