"""Rebuilding an expression from its parts: substitution, and walks that rewrite every node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sympy import Add, Basic, Expr, Function, Mul, Pow

from ..errors import NoRuleError
from .blocks import Block, block
from .constants import real, scalar_power, scalar_product
from .constructors import add, diagonal, hadamard, power, scale, transpose
from .expressions import (
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    operands,
    postorder,
)
from .indexed import IndexedSum, IndexedTotal, indexed_sum
from .kronecker import kronecker, vec
from .products import matmul, matrix_power
from .registry import handles, rebuild_with
from .traces import trace

_CONSTRUCTORS = {
    Transpose: transpose,
    Scale: scale,
    Sum: add,
    MatMul: matmul,
    InnerProduct: matmul,
    Hadamard: hadamard,
    Power: power,
    MatrixPower: matrix_power,
    Kronecker: kronecker,
    Diagonal: diagonal,
    Vec: vec,
    Trace: trace,
    Add: Add,
    Mul: scalar_product,
    Pow: scalar_power,
}
handles(
    "rebuild",
    _CONSTRUCTORS,
    "ArraySymbol Constant FrechetDerivative ArrayFunction ScalarFunction IndexedSum IndexedTotal Block",
)


def rebuild(node: Expr, args: tuple[Basic, ...]) -> Expr:
    """Return the operation of ``node`` on other arguments, in canonical form."""
    if isinstance(node, (ArraySymbol, Constant)):
        return node
    constructor = _CONSTRUCTORS.get(type(node))
    if constructor is not None:
        return constructor(*args)
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule.apply(*args)
    if isinstance(node, (IndexedSum, IndexedTotal)):
        return indexed_sum(args[0], node.loop)
    if isinstance(node, FrechetDerivative):
        return _frechet_derivative(*args)
    if isinstance(node, Block):
        count = len(node.widths)
        return block([args[start : start + count] for start in range(0, len(args), count)])
    if isinstance(node, Function):
        return real(node.func(*args)) if all(a.is_number for a in args) else node.func(*args)
    raise NoRuleError(f"{type(node).__name__} cannot be rebuilt")


def _frechet_derivative(function: Array, change: Array) -> Array:
    """Return L(X, E) for F(X), which may have become F(X.T).T: L(X.T, E) is L(X, E.T).T."""
    if isinstance(function, Transpose):
        return transpose(_frechet_derivative(function.args[0], transpose(change)))
    if not isinstance(function, (ArrayFunction, MatrixPower)):
        raise NoRuleError("the differential of a matrix function has no closed form in the language here")
    return FrechetDerivative.of((function, change), function.shape)


rebuild_with(lambda node, *args: rebuild(node, args))


def substitute(root: Expr, replacements: Mapping[Expr, Expr]) -> Expr:
    """Return ``root`` with every node in ``replacements`` replaced, rebuilt in canonical form."""
    return rewrite(root, lambda node: replacements.get(node, node), replacements)


def exchange(root: Expr, replacements: Mapping[Expr, Expr]) -> Expr:
    """Return ``root`` with symbols replaced all at once: by one another, as z and conj(z) are."""
    results: dict[Expr, Expr] = {}
    for node in postorder(root):
        parts = () if node in replacements else operands(node)
        changed = tuple(results.get(part, part) for part in parts)
        same = all(a is b or a == b for a, b in zip(changed, parts))
        results[node] = replacements.get(node, node if same else rebuild(node, changed))
    return results[root]


def rewrite(root: Expr, change: Callable, leaves: tuple | Mapping[Expr, Expr] = ()) -> Expr:
    """Return ``root`` rebuilt from the leaves up, ``change`` applied to every rebuilt node.

    ``change(node)`` returns an equal expression. Nodes in ``leaves`` are not taken apart. The result is a
    fixed point only of ``change`` applied once a node.
    """
    return rewrite_all([root], change, leaves)[0]


def rewrite_all(roots: Sequence[Expr], change: Callable, leaves: tuple | Mapping[Expr, Expr] = ()) -> list[Expr]:
    """Return several expressions rebuilt as :func:`rewrite` does, what they share once."""
    results: dict[Expr, Expr] = {}
    for node in postorder(*roots):
        parts = () if node in leaves else operands(node)
        if parts:
            changed = tuple(results.get(part, part) for part in parts)
            # SymPy may hold two objects for one sum, as its caches have it: equal ones count as one
            rebuilt = node if all(a is b or a == b for a, b in zip(changed, parts)) else rebuild(node, changed)
        else:
            rebuilt = node
        results[node] = change(rebuilt)
    return [results[root] for root in roots]
