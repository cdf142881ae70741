"""The equations of the rule book's lines ``value``, applied wherever their left sides are built.

A left side is the function at a definite matrix or at a square, its square, its sum, its product with its argument, or
its transpose; which one is read off its tree (``docs/rule-files.md``).
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

from sympy import Expr

from ..budget import uncounted
from ..language.syntax import Binary, Call, Name, Tree
from ..language.syntax import Transpose as TransposeTree
from ..rulebook.entries import Rule
from ..rulebook.properties import Identity
from .build import bind, build
from .constants import is_constant
from .constructors import transpose
from .expressions import Array, ArrayFunction, MatrixPower, Transpose, is_array
from .products import matrix_power, positive_definite, positive_semidefinite
from .registry import KNOWN_POWERS, KNOWN_VALUES, PAIR_RULES

_TESTS = {
    "psd": positive_semidefinite,
    "pd": positive_definite,
    # a name whose entries vary freely is not symmetric, whatever is declared: the functions of symmetric matrices have
    # a derivative in every direction, by convention, and equations need not hold beside them
    "symmetric": lambda node: transpose(node) is node,
}


class _Known(NamedTuple):
    """The lines of an entry by their left sides."""

    values: list[Identity]
    squares: list[Identity]
    square: Identity | None
    total: Identity | None
    product: Identity | None


_known: WeakKeyDictionary[Rule, _Known] = WeakKeyDictionary()


def _of(rule: Rule) -> _Known:
    found = _known.get(rule)
    if found is None:
        with uncounted():
            found = _known[rule] = _sorted(rule)
    return found


def _sorted(rule: Rule) -> _Known:
    found = {"values": [], "squares": [], "square": None, "total": None, "product": None}
    for identity in rule.known:
        kind = _kind(identity.left_tree, rule)
        if isinstance(found[kind], list):
            found[kind].append(identity)
        else:
            found[kind] = identity
    return _Known(**found)


def _kind(left: Tree, rule: Rule) -> str:
    if isinstance(left, Binary):
        return "square" if left.left == left.right or isinstance(left.left, Call) else "product"
    if isinstance(left, Call) and left.function == "sum" and rule.name != "sum":
        return "total"
    if isinstance(left, Call) and isinstance(left.args[0], Name):
        return "values"
    return "squares"


def _holds(identity: Identity, node: Expr) -> bool:
    return is_array(node) and all(_TESTS[predicate](node) for predicate, _ in identity.conditions)


def _value(identity: Identity, rule: Rule, args: tuple[Expr, ...]) -> Expr:
    return build(identity.right_tree, bind(rule, args), rule.book)


def _known_value(rule: Rule, args: tuple[Expr, ...]) -> Expr | None:
    """Return the value of a function at a definite matrix or at a square, else None."""
    first = args[0]
    for identity in _of(rule).values:
        if _holds(identity, first):
            return _value(identity, rule, args)
    if isinstance(first, MatrixPower) and first.args[1] == 2:
        for identity in _of(rule).squares:
            if _holds(identity, first.args[0]):
                return _value(identity, rule, (first.args[0], *args[1:]))
    return None


def _known_power(base: Array, exponent: Expr) -> Array | None:
    """Return an even power of a function whose square is known, else None."""
    identity = _of(base.rule).square if base.rule.known else None
    if identity is None or not exponent.is_even or not _holds(identity, base.args[0]):
        return None
    return matrix_power(_value(identity, base.rule, base.args), exponent / 2)


def _known_total(left: Array, right: Array) -> list[Expr] | None:
    """The sum of the entries of a column or a row."""
    for one, node in ((left, right), (transpose(right), transpose(left))):
        if is_constant(one, "ones") and one.is_row and isinstance(node, ArrayFunction) and node.is_column:
            identity = _of(node.rule).total if node.rule.known else None
            if identity is not None and _holds(identity, node.args[0]):
                return [_value(identity, node.rule, node.args)]
    return None


def _known_product(left: Array, right: Array) -> list[Array] | None:
    """The product of a function with its argument, and the transpose of such a product."""
    if isinstance(right, ArrayFunction) and right.rule.known:
        return _multiplied(left, right)
    if isinstance(left, Transpose) and isinstance(left.args[0], ArrayFunction) and left.args[0].rule.known:
        found = _multiplied(transpose(right), left.args[0])
        return found and [transpose(found[0])]
    return None


def _multiplied(matrix: Array, node: ArrayFunction) -> list[Array] | None:
    identity = _of(node.rule).product
    if identity is None or not _holds(identity, node.args[0]):
        return None
    wanted = node.args[0]
    if isinstance(identity.left_tree.left, TransposeTree):
        wanted = transpose(wanted)
    return [_value(identity, node.rule, node.args)] if matrix is wanted else None


KNOWN_VALUES.append(_known_value)
KNOWN_POWERS.append(_known_power)
PAIR_RULES.extend([_known_total, _known_product])
