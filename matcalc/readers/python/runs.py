"""What loops run over: range, zip, enumerate, arrays and lists; comprehensions; and what is taken of their terms."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

from ...bounds import MAX_LOOPS, MAX_ROUNDS
from ...errors import ArgumentError, LimitError, Span
from ...evaluation.loops import RELATIONS
from ...language.generators import If
from ...language.syntax import Binary, Name, Negate
from ...language.syntax import children as plain_children
from .clauses import targets
from .entries import PART
from .nodes import Clause, Comprehension, Index, Sequence, children
from .operations import COUNT, ENTRYWISE, NAME, NUMBER, REDUCTION, SIZE, Op
from .sums import ENTRIES, INDEX, OVER, Condition, Loop, index_word, indices_of, renewed, taken
from .values import Pass, Run

# what Python itself takes of numbers and arrays, one after another
_OF_TERMS = {"sum": "sum", "fsum": "sum", "max": "max", "min": "min", "prod": "prod"}
_FOLDED = {"sum": "+", "mean": "+", "prod": "*", "max": "maximum", "min": "minimum"}
_RUNS = frozenset("range zip enumerate reversed list tuple iter".split())
_OF_PAIRS = {"combinations": "<", "combinations_with_replacement": "<=", "permutations": "!="}
_LIST_HINT = "write np.array([…]) around it"


class Runs:
    """The part of the expansion that knows loops; all attributes are the expansion's."""

    indices = 0
    nesting = 0

    def new_index(self: Any, names: list[str]) -> Op:
        """Return an index, called by the names of a loop: i for x_i."""
        suffix = next((name[-1] for name in names if len(name) > 2 and name[-2] == "_" and name[-1].isalpha()), "i")
        self.indices += 1
        return self.op(INDEX, (), (index_word(self.indices, suffix),), self.span or Span(0, len(self.text)))

    def named_index(self: Any, names: list[str]) -> Op:
        """Return an index that is itself what the first of the names of a loop stands for."""
        self.indices += 1
        name = next((name.strip("_") for name in names if name.strip("_").isascii()), "") or "i"
        return self.op(INDEX, (), (index_word(self.indices, name),), self.span or Span(0, len(self.text)))

    # -- what a loop runs over ------------------------------------------------------------------------------

    def runs_called(self: Any, name: str, args: list, keywords: list, span: Span) -> Any:
        """Return what range(n), zip(X, y), itertools.product(…) and the like run over, None for other functions."""
        module, _, word = name.rpartition(".")
        if name in _RUNS and not (name in ("list", "tuple") and len(args) != 1):
            return getattr(self, f"run_{'same' if name in ('list', 'tuple', 'iter') else name}")(args, keywords, span)
        if module in ("", "itertools") and word in _OF_PAIRS and args and not keywords:
            return self.run_pairs(word, args, span)
        if module in ("", "itertools") and word == "product" and args:
            return self.run_product(args, keywords, span)
        if name in ("sum", "max", "min", "prod", "math.prod", "math.fsum") and len(args) == 1 and not keywords:
            if isinstance(args[0], (Run, list)):
                return self.of_terms(_OF_TERMS[word], args[0], span)
        return None

    def run_over(self: Any, value: Any, span: Span) -> Any:
        """Return what a value gives to a loop, a list or a :class:`Run`."""
        if isinstance(value, (list, Run)):
            return value
        array = self.array(value, span)
        if array.kind in (NUMBER, SIZE, COUNT):
            self.fail("a loop does not run over a number", span, "write range(…) around it")
        return self.line(lambda place: self.entry_at(array, place, span), self.size_of(array, 0, span))

    def entry_at(self: Any, array: Op, place: Op, span: Span) -> Op:
        """Return X[i]."""
        return self.part_of(array, (self.place_of(place, span),), span)

    def line(self: Any, at: Any, count: Op) -> Run:
        """Return a run of one index from 0 to before ``count``."""

        def make(names: list[str]) -> Pass:
            index = self.new_index(names)
            return Pass(at(index), (Loop(index, self.number(0, index.span), count),))

        return Run(make, at, count)

    def run_same(self: Any, args: list, keywords: list, span: Span) -> Any:
        return self.run_over(args[0], span)

    def run_range(self: Any, args: list, keywords: list, span: Span) -> Any:
        if not 1 <= len(args) <= 3 or keywords:
            raise ArgumentError("takes an end, or a start, an end and a step", hint="write range(n) or range(1, n)")
        bounds = [self.array(arg, span) for arg in args]
        start = bounds[0] if len(bounds) > 1 else self.number(0, span)
        stop = bounds[min(1, len(bounds) - 1)]
        step = self.whole(bounds[2]) if len(bounds) == 3 else 1
        first, last = self.whole(start), self.whole(stop)
        for bound in bounds:
            if bound.kind is NUMBER and self.whole(bound) is None:
                raise ArgumentError("takes whole numbers", hint="write range(n) or range(1, n)")
        known = range(first, last, step) if None not in (first, last, step) and step else None
        if step not in (1, -1):
            if known is None:
                raise ArgumentError("with a step is not read", hint="take the sum of a slice: x[::2] has every second entry")
            self.refuse_rounds(len(known), span)
            return [self.number(value, span) for value in known]
        if step == -1:
            start, stop = self.plus_one(stop, span), self.plus_one(start, span)

        def make(names: list[str]) -> Pass:
            index = self.named_index(names)
            return Pass(index, (Loop(index, start, stop),), (), step == 1)

        values = None if known is None else known[: MAX_ROUNDS + 1]
        listed = None if values is None else [self.number(value, span) for value in values]
        if step == -1:
            return Run(make, None, None, listed)
        return Run(make, lambda place: self.added(start, place, span), self.less(stop, start, span), listed)

    def plus_one(self: Any, bound: Op, span: Span) -> Op:
        return self.added(bound, self.number(1, span), span)

    def added(self: Any, one: Op, other: Op, span: Span) -> Op:
        """Return the sum of two operations, without a zero."""
        if one.kind is NUMBER and other.kind is NUMBER:
            return self.number(one.fixed[0] + other.fixed[0], span)
        if one.kind is NUMBER and not one.fixed[0]:
            return other
        if other.kind is NUMBER and other.fixed[0] < 0:
            return self.less(one, self.number(-other.fixed[0], span), span)
        return self.op(ENTRYWISE, (one, other), ("+",), span)

    def less(self: Any, one: Op, other: Op, span: Span) -> Op:
        """Return the difference of two operations, without a zero."""
        if one.kind is NUMBER and other.kind is NUMBER:
            return self.number(one.fixed[0] - other.fixed[0], span)
        if other.kind is NUMBER and not other.fixed[0]:
            return one
        return self.op(ENTRYWISE, (one, other), ("-",), span)

    def run_zip(self: Any, args: list, keywords: list, span: Span) -> Any:
        given = [self.run_over(arg, span) for arg in args]
        if given and all(isinstance(one, list) for one in given):
            return [list(values) for values in zip(*given)]
        if not given or any(isinstance(one, list) or one.at is None for one in given):
            raise ArgumentError("takes arrays and ranges, or lists", hint="write zip(X, y)")
        return self.line(lambda place: [one.at(place) for one in given], given[0].count)

    def run_enumerate(self: Any, args: list, keywords: list, span: Span) -> Any:
        given = dict(zip(("iterable", "start"), args)) | dict(keywords)
        if set(given) - {"iterable", "start"} or "iterable" not in given:
            raise ArgumentError("takes an array or a list", hint="write for i, x in enumerate(X)")
        start = self.array(given["start"], span) if "start" in given else self.number(0, span)
        values = self.run_over(given["iterable"], span)
        if isinstance(values, list):
            return [[self.added(start, self.number(k, span), span), value] for k, value in enumerate(values)]
        if values.at is None:
            raise ArgumentError("takes an array or a list", hint="write for i, x in enumerate(X)")

        def make(names: list[str]) -> Pass:
            index = self.named_index(names)
            element = [self.added(start, index, span), values.at(index)]
            return Pass(element, (Loop(index, self.number(0, span), values.count),))

        return Run(make, lambda place: [self.added(start, place, span), values.at(place)], values.count)

    def run_reversed(self: Any, args: list, keywords: list, span: Span) -> Any:
        values = self.run_over(args[0], span) if len(args) == 1 else None
        if isinstance(values, list):
            return values[::-1]
        if values is None:
            raise ArgumentError("takes a range or a list", hint="write reversed(range(n))")
        listed = None if values.values is None else values.values[::-1]
        return Run(lambda names: values.make(names)._replace(ordered=False), None, None, listed)

    def run_product(self: Any, args: list, keywords: list, span: Span) -> Any:
        repeat = 1
        if keywords:
            repeat = self.whole(dict(keywords).get("repeat")) if len(keywords) == 1 else None
            if repeat is None or not 1 <= repeat <= MAX_LOOPS:
                raise ArgumentError("takes ranges, and repeat=2", hint="write product(range(n), range(m))")
        given = [self.run_over(arg, span) for arg in args] * repeat
        if all(isinstance(one, list) for one in given):
            self.refuse_rounds(_count(given), span)
            return [list(values) for values in product(*given)]
        if any(isinstance(one, list) for one in given):
            raise ArgumentError("takes arrays and ranges, or lists", hint="write product(range(n), range(m))")

        def make(names: list[str]) -> Pass:
            own = [[name] for name in names] if len(names) == len(given) else [names] * len(given)
            passes = [one.make(some) for one, some in zip(given, own)]
            loops = tuple(loop for one in passes for loop in one.loops)
            conditions = tuple(part for one in passes for part in one.conditions)
            return Pass([one.element for one in passes], loops, conditions, False)

        return Run(make)

    def run_pairs(self: Any, word: str, args: list, span: Span) -> Any:
        values, size = self.run_over(args[0], span), self.whole(args[1]) if len(args) == 2 else None
        if size is None or not 1 <= size <= 3:
            raise ArgumentError("is read of two or three things at a time", hint=f"write {word}(range(n), 2)")
        if isinstance(values, list):
            chosen = {"combinations": combinations, "permutations": permutations}.get(word)
            if chosen is None:
                raise ArgumentError("is not read of a list", hint="write out the terms")
            self.refuse_rounds(len(values) ** size, span)
            return [list(some) for some in chosen(values, size)]
        if values.at is None:
            raise ArgumentError("takes a range or an array", hint=f"write {word}(range(n), 2)")
        places = [(a, b) for a in range(size) for b in range(a + 1, size) if word == "permutations" or b == a + 1]

        def make(names: list[str]) -> Pass:
            own = [[name] for name in names] if len(names) == size else [[letter] for letter in "ijk"]
            indices = [self.named_index(some) for some in own[:size]]
            loops = tuple(Loop(index, self.number(0, span), values.count) for index in indices)
            conditions = tuple(Condition(_OF_PAIRS[word], indices[a], indices[b], span) for a, b in places)
            return Pass([values.at(index) for index in indices], loops, conditions, False)

        return Run(make)

    def refuse_rounds(self: Any, count: int, span: Span) -> None:
        """Raise where more rounds would be written out than anyone reads."""
        if count > MAX_ROUNDS:
            message = f"{count} rounds would be written out one by one; at most {MAX_ROUNDS} are"
            self.fail(message, span, "write the formula for one matrix of all of them, or fewer rounds", LimitError)

    # -- comprehensions ----------------------------------------------------------------------------------------

    def comprehension(self: Any, node: Comprehension, scope: dict) -> Any:
        """Return the terms of a comprehension: a list where all are known one by one, else a :class:`Run`."""
        self.nesting += 1
        if self.nesting > 2 * MAX_LOOPS:
            self.fail("too many loops within one another", node.span, "give the inner ones names", LimitError)
        try:
            clause, *rest = node.clauses
            values = self.values_of(clause, [node.body, *rest], scope)
            inner = replace(node, clauses=tuple(rest))
            if isinstance(values, list):
                return self.listed(clause, values, inner, scope)
            return self.run_of(clause, values, inner, scope)
        finally:
            self.nesting -= 1

    def values_of(self: Any, clause: Clause, used: list, scope: dict) -> Any:
        """Return what a clause runs over; the size n stands for range(n) where an index is what entries are taken at."""
        value = self.evaluate(clause.values, scope)
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
        if conditions or values.at is None:
            return self.run_again(first)

        def at(place: Op) -> Any:
            there = dict(scope)
            self.bind(clause.target, values.at(place), there)
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
        indices = {loop.index.fixed[0]: self.named_index([loop.index.fixed[0].rpartition(" ")[2]]) for loop in old.loops}
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
            sides = (self.array(self.evaluate(side, scope), side.span) for side in (one.left, one.right))
            found.append(Condition(one.op, *sides, one.span))
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
        if len(passed.loops) == 1 and passed.loops[0].index.fixed[0] not in indices_of(element, {}):
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
        total: Op | None = None
        for loop in passed.loops:
            count = self.less(loop.stop, loop.start, span)
            if indices_of(count, {}):
                self.fail("how many terms there are depends on an index", span, "add them up: sum(1 for …)")
            total = count if total is None else self.op(ENTRYWISE, (total, count), ("*",), span)
        return total

    def over_entries(self: Any, function: str, entries: Op, whole: bool, span: Span) -> Op:
        """Return what a sum or the like makes of an array that is given by its terms."""
        words, relations = entries.fixed[2:]
        body, *rest = entries.args
        pairs = [rest[2 * k : 2 * k + 2] for k in range(len(words) + len(relations))]
        loops = tuple(Loop(self.op(INDEX, (), (word,), span), *pair) for word, pair in zip(words, pairs))
        conditions = tuple(
            Condition(sign, *pair, where) for (sign, where), pair in zip(relations, pairs[len(words) :])
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
            known = self.known_truth(one)
            if known is None:
                conditions.append(one)
            elif not known:
                raise ArgumentError("has no terms", hint="leave it out: the condition never holds")
        known: dict[int, frozenset[str]] = {}
        loops = list(passed.loops)
        for loop in reversed(passed.loops):
            others = [bound for other in loops if other is not loop for bound in (other.start, other.stop)]
            sides = [side for one in conditions for side in (one.left, one.right)]
            used = frozenset().union(*(indices_of(op, known) for op in (body, *others, *sides)))
            if loop.index.fixed[0] in used:
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
        if any(indices_of(bound, known) for bound in (loop.start, loop.stop)):
            raise ArgumentError("counts terms by an index that is not in them", hint="write the weights into the terms")
        return body


def _count(given: list[list]) -> int:
    total = 1
    for values in given:
        total *= len(values)
    return total


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
        elif isinstance(node, (Binary, Negate)) or not isinstance(node, Sequence):
            stack += [(part, within) for part in plain_children(node) or children(node)]
        else:
            stack += [(part, within) for part in node.items]
    return False


__all__ = ["PART", "Fraction", "Runs"]
