"""Surface tree to the language itself: what ``parse_tree`` reads back."""

from __future__ import annotations

from fractions import Fraction

from ..bounds import MAX_PIECES
from ..budget import spend
from ..errors import LimitError
from . import generators
from .generators import Over
from .nodes import IMAGINARY, Binary, Call, Name, Negate, Number, String, Transpose, Tree, conjugated
from .relations import SIGNS
from .subscripts import BLOCK, DISPLAY, LIST, PARTS, ROW, ZERO, is_subscript, written

ATOM, POSTFIX, POWER, MINUS, PRODUCT, SUM, RELATION = 6, 5, 4, 3, 2, 1, 0
_LEVEL = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "**": POWER}
# so many words of a text are one unit of work
_PIECES = 4
# how rows and stacks are written whose parts have names
_STACKING = {ROW: "hstack", PARTS: "hstack", DISPLAY: "vstack", BLOCK: "vstack"}


def precedence(node: Tree) -> int:
    """Return how tightly the outermost operator of a surface tree binds."""
    if isinstance(node, Binary):
        return ATOM if is_imaginary(node) else _LEVEL[node.op]
    if isinstance(node, Negate):
        return MINUS
    if is_relation(node):
        return RELATION
    if isinstance(node, Transpose) or is_subscript(node):
        return POSTFIX
    if isinstance(node, Call) and node.function == ZERO:
        return PRODUCT
    if isinstance(node, Number) and (node.value.denominator != 1 or node.value < 0):
        return PRODUCT if node.value > 0 else MINUS
    return ATOM


def is_imaginary(node: Tree) -> bool:
    """Return whether a node is a whole number times the imaginary unit, which is written 2j."""
    if not isinstance(node, Binary) or node.op != "*" or not isinstance(node.left, Number):
        return False
    return isinstance(node.right, Name) and node.right.id == IMAGINARY and node.left.value.denominator == 1


def is_relation(node: Tree) -> bool:
    """Return whether a node is a comparison, which stands between its operands: x > 0."""
    return isinstance(node, Call) and node.function in SIGNS and len(node.args) == 2 and not node.keywords


def number_text(value: Fraction) -> str:
    """Return an exact rational as text: 3, -3 or 2/3."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _binary(node: Binary) -> list[str | tuple[Tree, int]]:
    level = _LEVEL[node.op]
    if is_imaginary(node) and isinstance(node.left, Number):
        return [f"{number_text(node.left.value)}j"]
    if node.op == "**":
        return [(node.left, POSTFIX), "**", (node.right, POSTFIX)]
    right = level + 1
    if isinstance(node.right, Negate):
        right = ATOM
    sign = f" {node.op} " if level == SUM else node.op
    # 1/r.T@A would mean the same, but be read as 1/(r.T@A)
    divided = node.op == "@" and isinstance(node.left, Binary) and node.left.op == "/"
    return [(node.left, level + 1 if divided else level), sign, (node.right, right)]


def _listed(node: Call) -> list[str | tuple[Tree, int]] | None:
    """Return the pieces of a list, of rows or of a block; None where a part is named that is written out within it."""
    if node.function == ZERO:  # outside of its block it says how large it is
        return ["0*", (node.args[0], POSTFIX), "[:, :1]@", (node.args[1], POSTFIX), "[:1, :]"]
    if node.function == LIST:
        return ["[", *_separated([[(arg, 0)] for arg in node.args]), "]"]
    rows = [arg for arg in node.args if isinstance(arg, Call) and arg.function in (ROW, PARTS)]
    if len(rows) < len(node.args):
        return None
    shown = [["[", *_separated([_part(part) for part in row.args]), "]"] for row in rows]
    opening, closing = ("block([", "])") if node.function == BLOCK else ("[", "]")
    return [opening, *_separated(shown), closing]


def _part(part: Tree) -> list[str | tuple[Tree, int]]:
    return ["0"] if isinstance(part, Call) and part.function == ZERO else [(part, 0)]


def _separated(parts: list[list[str | tuple[Tree, int]]]) -> list[str | tuple[Tree, int]]:
    return [piece for part in parts for piece in [", ", *part]][1:]


def _subscripted(node: Call) -> list[str | tuple[Tree, int]]:
    operand, subscripts = written(node)
    inner = [piece if isinstance(piece, str) else (piece, 0) for piece in subscripts]
    return [(operand, ATOM + 1 if isinstance(operand, Number) else POSTFIX), "[", *inner, "]"]


def _call(node: Call) -> list[str | tuple[Tree, int]]:
    listed = _listed(node) if node.function in (LIST, DISPLAY, BLOCK, ZERO) else None
    if listed is not None:
        return listed
    if is_subscript(node):
        return _subscripted(node)
    if is_relation(node):
        return [(node.args[0], SUM), f" {SIGNS[node.function]} ", (node.args[1], SUM)]
    name = _STACKING.get(node.function, node.function)
    pieces: list[str | tuple[Tree, int]] = [name, "("]
    for index, arg in enumerate(node.args):
        pieces += [", "] if index else []
        pieces.append((arg, 0))
    for index, (name, value) in enumerate(node.keywords):
        pieces.append(", " if node.args or index else "")
        pieces += [f"{name}=", (value, 0)]
    return [*pieces, ")"]


def _pieces(node: Tree) -> list[str | tuple[Tree, int]]:
    if isinstance(node, Number):
        return [number_text(node.value)]
    if isinstance(node, Name):
        return [node.id]
    if isinstance(node, String):
        return [f'"{node.value}"']
    if isinstance(node, Negate):
        return ["-", (node.operand, POWER)]
    if isinstance(node, Transpose):
        inner = conjugated(node.operand)
        operand, sign = (node.operand, ".T") if inner is None else (inner, ".H")
        return [(operand, ATOM + 1 if isinstance(operand, Number) else POSTFIX), sign]
    if isinstance(node, Over):
        return generators.pieces(node)
    return _call(node) if isinstance(node, Call) else _binary(node)


def unparse(tree: Tree) -> str:
    """Return the text of a surface tree, with no parentheses that the parser does not need.

    Raises LimitError where the text would fill thousands of pages.
    """
    out: list[str] = []
    stack: list[str | tuple[Tree, int]] = [(tree, 0)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
            if len(out) > MAX_PIECES:
                raise LimitError(
                    "the expression is too long to be written out",
                    hint="take a smaller one, or evaluate it with .evaluate()",
                )
            continue
        node, least = item
        pieces = _pieces(node)
        if precedence(node) < least:
            pieces = ["(", *pieces, ")"]
        stack.extend(reversed(pieces))
    spend(len(out) // _PIECES)
    return "".join(out)
