"""Operations with known dimensions to a tree of the language, its sizes found and its shared parts named."""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Container
from itertools import chain, count
from typing import Any, cast

from ...algebra.expressions import ONE
from ...errors import ShapeError
from ...language.generators import Over
from ...language.subscripts import MEMBER
from ...language.syntax import Call, Name, Negate, Number, Transpose, children, postorder, substituted, with_children
from ...language.unparse import unparse
from ...rulebook.entries import size_tree
from ...shapes.inference import Inference
from ...shapes.lifting.indices import bound_of
from ...shapes.sizes import Size, find, is_one
from .entries import PART
from .extents import free_indices, size_of, tied, without_places
from .operations import ENTRYWISE, NAME, PRODUCT, REDUCTION, Op, Value

_SHORT = 12


def ordered(root: Op, others: list[Op]) -> list[Op]:
    """Return the operations below and including some, operands first."""
    seen, order, stack = set(), [], [(op, False) for op in (*others, root)]
    while stack:
        op, done = stack.pop()
        if done:
            order.append(op)
        elif id(op) not in seen:
            seen.add(id(op))
            stack.append((op, True))
            stack.extend((arg, False) for arg in reversed(op.args))
    return order


def built(order: list[Op], dimensions: dict[int, int]) -> dict[int, Value]:
    """Return the values of operations in the language by their ids."""
    values: dict[int, Value] = {}
    for op in order:
        if op.kind is NAME:
            values[id(op)] = Value(dimensions[id(op)], Name(op.fixed[0], op.span))
        else:
            values[id(op)] = op.kind.build(op, [values[id(arg)] for arg in op.args])
    return values


def refuse_rows(order: list[Op], values: dict[int, Value], text: str, square: set[str]) -> None:
    """Raise where a value for each row meets the columns: X - X.mean(axis=1), for which keepdims=True is meant.

    ``square``: the names that are declared as square matrices.
    """
    origin: dict[int, tuple] = {}
    for op in order:
        dims = values[id(op)].dimensions
        if dims == 2 and op.kind is ENTRYWISE:
            wide = [arg for arg in op.args if values[id(arg)].dimensions == 2]
            origin[id(op)] = next((origin[id(arg)] for arg in wide if id(arg) in origin), (id(op), None))
            for arg in op.args:
                found = origin.get(id(arg))
                if values[id(arg)].dimensions == 1 and found and found[1] == "rows" and found[0] == origin[id(op)][0]:
                    raise _rows_error(op, arg, text)
        elif dims == 2:
            declared = op.kind is NAME and op.fixed[0] in square
            origin[id(op)] = (id(op), "square" if declared else None)
        elif op.kind is REDUCTION and dims == 1:
            base = origin[id(op.args[0])]
            per_row = op.fixed[1] in (1, -1) and base[1] != "square"
            origin[id(op)] = (base[0], "rows" if per_row else "columns")
        elif dims == 1 and op.kind is ENTRYWISE:
            known = [origin[id(arg)] for arg in op.args if id(arg) in origin and values[id(arg)].dimensions == 1]
            if known:
                origin[id(op)] = known[0]


def refuse_stacks(order: list[Op], values: dict[int, Value], text: str, declared: Container[str]) -> None:
    """Raise for x @ A[k] @ x, in which A[k] can be the row of a matrix only where x is one, against its spelling."""
    for op in order:
        for one, other in (op.args, op.args[::-1]) if op.kind is PRODUCT else ():
            row = one.kind is PART and len(one.fixed) == 1 and values[id(one)].dimensions == 1
            matrix = other.kind is NAME and values[id(other)].dimensions == 2
            if row and matrix and not other.fixed[0][0].isupper() and other.fixed[0] not in declared:
                shown, name = text[one.span.start : one.span.end], other.fixed[0]
                message = f"{shown} is a row here, and {name} would be a matrix"
                hint = f"declare {name} if it is one; of a stack of matrices write sum(x.T@A[k]@x for k in K)"
                raise ShapeError(message, source=text, span=op.span, hint=hint)


def _rows_error(op: Op, arg: Op, text: str) -> ShapeError:
    shown = " ".join(text[arg.span.start : arg.span.end].split())
    return ShapeError(
        f"{shown} has an entry for each row, and is set against the columns here",
        source=text,
        span=op.span,
        hint="write keepdims=True, or [:, None] behind it",
    )


class SizedInference(Inference):
    """The shapes of a tree whose names have known dimensions and that asks for sizes of its parts.

    ``dimensions``: {name: 0, 1, 2 or 3}; ``places``: {word: (tree, axis)}, axis 0 or 1 of the tree, None for the count;
    ``equal``: pairs of words whose sizes are the same. ``stacks``: {name: (how many, rows, columns)} of SymPy sizes;
    where a stack is not among them they are found.
    """

    def __init__(
        self,
        tree: Any,
        source: str,
        declared: dict,
        book: Any,
        dimensions: dict,
        places: dict,
        equal: list,
        stacks: dict,
    ) -> None:
        self.equal = equal
        self.places: dict[str, Any] = {word: None for word in places}
        self.dimensions = dimensions
        self.stacks = dict(stacks)
        declared = {name: shape for name, shape in declared.items() if name not in stacks}
        tree = without_places(tree, places)
        places = {word: (without_places(part, places), axis) for word, (part, axis) in places.items()}
        super().__init__(tree, source, declared, {}, book)
        parts = [node for part, _ in places.values() for node in postorder(part)]
        self.order = list({id(node): node for node in (*parts, *self.order)}.values())
        self.places = dict(places)

    def size(self, word: str) -> Any:
        """Return the SymPy size that a word stands for, after :meth:`run`."""
        part, axis = self.places[word]
        shape = self.node_shapes[id(part)] if axis is None else [self.length(part, axis)]
        sizes = [find(size) for size in shape]
        if any(isinstance(size, Size) for size in sizes):
            raise ShapeError(
                "this size is open here", source=self.source, span=part.span, hint="declare the shape of the array"
            )
        return sizes[0] * sizes[1] if axis is None else sizes[0]

    def length(self, part: Any, axis: int) -> Any:
        """Return the size of an axis of a part of the tree."""
        stack = self.stacks.get(part.id) if isinstance(part, Name) else None
        return self.node_shapes[id(part)][axis] if stack is None else stack[axis]

    def _call(self, node: Call) -> tuple:
        """Return the shape of A[k] of a stack of matrices, and of other calls."""
        if node.function != MEMBER:
            return super()._call(node)
        self.array_nodes.add(id(node))
        return self.stacks[cast(Name, node.args[0]).id][1:]

    def _name(self, node: Name) -> tuple:
        if node.id in self.places:
            return (ONE, ONE)
        if self.dimensions.get(node.id) == 3 and node.id not in self.names:
            self._take_stack(node)
        if node.id in self.dimensions and node.id not in self.names and node.id not in self.declared:
            if node.id not in self.sizes and not self.book.reserves(node.id):
                self.names[node.id] = self._of_dimensions(self.dimensions[node.id])
                self.name_nodes[node.id] = node
        return super()._name(node)

    def _take_stack(self, node: Name) -> None:
        """Enter a stack of matrices: the sizes of one of them under a name of its own, which gives them letters."""
        if node.id not in self.stacks:
            self.stacks[node.id] = (*self._of_dimensions(1)[:1], *self._of_dimensions(2))
        count, rows, cols = self.stacks[node.id]
        self.names[node.id], self.names[f"{node.id}[k]"] = (count, rows), (rows, cols)
        self.name_nodes[node.id] = self.name_nodes[f"{node.id}[k]"] = node

    def shapes_of_stacks(self) -> dict[str, tuple]:
        """Return {name: (how many, rows, columns)} of the stacks, after :meth:`run`."""
        return {name: tuple(map(find, sizes)) for name, sizes in self.stacks.items()}

    def _of_dimensions(self, dimensions: int) -> tuple:
        if dimensions == 0:
            return (ONE, ONE)
        rows, cols = Size(), Size() if dimensions == 2 else ONE
        self.solver.set_big(rows)
        if dimensions == 2:
            self.solver.set_big(cols)
        return (rows, cols)

    def _size_names(self) -> dict:
        return {name: size for name, size in super()._size_names().items() if name not in self.places}

    def _size_argument(self, arg: Any, parameter: Any, node: Any) -> Any:
        if isinstance(arg, Name) and arg.id in self.places:
            part, axis = self.places[arg.id]
            if axis is not None:
                return self.length(part, axis)
        bound = bound_of(arg)
        if bound is not None and self.places.get(bound.name) is not None:
            return size_of(self, bound.name, bound.offset)
        return super()._size_argument(arg, parameter, node)

    def _read_names(self) -> None:
        tied(self)
        self._settle()
        super()._read_names()


def with_sizes(tree: Any, inference: SizedInference) -> Any:
    """Return the tree with the sizes that it asks for."""
    return substituted(tree, {word: _size_tree(inference.size(word)) for word in inference.places})


def _size_tree(size: Any) -> Any:
    return size_tree(str(size))


def kinds(shapes: dict) -> dict:
    """Return which sizes of each shape are 1."""
    return {name: tuple(is_one(size) for size in shape) for name, shape in shapes.items()}


def written(tree: Any, named: dict[int, str], taken: set[str]) -> str:
    """Return the text of a tree: what occurs twice and is long, or has a name, is assigned first.

    ``named``: {id of a node: its name in the text}; ``taken``: names that are in use.
    """
    order = postorder(tree)
    free = free_indices(tree)
    within = {name for node in order if isinstance(node, Over) for name in node.indices}
    uses = Counter(id(child) for node in order for child in children(node))
    sizes, built, lines, taken = {}, {}, [], set(taken)
    for node in order:
        parts = [built[id(child)] for child in children(node)]
        new = with_children(node, parts)
        sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children(node))
        built[id(node)] = new
        again = uses[id(node)] > 1 and node is not tree and not _is_atom(new) and not free[id(node)] & within
        if again and (id(node) in named or sizes[id(node)] > _SHORT):
            name = _fresh(named.get(id(node), "v"), taken)
            lines.append(f"{name} = {unparse(new)}")
            built[id(node)], sizes[id(node)] = Name(name), 1
    return "; ".join([*lines, unparse(built[id(tree)])])


def _is_atom(node: Any) -> bool:
    while isinstance(node, (Negate, Transpose)):
        node = node.operand
    return isinstance(node, (Name, Number)) or isinstance(node, Call) and not node.args


def _fresh(name: str, taken: set[str]) -> str:
    """Return a name that is free, and take it."""
    stem = name.strip("_")
    stem = stem if stem[:1].isalpha() and not keyword.iskeyword(stem) else f"v{stem}"
    found = next(word for word in chain([stem], (f"{stem}{i}" for i in count(1))) if word not in taken)
    taken.add(found)
    return found

