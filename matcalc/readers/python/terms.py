"""The terms of comprehensions, and what is taken of them: sums and the like over their indices, arrays of them."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

from ...bounds import MAX_LOOPS
from ...errors import ArgumentError, LimitError, Span
from ...evaluation.loops import RELATIONS
from ...language.generators import If
from ...language.syntax import Name
from ...language.syntax import children as plain_children
from .clauses import targets
from .nodes import Apply, Clause, Comprehension, Index, children
from .operations import ENTRYWISE, NAME, NUMBER, REDUCTION, SIZE, Op
from .sums import ENTRIES, INDEX, OVER, Condition, Loop, indices_of, plain_index, renewed, taken
from .values import Pass, Run

_FOLDED = {"sum": "+", "mean": "+", "prod": "*", "max": "maximum", "min": "minimum"}


class Terms:
    """The part of the expansion that knows comprehensions; all attributes are the expansion's."""

    nesting = 0

    # -- comprehensions ----------------------------------------------------------------------------------------

    def comprehension(self: Any, node: Comprehension, scope: dict) -> Any:
        """Return the terms of a comprehension: a list where all are known one by one, else a :class:`Run`."""
        self.nesting += 1
        if self.nesting > 2 * MAX_LOOPS:
            self.fail("too many loops within one another", node.span, "give the inner ones names", LimitError)
        try:
            scope = dict(scope)  # the names may get other values before the terms are looked at again
            clause, *rest = node.clauses
            values = self.values_of(clause, [node.body, *rest], scope)
            inner = replace(node, clauses=tuple(rest))
            if isinstance(values, list):
                return self.listed(clause, values, inner, scope)
            return replace(self.run_of(clause, values, inner, scope), is_generator=not node.listed)
        finally:
            self.nesting -= 1

    def values_of(self: Any, clause: Clause, used: list, scope: dict) -> Any:
        """Return what a clause runs over; a size n stands for range(n) where entries are taken at what it gives."""
        node = clause.values
        if isinstance(node, Apply) and getattr(node.function, "name", "") == "arange":
            return self.run_range([self.evaluate(arg, scope) for arg in node.args], [], node.span)
        value = self.evaluate(node, scope)
        plain = isinstance(value, Op) and value.kind in (NAME, NUMBER, SIZE)
        if plain and isinstance(clause.target, Name) and _is_place(clause.target.id, [*used, clause]):
            return self.run_range([value], [], clause.values.span)
        return self.run_over(value, clause.values.span)

    def listed(self: Any, clause: Clause, values: list, inner: Comprehension, scope: dict) -> list:
        """Return the terms for values that are known one by one."""
        self.refuse_rounds(len(values), clause.span)
        found: list = []
        for value in values:
            own = dict(scope)
            self.bind(clause.target, value, own)
            if not self.decided(self.conditions_in(clause.conditions, own)):
                continue
            if not inner.clauses:
                found.append(self.evaluate(inner.body, own))
                continue
            more = self.comprehension(inner, own)
            if not isinstance(more, list):
                self.fail("a list and a range in one sum are not read", inner.clauses[0].span, "write a sum of a sum")
            found += more
        return found

    def run_of(self: Any, clause: Clause, values: Run, inner: Comprehension, scope: dict) -> Run:
        """Return the terms over indices."""
        names = [name.id for name in targets(clause.target)]
        passed = values.make(names)
        own = dict(scope)
        self.bind(clause.target, passed.element, own)
        conditions = (*passed.conditions, *self.conditions_in(clause.conditions, own))
        if inner.clauses:
            more = self.comprehension(inner, own)
            if isinstance(more, list):
                self.fail("a list and a range in one sum are not read", inner.clauses[0].span, "write a sum of a sum")
            below = more.make([])
            conditions = (*conditions, *below.conditions)
            first = Pass(below.element, (*passed.loops, *below.loops), conditions, False)
            return self.run_again(first)
        first = Pass(self.evaluate(inner.body, own), passed.loops, conditions, passed.ordered)
        value_at = values.at
        if conditions or value_at is None:
            return self.run_again(first)

        def at(place: Op) -> Any:
            there = dict(scope)
            self.bind(clause.target, value_at(place), there)
            return self.evaluate(inner.body, there)

        return self.run_again(first, at, values.count)

    def run_again(self: Any, first: Pass, at: Any = None, count: Op | None = None) -> Run:
        """Return the run of a pass, which gets new indices each time but the first."""
        unused = [first]

        def make(names: list[str]) -> Pass:
            return unused.pop() if unused else self.renewed_pass(first)

        return Run(make, at, count)

    def renewed_pass(self: Any, old: Pass) -> Pass:
        """Return a pass with other indices."""
        words = [loop.letter.fixed[0] for loop in old.loops]
        indices = {word: self.named_index([plain_index(word)]) for word in words}
        roots, rebuild = _flat(self.materialised(old.element))
        bounds = [bound for loop in old.loops for bound in loop]
        sides = [side for one in old.conditions for side in (one.left, one.right)]
        made = renewed([*roots, *bounds, *sides], indices)
        self.made += len(made)
        element = rebuild(made)
        rest = made[len(roots) :]
        loops = tuple(Loop(*rest[3 * k : 3 * k + 3]) for k in range(len(old.loops)))
        rest = rest[3 * len(loops) :]
        conditions = tuple(
            one._replace(left=rest[2 * k], right=rest[2 * k + 1]) for k, one in enumerate(old.conditions)
        )
        return Pass(element, loops, conditions, old.ordered)

    def materialised(self: Any, element: Any) -> Any:
        """Return an element of which every part is an operation or a list of such."""
        if isinstance(element, list):
            return [self.materialised(part) for part in element]
        return self.array(element, Span(0, len(self.text)))

    def bind(self: Any, target: Any, value: Any, scope: dict) -> None:
        """Let the names of a loop stand for a value, or for its parts."""
        stack = [(target, value)]
        while stack:
            part, given = stack.pop()
            if isinstance(part, Name):
                scope[part.id] = given
                continue
            if isinstance(given, Op) and given.kind not in (INDEX, NUMBER):
                given = [self.entry_at(given, self.number(k, part.span), part.span) for k in range(len(part.items))]
            if not isinstance(given, list) or len(given) != len(part.items):
                count = len(given) if isinstance(given, list) else 1
                self.fail(f"{count} values for {len(part.items)} names", part.span, "write as many names as values")
            stack += zip(part.items, given)

    def conditions_in(self: Any, conditions: tuple[If, ...], scope: dict) -> tuple[Condition, ...]:
        """Return conditions as operations."""
        found = []
        for one in conditions:
            left, right = (self.array(self.evaluate(side, scope), side.span) for side in (one.left, one.right))
            found.append(Condition(one.op, left, right, one.span))
        return tuple(found)

    def decided(self: Any, conditions: tuple[Condition, ...]) -> bool:
        """Return whether conditions between numbers hold. Raises ExpressionSyntaxError for others."""
        known = [self.known_truth(one) for one in conditions]
        if None in known and False not in known:
            hint = "write np.where(condition, a, b)"
            self.fail("whether this holds depends on values", conditions[known.index(None)].span, hint)
        return all(known)

    def known_truth(self: Any, condition: Condition) -> bool | None:
        """Return whether a condition between numbers holds, None where that depends on values."""
        left, right = condition.left, condition.right
        if left.kind is not NUMBER or right.kind is not NUMBER:
            return None
        return RELATIONS[condition.op](left.fixed[0], right.fixed[0])

    # -- what is taken of terms ------------------------------------------------------------------------------------

    def of_terms(self: Any, function: str, values: Any, span: Span) -> Op:
        """Return what Python's sum, max, min and prod make of terms, which may be arrays."""
        if isinstance(values, list):
            return self.folded(function, values, span)
        return self.over(function, values.make([]), False, span)

    def folded(self: Any, function: str, values: list, span: Span) -> Op:
        """Return a sum or the like of terms that are known one by one."""
        if not values:
            if function not in ("sum", "prod"):
                raise ArgumentError("has no terms", hint="give it one at least")
            return self.number(int(function == "prod"), span)
        total = self.array(values[0], span)
        for value in values[1:]:
            total = self.op(ENTRYWISE, (total, self.array(value, span)), (_FOLDED[function],), span)
        if function == "mean":
            return self.op(ENTRYWISE, (total, self.number(len(values), span)), ("/",), span)
        return total

    def reduced_list(self: Any, function: str, values: list, axis: int | None, span: Span) -> Op:
        """Return what numpy.sum and the like make of a list: of all entries, or along its first axis."""
        if function not in _FOLDED or axis not in (None, 0):
            raise ArgumentError("is not read of a list along this axis", hint="put the arrays together with np.stack")
        arrays = [self.array(value, span) for value in values]
        if axis is None:
            arrays = [self.op(REDUCTION, (array,), (function, None, False), span) for array in arrays]
        return self.folded(function, arrays, span)

    def array_of(self: Any, values: Run, span: Span) -> Op:
        """Return the array that has terms as its entries, or as its rows."""
        passed = values.make([])
        fixed = ("", passed.ordered)
        element = self.array(passed.element, span)
        if len(passed.loops) == 1 and passed.loops[0].letter.fixed[0] not in indices_of(element, {}):
            element = self.op(ENTRYWISE, (element, self.number(0, span)), ("+",), span)
        args, fixed = taken(ENTRIES, fixed, element, passed.loops, passed.conditions)
        return self.op(ENTRIES, args, fixed, span)

    def count_of(self: Any, values: Run, span: Span) -> Op:
        """Return how many terms there are."""
        if values.count is not None:
            return values.count
        passed = values.make([])
        if passed.conditions:
            self.fail("how many terms there are depends on a condition", span, "add them up: sum(1 for … if …)")
        counts = [self.less(loop.stop, loop.start, span) for loop in passed.loops]
        if any(indices_of(count, {}) for count in counts):
            self.fail("how many terms there are depends on an index", span, "add them up: sum(1 for …)")
        return reduce(lambda total, count: self.op(ENTRYWISE, (total, count), ("*",), span), counts)

    def over_entries(self: Any, function: str, entries: Op, whole: bool, span: Span) -> Op:
        """Return what a sum or the like makes of an array that is given by its terms."""
        words, relations = entries.fixed[2:]
        body, *rest = entries.args
        pairs = [rest[2 * k : 2 * k + 2] for k in range(len(words) + len(relations))]
        loops = tuple(Loop(self.op(INDEX, (), (word,), span), *pair) for word, pair in zip(words, pairs))
        conditions = tuple(
            Condition(sign, left, right, where) for (sign, where), (left, right) in zip(relations, pairs[len(words) :])
        )
        return self.over(function, Pass(body, loops, conditions), whole, span)

    def over(self: Any, function: str, passed: Pass, whole: bool, span: Span) -> Op:
        """Return a sum or the like over the indices of a pass; an index that nothing depends on counts the terms.

        ``whole``: of all entries of terms that are arrays, as numpy.sum takes it, and not array by array.
        """
        span = self.span or span
        body = self.array(passed.element, span)
        conditions = []
        for one in passed.conditions:
            holds = self.known_truth(one)
            if holds is None:
                conditions.append(one)
            elif not holds:
                self.fail("this condition never holds: nothing is added", one.span, "leave the sum out")
        known: dict[int, frozenset[str]] = {}
        loops = list(passed.loops)
        for loop in reversed(passed.loops):
            others = [bound for other in loops if other is not loop for bound in (other.start, other.stop)]
            sides = [side for one in conditions for side in (one.left, one.right)]
            used = frozenset().union(*(indices_of(op, known) for op in (body, *others, *sides)))
            if loop.letter.fixed[0] in used:
                continue
            loops.remove(loop)
            body = self.repeated(function, body, loop, known, span)
        if not loops and conditions:
            self.fail("this condition has none of the indices", conditions[0].span, "write np.where(condition, a, b)")
        if not loops:
            return self.op(REDUCTION, (body,), (function, None, False), span) if whole else body
        args, fixed = taken(OVER, (function, whole), body, tuple(loops), tuple(conditions))
        return self.op(OVER, args, fixed, span)

    def repeated(self: Any, function: str, body: Op, loop: Loop, known: dict, span: Span) -> Op:
        """Return the terms that are alike for all values of an index as one."""
        count = self.less(loop.stop, loop.start, span)
        if function in ("sum", "prod"):
            sign = "*" if function == "sum" else "**"
            return self.op(ENTRYWISE, (body, count) if sign == "**" else (count, body), (sign,), span)
        if function == "mean" and any(indices_of(bound, known) for bound in (loop.start, loop.stop)):
            self.fail("an index that is not in the terms counts them", span, "write the weights into the terms")
        return body


def _flat(element: Any) -> tuple[list[Op], Any]:
    """Return the operations of an element, and what puts new ones in their places."""
    if not isinstance(element, list):
        return [element], lambda made: made[0]
    parts = [_flat(part) for part in element]

    def rebuild(made: list[Op]) -> list:
        found, place = [], 0
        for roots, build in parts:
            found.append(build(made[place : place + len(roots)]))
            place += len(roots)
        return found

    return [root for roots, _ in parts for root in roots], rebuild


def _is_place(name: str, trees: list) -> bool:
    """Return whether a name stands where entries of an array are taken."""
    stack = [(tree, False) for tree in trees]
    while stack:
        node, within = stack.pop()
        if isinstance(node, Name):
            if within and node.id == name:
                return True
        elif isinstance(node, Clause):
            stack += [(side, within) for one in node.conditions for side in (one.left, one.right)]
            stack.append((node.values, within))
        elif isinstance(node, Comprehension):
            stack += [(node.body, within), *((clause, within) for clause in node.clauses)]
        elif isinstance(node, Index):
            stack += [(node.value, within), *((item, True) for item in node.items)]
        else:
            stack += [(part, within) for part in plain_children(node) or children(node)]
    return False
