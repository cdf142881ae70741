"""The numeric value of a surface tree, by torch in float64, with nothing of the symbolic engine.

The check rests on this: it knows the language's operators, and every function through the torch line of its
rule. Every value is a tensor of two dimensions; a scalar is 1×1, so that torch's own broadcasting gives a
1×1 result its second life as a scalar. All walks are iterative.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from fractions import Fraction

import torch

from ..errors import DomainError, LimitError, RuleFileError, ShapeError, UnknownNameError
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, postorder
from ..rulebook.entries import size_tree
from .lines import compile_line

MAX_ENTRIES = 2_000_000
COMPARISON = re.compile(r"(\w+)\s*([<>])\s*(-?\d+)$")
_INTEGER = re.compile(r"integer\((\w+)\)$")
_CONSTANTS = {"pi": math.pi, "inf": math.inf}
_FAULTS = (RuntimeError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)


@contextmanager
def one_thread():
    """Let torch compute in one thread: for small arrays, waking the others takes longer than the work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# -- sizes ---------------------------------------------------------------------------------------------


def whole_number(tree, sizes):
    """Return the integer that a surface tree of numbers and size names stands for.

    Raises ShapeError where it is not an integer, UnknownNameError for a name that is no size.
    """
    values = {}
    for node in postorder(tree):
        if isinstance(node, Number):
            value = node.value
        elif isinstance(node, Name) and node.id in sizes:
            value = Fraction(sizes[node.id])
        elif isinstance(node, Name):
            raise UnknownNameError(
                f"the size '{node.id}' is not known", span=node.span, hint="declare it in the shape of a name"
            )
        elif isinstance(node, Negate):
            value = -values[id(node.operand)]
        elif isinstance(node, Binary):
            value = _arithmetic(node, values[id(node.left)], values[id(node.right)])
        else:
            raise ShapeError("a size is made of numbers and names of sizes", span=node.span, hint="write n or n*m")
        values[id(node)] = value
    if values[id(tree)].denominator != 1:
        raise ShapeError(f"{values[id(tree)]} is not a size", span=tree.span, hint="a size is an integer")
    return int(values[id(tree)])


def _arithmetic(node, left, right):
    if node.op == "+":
        return left + right
    if node.op == "-":
        return left - right
    if node.op == "*":
        return left * right
    if node.op == "/" and right:
        return left / right
    if node.op == "**" and right.denominator == 1 and 0 <= right <= 64:
        return left ** int(right)
    raise ShapeError(f"'{node.op}' cannot stand in a size", span=node.span, hint="write n, n*m or n + 1")


def fit_sizes(rule, shapes):
    """Return the sizes under which the parameters of a rule have these shapes, or None where they do not fit.

    ``shapes``: for each parameter (rows, columns), or an int for a size or an index.
    """
    if rule.elementwise:
        common = _common_shape(shapes)
        shapes = [common if p.kind == "array" else shape for p, shape in zip(rule.params, shapes)]
    sizes, later = {}, []
    for parameter, shape in zip(rule.params, shapes):
        if isinstance(shape, int):
            if parameter.kind == "size" and sizes.setdefault(parameter.name, shape) != shape:
                return None
            continue
        if shape is None or parameter.kind != "array":
            if shape not in (None, (1, 1)):
                return None
            continue
        for text, value in zip(parameter.sizes, shape):
            tree = size_tree(text)
            if not isinstance(tree, Name):
                later.append((tree, value))
            elif sizes.setdefault(tree.id, value) != value:
                return None
    return sizes if all(whole_number(tree, sizes) == value for tree, value in later) else None


def _common_shape(shapes):
    arrays = [s for s in shapes if not isinstance(s, int)]
    return max(s[0] for s in arrays), max(s[1] for s in arrays)


def result_shape(rule, sizes):
    """Return the (rows, columns) that the signature of a rule gives for known sizes."""
    return tuple(whole_number(size_tree(text), sizes) for text in rule.result)


def integer_parameters(rule):
    """Return the names of the scalars that are integers: by integer(k), or compared by a condition such as k > 1."""
    texts = [*rule.where, *[text for formula in rule.differentials for text in formula.where]]
    return {match[1] for pattern in (COMPARISON, _INTEGER) for match in map(pattern.match, texts) if match}


def integer_names(tree, book):
    """Return the names in a surface tree that stand where only an integer can: the k of matpow(X, k)."""
    found = set()
    for node in postorder(tree):
        if isinstance(node, Call):
            rule = book.lookup(node)[0]
            for parameter, arg in zip(rule.params, node.args):
                if parameter.name in integer_parameters(rule):
                    found |= {n.id for n in postorder(arg) if isinstance(n, Name)}
    return found


def largest_index(tree, book):
    """Return the largest number that stands as an index, such as the 6 of e(6, n), or -1."""
    found = [-1]
    for node in postorder(tree):
        if isinstance(node, Call):
            kinds = zip(book.lookup(node)[0].params, node.args)
            found += [arg.value for parameter, arg in kinds if parameter.kind == "index" and isinstance(arg, Number)]
    return int(max(found))


# -- the shapes of all nodes, before anything is computed --------------------------------------------------


def work(tree, shapes, sizes, book):
    """Return about how many multiplications an evaluation takes, and the shape of the value.

    ``shapes`` maps the names to (rows, columns). Raises LimitError where a node is too large to be held,
    ShapeError where the shapes do not fit.
    """
    found, total = {}, 0
    for node in postorder(tree):
        shape = _shape(node, found, shapes, sizes, book)
        found[id(node)] = shape
        if shape is not None:
            entries = shape[0] * shape[1]
            if entries > MAX_ENTRIES:
                raise LimitError(
                    f"too large to check: a matrix of {shape[0]}×{shape[1]}",
                    span=node.span,
                    hint="declare smaller sizes",
                )
            total += entries * _inner(node, found)
    return total, found[id(tree)]


def _inner(node, found):
    """Return the factor by which computing a node takes longer than writing it down."""
    if isinstance(node, Binary) and node.op == "@":
        return found[id(node.left)][1]
    if isinstance(node, Call):
        return max([1, *[max(found[id(arg)]) for arg in node.args if found[id(arg)] is not None]])
    return 1


def _shape(node, found, shapes, sizes, book):
    if isinstance(node, Name):
        return shapes.get(node.id, (1, 1))
    if isinstance(node, (Number, String)):
        return (1, 1) if isinstance(node, Number) else None
    if isinstance(node, Negate):
        return found[id(node.operand)]
    if isinstance(node, Transpose):
        return found[id(node.operand)][::-1]
    if isinstance(node, Binary):
        left, right = found[id(node.left)], found[id(node.right)]
        return _product_shape(node, left, right) if node.op == "@" else broadcast_shape(node, left, right)
    _, fitted = choose_rule(node, [found[id(arg)] for arg in node.args], sizes, book)
    return fitted[1]


def _product_shape(node, left, right):
    if left[1] != right[0]:
        raise ShapeError(
            f"shapes do not fit in '@': {left[0]}×{left[1]} and {right[0]}×{right[1]}",
            span=node.span,
            hint="the columns of the left side are as many as the rows of the right side",
        )
    return left[0], right[1]


def broadcast_shape(node, left, right):
    """Return the shape of an elementwise operation; raises ShapeError."""
    for one, other in zip(left, right):
        if one != other and 1 not in (one, other):
            raise ShapeError(
                f"shapes do not fit in '{node.op}': {left[0]}×{left[1]} and {right[0]}×{right[1]}",
                span=node.span,
                hint="an elementwise operation takes operands of one shape",
            )
    return tuple(other if one == 1 else one for one, other in zip(left, right))


def choose_rule(node, shapes, sizes, book):
    """Return the first rule that fits a call, and (its sizes, the shape of its result).

    ``shapes`` are those of the arguments, literals included; diag(v) and diag(X) are told apart by them.
    """
    rules = book.lookup(node)
    for rule in rules:
        given = [
            whole_number(arg, sizes) if parameter.kind in ("size", "index") else shape
            for parameter, arg, shape in zip(rule.params, node.args, shapes)
        ]
        fitted = fit_sizes(rule, given)
        if fitted is not None:
            shape = _common_shape(given) if rule.elementwise else result_shape(rule, fitted)
            _check_indices(node, rule, given, shape)
            return rule, (fitted, shape)
    shown = ", ".join(f"{s[0]}×{s[1]}" for s in shapes if s is not None)
    raise ShapeError(
        f"{node.function} does not take the shapes {shown}", span=node.span, hint=f"see matcalc rules {node.function}"
    )


def _check_indices(node, rule, given, shape):
    for parameter, value in zip(rule.params, given):
        if parameter.kind == "index" and not 0 <= value < max(shape):
            raise ShapeError(
                f"the index {value} of {node.function} is not below {max(shape)}",
                span=node.span,
                hint="indices begin at 0",
            )


# -- values -------------------------------------------------------------------------------------------------


def evaluate(tree, arrays, sizes, book):
    """Return the value of a surface tree, a float64 tensor of two dimensions.

    ``arrays`` maps names to tensors of two dimensions, ``sizes`` names of sizes to ints. Raises ShapeError,
    UnknownNameError, and DomainError where a function has no value there (a singular matrix).
    """
    return node_values(tree, arrays, sizes, book)[id(tree)]


def node_values(tree, arrays, sizes, book, known=None):
    """Return the values of all nodes by ``id``; ``known`` holds those that are not to be computed."""
    values = dict(known or {})
    for node in postorder(tree):
        if id(node) not in values:
            values[id(node)] = _value(node, values, arrays, sizes, book)
    return values


def _value(node, values, arrays, sizes, book):
    if isinstance(node, Number):
        return _number(node.value)
    if isinstance(node, String):
        return None
    if isinstance(node, Name):
        return _name(node, arrays, sizes)
    if isinstance(node, Negate):
        return -values[id(node.operand)]
    if isinstance(node, Transpose):
        return values[id(node.operand)].mT
    if isinstance(node, Binary):
        return _binary(node, values[id(node.left)], values[id(node.right)])
    return _call(node, [values[id(arg)] for arg in node.args], sizes, book)


def _number(value):
    try:
        return _scalar(float(value))
    except OverflowError:
        return _scalar(math.inf if value > 0 else -math.inf)


def _scalar(number):
    return torch.full((1, 1), number, dtype=torch.float64)


def _name(node, arrays, sizes):
    if node.id in arrays:
        return arrays[node.id]
    if node.id in sizes:
        return _scalar(float(sizes[node.id]))
    if node.id in _CONSTANTS:
        return _scalar(_CONSTANTS[node.id])
    raise UnknownNameError(f"'{node.id}' has no value", span=node.span, hint=f"give one for {node.id}")


def _binary(node, left, right):
    if node.op == "@":
        _product_shape(node, left.shape, right.shape)
        return torch.matmul(left, right)
    broadcast_shape(node, left.shape, right.shape)
    if node.op == "+":
        return left + right
    if node.op == "-":
        return left - right
    if node.op == "*":
        return left * right
    return left / right if node.op == "/" else left**right


def _call(node, values, sizes, book):
    shapes = [None if value is None else tuple(value.shape) for value in values]
    rule, (fitted, shape) = choose_rule(node, shapes, sizes, book)
    given = {
        parameter.name: whole_number(arg, sizes) if parameter.kind in ("size", "index") else value
        for parameter, arg, value in zip(rule.params, node.args, values)
    }
    return apply_rule(rule, given, fitted, shape)


def apply_rule(rule, arguments, sizes, shape):
    """Return the value of a rule's torch line, of this shape.

    ``arguments`` maps its parameters to tensors of two dimensions or ints. Raises RuleFileError where the
    line is not allowed, fails or has another shape, DomainError where the matrix is singular.
    """
    values = {**sizes, **arguments}
    try:
        result = compile_line(rule.torch, tuple(values))(values)
    except RuleFileError as error:
        raise RuleFileError(
            f"{rule.file}, line {rule.line}: {rule.id}: {error.message}",
            source=error.source,
            span=error.span,
            hint=error.hint,
        ) from error
    except torch.linalg.LinAlgError as error:
        raise DomainError(
            f"{rule.name} has no value here: the matrix is singular", hint="take another point"
        ) from error
    except _FAULTS as error:
        first = str(error).strip().partition("\n")[0]
        rule.fail(f"the torch line '{rule.torch}' fails: {first}")
    if not isinstance(result, torch.Tensor):
        rule.fail(f"the torch line '{rule.torch}' gives no tensor")
    if result.ndim == 0:
        result = result.reshape(1, 1)
    if tuple(result.shape) != tuple(shape):
        shown = "×".join(map(str, result.shape))
        rule.fail(
            f"the torch line '{rule.torch}' gives {shown}, but the signature {shape[0]}×{shape[1]}",
            hint="keep two dimensions: keepdim=True, or [:, None]",
        )
    return result if result.dtype == torch.float64 else result.to(torch.float64)
