"""The value of index notation in any arithmetic: an array with an axis for each index.

Products are taken factor by factor, and an index is summed as soon as no later factor has it.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

from ...budget import spend
from ...errors import DomainError, LimitError
from ...language.indexed import (
    Delta,
    Entry,
    Indexed,
    IndexTree,
    Letter,
    Moved,
    Plus,
    Product,
    Raised,
    Total,
    axis_size,
    name_of,
    walk,
)
from ...language.syntax import Binary, Call, Name
from ..fitting import whole_number
from .arithmetic import Arithmetic
from .arrays import Array, lines_along
from .evaluate import Plan
from .formula import Formula, Values

_ARGUMENT = "argument{}"
_MULTIPLICATIONS = 4
# an array and the letters of its axes
Value = tuple[Array, list[str]]


class TensorPlan:
    """An array in index notation for given shapes of names and sizes, as a :class:`Plan` is of a formula.

    ``shape`` has a size for each axis. Raises what a Plan raises.
    """

    def __init__(self, indexed: Indexed, book: object, shapes: dict, sizes: dict, most: float) -> None:
        self.indexed, self.book, self.most, self.sizes = indexed, book, most, sizes
        self.lengths = {letter: whole_number(tree, sizes) for letter, tree in indexed.sizes.items()}
        self.nodes = walk(indexed.tree)
        self.plans: dict[int, list[Plan]] = {}
        for node in self.nodes:
            if isinstance(node, Entry) and id(node.tree) not in self.plans:
                formula, own = Formula(node.tree, book), self._inside(node)
                self.plans[id(node.tree)] = [Plan(formula, shapes, {**sizes, **places}, most) for places in own]
        self.functions: dict = {}
        self.shape = tuple(prod(map(self.length, axis), start=1) for axis in indexed.axes)

    def length(self, letter: Letter) -> int:
        """Return how many values a letter runs through."""
        return 1 if isinstance(letter, int) else self.lengths[name_of(letter)]

    def value(self, c: Arithmetic, arrays: dict) -> Array:
        """Return the value; ``arrays`` maps the names to arrays of the arithmetic. Raises what a Plan raises."""
        taken = {key: [plan.value(c, arrays) for plan in plans] for key, plans in self.plans.items()}
        found: dict[int, Value] = {}
        for node in self.nodes:
            if id(node) not in found:
                found[id(node)] = self._value(c, node, found, taken)
        letters = [letter for axis in self.indexed.axes for letter in axis if isinstance(letter, str)]
        return Array(self.shape, self._spread(found[id(self.indexed.tree)], letters))

    def value_beside(self, c: Arithmetic, known: Values) -> Array:
        """Return the value, as a :class:`Plan` does beside another."""
        return self.value(c, known.arrays)

    def constants_of(self, c: Arithmetic, fixed: dict, known: Values, names: frozenset) -> Values:
        """Return the names as constants, as a :class:`Plan` does."""
        return Values([], fixed)

    def _value(self, c: Arithmetic, node: IndexTree, found: dict, taken: dict) -> Value:
        if isinstance(node, Entry):
            return self._entry(node, taken[id(node.tree)])
        if isinstance(node, Delta):
            return self._delta(c, node)
        if isinstance(node, Product):
            return self._product(c, node, found, ())
        if isinstance(node, Total):
            if isinstance(node.body, Product):
                return self._product(c, node.body, found, node.letters)
            return self._multiplied(c, [found[id(node.body)]], node.letters)
        if isinstance(node, Plus):
            return self._sum(c, [found[id(term)] for term in node.terms])
        if isinstance(node, Raised):
            return self._applied(c, "**", [found[id(node.base)], found[id(node.exponent)]])
        return self._applied(c, node.function, [found[id(arg)] for arg in node.args])

    def _inside(self, node: Entry) -> list[dict[str, int]]:
        """Return the values of the letters that stand in the tree of an entry, one after another."""
        values = product(*(range(self.lengths[letter]) for letter in node.inside))
        return [dict(zip(node.inside, places)) for places in values]

    def _entry(self, node: Entry, arrays: list[Array]) -> Value:
        array = arrays[0]
        lengths, letters = [], [letter for axis in node.axes for letter in axis]
        for place, axis in enumerate(node.axes):
            whole = array.shape[place] if len(node.axes) == 2 else len(array.entries)
            lengths += [whole] if len(axis) == 1 else [self._length_of(letter) for letter in axis]
        steps = [prod(lengths[place + 1 :]) for place in range(len(lengths))]
        places = [self._places(letter, length) for letter, length in zip(letters, lengths)]
        free = [name_of(letter) for letter in letters if not isinstance(letter, int)]
        own = list(dict.fromkeys([*node.inside, *free]))
        which = {tuple(places.values()): place for place, places in enumerate(self._inside(node))}
        entries = []
        for chosen in product(*(range(self.lengths[letter]) for letter in own)):
            values = dict(zip(own, chosen))
            found = [places[k][values[name_of(x)]] if not isinstance(x, int) else x for k, x in enumerate(letters)]
            inner = arrays[which[tuple(values[letter] for letter in node.inside)]]
            entries.append(inner.entries[sum(at * step for at, step in zip(found, steps))])
        constant = None if node.inside else array.constant
        return Array(tuple(self.lengths[letter] for letter in own), entries, constant), own

    def _length_of(self, letter: Letter) -> int:
        """Return the size of the axis of a letter that is one of several in an axis of an array."""
        if isinstance(letter, str):
            return self.lengths[letter]
        return whole_number(axis_size(letter), self.sizes)

    def _places(self, letter: Letter, length: int | None = None) -> list[int]:
        """Return the places that a letter goes through; raises DomainError for one outside of an axis of a length."""
        if isinstance(letter, int):
            return [letter]
        found = list(range(self.lengths[name_of(letter)]))
        if isinstance(letter, Moved):
            start = whole_number(letter.start, self.sizes)
            found = [start + letter.step * place for place in found]
        if found and (min(found) < 0 or length is not None and max(found) >= length):
            raise DomainError(f"the index {letter} leaves an axis of {length} entries", hint="let its sum end earlier")
        return found

    def _delta(self, c: Arithmetic, node: Delta) -> Value:
        letters = [letter for letter in (node.left, node.right) if not isinstance(letter, int)]
        own = list(dict.fromkeys(map(name_of, letters)))
        left, right = self._places(node.left), self._places(node.right)
        entries = []
        for chosen in product(*(range(self.lengths[letter]) for letter in own)):
            values = dict(zip(own, chosen))
            one, other = (
                places[0] if isinstance(letter, int) else places[values[name_of(letter)]]
                for letter, places in ((node.left, left), (node.right, right))
            )
            entries.append(c.one if one == other else c.zero)
        return Array(tuple(self.lengths[letter] for letter in own), entries), own

    def _product(self, c: Arithmetic, node: Product, found: dict, letters: tuple[str, ...]) -> Value:
        factors = [found[id(factor)] for factor in node.factors]
        if not factors and not node.below and not letters:
            return Array((), [c.number(node.number)], node.number), []
        for below in node.below:
            array, own = found[id(below)]
            factors.append((c.divide(_number(c, Fraction(1), array), array), own))
        array, own = self._multiplied(c, factors, letters)
        return (array if node.number == 1 else c.multiply(_number(c, node.number, array), array)), own

    def _multiplied(self, c: Arithmetic, factors: list[Value], letters: tuple[str, ...]) -> Value:
        """Return a product of factors, summed over letters."""
        result: Value = (Array((), [c.one], Fraction(1)), [])
        for place, factor in enumerate(factors):
            result = factor if place == 0 else self._pair(c, result, factor)
            later = {letter for _, own in factors[place + 1 :] for letter in own}
            for letter in [own for own in result[1] if own in letters and own not in later]:
                result = self._summed(c, result, letter)
        for letter in letters:
            if not any(letter in own for _, own in factors):
                count = _number(c, Fraction(self.lengths[letter]), result[0])
                result = c.multiply(count, result[0]), result[1]
        return result

    def _pair(self, c: Arithmetic, left: Value, right: Value) -> Value:
        own = list(dict.fromkeys([*left[1], *right[1]]))
        shape = self._shape(own)
        one, other = (Array(shape, self._spread(value, own)) for value in (left, right))
        return c.multiply(one, other), own

    def _summed(self, c: Arithmetic, value: Value, letter: str) -> Value:
        array, own = value
        axis = own.index(letter)
        entries = c.reduced([c.total(line) for line in lines_along(array, axis)])
        rest = [other for other in own if other != letter]
        return Array(self._shape(rest), entries), rest

    def _sum(self, c: Arithmetic, terms: list[Value]) -> Value:
        own = list(dict.fromkeys(letter for _, letters in terms for letter in letters))
        shape = self._shape(own)
        total = Array(shape, [c.zero] * prod(shape))
        for term in terms:
            total = c.add(total, Array(shape, self._spread(term, own)))
        return total, own

    def _applied(self, c: Arithmetic, function: str, args: list[Value]) -> Value:
        """Return an operation entry by entry, by its torch line on columns."""
        own = list(dict.fromkeys(letter for _, letters in args for letter in letters))
        shape = self._shape(own)
        count = prod(shape)
        names = [_ARGUMENT.format(place) for place in range(len(args))]
        key = (function, len(args), count, tuple(bool(letters) for _, letters in args))
        if key not in self.functions:
            leaves = tuple(map(Name, names))
            tree = Binary("**", leaves[0], leaves[1]) if function == "**" else Call(function, leaves)
            shapes = {name: (count if letters else 1, 1) for name, (_, letters) in zip(names, args)}
            self.functions[key] = Plan(Formula(tree, self.book), shapes, {}, self.most)
        given = {}
        for name, value in zip(names, args):
            array = value[0]
            entries = self._spread(value, own) if value[1] else array.entries
            given[name] = Array((len(entries), 1), entries, None if value[1] else array.constant)
        return Array(shape, self.functions[key].value(c, given).entries), own

    def _shape(self, letters: list[str]) -> tuple[int, ...]:
        shape = tuple(self.lengths[letter] for letter in letters)
        count = prod(shape)
        if count > self.most:
            raise LimitError("too large to be computed exactly", hint="declare smaller sizes")
        spend(1 + count // _MULTIPLICATIONS)
        return shape

    def _spread(self, value: Value, letters: list[str]) -> list:
        """Return the entries of a value with an axis for each letter, in this order."""
        array, own = value
        if own == letters:
            return array.entries
        steps = {letter: prod(array.shape[place + 1 :]) for place, letter in enumerate(own)}
        ranges = [range(self.lengths[letter]) for letter in letters]
        along = [steps.get(letter, 0) for letter in letters]
        return [array.entries[sum(i * step for i, step in zip(place, along))] for place in product(*ranges)]


def _number(c: Arithmetic, value: Fraction, like: Array) -> Array:
    """Return a number as an array with as many dimensions as another."""
    return Array((1,) * len(like.shape), [c.number(value)])
