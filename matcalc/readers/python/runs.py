"""What loops run over: range, zip, enumerate, itertools' products and pairs, arrays and lists."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product
from typing import Any

from ...bounds import MAX_LOOPS, MAX_ROUNDS
from ...errors import ArgumentError, LimitError, Span
from ...language.subscripts import Range, whole_of
from .operations import COUNT, ENTRYWISE, NUMBER, SIZE, Op
from .sums import INDEX, Condition, Loop, index_word
from .values import Pass, Run

# what Python itself takes of numbers and arrays, one after another
_OF_TERMS = {"sum": "sum", "fsum": "sum", "max": "max", "min": "min", "prod": "prod"}
_SAME = ("list", "tuple", "iter", "tqdm", "tqdm.tqdm")
_RUNS = frozenset("range zip enumerate reversed".split()).union(_SAME)
_OF_PAIRS = {"combinations": "<", "combinations_with_replacement": "<=", "permutations": "!="}


class Runs:
    """The part of the expansion that knows loops; all attributes are the expansion's."""

    indices = 0

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
            return getattr(self, f"run_{'same' if name in _SAME else name}")(args, keywords, span)
        if module in ("", "itertools") and word in _OF_PAIRS and args and not keywords:
            return self.run_pairs(word, args, span)
        if module in ("", "itertools") and word == "product" and args:
            return self.run_product(args, keywords, span)
        if len(args) == 1 and not keywords and isinstance(args[0], (Run, list)):
            # numpy.sum leaves a generator to Python's sum
            lazy = name == "numpy.sum" and isinstance(args[0], Run) and args[0].is_generator
            if lazy or name in ("sum", "max", "min", "prod", "math.prod", "math.fsum"):
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
                hint = "take the sum of a slice: x[::2] has every second entry"
                raise ArgumentError("with a step is not read", hint=hint)
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
        depth = self.deeper(given, span)
        counts = [
            count if array is None else self.less(self.size_of(array, 0, span), self.number(missing, span), span)
            for array, missing, count in _shortest([one.count for one in given])
        ]
        words = [count.fixed[1] for count in counts if count.kind is SIZE]
        self.equal += [(words[0], word) for word in words[1:]]
        return replace(self.line(lambda place: [one.at(place) for one in given], counts[0]), depth=depth)

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

        depth = self.deeper([values], span)
        return Run(make, lambda place: [self.added(start, place, span), values.at(place)], values.count, None, depth)

    def run_reversed(self: Any, args: list, keywords: list, span: Span) -> Any:
        values = self.run_over(args[0], span) if len(args) == 1 else None
        if isinstance(values, list):
            return values[::-1]
        if values is None:
            raise ArgumentError("takes a range or a list", hint="write reversed(range(n))")
        listed = None if values.values is None else values.values[::-1]
        depth = self.deeper([values], span)
        return Run(lambda names: values.make(names)._replace(ordered=False), None, None, listed, depth)

    def run_product(self: Any, args: list, keywords: list, span: Span) -> Any:
        repeat = 1
        if keywords:
            repeat = self.whole(dict(keywords).get("repeat")) if len(keywords) == 1 else 0
            if not 1 <= repeat <= MAX_LOOPS:
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

        return Run(make, depth=self.deeper(given, span))

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

        return Run(make, depth=self.deeper([values], span))

    def deeper(self: Any, given: list[Run], span: Span) -> int:
        """Return how deep a run of runs is; raises LimitError beyond all that anyone writes."""
        depth = 1 + max(run.depth for run in given)
        if depth > MAX_LOOPS:
            self.fail(f"more than {MAX_LOOPS} of these within one another", span, "write them side by side", LimitError)
        return depth

    def refuse_rounds(self: Any, count: int, span: Span) -> None:
        """Raise where more rounds would be written out than anyone reads."""
        if count > MAX_ROUNDS:
            message = f"{count} rounds would be written out one by one; at most {MAX_ROUNDS} are"
            self.fail(message, span, "write the formula for one matrix of all of them, or fewer rounds", LimitError)


def _shortest(counts: list[Op]) -> list[tuple[Op | None, int, Op]]:
    """Return where a zip ends: (array, how many entries of it are left out, size), None for an array that is no slice.

    Of slices of one array, as in zip(x, x[1:]), the shortest counts.
    """
    least: dict[int, tuple[Op | None, int, Op]] = {}
    for count in counts:
        array, missing = count.args[0] if count.kind is SIZE else count, 0
        slices = array.fixed[0] if array.kind.name == "part" and isinstance(array.fixed[0], Range) else None
        if slices is not None and slices.step == 1:
            start, stop = (0 if end is None else whole_of(end) for end in (slices.start, slices.stop))
            if start is not None and start >= 0 and stop is not None and stop <= 0:
                array, missing = array.args[0], start - stop
        if id(array) not in least or least[id(array)][1] < missing:
            least[id(array)] = (array if missing else None, missing, count)
    return list(least.values())


def _count(given: list[list]) -> int:
    total = 1
    for values in given:
        total *= len(values)
    return total
