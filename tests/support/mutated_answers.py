"""Answers made wrong: a sign, a factor, a transpose, a term, or a relative change of 1e-12 at one place."""

from __future__ import annotations

from fractions import Fraction

from matcalc.language.syntax import Binary, Call, Negate, Number, String, Transpose, children, postorder

KINDS = ("sign", "factor", "transpose", "term", "tiny")
_SIZES = ("eye", "ones", "zeros", "e", "comm")


def mutated(tree, kind, rng):
    """Return a surface tree with one change of a kind at a random place; ``rng`` is a random.Random."""
    places = _places(tree)
    place = rng.choice(places)
    if kind == "sign":
        return _with(tree, place, Negate(place))
    if kind == "factor":
        return _with(tree, place, Binary("*", Number(Fraction(rng.choice((2, 3)), rng.choice((1, 5)))), place))
    if kind == "transpose":
        return _with(tree, place, Transpose(place))
    if kind == "tiny":
        change = 1 + rng.choice((1, -1)) * Fraction(1, 10**12)
        return _with(tree, place, Binary("*", Number(change), place))
    sums = [node for node in places if isinstance(node, Binary) and node.op in "+-"]
    if not sums:
        return Binary("+", tree, place)
    chosen = rng.choice(sums)
    return _with(tree, chosen, rng.choice((chosen.left, chosen.right)))


def enlarged(mutant):
    """Return a mutant with a relative change of one half where it has one of 1e-12, so that torch can see it."""
    for node in postorder(mutant):
        if isinstance(node, Number) and abs(node.value - 1) == Fraction(1, 10**12):
            return _with(mutant, node, Number(Fraction(3, 2)))
    return mutant


def _places(tree):
    """Return the nodes that can change: no sizes, no exponents, no words."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, String):
            continue
        found.append(node)
        if isinstance(node, Binary) and node.op == "**":
            waiting.append(node.left)
        elif isinstance(node, Call) and node.function == "matpow":
            waiting.append(node.args[0])
        elif isinstance(node, Call):
            waiting.extend(() if node.function in _SIZES else node.args)
        else:
            waiting.extend(children(node))
    return found


def _with(node, place, changed):
    """Return a tree in which one node stands for another."""
    if node is place:
        return changed
    if isinstance(node, Binary):
        return Binary(node.op, _with(node.left, place, changed), _with(node.right, place, changed))
    if isinstance(node, (Negate, Transpose)):
        return type(node)(_with(node.operand, place, changed))
    if isinstance(node, Call):
        return Call(node.function, tuple(_with(arg, place, changed) for arg in node.args), node.keywords)
    return node
