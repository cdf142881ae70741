"""The check of a proof: every step is evaluated by torch at random points, and its form is examined.

Nothing is shared with the prover but the steps as texts. A step that is false at a point, that rests on a step which
does not come before it, or whose rule is not in the table, is found.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from ..counts import positive_count, seed_number
from ..errors import MatcalcError
from ..evaluation.evaluate import node_values, own_torch_state
from ..evaluation.points import Point
from ..language.syntax import parse_tree
from .kinds import AFFINE, BOUND, CONVEX, DEFINITE, MATRIX_CONVEX, NONZERO, RANK, SIGN
from .verdict import ProofCheck

# relative to the largest value met on the way
_ROUNDING = 1e-9
_JENSEN = 1e-8
# a definite matrix has no eigenvalue below this part of its largest one, at the points drawn here
_SINGULAR = 1e-13
_TRIES, _MILDER = 40, 4


@own_torch_state()
def check_proof(proof, ground, rules, points=3, seed=0):
    """Check every step of a Proof; return a :class:`ProofCheck`.

    ``ground``: the :class:`~matcalc.proofs.ground.Ground` it speaks of; ``rules`` maps a kind of claim to the
    names of its rules. Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    count = len(proof.steps)
    for index, step in enumerate(proof.steps, 1):
        fault = _fault_of_form(step, index, rules)
        if fault:
            return ProofCheck(False, 0, count, fault, index)
    sampler = ground.sampler(seed)
    trees = [parse_tree(step.expression) for step in proof.steps]
    judged = [0] * count
    for number in range(points):
        point = sampler.draw(_TRIES)
        if point is None:
            return ProofCheck(None, number, count, sampler.reason)
        other = None if not ground.variables else ground.twin(point, number + seed + 1)
        for index, (step, tree) in enumerate(zip(proof.steps, trees)):
            try:
                verdict = _judge(step, tree, ground, point, other)
                if verdict is False and step.strict:
                    verdict = _judge_again(step, tree, ground, point, sampler)
            except MatcalcError as error:
                return ProofCheck(False, number, count, f"step {index + 1} has no value: {error.message}", index + 1)
            if verdict is False:
                return ProofCheck(False, number + 1, count, f"step {index + 1} is false: {step.statement}", index + 1)
            judged[index] += verdict is True
    if not all(judged):
        place = judged.index(0) + 1
        return ProofCheck(None, points, count, f"step {place} has no finite value at the points drawn", place)
    return ProofCheck(True, points, count)


def _fault_of_form(step, index, rules):
    if step.number != index or any(not 0 < premise < index for premise in step.premises):
        return f"step {index} rests on a step that does not come before it"
    if step.rule not in rules.get(step.kind, ()):
        return f"step {index} names a rule that there is not: {step.rule}"
    return ""


def midpoint(one, other):
    """Return the point half way between two."""
    arrays = {name: (array + other.arrays[name]) / 2 for name, array in one.arrays.items()}
    return Point(arrays, one.sizes)


def _judge(step, tree, ground, point, other):
    """Return whether a step holds at a point, None where it has no finite value there."""
    ground.refuse_too_large(tree, point)
    value, scale = _value(tree, ground, point)
    if value is None:
        return None
    if step.kind in (CONVEX, AFFINE, MATRIX_CONVEX):  # strict convexity is that of the Hessian, in the step before
        return _judge_jensen(step, tree, ground, point, other)
    return _JUDGES[step.kind](-value if step.negative else value, step.strict, scale)


def _judge_again(step, tree, ground, point, sampler):
    """Return False, or None where a strict step only seems to fail: its value is 0 to rounding.

    Functions that saturate, such as tanh, do not at small arguments; there the step has to hold.
    """
    if _judge(replace(step, strict=False), tree, ground, point, None) is not True:
        return False
    milder = [sampler.at(point.sizes, "small") for _ in range(_MILDER)]
    verdicts = [_judge(step, tree, ground, mild, None) for mild in milder if ground.contains(mild)]
    return None if True in verdicts else False


def _value(tree, ground, point):
    """Return the value of a tree and the largest value met on the way; None where one is not finite."""
    found = [v for v in node_values(tree, point.arrays, point.sizes, ground.book).values() if v is not None]
    if not all(bool(torch.isfinite(v).all()) for v in found):
        return None, 0.0
    return found[-1], max(float(v.abs().max()) for v in found)


def _judge_sign(value, strict, scale):
    return bool(value.min() > 0) if strict else bool(value.min() >= -_ROUNDING * scale)


def _judge_definite(value, strict, scale):
    if value.shape[0] != value.shape[1]:
        return False
    if bool((value - value.mT).abs().max() > _ROUNDING * scale):
        return False
    eigenvalues = torch.linalg.eigvalsh((value + value.mT) / 2)
    if strict:
        return bool(eigenvalues[0] > _SINGULAR * eigenvalues.abs().max())
    return bool(eigenvalues[0] >= -_ROUNDING * scale)


def _judge_rank(value, strict, scale):
    if value.shape[0] < value.shape[1]:
        return False
    singular = torch.linalg.svdvals(value)
    return bool(singular[-1] > _SINGULAR * singular[0])


def _judge_bound(value, strict, scale):
    largest = value.abs().max()
    return bool(largest < 1) if strict else bool(largest <= 1 + _ROUNDING)


_JUDGES = {
    SIGN: _judge_sign,
    NONZERO: lambda value, strict, scale: bool((value != 0).all()),
    BOUND: _judge_bound,
    DEFINITE: _judge_definite,
    RANK: _judge_rank,
}


def _judge_jensen(step, tree, ground, point, other):
    """Compare the value half way between two points with the mean of their values."""
    if other is None:
        return None
    found = [_value(tree, ground, place) for place in (point, other, midpoint(point, other))]
    if any(value is None for value, _ in found):
        return None
    (one, _), (two, _), (middle, _) = found
    gap = ((one + two) / 2 - middle) * (-1 if step.negative else 1)
    rounding = _JENSEN * max(scale for _, scale in found)
    if step.kind == MATRIX_CONVEX:
        return bool((gap - gap.mT).abs().max() <= rounding and torch.linalg.eigvalsh(gap)[0] >= -rounding)
    if step.kind == AFFINE:
        return bool(gap.abs().max() <= rounding)
    return bool(gap.min() >= -rounding)
