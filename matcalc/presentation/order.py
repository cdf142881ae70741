"""In which order commuting parts are shown: by the names' places in the user's text, whatever the names are.

Keys of expressions are digests of the names in them, so that they would order (A@x + b).T@(C@x + d) by chance. What is
shown is ordered by its first name's place, then by its size, by the places of all its names, and last by a digest of
these.
"""

from __future__ import annotations

from collections.abc import Set
from hashlib import blake2b

from sympy import Add, Expr, Mul, Symbol

from ..algebra.constants import SELECT, STRIDE
from ..algebra.expressions import (
    ArraySymbol,
    Constant,
    Hadamard,
    InnerProduct,
    Sum,
    Transpose,
    operands,
)
from ..language.syntax import Call, Tree, postorder

Rank = tuple[bool, int, str]
Tie = tuple[int, tuple[int, ...], str]

_LAST = 10**9
PLACES_COMPARED = 12  # of a part's names: parts that agree in so many are rare, and long keys cost
# in this order where nothing else decides
_CONSTANTS = ("eye", "ones", "zeros", "e", "comm", SELECT, STRIDE, "dup", "elim")
_COMMUTING = (Sum, Hadamard, Add, Mul, InnerProduct)


def prefers_norm(tree: Tree) -> bool:
    """Return whether a user writes norms, and so wants norm(x)**2 rather than x.T@x."""
    return any(isinstance(node, Call) and node.function == "norm" for node in postorder(tree))


class Ranks:
    """The sort keys of a presenter: ``order`` maps names to their places, ``last`` are names that stand last."""

    order: dict[str, int]
    last: Set[str]

    def __init__(self, order: dict[str, int] | None, last: Set[str]) -> None:
        self.order, self.last = order or {}, last
        self.ranks: dict[Expr, Rank] = {}
        self.ties: dict[Expr, Tie] = {}

    def rank(self, node: Expr) -> Rank:
        """Return a sort key: by the first of the names in the user's text, constants last."""
        if node not in self.ranks:
            for item in _missing(node, self.ranks):
                self.ranks[item] = self._rank(item)
        return self.ranks[node]

    def tie(self, node: Expr) -> Tie:
        """Return a sort key for parts of one rank: by their size, then by the places of all their names."""
        if node not in self.ties:
            for item in _missing(node, self.ties):
                self.ties[item] = self._tie(item)
        return self.ties[node]

    def _rank(self, node: Expr) -> Rank:
        if isinstance(node, (ArraySymbol, Symbol)):
            return (node.name in self.last, self.order.get(node.name, len(self.order)), node.name)
        ranks = [self.ranks[c] for c in operands(node)]
        return (any(rank[0] for rank in ranks), *min((rank[1:] for rank in ranks), default=(_LAST, "")))

    def _tie(self, node: Expr) -> Tie:
        if isinstance(node, (ArraySymbol, Symbol)):
            place = self.order.get(node.name)
            return (1, (_LAST if place is None else place,), node.name if place is None else f"{place}")
        below = operands(node)
        if isinstance(node, Constant) and node.name == "e" and (index := str(node.dims[0])) in self.order:
            return (1, (self.order[index],), f"e {self.order[index]}")
        if isinstance(node, Constant):  # what its sizes are called decides nothing
            numbers = [f" {size}".zfill(9) for size in node.dims if size.is_number]
            return (1, (), "".join([f"{_CONSTANTS.index(node.name)}", *numbers]))
        if not below:
            return (1, (), f"{type(node).__name__}:{node}")
        ties = [self.ties[child] for child in below]
        if isinstance(node, Transpose):
            return (ties[0][0] + 1, ties[0][1], ties[0][2] + "'")
        if isinstance(node, _COMMUTING):
            ties.sort()
        places = tuple(place for tie in ties for place in tie[1])[:PLACES_COMPARED]
        words = [type(node).__name__, getattr(getattr(node, "rule", None), "id", ""), *[tie[2] for tie in ties]]
        digest = blake2b("\0".join(words).encode(), digest_size=12).hexdigest()
        return (1 + sum(tie[0] for tie in ties), places, digest)


def _missing(node: Expr, known: dict) -> list[Expr]:
    """Return the nodes below and including ``node`` that are not known yet, operands first."""
    found, seen, stack = [], set(), [(node, False)]
    while stack:
        item, done = stack.pop()
        if done:
            found.append(item)
        elif item not in known and item not in seen:
            seen.add(item)
            stack.append((item, True))
            stack.extend((child, False) for child in operands(item))
    return found
