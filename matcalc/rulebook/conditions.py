"""The conditions under which an expression and its derivative exist: invertible(X), positive(x) …

They are read off the surface tree and the rule book: the domain of every function, and where the
variable stands below it, what its differential asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ..bounds import MAX_ONE_EXPRESSION
from ..language.sharing import Shared
from ..language.syntax import (
    Binary,
    Call,
    Name,
    Negate,
    Number,
    Transpose,
    Tree,
    children,
    length,
    outside_sums,
    parse_tree,
    postorder,
)
from ..language.unparse import unparse
from .facts import ensuring, hollow
from .guards import guards_of, is_guarded

# characters of a condition that is told in full
_LONGEST_TOLD = 100


@dataclass(frozen=True)
class Condition:
    """A predicate of the rule book and the surface tree that it speaks of."""

    predicate: str
    tree: Tree

    def __str__(self):
        return f"{self.predicate}({_text(self.tree)})"

    def told(self, source):
        """Return the text for the user; a long part stands as in ``source``, in terms of the names assigned there."""
        span, text = self.tree.span, str(self)
        if span.end <= span.start or len(text) <= _LONGEST_TOLD and not _is_long(self.tree):
            return text
        return f"{self.predicate}({source[span.start : span.end].strip()})"


@lru_cache(maxsize=1024)
def _is_long(tree):
    return length(tree) > MAX_ONE_EXPRESSION


@lru_cache(maxsize=1024)
def _text(tree):
    """Return a tree as a text, a program too long to be written out as one that no other has."""
    return f"part {Shared(tree).digest()}" if _is_long(tree) else unparse(tree)


def conditions(tree, facts, book, variable=None):
    """Return the distinct conditions of a surface tree, without those that declared facts imply.

    ``facts`` maps names to declared words. ``variable`` is the name differentiated by.
    """
    changing = varying(tree, variable)
    found, guards = {}, guards_of(tree)
    for node in postorder(tree, outside_sums):
        held = guards.get(id(node))
        for condition in conditions_of(node, book, id(node) in changing):
            if held and is_guarded(condition.predicate, _text(condition.tree), held):
                continue
            if not follows(condition, facts):
                found.setdefault(str(condition), condition)
    return list(found.values())


def varying(tree, variable):
    """Return the ids of the nodes that a name varies, without norms of which only the square does."""
    found = set()
    for node in postorder(tree):
        if isinstance(node, Name) and node.id == variable or any(id(c) in found for c in children(node)):
            found.add(id(node))
    return found - squared_norms(tree)


def squared_norms(tree):
    """Return the ids of the norms under an even power, which are differentiable everywhere."""
    found = set()
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op == "**" and isinstance(node.left, Call):
            exponent = constant_value(node.right)
            if node.left.function in ("norm", "norm2") and len(node.left.args) == 1 and exponent and exponent % 2 == 0:
                found.add(id(node.left))
    return found


def conditions_of(node, book, varies):
    """Return the conditions that one node has; ``varies``: whether what is differentiated by stands below it."""
    if isinstance(node, Binary) and node.op == "/" and not isinstance(node.right, Number):
        return [Condition("nonzero", node.right)]
    if isinstance(node, Binary) and node.op == "**":
        return _of_power(node)
    if isinstance(node, Call):
        return _of_call(node, book, varies)
    return []


def _of_power(node):
    exponent = constant_value(node.right)
    if exponent is None:
        return [] if isinstance(node.left, Number) else [_positive(node.left)]
    if exponent.denominator != 1:
        return [Condition("positive", node.left)]
    return [Condition("nonzero", node.left)] if exponent < 0 else []


# functions that are never below 0, and what is so where they are above it
_ABOVE_ZERO = {"abs": "nonzero", "norm": "nonzero_array", "norm1": "nonzero_array", "norm2": "nonzero_array"}


def _positive(tree):
    """Return the condition that what has an unknown exponent is positive: of norm(x) that x is not 0."""
    predicate = _ABOVE_ZERO.get(tree.function) if isinstance(tree, Call) and len(tree.args) == 1 else None
    if predicate and tree.keywords:  # of each row or column
        return Condition("nonzero", tree)
    return Condition(predicate, tree.args[0]) if predicate else Condition("positive", tree)


def under_roots_only(tree, book):
    """Return the conditions (as texts) that stand for roots and for nothing else: a root has a value at 0, too."""
    roots, others = set(), set()
    for node in postorder(tree):
        found = {str(condition) for condition in conditions_of(node, book, False)}
        (roots if _is_root(node, book) else others).update(found)
    return roots - others


def _is_root(node, book):
    """Return whether a node is a power with a positive fraction, or a function that means one."""
    if isinstance(node, Call):
        node = book.lookup(node)[-1].means or node
    if not isinstance(node, Binary) or node.op != "**":
        return False
    exponent = constant_value(node.right)
    return exponent is not None and exponent > 0 and exponent.denominator != 1


def constant_value(node):
    """Return the rational number that a surface tree of numbers stands for, else None."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate):
        value = constant_value(node.operand)
        return None if value is None else -value
    if isinstance(node, Binary) and node.op in "+-*/":
        left, right = constant_value(node.left), constant_value(node.right)
        if left is None or right is None or node.op == "/" and right == 0:
            return None
        return (
            {"+": left + right, "-": left - right, "*": left * right}.get(node.op)
            if node.op != "/"
            else Fraction(left, right)
        )
    return None


def _of_call(node, book, varies):
    rule = book.lookup(node)[-1]
    texts = list(rule.where)
    if varies and not _is_smooth_there(rule, node, book):
        texts += [text for formula in rule.differentials for text in formula.where]
    arguments = {p.name: arg for p, arg in zip(rule.params, node.args)}
    result = []
    if rule.name in ("matpow", "matpow_frechet") and (constant_value(node.args[1]) or 0) < 0:
        result.append(Condition("invertible", node.args[0]))
    for text in texts:
        condition = parse_tree(text) if "(" in text else None
        if isinstance(condition, Call):
            result.append(with_arguments(condition, arguments))
    return result


def _is_smooth_there(rule, node, book):
    """Whether a function with a kink at 0 is given what never crosses it: abs(relu(x)) is relu(x)."""
    if len(node.args) != 1 or len(rule.params) != 1:
        return False
    name, argument = rule.params[0].name, node.args[0]
    if isinstance(argument, Negate):
        return rule.values.get("nonpositive", "").startswith("zeros(") and _is_never_negative(argument.operand, book)
    same = rule.values.get("positive") == name or rule.values.get("means") == f"sum(abs({name}))"
    return same and _is_never_negative(argument, book)


def _is_never_negative(tree, book):
    bounds = book.lookup(tree)[-1].bounds if isinstance(tree, Call) else None
    return bounds is not None and bounds.low >= 0


def with_arguments(tree, arguments):
    """Return the condition that a tree such as nonzero(A - B) stands for, for given arguments of the rule."""
    (inner,) = tree.args
    return Condition(tree.function, _replace(inner, arguments))


def _replace(tree, arguments):
    if isinstance(tree, Name):
        return arguments.get(tree.id, tree)
    if isinstance(tree, Binary):
        left, right = _replace(tree.left, arguments), _replace(tree.right, arguments)
        if tree.op == "-" and constant_value(right) == 0:
            return left
        if tree.op == "-" and isinstance(right, Negate):
            return Binary("+", left, right.operand, tree.span)
        return Binary(tree.op, left, right, tree.span)
    if isinstance(tree, (Negate, Transpose)):
        return type(tree)(_replace(tree.operand, arguments), tree.span)
    if isinstance(tree, Call):
        return Call(tree.function, tuple(_replace(a, arguments) for a in tree.args), tree.keywords, tree.span)
    return tree


# predicate: whether a rational number has it, where that is not whether it is positive
_OF_A_NUMBER = {
    "integer": lambda value: value.denominator == 1,
    "nonzero": lambda value: value != 0,
    "nonzero_array": lambda value: value != 0,
    "inside_unit": lambda value: abs(value) < 1,
    "above_minus_one": lambda value: value > -1,
}


def follows(condition, facts):
    """Whether a condition on a number or a name follows from the number, or from the declared words of the name."""
    tree = condition.tree
    while isinstance(tree, Transpose):
        tree = tree.operand
    value = constant_value(tree)
    if value is not None:
        return _OF_A_NUMBER.get(condition.predicate, lambda value: value > 0)(value)
    if not isinstance(tree, Name):
        return False
    words = facts.get(tree.id, frozenset())
    if condition.predicate in ("positive", "nonzero", "above_minus_one") and words & hollow():
        return False  # off the diagonal there are zeros
    return bool(words & ensuring(condition.predicate))
