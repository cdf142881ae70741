"""Rational simplification of elementwise expressions: SymPy's, entry by entry.

A sum or Hadamard product of arrays of one shape is a scalar expression in each entry; SymPy cancels and
factors that, and the result is taken where it is shorter.
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import prod
from typing import TYPE_CHECKING

from sympy import Add, Dummy, Expr, Mul, PolynomialError, Pow, Symbol, cancel, factor

from ...algebra.constants import is_constant, ones
from ...algebra.constructors import add, hadamard, power, scale
from ...algebra.expressions import ONE, Array, Hadamard, Power, Scale, Sum, coefficient, is_array
from .polynomials import may_be_shorter

if TYPE_CHECKING:
    from .shorten import _Length

MAX_ATOMS = 7
MAX_NODES = 60
MAX_EXPANDED = 100


@cache
def _symbol(index: int) -> Symbol:
    return Dummy(f"entry{index}", positive=True)


def _rewritten(scalar: Expr, weights: dict[Symbol, float] | None, length: float) -> list[Expr]:
    """Return SymPy's cancelled and factored forms of a scalar, where it has them and they may be shorter.

    ``weights`` are the lengths of what the symbols stand for, None where these are not independent of one another;
    ``length`` is that of the scalar.
    """
    if _expanded_terms(scalar) > MAX_EXPANDED:
        return []
    wants_both = (True, True) if weights is None else may_be_shorter(scalar, weights, length)
    wanted = zip(("cancel", "factor"), wants_both)
    found = [_rational_form(name, scalar) for name, wants in wanted if wants]
    return [form for form in dict.fromkeys(found) if form is not None]


@lru_cache(maxsize=4096)
def _rational_form(name: str, scalar: Expr) -> Expr | None:
    try:
        return {"cancel": cancel, "factor": factor}[name](scalar)
    except PolynomialError:
        return None


def _expanded_terms(scalar: Expr) -> int:
    """Return how many terms the scalar has at most when it is multiplied out."""
    if isinstance(scalar, Add):
        return sum(map(_expanded_terms, scalar.args))
    if isinstance(scalar, Mul):
        return prod(map(_expanded_terms, scalar.args))
    if isinstance(scalar, Pow) and scalar.exp.is_Integer:
        return _expanded_terms(scalar.base) ** min(abs(int(scalar.exp)), MAX_EXPANDED)
    return 1


def _shares_atoms(node: Expr) -> bool:
    """Return whether an atom occurs in two operands, and one operand is a sum or a quotient: what can cancel."""
    if not any(_is_compound(part) for part in node.args):
        return False
    seen = set()
    for part in node.args:
        atoms = _atoms(part, set(), 4)
        if not seen.isdisjoint(atoms):
            return True
        seen |= atoms
    return False


_STRUCTURAL = (Sum, Hadamard, Scale, Power, Add, Mul, Pow)


def _is_compound(node: Expr) -> bool:
    if isinstance(node, (Power, Pow)):
        return not is_array(node.args[1]) and bool(node.args[1].is_negative) or isinstance(node.args[0], (Sum, Add))
    if isinstance(node, (Sum, Add)):
        return True
    return isinstance(node, (Hadamard, Scale, Mul)) and any(
        _is_compound(a) for a in node.args if isinstance(a, _STRUCTURAL)
    )


def _atoms(node: Expr, found: set[Expr], depth: int) -> set[Expr]:
    """Collect what the elementwise structure is made of, to a small depth."""
    if getattr(node, "is_number", False):
        if not node.is_Rational:
            found.add(node)
    elif depth and isinstance(node, _STRUCTURAL):
        for part in node.args:
            _atoms(part, found, depth - 1)
    elif not is_constant(node, "ones"):
        found.add(node)
    return found


class _Entries:
    """Stands a positive symbol for every array, so that an entry of the expression is a scalar."""

    def __init__(self) -> None:
        self.symbols, self.arrays, self.uses = {}, {}, 0

    def of(self, node: Array) -> Expr:
        """Return an entry of the array as a scalar, or None where it is too large to be worth it."""
        self.uses += 1
        if self.uses > MAX_NODES:
            return None
        if isinstance(node, (Sum, Hadamard)):
            parts = [self.of(part) for part in node.args]
            if None in parts:
                return None
            return Add(*parts) if isinstance(node, Sum) else Mul(*parts)
        if isinstance(node, Scale):
            inner = self.of(node.args[1])
            return None if inner is None else Mul(self.scalar(node.args[0]), inner)
        if isinstance(node, Power) and not is_array(node.args[1]) and node.args[1].is_Integer:
            inner = self.of(node.args[0])
            return None if inner is None else Pow(inner, node.args[1])
        return ONE if is_constant(node, "ones") else self.symbol(node)

    def symbol(self, node: Expr) -> Symbol:
        if node not in self.symbols:
            self.symbols[node] = _symbol(len(self.symbols))
            self.arrays[self.symbols[node]] = node
        return self.symbols[node]

    def weights(self, cost: _Length) -> dict[Symbol, float] | None:
        """Return the lengths of what the symbols stand for, None where some are powers of one base, and may meet."""
        bases = [known.args[0] if isinstance(known, Power) else known.as_base_exp()[0] for known in self.symbols]
        if len(set(bases)) < len(bases):
            return None
        return {symbol: cost(known) for symbol, known in self.arrays.items()}

    def scalar(self, scalar: Expr) -> Expr:
        """Return a scalar factor with everything but its numbers behind symbols."""
        number, rest = scalar.as_coeff_Mul()
        parts = []
        for part in Mul.make_args(rest):
            base, exponent = part.as_base_exp()
            if base == 1:
                continue
            parts.append(Pow(self.symbol(base), exponent) if exponent.is_Integer else self.symbol(part))
        return Mul(number, *parts)

    def back(self, expr: Expr, shape: tuple[Expr, Expr]) -> Array:
        """Return the array of this shape whose entries are ``expr``."""
        if isinstance(expr, Add):
            return add(*[self.back(term, shape) for term in expr.args])
        scalars, arrays = [], []
        for part in Mul.make_args(expr):
            base, exponent = part.as_base_exp()
            known = self.arrays.get(base)
            if known is not None:
                (arrays if is_array(known) else scalars).append(
                    power(known, exponent) if is_array(known) else Pow(known, exponent)
                )
            elif part.is_number:
                scalars.append(part)
            else:
                inner = self.back(base, shape)
                arrays.append(power(inner, exponent))
        product = hadamard(*arrays) if arrays else ones(*shape)
        return scale(Mul(*scalars), product) if scalars else product


def shortest_entries(node: Array, cost: _Length) -> Array:
    """Return the shortest of an elementwise expression and its cancelled and factored forms."""
    body = coefficient(node)[1]
    if not isinstance(body, (Sum, Hadamard)):
        return node
    if isinstance(node, Scale) or cost.exhausted or not _shares_atoms(node):
        return node
    entries = _Entries()
    scalar = entries.of(node)
    if scalar is None or not 0 < len(entries.symbols) <= MAX_ATOMS:
        return node
    best, length = node, cost(node)
    for rewritten in _rewritten(scalar, entries.weights(cost), length):
        candidate = entries.back(rewritten, node.shape)
        if cost(candidate) < length:
            best, length = candidate, cost(candidate)
    return best


def shortest_rational(node: Expr, cost: _Length) -> Expr:
    """Return the shortest of a scalar sum or product and its cancelled and factored forms."""
    if not isinstance(node, (Add, Mul)) or node.is_number:
        return node
    if sum(1 for part in node.args for _ in Mul.make_args(part)) > MAX_NODES // 3:
        return node
    if not _shares_atoms(node):
        return node
    entries = _Entries()
    scalar = _atoms_hidden(node, entries)
    if scalar is None or not 0 < len(entries.symbols) <= MAX_ATOMS:
        return node
    back = {symbol: known for symbol, known in entries.arrays.items()}
    best, length = node, cost(node)
    for rewritten in _rewritten(scalar, entries.weights(cost), length):
        candidate = rewritten.xreplace(back)
        if cost(candidate) < length:
            best, length = candidate, cost(candidate)
    return best


def _atoms_hidden(node: Expr, entries: _Entries) -> Expr:
    """Return a scalar with a symbol for everything but sums, products and whole powers."""
    entries.uses += 1
    if entries.uses > MAX_NODES:
        return None
    if node.is_Rational:
        return node
    if isinstance(node, (Add, Mul)):
        parts = [_atoms_hidden(part, entries) for part in node.args]
        return None if None in parts else node.func(*parts)
    if isinstance(node, Pow) and node.exp.is_Integer:
        inner = _atoms_hidden(node.base, entries)
        return None if inner is None else Pow(inner, node.exp)
    return entries.symbol(node)
