"""Entries of sums over an index: whether x_i is a number or a vector, from which array it comes, and how long sums are.

A reader puts a name into the tree for each entry, one for all of an array: x_i and x_j are both called x_i. It is a
number where that fits; else a vector, and the vectors x_i are the rows of a matrix X.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from ...algebra.expressions import ONE
from ...errors import ExpressionSyntaxError
from ...language.generators import For, Over
from ...language.stacks import Stacks
from ...language.subscripts import MEMBER
from ...language.syntax import (
    Binary,
    Call,
    Name,
    Number,
    Transpose,
    Tree,
    children,
    names,
    postorder,
    rebuilt,
)
from ...shapes.lifting.choice import Choice
from ...shapes.lifting.indices import bound_of
from ...shapes.reading import kind_of
from ...shapes.spelling import COLUMN, scalar_spelling, spelling_of
from ...words import CONSTANTS
from .forms import POWER, PRODUCT
from .inference import OpenInference

_NORMS = frozenset({"norm", "norm1", "norm2"})
_OF_MATRICES = frozenset({"tr", "det", "logdet", "inv"})
_LETTERS = ("n", "m", "p", "q", "k", "l", "r", "s", "t")
_USUAL = {"i": "n", "j": "m", "k": "K", "t": "T", "c": "C"}


class Place(NamedTuple):
    """A place in a subscript: an index and what is added to it, or "" and a number; ``index`` is a reader's own."""

    name: str
    offset: int
    index: Any


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Name):
    """A name that stands for an entry of the array ``base``, with the places in its subscript.

    ``bold``: whether it is printed as a vector is.
    """

    base: str = ""
    places: tuple[Place, ...] = ()
    bold: bool = False


def entries_in(tree: Tree) -> list[Entry]:
    """Return the entries in a tree."""
    return [node for node in postorder(tree) if isinstance(node, Entry)]


@dataclass
class Sums:
    """What is known of the sums of a formula once it is read.

    ``names`` maps arrays of vectors to their matrices; ``stacks`` are the arrays of which each entry is a matrix.
    """

    tree: Tree
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    stacks: set[str] = field(default_factory=set)


def loop_of(index: Any) -> For:
    """Return the loop of an index, its bounds counted from 0; the end is left open where it is not said."""
    start = 1 if index.start is None else index.start
    begin = Number(Fraction(start - index.shift), index.span)
    if index.stop is None:
        return For(index.name, begin, Name(f"{index.name}?", index.span), index.span)
    more = 1 - index.shift
    stop = Binary("+", index.stop, Number(Fraction(more)), index.stop.span) if more else index.stop
    return For(index.name, begin, stop, index.span)


def kinds_of(
    tree: Tree, text: str, book: Any, known: dict, syntax: str, stacks: Container[str] = frozenset()
) -> dict[str, str]:
    """Return {id of an entry: "number", "column", "matrix"}, as few vectors as fit.

    Matrices are those of ``stacks``, and capitals that multiply as matrices do: A_k in x^T A_k x or tr(A_k X).
    """
    found: dict[str, str] = {}
    bases: dict[str, str] = {}
    matrices = {name for name in _stacks_in(tree) if name not in known}
    for entry in entries_in(tree):
        bases[entry.id] = entry.base
        if len(entry.places) == 1 and (entry.base in stacks or entry.base in matrices):
            found[entry.id] = "matrix"
        elif len(entry.places) == 2:
            found[entry.id] = "number"
        elif entry.bold:
            found[entry.id] = "column"
        elif entry.base in known:
            found[entry.id] = "column" if kind_of(known[entry.base]) == "matrix" else "number"
        elif entry.id in known:
            found[entry.id] = kind_of(known[entry.id]) or "number"
    waiting = [name for name in dict.fromkeys(bases) if name not in found]
    given = {name: shape for name, shape in known.items() if name not in bases}

    def inference(kinds: dict[str, str]) -> OpenInference:
        return OpenInference(tree, text, given, book, syntax, {**found, **kinds})

    terms = [node.body for node in postorder(tree) if isinstance(node, Over)]
    return found | Choice(inference, bases, terms, ("column",)).of(tree, waiting)


def _stacks_in(tree: Tree) -> set[str]:
    """Return the arrays A of which each A_k is a matrix: in tr(A_k X), x^T A_k x, ‖A_k x - b‖ and a sum of A_k x."""
    found = {entry.base for entry in _between_vectors(tree)}
    for node in postorder(tree):
        if isinstance(node, Over):
            found |= {entry.base for entry in _stacks_before(node.body, alone=True)}
        if not isinstance(node, Call) or node.function not in _OF_MATRICES:
            continue
        factors = [part for part in postorder(node.args[0]) if isinstance(part, Entry) and part.base[0].isupper()]
        turns = [part.operand for part in postorder(node) if isinstance(part, Transpose)]
        turned = {part.id for part in turns if isinstance(part, Entry)}
        found |= {e.base for e in factors if len(e.places) == 1 and e.id not in turned and not e.bold}
    return found - {entry.base for entry in entries_in(tree) if len(entry.places) == 2}


def _between_vectors(tree: Tree) -> Iterator[Entry]:
    """Yield the entries of capital letters that multiply as matrices do: x^T A_k x, and A_k x within a norm."""
    for node in postorder(tree):
        if isinstance(node, Call) and node.function in _NORMS and node.args:
            for part in postorder(node.args[0], lambda part: () if isinstance(part, Call) else children(part)):
                yield from _stacks_before(part)
        if isinstance(node, Binary) and isinstance(_before(node.left), Transpose):
            yield from _stacks_before(node)


def _stacks_before(product: Tree, alone: bool = False) -> Iterator[Entry]:
    """Yield the last factor on the left of a product where it is a capital with one index, and no number follows.

    ``alone``: where a name follows that is a column by its spelling, and nothing else.
    """
    if isinstance(product, Binary) and product.op == PRODUCT:
        left, right = product.left, product.right
        while isinstance(left, Binary) and left.op == PRODUCT:
            left = left.right
        while isinstance(right, Binary) and right.op == PRODUCT:
            right = right.left
        left = _inside(left)
        if isinstance(left, Entry) and left.base[0].isupper() and len(left.places) == 1 and not left.bold:
            column = type(right) is Name and spelling_of(right.id) == COLUMN
            if column if alone else not _is_plain(right):
                yield left


def _inside(factor: Tree) -> Tree:
    """Return what is raised to a power, or inverted: the S_k of S_k^{-1}."""
    if isinstance(factor, Binary) and factor.op == POWER:
        return factor.left
    return factor.args[0] if isinstance(factor, Call) and factor.function == "inv" and factor.args else factor


def _before(chain: Tree) -> Tree | None:
    """Return the factor before the last one of a product, None where there is one alone."""
    if not isinstance(chain, Binary) or chain.op != PRODUCT:
        return None
    before = chain.left
    while isinstance(before, Binary) and before.op == PRODUCT:
        before = before.right
    return before


def _is_plain(node: Tree) -> bool:
    """Return whether a factor is a number or a Greek letter."""
    return isinstance(node, Number) or isinstance(node, Name) and scalar_spelling(node.id) and len(node.id) > 1


def with_arrays(tree: Tree, kinds: dict[str, str], known: dict) -> Sums:
    """Return a tree with its entries as those of arrays: X[i, :].T for a vector x_i, y[i] for a number y_i.

    A matrix A_k is A[k] of a stack.
    """
    sums, entries = Sums(tree), entries_in(tree)
    # a matrix that is known and stands nowhere else is the one whose rows are meant, as in a claim about a sum
    others = {name for name, shape in known.items() if kind_of(shape) != "matrix"}
    taken = {*names(tree), *others} - {entry.id for entry in entries}
    rows = {entry.base: kinds[entry.id] == "column" for entry in entries if len(entry.places) == 1}
    wide = {entry.base for entry in entries if len(entry.places) == 2}
    bases = {entry.base for entry in entries}
    stacks = {entry.base for entry in entries if kinds[entry.id] == "matrix"}
    for base in dict.fromkeys(entry.base for entry in entries):
        matrix = rows.get(base) or base in wide
        if matrix and rows.get(base) is False:
            rows[base] = True
        plain = f"{base}_" if base in CONSTANTS else base
        sums.names[base] = _array_name(base, taken, bases, known) if matrix else plain
        sums.stacks |= {base} if base in stacks else set()
        taken = taken | {sums.names[base]}

    def with_array(node: Tree) -> Tree:
        if isinstance(node, Entry):
            return _subscripted(node, rows, sums)
        return node.operand.operand if isinstance(node, Transpose) and isinstance(node.operand, Transpose) else node

    sums.tree = rebuilt(tree, with_array)
    return sums


def _array_name(base: str, taken: set[str], bases: set[str], known: dict) -> str:
    """Return the name of the matrix whose rows, or entries, are called by a letter: X for x."""
    if base in known or base[0].isupper():
        return base
    capital = base[0].upper() + base[1:]
    return capital if capital not in taken | bases else f"{capital}_rows"


def _subscripted(entry: Entry, rows: dict[str, bool], sums: Sums) -> Tree:
    array = Name(sums.names[entry.base], entry.span)
    places = [_place(place) for place in entry.places]
    if entry.base in sums.stacks and len(places) == 1:
        return Call(MEMBER, (array, *places), (), entry.span)
    if len(places) == 2:
        return Call("[i, j]", (array, *places), (), entry.span)
    if not rows.get(entry.base):
        return Call("[i]", (array, *places), (), entry.span)
    return Transpose(Call("[i, :]", (array, *places), (), entry.span), entry.span)


def _place(place: Place) -> Tree:
    if not place.name:
        return Number(Fraction(place.offset - 1))
    if not place.offset:
        return Name(place.name)
    return Binary("+" if place.offset > 0 else "-", Name(place.name), Number(Fraction(abs(place.offset))))


def with_ends(
    sums: Sums, entries: list[Entry], indices: list[str], known: dict, text: str, stacks: Stacks
) -> Tree:
    """Return a tree whose sums all have an end: that of a sum over the same axis, of a declaration, or a new letter.

    ``stacks``: the sizes of those that are declared.
    """
    tree = sums.tree
    ends: dict[str, Tree] = {}
    axes: dict[str, set] = {name: set() for name in indices}
    for node in postorder(tree):
        if isinstance(node, Over):
            for loop in node.loops:
                is_open = isinstance(loop.stop, Name) and loop.stop.id.endswith("?")
                if not is_open and axes.keys().isdisjoint(names(loop.stop)):
                    ends.setdefault(loop.name, loop.stop)
    for entry in entries:
        for axis, place in enumerate(entry.places):
            if place.name in axes and not place.offset:
                axes[place.name].add((entry.base, axis))
    together = {name: axes[name] | related for name, related in _related(tree, axes).items()}
    classes = _classes({name: own for name, own in together.items() if own})
    used = {*names(tree), *known} | {f"{size}" for shape in known.values() for size in shape}
    used |= {name for sizes in stacks.values() for size in sizes for name in names(size)}
    found: dict[str, Tree] = {}
    for group in classes:
        counts = [stacks[base][0] for name in group for base, _ in sorted(axes[name]) if base in stacks]
        stops = [ends[name] for name in group if name in ends] + counts + _declared_ends(group, axes, known, sums)
        stop = max(stops, key=_offset, default=None)
        if stop is None:
            wanted = [_USUAL.get(group[0], ""), *_LETTERS, *(f"n{number}" for number in range(1, 99))]
            letter = next(word for word in wanted if word and word not in used and word not in axes)
            used.add(letter)
            stop = Name(letter)
        found |= dict.fromkeys(group, stop)
    return _with_stops(tree, found, text)


def _offset(stop: Tree) -> int:
    """Return how much is added to the name in a bound: -1 for n - 1."""
    bound = bound_of(stop)
    return bound.offset if bound is not None and bound.name else 0


def _related(tree: Tree, indices: Iterable[str]) -> dict[str, set]:
    """Return {index: the relations that it stands in}, as i and j in j < i, which run over one axis."""
    found: dict[str, set] = {name: set() for name in indices}
    for node in postorder(tree):
        if isinstance(node, Over):
            pairs = [names(one.left).keys() | names(one.right).keys() for one in node.conditions]
            pairs += [{loop.name, *names(loop.start), *names(loop.stop)} for loop in node.loops]
            for number, pair in enumerate(pair & found.keys() for pair in pairs):
                for name in pair if len(pair) > 1 else ():
                    found[name].add((id(node), number))
    return found


def _classes(axes: dict[str, set]) -> list[list[str]]:
    """Return the indices in classes of those that run over one axis."""
    classes: list[tuple[list[str], set]] = []
    for name, own in axes.items():
        merged, places = [name], set(own)
        for group in [group for group in classes if group[1] & own]:
            classes.remove(group)
            merged, places = group[0] + merged, places | group[1]
        classes.append((merged, places))
    return [sorted(group, key=list(axes).index) for group, _ in classes]


def _declared_ends(group: list[str], axes: dict[str, set], known: dict, sums: Sums) -> list[Tree]:
    """Return how long the declared arrays are that indices run over; a size that is made of others is left out."""
    found: list[Tree] = []
    for base, axis in (place for name in group for place in sorted(axes[name])):
        shape = known.get(sums.names.get(base, base))
        size = ONE if shape is None else shape[axis]
        if size != 1 and (size.is_Integer or size.is_Symbol):
            found.append(Number(Fraction(int(size))) if size.is_Integer else Name(str(size)))
    return found


def _with_stops(tree: Tree, stops: dict[str, Tree], text: str) -> Tree:
    def ended(node: Tree) -> Tree:
        if not isinstance(node, Over):
            return node
        return replace(node, loops=tuple(_ended(loop, stops, text) for loop in node.loops))

    return rebuilt(tree, ended)


def _ended(loop: For, stops: dict[str, Tree], text: str) -> For:
    if not (isinstance(loop.stop, Name) and loop.stop.id.endswith("?")):
        return loop
    if loop.name not in stops:
        hint = f"leave it out, or say where it ends: \\sum_{{{loop.name}=1}}^n"
        value = re.search(rf"([A-Za-z])\s*\(\s*{re.escape(loop.name)}\s*\)", text)
        if value is not None:
            hint = f"write its values as entries: {value[1]}_{loop.name} for {value[0]}"
        raise ExpressionSyntaxError(
            f"the index {loop.name} does not occur in its sum", source=text, span=loop.span, hint=hint
        )
    return replace(loop, stop=stops[loop.name])

