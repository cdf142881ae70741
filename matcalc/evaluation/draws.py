"""Random arrays that have the facts declared of them: one sampler for every structure and their combinations.

Candidates are built from random entries by the declared structures, the strictest first, and then come the matrices
that have many of them at once, such as eye(n). What is returned was tested for every fact; where nothing passes there
is no such array of this shape, as far as these candidates tell.
"""

from __future__ import annotations

import torch

from ..errors import DomainError
from ..rulebook.facts import facts, implied, implying, is_pattern, pattern
from .facts import FACTS, has
from .patterns import fitted

_TRIES = 3


def draw(shape, facts, recipe, generator):
    """Return a random array of ``shape`` that has the declared ``facts``, its entries after ``recipe``.

    Raises DomainError where no such array was found.
    """
    words = facts & FACTS
    if shape[0] != shape[1]:
        words -= STRUCTURES.keys() - {"orthogonal"}  # a fact about square matrices says nothing of others
    if not words:
        return generic(shape, recipe, generator)
    for array in _candidates(tuple(shape), words, recipe, generator):
        if has(array, words):
            return array
    raise DomainError(
        f"no {shape[0]}×{shape[1]} matrix was found that is {' and '.join(sorted(words))}", hint="declare other facts"
    )


def _candidates(shape, words, recipe, generator):
    for _ in range(_TRIES):
        entries = _entries(shape, words, recipe, generator)
        if words & implying("rank-one"):
            yield _of_rank_one(entries, words)
        elif words & STRUCTURES.keys() and shape[0] == shape[1]:
            yield _finished(structured(entries, words, generator), words)
        elif "orthogonal" in words and shape[0] > shape[1]:
            yield torch.linalg.qr(entries)[0]
        else:
            yield _finished(entries, words)
    if shape[0] == shape[1]:
        yield from _special(shape[0], generator)


def _finished(array, words):
    """Return an array scaled so that its entries are below 1, or those of a column add up to 1, where that is asked."""
    if "simplex" in words:
        return array.abs() / array.abs().sum(0, keepdim=True)
    if "unit-interval" in words and bool(array.abs().max() >= 1):
        return 0.9 * array / array.abs().max()
    return array


# -- entries ---------------------------------------------------------------------------------------------------------


def _normal(shape, generator):
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _uniform(shape, generator, low, high):
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def generic(shape, recipe, generator):
    """Return an array without facts: "normal", "unit", "small", "large", "negative", "near identity" or "mixed"."""
    if recipe == "mixed":
        choice = int(torch.randint(6, (), generator=generator))
        recipe = ("normal", "unit", "small", "large", "negative", "near identity")[choice]
    if recipe == "unit":
        return _uniform(shape, generator, 0.1, 0.9)
    if recipe == "large":
        return _uniform(shape, generator, 2, 6)
    if recipe == "negative":
        return -_uniform(shape, generator, 0.1, 2)
    if recipe == "small":
        return 0.2 * _normal(shape, generator)
    if recipe == "near identity" and shape[0] == shape[1]:
        return torch.eye(shape[0], dtype=torch.float64) + 0.3 * _normal(shape, generator)
    return _normal(shape, generator)


def _integers(shape, generator):
    size = torch.randint(1, 5, shape, generator=generator)
    return (size * (1 - 2 * torch.randint(2, shape, generator=generator))).to(torch.float64)


def _entries(shape, words, recipe, generator):
    """Return entries that have the facts about entries; a structure is made of normal ones where there are none."""
    if "binary" in words:
        array = torch.randint(2, shape, generator=generator).to(torch.float64)
        return array.clamp(min=1) if words & {"positive", "simplex"} else array
    if "integer" in words:
        array = _integers(shape, generator)
    elif "simplex" in words:
        array = torch.softmax(_normal(shape, generator), 0)
    elif "unit-interval" in words:
        array = _uniform(shape, generator, 0.1, 0.9)
    elif words & {"positive", "negative"}:
        array = _uniform(shape, generator, 0.2, 2)
    elif words & STRUCTURES.keys() and shape[0] == shape[1]:
        return _normal(shape, generator)
    else:
        return generic(shape, recipe, generator)
    array = array.abs() if words & {"positive", "negative"} else array
    return -array if "negative" in words else array


def _of_rank_one(entries, words):
    """Return u@v.T, from random entries: within zeros one row, of equal entries a multiple of ones."""
    rows, cols = entries.shape
    column, row = entries[:, :1], entries[:1, :].abs() if words & {"negative"} else entries[:1, :]
    if "simplex" in words:
        return column.abs() / column.abs().sum() @ torch.ones(1, cols, dtype=torch.float64)
    if rows == cols and any(map(is_pattern, words - implying("rank-one") - {"symmetric"})):
        kept = torch.tensor(pattern(rows, implied(words))) >= 0
        if bool(kept.all()):
            return entries[0, 0] * torch.ones_like(entries)
        place = int(kept.sum(1).argmax())
        return torch.where(kept, entries, 0) * (torch.arange(rows) == place)[:, None]
    if rows == cols and implied(words) & {"symmetric", "projection"}:
        size = (column * column).sum() if "projection" in words else -1 if "negative" in words else 1
        return column @ column.mT / size
    return column @ row


# -- structures --------------------------------------------------------------------------------------------------------


def structured(entries, words, generator):
    """Return a square array of the strictest of the declared structures, made of entries n×n."""
    word = next(word for word in STRUCTURES if word in words)
    return STRUCTURES[word](entries, words, generator)


def _orthogonal(entries, words, generator):
    n = len(entries)
    factor = torch.linalg.qr(_normal((n, n), generator))[0]
    factor = factor * _normal((), generator).sign()
    if words & implying("symmetric"):
        return _eye(n) - 2 * factor[:, :1] @ factor[:, :1].mT
    return factor if "skew" not in words else factor @ _turns(n) @ factor.mT


def _turns(n):
    """Return the block diagonal matrix of quarter turns, which is skew and, for an even n, orthogonal."""
    found = torch.zeros(n, n, dtype=torch.float64)
    for i in range(0, n - 1, 2):
        found[i, i + 1], found[i + 1, i] = -1.0, 1.0
    return found


def _permutation(entries, words, generator):
    n = len(entries)
    order = torch.arange(n).flip(0) if words & implying("symmetric") else torch.arange(n).roll(1)
    return _eye(n)[order]


def _projection(entries, words, generator):
    n = len(entries)
    columns = _normal((n, (n + 1) // 2), generator)
    rows = columns if words & implying("symmetric") else _normal(columns.shape, generator)
    return columns @ torch.linalg.inv(rows.mT @ columns) @ rows.mT


def _diagonal(entries, words, generator):
    n = len(entries)
    values = entries.diagonal()
    if not words & _ENTRY_FACTS:
        signs = 1 - 2 * torch.randint(2, (n,), generator=generator)
        values = _uniform((n,), generator, 0.5, 2) * (1 if words & implying("psd") else signs)
    if words & implying("psd"):
        values = values.abs()
    if "toeplitz" in words:
        values = values[:1].expand(n)
    array = torch.diag(values)
    return _of_positive_determinant(array) if "positive-det" in words and not words & _ONE_SIGN else array


def _toeplitz(entries, words, generator):
    n = len(entries)
    values = torch.cat([entries[0].flip(0), entries[:, 0][1:]])
    if words & implying("symmetric"):
        values = torch.cat([values[:n], values[: n - 1].flip(0)])
    if words & implying("psd", "invertible"):
        values = values.clone()
        values[n - 1] = (1 if "negative" not in words else -1) * (values.abs().sum() + 1)
    if "skew" in words:
        values = torch.cat([values[: n - 1], torch.zeros(1, dtype=torch.float64), -values[: n - 1].flip(0)])
    return values[torch.arange(n)[:, None] - torch.arange(n) + n - 1]


def _patterned(entries, words, generator):
    """Return a matrix of a pattern of equal and zero entries; definite and invertible ones have a heavy diagonal."""
    n = len(entries)
    if "skew" in words:
        return torch.zeros_like(entries)
    if "hankel" in words and words & implying("psd", "invertible"):  # moments of n + 1 points, which are definite
        nodes = _normal((n + 1,), generator) if not words & _ENTRY_FACTS else torch.arange(1.0, n + 2).to(torch.float64)
        powers = nodes ** torch.arange(n)[:, None]
        return powers @ powers.mT * (-1 if "negative" in words else 1)
    array = fitted(entries if words & _ENTRY_FACTS else entries + 0.5 * _eye(n) * entries.sign(), words)
    if words & implying("psd", "invertible"):
        array = array + (1 + array.abs().sum().ceil()) * _eye(n) * (-1 if "negative" in words else 1)
    return array


def _definite(entries, words, generator):
    n = len(entries)
    return entries @ entries.mT / (1 if "integer" in words else n) + (
        (1.0 if "integer" in words else 0.5) * _eye(n) if "pd" in words else 0
    )


def _symmetric(entries, words, generator):
    if words & _ENTRY_FACTS:
        array = entries.triu() + entries.triu(1).mT
    else:
        array = (entries + entries.mT) / 2
    return _of_positive_determinant(array) if "positive-det" in words else array


def _skew(entries, words, generator):
    return entries.triu(1) - entries.triu(1).mT if words & _ENTRY_FACTS else (entries - entries.mT) / 2


def _invertible(entries, words, generator):
    n = len(entries)
    if words & {"integer", "binary"}:
        array = entries.triu(1) + _eye(n)
    elif words & _ENTRY_FACTS:
        array = entries + n * _eye(n) * (-2 if "negative" in words else 2)
    else:
        array = entries + 0.5 * _eye(n)
    return _of_positive_determinant(array) if "positive-det" in words else array


def _of_positive_determinant(array):
    """Return the array, or where its determinant is negative two of its rows and columns changed so that it is not."""
    if float(torch.linalg.det(array)) > 0:
        return array
    if len(array) > 1 and bool((array == array.abs()).all() or (array == -array.abs()).all()):
        return array[[1, 0, *range(2, len(array))]]
    flipped = array.clone()
    if bool((array == array.mT).all()):
        return array + (1 - torch.linalg.eigvalsh(array)[0]) * _eye(len(array))
    flipped[:, 0] *= -1
    return flipped


def _eye(n):
    return torch.eye(n, dtype=torch.float64)


def _special(n, generator):
    """Yield matrices that have many structures at once."""
    eye, sign = _eye(n), 1 - 2 * int(torch.randint(2, (), generator=generator))
    signs = 1.0 - 2 * torch.randint(2, (n,), generator=generator).to(torch.float64)
    bits = torch.randint(2, (n,), generator=generator).to(torch.float64)
    yield from (torch.diag(signs), torch.diag(bits), sign * eye, eye, -eye)
    if n > 2:
        yield eye[[1, 2, 0, *range(3, n)]]
    if n > 1:
        yield eye[[1, 0, *range(2, n)]]
        yield eye.flip(0)
        dominant = eye * n + 1
        yield from (dominant, -dominant, dominant / (2 * n), -dominant / (2 * n), _swapped(-dominant))
    ones = torch.ones(n, n, dtype=torch.float64)
    yield from (ones / n, ones, -ones, _turns(n), torch.zeros(n, n, dtype=torch.float64))


def _swapped(array):
    return array[[1, 0, *range(2, len(array))]]


_ONE_SIGN = frozenset({"positive", "negative"})
_ENTRY_FACTS = frozenset({"positive", "negative", "unit-interval", "simplex", "binary", "integer"})
# the strictest first
# patterns with a way of their own
_OWN_PATTERNS = frozenset({"symmetric", "diagonal", "toeplitz"})
STRUCTURES = {
    "permutation": _permutation,
    "orthogonal": _orthogonal,
    "projection": _projection,
    "diagonal": _diagonal,
    **{word: _patterned for word in facts() if is_pattern(word) and word not in _OWN_PATTERNS},
    "toeplitz": _toeplitz,
    "pd": _definite,
    "psd": _definite,
    "skew": _skew,
    "symmetric": _symmetric,
    "invertible": _invertible,
    "positive-det": _invertible,
}
