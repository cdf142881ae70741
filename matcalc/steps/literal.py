"""The differential of a surface tree as one writes it first: rule by rule, in the order of the text.

d(x.T@A@x) is dx.T@A@x + x.T@A@dx here, where the engine would at once have collected the terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from ..language.generators import Over
from ..language.sharing import with_operands
from ..language.syntax import (
    Binary,
    Call,
    Name,
    Negate,
    Number,
    Transpose,
    Tree,
    children,
    names,
    outside_sums,
    postorder,
)
from ..language.unparse import unparse
from ..printers.sizes import fitting_rule
from ..rulebook.entries import Book, size_tree

MAX_NODES = 200


@dataclass(frozen=True)
class Literal:
    """Writes literal differentials.

    ``changes`` maps the names that vary to the names of their differentials. ``inner`` gives the surface tree of the
    differential of what no rule here takes apart: a function, a power, a quotient. ``shapes`` gives the shapes of all
    nodes by ``id``, ``book`` the rules.
    """

    changes: dict[str, str]
    inner: Callable
    shapes: dict[int, tuple[str, str]]
    book: Book

    def tree(self, root: Tree) -> Tree | None:
        """Return the differential of a surface tree, or None where it is too long to be read."""
        order = postorder(root, outside_sums)
        if len(order) > MAX_NODES:
            return None
        varying, terms = self._varying(order), {}
        for node in order:
            terms[id(node)] = self._terms(node, terms, varying) if id(node) in varying else []
        return summed(terms[id(root)])

    def _varying(self, order):
        found = set()
        for node in order:
            if isinstance(node, Call) and fitting_rule(node, self.book, self.shapes).constant:
                continue
            own = names(node) if isinstance(node, (Name, Over)) else {}
            if own.keys() & self.changes.keys() or any(id(c) in found for c in children(node)):
                found.add(id(node))
        return found

    def _terms(self, node, terms, varying):
        """Return the differential of a varying node as terms (is it subtracted, tree)."""
        if isinstance(node, Name):
            return [(False, Name(self.changes[node.id]))]
        if isinstance(node, Negate):
            return [(not minus, tree) for minus, tree in terms[id(node.operand)]]
        if isinstance(node, Transpose):
            return [(minus, Transpose(tree)) for minus, tree in terms[id(node.operand)]]
        if isinstance(node, Binary) and node.op in "+-" and self._keeps_shape(node, varying):
            right = terms[id(node.right)]
            return terms[id(node.left)] + [(minus != (node.op == "-"), tree) for minus, tree in right]
        if isinstance(node, Binary) and node.op in ("@", "*"):
            return self._product(node, terms, varying)
        if isinstance(node, Binary) and node.op == "/":
            return self._quotient(node, terms)
        if isinstance(node, Call) and len(node.args) == 1 and fitting_rule(node, self.book, self.shapes).linear:
            return [(minus, Call(node.function, (tree,), node.keywords)) for minus, tree in terms[id(node.args[0])]]
        formula = self._formula(node, terms, varying) if isinstance(node, Call) else None
        return [signed(self.inner(node) if formula is None else formula)]

    def _formula(self, node, terms, varying):
        """Return the rule's own formula for a function of one argument, None where it has no single one."""
        rule = fitting_rule(node, self.book, self.shapes)
        if len(node.args) != 1 or len(rule.differentials) != 1:
            return None
        formula, (parameter,), (arg,) = rule.differentials[0].right, rule.params, node.args
        if any(isinstance(part, Call) and part.function == "d" for part in postorder(formula)):
            return None
        sizes = {size: size_tree(text) for size, text in zip(parameter.sizes, self.shapes[id(arg)])}
        return inserted(formula, {**sizes, parameter.name: arg, "d" + parameter.name: summed(terms[id(arg)])})

    def _keeps_shape(self, node: Binary, varying: set[int]) -> bool:
        """Return whether the varying operands of a sum have the shape of the sum: nothing is repeated."""
        moving = [operand for operand in (node.left, node.right) if id(operand) in varying]
        return all(self.shapes[id(operand)] == self.shapes[id(node)] for operand in moving)

    def _product(self, node, terms, varying):
        """The product rule: one factor differentiated at a time."""
        factors = _factors_of(node, node.op)
        result = []
        for index, factor in enumerate(factors):
            if id(factor) in varying:
                for minus, change in terms[id(factor)]:
                    changed = [*factors[:index], *_factors_of(change, node.op), *factors[index + 1 :]]
                    negative, product = signed(joined(node.op, changed))
                    result.append((minus != negative, product))
        return result

    def _quotient(self, node: Binary, terms: dict[int, list[tuple[bool, Tree]]]) -> list[tuple[bool, Binary]]:
        """The quotient rule, d(a/b) = da/b - a*db/b**2."""
        square = Binary("**", node.right, Number(Fraction(2)))
        above = [(minus, Binary("/", tree, node.right)) for minus, tree in terms[id(node.left)]]
        below = [
            (not minus, Binary("/", Binary("*", node.left, tree), square)) for minus, tree in terms[id(node.right)]
        ]
        return above + below


def _factors_of(node: Tree, op: str) -> list[Tree]:
    """Return the factors of a product with this operator, those of its left operand taken apart."""
    found = []
    while isinstance(node, Binary) and node.op == op:
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def joined(op, factors):
    """Return the product of surface trees."""
    tree = factors[0]
    for factor in factors[1:]:
        tree = Binary(op, tree, factor)
    return tree


def signed(tree: Tree) -> tuple[bool, Tree]:
    """Return (is it subtracted, tree) for a surface tree, a minus in front of its first factor taken out."""
    spine, node = [], tree
    while isinstance(node, Binary) and node.op in "*@/":
        spine.append(node)
        node = node.left
    if not isinstance(node, Negate):
        return False, tree
    node = node.operand
    for above in reversed(spine):
        node = replace(above, left=node)
    return True, node


def negated(tree: Tree) -> Tree:
    """Return a surface tree with a minus in front of its first factor."""
    return _with_first(tree, "*@/", Negate)


def scaled(factor, tree):
    """Return a surface tree with a scalar in front of its first factor: 2*r.T@A@dx."""
    return _with_first(tree, "@", lambda first: Binary("*", factor, first))


def _with_first(tree: Tree, operators: str, change: Callable | type) -> Tree:
    """Return a product with its first factor changed."""
    spine, node = [], tree
    while isinstance(node, Binary) and node.op in operators:
        spine.append(node)
        node = node.left
    node = change(node)
    for above in reversed(spine):
        node = replace(above, left=node)
    return node


def summed(terms: list[tuple[bool, Tree]]) -> Tree | None:
    """Return the sum of terms (is it subtracted, tree) as a tree, None where there are none."""
    tree = None
    for minus, term in terms:
        if tree is None:
            tree = negated(term) if minus else term
        else:
            tree = Binary("-" if minus else "+", tree, term)
    return tree


def named_within(root: Tree, part: Tree, name: str) -> Tree:
    """Return a surface tree with a name wherever another tree stands in it."""
    built, text = {}, unparse(part)
    for node in postorder(root):
        found = isinstance(node, type(part)) and unparse(node) == text
        built[id(node)] = Name(name) if found else with_operands(node, [built[id(child)] for child in children(node)])
    return built[id(root)]


def inserted(root: Tree, trees: dict[str, Tree]) -> Tree:
    """Return a surface tree with other trees for some of its names.

    Products in products lose their parentheses, a minus inside a product stands in front of it, and what is
    transposed twice is not transposed.
    """
    built = {}
    for node in postorder(root):
        if isinstance(node, Name):
            built[id(node)] = trees.get(node.id, node)
            continue
        operands = [built[id(child)] for child in children(node)]
        if isinstance(node, Binary) and node.op in "@*":
            built[id(node)] = _product(node.op, *operands)
        elif isinstance(node, Binary) and node.op in "+-":
            minus, right = signed(operands[1])
            built[id(node)] = Binary("-" if minus != (node.op == "-") else "+", operands[0], right)
        elif isinstance(node, Negate):
            minus, operand = signed(operands[0])
            built[id(node)] = operand if minus else negated(operand)
        elif isinstance(node, Transpose) and isinstance(operands[0], Transpose):
            built[id(node)] = operands[0].operand
        else:
            built[id(node)] = with_operands(node, operands)
    return built[id(root)]


def _product(op, left, right):
    """Return a product of two surface trees, their signs in front of it."""
    (minus, left), (other, right) = signed(left), signed(right)
    product = joined(op, [left, *(_factors_of(right, op) if op == "@" else [right])])
    return negated(product) if minus != other else product
