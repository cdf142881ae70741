"""An expression in complex names as an analytic one: in z and conj(z), two names that are independent of one another.

conj is taken to the names, since f(conj(z)) = conj(f(z)) for an analytic function that is real on the real axis (the
reflection principle); what is not analytic is written by functions that are, abs(z) as sqrt(z*conj(z)). What has no
such form, relu and max, is of real numbers alone, and so are its arguments: those that equal their conjugates. The tree
that comes out is differentiated as if its names were real (Hjørungnes 2011, chapters 2 and 3): ``docs/adr/0025``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sympy import Expr

from ..algebra.constructors import transpose
from ..algebra.expressions import is_array
from ..errors import DomainError
from ..language.nodes import CONJUGATE, IMAGINARY, conjugated
from ..language.syntax import Call, Name, Negate, Tree, children, names, parse_tree, postorder, with_children
from ..language.unparse import unparse
from ..rulebook.entries import Book, Rule
from ..rulebook.facts import is_complex
from .names import conjugate_name
from .settle import settled_twin

ANALYTIC = "analytic"


def is_about_complex(tree: Tree, facts: Mapping[str, frozenset[str]]) -> bool:
    """Return whether an expression has a complex name or number in it."""
    found = names(tree)
    return IMAGINARY in found or any(is_complex(words) for name, words in facts.items() if name in found)


def names_of_conjugates(tree: Tree) -> Tree:
    """Return a twin that was read back from its text, in which conj(z) is a call, with names for conjugates."""
    made: dict[int, Tree] = {}
    for node in postorder(tree):
        inner = conjugated(node)
        if isinstance(inner, Name):
            made[id(node)] = Name(conjugate_name(inner.id), node.span)
        else:
            made[id(node)] = with_children(node, [made[id(child)] for child in children(node)])
    return made[id(tree)]


@dataclass(frozen=True)
class Pair:
    """A tree and its conjugate, both analytic in the names and their conjugates; the same object where it is real."""

    plain: Tree
    conjugate: Tree

    @property
    def is_real(self) -> bool:
        """Whether it is known to be real without being worked out."""
        return self.plain is self.conjugate

    @property
    def turned(self) -> Pair:
        """The conjugate and its conjugate."""
        return Pair(self.conjugate, self.plain)


class Twin:
    """Makes the twin of a tree; ``built(tree)`` is the expression that a tree of analytic functions stands for."""

    def __init__(self, facts: Mapping[str, frozenset[str]], book: Book, built: Callable[[Tree], Expr]) -> None:
        self.facts, self.book, self.built = facts, book, built

    def of(self, tree: Tree) -> Pair:
        """Return the twin of a tree and its conjugate; raises DomainError at what has no complex meaning."""
        return self.pairs(tree)[id(tree)]

    def pairs(self, tree: Tree) -> dict[int, Pair]:
        """Return the twins of all nodes of a tree, by ``id``."""
        pairs: dict[int, Pair] = {}
        for node in postorder(tree):
            pairs[id(node)] = self._pair(node, [pairs[id(child)] for child in children(node)])
        return pairs

    def _pair(self, node: Tree, parts: list[Pair]) -> Pair:
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, Call):
            return self._call(node, parts)
        return _operation(node, parts)

    def _name(self, node: Name) -> Pair:
        if node.id == IMAGINARY:
            return Pair(node, Negate(node, node.span))
        if not is_complex(self.facts.get(node.id, frozenset())):
            return Pair(node, node)
        return Pair(node, Name(conjugate_name(node.id), node.span))

    def _call(self, node: Call, parts: list[Pair], within: str = "") -> Pair:
        if node.function == CONJUGATE and parts:
            return parts[0].turned
        if all(part.is_real for part in parts):
            return _operation(node, parts)
        rule = self._rule(node, parts)
        if rule.complex.partition(" ")[0] == ANALYTIC or within == rule.name:
            return _operation(node, parts)
        if rule.complex and not rule.requires and self._is_of_hermitian(rule, parts):
            return _operation(node, [Pair(part.plain, part.plain) for part in parts])
        if rule.complex:
            return self._by_formula(rule, node, parts)
        for part, arg in zip(parts, node.args):
            if not self.is_real(part):
                raise _of_real_numbers(node, arg, rule)
        real = _operation(node, [Pair(part.plain, part.plain) for part in parts])
        return Pair(real.plain, real.plain)

    def _rule(self, node: Call, parts: list[Pair]) -> Rule:
        """Return the rule of a call; of several the one that the shapes of the arguments fit."""
        rules = self.book.lookup(node)
        if len(rules) == 1:
            return rules[0]
        shapes = [getattr(self.built(part.plain), "shape", (1, 1)) for part in parts]
        return next((rule for rule in rules if _fits(rule, shapes)), rules[-1])

    def _is_of_hermitian(self, rule: Rule, parts: list[Pair]) -> bool:
        """Return whether a function that is the same of X and X.T, as logdet, is of a hermitian argument."""
        return bool(rule.invariant) and len(parts) == 1 and self._is_hermitian(parts[0])

    def _is_hermitian(self, pair: Pair) -> bool:
        one, other = (settled_twin(self.built(tree)) for tree in (pair.plain, pair.conjugate))
        return is_array(one) and transpose(one) == other

    def _by_formula(self, rule: Rule, node: Call, parts: list[Pair]) -> Pair:
        """Return the pair of what a function means over the complex numbers.

        Its own name within the formula is the function continued analytically.
        """
        if rule.requires and not self._is_hermitian(parts[0]):
            message = f"{node.function} of complex matrices is for hermitian ones, and this one is not known to be one"
            hint = 'declare --assume "A hermitian", or take (A + A.H)/2'
            raise DomainError(message, span=node.args[0].span, hint=hint)
        given = {parameter.name: part for parameter, part in zip(rule.params, parts)}
        formula = formula_tree(rule.complex.partition(" where ")[0])
        pairs: dict[int, Pair] = {}
        for inner in postorder(formula):
            below = [pairs[id(child)] for child in children(inner)]
            if isinstance(inner, Name) and inner.id in given:
                found = given[inner.id]
            elif isinstance(inner, Call):
                found = self._call(inner, below, rule.name)
            else:
                found = self._pair(inner, below)
            pairs[id(inner)] = found
        found = pairs[id(formula)]
        return Pair(*[replace(tree, span=node.span) for tree in (found.plain, found.conjugate)])

    def is_real(self, pair: Pair) -> bool:
        """Return whether a tree equals its conjugate: its values are real."""
        if pair.is_real:
            return True
        one, other = (settled_twin(self.built(tree)) for tree in (pair.plain, pair.conjugate))
        return one == other


formula_tree = lru_cache(maxsize=256)(parse_tree)


def _operation(node: Tree, parts: list[Pair]) -> Pair:
    if all(part.plain is child for part, child in zip(parts, children(node))):
        plain = node
    else:
        plain = with_children(node, [part.plain for part in parts])
    if all(part.is_real for part in parts):
        return Pair(plain, plain)
    return Pair(plain, with_children(node, [part.conjugate for part in parts]))


def _fits(rule: Rule, shapes: list[tuple]) -> bool:
    sizes: dict[str, object] = {}
    for parameter, shape in zip(rule.params, shapes):
        for text, size in zip(parameter.sizes, shape):
            if text.isdigit() and str(size) != text or not text.isdigit() and sizes.setdefault(text, size) != size:
                return False
    return True


def _of_real_numbers(node: Call, arg: Tree, rule: Rule) -> DomainError:
    message = f"{node.function} is of real numbers, and {unparse(arg)} may be complex"
    message += f": {rule.reals}" if rule.reals else ""
    hint = f"{node.function} takes what is known to be real, as real(X), abs(X), norm(X) or X.H@A@X with A hermitian"
    return DomainError(message, span=node.span, hint=hint)
