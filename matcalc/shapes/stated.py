"""How conditions are stated: each by what it comes to, as a textbook would, and none twice.

nonzero(2*s**2) is nonzero(s), positive(x.T@x) is nonzero_array(x), nonzero(det(A)) is invertible(A). Conditions that
others imply are left out: nonzero(q) beside positive(p/q).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..algebra.build import build
from ..algebra.constructors import transpose
from ..algebra.expressions import is_array
from ..algebra.linear import negate
from ..algebra.products import positive_definite
from ..language.nodes import operands_of
from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree, parse_tree
from ..language.unparse import unparse
from ..rulebook.conditions import Condition, conditions, constant_value, follows, with_arguments
from ..rulebook.entries import Book
from ..rulebook.facts import free_entries, implied
from .elaborate import Elaborated
from .known import always_holds

_NORMS = ("norm", "norm1", "norm2")
# what holds of the transpose of a matrix where it holds of the matrix
_OF_TRANSPOSES = frozenset({"nonzero", "nonzero_array", "positive", "invertible", "full_rank"})
# what holds of a multiple by a number that is not 0 where it holds of the array
_OF_MULTIPLES = frozenset({"nonzero", "nonzero_array", "invertible", "full_rank"})
# predicate: those that it implies of the same tree
_IMPLIED = {
    "positive": ("nonzero", "nonzero_array", "above_minus_one"),
    "nonzero": ("nonzero_array",),
    "invertible": ("nonzero_array", "full_rank"),
    "pd": ("invertible", "nonzero_array"),
}


def stated(found: Iterable[Condition], elaborated: Elaborated, book: Book) -> list[Condition]:
    """Return conditions in their simplest form, without those that always hold or that others imply."""
    stating = _Stating(elaborated, book)
    simplest = {str(simple): simple for condition in found for simple in stating.simplest(condition)}
    weaker = {text for condition in simplest.values() for text in _implied_by(condition)}
    return [condition for text, condition in simplest.items() if text not in weaker]


def domain_of(tree: Tree, elaborated: Elaborated, book: Book, variables: Iterable[str]) -> list[Condition]:
    """Return the conditions that an expression and its derivatives by some names have, in their simplest form."""
    found = [one for name in dict.fromkeys(variables) for one in conditions(tree, elaborated.facts, book, name)]
    return stated([one for one in found if not always_holds(one, elaborated, book)], elaborated, book)


def _implied_by(condition: Condition) -> Iterator[str]:
    """Yield the conditions (as texts) that a condition implies."""
    for predicate in _IMPLIED.get(condition.predicate, ()):
        yield str(Condition(predicate, condition.tree))
    tree = condition.tree
    if condition.predicate == "nonzero" and isinstance(tree, Call) and tree.function in _NORMS and tree.keywords:
        yield str(Condition("nonzero_array", tree.args[0]))  # no row or no column is 0
    if condition.predicate == "positive":  # no factor and no divisor is 0
        for part in _factors(tree):
            yield str(Condition("nonzero", part))
            if isinstance(part, Call) and part.function == "det":
                yield str(Condition("invertible", part.args[0]))


def _factors(tree: Tree) -> Iterator[Tree]:
    """Yield the factors and the divisors of a product entry by entry."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.op in "*/":
            waiting += [node.left, node.right]
        elif isinstance(node, Negate):
            waiting.append(node.operand)
        else:
            yield node


class _Stating:
    """States the conditions of one expression, whose names say what is an array and what a number."""

    def __init__(self, elaborated: Elaborated, book: Book) -> None:
        self.elaborated, self.book = elaborated, book
        letters = {size.name: size for shape in elaborated.shapes.values() for d in shape for size in d.free_symbols}
        self.env = {**letters, **elaborated.sizes, **elaborated.symbols}

    def simplest(self, condition: Condition) -> Iterator[Condition]:
        """Yield what a condition comes to."""
        waiting = [condition]
        while waiting:
            one = waiting.pop()
            simpler = self._simpler(one)
            if simpler is not None:
                waiting += reversed(simpler)
            elif one is condition or not self._is_known(one):
                yield self._within_symmetry(one)

    def _is_known(self, condition: Condition) -> bool:
        return follows(condition, self.elaborated.facts) or always_holds(condition, self.elaborated, self.book)

    def _is_number(self, tree: Tree) -> bool:
        return not is_array(build(tree, self.env, self.book))

    def _is_definite(self, tree: Tree) -> bool:
        value = build(tree, self.env, self.book)
        return is_array(value) and positive_definite(value)

    def _simpler(self, condition: Condition) -> list[Condition] | None:
        """Return the conditions that one is equivalent to, given those of the parts of its tree; None: it is simple."""
        predicate, tree = condition.predicate, condition.tree
        if isinstance(tree, Transpose) and predicate in _OF_TRANSPOSES:
            return [Condition(predicate, tree.operand)]
        if isinstance(tree, Negate) and predicate in _OF_MULTIPLES:
            return [Condition(predicate, tree.operand)]
        if isinstance(tree, Binary) and tree.op == "-" and predicate in _OF_MULTIPLES:
            return [Condition(predicate, tree.right)] if constant_value(tree.left) == 0 else None
        if isinstance(tree, Binary) and tree.op in "*/":
            return self._of_product(predicate, tree)
        if isinstance(tree, Binary) and tree.op == "**":
            return self._of_power(predicate, tree)
        if isinstance(tree, Binary) and tree.op == "@":
            return self._of_matmul(predicate, tree)
        if isinstance(tree, Call) and tree.args:
            return _of_call(predicate, tree)
        return None

    def _within_symmetry(self, condition: Condition) -> Condition:
        """Return a condition on the entries of a symmetric, skew or diagonal matrix as one on those that are free.

        The others are equal to these, or 0, at every point: where they tie or vanish is no kink of its own.
        """
        if condition.predicate not in ("nonzero", "unique_maximum", "unique_minimum"):
            return condition
        fact = free_entries(self._structure(condition.tree))
        if fact is None or bool(fact.equal) == (condition.predicate == "nonzero"):
            return condition  # a symmetric matrix has ties, the others have zeros
        return with_arguments(Call(condition.predicate, (parse_tree(fact.entries),)), {"X": condition.tree})

    def _structure(self, tree: Tree) -> frozenset[str]:
        """Return what is declared of a name, or whether a matrix is symmetric or skew."""
        if isinstance(tree, Name) and self.elaborated.facts.get(tree.id):
            return implied(frozenset(self.elaborated.facts[tree.id]))
        value = build(tree, self.env, self.book)
        if not is_array(value) or not value.is_square or value.is_column:
            return frozenset()
        turned = transpose(value)
        return frozenset({"symmetric"} if turned == value else {"skew"} if turned == negate(value) else ())

    def _of_product(self, predicate: str, tree: Binary) -> list[Condition] | None:
        if predicate == "nonzero":  # divisors have a condition of their own
            kept = [tree.left] if tree.op == "/" else operands_of(tree, "*")
            return [Condition(predicate, part) for part in kept]
        if predicate == "positive":
            return _of_signed_multiple(tree)
        if predicate not in _OF_MULTIPLES:
            return None
        if tree.op == "/" and self._is_number(tree.right):
            return [Condition(predicate, tree.left)]
        for number, array in ((tree.left, tree.right), (tree.right, tree.left)) if tree.op == "*" else ():
            if self._is_number(number) and not self._is_number(array):
                return [Condition("nonzero", number), Condition(predicate, array)]
        return None

    def _is_outer(self, tree: Binary) -> bool:
        left, right = (build(side, self.env, self.book) for side in (tree.left, tree.right))
        return is_array(left) and is_array(right) and left.is_column and right.is_row

    def _of_power(self, predicate: str, tree: Binary) -> list[Condition] | None:
        exponent = constant_value(tree.right)
        if exponent is None or exponent == 0:
            return None
        if predicate == "nonzero":
            return [Condition("nonzero", tree.left)]
        if predicate == "positive" and exponent.denominator == 1:
            return [Condition("positive" if exponent % 2 else "nonzero", tree.left)]
        if predicate == "positive":
            return [Condition("positive", tree.left)]
        return None

    def _of_matmul(self, predicate: str, tree: Binary) -> list[Condition] | None:
        parts = operands_of(tree, "@")
        if predicate == "nonzero" and self._is_outer(tree):
            return [Condition("nonzero", tree.left), Condition("nonzero", tree.right)]
        if predicate in ("nonzero", "positive"):  # x.T@x, and x.T@P@x of a positive definite P
            mirrored = unparse(Transpose(parts[-1])) == unparse(parts[0])
            definite = all(self._is_definite(part) for part in parts[1:-1]) and len(parts) < 4
            return [Condition("nonzero_array", parts[-1])] if mirrored and definite and self._is_number(tree) else None
        if predicate == "invertible":
            values = [build(part, self.env, self.book) for part in parts]
            if all(is_array(value) and value.is_square for value in values):
                return [Condition(predicate, part) for part in parts]
        return None


def _of_signed_multiple(tree: Binary) -> list[Condition] | None:
    """Return what positive(2*x), positive(x/3) and positive(-2*x) come to."""
    sides = ((tree.left, tree.right), (tree.right, tree.left)) if tree.op == "*" else ((tree.right, tree.left),)
    for number, rest in sides:
        value = constant_value(number)
        if value is not None and value != 0:
            return [Condition("positive", rest if value > 0 else Negate(rest, rest.span))]
    return None


def _of_call(predicate: str, tree: Call) -> list[Condition] | None:
    argument = tree.args[0]
    if predicate == "invertible":
        return [Condition(predicate, argument)] if tree.function == "inv" else None
    if predicate not in ("nonzero", "positive") or tree.keywords:
        return None
    if tree.function in _NORMS:
        return [Condition("nonzero_array", argument)]
    if tree.function == "abs":
        return [Condition("nonzero", argument)]
    if tree.function == "sqrt":
        return [Condition(predicate, argument)]
    if tree.function == "sum" and len(tree.args) == 1 and isinstance(argument, Binary) and argument.op == "**":
        return [Condition("nonzero_array", argument.left)] if constant_value(argument.right) == 2 else None
    if tree.function == "det" and predicate == "nonzero":
        return [Condition("invertible", argument)]
    return None
