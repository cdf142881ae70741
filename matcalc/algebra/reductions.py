"""What neighbours in a matrix product simplify to: inverses, diagonals, ones, Kronecker products."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, S

from ..rulebook.facts import implying
from .blocks import join_blocks
from .constants import commutation, eye, is_constant, ones
from .constructors import diagonal, hadamard, repeated, transpose
from .expressions import (
    ONE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    Hadamard,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    Scale,
    Sum,
    Transpose,
    Vec,
    is_array,
)
from .kronecker import kronecker, vec
from .products import matmul, matrix_power
from .registry import END_RULES, HADAMARD_RULES, PAIR_RULES
from .selectors import SELECTIONS
from .stepping import joined_strides
from .traces import trace

MAX_LOOK_BACK = 8
_ENTRYWISE = (Hadamard, Sum, Scale, Power)


def _join_orthogonal(left: Array, right: Array) -> list[Array] | None:
    inner, outer = (left, right) if isinstance(left, Transpose) else (right, left)
    if isinstance(inner, Transpose) and inner.args[0] is outer and _has_orthonormal_columns(outer):
        if outer.is_square or isinstance(left, Transpose):
            return [eye(left.rows)]
    return None


def _has_orthonormal_columns(node: Array) -> bool:
    if isinstance(node, ArraySymbol):
        return bool(node.facts & implying("orthogonal"))
    return isinstance(node, ArrayFunction) and "orthogonal" in node.rule.gives


def _join_diagonal(left: Array, right: Array) -> list[Expr] | None:
    if isinstance(left, Diagonal):
        if isinstance(right, Diagonal):
            return [diagonal(hadamard(left.args[0], right.args[0]))]
        if right.is_column:
            return [hadamard(left.args[0], right)]
    if isinstance(right, Diagonal) and left.is_row:
        return [transpose(hadamard(transpose(left), right.args[0]))]
    return None


def _join_sorting(left: Array, right: Array) -> list[Expr] | None:
    """sortperm(x).T @ f(sort(x)) is f(x) for a function f of each entry: what was sorted is put back."""
    if not isinstance(left, Transpose) or not right.is_column or not _is_sorting(left.args[0]):
        return None
    (array,) = left.args[0].args
    found = _put_back(right, array)
    return None if found is None else [found]


def _put_back(node: Expr, array: Array) -> Expr | None:
    """Return a function of each entry of sort(x) with x in its place, None for what is none."""
    if not is_array(node) or is_constant(node, "ones"):
        return node
    if isinstance(node, ArrayFunction) and node.rule.name == "sort":
        return array if node.args[0] is array else None
    if not isinstance(node, _ENTRYWISE) and not (isinstance(node, ArrayFunction) and node.rule.elementwise):
        return None
    parts = [_put_back(part, array) for part in node.args]
    return None if any(part is None for part in parts) else node.func(*parts)


def _is_sorting(node: Array) -> bool:
    return isinstance(node, ArrayFunction) and node.rule.name == "sortperm"


def columns_add_to_one(node: Array) -> bool:
    """Return whether every column of the array is known to add to 1."""
    if isinstance(node, ArraySymbol):
        return "simplex" in node.facts
    return isinstance(node, ArrayFunction) and ("simplex" in node.rule.gives or _is_permutation(node))


def _is_permutation(node: ArrayFunction) -> bool:
    """Return whether a function gives permutations: orthogonal matrices without negative entries."""
    return {"orthogonal", "nonnegative"} <= node.rule.gives


def _rows_add_to_one(node: Array) -> bool:
    if isinstance(node, Transpose):
        return columns_add_to_one(node.args[0])
    return isinstance(node, ArrayFunction) and ("simplex rows" in node.rule.gives or _is_permutation(node))


def _join_sums(left: Array, right: Array) -> list[Expr] | None:
    """ones(n).T @ X where the columns of X add to one, and the like for rows."""
    if is_constant(left, "ones") and left.is_row:
        if is_constant(right, "ones") and right.is_column:
            return [left.cols]
        if columns_add_to_one(right) or isinstance(right, Transpose) and _rows_add_to_one(right.args[0]):
            return [ones(ONE, right.cols)]
        if isinstance(right, Diagonal):
            return [transpose(right.args[0])]
        if isinstance(right, Kronecker):
            return [kronecker(*[matmul(ones(ONE, f.rows), f) for f in right.args])]
        if isinstance(right, ArrayFunction) and right.rule.operation == "diagonal_entries":
            return [trace(right.args[0])]
        return _weighted_sum(right, "column")
    if is_constant(right, "ones") and right.is_column:
        if _rows_add_to_one(left):
            return [ones(left.rows)]
        if isinstance(left, Kronecker):
            return [kronecker(*[matmul(f, ones(f.cols)) for f in left.args])]
        return _weighted_sum(left, "row")
    return None


def _weighted_sum(node: Array, side: str) -> list[Array] | None:
    """sum(w * A, axis=0) = w.T @ A for a column w, and sum(A * r, axis=1) = A @ r.T for a row r."""
    if not isinstance(node, Hadamard):
        return None
    for index, factor in enumerate(node.args):
        found = repeated(factor)
        if found is not None and found[1] == side:
            rest = hadamard(*node.args[:index], *node.args[index + 1 :])
            return [transpose(found[0]), rest] if side == "column" else [rest, transpose(found[0])]
    return None


def _join_kronecker(left: Array, right: Array) -> list[Expr] | None:
    if is_constant(left, "comm"):
        return _after_commutation(left, right)
    joined = _kronecker_with_column(left, right)
    if joined is not None:
        return joined
    if isinstance(left, Kronecker):
        if isinstance(right, Kronecker):
            return _kronecker_product(left, right)
        if isinstance(right, Vec):
            return _kronecker_vec(left, right.args[0])
        if is_constant(right, "comm") and len(left.args) == 2:
            first, second = left.args
            if right.dims == (first.cols, second.cols) and (first.rows == 1 or second.rows == 1):
                return [kronecker(second, first)]
    return None


def _kronecker_with_column(left: Array, right: Array) -> list[Expr] | None:
    """kron(a, B) @ M = kron(a, B @ M) and kron(A, b) @ M = kron(A @ M, b) for columns a and b; so for rows."""
    if (
        isinstance(left, Kronecker)
        and len(left.args) == 2
        and not isinstance(right, (Kronecker, Vec))
        and not right.is_column
    ):
        first, second = left.args
        if first.is_column and not is_constant(right, "comm"):
            return [kronecker(first, matmul(second, right))]
        if second.is_column and not is_constant(right, "comm"):
            return [kronecker(matmul(first, right), second)]
    if isinstance(right, Kronecker) and len(right.args) == 2 and not isinstance(left, Kronecker) and not left.is_row:
        first, second = right.args
        if first.is_row and not is_constant(left, "comm"):
            return [kronecker(first, matmul(left, second))]
        if second.is_row and not is_constant(left, "comm"):
            return [kronecker(matmul(left, first), second)]
    return None


def _after_commutation(left: Array, right: Array) -> list[Array] | None:
    n, m = left.dims
    if is_constant(right, "comm") and right.dims == (m, n):
        return [eye(left.rows)]
    if isinstance(right, Vec) and right.args[0].shape == (n, m):
        return [vec(transpose(right.args[0]))]
    if isinstance(right, Kronecker) and len(right.args) == 2:
        first, second = right.args
        if (second.rows, first.rows) == (n, m):
            return [kronecker(second, first), commutation(second.cols, first.cols)]
    return None


def _kronecker_vec(left: Array, matrix: Array) -> list[Expr] | None:
    """kron(B, A) @ vec(X) = vec(A @ X @ B.T) (Magnus & Neudecker 2019, theorem 2.2)."""
    if len(left.args) == 2 and left.args[1].cols == matrix.rows and left.args[0].cols == matrix.cols:
        return [vec(matmul(left.args[1], matrix, transpose(left.args[0])))]
    return None


def _partition(left: Sequence[Array], right: Sequence[Array]) -> list[tuple[int, int]] | None:
    """Return index pairs at which the columns of left's and the rows of right's factors fit together."""
    cuts, i, j = [(0, 0)], 0, 0
    wide, high = ONE, ONE
    while i < len(left) or j < len(right):
        if wide == high and i < len(left) and j < len(right) and (wide != 1 or cuts[-1] == (i, j)):
            if cuts[-1] != (i, j):
                cuts.append((i, j))
            wide, high = left[i].cols, right[j].rows
            i, j = i + 1, j + 1
        elif j < len(right) and (i == len(left) or len(right) - j >= len(left) - i and high != wide):
            high, j = high * right[j].rows, j + 1
        elif i < len(left):
            wide, i = wide * left[i].cols, i + 1
        if wide == high and (i, j) != cuts[-1]:
            cuts.append((i, j))
    return cuts if wide == high and cuts[-1] == (len(left), len(right)) and len(cuts) > 2 else None


def _kronecker_product(left: Array, right: Array) -> list[Expr] | None:
    """kron(A, B) @ kron(C, D) = kron(A@C, B@D) where the sizes fit (Magnus & Neudecker 2019, 2.2)."""
    cuts = _partition(left.args, right.args)
    if cuts is None:
        return None
    parts = []
    for (i, j), (k, l) in zip(cuts, cuts[1:]):
        parts.append(matmul(kronecker(*left.args[i:k]), kronecker(*right.args[j:l])))
    return [kronecker(*parts)]


def _inverted_factors(node: Array) -> Sequence[Array] | None:
    """Return the factors of P where the node is inv(P) or inv(P.T).T of a product P, else None."""
    if isinstance(node, Transpose):
        inner = _inverted_factors(node.args[0])
        return None if inner is None else tuple(transpose(f) for f in reversed(inner))
    if isinstance(node, MatrixPower) and node.args[1] == -1 and isinstance(node.args[0], MatMul):
        return node.args[0].args
    return None


def _cancelled_inverse(done: list[Array], factor: Array) -> list[Expr] | None:
    """Return what replaces the end of the chain with ``factor`` where an inverse cancels, else None.

    The replaced factors are removed from ``done``.
    """
    inner = _inverted_factors(factor)
    if inner is not None:
        if len(done) >= len(inner) and all(a is b for a, b in zip(done[-len(inner) :], inner)):
            del done[-len(inner) :]
            return [eye(factor.rows)]
        if done and done[-1] is inner[-1] and inner[-1].is_square:
            done.pop()
            return [matrix_power(matmul(*inner[:-1]), S.NegativeOne)]
    for back in range(1, min(len(done), MAX_LOOK_BACK) + 1):
        inner = _inverted_factors(done[-back])
        if inner is None:
            continue
        tail = (*done[len(done) - back + 1 :], factor)
        if len(tail) == len(inner) and all(a is b for a, b in zip(tail, inner)):
            size = done[-back].rows
            del done[-back:]
            return [eye(size)]
        if back == 1 and inner[0] is factor and factor.is_square:
            done.pop()
            return [matrix_power(matmul(*inner[1:]), S.NegativeOne)]
        break
    return None


def _side_of_ones(node: Array, column: bool) -> str | None:
    """Return 'first' or 'second' where the node is kron(ones, eye) or kron(eye, ones) with ones a column (row)."""
    if not isinstance(node, Kronecker) or len(node.args) != 2:
        return None
    for place, other, name in ((0, 1, "first"), (1, 0, "second")):
        line = node.args[place]
        if (
            is_constant(line, "ones")
            and (line.is_column if column else line.is_row)
            and is_constant(node.args[other], "eye")
        ):
            return name
    return None


def _is_selection(diagonal_matrix: Array) -> bool:
    return (
        isinstance(diagonal_matrix, Diagonal)
        and isinstance(diagonal_matrix.args[0], Vec)
        and is_constant(diagonal_matrix.args[0].args[0], "eye")
    )


def _selected(done: list[Array], factor: Array) -> list[Expr] | None:
    """Products with the Jacobian of diag(v), D = diag(vec(eye(n))) @ kron(ones(n), eye(n)), and with repetitions.

    D.T @ kron(A, B) @ D = A * B; kron(A, b) @ D = A @ diag(b.T) for a row b; and repetition, diag(vec(M)),
    summation is diag(M @ ones) or M itself (Magnus & Neudecker 2019, 3.6).
    """
    right = _side_of_ones(factor, True)
    if right is None or not done or not isinstance(done[-1], Diagonal) or not isinstance(done[-1].args[0], Vec):
        return None
    middle = done[-1].args[0].args[0]
    left = _side_of_ones(done[-2], False) if len(done) > 1 else None
    if left is not None and done[-2].cols == middle.rows * middle.cols:
        del done[-2:]
        if left == right:
            sums = (
                matmul(middle, ones(middle.cols)) if left == "first" else matmul(transpose(middle), ones(middle.rows))
            )
            return [diagonal(sums)]
        return [middle if left == "first" else transpose(middle)]
    if not _is_selection(done[-1]) or len(done) < 2 or not isinstance(done[-2], Kronecker) or len(done[-2].args) != 2:
        return None
    first, second = done[-2].args
    if first.cols != middle.rows or second.cols != middle.rows:
        return None
    if first.is_row or second.is_row:
        del done[-2:]
        return [second, diagonal(transpose(first))] if first.is_row else [first, diagonal(transpose(second))]
    if (
        len(done) > 3
        and _is_selection(done[-3])
        and _side_of_ones(done[-4], False)
        and first.rows == second.rows == middle.rows
    ):
        del done[-4:]
        return [hadamard(first, second)]
    return None


def _pseudoinverse(done: list[Array], factor: Array) -> list[Expr] | None:
    """X@pinv(X)@X = X and pinv(X)@X@pinv(X) = pinv(X) (Penrose 1955)."""
    if len(done) < 2 or done[-2] is not factor:
        return None
    for outer, inner in ((factor, done[-1]), (done[-1], factor)):
        if isinstance(inner, ArrayFunction) and inner.rule.name == "pinv" and inner.args[0] is outer:
            del done[-2:]
            return [factor]
    return None


def _column_times_row(parts: list[Array]) -> Array | None:
    """x*y.T is x@y.T for a column x and a row y."""
    sides = dict(found[::-1] for found in map(repeated, parts) if found is not None)
    return matmul(sides["column"], sides["row"]) if len(parts) == len(sides) == 2 else None


def install_reductions() -> None:
    """Make matrix products simplify by the rules of this module."""
    PAIR_RULES[:] = [_join_orthogonal, _join_sorting, _join_diagonal, *SELECTIONS, joined_strides]
    PAIR_RULES.extend([join_blocks, _join_sums, _join_kronecker])
    HADAMARD_RULES.append(_column_times_row)
    END_RULES[:] = [_cancelled_inverse, _selected, _pseudoinverse]
