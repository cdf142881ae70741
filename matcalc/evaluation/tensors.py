"""The value of index notation at a point: an array with an axis for each index, by torch in float64.

Knows the language and nothing of what derives index forms.
"""

from __future__ import annotations

from itertools import product

import torch

from ..bounds import MAX_TENSOR_ENTRIES as MAX_ENTRIES
from ..errors import DomainError, LimitError
from ..language.indexed import Delta, Entry, Moved, Plus, Product, Raised, Total, axis_size, name_of, walk
from ..language.syntax import Binary, Call, Name
from .evaluate import evaluate
from .fitting import whole_number

_ARGUMENT = "argument{}"


def tensor_value(indexed, point, book):
    """Return the value of an Indexed at a Point: a tensor with an axis for each of its axes.

    Raises what evaluating its parts raises, LimitError where an array on the way is too large.
    """
    sizes = {letter: whole_number(tree, point.sizes) for letter, tree in indexed.sizes.items()}
    values = _Values(point, sizes, book)
    for node in walk(indexed.tree):
        values.enter(node)
    letters = [letter for axis in indexed.axes for letter in axis]
    found = _spread(values.known[id(indexed.tree)], letters, sizes)
    shape = []
    for axis in indexed.axes:
        length = 1
        for letter in axis:
            length *= sizes[letter]
        shape.append(length)
    return found.reshape(shape)


class _Values:
    """The values of the nodes of an index tree, each a tensor and the letters of its axes."""

    def __init__(self, point, sizes, book):
        self.point, self.sizes, self.book, self.known, self.arrays = point, sizes, book, {}, {}

    def enter(self, node):
        if id(node) not in self.known:
            self.known[id(node)] = self._value(node)

    def _of(self, node):
        return self.known[id(node)]

    def _value(self, node):
        if isinstance(node, Entry):
            return self._entry(node)
        if isinstance(node, Delta):
            return self._delta(node)
        if isinstance(node, Product):
            return self._product(node, ())
        if isinstance(node, Total):
            if isinstance(node.body, Product):
                return self._product(node.body, node.letters)
            return self._summed([self._of(node.body)], node.letters)
        if isinstance(node, Plus):
            return self._elementwise(lambda *terms: sum(terms, torch.zeros((), dtype=torch.float64)), node.terms)
        if isinstance(node, Raised):
            tree = Binary("**", Name(_ARGUMENT.format(0)), Name(_ARGUMENT.format(1)))
            return self._elementwise(lambda *args: self._applied(tree, args), (node.base, node.exponent))
        tree = Call(node.function, tuple(Name(_ARGUMENT.format(k)) for k in range(len(node.args))))
        return self._elementwise(lambda *args: self._applied(tree, args), node.args)

    def _entry(self, node):
        array = self.arrays.get(id(node.tree))
        if array is None:
            array = self.arrays[id(node.tree)] = self._array(node)
        rows, cols = array.shape[-2:]
        letters = [*node.inside, *(letter for axis in node.axes for letter in axis)]
        lengths, fixed = [self.sizes[letter] for letter in node.inside], []
        for place, axis in enumerate(node.axes):
            for letter in axis:
                whole = (rows, cols)[place] if len(node.axes) == 2 else rows * cols
                if len(axis) == 1:
                    lengths.append(whole)
                else:
                    named = isinstance(letter, str)
                    lengths.append(self.sizes[letter] if named else whole_number(axis_size(letter), self.point.sizes))
        found = array.reshape(lengths)
        for place, letter in enumerate(letters):
            if not isinstance(letter, int):
                found = found.index_select(place, self._places(letter, lengths[place]))
                letters[place] = name_of(letter)
        for place in reversed(range(len(letters))):
            if isinstance(letters[place], int):
                found = found.select(place, letters[place])
                fixed.append(place)
        return self._summed([(found, [letter for k, letter in enumerate(letters) if k not in fixed])], ())

    def _array(self, node):
        """Return the value of the tree of an entry, with an axis in front for each letter that stands in it."""
        self._refuse_large(node.inside)
        ranges = [range(self.sizes[letter]) for letter in node.inside]
        values = []
        for places in product(*ranges):
            sizes = {**self.point.sizes, **dict(zip(node.inside, places))}
            values.append(evaluate(node.tree, self.point.arrays, sizes, self.book))
        return torch.stack(values).reshape(*map(len, ranges), *values[0].shape)

    def _places(self, letter, length):
        """Return the places of an axis that a letter goes through; raises DomainError for one outside of it."""
        places = torch.arange(self.sizes[name_of(letter)])
        if isinstance(letter, Moved):
            places = whole_number(letter.start, self.point.sizes) + letter.step * places
        if len(places) and (places.min() < 0 or places.max() >= length):
            raise DomainError(f"the index {letter} leaves an axis of {length} entries", hint="let its sum end earlier")
        return places

    def _delta(self, node):
        letters = (node.left, node.right)
        size = 1 + max(self._last(letter) for letter in letters)
        found, names = torch.eye(size, dtype=torch.float64), []
        for place, letter in reversed(list(enumerate(letters))):
            if isinstance(letter, int):
                found = found.select(place, letter)
            else:
                found = found.index_select(place, self._places(letter, size))
                names.insert(0, name_of(letter))
        return self._summed([(found, names)], ())

    def _last(self, letter):
        """Return the last place that a letter goes through, or the last one of its axis."""
        if isinstance(letter, int):
            return int(letter)
        if not isinstance(letter, Moved):
            return self.sizes[letter] - 1
        start = whole_number(letter.start, self.point.sizes)
        return max(start, start + letter.step * (self.sizes[letter.letter] - 1))

    def _product(self, node, letters):
        factors = [self._of(factor) for factor in node.factors]
        factors += [(1 / value, names) for value, names in map(self._of, node.below)]
        number = torch.tensor(node.number.numerator / node.number.denominator, dtype=torch.float64)
        return self._summed([(number, []), *factors], letters)

    def _summed(self, factors, letters):
        """Return the product of factors, summed over letters."""
        names = list(dict.fromkeys(name for _, own in factors for name in own))
        places = {name: place for place, name in enumerate(names)}
        out = [name for name in names if name not in letters]
        self._refuse_large(out)
        operands = [part for value, own in factors for part in (value, [places[name] for name in own])]
        found = torch.einsum(*operands, [places[name] for name in out])
        for letter in letters:
            if letter not in places:
                found = found * self.sizes[letter]
        return found, out

    def _elementwise(self, function, nodes):
        values = [self._of(node) for node in nodes]
        names = list(dict.fromkeys(name for _, own in values for name in own))
        self._refuse_large(names)
        return _exactly(function(*[_spread(value, names, self.sizes) for value in values]), names, self.sizes), names

    def _applied(self, tree, args):
        """Return the value of an elementwise operation of the language for tensors of one shape."""
        shape = torch.broadcast_shapes(*[arg.shape for arg in args])
        columns = {_ARGUMENT.format(k): arg.expand(shape).reshape(-1, 1) for k, arg in enumerate(args)}
        return evaluate(tree, columns, {}, self.book).reshape(shape)

    def _refuse_large(self, names):
        count = 1
        for name in names:
            count *= self.sizes[name]
        if count > MAX_ENTRIES:
            raise LimitError(f"the array has {count} entries, too many to be evaluated", hint="take smaller sizes")


def _spread(value, letters, sizes):
    """Return a tensor with an axis for each letter, in this order."""
    tensor, own = value
    order = sorted(range(len(own)), key=lambda place: letters.index(own[place]))
    shape = [sizes[letter] if letter in own else 1 for letter in letters]
    return tensor.permute(order).reshape(shape).expand([sizes[letter] for letter in letters])


def _exactly(tensor, letters, sizes):
    return tensor.expand([sizes[letter] for letter in letters])
