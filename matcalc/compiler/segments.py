"""Parts of products that several products have, computed once: U.T @ (A @ U) beside (A @ U) @ G.

Each product alone may be cheapest in another order; together they are cheapest with the parts that they share. The
part is taken next that makes all products cheapest, by the geometric mean over samples of sizes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from .costs import CALL, ENTRY, sizes_of
from .operations import Graph, Operation, postorder, rewrite_sharing
from .products import Options, half_of, kind_of
from .signs import definite

if TYPE_CHECKING:
    from sympy import Expr

# what is less than a little cheaper is left as it is
_BETTER = 0.995
_MOST_PARTS, _MOST_CANDIDATES, _LONGEST = 8, 12, 12

Factors = tuple[Operation, ...]


def shared_segments(graph: Graph, roots: list[Operation], options: Options) -> list[Operation]:
    """Return the roots with the parts that products share as products of their own, within the products."""
    products = [node for node in postorder(*roots) if node.kind == "product" and len(node.operands) <= _LONGEST]
    if sum(len(node.operands) > 2 for node in products) == 0 or len(products) < 2:
        return roots
    plan = _Plan(graph, products, options)
    if not plan.parts and not plan.whole:
        return roots

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        if old.kind != "product" or len(old.operands) > _LONGEST:
            return node
        first = plan.first(old)
        if first is not old:
            return graph.transpose(resolve(first)) if first.operands != old.operands else resolve(first)
        factors = plan.factors(old)
        if factors == old.operands:
            return node
        known = definite(old)
        facts = old.facts | frozenset({"pd"} if known == 2 else {"psd"} if known else ())
        return graph.make("product", [resolve(f) for f in factors], None, old.shape, facts)

    return rewrite_sharing(graph, roots, rule)


class _Plan:
    """Which parts of products are computed by themselves; ``whole`` are the products that others contain."""

    def __init__(self, graph: Graph, products: list[Operation], options: Options) -> None:
        self.graph, self.options = graph, options
        views = [half_of(graph, node, options) for node in products]
        self.sizes = sizes_of(products, options.sizes)
        self._joins: dict = {}
        self._made: dict = {}
        for node in products:
            self._made.setdefault(self.key(node.operands), node)
        self.parts: set[Factors] = set()
        self._choose(dict.fromkeys(map(self.key, views)))
        self.whole = bool(self._inside(views) & set(self._made))
        self._planned: dict = {}

    def key(self, factors: Factors) -> Factors:
        """Return the factors or those of the transpose, whichever comes first: both are one product."""
        turned = tuple(self.graph.transpose(f) for f in reversed(factors))
        return min(factors, turned, key=lambda part: [f.place for f in part])

    def _inside(self, views: list[Factors]) -> set[Factors]:
        return {self.key(part) for view in views for part, _ in segments(view) if len(part) < len(view)}

    def _choose(self, distinct: Iterable[Factors]) -> None:
        """Find the parts that make the products cheapest together."""
        views = list(distinct)
        found = Counter(self.key(part) for view in views for part, _ in segments(view))
        candidates = [part for part, count in found.items() if count > 1 and part not in self._made]
        candidates.sort(key=lambda part: -(found[part] - 1) * self._mean(self.cost(part, frozenset())))
        del candidates[_MOST_CANDIDATES:]
        known = frozenset(self._made)
        costs = [self.cost(view, known) for view in views]
        while candidates and len(self.parts) < _MOST_PARTS:
            least, best, chosen = self._mean(_summed(costs)), None, costs
            for part in candidates:
                other = known | {part}
                trial = [
                    self.cost(view, other) if any(self.key(p) == part for p, _ in segments(view)) else cost
                    for view, cost in zip(views, costs)
                ]
                trial.append(self.cost(part, known))
                total = self._mean(_summed(trial))
                if total < (_BETTER if best is None else 1.0) * least:
                    least, best, chosen = total, part, trial
            if best is None:
                return
            candidates.remove(best)
            self.parts.add(best)
            known, views, costs = known | {best}, [*views, best], chosen

    # -- costs --------------------------------------------------------------------------------------------------

    def _mean(self, costs: list[float]) -> float:
        return self.sizes.mean([cost + 1.0 for cost in costs])

    def cost(self, factors: Factors, known: frozenset[Factors]) -> list[float]:
        """Return what a product costs for every assignment of sizes, ``known`` parts of it being at hand."""
        best: dict = {(i, i): None for i in range(len(factors))}
        count = len(factors)
        for length in range(2, count + 1):
            for i in range(count - length + 1):
                part = factors[i : i + length]
                if length < count and self.key(part) in known:
                    best[i, i + length - 1] = None
                    continue
                ways = []
                for k in range(i, i + length - 1):
                    left, right = best[i, k], best[k + 1, i + length - 1]
                    join = self._join(part[: k - i + 1], part[k - i + 1 :])
                    ways.append(_summed([c for c in (left, right, join) if c is not None]))
                best[i, i + length - 1] = [min(values) for values in zip(*ways)]
        return best[0, count - 1] or [0.0] * len(self.sizes.assignments)

    def _join(self, left: Factors, right: Factors) -> list[float]:
        """Return what multiplying two parts of a product costs for every assignment of sizes."""
        kinds = self._kind(left), self._kind(right)
        ends = _height(left), right[0].shape[0], _width(right)
        key = (*kinds, *ends)
        found = self._joins.get(key)
        if found is None:
            found = self._joins[key] = [_price(*kinds, *v) for v in zip(*[self.sizes.of(size) for size in ends])]
        return found

    def _kind(self, factors: Factors) -> str:
        kinds = {kind_of(f, self.options) for f in factors}
        return kinds.pop() if len(factors) == 1 or kinds == {"diagonal"} else "dense"

    # -- the products -------------------------------------------------------------------------------------------

    def first(self, node: Operation) -> Operation:
        """Return the product that a product is computed as, which is it or its transpose."""
        return self._made[self.key(node.operands)]

    def factors(self, node: Operation) -> Factors:
        """Return the factors of a product, parts that are computed by themselves as one factor each."""
        found = self._planned.get(node)
        if found is None:
            view = half_of(self.graph, node, self.options)
            made = self._collapsed(view, self.key(node.operands))
            if view is not node.operands and made != view:
                middle = node.operands[len(view) : len(node.operands) - len(view)]
                made = (*[self.graph.transpose(f) for f in reversed(made)], *middle, *made)
            elif view is not node.operands:
                made = node.operands
            found = self._planned[node] = made
        return found

    def _collapsed(self, factors: Factors, own: Factors) -> Factors:
        """Return the factors with those parts joined that make what is left cheapest."""
        known = frozenset({*self.parts, *self._made} - {own})
        least = self._mean(self.cost(factors, frozenset()))
        while len(factors) > 1:
            ways = []
            for part, start in segments(factors):
                if self.key(part) in known:
                    whole = (*factors[:start], self._product(part), *factors[start + len(part) :])
                    ways.append((self._mean(self.cost(whole, frozenset())), -len(part), start, whole))
            if not ways:
                break
            cost, _, _, whole = min(ways, key=lambda way: way[:3])
            if cost >= _BETTER * least:
                break
            least, factors = cost, whole
        return factors

    def _product(self, part: Factors) -> Operation:
        """Return the operation of a part of a product, a transpose where it is computed turned."""
        key = self.key(part)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self.graph.product(*key)
        if made.is_matrix and made.operands != part:
            made = self.graph.transpose(made)
        return made


def segments(factors: Factors) -> Iterator[tuple[Factors, int]]:
    """Yield (part, its place) of the parts of at least two neighbouring factors, the whole one among them."""
    for length in range(2, len(factors) + 1):
        for start in range(len(factors) - length + 1):
            yield factors[start : start + length], start


def _height(factors: Factors) -> Expr:
    return factors[0].shape[0] if factors[0].is_matrix else factors[0].shape[0] ** 0


def _width(factors: Factors) -> Expr:
    return factors[-1].shape[1] if factors[-1].is_matrix else factors[-1].shape[0] ** 0


def _summed(columns: list[list[float]]) -> list[float]:
    return [sum(values) for values in zip(*columns)]


def _price(left: str, right: str, rows: float, inner: float, cols: float) -> float:
    """Return about what the product of neighbours of these kinds costs, as :mod:`.costs` counts."""
    if "diagonal" in (left, right):
        return CALL + ENTRY * rows * cols
    if "inverse" in (left, right):
        return CALL + 1.4 * rows * inner * cols + (ENTRY / 2 * inner * inner if 1 in (rows, cols) else 0.0)
    if 1 in (rows, cols):
        return CALL + ENTRY / 2 * rows * inner * cols
    return CALL + rows * inner * cols + ENTRY * rows * cols
