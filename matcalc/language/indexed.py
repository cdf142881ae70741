"""Index notation: sums of products of entries, as a tree and as text.

A tree stands for a number at every choice of its free indices. ``X[i,k]`` is an entry of what a surface tree of the
language stands for, ``delta[i,j]`` is 1 where i = j and else 0, and every sum is written out: sum(A[i,k]*x[k] for k in
n). The text is Python's syntax, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, cast

from .nodes import Call, Number, Tree
from .subscripts import MEMBER
from .unparse import ATOM, MINUS, POSTFIX, POWER, PRODUCT, SUM, number_text, precedence, unparse


class Place(int):
    """A place that is fixed, in an axis whose size is that of a surface tree."""

    size: Tree

    @classmethod
    def of(cls, value: int, size: Tree) -> Place:
        """Return the place of a value in an axis of a size."""
        found = cls(value)
        found.size = size
        return found


@dataclass(frozen=True)
class Moved:
    """The place ``start + step*letter`` of an axis; ``size`` is the axis's, None where it is that of the array."""

    letter: str
    start: Tree
    step: int = 1
    size: Tree | None = None

    def __str__(self) -> str:
        """Return k + 1, 2*k, n - 1 - k."""
        times = self.letter if abs(self.step) == 1 else f"{abs(self.step)}*{self.letter}"
        zero = isinstance(self.start, Number) and self.start.value == 0
        if self.step > 0:
            return times if zero else f"{times} + {unparse(self.start)}"
        return f"-{times}" if zero else f"{unparse(self.start)} - {times}"


# an index, what is made of one, or a place that is fixed: a Place where several letters make one axis
Letter: TypeAlias = str | int | Moved
Axis: TypeAlias = tuple[Letter, ...]  # several letters: one axis, the last letter running fastest


def axis_size(letter: Letter) -> Tree:
    """Return the size of the axis of a place or of what is made of a letter, where an array's axis has several."""
    return cast(Tree, cast(Moved, letter).size)


def name_of(letter: str | Moved) -> str:
    """Return the letter itself, or the one that it is made of."""
    return letter.letter if isinstance(letter, Moved) else letter


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry of what a surface tree stands for: a letter (or several) for each axis, none for a number.

    ``inside`` are the letters that stand in the tree itself, as indices there: tr(A[k]).
    """

    tree: Tree
    axes: tuple[Axis, ...] = ()
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Delta:
    """1 where two indices are equal, else 0."""

    left: Letter
    right: Letter


@dataclass(frozen=True, eq=False)
class Product:
    """A product of a number and of factors, over a product."""

    number: Fraction
    factors: tuple[IndexTree, ...] = ()
    below: tuple[IndexTree, ...] = ()


@dataclass(frozen=True, eq=False)
class Plus:
    """A sum of terms; without any it is 0."""

    terms: tuple[IndexTree, ...]


@dataclass(frozen=True, eq=False)
class Raised:
    """A power, entry by entry."""

    base: IndexTree
    exponent: IndexTree


@dataclass(frozen=True, eq=False)
class Apply:
    """An elementwise function of the language."""

    function: str
    args: tuple[IndexTree, ...]


@dataclass(frozen=True, eq=False)
class Total:
    """The sum of a body over indices."""

    body: IndexTree
    letters: tuple[str, ...]


IndexTree: TypeAlias = Entry | Delta | Product | Plus | Raised | Apply | Total


@dataclass(frozen=True)
class Indexed:
    """An array in index notation: its tree, for each of its axes the letters, and for each letter its size.

    ``sizes`` maps letters to surface trees.
    """

    tree: IndexTree
    axes: tuple[Axis, ...]
    sizes: dict[str, Tree]


def parts(node: IndexTree) -> tuple[IndexTree, ...]:
    """Return the nodes that a node is made of."""
    if isinstance(node, Product):
        return (*node.factors, *node.below)
    if isinstance(node, Plus):
        return node.terms
    if isinstance(node, Raised):
        return (node.base, node.exponent)
    if isinstance(node, Apply):
        return node.args
    return (node.body,) if isinstance(node, Total) else ()


def walk(root: IndexTree) -> list[IndexTree]:
    """Return all nodes below and including a root, operands first."""
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(parts(node))
    return order[::-1]


def changed(node: IndexTree, change: Callable[[Tree], Tree]) -> IndexTree:
    """Return an index tree with other arrays: those that ``change`` makes of the surface trees in it."""
    if isinstance(node, Entry):
        return Entry(change(node.tree), node.axes, node.inside)
    if isinstance(node, Delta):
        return node
    made = [changed(part, change) for part in parts(node)]
    if isinstance(node, Product):
        count = len(node.factors)
        return Product(node.number, tuple(made[:count]), tuple(made[count:]))
    if isinstance(node, Plus):
        return Plus(tuple(made))
    if isinstance(node, Raised):
        return Raised(made[0], made[1])
    return Apply(node.function, tuple(made)) if isinstance(node, Apply) else Total(made[0], node.letters)


# -- text ------------------------------------------------------------------------------------------------------------


def index_text(node: IndexTree, sizes: dict[str, Tree]) -> str:
    """Return the text of a tree."""
    return _text(node, sizes)[0]


def axis_text(axis: Axis, sizes: dict[str, Tree]) -> str:
    """Return what stands in brackets for one axis: k, or j*m + i where two letters make one axis."""
    while len(axis) > 1 and axis[0] == 0:
        axis = axis[1:]
    text = str(axis[0])
    for letter in axis[1:]:
        front = text if " " not in text else f"({text})"
        size = sizes[letter] if isinstance(letter, str) else axis_size(letter)
        text = f"{front}*{_grouped(size)} + {letter}"
    return text


def _grouped(size: Tree) -> str:
    return unparse(size) if precedence(size) > PRODUCT else f"({unparse(size)})"


def _text(node: IndexTree, sizes: dict[str, Tree]) -> tuple[str, int]:
    """Return (text, how tightly its outermost operator binds)."""
    if isinstance(node, Entry):
        if not node.axes:
            return unparse(node.tree), precedence(node.tree)
        written = ",".join(axis_text(axis, sizes) for axis in node.axes)
        if isinstance(node.tree, Call) and node.tree.function == MEMBER and len(node.tree.args) == 2:
            return f"{unparse(node.tree.args[0])}[{unparse(node.tree.args[1])},{written}]", ATOM
        return f"{_bracketed((unparse(node.tree), precedence(node.tree)), POSTFIX + 1)}[{written}]", ATOM
    if isinstance(node, Delta):
        return f"delta[{node.left},{node.right}]", ATOM
    if isinstance(node, Raised):
        base, exponent = _text(node.base, sizes), _text(node.exponent, sizes)
        return f"{_bracketed(base, POSTFIX)}**{_bracketed(exponent, POSTFIX)}", POWER
    if isinstance(node, Apply):
        return f"{node.function}({', '.join(_text(arg, sizes)[0] for arg in node.args)})", ATOM
    if isinstance(node, Total):
        loops = "".join(f" for {letter} in {_range(sizes[letter])}" for letter in node.letters)
        return f"sum({_text(node.body, sizes)[0]}{loops})", ATOM
    return _product(node, sizes) if isinstance(node, Product) else _sum(node, sizes)


def _range(size: Tree) -> str:
    return unparse(size) if not isinstance(size, Number) and precedence(size) == ATOM else f"range({unparse(size)})"


def _bracketed(piece: tuple[str, int], least: int) -> str:
    return piece[0] if piece[1] >= least else f"({piece[0]})"


def _product(node: Product, sizes: dict[str, Tree]) -> tuple[str, int]:
    above = [_bracketed(_text(factor, sizes), PRODUCT) for factor in node.factors]
    below = [_bracketed(_text(factor, sizes), PRODUCT + 1) for factor in node.below]
    size, sign = abs(node.number), "-" if node.number < 0 else ""
    if size.numerator != 1 or not above:
        above.insert(0, str(size.numerator))
    if size.denominator != 1:
        below.insert(0, str(size.denominator))
    text = "*".join(above) + "".join(f"/{part}" for part in below)
    level = MINUS if sign else PRODUCT if len(above) + len(below) > 1 else _level(node)
    return sign + text, min(level, PRODUCT) if sign or below or len(above) > 1 else level


def _level(node: Product) -> int:
    (factor,) = node.factors if node.factors else (None,)
    return ATOM if factor is None else _text(factor, {})[1] if isinstance(factor, (Raised,)) else ATOM


def _sum(node: Plus, sizes: dict[str, Tree]) -> tuple[str, int]:
    if not node.terms:
        return "0", ATOM
    pieces = [_bracketed(_text(term, sizes), SUM + 1) for term in node.terms]
    if len(pieces) == 1:
        return pieces[0], PRODUCT
    first, *others = pieces
    return first + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in others), SUM


__all__ = ["Apply", "Delta", "Entry", "Indexed", "Plus", "Product", "Raised", "Total", "number_text"]
