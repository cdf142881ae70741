"""Operations that take a statement of their own: what changes a matrix in place, blocks, sums over an index."""

from __future__ import annotations

from typing import Any

from .bands import band_statements
from .blocks import block_statements, new_tensor, tensor_block_statements
from .loops import loop_statements
from .naming import wish
from .operations import Operation, postorder, split_sign
from .pieces import ATOM, UNARY, grouped, negated, shape_text
from .placed import BASE, statements
from .row_blocks import loop_over_blocks

# operations of whose results autograd keeps nothing
_FORGOTTEN = frozenset(
    "add multiply divide negative matmul rank_update add_diagonal blocks bands plus_transpose".split()
)


class Statements:
    """The part of a :class:`~matcalc.compiler.emit.Writer` that states them; all attributes are the writer's."""

    def _state_add_diagonal(self: Any, node: Operation) -> None:
        """Add a scalar or a vector to the diagonal of a matrix that may be overwritten, else of a copy."""
        matrix, change = node.operands
        name, leaves = self._own(node, matrix)
        (added, _), others = self._piece(change)
        written = self.target.in_place or self._is_new(matrix, [change])
        self.lines += self.speller.add_to_diagonal(node, name, added, written)
        self._keep(node, name, [*leaves, *others])

    def _state_rank_update(self: Any, node: Operation) -> None:
        """Add outer products to a matrix that may be overwritten, else to a copy."""
        matrix, *vectors = node.operands
        if self.target.in_place:
            name, leaves = self._own(node, matrix)
            text = name
        else:
            (text, _), leaves = self._piece(matrix)
            name = self.names.new(wish(node))
        pieces = [self._piece(vector) for vector in vectors]
        texts, half = [piece[0] for piece, _ in pieces], len(vectors) // 2
        self.lines += self.speller.add_outer_products(name, texts[:half], texts[half:], text)
        self._keep(node, name, [*leaves, *[leaf for _, inside in pieces for leaf in inside]])

    def _is_new(self: Any, base: Operation, parts: list[Operation]) -> bool:
        """Whether a tensor is new, and nobody else needs it, so that what is made of parts may be written into it.

        Autograd has to keep none of its entries, and torch.func.vmap has to map it where it maps any of the parts.
        """
        inner = base
        while inner.kind == "reshape" and self._uses[inner] == 1:
            inner = inner.operands[0]
        if not self.target.scatters or inner.kind not in _FORGOTTEN or self._uses[inner] > 1:
            return False
        return self._inputs_of(parts) <= self._inputs_of([base])

    @staticmethod
    def _inputs_of(operations: list[Operation]) -> set[Operation]:
        return {node for node in postorder(*operations) if node.kind == "input"}

    def _own(self: Any, node: Operation, matrix: Operation) -> tuple[str, list[Operation]]:
        """Return (the name of an array with the entries of a matrix that may be overwritten, what that uses)."""
        sign, inner = split_sign(matrix)
        # a negative with a name may have been written where its operand was
        unnamed = matrix not in self._named and self._uses[matrix] == 1
        turned = sign < 0 and unnamed and inner.is_matrix and self.target.in_place
        if turned:
            matrix = inner
        (text, level), leaves = self._piece(matrix)
        if matrix in self._named and matrix in self._owned and self._uses[matrix] == 1:
            name = self._named[matrix]
        else:
            name = self.names.new(wish(node))
            viewed = matrix
            while self._is_view(viewed) and viewed.operands and viewed not in self._named:
                viewed = viewed.operands[0]
            last = viewed in self._owned and self._uses[viewed] == 1
            fresh = last or not self._is_view(viewed) and viewed not in self._named
            copy = ".copy()" if self.target.name == "numpy" else ""
            if turned and not fresh:
                (text, level), copy = negated((text, level), UNARY), ""
            self.lines.append(f"{name} = {text}" if fresh else f"{name} = {grouped((text, level), ATOM)}{copy}")
            turned = turned and fresh
        if turned:
            self.lines.append(f"{self._ufunc('negative')}({name}, out={name})")
        return name, leaves

    def _state_loop(self: Any, node: Operation) -> None:
        """A sum over an index, term by term; nothing outside is overwritten inside."""
        name = self.names.new("total")
        inner, leaves = self.writer_of_term(node)
        self.lines += loop_statements(self, node, name, inner)
        self._keep(node, name, leaves)

    def writer_of_term(self: Any, node: Operation) -> tuple[Any, list[Operation]]:
        """Return what writes the statements of the term of a sum, and the named operations that it uses."""
        self.names.taken.add(str(node.data.loop.index))
        inputs, leaves = dict(self.inputs), [operand for operand in node.operands if operand.kind == "input"]
        for code, place in node.data.given:
            operand = node.operands[place]
            piece, inside = self._piece(operand)
            if not piece[0].isidentifier() and not operand.host:
                piece, inside = self._named_piece(operand, piece, inside)
            inputs[code] = piece[0]
            leaves += inside
        inner = type(self)(self.target, inputs, self.names, self.speller.like, self.speller.dtype, False)
        inner.speller = self.speller
        return inner, leaves

    def _state_row_blocks(self: Any, node: Operation) -> None:
        """A loop over blocks of rows; inside it the arrays of a block give their memory on, nothing from outside."""
        leaves = []
        for operand in node.operands:
            piece, inside = self._piece(operand)
            if operand.kind != "size" and not piece[0].removesuffix(".T").isidentifier():
                _, inside = self._named_piece(operand, piece, inside)
            leaves += inside
        inner = type(self)(self.target, dict(self.inputs), self.names, self.speller.like, self.speller.dtype, True)
        inner.speller = self.speller
        names = loop_over_blocks(self, node, inner)
        self._uses.subtract(leaves)
        for output in self._outputs[node]:
            self._named[output] = names[output.data]
            self._owned.add(output)

    def _state_blocks(self: Any, node: Operation) -> None:
        """Blocks added to a matrix that may be overwritten, or to zeros, through views of its diagonals."""
        base, *blocks = node.operands
        if not self.target.in_place:
            return self._state_blocks_of_tensors(node)
        if base.kind == "number":
            name, leaves = self.names.new("H"), []
            self.lines.append(f"{name} = {self.speller.create('zeros', shape_text(node.shape))}")
        else:
            name, leaves = self._own(node, base)
            self.lines.append(f"{name} = numpy.ascontiguousarray({name})")
        pieces = [self._piece(block) for block in blocks]
        self.lines += block_statements(self.speller, node, name, [text for (text, _), _ in pieces])
        self._keep(node, name, [*leaves, *[leaf for _, inside in pieces for leaf in inside]])

    def _state_blocks_of_tensors(self: Any, node: Operation) -> None:
        """The same for tensors, which are all named: a new one is made of them, and changed."""
        names, leaves = self._named_operands(node)
        base, name = node.operands[0], self.names.new("H")
        whole = new_tensor(node, name, names[0] if base.shape else "", names[1:])
        if self._is_new(base, node.operands[1:]):
            whole = f"{name} = {names[0]}.contiguous()"
        self.lines += [whole, *tensor_block_statements(node, name, names[1:])]
        self._keep(node, name, leaves)

    def _named_operands(self: Any, node: Operation) -> tuple[list[str], list[Operation]]:
        """Return (the names of all operands but numbers and sizes, whose texts stand for them, what these use)."""
        names, leaves = [], []
        for operand in node.operands:
            (text, _), inside = self._piece(operand)
            if not operand.host and not text.isidentifier():
                (text, _), inside = self._named_piece(operand, (text, ATOM), inside)
            names.append(text)
            leaves += inside
        return names, leaves

    def _state_bands(self: Any, node: Operation) -> None:
        """Diagonals written into zeros, or added to a matrix that may be overwritten."""
        base, *entries = node.operands
        if not self.target.in_place:
            names, leaves = self._named_operands(node)
            texts = [(text, ATOM) for text in names[1:]]
            name = self.names.new("H")
            whole = new_tensor(node, name, names[0] if base.shape else "", names[1:])
            self.lines.append(f"{name} = {names[0]}" if self._is_new(base, entries) else whole)
            self.lines += band_statements(node, name, texts, torch=True)
            return self._keep(node, name, leaves)
        if base.shape:
            name, leaves = self._own(node, base)
        else:
            name, leaves = self.names.new(wish(node)), []
            self.lines.append(f"{name} = {self.speller.create('zeros', shape_text(node.shape))}")
        pieces = [self._piece(part) for part in entries]
        self.lines += band_statements(node, name, [piece for piece, _ in pieces], torch=False)
        return self._keep(node, name, [*leaves, *[leaf for _, inside in pieces for leaf in inside]])

    def _state_placed(self: Any, node: Operation) -> None:
        """Parts written into a new array, or added to one that may be overwritten."""
        mode, leaves, parts = node.data[0], [], node.operands
        if mode == BASE:
            name, leaves = self._own(node, parts[0])
            parts = parts[1:]
        else:
            name = self.names.new(wish(node))
            self.lines.append(f"{name} = {self.speller.create(mode, shape_text(node.shape))}")
        pieces = [self._piece(part) for part in parts]
        self.lines += statements(name, node, [piece for piece, _ in pieces])
        self._keep(node, name, [*leaves, *[leaf for _, inside in pieces for leaf in inside]])

    def _state_scatter(self: Any, node: Operation) -> None:
        """Blocks written into a larger array of zeros, on the diagonals of pairs of its axes."""
        (text, _), leaves = self._piece(node.operands[0])
        name = self.names.new("H")
        self.lines += self.speller.scatter(node, name, text, self.names.new("blocks"))
        self._keep(node, name, leaves)
