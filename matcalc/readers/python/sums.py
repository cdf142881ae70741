"""Sums over an index as operations on arrays: the index, what is taken over it, and the array that its terms make."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import ShapeError, Span
from ...language.generators import OVER as OVER_WORDS
from ...language.generators import For, If, Over
from ...language.nodes import names
from ...language.subscripts import Range
from ...language.syntax import Binary, Call, Name, Negate, Number, Tree, substituted
from .operations import COUNT, ENTRYWISE, NAME, NUMBER, SIZE, Kind, Op, Value, column, row

# what can be taken over an index
FUNCTIONS = frozenset(OVER_WORDS)
# what no name of a text can be
_INDEX = "index "


class Loop(NamedTuple):
    """An index, its ``letter``, that runs from ``start`` to before ``stop``, all of them operations."""

    letter: Op
    start: Op
    stop: Op


class Condition(NamedTuple):
    """What leaves out terms: a relation between two operations."""

    op: str
    left: Op
    right: Op
    span: Span


def is_index(word: str) -> bool:
    """Return whether a name stands for the index of a loop."""
    return word.startswith(_INDEX)


def index_word(number: int, name: str) -> str:
    """Return the word that stands for an index until the names of the text are known."""
    return f"{_INDEX}{number} {name}"


def plain_index(word: str) -> str:
    """Return what the text calls an index."""
    return word.rpartition(" ")[2]


def place_tree(op: object) -> Tree | None:
    """Return the tree of a place such as i + 1 or n - 1 - i, None for what is none."""
    if not isinstance(op, Op):
        return None
    if op.kind is NUMBER and op.fixed[0].denominator == 1:
        number = Number(abs(op.fixed[0]), op.span)
        return Negate(number, op.span) if op.fixed[0] < 0 else number
    if op.kind is ENTRYWISE and op.fixed[0] == "negate":
        inner = place_tree(op.args[0])
        return None if inner is None else Negate(inner, op.span)
    if op.kind in (NAME, INDEX):
        return Name(op.fixed[0], op.span)
    if op.kind in (SIZE, COUNT):
        return Name(op.fixed[1], op.span)
    if op.kind is not ENTRYWISE or op.fixed[0] not in ("+", "-", "*"):
        return None
    left, right = (place_tree(arg) for arg in op.args)
    return None if left is None or right is None else Binary(op.fixed[0], left, right, op.span)


def indices_of(root: Op, found: dict[int, frozenset[str]]) -> frozenset[str]:
    """Return the indices that an operation depends on; ``found``: those of the operations that are known."""
    stack = [root]
    while stack:
        op = stack[-1]
        waiting = [arg for arg in op.args if id(arg) not in found]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        own = {word for part in _trees(op) for word in names(part) if is_index(word)}
        if op.kind is INDEX:
            own.add(op.fixed[0])
        below = frozenset(own).union(*(found[id(arg)] for arg in op.args))
        found[id(op)] = below - set(op.fixed[2]) if op.kind in (OVER, ENTRIES) else below
    return found[id(root)]


def _trees(op: Op) -> list[Tree]:
    """Return the trees of the places of a part of an array."""
    if op.kind.name != "part":
        return []
    bounds = []
    for place in op.fixed:
        bounds += (place.start, place.stop) if isinstance(place, Range) else (place,)
    return [bound for bound in bounds if bound is not None]


def renewed(roots: list[Op], names: dict[str, Op]) -> list[Op]:
    """Return operations with other indices, {word: operation of the new one}; what depends on none is shared."""
    known: dict[int, frozenset[str]] = {}
    made: dict[int, Op] = {}
    trees: dict[str, Tree] = {word: Name(op.fixed[0]) for word, op in names.items()}
    for root in roots:
        indices_of(root, known)
    for op in _in_order(roots):
        if not known[id(op)] & names.keys():
            made[id(op)] = op
        elif op.kind is INDEX:
            made[id(op)] = names[op.fixed[0]]
        else:
            fixed = tuple(_moved(part, trees) for part in op.fixed) if op.kind.name == "part" else op.fixed
            made[id(op)] = Op(op.kind, tuple(made[id(arg)] for arg in op.args), fixed, op.span)
    return [made[id(root)] for root in roots]


def _in_order(roots: list[Op]) -> list[Op]:
    seen, order, stack = set(), [], [(root, False) for root in roots]
    while stack:
        op, done = stack.pop()
        if done:
            order.append(op)
        elif id(op) not in seen:
            seen.add(id(op))
            stack.append((op, True))
            stack += [(arg, False) for arg in op.args]
    return order


def _moved(place: Tree | Range, trees: dict[str, Tree]) -> Tree | Range:
    if not isinstance(place, Range):
        return substituted(place, trees)
    start, stop = (None if bound is None else substituted(bound, trees) for bound in (place.start, place.stop))
    return Range(start, stop, place.step)


# -- the kinds of operations -------------------------------------------------------------------------------------------

INDEX = Kind("index", lambda op: [(0,)], lambda op, values: Value(0, Name(op.fixed[0], op.span)))


def _around(op: Op, values: list[Value]) -> tuple[tuple[For, ...], tuple[If, ...]]:
    """Return the loops and the conditions of an operation from the values of its bounds and sides."""
    _, _, words, relations = op.fixed
    count = 1 + 2 * len(words)
    trees = [value.tree for value in values]
    bounds = zip(trees[1:count:2], trees[2:count:2])
    loops = [For(word, start, stop, op.span) for word, (start, stop) in zip(words, bounds)]
    sides = zip(trees[count::2], trees[count + 1 :: 2])
    return tuple(loops), tuple(If(sign, left, right, span) for (sign, span), (left, right) in zip(relations, sides))


def _over(op: Op) -> list[tuple]:
    function, whole = op.fixed[:2]
    numbers = (0,) * (len(op.args) - 1)
    if whole:
        return [(dims, *numbers, 0) for dims in (0, 1, 2)]
    return [(dims, *numbers, dims) for dims in ((0, 1, 2) if function in ("sum", "mean") else (0,))]


def _build_over(op: Op, values: list[Value]) -> Value:
    function, whole = op.fixed[:2]
    body, loops, conditions = values[0], *_around(op, values)
    if whole and body.dimensions:
        body = Value(0, Call(function, (body.tree,), (), op.span))
    return Value(body.dimensions, Over(function, body.tree, loops, conditions, op.span), body.is_row)


# fixed: the function, whether it is of all entries of arrays, the words of the indices, (relation, span) of conditions
OVER = Kind("over", _over, _build_over, "numbers that depend on an index")


def _entries(op: Op) -> list[tuple]:
    numbers = (0,) * (len(op.args) - 1)
    return [(0, *numbers, 1), (1, *numbers, 2)]


def _build_entries(op: Op, values: list[Value]) -> Value:
    """The array as a sum of its entries, or rows, each at its place: lifting makes one array of it."""
    body, (loops, conditions) = values[0], _around(op, values)
    if len(loops) != 1 or conditions or not op.fixed[1]:
        raise ShapeError(
            "the places of these terms in an array are not known",
            span=op.span,
            hint="take their sum, or write one for in each pair of brackets, without a condition",
        )
    (loop,) = loops
    begins = isinstance(loop.start, Number) and loop.start.value == 0
    index: Tree = Name(loop.name, op.span)
    place = index if begins else Binary("-", index, loop.start, op.span)
    size = loop.stop if begins else Binary("-", loop.stop, loop.start, op.span)
    unit = Call("e", (place, size), (), op.span)
    if body.dimensions:
        return Value(2, Over("sum", Binary("@", unit, row(body), op.span), loops, (), op.span))
    return Value(1, Over("sum", Binary("*", column(body), unit, op.span), loops, (), op.span))


# fixed: "", whether the terms come in the order of the indices, the words of the indices, conditions
ENTRIES = Kind("entries", _entries, _build_entries, "numbers or vectors that depend on an index")


def taken(kind: Kind, first: tuple, body: Op, loops: tuple[Loop, ...], conditions: tuple[Condition, ...]) -> tuple:
    """Return (operands, what is fixed) of an operation over indices; ``first``: the two things that are its own."""
    bounds = [bound for loop in loops for bound in (loop.start, loop.stop)]
    sides = [side for one in conditions for side in (one.left, one.right)]
    words = tuple(loop.letter.fixed[0] for loop in loops)
    return (body, *bounds, *sides), (*first, words, tuple((one.op, one.span) for one in conditions))
