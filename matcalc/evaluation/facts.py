"""Small arrays of declared structure, and whether an array has it."""


from __future__ import annotations

import torch

from ..rulebook.facts import facts, implied, implying, is_pattern
from .patterns import fitted, has_pattern, patterned

_CLOSE = 1e-9
# facts about entries: of a diagonal matrix, about those on the diagonal
_OF_ENTRIES = frozenset({"positive", "negative", "unit-interval"})


def draw_small(shape, facts, grid, generator):
    """Return an array of small multiples of ``grid`` that has the declared facts."""
    square = shape[0] == shape[1] and shape[0] > 1
    array = _entries(shape, facts, grid, generator)
    if facts & implying("rank-one"):
        return array[:, :1] @ (array[:, :1].mT if implied(facts) & {"symmetric"} else array[:1, :])
    if not square:
        return _vector(array, facts)
    if patterned(facts) and not facts & {"orthogonal", "permutation", "projection", "diagonal"}:
        array = fitted(array, facts)
        definite = facts & implying("psd")
        return array + array.abs().sum(1).max() * torch.eye(shape[0], dtype=torch.float64) if definite else array
    if facts & implying("psd"):
        array = array @ array.mT + (torch.eye(shape[0], dtype=torch.float64) if "pd" in facts else 0)
        return torch.diag(array.diagonal()) if "diagonal" in facts else array
    if facts & {"orthogonal", "permutation"}:
        return _permutation(shape[0], facts, generator)
    if "projection" in facts:
        return torch.diag((array.diagonal() > 0).to(torch.float64))
    if "diagonal" in facts:
        return torch.diag(array.diagonal())
    if facts & implying("symmetric"):
        return array.triu() + array.triu(1).mT
    if "skew" in facts:
        return array.triu(1) - array.triu(1).mT
    return array


def _entries(shape, facts, grid, generator):
    size = torch.randint(1, 4, shape, generator=generator).to(torch.float64)
    if facts & {"positive", "simplex", "unit-interval"}:
        return size * min(grid, 0.25) if "unit-interval" in facts else size * grid
    if "negative" in facts:
        return -size * grid
    if "binary" in facts:
        return torch.randint(2, shape, generator=generator).to(torch.float64)
    if "integer" in facts:
        return size
    return size * (1 - 2 * torch.randint(2, shape, generator=generator)) * grid


def _vector(array, facts):
    if "simplex" in facts:
        return array / array.sum(0, keepdim=True)
    if array.shape == (1, 1):
        if "skew" in facts:
            return torch.zeros_like(array)
        if facts & {"orthogonal", "permutation", "projection", "positive-det"}:
            return torch.ones_like(array)
        return array.abs() if facts & implying("psd") else array
    return array


def _permutation(n, facts, generator):
    eye = torch.eye(n, dtype=torch.float64)
    turned = eye.flip(0) if facts & implying("symmetric") else eye.roll(1, 0)
    return eye if int(torch.randint(2, (), generator=generator)) else turned


def has(array, facts):
    """Return whether an array has the declared facts."""
    entries = array.diagonal() if facts & {"diagonal"} and array.shape[0] == array.shape[1] else array
    return all(_holds(entries if word in _OF_ENTRIES else array, word) for word in facts)


def _holds(array, word):
    if word in _TESTS:
        return _TESTS[word](array)
    return not is_pattern(word) or has_pattern(array, word, _CLOSE)


def _same(one, other):
    return bool((one - other).abs().max() <= _CLOSE)


def _square(test):
    return lambda a: a.shape[0] == a.shape[1] and test(a)


def _identity(array):
    return torch.eye(array.shape[0], dtype=torch.float64)


def _has_rank_one(array):
    first, *others = torch.linalg.svdvals(array)
    return bool(first > 0) and all(bool(value <= _CLOSE * first) for value in others)


_TESTS = {
    "symmetric": _square(lambda a: _same(a, a.mT)),
    "skew": _square(lambda a: _same(a, -a.mT)),
    "diagonal": _square(lambda a: _same(a, torch.diag(a.diagonal()))),
    "orthogonal": lambda a: a.shape[0] >= a.shape[1] and _same(a.mT @ a, _identity(a.mT)),
    "rank-one": _has_rank_one,
    "symmetric-rank-one": _square(lambda a: _same(a, a.mT) and _has_rank_one(a)),
    "permutation": _square(lambda a: _same(a @ a.mT, _identity(a)) and bool((a >= 0).all())),
    "projection": _square(lambda a: _same(a @ a, a)),
    "pd": _square(lambda a: _same(a, a.mT) and bool(torch.linalg.eigvalsh(a)[0] > _CLOSE)),
    "psd": _square(lambda a: _same(a, a.mT) and bool(torch.linalg.eigvalsh(a)[0] > -_CLOSE)),
    "invertible": _square(lambda a: bool(torch.linalg.matrix_rank(a) == a.shape[0])),
    "positive-det": _square(lambda a: bool(torch.linalg.det(a) > _CLOSE)),
    "positive": lambda a: bool((a > 0).all()),
    "negative": lambda a: bool((a < 0).all()),
    "unit-interval": lambda a: bool(((a > 0) & (a < 1)).all()),
    "simplex": lambda a: bool((a > 0).all()) and bool(((a.sum(0) - 1).abs() <= _CLOSE).all()),
    "binary": lambda a: bool(((a == 0) | (a == 1)).all()),
    "integer": lambda a: bool((a == a.round()).all()),
}
FACTS = frozenset(_TESTS) | {word for word in facts() if is_pattern(word)}
