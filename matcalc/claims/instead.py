"""One part of a formula that stands where another belongs: an exponent, a name, a number for a multiple of the
identity matrix, a column for its diagonal matrix, a function of entries for one of the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..answers.derivative import answer
from ..errors import MatcalcError
from ..language.syntax import (
    Binary,
    Call,
    Name,
    Number,
    Transpose,
    Tree,
    children,
    parse_tree,
    postorder,
    substituted,
    with_children,
)
from ..printers.sizes import node_shapes
from ..rulebook.entries import size_tree
from ..shapes.elaborate import elaborate
from .case import Case, Finding, shown
from .multiples import with_factor
from .trees import parents, replaced, toggled
from .wording import in_layout

_SCALAR = ("1", "1")
_MOST_NODES = 40
_LARGEST_NUMBER = 100
_ARGUMENT = "t"

# an edit: the new formula, and what is wrong with the old one
Edits = Iterator[tuple[Tree, str]]


def one_part_instead(case: Case) -> Finding | None:
    """One part of the formula stands where another belongs."""
    for tree, message, diagnosis in case.tried(_edits(case)):
        layout = case.layout_of(tree)
        if layout:
            return Finding(diagnosis, message + in_layout(case, layout), layout, tree)
    return None


def factor_and_part_instead(case: Case) -> Finding | None:
    """One part of the formula stands where another belongs, and a factor is missing."""
    for tree, message, diagnosis in case.tried(_edits(case)):
        found = with_factor(case, tree, f"; besides, {message}")
        if found:
            return replace(found, diagnosis=diagnosis)
    return None


def _edits(case: Case) -> Iterator[tuple[Tree, str, str]]:
    """Yield (edited formula, what was wrong, the diagnosis)."""
    shapes = {**case.ground.shapes, **{name: _SCALAR for name in case.ground.sizes}}
    try:
        letters = node_shapes(case.tree, case.query.book, shapes)
    except MatcalcError:
        letters = {}
    above = parents(case.tree)
    for makes, diagnosis in _MAKERS:
        for old, new, message in makes(case, letters):
            yield replaced(case.tree, old, new, above), message, diagnosis


def _nodes(case: Case) -> list:
    return postorder(case.tree)[:_MOST_NODES]


def _in_place(new: Tree, old: Tree) -> str:
    return f"{shown(new)} in place of {shown(old)}"


def _diagonals(case: Case, letters: dict) -> Iterator[tuple]:
    """A column for the diagonal matrix of its entries, within a sum or a product of matrices."""
    for node in _nodes(case)[::-1]:
        if node is not case.tree and case.shapes.get(id(node), _SCALAR) not in (None, _SCALAR):
            if case.shapes[id(node)][1] == 1 < case.shapes[id(node)][0]:
                new = Call("diag", (node,))
                yield node, new, f"diag is missing: {_in_place(new, node)}"


def _identities(case: Case, letters: dict) -> Iterator[tuple]:
    """A number for its multiple of the identity matrix, and matrices of ones for the identity matrix."""
    for node in _nodes(case):
        if isinstance(node, Call) and node.function == "ones" and len(node.args) == 2:
            new = Call("eye", node.args[:1])
            yield node, new, f"the identity matrix belongs where a matrix of ones stands: {_in_place(new, node)}"
        if not (isinstance(node, Binary) and node.op in "+-"):
            continue
        for scalar, other in ((node.left, node.right), (node.right, node.left)):
            shape = letters.get(id(other), _SCALAR)
            if letters.get(id(scalar)) == _SCALAR != shape and shape[0] == shape[1]:
                eye = Call("eye", (size_tree(shape[0]),))
                multiple: Tree = eye if _is_one(scalar) else Binary("*", scalar, eye)
                said = "a multiple of the identity matrix belongs where a number stands"
                yield scalar, multiple, f"{said}: {_in_place(multiple, scalar)} in {shown(node)}"


def _is_one(node: Tree) -> bool:
    return isinstance(node, Number) and node.value == 1


def _matrix_functions(case: Case, letters: dict) -> Iterator[tuple]:
    """exp for expm, and the other way round."""
    for node in _nodes(case):
        if not isinstance(node, Call) or len(node.args) != 1:
            continue
        for of_matrix, of_entries in _pairs_of_functions(case.query.book):
            if node.function == of_entries:
                new = replace(node, function=of_matrix)
                said = "a function of the matrix belongs where one of its entries stands"
                yield node, new, f"{said}: {_in_place(new, node)}"
            elif node.function == of_matrix:
                new = replace(node, function=of_entries)
                said = "a function of the entries belongs where one of the matrix stands"
                yield node, new, f"{said}: {_in_place(new, node)}"


def _pairs_of_functions(book: Any) -> list[tuple[str, str]]:
    """Return the functions of matrices, each with the function of a number that it is for a matrix of one entry."""
    rules = [rule for rule in book.rules if rule.matrix_function and len(rule.params) == 1]
    return [(rule.name, rule.scalar.function) for rule in rules if isinstance(rule.scalar, Call)]


def _slopes(case: Case, letters: dict) -> Iterator[tuple]:
    """A function where its derivative belongs."""
    slopes: dict[str, Tree | None] = {}
    for node in _nodes(case):
        if not isinstance(node, Call) or len(node.args) != 1 or not _is_elementwise(node, case.query.book):
            continue
        if node.function not in slopes:
            slopes[node.function] = _slope(case, node.function)
        slope = slopes[node.function]
        if slope is not None:
            new = substituted(slope, {_ARGUMENT: node.args[0]})
            said = f"{shown(new)} belongs in place of {shown(node)}: the derivative, not the function itself"
            yield node, new, said


def _is_elementwise(node: Call, book: Any) -> bool:
    return any(rule.elementwise for rule in book.overloads(node.function))


def _slope(case: Case, function: str) -> Tree | None:
    """Return the derivative of a function of one number, of the name ``_ARGUMENT``, or None."""
    try:
        found = elaborate(f"{function}({_ARGUMENT})", case.query.book, {_ARGUMENT: ()}, {})
        named = {"wrt": _ARGUMENT, "part": None, "placing": None, "every": "", "order": 1, "structure": "free"}
        return parse_tree(str(answer(replace(case.query, elaborated=found, layout="num", **named))))
    except MatcalcError:
        return None


def _numbers(case: Case, letters: dict) -> Iterator[tuple]:
    """An integer that is one too large or too small: an exponent, an index."""
    above = parents(case.tree)
    for node in _nodes(case):
        if not isinstance(node, Number) or node.value.denominator != 1 or abs(node.value) > _LARGEST_NUMBER:
            continue
        if id(node) not in above:
            continue
        around, place = above[id(node)]
        is_exponent = place == 1 and (_is_power(around) or isinstance(around, Call) and around.function == "matpow")
        for step in (-1, 1):
            new = Number(Fraction(node.value + step))
            said = f"{shown(new)} belongs in place of {shown(node)} in {shown(around)}"
            if is_exponent:
                other = children(around)[0] if new.value == 1 else with_children(around, [children(around)[0], new])
                said = f"the exponent is wrong: {_in_place(other, around)}"
            yield node, new, said


def _is_power(node: Tree) -> bool:
    return isinstance(node, Binary) and node.op == "**"


def _powers(case: Case, letters: dict) -> Iterator[tuple]:
    """A part without its square, its root or its reciprocal."""
    above = parents(case.tree)
    for square_matrices in (False, True):
        for node in _nodes(case):
            shape = letters.get(id(node), ())
            whole = not isinstance(node, (Name, Call)) and not (isinstance(node, Binary) and node.op in "+-")
            if len(shape) != 2 or whole or (shape[0] == shape[1] != "1") is not square_matrices:
                continue
            if _is_argument(node, above):
                continue
            for new in _powers_of(node, shape):
                yield node, new, f"{shown(new)} belongs where {shown(node)} stands"


def _is_argument(node: Tree, above: dict) -> bool:
    """Whether a node is the argument of a function: that of another power of it is another function."""
    around = above[id(node)][0] if id(node) in above else None
    return isinstance(around, Call) and len(around.args) == 1 and not isinstance(node, Name)


def _powers_of(node: Tree, shape: tuple) -> Iterator[Tree]:
    if shape[0] == shape[1] != "1":
        if isinstance(node, Call):
            yield Call("matpow", (node, Number(Fraction(2))))
        return
    if isinstance(node, Call) and node.function == "sqrt":
        yield node.args[0]
    yield Binary("**", node, Number(Fraction(2)))
    if shape == _SCALAR:
        yield Call("sqrt", (node,))
        yield Binary("/", Number(Fraction(1)), node)


def _operators(case: Case, letters: dict) -> Iterator[tuple]:
    """A product for a sum, a sum for a product."""
    for node in _nodes(case):
        if isinstance(node, Binary) and node.op in "*@":
            for op in "+-":
                new = replace(node, op=op)
                yield node, new, f"a {_WORDS[op]} belongs where a product stands: {_in_place(new, node)}"
        elif isinstance(node, Binary) and node.op in "+-":
            for op in "@*":
                new = replace(node, op=op)
                yield node, new, f"a product belongs where a {_WORDS[node.op]} stands: {_in_place(new, node)}"


_WORDS = {"+": "sum", "-": "difference"}


def _names(case: Case, letters: dict) -> Iterator[tuple]:
    """A name for another."""
    for node in _nodes(case):
        if not isinstance(node, Name) or node.id not in case.ground.shapes:
            continue
        for name in case.ground.shapes:
            if name != node.id:
                yield node, Name(name), f"{name} belongs where {node.id} stands"


_MAKERS = (
    (_diagonals, "shape"),
    (_identities, "shape"),
    (_matrix_functions, "elementwise"),
    (_numbers, "different"),
    (_operators, "different"),
    (_slopes, "different"),
    (_powers, "different"),
    (_names, "different"),
)


# -- everywhere in the formula -------------------------------------------------------------------------------------


def everywhere(case: Case) -> Finding | None:
    """Two names change places everywhere, or every occurrence of a name has to be transposed."""
    used = {node.id: node for node in postorder(case.tree) if isinstance(node, Name) and node.id in case.ground.shapes}
    for tree, message, diagnosis in case.tried(_renamed(case, used)):
        layout = case.layout_of(tree)
        if layout:
            return Finding(diagnosis, message + in_layout(case, layout), layout, tree)
    return None


def _renamed(case: Case, used: dict) -> Iterator[tuple[Tree, str, str]]:
    names = list(used)
    for place, one in enumerate(names):
        if case.ground.shapes[one] != _SCALAR:
            tree = substituted(case.tree, {one: Transpose(Name(one))})
            yield _single(tree), f"{one} must be transposed wherever it stands", "transpose"
        for other in names[place + 1 :]:
            tree = substituted(case.tree, {one: Name(other), other: Name(one)})
            yield tree, f"{one} and {other} must change places wherever they stand", "order of factors"


def _single(tree: Tree) -> Tree:
    """Return a tree without transposes of transposes."""
    above = parents(tree)
    for node in postorder(tree):
        if isinstance(node, Transpose) and isinstance(node.operand, Transpose):
            return _single(replaced(tree, node, toggled(node.operand), above))
    return tree


# -- what is around the formula ------------------------------------------------------------------------------------


def reduction_missing(case: Case) -> Finding | None:
    """The derivative is a number, and the formula an array of which the trace or the sum is meant."""
    if any(sample.truth.numel() != 1 for sample in case.scale.samples):
        return None
    if any(value is None or value.numel() == 1 for value in case.values):
        return None
    for function in ("tr", "sum"):
        tree = Call(function, (case.tree,))
        layout = case.layout_of(tree)
        if layout:
            message = f"{function} is missing: the derivative is the number {shown(tree)}"
            return Finding("shape", message, layout, tree)
    return None
