"""The equations of the rule book's lines ``value``, applied wherever their left sides are built.

A left side is the function at a definite matrix or at a square, its square, its sum, its product with its argument, or
its transpose; which one is read off its tree (``docs/rule-files.md``).
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

from sympy import Expr, S

from ..budget import uncounted
from ..language.syntax import Binary, Call, Name, Tree, parse_tree
from ..language.syntax import Transpose as TransposeTree
from ..rulebook.entries import Rule
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


class _Line(NamedTuple):
    """A line ``value``: its right side, the predicates of its conditions, and whether the argument is transposed."""

    right: Tree
    predicates: tuple[str, ...]
    turned: bool


_Lines = dict[str, list[_Line]]
_known: WeakKeyDictionary[Rule, _Lines] = WeakKeyDictionary()


def _lines(rule: Rule, kind: str) -> list[_Line]:
    """Return the lines of an entry whose left sides are of a kind."""
    found = _known.get(rule)
    if found is None:
        with uncounted():
            found = _known[rule] = _sorted(rule)
    return found.get(kind, [])


def _sorted(rule: Rule) -> _Lines:
    found: _Lines = {}
    for identity in rule.known:
        left, predicates = parse_tree(identity.left), tuple(text.partition("(")[0] for text in identity.where)
        turned = isinstance(left, Binary) and isinstance(left.left, TransposeTree)
        found.setdefault(_kind(left, rule), []).append(_Line(parse_tree(identity.right), predicates, turned))
    return found


def _kind(left: Tree, rule: Rule) -> str:
    if isinstance(left, Binary):
        gram = isinstance(left.right, TransposeTree) and isinstance(left.left, Call)
        return "gram" if gram else "square" if isinstance(left.left, Call) else "product"
    if isinstance(left, TransposeTree):
        return "transpose"
    if isinstance(left, Call) and left.function == "sum" and rule.name != "sum":
        return "total"
    return "value" if isinstance(left, Call) and isinstance(left.args[0], Name) else "of square"


def _holds(line: _Line, node: Expr) -> bool:
    return is_array(node) and all(_TESTS[predicate](node) for predicate in line.predicates)


def _value(kind: str, rule: Rule, args: tuple[Expr, ...]) -> Expr | None:
    """Return the right side of the first line of a kind whose conditions hold, None where there is none."""
    for line in _lines(rule, kind):
        if _holds(line, args[0]):
            return build(line.right, bind(rule, args), rule.book)
    return None


def _known_value(rule: Rule, args: tuple[Expr, ...]) -> Expr | None:
    """Return the value of a function at a definite matrix or at a square, else None."""
    value = _value("value", rule, args)
    if value is None and isinstance(args[0], MatrixPower) and args[0].args[1] == 2:
        return _value("of square", rule, (args[0].args[0], *args[1:]))
    return value


def _known_power(base: ArrayFunction, exponent: Expr) -> Array | None:
    """Return an even power of a function whose square is known, else None."""
    square = _value("square", base.rule, base.args) if exponent.is_even else None
    return None if square is None else matrix_power(square, exponent / 2)


def _known_total(left: Array, right: Array) -> list[Expr] | None:
    """The sum of the entries of a column or a row."""
    node = None
    if is_constant(left, "ones") and left.is_row:
        node = right
    elif is_constant(right, "ones") and right.is_column:
        node = transpose(left)
    if not isinstance(node, ArrayFunction) or not node.is_column:
        return None
    total = _value("total", node.rule, node.args)
    return None if total is None else [total]


def _known_product(left: Array, right: Array) -> list[Expr] | None:
    """The product of a function with its argument, and the transpose of such a product."""
    if isinstance(right, ArrayFunction):
        return _multiplied(left, right)
    if isinstance(left, Transpose) and isinstance(left.args[0], ArrayFunction):
        found = _multiplied(transpose(right), left.args[0])
        return found and [transpose(found[0])]
    return None


def _multiplied(matrix: Array, node: ArrayFunction) -> list[Expr] | None:
    for line in _lines(node.rule, "product") if node.rule.known else ():
        wanted = transpose(node.args[0]) if line.turned else node.args[0]
        if matrix is wanted and _holds(line, node.args[0]):
            return [build(line.right, bind(node.rule, node.args), node.rule.book)]
    return None


def known_gram(left: Expr, right: Expr) -> Expr | None:
    """Return the value of the product of a function with its transpose, or of the inverses of both; None if unknown.

    It is for the short form of what has been differentiated, and not applied where such a product is built: the factor
    of a symmetric matrix has a derivative in every direction, by convention, which the matrix itself does not share.
    """
    inverse = isinstance(right, MatrixPower) and right.args[1] == S.NegativeOne
    one = right.args[0] if inverse else left
    if not isinstance(one, ArrayFunction) or not one.rule.known or transpose(left) is not right:
        return None
    value = _value("gram", one.rule, one.args)
    return matrix_power(value, S.NegativeOne) if inverse and value is not None else value


KNOWN_VALUES.append(_known_value)
KNOWN_POWERS.append(_known_power)
PAIR_RULES.extend([_known_total, _known_product])
