"""About how long operations take, in multiplications of a matrix product, for sizes that are known or sampled.

A product of matrices does several multiplications in the time in which one entry is read from memory, so that entries
of elementwise work count more; every operation has a price of its own, which matters for small arrays. Sizes that are
not known take a few values each, thin and wide; what is compared is the geometric mean, in which those values count
more for which no argument is wider than it is high: data and factors are mostly written with their long side first.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product as combinations
from math import exp, log, prod
from random import Random
from typing import TYPE_CHECKING

from .operations import Operation, broadcast_shape, postorder

if TYPE_CHECKING:
    from sympy import Expr

_SAMPLES = (8.0, 60.0, 1000.0)
_MOST_ASSIGNMENTS = 27
# the price of an entry that is written, of one of a function such as exp, and of calling an operation
ENTRY, _FUNCTION, CALL = 8.0, 60.0, 5_000.0
# an argument that is less than so many times as high as wide makes sizes count less, by its share of that to a power
_HIGH, _LESS = 7.5, 0.7
_CUBIC = {"inverse": 2.5, "factor_inverse": 1.3}
_VIEWS = frozenset({"input", "transpose", "expand", "reshape", "permute", "number", "size", "entry", "part"})


class Sizes:
    """Assignments of values to the sizes of arrays: those that are known, and samples of the others.

    ``shapes`` are those of the arguments, ``weights`` how much each assignment counts.
    """

    def __init__(self, letters: set[Expr], known: dict[str, int], shapes: Iterable[tuple[Expr, ...]] = ()) -> None:
        ordered = sorted(letters, key=str)
        values = [(float(known[str(s)]),) if str(s) in known else _SAMPLES for s in ordered]
        found = list(combinations(*values)) if len(ordered) < 8 else []
        if not found or len(found) > _MOST_ASSIGNMENTS:
            random = Random(0)
            found = [tuple(random.choice(choice) for choice in values) for _ in range(_MOST_ASSIGNMENTS)]
        self.assignments = [dict(zip(ordered, chosen)) for chosen in found]
        self._known: dict = {}
        oblong = [shape for shape in shapes if len(shape) == 2 and shape[0] != shape[1] and 1 not in shape]
        sides = [(self.of(height), self.of(width)) for height, width in oblong]
        shares = [[height / width / _HIGH for height, width in zip(*side)] for side in sides]
        self.weights = [min(1.0, *least) ** _LESS for least in zip([1.0] * len(self.assignments), *shares)]

    def mean(self, costs: list[float]) -> float:
        """Return the geometric mean of positive numbers, one for every assignment.

        What is not positive is of sizes such as m - k that an assignment makes negative, and counts as 1.
        """
        total = sum(weight * log(max(cost, 1.0)) for weight, cost in zip(self.weights, costs))
        return exp(total / sum(self.weights))

    def of(self, size: Expr) -> list[float]:
        """Return the values of a size, one for every assignment."""
        found = self._known.get(size)
        if found is None:
            # the sizes within a loop may be no letters of what is outside
            usual = dict.fromkeys(size.free_symbols, _SAMPLES[1])
            found = [float(size.xreplace({**usual, **assignment})) for assignment in self.assignments]
            self._known[size] = found
        return found

    def entries(self, shape: tuple[Expr, ...]) -> list[float]:
        """Return the numbers of entries of an array."""
        columns = [self.of(size) for size in shape]
        return [prod(values) for values in zip(*columns)] if columns else [1.0] * len(self.assignments)


def sizes_of(roots: list[Operation], known: dict[str, int]) -> Sizes:
    """Return the sizes that occur in the operations below the roots."""
    order = postorder(*roots)
    letters = {symbol for node in order for size in node.shape for symbol in size.free_symbols}
    # what is factorised as thin is high, however its argument stands there
    thin = {node.operands[0].shape for node in order if node.kind == "low_rank_factor"}
    shapes = [node.shape for node in order if node.kind == "input"]
    return Sizes(letters, known, [shape[::-1] if shape[::-1] in thin else shape for shape in shapes])


def work(roots: list[Operation], sizes: Sizes) -> float:
    """Return what the operations under the roots cost, each counted once: the geometric mean over the assignments."""
    totals = [1.0] * len(sizes.assignments)
    for node in postorder(*roots):
        for place, cost in enumerate(_work(node, sizes)):
            totals[place] += cost
    return sizes.mean(totals)


def _work(node: Operation, sizes: Sizes) -> list[float]:
    if node.kind in _VIEWS or node.host:
        return [0.0] * len(sizes.assignments)
    entries = sizes.entries(node.shape)
    if not node.shape and all(not o.shape for o in node.operands):
        return [CALL / 10] * len(entries)
    own = _multiplications(node, entries, sizes)
    if own is not None:
        return [CALL + value for value in own]
    read = [sum(values) for values in zip(*[sizes.entries(o.shape) for o in node.operands])] or entries
    price = _FUNCTION if node.kind == "call" else ENTRY
    passes = max(1, len(node.operands) - 1) if node.is_elementwise else 1
    if passes > 1 and len(node.shape) > 2:
        return _step_by_step(node, sizes)
    return [CALL * passes + price * max(written, inner / 2) * passes for written, inner in zip(entries, read)]


def _step_by_step(node: Operation, sizes: Sizes) -> list[float]:
    """Return what an elementwise operation on arrays that repeat each other costs: the first steps may be smaller."""
    shapes = [node.operands[0].shape]
    for operand in node.operands[1:]:
        shapes.append(broadcast_shape([shapes[-1], operand.shape]))
    written = [sizes.entries(shape) for shape in shapes[1:]]
    return [sum(CALL + ENTRY * entries for entries in steps) for steps in zip(*written)]


def _multiplications(node: Operation, entries: list[float], sizes: Sizes) -> list[float] | None:
    """Return the multiplications of a product, a system or a factorisation, None for other operations."""
    if node.kind == "matmul":
        left, right = node.operands
        half = left.kind == "transpose" and left.operands[0] is right
        if not (left.is_matrix and right.is_matrix):
            # a matrix that meets a vector is read once: memory counts
            return [ENTRY / 2 * n for n in sizes.entries((left if left.is_matrix else right).shape)]
        # a product over a batch of small matrices takes longer than one product as large
        each = 0.55 if half else 1.0 if len(node.shape) < 3 else 3.0
        return [each * n * inner + ENTRY * n for n, inner in zip(entries, sizes.of(left.shape[-1]))]
    if node.kind in ("solve", "factor_solve", "symmetric_solve", "half_solve", "factor_half_solve"):
        order = sizes.of(node.operands[0].shape[0])
        each = 0.7 if "half" in node.kind else 1.4
        extra = [n**3 / 2 for n in order] if node.kind in ("solve", "half_solve") else [0.0] * len(order)
        return [more + each * n * size for more, n, size in zip(extra, entries, order)]
    if node.kind in _CUBIC:
        return [_CUBIC[node.kind] * n**3 for n in sizes.of(node.shape[0])]
    if node.kind == "factor_of":
        each = 0.3 if node.data else 0.6
        return [each * n**3 for n in sizes.of(node.operands[0].shape[0])]
    if node.kind == "weighted_gram":
        return [0.6 * n * inner for n, inner in zip(entries, sizes.of(node.operands[0].shape[0]))]
    if node.kind.startswith("low_rank"):
        return _with_thin(node, entries, sizes)
    if node.kind in ("eigen", "spectral_function", "spectral_change", "symmetric_factor", "symmetric_inverse"):
        prices = {"eigen": 9.0, "spectral_change": 4.0, "symmetric_factor": 0.3, "symmetric_inverse": 1.3}
        return [prices.get(node.kind, 1.0) * n**3 for n in sizes.of(node.operands[0].shape[0])]
    if node.kind == "rank_update":
        return [ENTRY * n for n in entries]
    if node.kind == "chain":
        return [_cheapest(values) for values in zip(*[sizes.of(size) for size in _dimensions(node)])]
    return None


def _with_thin(node: Operation, entries: list[float], sizes: Sizes) -> list[float] | None:
    """Return the multiplications of an operation with F @ F.T + diag(d), for F of n rows and k columns."""
    if node.kind == "low_rank_factor":
        return [n * k * min(n, k) for n, k in zip(*map(sizes.of, node.operands[0].shape))]
    rows, columns = map(sizes.of, node.operands[0].operands[0].shape)
    if node.kind in ("low_rank_columns", "low_rank_solve"):
        return [2 * size * min(k, n / 2) for size, n, k in zip(entries, rows, columns)]
    each = {"low_rank_met": (ENTRY, 0), "low_rank_between": (ENTRY, 2), "low_rank_between_trace": (ENTRY, 2)}
    if node.kind == "low_rank_inverse":
        return [n * n * (min(k, n) + ENTRY) for n, k in zip(rows, columns)]
    if node.kind not in each:
        return None
    entry, times = each[node.kind]
    whole = [n * n * (n + ENTRY) for n in rows]
    return [n * k * (entry + times * k) if 2 * k < n else most for n, k, most in zip(rows, columns, whole)]


def _dimensions(node: Operation) -> list[Expr]:
    return [node.operands[0].shape[0], *[factor.shape[1] for factor in node.operands]]


def _cheapest(dimensions: tuple[float, ...]) -> float:
    """Return the multiplications of a chain of matrices in its cheapest order (Cormen et al., 15.2)."""
    count = len(dimensions) - 1
    best = {(i, i): 0.0 for i in range(count)}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            best[i, j] = min(
                best[i, k] + best[k + 1, j] + dimensions[i] * dimensions[k + 1] * dimensions[j + 1] for k in range(i, j)
            )
    return best[0, count - 1]
