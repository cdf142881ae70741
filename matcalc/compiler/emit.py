"""Operations to the statements of a function: what gets a name, what is written in place, in which order.

An operation that is used once stands inside the expression that uses it; one that is used again gets a name. Where a
target's arrays can be overwritten, an elementwise operation on a matrix that nobody needs any more does so.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from .languages import speller_of
from .naming import Names, wish
from .operations import Operation, broadcast_shape, postorder, split_sign
from .pieces import ATOM, UNARY, grouped
from .placed import KIND as PLACED
from .row_blocks import OUTPUT
from .statements import Statements

if TYPE_CHECKING:
    from .targets import Target

# views of arrays and plain numbers: written out wherever they are used
TRIVIAL = frozenset({"input", "number", "size", "transpose", "expand", "entry", "part", "reshape", "permute"})
# operations that may share the memory of their operand, though some of them copy it
_VIEWS = TRIVIAL | {"vec", "diagonal_entries"}
# those that leave all entries where they can be written to
_ARRANGING = frozenset({"reshape", "transpose", "permute"})
# the texts of functions that may do so: a name, a transpose, some entries, another shape
_VIEWING = re.compile(r"\w+|.*(\.T|\])|\w+\.(reshape|asarray|diagonal|permute_dims|transpose|squeeze|real)\(.*")
# operations that take a statement of their own
STATEMENTS = frozenset(
    """factor_of low_rank_factor symmetric_factor eigen add_diagonal rank_update scatter blocks bands placed loop
    row_blocks""".split()
)
# helper functions that write into the array that they are given
WRITING = frozenset({"sigmoid_by_exp", "softplus_by_exp"})
_REDUCTIONS = frozenset({"inner", "row_inner", "sum", "norm", "largest", "trace"})
# operations that change their first operand
_CHANGING = frozenset({"add_diagonal", "rank_update", "blocks", "bands", "placed"})
WIDEST = 70


class Writer(Statements):
    """Writes the statements that compute operations.

    ``inputs`` maps input operations' names to the names of the arguments; ``names`` gives names; ``in_place`` says
    whether buffers are used again.
    """

    def __init__(
        self, target: Target, inputs: dict[str, str], names: Names, like: str | None, dtype: str | None, in_place: bool
    ) -> None:
        self.target, self.inputs, self.names = target, inputs, names
        self.in_place = in_place and target.in_place
        self.speller = speller_of(target)(target, like, dtype)
        self.lines = []
        self._named, self._owned = {}, set()
        self._uses = Counter()
        self._outputs = {}

    def write(self, roots: list[Operation]) -> list[tuple[str, int]]:
        """Return the pieces (text, level) of the roots after the statements that they need."""
        order = postorder(*roots)
        for node in order:
            if node.kind == OUTPUT:
                self._outputs.setdefault(node.operands[0], []).append(node)
        occurrences = Counter(roots)
        for node in reversed(order):
            # a view is written out wherever it is used, and what it is of with it
            times = occurrences[node] if node.kind in TRIVIAL else 1
            for operand in node.operands:
                occurrences[operand] += times
        early = self._reductions(order, occurrences) if self.in_place else set()
        # a multiple of which one part is written is made where that is: all at once would be in memory together
        parts = {operand for node in order if node.kind == PLACED for operand in node.operands}
        single = {o for o in parts if o.kind in ("multiply", "negative") and occurrences[o] == 1}
        places = {node: place for place, node in enumerate(order)}
        order.sort(key=lambda node: max(places[o] for o in node.operands) + 0.5 if node in early else places[node])
        self._separate = {
            node
            for node in order
            if node.kind in STATEMENTS
            or node.kind not in TRIVIAL and not node.host and (
                occurrences[node] > 1 or node not in single and self._has_buffer(node)
            )
            or node.host and node.kind == "call"
            or node in early
        }
        for node in reversed(order):
            if node in self._separate and self._has_buffer(node):
                inner = [split_sign(o)[1] for o in node.operands]
                fitting = [o for o in inner if o.kind not in TRIVIAL and o.shape == node.shape]
                if not self._separate.intersection(fitting):
                    self._separate.add(fitting[0])
        self._count(order, roots)
        for node in order:
            if node in self._separate:
                self._state(node)
        pieces = [self._piece(root) for root in roots]
        return [piece for piece, _ in pieces]

    def _reductions(self, order: list[Operation], occurrences: Counter[Operation]) -> set[Operation]:
        """Return the sums and the like of matrices that are needed elsewhere: had at once, their memory is free sooner.

        Of vectors, those whose matrix an elementwise operation can be computed in the memory of.
        """
        found = set()
        changed = {split_sign(o)[1] for node in order if self._has_buffer(node) for o in node.operands}
        changed |= {split_sign(node.operands[0])[1] for node in order if node.kind in _CHANGING}
        for node in order:
            if node.kind in _REDUCTIONS and len(node.shape) < 2:
                matrices = [o for o in node.operands if o.is_matrix and o.kind not in TRIVIAL]
                if any(occurrences[o] > node.operands.count(o) and (not node.shape or o in changed) for o in matrices):
                    found.add(node)
        return found

    def _count(self, order: list[Operation], roots: list[Operation]) -> None:
        """Count how often the text of every operation will be written."""
        self._uses = Counter(roots)
        for node in reversed(order):
            times = 1 if node in self._separate else self._uses[node]
            for operand in node.operands:
                self._uses[operand] += times

    # -- expressions --------------------------------------------------------------------------------------------

    def _piece(self, node: Operation) -> tuple[tuple[str, int], list[Operation]]:
        """Return ((text, level), the named operations in it)."""
        done, stack = {}, [node]
        while stack:
            top = stack[-1]
            if top in self._named or top.kind == "input":
                done[top] = ((self._named.get(top) or self.inputs[top.data], ATOM), [top])
                stack.pop()
                continue
            missing = [o for o in top.operands if o not in done]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if top not in done:
                done[top] = self._spelled(top, done)
        return done[node]

    def _spelled(
        self, node: Operation, done: dict[Operation, tuple[tuple[str, int], list[Operation]]]
    ) -> tuple[tuple[str, int], list[Operation]]:
        pieces, leaves = [], []
        repeated = self.speller.needs_name(node)
        for operand, often in zip(node.operands, repeated):
            piece, inside = done[operand]
            written_twice = often and not piece[0].isidentifier()
            if (len(piece[0]) > WIDEST or written_twice) and not operand.host:
                negated = operand.kind == "negative" and not written_twice
                inner = operand.operands[0] if negated else operand
                if inner not in self._named:
                    piece, inside = self._named_piece(inner, *done[inner])
                    piece = (f"-{piece[0]}", UNARY) if negated else piece
                done[operand] = (piece, inside)
            pieces.append(piece)
            leaves += inside
        return self.speller.spell(node, pieces), leaves

    def _named_piece(
        self, node: Operation, piece: tuple[str, int], leaves: list[Operation]
    ) -> tuple[tuple[str, int], list[Operation]]:
        name = self.names.new(wish(node))
        self._assign(node, name, piece[0], leaves)
        self._uses[node] = 1
        return (name, ATOM), [node]

    def _assign(self, node: Operation, name: str, text: str, leaves: list[Operation]) -> None:
        self.lines.append(f"{name} = {text}")
        self._keep(node, name, leaves)

    def _keep(self, node: Operation, name: str, leaves: list[Operation]) -> None:
        """Note that a name holds an operation, and that what it was made of has been used once more."""
        self._named[node] = name
        viewed = self._viewed(node)
        fresh = node.kind in _ARRANGING and viewed.kind not in ("input", *_ARRANGING) and viewed not in self._named
        if fresh or not self._is_view(node):
            self._owned.add(node)
        elif node.kind not in ("input", "number", "size"):
            # what has a view with a name is not written to while that is used, nor after
            self._owned.discard(viewed)
        self._uses.subtract(leaves)

    def _is_view(self, node: Operation) -> bool:
        """Whether an operation may share the memory of its first operand."""
        if node.kind == "call" and not node.is_elementwise and not node.host:
            return _VIEWING.fullmatch(self.speller.line_of(node)[0]) is not None
        return node.kind in _VIEWS

    def _viewed(self, node: Operation) -> Operation:
        """Return the operation whose memory a view may share."""
        while self._is_view(node) and node.operands:
            node = node.operands[0]
            if node in self._named:
                break
        return node

    # -- statements ---------------------------------------------------------------------------------------------

    def _state(self, node):
        if node in self._named:
            return
        own = getattr(self, "_state_" + node.kind, None)
        if own is not None:
            return own(node)
        buffer = self._buffer(node) if self._can_overwrite(node) else None
        if buffer is not None:
            return self._overwrite(node, buffer)
        first = self._first_ones(node)
        if 1 < len(first) < len(node.operands):
            return self._by_and_by(node, first)
        piece, leaves = self._piece(node)
        self._assign(node, self.names.new(wish(node)), piece[0], leaves)
        return None

    def _by_and_by(self, node: Operation, first: list[Operation]) -> None:
        """Write a sum or a product of several arrays in the memory of that of the first ones."""
        rest = list(node.operands)
        for operand in first:
            rest.remove(operand)
        partial = Operation(node.kind, tuple(first), None, node.shape, node.place, node.facts)
        (text, _), leaves = self._piece(partial)
        name = self.names.new(wish(node))
        self._assign(partial, name, text, leaves)
        self._uses[partial] = 1
        self._overwrite(Operation(node.kind, (partial, *rest), None, node.shape, node.place, node.facts), partial)
        self._keep(node, name, [])

    def _first_ones(self, node: Operation) -> list[Operation]:
        """Return the operands to begin with, so that the others change the array of these; all of them for others."""
        if not self._can_overwrite(node) or node.kind not in ("add", "multiply"):
            return list(node.operands)
        whole = [o for o in node.operands if o.shape == node.shape]
        if node.kind == "multiply":
            return [o for o in node.operands if o.shape != node.shape or o is whole[0]] if len(whole) > 1 else whole
        order = sorted(node.operands, key=lambda o: (o.kind == "negative", o.shape != node.shape))
        second = next((o for o in order[1:] if broadcast_shape([order[0].shape, o.shape]) == node.shape), None)
        return list(node.operands) if second is None else [order[0], second]

    def _can_overwrite(self, node: Operation) -> bool:
        return self.in_place and node.is_matrix and node.is_elementwise and not node.host

    def _has_buffer(self, node: Operation) -> bool:
        """Whether a matrix can be computed in the memory of one of its operands."""
        if not self._can_overwrite(node) or node.kind in ("power", "negative", "select"):
            return False
        return any(split_sign(o)[1].kind not in TRIVIAL and split_sign(o)[1].shape == node.shape for o in node.operands)

    def _buffer(self, node: Operation) -> Operation | None:
        """Return the operand whose memory nobody needs any more, or None."""
        if node.kind in ("power", "select") or node.kind == "call" and self._plain_function(node) is None:
            return None
        first = node.operands[0]
        if node.kind == "multiply" and node.operands == (first, first):
            return first if first in self._owned and self._uses[first] == 2 and first.shape == node.shape else None
        for operand in node.operands:
            # a negative with a name has memory of its own, and its operand may be needed after it
            inner = operand if operand in self._named else split_sign(operand)[1]
            fits = inner.shape == node.shape and inner in self._owned and self._uses[inner] == 1
            if fits and (operand is inner or node.kind == "add" and self._uses[operand] == 1):
                return operand
        return None

    def _plain_function(self, node: Operation) -> str | None:
        """Return the text of a function that can write into an array that is given, or None."""
        if len(node.operands) != 1:
            return None
        text, _ = self.speller.line_of(node)
        head, _, rest = text.partition("(")
        if rest != f"{node.data.params[0].name})":
            return None
        own = head.removeprefix("array_functions.")
        return own if own in WRITING or head.startswith((f"{self.target.namespace}.", "scipy.special.")) else None

    def _overwrite(self, node, operand):
        inner = operand if operand in self._named else split_sign(operand)[1]
        name = self._named[inner]
        if node.operands == (inner, inner):
            self.lines.append(f"{name} *= {name}")
            return self._keep(node, name, node.operands)
        writers = {"add": self._overwrite_sum, "multiply": self._overwrite_product, "divide": self._overwrite_quotient}
        writer = writers.get(node.kind)
        if writer is not None:
            writer(node, operand, name)
        else:
            head = self._plain_function(node) if node.kind == "call" else self._ufunc(
                {"negative": "negative", "root": "sqrt"}[node.kind]
            )
            self.speller.helpers |= WRITING & {head}
            self.lines.append(f"{head}({name}, out={name})")
        return self._keep(node, name, [inner])

    def _ufunc(self, name: str) -> str:
        return self.target.function(name)

    def _others(self, node: Operation, operand: Operation) -> list[tuple[Operation, tuple[str, int]]]:
        """Return the pieces of the other operands, and let go of what they use."""
        rest = list(node.operands)
        rest.remove(operand)
        found = []
        for other in rest:
            piece, leaves = self._piece(other)
            found.append((other, piece))
            self._uses.subtract(leaves)
        return found

    def _overwrite_sum(self, node: Operation, operand: Operation, name: str) -> None:
        rest = self._others(node, operand)
        if operand.kind == "negative" and operand not in self._named:
            # x = a - x for the first term a that is not negative, else x = -x
            first = next((item for item in rest if item[0].kind != "negative"), None)
            if first is None:
                self.lines.append(f"{self._ufunc('negative')}({name}, out={name})")
            else:
                rest.remove(first)
                self.lines.append(f"{self._ufunc('subtract')}({first[1][0]}, {name}, out={name})")
        for _, (text, _) in rest:
            if text.startswith("-"):
                self.lines.append(f"{name} -= {text[1:]}")
            else:
                self.lines.append(f"{name} += {text}")

    def _overwrite_product(self, node: Operation, operand: Operation, name: str) -> None:
        small, large = [], []
        for other, piece in self._others(node, operand):
            (large if other.shape == node.shape else small).append((other, piece))
        by_shape = {}
        for other, piece in small:
            by_shape.setdefault(other.shape, []).append(grouped(piece, UNARY))
        if () in by_shape and len(by_shape) > 1:
            scalars = by_shape.pop(())
            first = next(iter(by_shape))
            by_shape[first] = scalars + by_shape[first]
        for texts in by_shape.values():
            self.lines.append(f"{name} *= {' * '.join(texts)}")
        for _, piece in large:
            self.lines.append(f"{name} *= {piece[0]}")

    def _overwrite_quotient(self, node: Operation, operand: Operation, name: str) -> None:
        ((_, piece),) = self._others(node, operand)
        if operand is node.operands[0]:
            self.lines.append(f"{name} /= {piece[0]}")
        else:
            self.lines.append(f"{self._ufunc('divide')}({piece[0]}, {name}, out={name})")
