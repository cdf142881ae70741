"""The transpose of a function of the rule book: that of the transposes, or what its line ``value f(X).T`` says."""

from __future__ import annotations

from sympy import Expr

from ..language.syntax import Transpose as TransposeTree
from ..language.syntax import Tree, names
from ..rulebook.entries import Rule
from ..rulebook.facts import implying
from .constructors import transpose
from .expressions import ArrayFunction, Transpose, is_array
from .linear import negate
from .registry import TRANSPOSERS


def turned(rule: Rule, args: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
    """Return the arguments at which a function is the transpose of what it is at ``args``, None where unknown."""
    if rule.commutes_with_transpose and is_array(args[0]):
        return tuple(transpose(arg) for arg in args)
    if rule.transposed is None:
        return None
    given = {parameter.name: arg for parameter, arg in zip(rule.params, args)}
    return tuple(_argument(tree, given) for tree in rule.transposed.args)


def _argument(tree: Tree, given: dict[str, Expr]) -> Expr:
    (name,) = names(tree)
    return transpose(given[name]) if isinstance(tree, TransposeTree) else given[name]


def stands_before(one: tuple[Expr, ...], other: tuple[Expr, ...]) -> bool:
    """Return whether a function is written with one of two lists of arguments: fewer transposes."""
    return _transposes(one) < _transposes(other)


def _transposes(args: tuple[Expr, ...]) -> int:
    return sum(arg.transposes for arg in args if is_array(arg))


def _transpose_function(node: ArrayFunction) -> Expr:
    if "skew" in node.rule.gives:
        return negate(node)
    if node.rule.gives & implying("symmetric") or node.rule.elementwise and all(transpose(a) is a for a in node.args):
        return node
    args = turned(node.rule, node.args)
    if args is not None:
        if all(a is b for a, b in zip(args, node.args)):
            return node
        if stands_before(args, node.args):
            return node.rule.apply(*args)
    return Transpose.of((node,), (node.cols, node.rows), node.sign)


TRANSPOSERS[ArrayFunction] = _transpose_function
