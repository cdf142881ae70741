"""The sums of a formula: their indices are checked, entries get their kinds, and all is lifted into matrix form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from itertools import count as numbers
from typing import Any

from ...algebra.expressions import ONE, dimension
from ...errors import ExpressionSyntaxError, MatcalcError, Span
from ...language.generators import Over
from ...language.stacks import Stacks
from ...language.subscripts import MEMBER, is_subscript
from ...language.syntax import Call, Name, Tree, children, parse_tree, postorder, substituted
from ...language.unparse import unparse
from ..reading import kind_of
from .einsum import without_einsum
from .elements import instead, over_array
from .indices import STACK, Bound, Extents, Index, bound_of, index_of
from .kinds import Reading
from .lift import Lifter
from .network import Unliftable
from .normal import is_of_indices, normal
from .trees import key, occurring

_OPEN = {"number": (ONE, ONE), "column": (None, ONE), "matrix": (None, None)}
_AXES = {"[i]": (0,), "[i, :]": (0,), "[:, j]": (1,), "[i, j]": (0, 1), MEMBER: (STACK,)}


@dataclass
class Sums:
    """A formula with sums as it was read.

    ``tree`` is in matrices, ``text`` is written so; ``indexed`` is the formula with its sums, every entry written out.
    ``shapes``: {name: (rows, columns)} of the arrays that indices run over, None for a size that they do not give;
    ``kinds`` are those of all other names. ``at_odds``: the arrays X that fit better where X[i] is a matrix.
    """

    tree: Tree
    text: str
    indexed: str
    shapes: dict[str, tuple] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    at_odds: set[str] = field(default_factory=set)


def read_sums(tree: Tree, source: str, book: Any, declared: dict, stacks: Stacks) -> Sums:
    """Return the :class:`Sums` of a tree; ``declared``: {name: (rows, columns)} of SymPy sizes.

    ``stacks``: the sizes of the stacks of matrices, whose shapes are those of all matrices one below another.

    Raises ExpressionSyntaxError or ShapeError, which point into ``source``.
    """
    typed = tree
    tree, kinds = without_einsum(tree)
    _scopes(tree, source, declared)
    reading = Reading(normal(tree), source, book, declared, stacks)
    _refuse_sizes_of_arrays(tree, source, {n for n, k in reading.names.items() if k != "number"} - declared.keys())
    extents = measured(reading, source, declared, stacks)
    bound = frozenset(name for node in postorder(reading.tree) if isinstance(node, Over) for name in node.indices)
    lifted = Lifter(reading.kinds, extents, book, bound).tree(reading.tree)
    text = unparse(lifted)
    shapes = {name: _OPEN[kind] for name, kind in kinds.items() if name not in declared}
    indexed = unparse(typed if kinds and tree is reading.tree else reading.tree)
    shapes |= shapes_of_use(reading, extents, declared)
    kinds = {name: kind for name, kind in reading.names.items() if name not in declared and name not in shapes}
    return Sums(parse_tree(text), text, indexed, shapes, kinds, reading.at_odds)


def measured(reading: Reading, source: str, declared: dict, stacks: Stacks) -> Extents:
    """Return how long the axes are that indices run over; raises as :func:`read_sums` does."""
    scopes = _scopes(reading.tree, source, declared)
    extents = Extents(source, reading.axes_of)
    for name, shape in declared.items():
        for axis, size in enumerate(shape) if name not in stacks else ():
            extents.declare(name, axis, size)
    for name, (count, rows, cols) in stacks.items():
        extents.fix(name, STACK, bound_of(count) or Bound(unparse(count), 0))
        for axis, size in enumerate((rows, cols)):
            extents.fix(f"{name}[k]", axis, bound_of(size) or Bound(unparse(size), 0))
    for node, scope in scopes:
        _use(node, scope, extents)
    return extents


def _scopes(tree: Tree, source: str, declared: dict) -> list[tuple[Call, dict[str, Index]]]:
    """Return the entries of a tree, each with the indices in whose scope it stands; raises for a wrong index."""
    bound = {name for node in postorder(tree) if isinstance(node, Over) for name in node.indices}
    _refuse_sizes_of_arrays(tree, source, _subscripted(tree) - declared.keys())
    found: list[tuple[Call, dict[str, Index]]] = []
    stack: list[tuple[Tree, dict]] = [(tree, {})]
    seen: set[tuple] = set()
    while stack:
        node, scope = stack.pop()
        place = (id(node), tuple(scope))
        if place in seen:
            continue
        seen.add(place)
        if isinstance(node, Name) and node.id in bound and node.id not in scope:
            raise ExpressionSyntaxError(
                f"the index {node.id} stands outside of its sum",
                source=source,
                span=node.span,
                hint=f"put it into the sum, or call it something else than {node.id}",
            )
        if isinstance(node, Over):
            stack += _entered(node, scope, source, declared)
            continue
        if is_subscript(node):
            found.append((node, scope))
        stack.extend((child, scope) for child in reversed(children(node)))
    return found


def _subscripted(tree: Tree) -> set[str]:
    """Return the names of which entries are taken."""
    operands = [node.args[0] for node in postorder(tree) if is_subscript(node)]
    return {part.id for part in operands if isinstance(part, Name)}


def _refuse_sizes_of_arrays(tree: Tree, source: str, arrays: set[str]) -> None:
    """Refuse a sum that runs to an array: the x of sum(x[i] for i in x) would be the size of x, too."""
    for node in [node for node in postorder(tree) if isinstance(node, Over)]:
        for loop in node.loops:
            wrong = sorted(occurring(loop.stop) & arrays)
            if not wrong or any(isinstance(part, Call) for part in postorder(loop.stop)):
                continue
            taken = occurring(tree)
            letters = chain("nmpqk", (f"n{number}" for number in numbers()))
            size = next(letter for letter in letters if letter not in taken)
            ended = {loop.name: replace(loop, stop=substituted(loop.stop, {wrong[0]: Name(size)}))}
            meant = replace(node, loops=tuple(ended.get(other.name, other) for other in node.loops))
            raise ExpressionSyntaxError(
                f"{wrong[0]} is an array, and no size to which {loop.name} runs",
                source=source,
                span=loop.span,
                hint=f"write {unparse(meant)}",
            )


def _entered(node: Over, scope: dict, source: str, declared: dict) -> list[tuple[Tree, dict]]:
    """Return what stands within a sum, each with its indices; raises ExpressionSyntaxError for a wrong one."""
    inner, waiting = dict(scope), []

    def fail(message: str, span: Span, hint: str):
        raise ExpressionSyntaxError(message, source=source, span=span, hint=hint)

    arrays = {name for name, shape in declared.items() if kind_of(shape) != "number"}
    sizes = {symbol.name for shape in declared.values() for size in shape for symbol in size.free_symbols}
    wrong = over_array(node, arrays - sizes, {*scope, *node.indices, *sizes})
    if wrong is not None:
        fail(f"{unparse(wrong.stop)} is no size to which {wrong.name} runs", wrong.span, instead(node, wrong))
    for loop in node.loops:
        name = loop.name
        if name in scope:
            fail(f"the index {name} is one of an outer sum", loop.span, f"call it something else than {name}")
        if name in declared:
            fail(f"{name} is declared as a variable, and is an index here", loop.span, "give the index another name")
        own = occurring(loop.start) | occurring(loop.stop)
        if name in own:
            fail(f"the bound of {name} depends on {name}", loop.span, f"write for {name} in n")
        waiting += [(loop.start, dict(inner)), (loop.stop, dict(inner))]
        try:
            inner[name] = index_of(loop)
        except Unliftable:
            inner[name] = None
    used = occurring(node.body).union(
        *(occurring(side) for one in node.conditions for side in (one.left, one.right)),
        *(occurring(bound) for loop in node.loops for bound in (loop.start, loop.stop)),
    )
    for loop in node.loops:
        if loop.name not in used:
            fail(
                f"the index {loop.name} does not occur in its {node.function}",
                loop.span,
                f"leave it out, or multiply by {unparse(loop.stop)}",
            )
    for condition in node.conditions:
        if node.function != "sum" and not is_of_indices(condition):
            fail("a condition on values is read in a sum only", condition.span, "write the condition between indices")
    waiting += [(side, inner) for one in node.conditions for side in (one.left, one.right)]
    return [(node.body, inner), *waiting]


def _use(node: Call, scope: dict, extents: Extents) -> None:
    """Let an entry say how long the axes of its array are."""
    base = node.args[0]
    for axis, place in zip(_AXES.get(node.function, ()), node.args[1:]):
        bound = bound_of(place)
        index = scope.get(bound.name) if bound is not None else None
        if bound is not None and index is not None and index.stop.name not in scope:
            extents.use(base, axis, index, bound.offset, node)


def shapes_of_use(reading: Reading, extents: Extents, declared: dict) -> dict[str, tuple]:
    """Return the shapes of the arrays that indices run over, without those of declared names; None for an open size."""
    found: dict[str, tuple] = {}
    subscripts = [node for node in postorder(reading.tree) if is_subscript(node)]
    for name, _ in extents.sizes:
        if name in declared or not name.isidentifier() or name in found:
            continue
        rows, cols = (_dimension(extents.sizes.get((name, axis))) for axis in (0, 1))
        forms = {node.function for node in subscripts if key(node.args[0]) == name}
        kind = reading.names.get(name) or reading.within.get(name, "column")
        matrix = forms & {"[i, :]", "[:, j]", "[i, j]"} or not forms and kind == "matrix"
        found[name] = (rows, cols) if matrix else (ONE, cols) if not forms and kind == "row" else (rows, ONE)
    return found


def _dimension(bound: Bound | None) -> object:
    """Return the SymPy size of a bound, None where it is unknown."""
    if bound is None:
        return None
    return dimension(bound.name) + bound.offset if bound.name else dimension(bound.offset)


__all__ = ["MatcalcError", "Sums", "read_sums"]
