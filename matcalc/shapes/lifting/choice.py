"""Which entries of a formula are vectors: as few as fit, and those first whose letters are a vector's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations, islice, product

from ...errors import MatcalcError
from ...language.syntax import Binary, Name, Tree, postorder
from ..inference import Inference
from ..reading import inside, kind_of
from ..spelling import COLUMN, NUMBER, SCALAR, spelling_of

_UNLIKELY = {NUMBER: 2, SCALAR: 1}
_MOST_READINGS, _MOST_TURNS = 64, 16


class Choice:
    """Chooses the kinds of the names that stand for entries x[i].

    ``inference(kinds)`` returns an inference that has not run, ``bases`` maps the names to their arrays, ``vectors``
    are the kinds that a vector may be of; ``terms`` are those of the sums, which are numbers if that can be.
    """

    def __init__(
        self,
        inference: Callable[[dict[str, str]], Inference],
        bases: dict[str, str],
        terms: list[Tree],
        vectors: tuple[str, ...] = ("column", "row"),
    ) -> None:
        self.inference, self.bases, self.terms, self.vectors = inference, bases, terms, vectors

    def of(self, tree: Tree, names: list[str]) -> dict[str, str]:
        """Return {name: kind} of names in a tree that has a name for every entry."""
        if not names:
            return {}
        used = self._arrays()
        groups = _groups(tree, names)
        vectors = [group for group in groups if any(name in used for name in group)]
        others = sorted((group for group in groups if group not in vectors), key=self._likelihood)
        for strict in (2, 1, 0):
            for chosen in islice(_subsets(others), _MOST_READINGS):
                wide = [*vectors, *chosen]
                numbers = {name: "number" for group in others if group not in chosen for name in group}
                turns = islice(product(self.vectors, repeat=len(wide)), _MOST_TURNS)
                for kinds in sorted(turns, key=lambda kinds: len(set(kinds))):
                    turned = {name: kind for group, kind in zip(wide, kinds) for name in group}
                    if self._fits({**numbers, **turned}, strict):
                        return {**numbers, **turned}
        return {name: self.vectors[0] if name in used else "number" for name in names}

    def _arrays(self) -> set[str]:
        """Return the names that are multiplied with @, transposed, or handed to a function of arrays."""
        inference = self.inference({})
        for node in inference.order:
            try:
                inference.node_shapes[id(node)] = inference._shape(node)
            except MatcalcError:
                break
        return inference.arrays

    def _likelihood(self, group: list[str]) -> tuple:
        """Return how unlikely a vector is: after letters such as x come a to g, and those of numbers."""
        spelled = [spelling_of(self.bases[name]) if self.bases[name].isidentifier() else COLUMN for name in group]
        return (min(_UNLIKELY.get(word, 0) for word in spelled), group)

    def _fits(self, kinds: dict[str, str], strict: int) -> bool:
        """Return whether the shapes fit.

        ``strict``: from 1 on no number x[i] is added to an array, and at 2 all terms of sums are numbers.
        """
        inference = self.inference(kinds)
        try:
            inference.run()
        except MatcalcError:
            return False
        for name, base in self.bases.items():
            matrix = base in inference.names and kind_of(inference.names[base]) == "matrix"
            if matrix and kinds.get(name) == "number":
                return False
        if inference.implausible() or strict and any(map(_is_capital_row, inference.names.items())):
            return False
        if strict > 1 and any(kind_of(inference.node_shapes[id(term)]) != "number" for term in self.terms):
            return False
        return not strict or not any(self._mixes(node, inference, kinds) for node in inference.order)

    @staticmethod
    def _mixes(node: Tree, inference: Inference, kinds: dict[str, str]) -> bool:
        """Return whether a node adds an entry that is a number to an array, or writes it to the right of one."""
        if not isinstance(node, Binary) or node.op in ("*", "/", "@", "**"):
            return False
        if node.op not in ("+", "-"):
            array = kind_of(inference.node_shapes[id(node.left)]) != "number"
            return array and kinds.get(_bare(node.right)) == "number" and isinstance(inside(node.left), Name)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if kinds.get(_bare(one)) == "number":
                return kind_of(inference.node_shapes[id(other)]) != "number"
        return False


def _is_capital_row(named: tuple[str, tuple]) -> bool:
    """Return whether an upper-case name is a row, as W of X[i]@W is where X[i] is taken for a column."""
    name, shape = named
    return name.isidentifier() and name[0].isupper() and kind_of(shape) == "row"


def _groups(tree: Tree, names: list[str]) -> list[list[str]]:
    """Return names in groups of one kind: what is added or subtracted, as x[i] - mu[k], is of one."""
    groups = {name: [name] for name in names}
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in ("+", "-"):
            one, two = (_bare(side) for side in (node.left, node.right))
            if one in groups and two in groups and groups[one] is not groups[two]:
                merged = groups[one] + groups[two]
                groups |= dict.fromkeys(merged, merged)
    return [list(group) for group in dict.fromkeys(tuple(group) for group in groups.values())]


def _subsets(groups: list) -> Iterator[tuple]:
    """Return the subsets of some groups, the smallest first."""
    return chain.from_iterable(combinations(groups, size) for size in range(len(groups) + 1))


def _bare(tree: Tree) -> str:
    """Return the name that is negated or transposed in a tree, "" where it is more."""
    tree = inside(tree)
    return tree.id if isinstance(tree, Name) else ""
