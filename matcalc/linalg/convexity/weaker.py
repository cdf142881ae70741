"""What is weaker or stronger than convexity: logarithmic convexity, and convex level sets (quasiconvexity)."""

from __future__ import annotations

from typing import Any

from sympy import Mul, Pow, log

from ...proofs.kinds import AFFINE, CONVEX, SIGN
from ...proofs.parts import opposite, signed
from ...proofs.prover import Claim, Given, Prover
from ...proofs.rules.functions import entry_of
from .claims import varies
from .rules import CONVEX_TABLE

_MOST_LAYERS = 6
_NOT_PROVED = frozenset({"unknown", "not convex", "not concave", "neither convex nor concave"})


def also(function: Any, verdict: str, given: Given) -> tuple:
    """Return words such as 'log-concave' for what holds of a scalar function besides its verdict."""
    prover, found = Prover(CONVEX_TABLE, given), []
    proved = verdict not in _NOT_PROVED
    if prover.prove(Claim(SIGN, True, function)):
        logarithm = log(function)
        if not (proved and "concave" in verdict) and prover.prove(Claim(CONVEX, False, logarithm)):
            found.append("log-convex")
        elif not proved and prover.prove(Claim(CONVEX, False, opposite(logarithm))):
            found.append("log-concave")
    if not proved:
        words = (("quasiconvex", 1), ("quasiconcave", -1))
        implied = {"quasi" + word.removeprefix("log-") for word in found}
        found += [word for word, sign in words if word not in implied and _level_sets(function, sign, prover)]
    return tuple(found)


def _level_sets(function: Any, sign: int, prover: Prover) -> bool:
    """Whether {function <= t}, for a negative sign {function >= t}, is convex for every t: by what is within it."""
    node = function
    for _ in range(_MOST_LAYERS):
        if prover.prove(Claim(CONVEX, False, node if sign > 0 else opposite(node))) or _ratio(node, sign, prover):
            return True
        layer = _monotone(node, prover)
        if layer is None:
            return False
        node, direction = layer
        sign *= direction
    return False


def _monotone(node: Any, prover: Prover) -> tuple | None:
    """Return (u, direction) where a scalar is a monotone function of one u, else None."""
    number, body = signed(node)
    if number != 1:
        return (body, 1 if number.is_positive else -1) if body is not node else None
    if isinstance(body, Mul) or body.is_Add:
        varying = [part for part in body.args if varies(part, prover.given)]
        rest = body.func(*[part for part in body.args if part not in varying])
        if len(varying) != 1 or len(body.args) == 1:
            return None
        if body.is_Add:
            return varying[0], 1
        for direction in (1, -1):
            if prover.prove(Claim(SIGN, False, direction * rest)):
                return varying[0], direction
        return None
    if isinstance(body, Pow) and body.exp.is_number and body.exp.is_real:
        positive = prover.prove(Claim(SIGN, bool(body.exp.is_negative), body.base)) or not body.exp.is_integer
        odd = body.exp.is_integer and body.exp.is_odd and body.exp.is_positive
        return (body.base, 1 if body.exp.is_positive else -1) if positive or odd else None
    return _of_function(body, prover)


def _of_function(node: Any, prover: Prover) -> tuple | None:
    """Return (u, direction) for a monotone function of the rule book of one argument."""
    entry = entry_of(node, prover.given)
    if entry is None or len(node.args) != 1 or len(entry.monotone) != 1 or not entry.elementwise:
        return None
    return None if entry.monotone_where else (node.args[0], entry.monotone[0][1])


def _ratio(node: Any, sign: int, prover: Prover) -> bool:
    """Whether a scalar is u/v, both affine, or u convex and v concave, for a negative sign the other way round."""
    if not isinstance(node, Mul):
        return False
    below = [f for f in node.args if isinstance(f, Pow) and f.exp == -1 and varies(f, prover.given)]
    if len(below) != 1 or not prover.prove(Claim(SIGN, True, below[0].base)):
        return False
    above, under = node / below[0], below[0].base
    if all(prover.prove(Claim(AFFINE, False, part)) for part in (above, under)):
        return True
    turned = (above, opposite(under)) if sign > 0 else (opposite(above), under)
    return prover.prove(Claim(SIGN, False, above)) and all(prover.prove(Claim(CONVEX, False, part)) for part in turned)
