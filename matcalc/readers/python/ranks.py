"""How many dimensions each name has: what use leaves open goes by what a name meets, then by its spelling.

Every operation relates the dimensions of its operands and of its value; the sets of possible numbers are narrowed
until they agree (arc consistency), a name is decided, and so on.
"""

from __future__ import annotations

from collections import defaultdict

from ...errors import ShapeError
from ...language.subscripts import Range
from ...shapes.spelling import is_count, scalar_spelling
from .entries import PART
from .operations import COUNT, ENTRYWISE, NAME, NUMBER, PRODUCT, REDUCTION, SAME, SIZE, TRANSPOSE, Op, takes

_DECLARE = 'declare the shapes, such as --shape "X: n×m" or --shape "x: n"'
_OF_ONE = 'take one matrix of it, A[k], in a sum over k, or write einsum("kij,j->ki", A, x)'
_WORDS = {0: "a number", 1: "a vector", 2: "a matrix", 3: "a stack of matrices"}


class Ranks:
    """Finds the dimensions of the operations ``order`` (operands first); ``names`` are those of kind NAME."""

    def __init__(self, text: str, order: list[Op]) -> None:
        self.text, self.order = text, order
        self.names = [op for op in order if op.kind is NAME]
        self.parents = defaultdict(list)
        for op in order:
            for arg in op.args:
                self.parents[id(arg)].append(op)
        self.domains = {id(op): frozenset((0, 1, 2, 3)) for op in order}
        self.trail: list = []
        self.constants = set()
        for op in order:
            if op.kind is NUMBER or op.kind is ENTRYWISE and all(id(arg) in self.constants for arg in op.args):
                self.constants.add(id(op))

    def find(self) -> dict[int, int]:
        """Return {id of operation: dimensions}. Raises ShapeError where nothing fits."""
        wrong = self._narrow(self.order)
        if wrong is not None:
            raise self._error(wrong)
        waiting = [op for op in self.names if len(self.domains[id(op)]) > 1]
        while waiting:
            op = self._next(waiting)
            self._decide(op)
            waiting = [op for op in waiting if len(self.domains[id(op)]) > 1]
        return {id(op): min(self.domains[id(op)]) for op in self.order}

    # -- narrowing ------------------------------------------------------------------------------------

    def _narrow(self, queue: list[Op]) -> Op | None:
        """Narrow the sets of what hangs on some operations; return one that nothing fits, None where all fit."""
        queue, queued = list(reversed(queue)), {id(op) for op in queue}
        while queue:
            op = queue.pop()
            queued.discard(id(op))
            parts = (*op.args, op)
            domains = [self.domains[id(part)] for part in parts]
            fitting = [dims for dims in op.kind.relation(op) if all(d in s for d, s in zip(dims, domains))]
            if len({id(arg) for arg in op.args}) < len(op.args):
                fitting = [dims for dims in fitting if self._same_operands(op, dims)]
            if not fitting:
                return op
            for index, part in enumerate(parts):
                left = self.domains[id(part)] & {dims[index] for dims in fitting}
                if left != self.domains[id(part)]:
                    self.trail.append((id(part), self.domains[id(part)]))
                    self.domains[id(part)] = left
                    for other in (part, *self.parents[id(part)]):
                        if id(other) not in queued:
                            queued.add(id(other))
                            queue.append(other)
        return None

    def _same_operands(self, op: Op, dims: tuple) -> bool:
        """Return whether an operand that occurs twice has the same dimensions both times."""
        seen: dict[int, int] = {}
        return all(seen.setdefault(id(arg), d) == d for arg, d in zip(op.args, dims))

    def _decide(self, op: Op) -> None:
        """Give a name the first of its likely numbers of dimensions that fits everything else."""
        wrong: Op | None = None
        for dimensions in self._likely(op):
            if dimensions not in self.domains[id(op)]:
                continue
            mark = len(self.trail)
            self.trail.append((id(op), self.domains[id(op)]))
            self.domains[id(op)] = frozenset((dimensions,))
            contradiction = self._narrow([op, *self.parents[id(op)]])
            if contradiction is None:
                return
            wrong = wrong or contradiction
            while len(self.trail) > mark:
                key, before = self.trail.pop()
                self.domains[key] = before
        raise self._error(wrong or op)

    # -- what is likely ---------------------------------------------------------------------------------

    def _next(self, waiting: list[Op]) -> Op:
        """Return the name to decide next: the arrays, then what meets only known things, then by spelling."""
        best: tuple[int, Op] | None = None
        for op in waiting:
            uses = self._uses(op)
            known = all(len(self.domains[id(partner)]) == 1 for _, partner in uses if partner is not None)
            array = any(sign == "array" for sign, _ in uses)
            upper = op.fixed[0][0].isupper()
            rank = 0 if array and upper else 1 if array else 2 if known else 3 + _reluctance(op.fixed[0])
            if best is None or rank < best[0]:
                best = (rank, op)
        return waiting[0] if best is None else best[1]

    def _uses(self, op: Op) -> list[tuple[str, Op | None]]:
        """Return what a name meets: ("+", partner), ("*", partner), ("exponent", None), ("array", None)."""
        found, seen, stack = [], set(), [op]
        while stack:
            node = stack.pop()
            for parent in self.parents[id(node)]:
                if (id(parent), id(node)) in seen:
                    continue
                seen.add((id(parent), id(node)))
                found += self._use(node, parent, stack)
        return found

    def _use(self, node: Op, parent: Op, stack: list[Op]) -> list[tuple[str, Op | None]]:
        if parent.kind in (SAME, TRANSPOSE) and not (parent.kind is TRANSPOSE and parent.fixed[0]):
            stack.append(parent)
            return []
        if parent.kind in (SIZE, COUNT, REDUCTION, PRODUCT):
            return [("array", None)]
        if parent.kind is not ENTRYWISE:
            return [("array", None)] if 0 not in {d for *dims, _ in parent.kind.relation(parent) for d in dims} else []
        if len(parent.args) == 1:
            stack.append(parent)
            return []
        partners = [arg for arg in parent.args if arg is not node]
        sign = parent.fixed[0]
        if sign == "**" and parent.args[1] is node:
            return [("exponent", None)]
        if sign == "**" or all(id(partner) in self.constants for partner in partners):
            stack.append(parent)
            return []
        return [("+" if sign in ("+", "-", "maximum", "minimum") else "*", partner) for partner in partners]

    def _has_rows_beside_vectors(self, op: Op) -> bool:
        """Return whether what a name has at one place is added to a vector: mu in X[i] - mu[k]."""
        for part in self.parents[id(op)]:
            if part.kind is not PART or len(part.fixed) != 1 or isinstance(part.fixed[0], Range):
                continue
            for parent in self.parents[id(part)]:
                if parent.kind is ENTRYWISE and parent.fixed[0] in ("+", "-"):
                    if any(self.domains[id(arg)] == {1} for arg in parent.args if arg is not part):
                        return True
        return False

    def _is_beside_matrix(self, op: Op) -> bool:
        """Return whether the multiples of a name by numbers are added to a matrix: B in A + t*B."""
        stack = [op]
        while stack:
            node = stack.pop()
            for parent in self.parents[id(node)]:
                partners = [self.domains[id(arg)] for arg in parent.args if arg is not node]
                if parent.kind is not ENTRYWISE or len(partners) != 1:
                    continue
                if parent.fixed[0] in ("+", "-") and self.domains[id(parent)] == {2}:
                    return True
                if parent.fixed[0] in ("*", "/") and partners == [{0}]:
                    stack.append(parent)
        return False

    def _is_target(self, op: Op) -> bool:
        """Return whether a name is set against a column: y in y - tf.matmul(X, w), of which tf has no vectors."""
        minuses = [one for one in self.parents[id(op)] if one.kind is ENTRYWISE and one.fixed[0] == "-"]
        stack = [arg for one in minuses for arg in one.args if arg is not op]
        while stack:
            node = stack.pop()
            if node.kind is ENTRYWISE and node.fixed[0] in ("+", "-"):
                stack += node.args
            elif node.kind is PRODUCT and node.fixed[0] == "matrix":
                right = node.args[1]
                if right.kind is NAME and right.fixed[0][0].islower():
                    return True
        return False

    def _likely(self, op: Op) -> tuple[int, ...]:
        """Return the numbers of dimensions of a name, the likeliest first."""
        name, uses = op.fixed[0], self._uses(op)
        upper = name[0].isupper()
        by_spelling = (2, 1, 0) if upper else (1, 2, 0)
        if len(op.fixed) > 2:
            return op.fixed[2]
        if any(sign == "array" for sign, _ in uses):
            return (2, 1, 0) if not upper and self._has_rows_beside_vectors(op) else by_spelling
        met = {sign: set() for sign in ("+", "*", "exponent")}
        for sign, partner in uses:
            met[sign] |= self.domains[id(partner)] if partner is not None else {0}
        every = met["+"] | met["*"] | met["exponent"]
        if every == {0} and uses:
            return by_spelling if upper and self._is_beside_matrix(op) else (0, 1, 2)
        if is_count(_stem(name)) or met["exponent"] and not met["+"] | met["*"]:
            return (0, *by_spelling[:2])
        if len(met["+"]) == 1:
            (size,) = met["+"]
            if size == 2 and self._is_target(op):
                return (2, 1, 0)
            return by_spelling if size == 2 else (size, *[d for d in by_spelling if d != size])
        if not upper and scalar_spelling(_stem(name)):
            return (0, 1, 2)
        return by_spelling

    # -- errors -----------------------------------------------------------------------------------------

    def _error(self, op: Op) -> ShapeError:
        relation = op.kind.relation(op)
        text = _short(self.text[op.span.start : op.span.end])
        if op.kind is NAME:
            return ShapeError(f"{text} does not fit its declared shape here", source=self.text, span=op.span)
        shown = []
        for arg in dict.fromkeys(op.args):
            kinds = sorted(self.domains[id(arg)])
            if len(kinds) < 3:
                words = " or ".join(_WORDS[d] for d in kinds)
                shown.append(f"{_short(self.text[arg.span.start : arg.span.end])} is {words}")
        operands = takes(relation)
        what = f", but {', '.join(shown)}" if shown else ""
        return ShapeError(
            f"{text} takes {operands}{what}",
            source=self.text,
            span=op.span,
            hint=_OF_ONE if any(self.domains[id(arg)] == {3} for arg in op.args) else _DECLARE,
        )


def _stem(name: str) -> str:
    """Return the letter of a name with a subscript, d for d_k; other names as they are."""
    letter, _, subscript = name.partition("_")
    return letter if subscript and len(letter) == 1 else name


def _reluctance(name: str) -> int:
    if name[0].isupper():
        return 0
    return 2 if scalar_spelling(name) or is_count(name) else 1


def _short(text: str, width: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
