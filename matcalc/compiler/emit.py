"""Operations to the statements of a function: what gets a name, what is written in place, in which order.

An operation that is used once stands inside the expression that uses it; one that is used again gets a name. Where a
target's arrays can be overwritten, an elementwise operation on a matrix that nobody needs any more does so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from .blocks import block_statements
from .languages import speller_of
from .loops import loop_statements
from .operations import Operation, postorder, split_sign
from .pieces import ATOM, UNARY, grouped, shape_text
from .placed import BASE, statements

if TYPE_CHECKING:
    from .targets import Target

# views of arrays and plain numbers: written out wherever they are used
TRIVIAL = frozenset({"input", "number", "size", "transpose", "expand", "entry", "part", "reshape", "permute"})
# operations that may share the memory of their operand, though some of them copy it
_VIEWS = TRIVIAL | {"vec", "diagonal_entries"}
# the texts of functions that may do so: a name, a transpose, some entries, another shape
_VIEWING = re.compile(r"\w+|.*(\.T|\])|\w+\.(reshape|asarray|diagonal|permute_dims|transpose|squeeze|real)\(.*")
# operations that take a statement of their own
STATEMENTS = frozenset(
    "factor_of low_rank_factor symmetric_factor eigen add_diagonal rank_update scatter blocks placed loop".split()
)
_REDUCTIONS = frozenset({"inner", "sum", "norm"})
WIDEST = 70


class Names:
    """Gives every operation a readable name of its own; ``fitting`` makes of a wish a name of the language."""

    def __init__(self, taken: list[str], fitting: Callable[[str], str]) -> None:
        self.taken, self.fitting = set(taken), fitting

    def new(self, wish: str) -> str:
        """Return the wish, or the wish with a number where it is taken."""
        wish = self.fitting(wish)
        name, number = wish, 2
        while name in self.taken:
            name, number = f"{wish}_{number}" if wish[-1].isdigit() else f"{wish}{number}", number + 1
        self.taken.add(name)
        return name


class Writer:
    """Writes the statements that compute operations.

    ``inputs`` maps input operations' names to the names of the arguments; ``names`` gives names; ``in_place`` says
    whether buffers are used again.
    """

    def __init__(
        self, target: Target, inputs: dict[str, str], names: Names, like: str, dtype: str, in_place: bool
    ) -> None:
        self.target, self.inputs, self.names = target, inputs, names
        self.in_place = in_place and target.in_place
        self.speller = speller_of(target)(target, like, dtype)
        self.lines = []
        self._named, self._owned = {}, set()
        self._uses = Counter()

    def write(self, roots: list[Operation]) -> list[tuple[str, int]]:
        """Return the pieces (text, level) of the roots after the statements that they need."""
        order = postorder(*roots)
        occurrences = Counter(roots)
        for node in reversed(order):
            # a view is written out wherever it is used, and what it is of with it
            times = occurrences[node] if node.kind in TRIVIAL else 1
            for operand in node.operands:
                occurrences[operand] += times
        early = self._reductions(order, occurrences) if self.in_place else set()
        places = {node: place for place, node in enumerate(order)}
        order.sort(key=lambda node: max(places[o] for o in node.operands) + 0.5 if node in early else places[node])
        self._separate = {
            node
            for node in order
            if node.kind in STATEMENTS
            or node.kind not in TRIVIAL and not node.host and (occurrences[node] > 1 or self._has_buffer(node))
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

    @staticmethod
    def _reductions(order: list[Operation], occurrences: Counter[Operation]) -> set[Operation]:
        """Return the scalars made of matrices that are needed elsewhere: had at once, their memory is free sooner."""
        found = set()
        for node in order:
            if node.kind in _REDUCTIONS and not node.shape:
                matrices = [o for o in node.operands if o.is_matrix and o.kind not in TRIVIAL]
                if any(occurrences[o] > node.operands.count(o) for o in matrices):
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
        if not self._is_view(node):
            self._owned.add(node)
        elif node.kind not in ("input", "number", "size"):
            # what has a view with a name is not written to while that is used, nor after
            self._owned.discard(self._viewed(node))
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
        piece, leaves = self._piece(node)
        self._assign(node, self.names.new(wish(node)), piece[0], leaves)
        return None

    def _can_overwrite(self, node: Operation) -> bool:
        return self.in_place and node.is_matrix and node.is_elementwise and not node.host

    def _has_buffer(self, node: Operation) -> bool:
        """Whether a matrix can be computed in the memory of one of its operands."""
        if not self._can_overwrite(node) or node.kind in ("power", "negative"):
            return False
        return any(split_sign(o)[1].kind not in TRIVIAL and split_sign(o)[1].shape == node.shape for o in node.operands)

    def _buffer(self, node: Operation) -> Operation | None:
        """Return the operand whose memory nobody needs any more, or None."""
        if node.kind == "power" or node.kind == "call" and self._plain_function(node) is None:
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
        alone = rest == f"{node.data.params[0].name})" and head.startswith(self.target.namespace + ".")
        return head if alone else None

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

    def _state_add_diagonal(self, node: Operation) -> None:
        """Add a scalar or a vector to the diagonal of a matrix that may be overwritten, else of a copy."""
        matrix, change = node.operands
        name, leaves = self._own(node, matrix)
        (added, _), others = self._piece(change)
        self.lines += self.speller.add_to_diagonal(node, name, added)
        self._keep(node, name, [*leaves, *others])

    def _state_rank_update(self, node: Operation) -> None:
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

    def _own(self, node: Operation, matrix: Operation) -> tuple[str, list[Operation]]:
        """Return (the name of an array with the entries of a matrix that may be overwritten, what that uses)."""
        (text, level), leaves = self._piece(matrix)
        owned = matrix in self._owned and self._uses[matrix] == 1
        if matrix in self._named and owned:
            name = self._named[matrix]
        else:
            name = self.names.new(wish(node))
            viewed = matrix
            while self._is_view(viewed) and viewed.operands and viewed not in self._named:
                viewed = viewed.operands[0]
            last = viewed in self._owned and self._uses[viewed] == 1
            fresh = not self._is_view(viewed) and (viewed not in self._named or last)
            copy = ".copy()" if self.target.name == "numpy" else ""
            self.lines.append(f"{name} = {text}" if fresh else f"{name} = {grouped((text, level), ATOM)}{copy}")
        return name, leaves

    def _state_loop(self, node: Operation) -> None:
        """A sum over an index, term by term; nothing outside is overwritten inside."""
        self.names.taken.add(str(node.data.loop.index))
        name = self.names.new("total")
        inner = Writer(self.target, self.inputs, self.names, self.speller.like, self.speller.dtype, False)
        inner.speller = self.speller
        self.lines += loop_statements(self, node, name, inner)
        self._keep(node, name, [operand for operand in node.operands if operand.kind == "input"])

    def _state_blocks(self, node: Operation) -> None:
        """Blocks added to a matrix that may be overwritten, or to zeros, through views of its diagonals."""
        base, *blocks = node.operands
        if base.kind == "number":
            name, leaves = self.names.new("H"), []
            self.lines.append(f"{name} = {self.speller.create('zeros', shape_text(node.shape))}")
        else:
            name, leaves = self._own(node, base)
            self.lines.append(f"{name} = numpy.ascontiguousarray({name})")
        pieces = [self._piece(block) for block in blocks]
        self.lines += block_statements(self.speller, node, name, [text for (text, _), _ in pieces])
        self._keep(node, name, [*leaves, *[leaf for _, inside in pieces for leaf in inside]])

    def _state_placed(self, node: Operation) -> None:
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

    def _state_scatter(self, node: Operation) -> None:
        """Blocks written into a larger array of zeros, on the diagonals of pairs of its axes."""
        (text, _), leaves = self._piece(node.operands[0])
        name = self.names.new("H")
        self.lines += self.speller.scatter(node, name, text, self.names.new("blocks"))
        self._keep(node, name, leaves)


def wish(node: Operation) -> str:
    """Return the name that a reader would give an operation."""
    if node.kind == "call":
        return node.data.name
    if node.kind in _WISHES:
        return _WISHES[node.kind]
    if node.kind == "add":
        return "R" if node.is_matrix else "r" if node.shape else "s"
    return "M" if node.is_matrix else "v" if node.shape else "c"


_WISHES = {
    "factor_of": "factor",
    "low_rank_factor": "factor",
    "symmetric_factor": "factor",
    "symmetric_solve": "solution",
    "symmetric_logdet": "logdet",
    "symmetric_inverse": "inverse",
    "eigen": "eigen",
    "low_rank_solve": "solution",
    "low_rank_logdet": "logdet",
    "low_rank_inverse": "inverse",
    "inverse": "inverse",
    "factor_inverse": "inverse",
    "factor_logdet": "logdet",
    "factor_solve": "solution",
    "solve": "solution",
    "root": "root",
    "kron": "K",
    "trace": "trace",
}
