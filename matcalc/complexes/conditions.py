"""The conditions of expressions in complex names: off the cuts of log and roots, where real ones ask for positive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from sympy import Add, Expr

from ..algebra.constants import is_constant
from ..algebra.constructors import transpose
from ..algebra.expressions import (
    ArraySymbol,
    Hadamard,
    InnerProduct,
    MatMul,
    MatrixPower,
    ScalarFunction,
    Scale,
    Sum,
    coefficient,
    is_array,
)
from ..errors import DomainError
from ..language.nodes import conjugate, conjugated, with_children
from ..language.syntax import Binary, Call, Name, Number, Transpose, Tree, children, outside_sums, parse_tree, postorder
from ..rulebook.conditions import Condition, conditions_of, constant_value, varying, with_arguments
from ..rulebook.entries import Book
from ..rulebook.facts import implying, is_complex
from .twin import Pair, Twin

OFF_CUT = "off_negative_axis"
OF_SEVERAL = ("simple_maximum", "simple_minimum")


def complex_conditions(
    tree: Tree, twin: Twin, book: Book, variables: Iterable[str], conjugate: Callable[[Expr], Expr]
) -> list[Condition]:
    """Return the distinct conditions under which an expression and its derivatives have values.

    Those that hold at all points are left out: 1 + z.H@z is positive. ``conjugate`` maps an expression to its own.
    """
    pairs, found = twin.pairs(tree), {}
    changing = set().union(*[varying(tree, name) for name in variables]) - _squared(tree)
    for node in postorder(tree, outside_sums):
        for condition in [*conditions_of(node, book, id(node) in changing), *_of_cuts(node, pairs, twin, book)]:
            try:
                condition = _over_complex(condition, pairs, twin)
            except DomainError:  # it chooses entries by an order, for a norm: all of them are asked for
                condition = Condition("nonzero", children(node)[0])
            if not _holds(condition, twin, conjugate):
                found.setdefault(str(condition), condition)
    return list(found.values())


def _squared(tree: Tree) -> set[int]:
    """Return the ids of the norms and moduli under a power of at least 2: these have a derivative where X is 0."""
    found = set()
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op == "**" and isinstance(node.left, Call):
            if node.left.function in ("norm", "norm2", "abs") and (constant_value(node.right) or 0) >= 2:
                found.add(id(node.left))
    return found


def _of_cuts(node: Tree, pairs: dict[int, Pair], twin: Twin, book: Book) -> list[Condition]:
    """Return what the entry of an analytic function asks for beside its real conditions: atan(z) has cuts."""
    if not isinstance(node, Call) or all(twin.is_real(pairs[id(arg)]) for arg in node.args):
        return []
    rule = book.lookup(node)[-1]
    texts = rule.complex.partition(" where ")[2]
    if not texts:
        return []
    arguments = {parameter.name: arg for parameter, arg in zip(rule.params, node.args)}
    return [with_arguments(parse_tree(text), arguments) for text in texts.split(", ")]


def _over_complex(condition: Condition, pairs: dict[int, Pair], twin: Twin) -> Condition:
    """Return a condition on numbers of the real axis as that on complex ones: off the cut of log, of asin and so on."""
    tree: Any = condition.tree
    if condition.predicate in OF_SEVERAL:
        return Condition(condition.predicate, _with_adjoints(tree, twin))
    whole = isinstance(tree, Call) and not tree.keywords and tree.function in ("norm", "norm2")
    if whole and condition.predicate == "nonzero":
        return Condition("nonzero_array", tree.args[0])
    pair = pairs.get(id(tree)) or twin.of(tree)
    if twin.is_real(pair):
        return condition
    one = Number(Fraction(1))
    if condition.predicate == "positive":
        return Condition(OFF_CUT, tree)
    if condition.predicate == "inside_unit":
        return Condition(OFF_CUT, Binary("-", one, Binary("**", tree, Number(Fraction(2))), tree.span))
    if condition.predicate == "above_minus_one":
        return Condition(OFF_CUT, Binary("+", one, tree, tree.span))
    return condition


def _with_adjoints(tree: Tree, twin: Twin) -> Tree:
    """Return a tree with X.H for X.T of complex X: the rules speak of singular values by X.T @ X."""
    pairs, made = twin.pairs(tree), {}
    for node in postorder(tree):
        parts = [made[id(child)] for child in children(node)]
        made[id(node)] = with_children(node, parts)
        plain = isinstance(node, Transpose) and conjugated(node.operand) is None
        if plain and not twin.is_real(pairs[id(children(node)[0])]):
            made[id(node)] = Transpose(conjugate(parts[0]), node.span)
    return made[id(tree)]


def _holds(condition: Condition, twin: Twin, conjugate: Callable[[Expr], Expr]) -> bool:
    """Return whether a condition is known to hold at all points."""
    tree: Any = condition.tree
    if condition.predicate in OF_SEVERAL:
        return not is_array(twin.built(twin.of(tree).plain))
    if condition.predicate == "symmetric":  # a hermitian matrix is asked for, and no other is taken
        return True
    value = constant_value(tree)
    if value is not None:
        return value.denominator == 1 if condition.predicate == "integer" else value > 0
    if isinstance(tree, Name):
        words = twin.facts.get(tree.id, frozenset())
        if condition.predicate == "invertible":
            return bool(words & implying("invertible"))
        if not is_complex(words) and words & implying("positive"):
            return condition.predicate in ("positive", "nonzero", "nonzero_array", "above_minus_one")
    if condition.predicate not in ("positive", "nonzero", "invertible", OFF_CUT, "positive_spectrum"):
        return False
    value, signs = twin.built(twin.of(tree).plain), Signs(twin.facts, conjugate)
    by_entries = is_array(value) and condition.predicate not in ("invertible", "positive_spectrum")
    return signs.is_positive(value) if by_entries else signs.is_definite(value)


class Signs:
    """What is known to be positive of the squares of complex numbers: X.H@X, and sums of such with 1 or eye(n)."""

    def __init__(self, facts: Mapping[str, frozenset[str]], conjugate: Callable[[Expr], Expr]) -> None:
        self.facts, self.conjugate = facts, conjugate

    def is_definite(self, node: Expr) -> bool:
        """Return whether a number is known to be positive, a matrix hermitian positive definite."""
        if isinstance(node, (Sum, Add)):
            return all(map(self.is_semidefinite, node.args)) and any(map(self.is_definite, node.args))
        if node.is_Number or is_array(node) and is_constant(node, "eye"):
            return is_array(node) or bool(node.is_positive)
        if isinstance(node, Scale):
            return bool(node.args[0].is_positive) and self.is_definite(node.args[1])
        if isinstance(node, ScalarFunction):
            return node.rule.name == "det" and self.is_definite(node.args[0])
        if isinstance(node, MatrixPower):
            return bool(node.args[1].is_integer) and self.is_definite(node.args[0])
        return isinstance(node, ArraySymbol) and bool(self._words(node) & implying("pd"))

    def is_positive(self, node: Expr) -> bool:
        """Return whether every entry of an array is known to be positive."""
        if isinstance(node, Sum):
            return all(self.is_positive(part) or self.is_modulus(part) for part in node.args) and any(
                map(self.is_positive, node.args)
            )
        number, array = coefficient(node)
        return bool(number.is_positive) and is_constant(array, "ones")

    def is_modulus(self, node: Expr) -> bool:
        """Return whether every entry is a multiple of a product of a number with its conjugate: none is negative."""
        number, array = coefficient(node)
        if not number.is_positive or not isinstance(array, Hadamard):
            return False
        factors = set(array.args)
        return len(factors) == 2 and {self.conjugate(factor) for factor in factors} == factors

    def is_semidefinite(self, node: Expr) -> bool:
        """Return whether a number is known not to be negative, a matrix to be hermitian positive semidefinite."""
        if self.is_definite(node):
            return True
        number, array = coefficient(node) if is_array(node) else node.as_coeff_Mul()
        if number != 1:
            return bool(number.is_positive) and self.is_semidefinite(array)
        if isinstance(node, (MatMul, InnerProduct)):
            chain = node.args
            half = len(chain) // 2
            mirrored = all(
                transpose(self.conjugate(one)) is other for one, other in zip(chain[:half], reversed(chain[-half:]))
            )
            return mirrored and (len(chain) % 2 == 0 or self.is_semidefinite(chain[half]))
        if isinstance(node, (Sum, Add)):
            return all(map(self.is_semidefinite, node.args))
        return isinstance(node, ArraySymbol) and bool(self._words(node) & implying("psd"))

    def _words(self, symbol: ArraySymbol) -> frozenset[str]:
        return self.facts.get(symbol.name, frozenset())
