"""Halves of square matrices as columns: vech and vecp, and the duplication and elimination matrices that make them.

``dup(n)`` makes vec(X) of vech(X) for a symmetric X, ``elim(n)`` makes vech(X) of vec(X), ``elim(n, -1)`` the entries
below the diagonal (Magnus & Neudecker 2019, 3.8). Of a column they make no matrix: it is rearranged.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, expand

from ..errors import ShapeError
from ..rulebook.entries import Rule
from ..rulebook.files import standard_rules
from .constants import eye, is_constant, size_product
from .constructors import scale, transpose
from .expressions import ONE, Array, ArrayFunction, Constant, Transpose, coefficient, is_array
from .kronecker import vec
from .registry import PAIR_RULES

_DUPLICATES, _ELIMINATES = "dup", "elim"


def half(n: Expr, strict: bool = False) -> Expr:
    """Return n*(n + 1)/2, or n*(n - 1)/2 without the diagonal: the size of vech, or of vecp, of an n×n matrix."""
    return expand(n * (n - 1 if strict else n + 1) / 2)


def duplication(n: Expr) -> Expr:
    """dup(n): dup(n) @ vech(X) == vec(X) for a symmetric X of n×n."""
    return ONE if n == 1 else Constant(_DUPLICATES, (n,), size_product(n, n), half(n))


def elimination(n: Expr) -> Expr:
    """elim(n): elim(n) @ vec(X) == vech(X) for X of n×n."""
    return ONE if n == 1 else Constant(_ELIMINATES, (n,), half(n), size_product(n, n))


def strict_elimination(n: Expr) -> Expr:
    """elim(n, -1): elim(n, -1) @ vec(X) == vecp(X) for X of n×n; raises ShapeError for n = 1."""
    if n == 1:
        raise ShapeError("a 1×1 matrix has no entries below its diagonal", hint="take a matrix of at least 2×2")
    return Constant(_ELIMINATES, (n, -ONE), half(n, True), size_product(n, n))


def vech(node: Expr) -> Expr | None:
    """vech(X) where it simplifies: of unvech(x, n), of a triangle of X; None where it does not."""
    return _half_of(node, ("unvech",), ("tril(X)",))


def vecp(node: Expr) -> Expr | None:
    """vecp(X) where it simplifies; None where it does not."""
    if not is_array(node):
        raise ShapeError("a 1×1 matrix has no entries below its diagonal", hint="take a matrix of at least 2×2")
    return _half_of(node, ("unvecp",), ("tril(X)", "tril(X, -1)"))


def _half_of(node: Expr, undone: tuple[str, ...], triangles: tuple[str, ...]) -> Expr | None:
    if not is_array(node):
        return node
    scalar, array = coefficient(node)
    name = "vech" if "unvech" in undone else "vecp"
    if isinstance(array, ArrayFunction):
        if array.rule.operation in undone:
            return scale(scalar, array.args[0])
        if array.rule.id in triangles:
            return scale(scalar, _apply(name, array.args[0]))
    return None


def unvech(node: Expr, n: Expr) -> Expr | None:
    """unvech(x, n) where it simplifies: of vech(X) of a symmetric X; None where it does not."""
    scalar, array = coefficient(node) if is_array(node) else (ONE, node)
    if not is_array(node):
        return node
    if isinstance(array, ArrayFunction) and array.rule.operation == "vech":
        inner = array.args[0]
        if transpose(inner) is inner:
            return scale(scalar, inner)
    return None


def _apply(name: str, *args: Expr) -> Expr:
    return _rule(name).apply(*args)


@lru_cache(maxsize=16)
def _rule(identity: str) -> Rule:
    return next(rule for rule in standard_rules() if identity in (rule.name, rule.id) and rule.callable)


def _join_halves(left: Array, right: Array) -> list[Expr] | None:
    """Return what dup(n), elim(n) and their transposes make of what follows them; None where nothing simplifies."""
    inner = left.args[0] if isinstance(left, Transpose) else left
    if is_constant(inner, _DUPLICATES) or is_constant(inner, _ELIMINATES):
        found = _of_constants(left, inner, right)
        return found if found is not None or not right.is_column else _of_column(left, right)
    if left.is_row:
        turned = _of_column(transpose(right), transpose(left)) if isinstance(right, (Constant, Transpose)) else None
        return None if turned is None else [transpose(turned[0])]
    if is_constant(left, "comm") and is_constant(right, _DUPLICATES):
        return [right]
    return None


def _of_constants(left: Array, inner: Constant, right: Array) -> list[Expr] | None:
    """elim(n) @ dup(n) and elim(n) @ elim(n).T are identities, dup(n).T @ comm(n, n) is dup(n).T."""
    if is_constant(left, _ELIMINATES):
        if len(left.dims) == 1 and is_constant(right, _DUPLICATES) or transpose(left) is right:
            return [eye(left.rows)]
    if isinstance(left, Transpose):
        if inner.name == _DUPLICATES and is_constant(right, "comm"):
            return [left]
        other = right.args[0] if isinstance(right, Transpose) else right
        if inner.name == _DUPLICATES and is_constant(other, _ELIMINATES) and other.dims == inner.dims:
            return [eye(left.rows)] if other is not right else None
    return None


def _of_column(left: Array, column: Array) -> list[Expr] | None:
    """Return the product of a matrix with a column; that of dup(n).T, which adds entries, stays."""
    inner = left.args[0] if isinstance(left, Transpose) else left
    if is_constant(inner, _DUPLICATES):
        return [vec(_apply("unvech", column, inner.dims[0]))] if inner is left else None
    if not is_constant(inner, _ELIMINATES):
        return None
    n, strict = inner.dims[0], len(inner.dims) == 2
    if inner is left:
        return [_apply("vecp" if strict else "vech", _rule("unvec").apply(column, n, n))]
    if strict:
        return [vec(_apply("unvecp", column, n))]
    return [vec(_rule("tril(X)").apply(_apply("unvech", column, n)))]


def install_halves() -> None:
    """Let matrix products join duplication and elimination matrices with what follows them."""
    PAIR_RULES.append(_join_halves)
