"""Sums over indices in trees of the language: how long the arrays are that they run over, names for the indices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import chain, count
from typing import Any

from sympy import Integer

from ...algebra.expressions import dimension
from ...errors import ShapeError
from ...language.generators import For, Over, with_parts
from ...language.subscripts import MEMBER, is_subscript
from ...language.syntax import Binary, Call, Name, Number, Tree, children, postorder, rebuilt, with_children
from ...shapes.lifting.indices import Bound, bound_of
from ...shapes.lifting.normal import with_choices
from ...shapes.sizes import SizeConflict, find
from .sums import is_index, plain_index

_AXES = {"[i]": (0,), "[i, :]": (0,), "[:, j]": (1,), "[i, j]": (0, 1), MEMBER: (0,)}


def sizes_in(shapes: Iterable[tuple]) -> set[str]:
    """Return the names of sizes in shapes."""
    return {symbol.name for shape in shapes for size in shape for symbol in size.free_symbols}


def has_sums(tree: Tree) -> bool:
    """Return whether a tree has a sum over an index."""
    return any(isinstance(node, Over) for node in postorder(tree))


def without_places(tree: Tree, words: dict) -> Tree:
    """Return a tree in which no entry stands at a place that is made of the size of an array, as x[len(x) - 1 - i].

    Which shape an entry has does not depend on its place; ``words`` are those that stand for such sizes. Conditions
    are left out, those on values choose the terms.
    """
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        parts = [built[id(child)] for child in children(node)]
        if is_subscript(node) and node.function in _AXES:
            parts[1:] = [_plain(place, words) for place in parts[1:]]
        elif isinstance(node, Call) and node.function == "e":
            parts[0] = _plain(parts[0], words)
        elif isinstance(node, Over) and node.conditions:
            chosen = with_choices(with_parts(node, parts))
            built[id(node)] = replace(chosen, conditions=())
            continue
        built[id(node)] = with_children(node, parts)
    return built[id(tree)]


def _plain(place: Tree, words: dict) -> Tree:
    found = {node.id for node in postorder(place) if isinstance(node, Name)}
    return Number(Fraction(0), place.span) if found & words.keys() else place


def tied(inference: Any) -> None:
    """Let the arrays that an index runs over be as long as it runs, where nothing else is known of their sizes."""
    loops = {loop.name: loop for node in inference.order if isinstance(node, Over) for loop in node.loops}
    ends: dict[tuple, tuple] = {}
    for node in inference.order:
        if not is_subscript(node):
            continue
        base = node.args[0]
        for axis, place, beyond in _places(node):
            end = _end(place, loops)
            if end is None:
                continue
            key = (base.id if isinstance(base, Name) else id(base), axis, end.name)
            offset = end.offset - beyond
            if key not in ends or ends[key][1] < offset:
                ends[key] = (base, offset)
    for (_, axis, name), (base, offset) in ends.items():
        size = inference.node_shapes[id(base)][axis]
        if offset and inference.places.get(name) is not None:
            # an index that ends before the last entry of the array, or of the one that it is a slice of
            if is_subscript(base) or find(size_of(inference, name, 0)) is find(size):
                continue
        inference._try([(size, size_of(inference, name, offset))])
    for one, other in inference.equal:
        try:
            inference.solver.unify(size_of(inference, one, 0), size_of(inference, other, 0))
        except SizeConflict as conflict:
            raise ShapeError(
                f"the arrays of a zip have {conflict.left} and {conflict.right} entries",
                source=inference.source,
                span=inference.places[other][0].span,
                hint="take as many of the longer one: x[:n]",
            ) from None


def _places(node: Call) -> list[tuple[int, Tree, int]]:
    """Return (axis, place, whether it is beyond what is taken) of a part of an array."""
    if node.function in _AXES:
        return [(axis, place, 0) for axis, place in zip(_AXES[node.function], node.args[1:])]
    axis = int(node.function.startswith("[:, "))
    return [(axis, node.args[-1], 1)] if node.function.strip("[]:, ").endswith("b") else []


def _end(place: Tree, loops: dict[str, For]) -> Bound | None:
    """Return the first place behind all those that an index goes through, None where that is not known."""
    bound = bound_of(place)
    if bound is not None and bound.name in loops:
        stop = bound_of(loops[bound.name].stop)
        while stop is not None and stop.name in loops and stop.offset in (0, 1):
            stop = bound_of(loops[stop.name].stop)
        return None if stop is None or is_index(stop.name) else stop.plus(bound.offset)
    if isinstance(place, Binary) and place.op == "-" and isinstance(place.right, Name) and place.right.id in loops:
        last, start = bound_of(place.left), bound_of(loops[place.right.id].start)
        if last is not None and start is not None and not start.name and not is_index(last.name):
            return last.plus(1 - start.offset)
    return None


def size_of(inference: Any, name: str, offset: int) -> Any:
    """Return the size that a name with a number stands for."""
    if not name:
        return Integer(offset)
    size = dimension(name)
    if inference.places.get(name) is not None:
        part, axis = inference.places[name]
        size = inference.length(part, axis or 0)
    return inference._sum_of_sizes([(size, 1), (Integer(offset), 1)]) if offset else size


def with_index_names(tree: Tree, taken: set[str]) -> Tree:
    """Return a tree whose indices have the names of the text, or others where those are taken."""
    around: dict[int, frozenset[str]] = {}
    beside: dict[str, set[str]] = {}
    for node in postorder(tree):
        below = frozenset().union(*(around[id(child)] for child in children(node)))
        if isinstance(node, Over):
            below |= set(node.indices)
            for word in node.indices:
                beside.setdefault(word, set()).update(below - {word})
                for other in below - {word}:
                    beside.setdefault(other, set()).add(word)
        around[id(node)] = below
    chosen = {word: word for word in beside if not is_index(word)}  # those that letters of einsum have brought
    for word in sorted(beside.keys() - chosen.keys(), key=lambda word: int(word.split()[1])):  # those around first
        wanted = plain_index(word)
        used = taken | {chosen[other] for other in beside[word] if other in chosen}
        letters = chain([wanted], "ijkl" if wanted in "ijkl" else (), (f"{wanted}{k}" for k in count(1)))
        chosen[word] = next(letter for letter in letters if letter not in used and letter.isidentifier())
    return _renamed(tree, chosen) if chosen else tree


def _renamed(tree: Tree, chosen: dict[str, str]) -> Tree:
    """Return a tree with other names of its indices."""
    names: dict[str, Tree] = {word: Name(name) for word, name in chosen.items()}

    def renamed(node: Tree) -> Tree:
        if isinstance(node, Name):
            return names.get(node.id, node)
        if not isinstance(node, Over):
            return node
        return replace(node, loops=tuple(replace(loop, name=chosen[loop.name]) for loop in node.loops))

    return rebuilt(tree, renamed)


def free_indices(tree: Tree) -> dict[int, frozenset[str]]:
    """Return {id of a node: the indices that it depends on and that no sum in it is over}."""
    found: dict[int, frozenset[str]] = {}
    for node in postorder(tree):
        own = frozenset({node.id}) if isinstance(node, Name) else frozenset()
        below = own.union(*(found[id(child)] for child in children(node)))
        found[id(node)] = below - set(node.indices) if isinstance(node, Over) else below
    return found

