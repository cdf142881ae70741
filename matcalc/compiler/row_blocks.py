"""Matrices that are larger than what they are made of, and that only sums are needed of, are there by blocks of rows.

Of U@V.T, of a kernel matrix or of u + v.T all entries of a row depend on the same row of the other arrays; what is made
of them entry by entry, sums of their rows and products with a matrix do so too. Where in the end nothing as large is
left, a loop over blocks that fit into the cache computes all of that: memory is neither taken nor read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from .operations import Graph, Operation, postorder, rewrite_sharing
from .pieces import ATOM, grouped, shape_text, size_text

if TYPE_CHECKING:
    from sympy import Expr

KIND, OUTPUT = "row_blocks", "block_output"
# how many entries a block has about
ENTRIES = 120_000
# what is taken of an array outside
ROWS, WHOLE = "rows", "whole"
_ALONG_ROWS = frozenset({"sum", "largest", "row_inner"})
_SUMS = frozenset({"sum", "row_inner", "inner"})
_PRODUCTS = frozenset({"matmul", "chain"})


class Body(NamedTuple):
    """What a loop computes: the operations of a block, and how its results are collected.

    ``taken`` tells what of every operand is taken: the whole or rows, of its transpose after "T". ``modes`` of every
    root whether its blocks are "rows" of an array or are added ("sum"). ``length`` are the rows, ``width`` the entries
    of one.
    """

    roots: tuple[Operation, ...]
    names: tuple[str, ...]
    taken: tuple[str, ...]
    modes: tuple[str, ...]
    length: Expr
    width: Expr


def in_row_blocks(roots: list[Operation], known: dict[str, int]) -> list[Operation]:
    """Return the roots with large matrices of which only sums are needed computed by blocks; ``known``: sizes."""
    order = postorder(*roots)
    for seed in [node for node in order if _is_outer(node)]:
        entries = seed.shape[0] * seed.shape[1]
        few = entries.subs({s: known[str(s)] for s in entries.free_symbols if str(s) in known})
        if few.is_number and few <= ENTRIES:
            continue
        region = _Region(order, roots, seed)
        if region.serves:
            return region.replaced(roots)
    return roots


def _is_outer(node: Operation) -> bool:
    """Whether a matrix is larger than what it is made of, as the usual shapes of names have it."""
    if not node.is_matrix or node.shape[0] == 1 or node.shape[1] == 1 or any(size.is_number for size in node.shape):
        return False
    if node.kind in _PRODUCTS:
        left, right = node.operands[0], node.operands[-1]
        tall = left.is_matrix and left.kind != "transpose" and right.kind == "transpose"
        return tall and not any(o.shape[1] in node.shape for o in node.operands[:-1])
    if not node.is_elementwise:
        return False
    return {o.data for o in node.operands for o in [_unsigned(o)] if o.kind == "expand"} == {0, 1}


def _unsigned(node: Operation) -> Operation:
    return node.operands[0] if node.kind == "negative" else node


class _Region:
    """The operations that depend on a row of ``seed`` alone, and the sums over all rows."""

    def __init__(self, order: list[Operation], roots: list[Operation], seed: Operation) -> None:
        self.order, self.roots, self.seed, self.length = order, set(roots), seed, seed.shape[0]
        self.users: dict[Operation, list[Operation]] = {node: [] for node in order}
        for node in order:
            for operand in dict.fromkeys(node.operands):
                self.users[operand].append(node)
        # inside: by rows; turned: their transposes are; sums: over all rows; later: what depends on any of these
        self.inside: set[Operation] = set()
        self.turned: set[Operation] = set()
        self.sums: set[Operation] = set()
        self.later: set[Operation] = set()
        for node in order:
            self._place(node)
        self._take_in()
        wanted = self._wanted()
        self.serves = wanted is not None and self._passes() > 1
        self.outputs = [*(wanted or ()), *[node for node in order if node in self.sums]]

    def _passes(self) -> int:
        """Return how often an array as large as the seed is written or summed."""
        large = [node for node in self.inside if node.shape == self.seed.shape and node.is_elementwise]
        return len(large) + len(self.sums)

    def _wanted(self) -> list[Operation] | None:
        """Return what is by rows and needed outside as a whole, None where that is as large as the seed."""
        found = []
        for node in self.order:
            part = node in self.inside or node in self.turned
            used = node in self.roots or any(
                all(user not in group for group in (self.inside, self.turned, self.sums)) for user in self.users[node]
            )
            if not part or not used:
                continue
            source = node.operands[0] if node.kind == "transpose" and node in self.turned else node
            if source not in self.inside or source.kind == "expand" or source.shape == self.seed.shape:
                return None
            found.append(source)
        return list(dict.fromkeys(found))

    # -- what belongs to it ----------------------------------------------------------------------------------------

    def _place(self, node: Operation) -> None:
        if not self._depends(node.operands):
            if node.shape == self.seed.shape and _is_outer(node):
                self.inside.add(node)
        elif self._is_turned(node):
            self.turned.add(node)
        elif self._by_rows(node):
            self.inside.add(node)
        elif self._over_rows(node):
            self.sums.add(node)
        else:
            self.later.add(node)

    def _depends(self, operands: Iterable[Operation]) -> bool:
        return any(o in group for o in operands for group in (self.inside, self.turned, self.sums, self.later))

    def _fits(self, node: Operation) -> bool:
        """Whether an operand is one of a block: by rows, or the same for all of them."""
        return not any(node in group for group in (self.turned, self.sums, self.later))

    def _is_turned(self, node: Operation) -> bool:
        """Whether it is the transpose of an operation that is by rows."""
        if node.kind in ("transpose", "expand"):
            return node.operands[0] in self.inside and node.kind + str(node.data) != "expand1"
        if not node.is_matrix or node.shape[1] != self.length:
            return False
        if node.kind == "matmul":
            return node.operands[1] in self.turned and not self._depends(node.operands[:1])
        matrices = [o for o in node.operands if o.shape == node.shape and o in self.turned]
        return node.is_elementwise and bool(matrices) and all(
            o in self.turned or not self._depends((o,)) for o in node.operands
        )

    def _by_rows(self, node: Operation) -> bool:
        """Whether every row of an operation depends on the same row of what it is made of."""
        if node.kind == "transpose" and node.operands[0] in self.turned:
            return True
        if not node.shape or node.shape[0] != self.length:
            return False
        if node.kind in _ALONG_ROWS and node.data == 0 and all(o in self.turned for o in node.operands):
            return True
        if not all(map(self._fits, node.operands)):
            return False
        if node.is_elementwise:
            return True
        if node.kind in _PRODUCTS:
            left, *right = node.operands
            return left in self.inside and left.is_matrix and not self._depends(right)
        if node.kind == "expand" or node.kind in _ALONG_ROWS:
            return node.data == 1
        return _is_along_rows(node)

    def _over_rows(self, node: Operation) -> bool:
        """Whether an operation is a sum over all rows of something that is by rows."""
        if node.kind == "trace":
            return node.operands[0] in self.inside and node.operands[0].shape == (self.length, self.length)
        if node.kind in _SUMS:
            return node.data != 1 and all(
                self._fits(o) and o.shape[0] == self.length for o in node.operands
            )
        if node.kind not in _PRODUCTS:
            return False
        left, right, *rest = node.operands
        if self._depends(rest) or rest and not left.is_matrix or not self._fits(right):
            return False
        if left.is_matrix and left not in self.turned and left.kind != "transpose":
            return False
        if left not in self.turned and not self._fits(left):
            return False
        return left.shape[-1] == right.shape[0] == self.length

    def _take_in(self) -> None:
        """Let in what is made entry by entry for nothing but the rows."""
        for node in reversed(self.order):
            fitting = node.shape and node.shape[0] == self.length and not node.host
            if node in self.inside or not fitting or not (node.is_elementwise or node.kind == "expand"):
                continue
            if node.kind == "expand" and node.data != 1 or self._depends(node.operands) or self._depends((node,)):
                continue
            if self.users[node] and all(self._takes_rows(user, node) for user in self.users[node]):
                self.inside.add(node)

    def _takes_rows(self, user: Operation, node: Operation) -> bool:
        """Whether an operation takes the rows of an operand."""
        if user.kind in _PRODUCTS:
            place = 1 if user in self.sums and user.operands[0].is_matrix else 0
            return user in self.inside | self.sums and node not in user.operands[place + 1 :] and (
                user.operands[place] is node
            )
        return user in self.sums or user in self.inside and user.kind != "transpose"

    # -- what stands for it ----------------------------------------------------------------------------------------

    def replaced(self, roots: list[Operation]) -> list[Operation]:
        """Return the roots with a loop in the place of all that is by rows."""
        outer, block = Graph(), _Block(self)
        found = [block.of_sum(node) if node in self.sums else block.rows[node] for node in self.outputs]
        modes = tuple("sum" if node in self.sums else "rows" for node in self.outputs)
        leaves = list(block.leaves)
        body = Body(
            tuple(found), tuple(block.leaves.values()), tuple(word for _, word in leaves), modes, self.length,
            self.seed.shape[1],
        )  # fmt: skip
        lengths = [size for node in (self.seed, *self.outputs) for size in node.shape]
        lengths += [node.data for node in postorder(*found) if node.kind == "size"]
        symbols = {symbol for size in lengths for symbol in size.free_symbols}
        sizes = [outer.size(symbol) for symbol in sorted(symbols, key=str)]
        places = {node: place for place, node in enumerate(self.outputs)}

        def rule(old: Operation, node: Operation, resolve: Any) -> Operation:
            if old not in places:
                return node
            loop = outer.make(KIND, (*[resolve(leaf) for leaf, _ in leaves], *sizes), body)
            return outer.make(OUTPUT, (loop,), places[old], old.shape, old.facts)

        return rewrite_sharing(outer, roots, rule)


class _Block:
    """The operations of one block, in a graph of its own; ``rows`` are those of what is by rows.

    ``leaves`` are the arguments of a block: (operation outside, what is taken of it) and their names.
    """

    def __init__(self, region: _Region) -> None:
        self.region, self.graph = region, Graph()
        self.leaves: dict[tuple[Operation, str], str] = {}
        self.rows: dict[Operation, Operation] = {}
        for node in region.order:
            if node in region.inside or node in region.turned:
                self.rows[node] = self._made(node)

    def _made(self, node: Operation) -> Operation:
        """Return the rows of an operation; of one that is turned those of its transpose."""
        make, turned = self.graph.make, node in self.region.turned
        shape = node.shape[::-1] if turned else node.shape
        if node.kind == "transpose":
            return self.rows[node.operands[0]]
        if node.kind == "matmul" and turned:
            left, right = node.operands
            return make("matmul", (self.rows[right], self._turned_leaf(left, WHOLE)), shape=shape)
        if node.kind in _PRODUCTS:
            first, *rest = node.operands
            return make(node.kind, (self._rows_of(first), *[self._leaf(o, WHOLE) for o in rest]), shape=shape)
        if node.kind == "expand":
            return make("expand", (self._rows_of(node.operands[0]),), 1, shape)
        if turned:
            return make(node.kind, [self._rows_of_turned(o) for o in node.operands], node.data, shape)
        data = 1 if node.kind in _ALONG_ROWS else node.data
        return make(node.kind, [self._rows_of(o) for o in node.operands], data, shape)

    def of_sum(self, node: Operation) -> Operation:
        """Return what a block adds to a sum over all rows."""
        make = self.graph.make
        if node.kind == "trace":
            source = self.rows[node.operands[0]]
            own = make("part", (source, make("input", data=ROWS)), (":", "i"), source.shape)
            return make("trace", (own,))
        if node.kind in _SUMS:
            return make(node.kind, [self._rows_of(o) for o in node.operands], node.data, node.shape)
        left, right, *rest = node.operands
        if left.is_matrix:
            inner = self.rows[left] if left in self.region.turned else self._rows_of(left.operands[0])
            first = make("transpose", (inner,), shape=left.shape)
        else:
            first = self._rows_of(left)
        return make(node.kind, (first, self._rows_of(right), *[self._leaf(o, WHOLE) for o in rest]), shape=node.shape)

    def _rows_of(self, node: Operation) -> Operation:
        """Return the rows of an operand of what is by rows."""
        if node in self.rows:
            return self.rows[node]
        return self._leaf(node, ROWS if node.shape and node.shape[0] == self.region.length else WHOLE)

    def _rows_of_turned(self, node: Operation) -> Operation:
        """Return the rows of the transpose of an operand of what is turned."""
        if node in self.rows:
            return self.rows[node]
        if node.kind == "negative":
            return self.graph.negative(self._rows_of_turned(node.operands[0]))
        if node.kind == "expand":
            vector = self._leaf(node.operands[0], ROWS if node.data == 0 else WHOLE)
            return self.graph.make("expand", (vector,), 1 - node.data, node.shape[::-1])
        if not node.is_matrix:
            return self._leaf(node, WHOLE)
        return self._turned_leaf(node, ROWS if node.shape[1] == self.region.length else WHOLE)

    def _turned_leaf(self, node: Operation, taken: str) -> Operation:
        if node.kind == "transpose":
            return self._leaf(node.operands[0], taken)
        return self._leaf(node, f"T {taken}")

    def _leaf(self, node: Operation, taken: str) -> Operation:
        """Return an argument of a block, of which the rows are taken or the whole."""
        if node.host:
            return _copied(self.graph, node)
        name = self.leaves.setdefault((node, taken), f" {len(self.leaves)}")
        turned = taken.startswith("T")
        return self.graph.make("input", data=name, shape=node.shape[::-1] if turned else node.shape)


def _is_along_rows(node: Operation) -> bool:
    """Whether an operation is a softmax or the like of each row."""
    if node.kind != "call" or node.data.name not in ("softmax", "logsumexp") or not node.operands[0].is_matrix:
        return False
    return dict(node.data.literals).get("axis") in (1, "1")


def _copied(graph: Graph, node: Operation) -> Operation:
    """Return a plain number in another graph."""
    return graph.make(node.kind, [_copied(graph, o) for o in node.operands], node.data, node.shape)


def loop_over_blocks(writer: Any, node: Operation, inner: Any) -> list[str]:
    """Return the names of the results of a loop, whose statements are added to the writer's; ``inner`` writes a block.

    The writer has named all operands that are no arguments.
    """
    body, speller = node.data, writer.speller
    rows = writer.names.new("rows")
    inner.inputs[ROWS] = rows
    for name, taken, operand in zip(body.names, body.taken, node.operands):
        text = grouped(writer._piece(operand)[0], ATOM)
        text = text.removesuffix(".T") if taken.startswith("T") and text.endswith(".T") else (
            f"{text}.T" if taken.startswith("T") else text
        )
        inner.inputs[name] = f"{text}[{rows}]" if taken.endswith(ROWS) else text
    pieces = inner.write(list(body.roots))
    results, last = [], []
    for root, mode, (text, _) in zip(body.roots, body.modes, pieces):
        name = writer.names.new("total" if not root.shape else "G")
        results.append(name)
        start = speller.create("empty" if mode == "rows" else "zeros", shape_text(root.shape)) if root.shape else "0.0"
        writer.lines.append(f"{name} = {start}")
        last.append(f"{name}[{rows}] = {text}" if mode == "rows" else f"{name} += {text}")
    speller.helpers.add("row_blocks")
    head = f"for {rows} in row_blocks({size_text(body.length)}, {size_text(body.width)}):"
    writer.lines += [head, *[f"    {line}" for line in [*inner.lines, *last]]]
    return results
