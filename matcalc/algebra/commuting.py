"""Square matrices that are known to commute: functions of one matrix (Higham 2008, Functions of Matrices, 1.13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from .constants import is_constant, is_zero
from .constructors import transpose
from .expressions import Array, ArrayFunction, MatMul, MatrixPower, Sum, Transpose, coefficient, is_array, operands

if TYPE_CHECKING:
    from sympy import Expr

MAX_CANDIDATES = 16


def all_commute(nodes: Iterable[Expr]) -> bool:
    """Return whether scalars and square matrices of one size are known to commute with one another."""
    arrays = [node for node in nodes if is_array(node)]
    same = all(array.is_square and array.shape == arrays[0].shape for array in arrays)
    return same and all(commutes(left, right) for left, right in combinations(arrays, 2))


def commutes(left: Array, right: Array) -> bool:
    """Return whether two square matrices are known to commute: both are functions of one matrix."""
    if not is_array(left) or not is_array(right):
        return True
    candidates = list(dict.fromkeys([*_generators(left), *_generators(right)]))
    return any(_generated(left, base) and _generated(right, base) for base in candidates[:MAX_CANDIDATES])


def _generators(node: Array, depth: int = 3) -> list[Array]:
    """Return matrices of which ``node`` may be a function."""
    array = coefficient(node)[1]
    found = [array]
    if depth and not isinstance(array, (ArrayFunction, MatrixPower)) or _is_matrix_function(array):
        for arg in operands(array):
            if is_array(arg) and arg.is_square and arg.shape == array.shape and depth:
                found.extend(_generators(arg, depth - 1))
    return found


def _is_matrix_function(node: Array) -> bool:
    return (
        isinstance(node, MatrixPower)
        or isinstance(node, ArrayFunction)
        and (node.rule.matrix_function or node.rule.name == "adj")
    )


def _generated(node: Array, base: Array, depth: int = 12) -> bool:
    """Return whether the matrix is known to be a function of the matrix ``base``."""
    array = coefficient(node)[1]
    if array is base or is_constant(array, "eye") or is_zero(array):
        return True
    if depth == 0:
        return False
    if _is_matrix_function(array):
        return _generated(array.args[0], base, depth - 1)
    if isinstance(array, Transpose) and isinstance(base, Transpose):
        return _generated(array.args[0], base.args[0], depth - 1)
    if isinstance(array, Transpose):
        inner = array.args[0]
        if _is_matrix_function(inner):
            return _generated(transpose(inner.args[0]), base, depth - 1)
        return False
    if isinstance(array, Sum):
        return all(_generated(term, base, depth - 1) for term in array.args)
    if isinstance(array, MatMul):
        return _chain_generated(array.args, base, depth - 1)
    return False


def _chain_generated(chain: Sequence[Array], base: Array, depth: int) -> bool:
    block = base.args if isinstance(base, MatMul) else None
    index = 0
    while index < len(chain):
        if block and chain[index : index + len(block)] == block:
            index += len(block)
        elif chain[index].is_square and _generated(chain[index], base, depth):
            index += 1
        else:
            return False
    return True
