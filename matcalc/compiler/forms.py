"""The rule book's forms in generated code: softplus(z) for log(1 + exp(z)), sigmoid(-z) for 1 - sigmoid(z), expm1 …

They are lines ``short for``, ``shortens`` and ``stable`` of the rule book, and f(-z) for 1 - f(z) of a function
with that parity; the left side is matched with an operation, X standing for one of its parts. Each has the value of the
one it replaces, without overflow and without cancellation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sympy import Rational

from ..errors import NoRuleError
from ..language.syntax import Binary, Call, Name, Negate, Number, children, postorder
from ..rulebook.entries import Book, Rule
from ..rulebook.properties import Identity, weight
from .counterparts import counterpart
from .operations import Graph, Operation
from .signs import POSITIVE, definite, nonnegative

# the kinds of operations that the operators of a line become
_KINDS = {"+": "add", "-": "add", "*": "multiply", "/": "divide", "**": "power"}
_MOST_TERMS = 4


class _Form(NamedTuple):
    """A line of an entry: the function it stands at, both sides, and the parameter."""

    rule: Rule
    left: Any
    right: Any
    parameter: str
    conditions: tuple


_forms: WeakKeyDictionary[Book, dict] = WeakKeyDictionary()


def _forms_of(book: Book) -> dict[str, list[_Form]]:
    """Return the lines of a book by the kind of operation or the function at the top, the longest first."""
    found = _forms.get(book)
    if found is None:
        found = _forms[book] = {}
        # of two lines with the same left side a user's, which comes later, is taken
        for form in sorted(reversed(list(_lines(book))), key=lambda form: -weight(form.left)):
            top = form.left.function if isinstance(form.left, Call) else _KINDS[form.left.op]
            found.setdefault(top, []).append(form)
    return found


def _lines(book: Book) -> Iterator[_Form]:
    for rule in book.rules:
        identities = [*rule.shortens, *rule.stable]
        if rule.parity == "complement":
            name = rule.params[0].name
            identities.append(Identity(f"1 - {rule.id}", f"{rule.name}(-{name})"))
        for identity in identities:
            left, right = identity.left_tree, identity.right_tree
            if isinstance(left, Negate):
                left, right = left.operand, Negate(right)
            if isinstance(left, (Call, Binary)):
                yield _Form(rule, left, right, rule.params[0].name, identity.conditions)


def form_of_book(graph: Graph, node: Operation, book: Book, target: str) -> Operation:
    """Return the operation in the form that a line of the rule book has for it, of functions that the target has."""
    for form in _forms_of(book).get(node.data.name if node.kind == "call" else node.kind, ()):
        for sign in (1, -1) if node.kind == "add" else (1,):
            argument = next(_matches(form.left, node, sign, graph, None), None)
            if argument is None or argument.host or not all(_holds(c, argument) for c in form.conditions):
                continue
            if not _has(form.right, form.rule, target, len(argument.shape) == 1, book):
                continue
            found = _made(form.right, argument, form, graph, book)
            if found is not None:
                return found if sign == 1 else graph.negative(found)
    return node


def _has(tree: Any, own: Rule, target: str, vectors: bool, book: Book) -> bool:
    """Whether a target has a counterpart of every function in a tree."""
    for name in {node.function for node in postorder(tree) if isinstance(node, Call)}:
        rule = own if own.name == name else book.overloads(name)[0]
        try:
            counterpart(rule, target, vectors)
        except NoRuleError:
            return False
    return True


def _holds(condition: tuple, argument: Operation) -> bool:
    predicate, tree = condition
    test = _TESTS.get(predicate)
    return isinstance(tree, Name) and test is not None and test(argument)


_TESTS: dict[str, Callable] = {
    "pd": lambda operation: definite(operation) == 2,
    "psd": lambda operation: definite(operation) >= 1,
    "positive": lambda operation: bool(operation.facts & POSITIVE),
    "nonnegative": nonnegative,
}


# -- matching --------------------------------------------------------------------------------------------------------


def _matches(tree: Any, node: Operation, sign: int, graph: Graph, bound: Operation | None) -> Iterator[Operation]:
    """Yield what X is where sign times the operation is the tree; ``bound`` is what X is already, or None."""
    if isinstance(tree, Name):
        value = node if sign == 1 else graph.negative(node)
        if bound is None or bound is value:
            yield value
    elif isinstance(tree, Negate):
        yield from _matches(tree.operand, node, -sign, graph, bound)
    elif isinstance(tree, Number):
        if node.kind == "number" and node.data == sign * Rational(tree.value) and bound is not None:
            yield bound
    elif node.kind == "negative":
        yield from _matches(tree, node.operands[0], -sign, graph, bound)
    elif isinstance(tree, Call):
        inner = _operand_of(tree, node) if sign == 1 else None
        if inner is not None:
            yield from _matches(tree.args[0], inner, 1, graph, bound)
    elif isinstance(tree, Binary) and node.kind == _KINDS.get(tree.op):
        yield from _matches_operands(tree, node, sign, graph, bound)


def _matches_operands(tree: Binary, node: Operation, sign: int, graph: Graph, bound: Any) -> Iterator[Operation]:
    if node.kind == "add":
        parts = _terms(tree, sign)
    else:
        parts = [(tree.left, 1), (tree.right, 1)] if sign == 1 else []
    if len(parts) != len(node.operands) or len(parts) > _MOST_TERMS:
        return
    orders = permutations(node.operands) if node.kind in ("add", "multiply") else [node.operands]
    # what has the name in it binds it, numbers are compared afterwards
    parts.sort(key=lambda part: isinstance(part[0], Number))
    for operands in orders if len(parts) > 1 else [node.operands]:
        ordered = operands if node.kind in ("add", "multiply") else _in_order(tree, parts, operands)
        yield from _all_match(parts, ordered, graph, bound)


def _in_order(tree: Binary, parts: list, operands: tuple) -> list:
    """Return the operands of a quotient or a power in the order of the parts."""
    return [operands[0] if part is tree.left else operands[1] for part, _ in parts]


def _all_match(parts: list, operands: tuple | list, graph: Graph, bound: Any) -> Iterator[Operation]:
    if not parts:
        yield bound
        return
    (tree, sign), *others = parts
    for found in _matches(tree, operands[0], sign, graph, bound):
        yield from _all_match(others, operands[1:], graph, found)


def _terms(tree: Any, sign: int) -> list[tuple]:
    """Return the terms of a sum with their signs."""
    if isinstance(tree, Binary) and tree.op in "+-":
        return [*_terms(tree.left, sign), *_terms(tree.right, sign if tree.op == "+" else -sign)]
    return [(tree.operand, -sign)] if isinstance(tree, Negate) else [(tree, sign)]


def _operand_of(call: Call, node: Operation) -> Operation | None:
    """Return the operand of an operation that is this function, None for another one."""
    fits = node.kind == "call" and node.data.name == call.function and len(node.operands) == len(call.args) == 1
    return node.operands[0] if fits else None


# -- the right side ---------------------------------------------------------------------------------------------------


def _made(tree: Any, argument: Operation, form: _Form, graph: Graph, book: Book) -> Operation | None:
    """Return the operation that the right side is for an argument, None where a function does not take it."""
    if isinstance(tree, Number):
        return graph.number(Rational(tree.value))
    if isinstance(tree, Name):
        return argument if tree.id == form.parameter else None
    parts = children(tree)
    operands = [made for part in parts if (made := _made(part, argument, form, graph, book)) is not None]
    if len(operands) < len(parts):
        return None
    if isinstance(tree, Negate):
        return graph.negative(operands[0])
    if isinstance(tree, Call):
        return _called(tree, operands, form, graph, book)
    makers: dict[str, Callable] = {"+": graph.add, "*": graph.multiply, "/": graph.divide, "**": graph.power}
    if tree.op == "-":
        return graph.add(operands[0], graph.negative(operands[1]))
    return makers[tree.op](*operands)


def _called(tree: Call, operands: list, form: _Form, graph: Graph, book: Book) -> Operation | None:
    own = form.rule.name == tree.function
    rules = [form.rule] if own else [r for r in book.overloads(tree.function) if not r.literals]
    for rule in rules:
        shape = _shape_of(rule, operands)
        if shape is not None and len(rule.params) == len(operands):
            return graph.call(rule, *operands, shape=shape)
    return None


def _shape_of(rule: Rule, operands: list) -> tuple | None:
    """Return the shape of a function's value for one operand, None where it takes no array of this shape."""
    if rule.elementwise:
        return operands[0].shape
    sizes = rule.params[0].sizes
    if len(sizes) == 2 and sizes[1] == "1" and len(operands[0].shape) == 2:
        return None
    return () if rule.result == ("1", "1") else operands[0].shape if rule.result == sizes else None
