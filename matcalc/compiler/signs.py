"""What is known of the signs of entries and of the definiteness of matrices."""

from __future__ import annotations

from ..rulebook.facts import implying
from .operations import Operation, is_symmetric, scalars_and_arrays

POSITIVE = implying("positive") | {"simplex rows"}
NONNEGATIVE = POSITIVE | {"nonnegative", "binary"}


def nonnegative(operation: Operation) -> bool:
    """Return whether no entry is known to be able to be negative."""
    kind, operands = operation.kind, operation.operands
    if kind == "number":
        return bool(operation.data >= 0)
    if kind in ("size", "root", "eye", "unit", "inner") and (kind != "inner" or operands[0] is operands[1]):
        return True
    if kind in ("input", "call"):
        return bool(operation.facts & NONNEGATIVE)
    if kind == "multiply":
        return _paired(operands)
    if kind == "power":
        exponent = operands[1]
        return exponent.kind == "number" and exponent.data.is_even is True or nonnegative(operands[0])
    if kind == "add":
        return all(map(nonnegative, operands)) or _complement(operation)
    if kind in ("part", "entry"):
        return nonnegative(operands[0])
    if kind in ("divide", "expand", "transpose", "full", "sum", "stack"):
        return all(map(nonnegative, operands))
    return kind == "product" and len(operands) == 2 and operands[0] is operands[1] and not operation.shape


def _paired(factors: tuple[Operation, ...]) -> bool:
    """Whether every factor is nonnegative or occurs an even number of times."""
    return all(nonnegative(f) or factors.count(f) % 2 == 0 for f in factors)


def _complement(operation: Operation) -> bool:
    """Whether a sum is 1 - t or 1 - t**2 for a t between -1 and 1."""
    one = [o for o in operation.operands if o.kind == "number"]
    rest = [o.operands[0] for o in operation.operands if o.kind == "negative"]
    if len(operation.operands) != 2 or len(one) != 1 or len(rest) != 1 or one[0].data < 1:
        return False
    (term,) = rest
    if "unit-interval" in term.facts:
        return True
    positive_power = term.kind == "power" and term.operands[1].kind == "number" and term.operands[1].data.is_positive
    if positive_power or term.kind == "multiply" and len(set(term.operands)) == 1:
        term = term.operands[0]
    return term.kind == "call" and term.data.bounds is not None and term.data.bounds.within_one(False)


def definite(operation: Operation) -> int:
    """Return 2 for a matrix known to be positive definite, 1 for a semidefinite one, else 0."""
    if operation.facts & {"pd"}:
        return 2
    if operation.facts & {"psd"}:
        return 1
    kind, operands = operation.kind, operation.operands
    if kind == "inverse":
        return 2 if definite(operands[0]) else 0
    if kind == "add":
        known = [definite(o) for o in operands]
        return max(known) if min(known) > 0 else 0
    if kind == "add_diagonal":
        below = definite(operands[0]) and nonnegative(operands[1])
        strictly = definite(operands[0]) == 2 or below and bool(operands[1].facts & POSITIVE)
        return 2 if strictly and below else 1 if below else 0
    if kind == "multiply":
        scalars, rest = scalars_and_arrays(operation)
        if len(rest) == 1 and all(map(nonnegative, scalars)):
            strict = all(o.facts & POSITIVE or o.kind == "number" for o in scalars)
            return definite(rest[0]) if strict else min(1, definite(rest[0]))
        return 0
    if kind == "product" and len(operands) == 3 and operands[0].is_matrix:
        return min(1, definite(operands[1])) if _mirrored(operands[0], operands[2]) else 0
    if kind in ("product", "matmul") and len(operands) == 2:
        return 1 if _mirrored(*operands) else 0
    return 0


def _mirrored(left: Operation, right: Operation) -> bool:
    """Whether one matrix is the transpose of the other."""
    for one, other in ((left, right), (right, left)):
        if one.kind == "transpose" and one.operands[0] is other:
            return True
    return left is right and is_symmetric(left)
