"""About how many multiplications operations take, all sizes counted alike."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from .operations import Operation, postorder
from .products import EQUAL

if TYPE_CHECKING:
    from sympy import Expr

_CUBIC = {"inverse": 2.0, "factor_of": 0.5, "factor_inverse": 1.0}


def work(roots: list[Operation]) -> float:
    """Return the number of multiplications that the operations under the roots take, each counted once."""
    return sum(_work(node) for node in postorder(*roots))


def _work(node: Operation) -> float:
    entries = prod(_value(size) for size in node.shape)
    if node.kind == "matmul":
        left, right = node.operands
        half = left.kind == "transpose" and left.operands[0] is right
        return entries * _value(left.shape[-1]) * (0.5 if half else 1.0)
    if node.kind in ("solve", "factor_solve", "half_solve", "factor_half_solve"):
        return entries * EQUAL * (1.5 if node.kind == "solve" else 1.0)
    if node.kind in _CUBIC:
        return _CUBIC[node.kind] * EQUAL**3
    if node.kind == "weighted_gram":
        return entries * EQUAL * 0.5
    if node.kind == "rank_update":
        return entries * (len(node.operands) // 2)
    if node.kind == "chain":
        return entries * EQUAL * (len(node.operands) - 1)
    return 0.0 if node.kind in ("input", "transpose", "expand", "reshape", "permute", "part", "entry") else entries


def _value(size: Expr) -> float:
    """Return the value of a size for which every symbol has the same one."""
    return float(size.xreplace({symbol: EQUAL for symbol in size.free_symbols}))
