"""The letters of a claim in index notation: those of its author, as those of the answer's axes."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from string import ascii_lowercase

from ..language.generators import Over
from ..language.syntax import Name, Tree, children, postorder, rebuilt


def with_letters_of(
    tree: Tree, axes: Sequence[str], known: Container[str], wrt: str, whole: bool
) -> tuple[Tree, tuple[str, ...]]:
    """Return a claim with the letters of the answer's axes, and notes on those that were others.

    ``known`` are the names that are no indices; ``whole``: the axes are those of the variable ``wrt`` alone. Indices
    of sums that have the letter of an axis get another one; free letters are taken for the axes in the order of
    the alphabet, if none of them is an axis' letter: the i and j of X[i,j] for k and l.
    """
    free = sorted(name for name in _free(tree) if len(name) == 1 and name not in known)
    bound = {name for node in postorder(tree) if isinstance(node, Over) for name in node.indices}
    if len(free) != len(axes) or set(free) != set(axes) and not set(free).isdisjoint(axes):
        return tree, ()  # which letter is which is open
    moved = dict(zip(free, axes)) if set(free) != set(axes) else {}
    taken = {*axes, *free, *bound}
    others = (letter for letter in ascii_lowercase if letter not in taken and letter not in known)
    inner = {name: next(others, name) for name in sorted(bound.intersection(axes).difference(free))}
    if not moved and not inner:
        return tree, ()
    notes: tuple[str, ...] = ()
    if moved:
        place = f"the place in {wrt}: {wrt}[{','.join(free)}]" if whole else f"the axes {','.join(axes)}"
        notes = (f"{','.join(free)} {'is' if len(free) == 1 else 'are'} read as {place}",)
    return _renamed(tree, {**moved, **inner}), notes


def _free(tree: Tree) -> frozenset[str]:
    """Return the names of a tree that no sum around them binds."""
    found: dict[int, frozenset[str]] = {}
    for node in postorder(tree):
        below = frozenset().union(*(found[id(child)] for child in children(node)))
        if isinstance(node, Name):
            below = frozenset((node.id,))
        found[id(node)] = below.difference(node.indices) if isinstance(node, Over) else below
    return found[id(tree)]


def _renamed(tree: Tree, letters: dict[str, str]) -> Tree:
    def change(node: Tree) -> Tree:
        if isinstance(node, Name):
            return replace(node, id=letters.get(node.id, node.id))
        if isinstance(node, Over):
            return replace(node, loops=tuple(replace(f, name=letters.get(f.name, f.name)) for f in node.loops))
        return node

    return rebuilt(tree, change)
