"""What is wrong with the terms of a claim in index notation, and the symmetry under which it would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, islice
from itertools import product as cartesian

from ..language.indexed import IndexTree, Plus, Product, Total, index_text
from ..language.syntax import Tree

_MOST_TERMS = 6
_MOST_NAMES = 4

Holds = Callable[[IndexTree], bool]


def wrong_term(
    claimed: IndexTree, right: IndexTree, sizes: dict[str, Tree], holds: Holds
) -> tuple[str, IndexTree] | None:
    """Return what is wrong with one term, and the claim mended, None where more is wrong.

    ``holds`` says of a tree whether it is the derivative.
    """
    for tree, message in _edits(claimed, right, sizes):
        if holds(tree):
            return message, tree
    return None


def _edits(claimed: IndexTree, right: IndexTree, sizes: dict[str, Tree]) -> Iterator[tuple[IndexTree, str]]:
    own = claimed.terms if isinstance(claimed, Plus) else ()
    for place, term in enumerate(own[:_MOST_TERMS]):
        rest = own[:place] + own[place + 1 :]
        yield Plus((*rest, times(-1, term))), f"the sign of {index_text(term, sizes)} is wrong"
        yield Plus(rest) if len(rest) > 1 else rest[0], f"the term {index_text(term, sizes)} does not belong there"
    terms = spread(right)
    for term in terms if len(terms) > 1 else ():
        yield Plus((claimed, term)), f"the term {index_text(term, sizes)} is missing"
    for doubled, missing in _pairs(terms):
        told = f"the term {index_text(doubled, sizes)} is doubled; the term {index_text(missing, sizes)} is missing"
        yield Plus((claimed, times(-1, doubled), missing)), told


def spread(tree: IndexTree) -> list[IndexTree]:
    """Return the terms of an index tree, sums within products and totals taken apart; itself where they are many."""
    found: list[IndexTree] = [tree]
    if isinstance(tree, Plus):
        found = [part for term in tree.terms for part in spread(term)]
    elif isinstance(tree, Total):
        found = [Total(part, tree.letters) for part in spread(tree.body)]
    elif isinstance(tree, Product) and len(tree.factors) <= _MOST_TERMS:
        choices = cartesian(*[spread(factor) for factor in tree.factors])
        found = [replace(tree, factors=chosen) for chosen in islice(choices, _MOST_TERMS + 1)]
    return found if len(found) <= _MOST_TERMS else [tree]


def factors(tree: IndexTree) -> tuple[IndexTree, ...]:
    """Return the factors of an index tree, none where it is no product."""
    return tree.factors[:_MOST_TERMS] if isinstance(tree, Product) and len(tree.factors) > 1 else ()


def _pairs(terms: list[IndexTree]) -> Iterator[tuple[IndexTree, IndexTree]]:
    for one, other in combinations(terms, 2):
        yield one, other
        yield other, one


def times(number: int | Fraction, tree: IndexTree) -> IndexTree:
    """Return a number times an index tree."""
    if isinstance(tree, Product):
        return replace(tree, number=tree.number * number)
    return Product(Fraction(number), (tree,))


def symmetric_names(shapes: dict, facts: dict, known: Callable[[frozenset], bool]) -> list[tuple[str, ...]]:
    """Return the groups of names of square matrices that may be symmetric: each, and all of them."""
    found = [n for n, s in shapes.items() if s[0] == s[1] and str(s[0]) != "1" and not known(facts.get(n, frozenset()))]
    found = found[:_MOST_NAMES]
    return [(name,) for name in found] + ([tuple(found)] if len(found) > 1 else [])
