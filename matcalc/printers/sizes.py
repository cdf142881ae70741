"""The shapes of the nodes of a surface tree, as far as a notation needs them: which sizes are 1.

A notation writes a scaling, a matrix product and an elementwise product differently, though the language
may write two of them with the same sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Integer, expand

from ..algebra.expressions import dimension
from ..errors import ShapeError
from ..language.generators import Over
from ..language.subscripts import MEMBER
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, parse_tree, postorder, substituted
from ..language.unparse import unparse
from ..shapes.inference import Inference

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule

SCALAR = ("1", "1")

def name_shapes(tree, book, shapes=None):
    """Return {name: (rows, columns)} as texts.

    ``shapes`` are declarations: ``()`` for a scalar, ``("n", 1)``, ``("n", "m")``; without them the shapes are
    those that the language infers from the tree. Raises what the inference raises.
    """
    if shapes is None:
        return {name: tuple(map(str, shape)) for name, shape in Inference(tree, "", {}, {}, book).run().items()}
    padded = {name: (*shape, *(1,) * (2 - len(shape))) for name, shape in shapes.items()}
    return {name: tuple(map(str, shape)) for name, shape in padded.items()}


def node_shapes(tree, book, shapes):
    """Return {id of node: (rows, columns)} as texts; ``shapes``: those of the names, all others are sizes."""
    found = {}
    for node in postorder(tree):
        found[id(node)] = _shape(node, found, shapes, book)
    return found


def _shape(node, found, shapes, book):
    if isinstance(node, Name):
        return shapes.get(node.id, SCALAR)
    if isinstance(node, (Negate, Over)):
        return found[id(node.operand if isinstance(node, Negate) else node.body)]
    if isinstance(node, Transpose):
        return found[id(node.operand)][::-1]
    if is_differential(node, book):
        return found[id(node.args[0])]
    if isinstance(node, Call) and node.function == MEMBER and len(node.args) == 2:
        return found[id(node.args[0])][1:]
    if isinstance(node, Call):
        rule = fitting_rule(node, book, found)
        return _result(rule, [found[id(arg)] for arg in node.args], node.args)
    if isinstance(node, Binary):
        left, right = found[id(node.left)], found[id(node.right)]
        return (left[0], right[1]) if node.op == "@" else _broadcast(left, right)
    return SCALAR


def is_differential(node: Tree, book: Book) -> bool:
    """Return whether a node is the differential d(E) of an expression, as the formulas of rules have it."""
    return isinstance(node, Call) and node.function == "d" and "d" not in book.function_names()


def _broadcast(left, right):
    return tuple(other if one == "1" else one for one, other in zip(left, right))


def fitting_rule(call, book, found):
    """Return the rule of a call whose columns and rows are those of its arguments; ``found``: shapes by id."""
    rules = book.lookup(call)
    for rule in rules:
        shapes = [found[id(arg)] for arg in call.args[: len(rule.params)]]
        if all(_fits(parameter, shape) for parameter, shape in zip(rule.params, shapes)):
            return rule
    return rules[-1]


def _fits(parameter, shape):
    return parameter.kind != "array" or all(size == "1" or text != "1" for text, size in zip(parameter.sizes, shape))


def _result(rule, shapes, args):
    if rule.elementwise:
        result = SCALAR
        for shape in shapes:
            result = _broadcast(result, shape)
        return result
    sizes = {name: name for name in rule.free_sizes}
    for parameter, shape, arg in zip(rule.params, shapes, args):
        if parameter.is_whole:
            sizes[parameter.name] = _size_text(arg)
        elif parameter.kind == "array":
            sizes.update((text, size) for text, size in zip(parameter.sizes, shape) if "*" not in text)
    _divide(rule, shapes, sizes)
    for parameter in rule.params:
        if parameter.kind == "bound" and sizes[parameter.name].startswith("-"):
            sizes[parameter.name] = f"{sizes[parameter.sizes[0]]} {sizes[parameter.name]}"
    return tuple(_computed(text, sizes) for text in rule.result)


def _divide(rule: Rule, shapes: list[tuple[str, str]], sizes: dict[str, str]) -> None:
    """Add the sizes that a signature has as factors only: the r of r*k, for k known."""
    for parameter, shape in zip(rule.params, shapes):
        for text, size in zip(parameter.sizes, shape):
            unknown = [name for name in text.split("*") if name not in sizes] if "*" in text else []
            if len(unknown) == 1:
                other = _computed(text, {**sizes, unknown[0]: "1"})
                sizes[unknown[0]] = _computed(f"{unknown[0]}/k", {unknown[0]: size, "k": other})


def _size_text(arg: Tree) -> str:
    return unparse(arg)


def _computed(text: str, sizes: dict[str, str]) -> str:
    """Return the size that a signature gives, such as n*m or b - a, as a text that equal sizes share."""
    if text.isdigit() or text in sizes and sizes[text].isidentifier():
        return sizes.get(text, text)
    values: dict[int, Expr] = {}
    for node in postorder(substituted(parse_tree(text), {name: parse_tree(size) for name, size in sizes.items()})):
        values[id(node)] = _whole(node, values)
    return str(expand(values[id(node)]))


def _whole(node: Tree, values: dict[int, Expr]) -> Expr:
    if isinstance(node, Number):
        return Integer(int(node.value))
    if isinstance(node, Name):
        return dimension(node.id)
    if isinstance(node, Negate):
        return -values[id(node.operand)]
    if not isinstance(node, Binary):
        raise ShapeError("a size is made of numbers and names of sizes", span=node.span, hint="write n or n*m")
    left, right = values[id(node.left)], values[id(node.right)]
    if node.op == "**":
        return left**right
    if node.op == "/":
        return left / right
    return left * right if node.op == "*" else left + right if node.op == "+" else left - right
