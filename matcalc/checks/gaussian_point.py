"""The smallest point in whole complex numbers at which a formula is not the derivative."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import torch

from ..errors import MatcalcError
from ..evaluation.points import Point
from ..language.syntax import Tree
from ..rulebook.facts import hermitian, is_complex

_TRIES = 24
_ENTRIES = ((0, 0), (1, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (2, 0), (1, 1))
# facts that a matrix of whole numbers has without being made for it
_PLAIN = frozenset({"complex", "hermitian"})


def smallest_difference(check: Any, tree: Tree, layout: str) -> dict | None:
    """Return {name: value, "yours": …, "right": …} of the first such point, None where none is found."""
    problem, random = check.problem, Random(f"{check.seed} {check.claim.text}")
    if any(words - _PLAIN for words in problem.facts.values()):
        return None
    least = min(check.points, key=lambda point: sum(point.sizes.values()))
    shapes = {name: tuple(array.shape) for name, array in least.arrays.items()}
    found: list[dict[str, torch.Tensor]] = []
    for turn in range(_TRIES):
        facts = {name: problem.facts.get(name, frozenset()) for name in shapes}
        point = Point({name: _drawn(shape, facts[name], random, turn) for name, shape in shapes.items()}, least.sizes)
        try:
            if not problem.admits(point):
                continue
            yours, right = check.value(tree, point), check.truth(replace(check.query, layout=layout), point)
        except (MatcalcError, RuntimeError):
            continue
        if yours is not None and (yours.shape != right.shape or not torch.allclose(yours + 0j, right + 0j)):
            found.append({**{name: point.arrays[name] for name in shapes}, "yours": yours, "right": right})
    if not found:
        return None
    chosen = min(found, key=lambda arrays: float(sum(array.abs().sum() for array in arrays.values())))
    return {name: plain_value(array) for name, array in chosen.items()}


def _drawn(shape: tuple, words: frozenset[str], random: Random, turn: int) -> torch.Tensor:
    """Return an array of small whole numbers, complex ones where the name is complex."""
    choices = _ENTRIES if turn > _TRIES // 2 else _ENTRIES[:4]
    entries = [complex(*random.choice(choices)) for _ in range(shape[0] * shape[1])]
    array = torch.tensor(entries, dtype=torch.complex128).reshape(shape)
    if not is_complex(words):
        return array.real.contiguous()
    return array + array.mH if hermitian(words) else array


def plain_value(array: torch.Tensor) -> Any:
    """Return an array as numbers and lists, complex numbers as texts: 1+2j."""
    rows = [[_plain(entry) for entry in row] for row in array.tolist()]
    if array.shape == (1, 1):
        return rows[0][0]
    return [row[0] for row in rows] if array.shape[1] == 1 else rows


def _plain(entry: complex | float) -> Any:
    if isinstance(entry, complex) and entry.imag:
        return f"{entry:.6g}".strip("()").replace("+0j", "") if entry.real else f"{entry.imag:g}j"
    value = entry.real
    return int(value) if value == int(value) else round(value, 6)
