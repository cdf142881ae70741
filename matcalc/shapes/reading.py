"""The rule for names that use leaves open: number, column, row or matrix, as a reader takes the formula.

In this order: what is multiplied with ``@``, transposed or handed to a function of arrays goes by its spelling; what
is added to something has its shape, and a lower-case name beside a matrix is a row; an exponent, and what meets
1×1 values alone, is a number; what multiplies or divides an array goes by its letter (:mod:`spelling`). Names are
taken in the order of the alphabet, so that the order of terms counts for nothing.
"""

from __future__ import annotations

from ..algebra.expressions import ONE
from ..errors import ShapeError
from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree, children
from .groups import Groups
from .sizes import SizeConflict, find, is_one
from .spelling import COLUMN, MATRIX, NUMBER, SCALAR, is_count, spelling_of

ROW = "row"
_KINDS = {(True, True): NUMBER, (False, True): COLUMN, (True, False): ROW, (False, False): MATRIX}
_ARRAY_ORDER = {True: (MATRIX, COLUMN), False: (COLUMN, MATRIX, NUMBER)}
NUMBER_FIRST, COLUMN_FIRST = (NUMBER, COLUMN, MATRIX), (COLUMN, NUMBER, MATRIX)
_MATRIX_FIRST = (MATRIX, COLUMN, NUMBER)


def kind_of(shape):
    """Return "number", "column", "row" or "matrix", None where it is not known."""
    return _KINDS.get(tuple(map(is_one, shape)))


class Reading:
    """The part of the inference that decides about names; all attributes are the inference's."""

    def _read_names(self):
        """Decide about every name that use leaves open."""
        self.open_names = sorted(name for name in self.names if self._is_open(name))
        self.odd = {name for name in self.names if self._is_odd(name)}
        chains = self._chains()
        biases = self._beside_something(chains)
        arrays = [name for name in self.open_names if self._is_used_as_array(name)]
        self._decide_arrays([name for name in arrays if name[0].isupper()])
        self._decide_arrays([name for name in arrays if not name[0].isupper() and name not in biases])
        for terms in chains:
            self._equate(terms)
        self._decide_arrays(arrays)
        self._decide_factors()

    def _is_used_as_array(self, name):
        """Return whether a name is multiplied with ``@``, transposed or handed to a function of arrays."""
        return name in self.arrays

    def _is_entrywise(self, node):
        """Return whether an operator acts entry by entry, with repetition of rows and columns."""
        return node.op in ("+", "-", "*", "/")

    def _decide_arrays(self, names):
        for name in names:
            self._decide(name, _ARRAY_ORDER[name[0].isupper()])

    def _is_open(self, name):
        return name not in self.declared and None in map(is_one, self.names[name])

    # -- sums ------------------------------------------------------------------------------------

    def _chains(self):
        """Return the terms of every sum, those of an inner sum first; literal numbers are not among them."""
        inner = {
            id(child) for node in self.order if _is_sum(node) for child in (node.left, node.right) if _is_sum(child)
        }
        found = []
        for node in self.order:
            if _is_sum(node) and id(node) not in inner:
                terms, stack = [], [node]
                while stack:
                    part = stack.pop()
                    if _is_sum(part):
                        stack += (part.right, part.left)
                    elif id(part) not in self.numbers:
                        terms.append(_unsigned(part))
                if len(terms) > 1:
                    found.append(terms)
        return found

    def _beside_something(self, chains):
        """Return the lower-case names that are added to something other than such a name."""
        found = set()
        for terms in chains:
            names = {term.id for term in terms if _is_lower(term)}
            if any(not _is_lower(term) and not _is_lower(inside(term)) for term in terms):
                found |= names
        return found

    def _equate(self, terms):
        """Give the terms of a sum one shape where nothing speaks against it; a name beside a matrix is a row."""
        terms = sorted((term for term in terms if not self._is_of_numbers(term)), key=_is_lower)
        if not terms:
            return
        largest = max(terms, key=lambda term: _extent(self.node_shapes[id(term)]))
        kinds = {kind_of(self.node_shapes[id(term)]) for term in terms}
        if COLUMN in kinds and ROW in kinds:
            return
        if not _extent(self.node_shapes[id(largest)]):
            largest = self._first_matrix(terms)
        for term in terms:
            shape = self.node_shapes[id(largest)]
            if term is largest or kind_of(self.node_shapes[id(term)]) is not None or self._is_squared(term, shape):
                continue
            if kind_of(shape) == ROW and _is_lower(term) and not isinstance(largest, Transpose):
                self._beside_row(term.id, shape)
            elif kind_of(shape) != MATRIX or any(name[0].isupper() for name in self._open_in(term) or "A"):
                if self._same_shape(term, shape) and isinstance(term, Name) and kind_of(shape) == COLUMN:
                    self.beside.add(term.id)
            elif isinstance(term, Name):
                self._beside_matrix(term.id, shape, isinstance(inside(largest), Name))

    def _is_squared(self, term, shape):
        """Return whether a term is a lower-case name beside a product with its own transpose: x beside x.T@x."""
        if not _is_lower(term) or term.id not in self.arrays:
            return False
        rows, cols = map(find, shape)
        return rows is cols and rows in set(map(find, self.names.get(term.id, ())))

    def _first_matrix(self, terms):
        """Return the term that the others follow where nothing is known: an upper-case name, which is a matrix."""
        for term in terms:
            if isinstance(term, Name) and not _is_lower(term) and spelling_of(term.id) == MATRIX:
                self._decide(term.id, _MATRIX_FIRST)
                return term
        return terms[0]

    def _is_of_numbers(self, term):
        """Return whether a term is a product of names that by their letters are numbers: n*sum(x)."""
        names = set() if isinstance(term, Name) else self._open_in(term)
        return bool(names) and all(spelling_of(name) == NUMBER for name in names)

    def _open_in(self, term):
        """Return the open names that the shape of a term is made of, none where it depends on more than these."""
        found, stack = set(), [term]
        while stack:
            node = stack.pop()
            if isinstance(node, Name):
                found |= {node.id} if node.id in self.names and self._is_open(node.id) else set()
            elif isinstance(node, Negate) or isinstance(node, Binary) and node.op in ("*", "/", "+", "-"):
                stack.extend(children(node))
            elif isinstance(node, Binary) and node.op == "**":
                stack.append(node.left)
            elif isinstance(node, Call) and self._is_elementwise(node):
                stack.extend(self._entry_arguments(node))
            elif kind_of(self.node_shapes[id(node)]) is None:
                return set()
        return found

    def _same_shape(self, term, shape):
        """Give a term a shape where nothing speaks against it; return whether it has it."""
        return self._try(list(zip(self.node_shapes[id(term)], shape)), number=all(map(is_one, shape)))

    def _beside_row(self, name, shape):
        """A lower-case name beside a row, as X[i, :] - mu, is one, too, where nothing speaks against it."""
        self.rows.add(name)
        if self._same_shape(self.name_nodes[name], shape):
            self.beside.add(name)
        else:
            self.rows.discard(name)

    def _beside_matrix(self, name, shape, plain):
        """A lower-case name beside a matrix: a row of it, as NumPy broadcasts a vector; a number by its letter.

        ``plain``: whether it stands beside a name, as in X - c, and not beside a product, whose bias it is.
        """
        if is_count(name) or plain and spelling_of(name) == SCALAR:
            self._decide(name, NUMBER_FIRST)
            return
        rows, cols = self.names[name]
        self.rows.add(name)
        if not self._try([(rows, ONE), (cols, shape[1])]):
            self.rows.discard(name)
            self._same_shape(self.name_nodes[name], shape)

    # -- factors ---------------------------------------------------------------------------------

    def _decide_factors(self):
        """Decide about the names that are factors, exponents or stand alone, by what they meet and by their letters."""
        for last in (False, False, True):
            groups = Groups(self)
            names = [name for name in self.open_names if self._is_open(name)]
            ready = [name for name in names if last or groups.is_ready(name)]
            self._decide_groups(groups, ready or names)
            if len(ready) == len(names):
                return

    def _decide_groups(self, groups, names):
        """Decide about names, numbers first, then upper-case names, then by the letters."""
        for name in names:
            if name in groups.exponents and (spelling_of(name) != MATRIX):
                self._decide(name, NUMBER_FIRST)
        meets_numbers = [name for name in names if groups.meets_numbers_alone(name)]
        for name in meets_numbers:
            self._decide(name, NUMBER_FIRST)
        ordered = {kind: [name for name in names if spelling_of(name) == kind] for kind in _SPELLINGS}
        for name in ordered[MATRIX]:
            self._decide(name, _MATRIX_FIRST)
        for name in ordered[COLUMN]:
            self._decide(name, NUMBER_FIRST if groups.meets_square(name) else COLUMN_FIRST)
        for name in [*ordered[NUMBER], *ordered[SCALAR]]:
            self._decide(name, _MATRIX_FIRST if groups.is_matrix(name) else groups.order(name, _FIRST))

    def _decide(self, name, kinds):
        """Give a name the first of the kinds that fits what is known; ``matrix`` always does."""
        if all(is_one(size) is not None for size in self.names[name]):
            return
        for kind in kinds:
            if kind == NUMBER and name in self.arrays:
                continue
            mark = self._checkpoint()
            try:
                self._make(name, kind)
                self._settle()
                self._refuse_odd(mark)
                if name not in self.arrays:
                    self._refuse_clash(mark)
                return
            except (SizeConflict, ShapeError):
                self._roll_back(mark)
        if not name[0].isupper():
            raise self._column_error(name)

    def _make(self, name, kind):
        rows, cols = self.names[name]
        if kind == MATRIX and not name[0].isupper() and is_one(rows):
            raise SizeConflict(rows, ONE)
        for size, wide in ((rows, kind != NUMBER), (cols, kind == MATRIX)):
            if not wide:
                self.solver.unify(size, ONE)
            elif is_one(size) is None:
                self.solver.set_big(size)
            elif is_one(size):
                raise SizeConflict(size, ONE)

    def _refuse_clash(self, mark):
        """Raise where what was found since ``mark`` sets a column entry by entry against a row."""
        for _, constraint in self.solved[mark[1] :]:
            if isinstance(constraint[0], Binary) and self._is_clash(constraint[0]):
                raise SizeConflict(None, None)

    def _is_clash(self, node):
        """Return whether an operator sets a column against a row."""
        kinds = {kind_of(self.node_shapes[id(side)]) for side in (node.left, node.right)}
        return node.op in ("*", "/") and kinds == {COLUMN, ROW}

    # -- how it was read -----------------------------------------------------------------------------

    def guesses(self):
        """Return {name: kind} of the names that use left open and that no use as an array makes what they are.

        A name that is added to a column is one: nobody doubts it.
        """
        found = {name: kind_of(self.names[name]) for name in self.open_names if name not in self.beside}
        return {name: kind for name, kind in found.items() if name in self.rows or name not in self.arrays}

    def implausible(self):
        """Return the places where a reading is one that nobody means, as numbers of nodes.

        A column stands against a row there, or a function of arrays has a number.
        """
        found = set()
        for place, node in enumerate(self.order):
            lone = id(node) in self.array_nodes and kind_of(self.node_shapes[id(node)]) == NUMBER
            if lone or isinstance(node, Binary) and self._is_clash(node):
                found.add(place)
        return found


_SPELLINGS = (MATRIX, COLUMN, NUMBER, SCALAR)
_FIRST = {NUMBER: NUMBER_FIRST, COLUMN: COLUMN_FIRST}


def _is_sum(node):
    return isinstance(node, Binary) and node.op in ("+", "-")


def _is_lower(node):
    return isinstance(node, Name) and not node.id[0].isupper()


def _unsigned(node):
    while isinstance(node, Negate):
        node = node.operand
    return node


def inside(node: Tree) -> Tree:
    """Return what is transposed or negated in a term."""
    while isinstance(node, (Transpose, Negate)):
        node = node.operand
    return node


def _extent(shape):
    """Return how much is known of the extent of a shape: 0 nothing, then a number, an array, a matrix."""
    known = [is_one(size) for size in shape]
    if known == [False, False]:
        return 3
    return 2 if False in known else 1 if known == [True, True] else 0

