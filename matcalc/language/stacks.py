"""Stacks of matrices: A[k] of a name that is declared with three sizes, and what stands for it in a surface tree.

Arrays have two dimensions here. The matrices of a stack of K×n×m stand one below another in an array of K*n rows, and
A[k] is a call of "[k, :, :]" with the arguments A, k and n. Without the size the same call is what is written: A[k],
and with further subscripts A[k, i, j].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NoReturn

from ..errors import MatcalcError, ShapeError, Span
from .nodes import Binary, Call, Name, Number, Transpose, Tree, children, postorder, rebuilt, with_children
from .stack_totals import with_totals
from .subscripts import MEMBER, is_subscript, rows_of, whole_of
from .syntax import parse_tree
from .unparse import unparse

# the sizes of a stack, as trees: how many matrices, their rows, their columns
Stack = tuple[Tree, Tree, Tree]
Stacks = Mapping[str, Stack]


def names_of_stacks(tree: Tree, stacks: Stacks) -> list[str]:
    """Return the names of which a matrix is taken by three subscripts, without those whose sizes are known."""
    members = [node for node in postorder(tree) if isinstance(node, Call) and node.function == MEMBER]
    operands = [node.args[0] for node in members if len(node.args) == 2]
    return list(dict.fromkeys(part.id for part in operands if isinstance(part, Name) and part.id not in stacks))


def indexed_alone(tree: Tree) -> list[str]:
    """Return the names that stand with one index only, A[k], and nowhere without it."""
    forms: dict[str, set[str]] = {}
    for node in postorder(tree):
        for part in children(node):
            if isinstance(part, Name):
                taken = isinstance(node, Call) and is_subscript(node) and node.args[0] is part
                forms.setdefault(part.id, set()).add(node.function if taken and isinstance(node, Call) else "")
    return [name for name, found in forms.items() if found == {"[i]"}]


def as_members(tree: Tree, stacks: Sequence[str]) -> Tree:
    """Return a tree in which A[k] of these names is a matrix of a stack."""

    def as_member(node: Tree) -> Tree:
        if not isinstance(node, Call) or node.function != "[i]":
            return node
        operand = node.args[0]
        return replace(node, function=MEMBER) if isinstance(operand, Name) and operand.id in stacks else node

    return rebuilt(tree, as_member)


def used_as_matrix(tree: Tree, stacks: Sequence[str], of_square: Callable[[str], bool]) -> bool:
    """Return whether an A[k] of one of these names is transposed, a factor of @, or what a function is of.

    So is one anywhere in the argument of a function of square matrices, as ``of_square(name)`` says.
    """
    for node in postorder(tree):
        if isinstance(node, Call) and of_square(node.function):
            inside = [part for arg in node.args for part in postorder(arg)]
            if any(isinstance(part, Name) and part.id in stacks for part in inside):
                return True
        if isinstance(node, Transpose) or isinstance(node, Binary) and node.op == "@" or isinstance(node, Call):
            for part in children(node):
                if isinstance(part, Call) and part.function == "[i]" and isinstance(part.args[0], Name):
                    if part.args[0].id in stacks:
                        return True
    return False


def with_members(tree: Tree, stacks: Stacks) -> Tree:
    """Return a tree in which A[k] of a stack is matrix k of those that stand one below another.

    Beside A[k], sums and norms of A are those of all its entries.

    Raises ShapeError where a stack stands without an index, or with places that take no single matrix.
    """
    if not stacks:
        return tree
    counts = {name: sizes[0] for name, sizes in stacks.items()}
    tree = with_totals(tree, {name: size for name, size in counts.items() if name in _indexed(tree)})
    totals = with_totals(tree, counts)
    total = "" if totals is tree else unparse(totals)
    built: dict[int, Tree] = {}
    for node in postorder(tree):
        parts = [built[id(child)] for child in children(node)]
        made = with_children(node, parts)
        if isinstance(node, Call) and isinstance(made, Call) and is_subscript(node):
            made = _taken(node, made, stacks)
        if not _is_member(made):
            for part in children(made):
                _refuse_whole(part, stacks, made, total)
        built[id(node)] = made
    found = built[id(tree)]
    _refuse_whole(found, stacks, None, total)
    return found


def _indexed(tree: Tree) -> set[str]:
    """Return the names of which a part is taken somewhere."""
    taken = [node.args[0] for node in postorder(tree) if isinstance(node, Call) and is_subscript(node)]
    return {part.id for part in taken if isinstance(part, Name)}


def read_back(text: str, stacks: Stacks) -> Tree:
    """Return the surface tree of an answer's text, which has A[k] of stacks; raises what parsing raises."""
    return with_members(parse_tree(text), stacks)


def _is_member(node: Tree) -> bool:
    return isinstance(node, Call) and node.function == MEMBER and len(node.args) == 3


def _taken(typed: Call, node: Call, stacks: Stacks) -> Tree:
    """Return what a subscript takes of a stack, the node itself where it is of something else."""
    operand, places = node.args[0], node.args[1:]
    if not isinstance(operand, Name) or operand.id not in stacks:
        return _rows_of_member(typed, node)
    if _is_member(node):
        return node
    _, rows, _ = stacks[operand.id]
    if node.function in ("[i]", "[i, :]", MEMBER):
        return _member(operand, places[0], stacks, node.span)
    if node.function == "[i, j]":
        return Call("[i, :]", (_member(operand, places[0], stacks, node.span), places[1]), (), node.span)
    place = _place_of(node, rows)
    if place is None:
        name = operand.id
        message = f"{unparse(node)} takes several matrices of the stack {name} at once"
        _fail(message, node.span, f"take one, {name}[k], or entries of one, {name}[k, i, j]")
    return _member(operand, place, stacks, node.span)


def _member(operand: Name, place: Tree, stacks: Stacks, span: Span) -> Call:
    count, rows, cols = stacks[operand.id]
    number, most = whole_of(place), whole_of(count)
    if number is not None and number < 0:
        place = Binary("-", count, Number(Fraction(-number))) if most is None else Number(Fraction(most + number))
        number = None if most is None else most + number
    if number is not None and most is not None and not 0 <= number < most:
        shown = "×".join(unparse(size) for size in (count, rows, cols))
        message = f"there is no matrix {unparse(place)} in {operand.id}, which is {shown}"
        _fail(message, span, f"the matrices are {operand.id}[0] to {operand.id}[{most - 1}]")
    return Call(MEMBER, (operand, place, rows), (), span)


def _rows_of_member(typed: Call, node: Call) -> Tree:
    """Return A[k, a:b], which are rows of A[k], where A was read as a matrix of which a row is taken, and of that a:b.

    Of A[k, :][:, a:b], in two pairs of brackets, it is columns.
    """
    inner = typed.args[0]
    in_one_pair = isinstance(inner, Call) and inner.function == "[i, :]" and inner.span == typed.span
    if not in_one_pair or not node.function.startswith("[:, ") or not _is_member(node.args[0]):
        return node
    return replace(node, function=f"[{node.function.removeprefix('[:, ').removesuffix(']')}, :]")


def _refuse_whole(node: Tree, stacks: Stacks, around: Tree | None, total: str) -> None:
    """Raise where a stack stands without an index; ``total``: the whole as sums over all matrices, where it is that."""
    if not isinstance(node, Name) or node.id not in stacks:
        return
    name, sizes = node.id, stacks[node.id]
    shown = "×".join(unparse(size) for size in sizes)
    index = next(letter for letter in "kijl" if letter != unparse(sizes[0]))
    example = f"{name}[{index}]"
    if isinstance(around, Binary) and around.op == "@":
        taken = Name(example)
        example = unparse(replace(around, left=taken) if around.left is node else replace(around, right=taken))
    elif isinstance(around, Call) and len(around.args) == 1:
        example = f"{around.function}({example})"
    hint = f"write {name}[{index}] for one of them: sum({example} for {index} in {unparse(sizes[0])})"
    hint = f"write {total} for that of all entries" if total else hint
    _fail(f"{name} is a stack of matrices, {shown}, and stands here as one matrix", node.span, hint)


def _fail(message: str, span: Span, hint: str) -> NoReturn:
    raise ShapeError(message, span=span, hint=hint)


# -- rows of the array of all matrices -------------------------------------------------------------------------------


def _place_of(node: Call, rows: Tree) -> Tree | None:
    """Return k of the rows k*n:k*n + n, None of others."""
    bounds = node.args[1:]
    if node.function in ("[:b]", "[:b, :]"):
        bounds = (Number(Fraction(0)), bounds[0])
    elif node.function not in ("[a:b]", "[a:b, :]"):
        return None
    start, stop = bounds
    first, size = whole_of(start), whole_of(rows)
    candidates: list[Tree] = []
    if first is not None and size:
        candidates = [Number(Fraction(first // size))] if first >= 0 else []
    elif first == 0:
        candidates = [Number(Fraction(0))]
    elif isinstance(start, Binary) and start.op == "*":
        candidates = [start.left, start.right]
    elif unparse(start) == unparse(rows):
        candidates = [Number(Fraction(1))]
    wanted = unparse(start), unparse(stop)
    return next((k for k in candidates if tuple(map(unparse, rows_of(k, rows))) == wanted), None)


def member_as_written(node: Tree) -> Tree:
    """Return an entry of matrix k, or all of it, with A[k] for the rows that it has."""
    if not isinstance(node, Call):
        return node
    if _is_member(node):
        return replace(node, args=node.args[:2])
    return replace(node, args=(member_as_written(node.args[0]), *node.args[1:])) if is_subscript(node) else node


def as_written(tree: Tree, stacks: Stacks) -> Tree:
    """Return a tree in which matrix k of a stack is written A[k], as :func:`with_members` takes it."""
    if not stacks:
        return tree

    def written(node: Tree) -> Tree:
        if not isinstance(node, Call) or not is_subscript(node):
            return node
        operand = node.args[0]
        if not isinstance(operand, Name) or operand.id not in stacks:
            return node
        place = node.args[1] if _is_member(node) else _place_of(node, stacks[operand.id][1])
        return node if place is None else Call(MEMBER, (operand, place), (), node.span)

    return rebuilt(tree, written)


def text_as_written(text: str, stacks: Stacks) -> str:
    """Return a text with A[k] for the rows of matrix k of a stack; what is no formula as it is."""
    if not stacks or "[" not in text:
        return text
    try:
        tree = parse_tree(text)
    except MatcalcError:
        return text
    written = as_written(tree, stacks)
    return text if written is tree else unparse(written)
