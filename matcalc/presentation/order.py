"""In which order commuting parts are shown: by the names' places in the user's text, whatever the names are.

Keys of expressions are digests of the names in them, so that they would order (A@x + b).T@(C@x + d) by chance. What is
shown is ordered by its first name's place, then by its size, by the places of all its names, and last by a digest of
these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from hashlib import blake2b

from sympy import Add, Expr, Mul, Symbol

from ..algebra.constructors import repeated, transpose
from ..algebra.expressions import (
    SELECT,
    STRIDE,
    Array,
    ArraySymbol,
    Constant,
    Hadamard,
    InnerProduct,
    Sum,
    Transpose,
    coefficient,
    is_array,
    operands,
)
from ..language.syntax import Call, Tree, postorder

Rank = tuple[bool, int, str]
Tie = tuple[int, tuple[int, ...], str]

_LAST = 10**9
_MOST_SUMS = 20
PLACES_COMPARED = 12  # of a part's names: parts that agree in so many are rare, and long keys cost
# in this order where nothing else decides
_CONSTANTS = ("eye", "ones", "zeros", "e", "comm", SELECT, STRIDE, "dup", "elim")
_COMMUTING = (Sum, Hadamard, Add, Mul, InnerProduct)


def prefers_norm(tree: Tree) -> bool:
    """Return whether a user writes norms, and so wants norm(x)**2 rather than x.T@x."""
    return any(isinstance(node, Call) and node.function == "norm" for node in postorder(tree))


class Ranks:
    """The sort keys of a presenter, and the order of the terms of sums: ``order`` maps names to their places.

    ``last`` are names that stand last, ``sums`` and ``priced`` those of the presenter.
    """

    order: dict[str, int]
    last: Set[str]

    def __init__(
        self, order: dict[str, int] | None, last: Set[str], sums: dict | None = None, priced: bool = False
    ) -> None:
        self.order, self.last = order or {}, last
        self.sums, self._priced = sums or {}, priced
        self._turned_sums: dict[Array, Array] | None = None
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

    # -- the terms of sums ---------------------------------------------------------------------------------------

    def ordered(self, node: Array) -> Sequence[Array]:
        """Return the terms of a sum in the order in which they are shown."""
        if self._priced:
            return node.args
        given = self.sums.get(node) or self._given_turned(node) or self._longest_given_within(node)
        if given is None:
            return sorted(node.args, key=lambda p: (self.rank(coefficient(p)[1]), self.tie(p)))
        place = {array: index for index, array in enumerate(given[1])}
        return sorted(node.args, key=lambda p: (self._place(coefficient(p)[1], place), self.tie(p)))

    def _given_turned(self, node: Array) -> tuple[int, list[Array]] | None:
        """Return the order in which the user's text has the terms of a sum's transpose, as it is shown again."""
        if self._turned_sums is None:
            few = self.sums if len(self.sums) <= _MOST_SUMS else ()
            self._turned_sums = {transpose(total): total for total in few if is_array(total)}
        total = self._turned_sums.get(node)
        return total and (self.sums[total][0], [transpose(array) for array in self.sums[total][1]])

    def _longest_given_within(self, node: Array) -> tuple[int, list[Array]] | None:
        """Return the longest sum of the user's text that is a part of this one, so that its terms stay together."""
        if not 0 < len(self.sums) <= _MOST_SUMS:
            return None
        terms = set(node.args)
        inside = [total for total in self.sums if isinstance(total, Sum) and terms.issuperset(total.args)]
        return self.sums[max(inside, key=lambda total: len(total.args))] if inside else None

    @staticmethod
    def _place(array: Array, place: Mapping[Expr, int]) -> int:
        inner = repeated(array)
        return place.get(inner[0] if inner else array, place.get(array, len(place)))


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
