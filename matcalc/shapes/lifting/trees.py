"""Short surface trees: products, sums and transposes without the factors 1, the terms 0 and the double signs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...language.generators import Over
from ...language.subscripts import is_subscript
from ...language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, postorder, substituted
from ...language.unparse import unparse

ONE = Number(Fraction(1))
EINSUM = "einsum"


def is_einsum(node: Tree) -> bool:
    """Return whether a node is a call of einsum with its letters."""
    return isinstance(node, Call) and node.function == EINSUM


def has_indices(tree: Tree) -> bool:
    """Return whether a tree has sums, subscripts or calls of einsum; most formulas have none of them."""
    calls = [node for node in postorder(tree) if isinstance(node, (Call, Over))]
    return any(isinstance(node, Over) or is_subscript(node) or is_einsum(node) for node in calls)


def has_sums(tree: Tree) -> bool:
    """Return whether a tree has a sum over an index, or a call of einsum."""
    return any(isinstance(node, Over) or is_einsum(node) for node in postorder(tree))


def number(value: int | Fraction) -> Tree:
    """Return the tree of a rational number."""
    return Negate(Number(Fraction(-value))) if value < 0 else Number(Fraction(value))


def value_of(tree: Tree) -> Fraction | None:
    """Return the rational number that a tree is, None where it is no literal."""
    sign = 1
    while isinstance(tree, Negate):
        tree, sign = tree.operand, -sign
    if isinstance(tree, Binary) and tree.op == "/":
        above, below = value_of(tree.left), value_of(tree.right)
        return sign * above / below if above is not None and below else None
    return sign * tree.value if isinstance(tree, Number) else None


def key(tree: Tree) -> str:
    """Return what two trees of the same meaning, written alike, have in common."""
    return unparse(tree)


def transposed(tree: Tree) -> Tree:
    """Return the transpose of a tree; a sign and a number in front stay outside."""
    if isinstance(tree, Transpose):
        return tree.operand
    if isinstance(tree, Negate):
        return Negate(transposed(tree.operand))
    if isinstance(tree, Binary) and tree.op == "/" and value_of(tree.right) is not None:
        return Binary("/", transposed(tree.left), tree.right)
    if isinstance(tree, Binary) and tree.op == "*" and value_of(tree.left) is not None:
        return Binary("*", tree.left, transposed(tree.right))
    if isinstance(tree, Binary) and tree.op == "@" and isinstance(tree.right, Transpose):
        return Binary("@", tree.right.operand, transposed(tree.left))
    return Transpose(tree)


def call(function: str, *args: Tree, axis: int | None = None) -> Call:
    """Return the call of a function, along an axis where one is given."""
    return Call(function, args, (("axis", number(axis)),) if axis is not None else ())


def scaled(coefficient: Fraction, tree: Tree | None) -> Tree:
    """Return a multiple of a tree; None stands for 1."""
    if tree is None:
        return number(coefficient)
    if coefficient == 1:
        return tree
    if coefficient == -1:
        return Negate(tree)
    if coefficient < 0:
        return Negate(scaled(-coefficient, tree))
    if coefficient.numerator == 1:
        return Binary("/", tree, number(coefficient.denominator))
    return Binary("*", Number(coefficient), tree)


def added(trees: list[Tree]) -> Tree:
    """Return the sum of trees, of which at least one is given."""
    total, *rest = sorted(trees, key=lambda tree: isinstance(tree, Negate))
    for tree in rest:
        total = Binary("-", total, tree.operand) if isinstance(tree, Negate) else Binary("+", total, tree)
    return total


def multiplied(factors: Sequence[Tree], divisors: Sequence[Tree] = ()) -> Tree | None:
    """Return the product of factors, entry by entry, over divisors; equal factors are a power. None: nothing."""
    top, below = _product(factors), _product(divisors)
    return top if below is None else Binary("/", top or ONE, below)


def _product(factors: Sequence[Tree]) -> Tree | None:
    powers: dict[str, list] = {}
    for factor in factors:
        powers.setdefault(key(factor), [factor, 0])[1] += 1
    product = None
    for factor, times in powers.values():
        power = factor if times == 1 else Binary("**", factor, number(times))
        product = power if product is None else Binary("*", product, power)
    return product


def matmul(left: Tree, right: Tree) -> Tree:
    """Return the matrix product of two trees."""
    return Binary("@", left, right)


def is_square(tree: Tree) -> Tree | None:
    """Return what is squared entry by entry in a tree, None where it is no square."""
    if isinstance(tree, Binary) and tree.op == "**" and value_of(tree.right) == 2:
        return tree.left
    return None


def total(tree: Tree) -> Tree:
    """Return the sum of all entries of a tree."""
    inner = is_square(tree)
    if inner is not None:
        return Binary("**", call("norm", inner), number(2))
    return call("sum", tree)


def occurring(tree: Tree) -> set[str]:
    """Return the names in a tree."""
    return {node.id for node in postorder(tree) if isinstance(node, Name)}


def vanishes(node: Tree, one: str, two: str) -> bool:
    """Return whether a tree is zero where two indices are equal, as x[i] - x[j] is."""
    if isinstance(node, Binary):
        if node.op == "-":
            return _same(node.left, node.right, one, two)
        if node.op in ("*", "@"):
            return vanishes(node.left, one, two) or vanishes(node.right, one, two)
        if node.op == "+":
            return vanishes(node.left, one, two) and vanishes(node.right, one, two)
        return node.op in ("/", "**") and vanishes(node.left, one, two)
    if isinstance(node, (Negate, Transpose)):
        return vanishes(node.operand, one, two)
    return isinstance(node, Call) and node.function in ("abs", "norm", "norm1", "sum", "sqrt") and vanishes(
        node.args[0], one, two
    )


def _same(left: Tree, right: Tree, one: str, two: str) -> bool:
    return key(substituted(left, {one: Name(two)})) == key(substituted(right, {one: Name(two)}))
