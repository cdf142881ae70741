"""Edits of surface trees: paths, replacements, and the small changes that a wrong formula may need."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

from ..budget import spend
from ..language.nodes import operands_of
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, children, postorder, rebuilt, with_children
from ..rulebook.conditions import constant_value

MOST_FACTORS = 5


def size_of(tree):
    """Return the number of nodes of a tree."""
    return len(postorder(tree))


def parents(tree):
    """Return {id of node: (parent, index)}; the root has none."""
    found = {}
    for node in postorder(tree):
        for index, child in enumerate(children(node)):
            found.setdefault(id(child), (node, index))
    return found


def replaced(tree, old, new, above=None):
    """Return the tree with ``new`` in the place of the node ``old``; all other nodes are shared."""
    above = parents(tree) if above is None else above
    while old is not tree:
        spend()
        parent, index = above[id(old)]
        parts = list(children(parent))
        parts[index] = new
        old, new = parent, with_children(parent, parts)
    return new


def substituted(tree, trees):
    """Return the tree with ``trees[name]`` for every name in it; spans are kept."""
    def put(node):
        return replace(trees[node.id], span=node.span) if isinstance(node, Name) and node.id in trees else node

    return rebuilt(tree, put)


def is_constant(node):
    """Return whether a tree has numbers only."""
    return all(not isinstance(part, (Name, Call)) for part in postorder(node))


def scaled(tree, number):
    """Return a tree times an exact number, which is written in front of a product, and its divisor behind."""
    spine, bottom = [], tree
    while isinstance(bottom, Binary) and bottom.op in "@*/":
        spine.append(bottom)
        bottom = bottom.left
    if isinstance(bottom, Negate):
        number, bottom = -number, bottom.operand
    if isinstance(bottom, Number):
        number *= bottom.value
        if spine and spine[-1].op == "*" and number.numerator == 1:
            bottom = spine.pop().right
        else:
            bottom, number = Number(Fraction(number.numerator)), Fraction(1, number.denominator)
    numerator, divisor = Fraction(number).numerator, Fraction(number).denominator
    if abs(numerator) != 1:
        factor = Number(Fraction(abs(numerator)))
        bottom = Binary("*", Negate(factor) if numerator < 0 else factor, bottom)
    elif numerator < 0:
        bottom = Negate(bottom)
    result = bottom
    for node in reversed(spine):
        result = replace(node, left=result)
    return result if divisor == 1 else Binary("/", result, Number(Fraction(divisor)))


# -- transposes -------------------------------------------------------------------------------------------


def transposable(tree, shapes):
    """Return the nodes whose transpose may have been forgotten or is one too many, names first.

    ``shapes`` maps ids of nodes to (rows, columns); numbers and 1×1 values are left out, and what stands directly
    below a transpose, whose removal is the same.
    """
    below = {id(node.operand) for node in postorder(tree) if isinstance(node, Transpose)}
    nodes = [
        node
        for node in postorder(tree)
        if node is not tree and id(node) not in below and shapes.get(id(node), ()) not in (None, (1, 1))
    ]
    return smallest_first(nodes, tree)


def smallest_first(nodes, tree):
    """Return nodes of a tree in the order of their sizes."""
    sizes = {}
    for node in postorder(tree):
        sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children(node))
    return sorted(nodes, key=lambda node: sizes[id(node)])


def toggled(node):
    """Return the transpose of a node."""
    return node.operand if isinstance(node, Transpose) else Transpose(node)


# -- products ----------------------------------------------------------------------------------------------


def product(factors):
    """Return the matrix product of factors."""
    return joined(factors, "@")


def joined(factors, op):
    """Return the product of factors with an operator."""
    result = factors[0]
    for factor in factors[1:]:
        result = Binary(op, result, factor)
    return result


def chains(tree):
    """Return the outermost nodes of all matrix products."""
    inner = {
        id(child)
        for node in postorder(tree)
        if isinstance(node, Binary) and node.op == "@"
        for child in (node.left, node.right)
        if isinstance(child, Binary) and child.op == "@"
    }
    return [node for node in postorder(tree) if isinstance(node, Binary) and node.op == "@" and id(node) not in inner]


def swaps(tree):
    """Yield (edited tree, one factor, other factor): two factors of a product, or two arguments, change places."""
    above = parents(tree)
    for node in chains(tree):
        factors = operands_of(node, "@")
        for i in range(len(factors) - 1):
            for j in range(i + 1, len(factors)):
                order = list(factors)
                order[i], order[j] = order[j], order[i]
                yield replaced(tree, node, product(order), above), factors[i], factors[j]
    for node in postorder(tree):
        if isinstance(node, Call) and len(node.args) == 2 and not any(isinstance(a, Number) for a in node.args):
            yield replaced(tree, node, replace(node, args=node.args[::-1]), above), *node.args
        if isinstance(node, Binary) and node.op == "/":
            yield replaced(tree, node, replace(node, left=node.right, right=node.left), above), node.left, node.right


def reorderings(tree):
    """Yield (edited tree, product, its new form) for every other order of the factors of a product."""
    above = parents(tree)
    for node in chains(tree):
        factors = operands_of(node, "@")
        if 2 < len(factors) <= MOST_FACTORS:
            for order in permutations(factors):
                if sum(one is not two for one, two in zip(order, factors)) > 2:
                    new = product(list(order))
                    yield replaced(tree, node, new, above), node, new


# -- elementwise and matrix operations -------------------------------------------------------------------------


def elementwise_edits(tree, shapes):
    """Yield (edited tree, old node, new node, the operation that is needed) at every operation of two arrays."""
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in "*/@**":
            for new, needed in _elementwise_alternatives(node, shapes):
                yield replaced(tree, node, new, above), node, new, needed
    products, changed = matrix_products(tree, shapes)
    if changed > 1:
        yield products, tree, products, "matrix"


def matrix_products(tree, shapes):
    """Return a tree with @ for every * between arrays, and how many these are; ``shapes`` are those of the names."""
    kinds = {node.id: shapes.get(id(node)) for node in postorder(tree) if isinstance(node, Name)}
    made, found, changed = {}, {}, 0
    for node in postorder(tree):
        parts = [made[id(child)] for child in children(node)]
        sides = [found[id(child)] for child in children(node)]
        new = with_children(node, parts) if parts else node
        shape = shapes.get(id(node)) if not parts else None
        if isinstance(node, Name):
            shape = kinds[node.id]
        elif isinstance(node, Number) or is_constant(node):
            shape = (1, 1)
        elif isinstance(node, Transpose):
            shape = sides[0] and sides[0][::-1]
        elif isinstance(node, (Negate, Call)):
            shape = shapes.get(id(node)) or (sides[0] if isinstance(node, Negate) else None)
        elif isinstance(node, Binary) and node.op in ("*", "@"):
            if node.op == "*" and (1, 1) in sides:
                shape = sides[1] if sides[0] == (1, 1) else sides[0]
            else:
                changed += node.op == "*"
                new = Binary("@", *parts, node.span)
                shape = (sides[0][0], sides[1][1]) if None not in sides else None
        elif isinstance(node, Binary):
            shape = next((side for side in sides if side not in (None, (1, 1))), sides[0])
        made[id(node)], found[id(node)] = new, shape
    return made[id(tree)], changed


def _elementwise_alternatives(node, shapes):
    left, right = node.left, node.right
    scalar = {side for side in (left, right) if shapes.get(id(side)) == (1, 1) or is_constant(side)}
    if node.op == "**":
        exponent = constant_value(right)
        if exponent is not None and exponent.denominator == 1 and left not in scalar:
            yield Call("matpow", (left, right)), "matrix"
            if exponent == 2:
                yield Binary("@", toggled(left), left), "matrix"
                yield Binary("@", left, toggled(left)), "matrix"
        return
    if right in scalar or left in scalar and node.op != "/":
        return
    if node.op == "/":
        inverse = Call("inv", (right,))
        number = constant_value(left)
        if number is not None:
            yield scaled(inverse, number), "inverse"
            return
        yield Binary("@", left, inverse), "inverse"
        yield Binary("@", inverse, left), "inverse"
    elif node.op == "*":
        yield Binary("@", left, right), "matrix"
        yield Binary("@", right, left), "matrix"
        for one, other in ((toggled(left), right), (left, toggled(right))):
            yield Binary("@", one, other), "matrix"
            yield Binary("*", one, other), "broadcast"
    else:
        yield Binary("*", left, right), "elementwise"
        yield Binary("*", toggled(left), right), "elementwise"
        yield Binary("*", left, toggled(right)), "elementwise"
