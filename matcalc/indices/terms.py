"""Terms of index notation: products of entries of expressions and of deltas, summed over indices.

An axis of an array has one index, or where it is that of a vec or of a Kronecker product several, the last of them
running fastest. Where an index must be split, as the rows of kron(A, X), it is replaced by two everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy import Expr, Mul, expand

from ..algebra.constants import shape_of
from ..algebra.expressions import ONE, ArrayFunction
from ..errors import NoRuleError


class Index:
    """An index of a size; ``place`` is that of its axis in the answer, and within it, () where it is summed over."""

    __slots__ = ("place", "size")

    def __init__(self, size: Expr, place: tuple[int, ...] = ()) -> None:
        self.size, self.place = size, place


class Place(int):
    """A place of an axis that is fixed; ``size`` is the axis's, which counts where several letters make one axis."""

    size: Expr

    def __new__(cls, value: Expr, size: Expr) -> Place:
        found = super().__new__(cls, int(value))
        found.size = size
        return found


@dataclass(frozen=True)
class Moved:
    """The place ``start + step*index`` of an axis of a size: what a slice takes."""

    index: Index
    start: Expr
    step: Expr
    size: Expr

    def on(self, inner: Letter) -> Letter:
        """Return the same with another letter for the index."""
        return moved(inner, self.start, self.step, self.size)


Letter = Index | Place | Moved


def moved(letter: Letter, start: Expr, step: Expr, size: Expr) -> Letter:
    """Return the place start + step*letter of an axis of a size. Raises NoRuleError for a place that is no number."""
    if isinstance(letter, Place):
        place = start + step * int(letter)
        if not place.is_Integer:
            raise _unfit()
        return Place(place, size)
    if isinstance(letter, Moved):
        return moved(letter.index, expand(start + step * letter.start), step * letter.step, size)
    whole = start == 0 and step == 1 and letter.size == size
    return letter if whole else Moved(letter, start, step, size)


def base(letter: Letter) -> Letter:
    """Return the index of which a letter is made."""
    return letter.index if isinstance(letter, Moved) else letter
Group = tuple[Letter, ...]


@dataclass(frozen=True, eq=False)
class Factor:
    """An entry of an expression, with the indices of its rows and of its columns; () for an axis of size 1.

    A ``delta`` is one of an identity that is left: of an index and of what is made of one that is summed over.
    """

    node: Expr
    rows: Group = ()
    cols: Group = ()
    delta: bool = False


@dataclass(frozen=True, eq=False)
class Term:
    """A scalar times factors and deltas, summed over the indices of ``bound``."""

    coefficient: Expr = ONE
    factors: tuple[Factor, ...] = ()
    deltas: tuple[tuple[Group, Group], ...] = ()
    bound: tuple[Index, ...] = ()

    def times(self, other: Term) -> Term:
        """Return the product of two terms that share no bound index."""
        return Term(
            Mul(self.coefficient, other.coefficient),
            self.factors + other.factors,
            self.deltas + other.deltas,
            self.bound + other.bound,
        )


def products(parts: Iterable[list[Term]]) -> list[Term]:
    """Return the terms of a product of sums of terms."""
    found = [Term()]
    for terms in parts:
        found = [one.times(other) for one in found for other in terms]
    return found


def axes_of(node: Expr) -> tuple[Group, Group]:
    """Return new indices for the rows and the columns of an expression, none for an axis of size 1."""
    rows, cols = shape_of(node)
    return axis(rows), axis(cols)


def axis(size: Expr) -> Group:
    """Return a new index for an axis of a size."""
    return () if size == 1 else (Index(size),)


def length(group: Group) -> Expr:
    """Return the size of the axis that a group of indices goes through."""
    return Mul(*[letter.size for letter in group if isinstance(letter, Index)])


def linear_in(place: Expr, index: Expr) -> tuple[Expr, Expr] | None:
    """Return (step, start) of a place start + step*index with a step of 1 or -1, None for another place."""
    step = expand(place).coeff(index)
    start = expand(place - step * index)
    return (step, start) if step in (1, -1) and index not in start.free_symbols else None


def _halves(letter: Letter, front: Expr) -> tuple[Letter, Letter]:
    """Return a letter as two, the first of a size. Raises NoRuleError for a place that would be in an unknown row."""
    back = letter.size / front
    if isinstance(letter, Index):
        places = ((*letter.place, 0), (*letter.place, 1)) if letter.place else ((), ())
        return Index(front, places[0]), Index(back, places[1])
    if isinstance(letter, Moved) or not back.is_Integer:
        raise _unfit()
    return Place(letter // back, front), Place(letter % back, back)


class Splits:
    """The indices that have been replaced by several.

    ``slices`` says whether entries of slices are entries at moved indices; else they are sums with selections.
    """

    def __init__(self, slices: bool = True) -> None:
        self.parts: dict[Index, Group] = {}
        self.slices = slices

    def resolved(self, group: Group) -> Group:
        """Return a group with the parts of what has been split."""
        found: list[Letter] = []
        stack = list(reversed(group))
        while stack:
            letter = stack.pop()
            if isinstance(letter, Index) and letter in self.parts:
                stack.extend(reversed(self.parts[letter]))
            else:
                found.append(letter)
        return tuple(found)

    def fits(self, group: Group, sizes: Sequence[Expr]) -> bool:
        """Return whether a group is already one of parts of these sizes, or one summed index that can be split so."""
        wanted = [size for size in sizes if size != 1]
        found = self.resolved(group)
        if len(found) == 1 and isinstance(found[0], Index) and not found[0].place:
            return found[0].size == Mul(*wanted)
        return len(found) == len(wanted) and all(letter.size == size for letter, size in zip(found, wanted))

    def split(self, group: Group, sizes: Sequence[Expr]) -> list[Group]:
        """Return the group cut into groups of these sizes; an index that spans several is split.

        Raises NoRuleError where sizes do not divide each other.
        """
        members = list(self.resolved(group))
        found: list[Group] = []
        for size in sizes:
            taken, rest = [], size
            while rest != 1:
                letter = members.pop(0) if members else None
                if letter is None:
                    raise _unfit()
                if not _divides(letter.size, rest):
                    if not _divides(rest, letter.size):
                        raise _unfit()
                    front, back = _halves(letter, rest)
                    if isinstance(letter, Index):
                        self.parts[letter] = (front, back)
                    members.insert(0, back)
                    letter = front
                taken.append(letter)
                rest = rest / letter.size
            found.append(tuple(taken))
        if members:
            raise _unfit()
        return found

    def aligned(self, left: Group, right: Group) -> list[tuple[Letter, Letter]]:
        """Return the pairs of indices that are equal where two groups are, splitting what must be split."""
        one, other = self.resolved(left), self.resolved(right)
        if len(one) == len(other) and all(a.size == b.size for a, b in zip(one, other)):
            return list(zip(one, other))
        if len(one) < len(other):
            parts = self.split(one, [letter.size for letter in other])
            return self.aligned(tuple(letter for part in parts for letter in part), other)
        parts = self.split(other, [letter.size for letter in one])
        return self.aligned(one, tuple(letter for part in parts for letter in part))


def _divides(part: Expr, whole: Expr) -> bool:
    quotient = whole / part
    return bool(quotient.as_numer_denom()[1] == 1) and not (quotient.is_Number and quotient < 1)


def _unfit() -> NoRuleError:
    return NoRuleError(
        "this derivative has no index form: an axis would be split in two ways",
        hint="--form kron writes it as a matrix",
    )


def traced(node: ArrayFunction, rows: Group, cols: Group) -> tuple[Index, Group, Group]:
    """Return (the index of the sum, the rows, the columns) of the matrix of which a node is a partial trace."""
    index, first = Index(node.args[1]), node.rule.operation == "ptrace_first"
    return (index, (index, *rows), (index, *cols)) if first else (index, (*rows, index), (*cols, index))
