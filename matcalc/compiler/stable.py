"""Stable forms: those of the rule book's lines, and softmax and logsumexp along the axes of an array.

Each form has the value of the one it replaces, without overflow and without cancellation.
"""

from __future__ import annotations

from ..rulebook.entries import Book, Rule
from .forms import form_of_book
from .logarithms import Logarithms, quotient, scaled
from .operations import Graph, Operation
from .signs import POSITIVE


def stable_forms(graph: Graph, node: Operation, book: Book, target: str) -> Operation:
    """Return the operation in a form that loses no digits, of functions that the target has; see the module."""
    if _is_call(node, "log") or _is_call(node, "log1p"):
        found = _of_sum(graph, node, book)
        if found is not None:
            return found
    form = form_of_book(graph, node, book, target)
    if form is not node:
        return form
    if node.kind == "divide":
        return _quotient(graph, node, book)
    if node.kind == "multiply":
        return _scaled_exponentials(graph, _cancelled(graph, node), book)
    return _logarithm(graph, node, book) if _is_call(node, "log") else node


def complements(graph: Graph, node: Operation, book: Book, target: str) -> Operation:
    """Return 1 - sigmoid(X) and the like in the book's form, other operations as they are."""
    return form_of_book(graph, node, book, target) if node.kind == "add" else node


def _is_call(node: Operation, name: str) -> bool:
    return node.kind == "call" and node.data.name == name


def _call(
    graph: Graph, book: Book, name: str, operand: Operation, shape: tuple | None = None, axis: int | None = None
) -> Operation:
    """Return a function of one array by its name: the overload for the operand's rank and the axis."""
    literals = () if axis is None else (("axis", axis),)
    rule = next(r for r in book.named(name) if r.literals == literals and _takes(r, operand))
    return graph.call(rule, operand, shape=shape)


def _takes(rule: Rule, operand: Operation) -> bool:
    """Whether an overload takes an array of the operand's rank: that for a column has no value for a matrix."""
    if len(rule.params) != 1:
        return False
    (parameter,) = rule.params
    return rule.elementwise or len(operand.shape) < 2 or "1" not in parameter.sizes


def _quotient(graph: Graph, node: Operation, book: Book) -> Operation:
    above, below = node.operands
    total, axis = _total_of(below)
    if total is not None and above is total and axis is None and len(above.shape) == 1 and _is_call(above, "exp"):
        return _softmax(graph, book, above, 0)
    return quotient(_logarithms(graph, book), above, below) or node


def _logarithms(graph: Graph, book: Book) -> Logarithms:
    return Logarithms(graph, book, _call, _total_of)


def _cancelled(graph: Graph, node: Operation) -> Operation:
    """Return an elementwise product without pairs a and 1/a of something positive, which is 0 by rounding alone."""
    factors = list(node.operands)
    stacked = [f for f in factors if f.kind == "vec"]
    if len(stacked) > 1:
        inner = _cancelled(graph, graph.multiply(*[f.operands[0] for f in stacked]))
        if not (inner.kind == "multiply" and len(inner.operands) >= len(stacked)):
            whole = graph.full(inner, stacked[0].operands[0].shape)
            one = graph.full(inner, node.shape) if inner.host else graph.make("vec", (whole,), shape=stacked[0].shape)
            return graph.multiply(one, *[f for f in factors if f.kind != "vec"])
    for place, factor in enumerate(factors):
        rest = factors[:place] + factors[place + 1 :]
        if factor.kind == "divide" and factor.operands[1] in rest and factor.operands[1].facts & POSITIVE:
            rest.remove(factor.operands[1])
            return graph.full(_cancelled_again(graph, graph.multiply(factor.operands[0], *rest)), node.shape)
    return node


def _cancelled_again(graph: Graph, node: Operation) -> Operation:
    return _cancelled(graph, node) if node.kind == "multiply" else node


def _scaled_exponentials(graph: Graph, node: Operation, book: Book) -> Operation:
    """Return softmax(Z, axis) for exp(Z) over the sums of its rows or columns, which are scaled by 1/sum."""
    for factor in node.operands:
        inverse, along = (factor.operands[0], factor.data) if factor.kind == "expand" else (factor, None)
        if inverse.kind != "divide" or _number(inverse.operands[0]) != 1:
            continue
        total, axis = _total_of(inverse.operands[1])
        if total is None:
            continue
        vector = along is None and len(total.shape) == 1
        if total in node.operands and _is_call(total, "exp") and axis == along and (vector or along is not None):
            rest = [f for f in node.operands if f is not factor and f is not total]
            return graph.multiply(_softmax(graph, book, total, axis or 0), *rest)
    return scaled(_logarithms(graph, book), node) or node


def _softmax(graph: Graph, book: Book, exponentials: Operation, axis: int) -> Operation:
    """Return softmax along an axis of what is exponentiated."""
    literals = () if axis == 0 else (("axis", axis),)
    rule = next(r for r in book.named("softmax") if r.literals == literals)
    argument = graph.full(exponentials.operands[0], exponentials.shape)
    return graph.call(rule, argument, shape=exponentials.shape)


def _total_of(node: Operation) -> tuple[Operation | None, int | None]:
    """Return (array, axis) where the operation is the sum of an array, axis None for all entries, else (None, None)."""
    if node.kind == "sum":
        return node.operands[0], node.data
    if node.kind == "product" and len(node.operands) == 2:
        for array, one, axis in ((*node.operands, 1), (*node.operands[::-1], 0)):
            if _is_one(one) and array.kind == "transpose":
                return array.operands[0], 1 - axis
            if _is_one(one) and array.shape:
                return array, axis if len(array.shape) == 2 else None
    if node.kind == "product" and not node.shape and len(node.operands) == 3:
        if _is_one(node.operands[0]) and _is_one(node.operands[2]):
            return node.operands[1], None
    return None, None


def _is_one(node: Operation) -> bool:
    """Whether the operation is a vector of ones."""
    return len(node.shape) == 1 and node.kind == "full" and _number(node.operands[0]) == 1


def _number(node: Operation) -> object:
    """Return the number that a node is, else None."""
    return node.data if node.kind == "number" else None


def _logarithm(graph: Graph, node: Operation, book: Book) -> Operation:
    (inner,) = node.operands
    if _is_call(inner, "softmax"):
        return _log_softmax(graph, book, inner)
    total, axis = _total_of(inner)
    if total is not None and _is_call(total, "exp"):
        argument = graph.full(total.operands[0], total.shape)
        return _call(graph, book, "logsumexp", argument, inner.shape, axis)
    if _is_call(inner, "det"):
        # det overflows where its logarithm is an ordinary number
        return graph.make("log_det", inner.operands)
    logarithms = _logarithms(graph, book)
    shifted = logarithms.shifted(inner)
    if shifted is not None:
        return graph.add(_call(graph, book, "log", shifted[0]), shifted[1])
    return logarithms.of(inner) or node


def _of_sum(graph: Graph, node: Operation, book: Book) -> Operation | None:
    """Return log(c + sum(exp(z))) by logarithms, None where no entries are summed in it."""
    (inner,) = node.operands
    terms = inner.operands if inner.kind == "add" else (inner,)
    if _is_call(node, "log1p"):
        terms = (graph.number(1), *terms)
    if len(terms) < 2 or not any(_total_of(term)[0] is not None for term in terms):
        return None
    return _logarithms(graph, book).of(graph.add(*terms))


def _log_softmax(graph: Graph, book: Book, softmax: Operation) -> Operation:
    """log(softmax(z)) = z - logsumexp(z), which is finite where softmax is 0 in floating point."""
    (array,), axis = softmax.operands, _axis(softmax)
    if axis is None or len(array.shape) < 2:
        return graph.add(array, graph.negative(_call(graph, book, "logsumexp", array, ())))
    total = _call(graph, book, "logsumexp", array, (array.shape[1 - axis],), axis)
    return graph.add(array, graph.negative(graph.expand(total, axis)))


def shared_exponentials(order, book):
    """Return a rule that lets softmax and logsumexp of one array share their exponentials and sums."""
    along = {}
    for node in order:
        if _is_call(node, "softmax") or _is_call(node, "logsumexp"):
            along.setdefault((node.operands[0], _axis(node)), set()).add(node.data.name)
    both = {key for key, names in along.items() if len(names) == 2}

    def rule(graph, node):
        if not _is_call(node, "softmax") and not _is_call(node, "logsumexp"):
            return node
        (array,), axis = node.operands, _axis(node)
        if (array, axis) not in both:
            return node
        rest = () if axis is None or len(array.shape) == 1 else (array.shape[1 - axis],)
        across = None if not rest else axis
        largest = graph.make("largest", (array,), across, rest)
        beside = largest if not rest else graph.expand(largest, axis)
        exponentials = _call(graph, book, "exp", graph.add(array, graph.negative(beside)))
        total = graph.make("sum", (exponentials,), across, rest)
        if node.data.name == "logsumexp":
            return graph.add(_call(graph, book, "log", total), largest)
        return graph.divide(exponentials, total if not rest else graph.expand(total, axis))

    return rule


def _axis(node: Operation) -> int | None:
    """Return the axis of a softmax or logsumexp: 0 or 1, None for the sum over all entries of a matrix."""
    literals = dict(node.data.literals)
    if "axis" in literals:
        return int(literals["axis"])
    return 0 if node.data.name == "softmax" or len(node.operands[0].shape) == 1 else None
