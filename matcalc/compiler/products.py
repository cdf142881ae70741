"""Matrix products in the cheapest order, with diagonal factors as scalings and inverses as solved systems.

The order is found by dynamic programming over the factors (Cormen et al., Introduction to Algorithms, 15.2) for several
assignments of sizes: where it depends on them, the choice is left to run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import product as combinations
from typing import TYPE_CHECKING, NamedTuple

from ..algebra.expressions import ONE
from .halves import half_solved, has_half
from .operations import SYMMETRIC, Graph, Operation
from .signs import definite, nonnegative

if TYPE_CHECKING:
    from sympy import Expr

    from .targets import Target

EQUAL = 1_000.0
_SAMPLES = (4.0, 60.0, 1500.0)
_MOST_SIZES = 4
# an order that is never slower than this times the best one is taken at once
_CLOSE = 1.3
# longer products are multiplied from the side of their vector, which is the best order where there is one
_LONGEST, _LONGEST_SAMPLED = 24, 8


class Known(NamedTuple):
    """The factors from one place to another, whose product is computed elsewhere."""

    first: int
    last: int


class Chain:
    """A product of several factors: their kinds, and what multiplying two neighbours costs."""

    def __init__(self, node: Operation, originals: tuple[Operation, ...], options: Options) -> None:
        self.factors, self.originals, self.options = node.operands, originals, options
        self.kinds = [kind_of(f, options) for f in self.factors]
        self.dimensions = [
            self.factors[0].shape[0] if self.factors[0].is_matrix else ONE,
            *[f.shape[0] for f in self.factors[1:]],
            self.factors[-1].shape[1] if self.factors[-1].is_matrix else ONE,
        ]

    def _values(self, sizes: Mapping[Expr, float]) -> list[float]:
        return [float(size.xreplace(sizes)) for size in self.dimensions]

    def order(self, sizes):
        """Return (cost, order) for known sizes; the order is a nested pair of places."""
        d = self._values(sizes)
        best = {(i, i): (0.0, i, kind) for i, kind in enumerate(self.kinds)}
        count = len(self.factors)
        for length in range(1, count):
            for i in range(count - length):
                j = i + length
                options = []
                for k in range(i, j):
                    left, right = best[i, k], best[k + 1, j]
                    cost, kind = _joined(left[2], right[2], d[i], d[k + 1], d[j + 1])
                    options.append((left[0] + right[0] + cost, k, (left[1], right[1]), kind))
                cost, _, order, kind = min(options, key=lambda option: option[:2])
                if length < count - 1 and self.options.known(self.originals[i : j + 1]):
                    cost, order, kind = 0.0, Known(i, j), "dense"
                best[i, j] = (cost, order, kind)
        return best[0, count - 1][:2]

    def cost_of(self, order, sizes):
        """Return what an order costs for known sizes."""
        d = self._values(sizes)

        def walk(part):
            if isinstance(part, Known):
                return 0.0, part.first, part.last, "dense"
            if isinstance(part, int):
                return 0.0, part, part, self.kinds[part]
            (cost, i, k, kind), (other, _, j, kind2) = walk(part[0]), walk(part[1])
            joined, result = _joined(kind, kind2, d[i], d[k + 1], d[j + 1])
            return cost + other + joined, i, j, result

        return walk(order)[0]


def kind_of(factor: Operation, options: Options) -> str:
    """Return whether a factor is a "diagonal" matrix, an "inverse" that a system is solved with, or "dense"."""
    if factor.kind == "diagonal" and "structure" in options.chosen:
        return "diagonal"
    inner = factor.operands[0] if factor.kind == "transpose" else factor
    if inner.kind == "inverse" and inner not in options.explicit:
        return "inverse" if "factorisation" in options.chosen else "dense"
    return "dense"


def _joined(left: str, right: str, rows: float, inner: float, cols: float) -> tuple[float, str]:
    """Return (cost, kind) of the product of neighbours of these kinds."""
    if left == right == "diagonal":
        return inner, "diagonal"
    if "diagonal" in (left, right):
        extra = rows**3 if "inverse" in (left, right) else 0.0
        return rows * cols + extra, "dense"
    if left == right == "inverse":
        return 3 * inner**3, "dense"
    return rows * inner * cols, "dense"


def planned(chain, sizes):
    """Return (order, decided): the best order for equal sizes, and whether it is good for all sizes."""
    symbols = sorted(set().union(*[size.free_symbols for size in chain.dimensions]), key=str)
    base = {s: sizes.get(s.name, EQUAL) for s in symbols}
    _, order = chain.order(base)
    free = [s for s in symbols if s.name not in sizes]
    if len(free) < 2 or not 3 <= len(chain.factors) <= _LONGEST_SAMPLED or len(free) > _MOST_SIZES:
        return order, True
    for values in combinations(_SAMPLES, repeat=len(free)):
        assignment = {**base, **dict(zip(free, values))}
        best, _ = chain.order(assignment)
        if chain.cost_of(order, assignment) > _CLOSE * best:
            return order, False
    return order, True


# -- building ------------------------------------------------------------------------------------------------------


class Options:
    """What planning needs to know: the chosen passes, the target, known sizes, and what is computed anyway."""

    def __init__(self, graph: Graph, chosen: frozenset[str], target: Target, sizes: dict, explicit: set) -> None:
        self.graph, self.chosen, self.target, self.sizes, self.explicit = graph, chosen, target, sizes, explicit
        self._products, self.resolve, self.halves = {}, None, set()

    def known(self, factors):
        """Return the (product, whether turned) that is computed elsewhere, None where there is none."""
        return self._products.get(tuple(factors))

    def remember(self, product: Operation) -> None:
        """Let longer products use one that is computed anyway."""
        factors = product.operands
        self._products.setdefault(factors, (product, False))
        self._products.setdefault(tuple(self.graph.transpose(f) for f in reversed(factors)), (product, True))


def build_product(graph: Graph, node: Operation, originals: tuple[Operation, ...], options: Options) -> Operation:
    """Return the operations that compute a product in the chosen order.

    ``originals`` are the factors as they were before products within them were planned.
    """
    made = _planned_product(graph, node, originals, options)
    if made.is_matrix:
        made.facts |= (node.facts & SYMMETRIC) | ({"psd"} if is_square_form(graph, node.operands) else frozenset())
    return made


def _is_symmetric_product(node: Operation, options: Options) -> bool:
    """Whether a product is of a matrix that is declared symmetric and a vector, in a target with BLAS at hand."""
    if "symmetric" not in options.chosen or not options.target.symmetric_products or len(node.operands) != 2:
        return False
    matrix, vector = node.operands
    return matrix.kind == "input" and bool(matrix.facts & SYMMETRIC) and not vector.is_matrix


def _mirrored(graph: Graph, factors: tuple[Operation, ...]) -> bool:
    """Whether a product reads the same from both ends, its middle factor aside."""
    half = len(factors) // 2
    return all(graph.transpose(a) is b for a, b in zip(factors[:half], reversed(factors)))


def is_square_form(graph: Graph, factors: tuple[Operation, ...]) -> bool:
    """Return whether a product is Z.T @ M @ Z with a semidefinite M, or Z.T @ Z."""
    if not _mirrored(graph, factors):
        return False
    middle = factors[len(factors) // 2]
    if len(factors) % 2 == 0:
        return True
    return middle.kind == "diagonal" and nonnegative(middle.operands[0]) or bool(definite(middle))


def _planned_product(graph, node, originals, options):
    if _is_symmetric_product(node, options):
        return graph.make("symmetric_product", node.operands, shape=node.shape)
    if "symmetric" in options.chosen and options.target.symmetric_products and node.is_matrix:
        square = _symmetric(graph, node, options) or _between_squares(graph, node, originals, options)
        if square is not None:
            return square
    chain = Chain(node, originals, options)
    if "order" not in options.chosen:
        return _built(graph, chain, _from_left(len(chain.factors)))
    order, decided = planned(chain, options.sizes) if len(chain.factors) <= _LONGEST else (_folded(chain), True)
    plain = all(kind == "dense" for kind in chain.kinds) and options.target.chains
    if not decided and plain and all(f.is_matrix for f in chain.factors):
        return graph.make("chain", chain.factors, shape=node.shape)
    return _built(graph, chain, order)


def _from_left(count):
    return reduce(lambda order, place: (order, place), range(1, count), 0)


def _folded(chain):
    """Return the order from the right where the last factor is a vector, else from the left."""
    count = len(chain.factors)
    if chain.factors[-1].is_matrix:
        return _from_left(count)
    return reduce(lambda order, place: (place, order), range(count - 2, -1, -1), count - 1)


def _built(graph, chain, order):
    def leaf(part: int) -> tuple[str, Operation]:
        if isinstance(part, Known):
            product, turned = chain.options.known(chain.originals[part.first : part.last + 1])
            made = chain.options.resolve(product)
            return "dense", graph.transpose(made) if turned else made
        factor, kind = chain.factors[part], chain.kinds[part]
        if kind == "inverse" and factor.kind == "transpose":
            matrix = graph.transpose(factor.operands[0].operands[0])
            factor = graph.make("inverse", (matrix,), shape=matrix.shape)
        return kind, factor.operands[0] if kind == "diagonal" else factor

    stack, values = [(order, False)], []
    while stack:
        part, ready = stack.pop()
        if isinstance(part, (int, Known)):
            values.append(leaf(part))
        elif ready:
            right, left = values.pop(), values.pop()
            values.append(join(graph, left, right))
        else:
            stack += [(part, True), (part[1], False), (part[0], False)]
    kind, value = values.pop()
    if kind == "diagonal":
        return graph.diagonal(value)
    return value


def join(graph: Graph, left: tuple[str, Operation], right: tuple[str, Operation]) -> tuple[str, Operation]:
    """Return (kind, operation) of the product of two factors, each a pair (kind, operation)."""
    (kind, a), (other, b) = left, right
    if kind == other == "diagonal":
        return "diagonal", graph.multiply(a, b)
    if kind == "diagonal":
        return "dense", graph.multiply(graph.expand(a, 1) if b.is_matrix else a, b)
    if other == "diagonal":
        return "dense", graph.multiply(a, graph.expand(b, 0) if a.is_matrix else b)
    if kind == "inverse":
        return "dense", graph.make("solve", (a.operands[0], b), shape=b.shape)
    if other == "inverse":
        matrix = graph.transpose(b.operands[0])
        if not a.is_matrix:
            return "dense", graph.make("solve", (matrix, a), shape=a.shape)
        turned = graph.transpose(a)
        return "dense", graph.transpose(graph.make("solve", (matrix, turned), shape=turned.shape))
    ends = (a.shape[:-1], b.shape[1:])
    return "dense", graph.make("matmul", (a, b), shape=tuple(size for end in ends for size in end))


def half_of(graph: Graph, node: Operation, options: Options) -> tuple[Operation, ...]:
    """Return the right half of the factors of a product that is computed as a square, all factors of others."""
    factors = node.operands
    half = len(factors) // 2
    fitting = "symmetric" in options.chosen and options.target.symmetric_products and node.is_matrix
    if half < 2 and len(factors) % 2 == 0 or not fitting or not _mirrored(graph, factors):
        return factors
    if len(factors) % 2:
        middle = factors[half]
        solved = has_half(middle) and "factorisation" in options.chosen
        if not solved and (middle.kind != "diagonal" or "structure" not in options.chosen):
            return factors
        if solved and middle in options.explicit:
            return factors
    return factors[len(factors) - half :]


def _symmetric(graph: Graph, node: Operation, options: Options) -> Operation | None:
    """Z.T @ Z for a product that reads the same from both ends, as the square of its half; else None."""
    factors = node.operands
    half = len(factors) // 2
    if not _mirrored(graph, factors):
        return None
    right = list(factors[len(factors) - half :])
    if len(factors) % 2:
        middle = factors[half]
        if has_half(middle) and "factorisation" in options.chosen:
            return _half_solved(graph, node, middle, right, options)
        if middle.kind != "diagonal" or "structure" not in options.chosen:
            return None
        if not nonnegative(middle.operands[0]):
            return _weighted_gram(graph, node, middle.operands[0], right, options)
        root = square_root(graph, middle.operands[0])
        right.insert(0, graph.diagonal(root))
    elif half == 1:
        return None
    root = _half(graph, right, options)
    return graph.make("matmul", (graph.transpose(root), root), shape=node.shape)


def _between_squares(
    graph: Graph, node: Operation, originals: tuple[Operation, ...], options: Options
) -> Operation | None:
    """X.T @ diag(w) @ Z by the halves of X.T @ diag(w) @ X and Z.T @ diag(w) @ Z, where both are wanted."""
    if len(originals) != 3 or node.operands[1].kind != "diagonal" or not nonnegative(node.operands[1].operands[0]):
        return None
    left, middle, right = originals
    sides = (graph.transpose(left), right)
    if any(options.known((graph.transpose(side), middle, side)) is None for side in sides):
        return None
    root = graph.diagonal(square_root(graph, node.operands[1].operands[0]))
    one, other = (_half(graph, [root, side], options) for side in (graph.transpose(node.operands[0]), node.operands[2]))
    return graph.make("matmul", (graph.transpose(one), other), shape=node.shape)


def _half(graph: Graph, factors: list[Operation], options: Options) -> Operation:
    """Return the operation of the right half of a product that reads the same from both ends."""
    inner = graph.product(*factors)
    return build_product(graph, inner, inner.operands, options) if inner.kind == "product" else inner


def _weighted_gram(
    graph: Graph, node: Operation, weights: Operation, right: list[Operation], options: Options
) -> Operation:
    """A.T @ diag(w) @ A as one operation where the signs of w are not known."""
    inner = _half(graph, right, options)
    return graph.make("weighted_gram", (inner, weights), shape=node.shape, facts=frozenset({"symmetric"}))


def _half_solved(graph, node, middle, right, options):
    """A.T @ inv(M) @ A = Z.T @ Z, Z = inv(L) @ A for the Cholesky factor L of M; None beside an explicit inverse."""
    if middle in options.explicit:
        return None
    first = half_solved(graph, middle, right[0])
    if first in options.halves and len(right) > 1:
        half = _half(graph, [first, *right[1:]], options)
    else:
        half = half_solved(graph, middle, _half(graph, right, options))
    return graph.make("matmul", (graph.transpose(half), half), shape=node.shape)


def square_root(graph: Graph, weight: Operation) -> Operation:
    """Return a column whose square is the given one; its signs do not matter."""
    if weight.kind == "multiply":
        rest, parts = list(weight.operands), []
        while rest:
            factor = rest.pop()
            if factor in rest:
                rest.remove(factor)
                parts.append(factor)
            else:
                parts.append(square_root(graph, factor))
        roots = [p.operands[0] for p in parts if p.kind == "root"]
        others = [p for p in parts if p.kind != "root"]
        if len(roots) > 1:
            return graph.multiply(*others, graph.make("root", (graph.multiply(*roots),), shape=weight.shape))
        return graph.multiply(*parts)
    if weight.kind == "power" and weight.operands[1].kind == "number" and weight.operands[1].data == 2:
        return weight.operands[0]
    if weight.kind == "divide":
        above, below = weight.operands
        return graph.divide(square_root(graph, above), square_root(graph, below))
    if weight.kind == "number" and weight.data == 1:
        return weight
    return graph.make("root", (weight,), shape=weight.shape)
