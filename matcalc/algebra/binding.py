"""The arguments of a rule bound to its signature: parameters and sizes, and the shape of the value."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sympy import Expr, Mul, Rational, cancel, expand

from ..errors import ShapeError
from ..language.syntax import Binary, Name, Negate, Number, Tree, postorder
from ..rulebook.entries import size_tree
from .constants import shape_of
from .constructors import common_shape
from .expressions import dimension, is_array

if TYPE_CHECKING:
    from ..rulebook.entries import Parameter, Rule

_MOST_POWER = 4
_OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


def bind(rule: Rule, args: tuple[Expr, ...]) -> dict[str, Expr]:
    """Return the environment of a rule's formulas: parameters and sizes.

    Raises ShapeError where the arguments do not have the shapes of the signature.
    """
    env = {name: dimension(name) for name in rule.free_sizes}
    for parameter, arg in zip(rule.params, args):
        env[parameter.name] = arg
        if parameter.is_whole:
            continue
        if parameter.kind == "scalar" and is_array(arg):
            raise ShapeError(f"{rule.name}: {parameter.name} is a scalar")
        if parameter.kind == "array" and not rule.elementwise:
            _bind_sizes(rule, parameter, shape_of(arg), env)
    _bind_factors(rule, args, env)
    if rule.elementwise:
        env["n"], env["m"] = common_shape(*args)
    if rule.equates:
        left, right = (size_value(size_tree(side), env) for side in rule.equates.split(" = "))
        if left != right:
            raise ShapeError(f"{rule.name} keeps the number of entries: {left} are not {right}")
    return env


def _bind_sizes(rule: Rule, parameter: Parameter, shape: tuple[Expr, Expr], env: dict[str, Expr]) -> None:
    for text, size in zip(parameter.sizes, shape):
        if "*" in text:
            continue
        known = dimension(text) if text.isdigit() else env.get(text)
        if known is None:
            env[text] = size
        elif known != size:
            raise ShapeError(f"{rule.name} takes {parameter.name} of {','.join(parameter.sizes)}, not {shape}")


def _bind_factors(rule: Rule, args: tuple[Expr, ...], env: dict[str, Expr]) -> None:
    """Add the sizes that a signature has as factors only, the r of r*k; raises ShapeError where k does not divide."""
    for parameter, arg in zip(rule.params, args):
        for text, size in zip(parameter.sizes, shape_of(arg)) if parameter.kind == "array" else ():
            if "*" not in text:
                continue
            names = text.split("*")
            known = Mul(*[env[name] for name in names if name in env])
            for name in names:
                if name not in env:
                    env[name], known = cancel(size / known), size
            if expand(known - size) != 0 or any(env[name].as_numer_denom()[1] != 1 for name in names):
                raise ShapeError(f"{rule.name} takes {parameter.name} of {','.join(parameter.sizes)}")


def result_shape(rule: Rule, env: Mapping[str, Expr]) -> tuple[Expr, Expr]:
    """Return the (rows, columns) of a rule's value in an environment of :func:`bind`."""
    rows, cols = (env[size] if size in env else size_value(size_tree(size), env) for size in rule.result)
    return rows, cols


def size_value(tree: Tree, known: Mapping[str, Expr] = MappingProxyType({})) -> Expr | None:
    """Return the size of a tree of numbers, names, sums, products, quotients and powers; None for other trees.

    ``known`` maps names to sizes; all others stand for themselves.
    """
    values: dict[int, Expr] = {}
    for node in postorder(tree):
        if isinstance(node, Number):
            values[id(node)] = Rational(node.value.numerator, node.value.denominator)
        elif isinstance(node, Name):
            values[id(node)] = known[node.id] if node.id in known else dimension(node.id)
        elif isinstance(node, Negate):
            values[id(node)] = -values[id(node.operand)]
        elif isinstance(node, Binary) and node.op in _OPERATIONS:
            left, right = values[id(node.left)], values[id(node.right)]
            if node.op == "**" and not (right.is_Integer and 0 < right <= _MOST_POWER) or node.op == "/" and right == 0:
                return None
            values[id(node)] = _OPERATIONS[node.op](left, right)
        else:
            return None
    found = values[id(tree)]
    return expand(found) if found.args else found
