"""Other letters for the indices of sums, where the same letter stands outside of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...language.generators import For, Over
from ...language.syntax import Name, Tree, children, postorder, with_children
from ..open_products.entries import Entry


def with_letters(tree: Tree, letters: Mapping[str, str]) -> Tree:
    """Return a tree whose sums over an index among ``letters`` run over another one, {old: new}."""
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        parts = [built[id(child)] for child in children(node)]
        made = with_children(node, parts)
        if isinstance(made, Over) and not letters.keys().isdisjoint(made.indices):
            own = {name: letters[name] for name in made.indices if name in letters}
            made = _renamed(made, own)
        built[id(node)] = made
    return built[id(tree)]


def _renamed(tree: Over, letters: Mapping[str, str]) -> Tree:
    """Return a sum with other letters for its own indices, in all that it is made of."""
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        parts = [built[id(child)] for child in children(node)]
        made = with_children(node, parts)
        if isinstance(made, Entry):
            made = replace(made, places=tuple(place._replace(name=_new(place.name, letters)) for place in made.places))
        elif isinstance(made, Name):
            made = replace(made, id=_new(made.id, letters))
        elif isinstance(made, Over):
            made = replace(made, loops=tuple(_loop(loop, letters) for loop in made.loops))
        built[id(node)] = made
    return built[id(tree)]


def _loop(loop: For, letters: Mapping[str, str]) -> For:
    return replace(loop, name=_new(loop.name, letters))


def _new(name: str, letters: Mapping[str, str]) -> str:
    # the end of a sum that is not said is called after its index
    plain = name.removesuffix("?")
    return letters.get(plain, plain) + name[len(plain) :]
