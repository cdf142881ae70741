"""Other letters for the indices of sums, where the same letter stands outside of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...language.generators import For, Over
from ...language.syntax import Name, Tree, rebuilt
from ..open_products.entries import Entry


def with_letters(tree: Tree, letters: Mapping[str, str]) -> Tree:
    """Return a tree whose sums over an index among ``letters`` run over another one, {old: new}."""

    def renamed(node: Tree) -> Tree:
        own = {name: letters[name] for name in node.indices if name in letters} if isinstance(node, Over) else {}
        return _renamed(node, own) if own else node

    return rebuilt(tree, renamed)


def _renamed(tree: Tree, letters: Mapping[str, str]) -> Tree:
    """Return a sum with other letters for its own indices, in all that it is made of."""

    def renamed(node: Tree) -> Tree:
        if isinstance(node, Entry):
            return replace(node, places=tuple(place._replace(name=_new(place.name, letters)) for place in node.places))
        if isinstance(node, Name):
            return replace(node, id=_new(node.id, letters))
        if not isinstance(node, Over):
            return node
        return replace(node, loops=tuple(_loop(loop, letters) for loop in node.loops))

    return rebuilt(tree, renamed)


def _loop(loop: For, letters: Mapping[str, str]) -> For:
    return replace(loop, name=_new(loop.name, letters))


def _new(name: str, letters: Mapping[str, str]) -> str:
    # the end of a sum that is not said is called after its index
    plain = name.removesuffix("?")
    return letters.get(plain, plain) + name[len(plain) :]
