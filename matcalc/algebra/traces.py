"""Traces, Frobenius products, sums of entries and diagonals."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Mul, S

from ..errors import ShapeError
from .constants import chosen, is_constant, ones, scalar_power, shape_of, zero_of
from .constructors import hadamard, power, repeated, scale, transpose
from .expressions import (
    ONE,
    Array,
    Diagonal,
    Hadamard,
    Kronecker,
    MatMul,
    Power,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    coefficient,
    is_array,
)
from .products import _orientation, matmul, positive_definite
from .registry import INNER_RULES


def trace(node: Array) -> Expr:
    """tr(A) of a square matrix in its canonical rotation; a scalar is its own trace."""
    if not is_array(node):
        return node
    if not node.is_square:
        raise ShapeError(f"the trace of a matrix of shape {node.shape}")
    scalar, array = coefficient(node)
    return Mul(scalar, _trace_of(array))


def _trace_of(array: Array) -> Expr:
    if is_constant(array, "zeros"):
        return S.Zero
    if is_constant(array, "eye") or is_constant(array, "ones"):
        return array.rows
    if isinstance(array, Diagonal):
        return matmul(ones(ONE, array.rows), array.args[0])
    if isinstance(array, Transpose):
        return trace(array.args[0])
    if isinstance(array, Kronecker) and all(a.is_square for a in array.args):
        return Mul(*[trace(a) for a in array.args])
    if isinstance(array, Sum):
        if any(is_constant(coefficient(part)[1], "eye") for part in array.args):
            return Add(*[trace(part) for part in array.args])
        turned = transpose(array)
        array = turned if turned.transposes < array.transposes else array
    if isinstance(array, MatMul):
        return _trace_of_chain(array.args)
    return Trace.of((array,), positive_definite(array))


def _trace_of_chain(chain: tuple[Array, ...]) -> Expr:
    for index, factor in enumerate(chain):
        if factor.is_column or factor.is_row and index:
            cut = index + 1 if factor.is_column else index
            if cut < len(chain):
                return matmul(*chain[cut:], *chain[:cut])
    first = matmul(chain[-1], *chain[:-1])
    scalar, array = coefficient(first)
    if not isinstance(array, MatMul) or len(array.args) < len(chain):
        return Mul(scalar, trace(array))
    return Trace.of((_best_rotation(chain),), _is_square_form(chain))


def _is_square_form(chain: tuple[Array, ...]) -> bool:
    half = len(chain) // 2
    return len(chain) % 2 == 0 and all(transpose(a) is b for a, b in zip(chain[:half], reversed(chain[half:])))


def _best_rotation(chain: tuple[Array, ...]) -> MatMul:
    """Return the product whose trace represents all rotations and the transpose of this one."""
    turned = tuple(transpose(f) for f in reversed(chain))
    if any(isinstance(f, (Scale, MatMul)) for f in turned):
        turned = chain
    forward, backward = _orientation(chain)[0], _orientation(turned)[0]
    candidates = [chain] if forward < backward else [turned] if backward < forward else [chain, turned]
    parts = [
        candidate[start:] + candidate[:start]
        for candidate in candidates
        for start, factor in enumerate(candidate)
        if _takes_rows(factor)
    ]
    best = min(parts or map(_least_rotation, candidates), key=lambda rotation: [f.key for f in rotation])
    return MatMul.of(best, (best[0].rows, best[-1].cols))


def _least_rotation(chain: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return the rotation that comes first by the keys of its factors, in time proportional to their number.

    Two beginnings are compared at a time; what one of them loses by rules out all that it passed (Shiloach 1981).
    """
    keys, count = [f.key for f in chain], len(chain)
    one, other, agree = 0, 1, 0
    while max(one, other, agree) < count:
        first, second = keys[(one + agree) % count], keys[(other + agree) % count]
        if first == second:
            agree += 1
            continue
        if second < first:
            one += agree + 1
        else:
            other += agree + 1
        if one == other:
            other += 1
        agree = 0
    start = min(one, other)
    return chain[start:] + chain[:start]


def _takes_rows(factor: Array) -> bool:
    """Return whether a factor selects rows of what is on its right, as a part of a matrix begins: tr(X[:k, :k])."""
    return isinstance(factor, Transpose) and chosen(factor.args[0]) is not None


def diagonal_entries(node: Array) -> Array | None:
    """diag(X): the diagonal of a square matrix as a column, where it simplifies; else None."""
    if not is_array(node):
        return node
    if node.is_column:
        raise ShapeError("the diagonal of a column")
    scalar, array = coefficient(node)
    column = _diagonal_of(array)
    return None if column is None else scale(scalar, column)


def _diagonal_of(array: Array) -> Array | None:
    if is_constant(array, "eye") or is_constant(array, "ones"):
        return ones(array.rows)
    if is_constant(array, "zeros"):
        return zero_of((array.rows, ONE))
    if isinstance(array, Diagonal):
        return array.args[0]
    if isinstance(array, MatMul):
        first, *rest = array.args
        if first.is_column or array.args[-1].is_row and len(rest) == 1:
            return hadamard(first, transpose(matmul(*rest)))
        middle = [index for index, factor in enumerate(array.args) if isinstance(factor, Diagonal)]
        if len(middle) == 1 and 0 < middle[0] < len(array.args) - 1:
            left, right = matmul(*array.args[: middle[0]]), matmul(*array.args[middle[0] + 1 :])
            return matmul(hadamard(left, transpose(right)), array.args[middle[0]].args[0])
        for index in range(1, len(array.args)):
            if array.args[index - 1].is_column:
                return hadamard(matmul(*array.args[:index]), transpose(matmul(*array.args[index:])))
    return None


def frobenius_product(left: Array, right: Array) -> Expr:
    """Return the sum of the entries of left * right, as a trace or an inner product where one is at hand."""
    if not is_array(left) and not is_array(right):
        return Mul(left, right)
    if left.is_column:
        return matmul(transpose(left), right)
    if left.is_row:
        return matmul(left, transpose(right))
    if any(isinstance(coefficient(a)[1], (Hadamard, Power)) or repeated(coefficient(a)[1]) for a in (left, right)):
        joined = hadamard(left, right)
        return matmul(ones(ONE, joined.rows), joined, ones(joined.cols))
    return trace(matmul(transpose(left), right))


def total(node: Array) -> Expr:
    """sum(X): the sum of all entries."""
    if not is_array(node):
        return node
    return matmul(ones(ONE, node.rows), node, ones(node.cols))


def sum_axis(node: Array, axis: int) -> Expr:
    """sum(X, axis=0), a row, or sum(X, axis=1), a column."""
    rows, cols = shape_of(node)
    return matmul(ones(ONE, rows), node) if axis == 0 else matmul(node, ones(cols))


def norm(node: Array) -> Expr:
    """The Euclidean or Frobenius norm: the square root of the sum of squares."""
    return scalar_power(sum_of_squares(node), S.Half)


def sum_of_squares(node: Array) -> Expr:
    """Return the sum of the squared entries of an array, x.T@x for a column."""
    if not is_array(node):
        return scalar_power(node, ONE * 2)
    factor, array = coefficient(node)
    square = scalar_power(factor, ONE * 2)
    if array.is_column:
        return Mul(square, matmul(transpose(array), array))
    if array.is_row:
        return Mul(square, matmul(array, transpose(array)))
    return Mul(square, total(power(array, ONE * 2)))


def _inner_of_vecs(chain: Sequence[Array]) -> Expr | None:
    """vec(A).T @ vec(B) is the Frobenius product of A and B; None for other chains."""
    if len(chain) == 2 and isinstance(chain[0], Transpose) and isinstance(chain[1], Vec):
        if isinstance(chain[0].args[0], Vec):
            return frobenius_product(chain[0].args[0].args[0], chain[1].args[0])
    return None


INNER_RULES.append(_inner_of_vecs)
