"""Shapes of a tree with open products: which of them are matrix products is found together with the shapes.

The language's own inference, with constraints of their own for the open forms. An open product is a scaling by its
left side, a scaling by its right side, or a matrix product; it is decided as soon as the shapes admit one of the
three only. Names that use leaves open go by the language's rule, but a name to the right of a matrix is first tried
as a column: in A b the b is multiplied like an array. Scalars stand to the left of what they scale.
"""

from __future__ import annotations

from functools import cached_property

from sympy import Integer

from ...algebra.expressions import ONE, dimension
from ...errors import ShapeError
from ...language.generators import Over
from ...language.syntax import Binary, Call, Name, postorder
from ...shapes.inference import Inference
from ...shapes.products import PRODUCT as SIZE_PRODUCT
from ...shapes.reading import COLUMN_FIRST, NUMBER_FIRST, inside
from ...shapes.sizes import Size, SizeConflict, find, is_one
from ...shapes.spelling import COLUMN, MATRIX, SCALAR, is_step, spelling_of
from ...shapes.sums import SUM
from .forms import (
    BY_SHAPE,
    COLUMNS,
    COUNTS,
    DOT_PRODUCT,
    FITTING,
    FITTING_EYE,
    FITTING_MATRIX,
    FITTING_UNIT,
    FRACTION,
    LEFT_QUOTIENT,
    OPEN_OPERATORS,
    POWER,
    PRODUCT,
    QUOTIENT,
    TIMES,
    is_bars,
)
from .kinds import compatible, fits, is_matrix, is_scalar
from .messages import OpenMessages
from .weights import pairs_in, weights_in

_SPACE = Integer(3)


class OpenInference(OpenMessages, Inference):
    """The inference for trees with the forms of :mod:`open_forms`.

    After :meth:`run`, ``node_shapes`` holds the shape of every node by its id, of SymPy sizes under ``find``.
    ``syntax`` words the hints.
    """

    def __init__(self, tree, source, declared, book, syntax, kinds=None):
        super().__init__(tree, source, declared, {}, book, kinds)
        self.syntax, self.fitting, self.doubtful, self.counted = syntax, [], set(), {}
        self.factors = set()

    # -- one node -----------------------------------------------------------------------------------

    def _shape(self, node):
        if isinstance(node, Call) and node.function in FITTING:
            return self._fitting(node)
        if isinstance(node, Call) and node.function in BY_SHAPE:
            return self._by_shape(node)
        if isinstance(node, Call) and node.function in COUNTS:
            return (ONE, ONE)
        if not isinstance(node, Binary) or node.op not in OPEN_OPERATORS:
            self._take_factors(node)
            return super()._shape(node)
        for child in (node.left, node.right):
            self._refuse_literal(child)
        if id(node.left) in self.numbers and id(node.right) in self.numbers:
            self.numbers.add(id(node))
        left, right = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        out = (Size(), Size())
        if node.op == POWER:
            self._require_scalar(node, right)
        self._defer(("open", node, left, right, out), (*left, *right, *out))
        return out

    def _index_names(self):
        """Return also the names in the index of a unit column whose size is open."""
        found = super()._index_names()
        for node in self.fitted_units:
            for part in postorder(node.args[0]):
                if isinstance(part, Name):
                    found["index"].setdefault(part.id, part)
        return found

    @cached_property
    def fitted_units(self):
        """The unit columns whose size is open."""
        return [node for node in self.order if isinstance(node, Call) and node.function == FITTING_UNIT]

    def _fitting(self, node):
        """A constant whose size is that of its surroundings: neither of its sizes that vary is 1."""
        rows = Size()
        self.fitting.append(node)
        self.solver.set_big(rows)
        if node.function == FITTING_EYE:
            return (rows, rows)
        cols = Size() if node.function == FITTING_MATRIX else ONE
        return (rows, cols)

    def _by_shape(self, node):
        operand = node.args[0]
        self._refuse_literal(operand)
        if id(operand) in self.numbers:
            self.numbers.add(id(node))
        shape, meaning = self.node_shapes[id(operand)], BY_SHAPE[node.function]
        for other in node.args[1:]:
            self._refuse_literal(other)
            for one, two in zip(shape, self.node_shapes[id(other)]):
                self._unify(node, one, two, lambda l, r: self._operands_error(node))
        if all(reduces is True for reduces in meaning.reduces):
            out = (ONE, ONE)
        elif not any(meaning.reduces):
            out = shape
        else:
            out = (Size(), Size())
        self._defer(("by shape", node, shape, out), (*shape, *out))
        return out

    def _require_scalar(self, node, shape):
        for size in shape:
            self._unify(node, size, ONE, lambda l, r: self._power_error(node))

    def _size_of_part(self, part, values):
        if isinstance(part, Binary) and part.op == PRODUCT:
            part = Binary("*", part.left, part.right)
        return super()._size_of_part(part, values)

    # -- constraints --------------------------------------------------------------------------------

    def _attempt(self, item, final):
        if item[0] == "by shape":
            return self._attempt_by_shape(*item[1:], final)
        if item[0] != "open":
            return super()._attempt(item, final)
        node = item[1]
        if node.op in (PRODUCT, DOT_PRODUCT, TIMES):
            return self._attempt_product(*item[1:], final)
        if node.op == POWER:
            return self._attempt_power(*item[1:], final)
        return self._attempt_quotient(*item[1:], final)

    def _attempt_product(self, node, left, right, out, final):
        readings = self._readings(node, left, right, out)
        if not readings:
            raise self._product_error(node)
        if len(readings) > 1 and not final:
            return False
        self._take(node, readings[0], left, right, out)
        return True

    def _readings(self, node, left, right, out):
        """Return what the product can be, of "matrix product", "inner", "cross", "left scales" and "right scales"."""
        scalars = is_scalar(left), is_scalar(right)
        found = []
        if False not in scalars and None not in scalars:
            return ["left scales"] if fits(out, right) else []
        if True not in scalars and compatible(left[1], right[0]) and fits(out, (left[0], right[1])):
            if not (is_one(left[1]) and (is_one(left[0]) or is_one(right[1]))):
                found.append("matrix product")
        if node.op == DOT_PRODUCT and is_one(left[1]) and is_one(right[1]) and True not in scalars:
            found.append("inner")
        if node.op == TIMES and is_one(left[1]) and is_one(right[1]) and True not in scalars:
            found.append("cross")
        if scalars[0] is not False and fits(out, right):
            found.append("left scales")
        if scalars[1] is not False and fits(out, left):
            found.append("right scales")
        return found

    def _take(self, node, reading, left, right, out):
        """Add to what is known that an open product is read in one of the ways."""

        def error(_left, _right):
            return self._product_error(node)

        if reading == "matrix product":
            pairs = [(left[1], right[0]), (out[0], left[0]), (out[1], right[1])]
        elif reading == "inner":
            pairs = [(left[0], right[0]), (out[0], ONE), (out[1], ONE)]
        elif reading == "cross":
            pairs = [*((side[0], _SPACE) for side in (left, right, out)), (out[1], ONE)]
        elif reading == "left scales":
            pairs = [(left[0], ONE), (left[1], ONE), *zip(out, right)]
        else:
            pairs = [(right[0], ONE), (right[1], ONE), *zip(out, left)]
        for one, other in pairs:
            self._unify(node, one, other, error)
        if reading == "matrix product" and is_one(left[1]):
            self.solver.set_big(left[0])
            self.solver.set_big(right[1])

    def _attempt_power(self, node, base, exponent, out, final):
        """A power of a scalar, of a square matrix, or of the length of a column: |x - y|^2.

        Of a lower-case name beside a product that is decided in the end only: y in (y - X w)^2 is no matrix, so that
        there were a power, but a column, which has none.
        """
        bars, matrix, scalar = is_bars(node.left), is_matrix(base), is_scalar(base)
        length = bars and matrix is scalar is False
        late = matrix is None if bars else matrix is not True and _is_name_beside_product(node.left)
        known = final or length or (matrix or scalar if late else False in (matrix, scalar))
        pairs = list(zip(out, (ONE, ONE) if length else base)) if known or not bars else []
        if known and not length and False in (matrix, scalar):
            pairs.append(base)
        for one, other in pairs:
            self._unify(node, one, other, lambda l, r: self._power_error(node))
        return bool(known)

    def _attempt_quotient(self, node, left, right, out, final):
        above, below = (right, left) if node.op == LEFT_QUOTIENT else (left, right)
        known = is_scalar(below)
        if known is None and not final:
            return False
        if known is not False:
            pairs = [(below[0], ONE), (below[1], ONE), *zip(out, above)]
        elif node.op == FRACTION:
            return self._attempt_entrywise(node, above, below, out, final)
        elif node.op == QUOTIENT:
            pairs = [(below[0], below[1]), (above[1], below[0]), (out[0], above[0]), (out[1], below[1])]
        else:
            pairs = [(below[0], below[1]), (above[0], below[0]), *zip(out, above)]
        for one, other in pairs:
            self._unify(node, one, other, lambda l, r: self._quotient_error(node))
        return True

    def _attempt_entrywise(self, node, above, below, out, final):
        """A fraction by a column or a row, entrywise; by a matrix it means nothing."""
        matrix = is_matrix(below)
        if matrix:
            raise self._quotient_error(node)
        scalar = is_scalar(above)
        if matrix is None or scalar is None:
            if not final:
                return False
        for one, other, result in zip(above, below, out):
            if not scalar:
                self._unify(node, one, other, lambda l, r: self._quotient_error(node))
            self._unify(node, result, other, lambda l, r: self._quotient_error(node))
        return True

    def _attempt_by_shape(self, node, shape, out, final):
        meaning = BY_SHAPE[node.function]
        matrix = is_matrix(shape)
        if matrix is None and not final:
            return False
        reduces = meaning.reduces[0]
        if matrix:
            reduces = meaning.reduces[2 if meaning.square is not None and self._can_be_square(shape) else 1]
        kept = {True: (ONE, ONE), False: shape, COLUMNS: (ONE, shape[1])}[reduces]
        for size, result in zip(kept, out):
            self._unify(node, result, size, lambda l, r: self._sizes_error(node, l, r))
        return True

    def _can_be_square(self, shape):
        """Return whether the sizes of a matrix are equal, making them so where they are open."""
        try:
            self.solver.unify(*shape)
        except SizeConflict:
            return False
        return True

    def _take_factors(self, node):
        r"""Take the factors of x \odot y for arrays: a number scales without a sign. MATLAB's .* is for both."""
        if self.syntax != "matlab" and isinstance(node, Binary) and node.op == "*":
            self.factors |= {side.id for side in (node.left, node.right) if isinstance(side, Name)}
            self.arrays |= self.factors

    # -- what use leaves open -----------------------------------------------------------------------

    def _is_used_as_array(self, name):
        """Return whether a name is an array by use, or by its letter a matrix or a column in a product."""
        return name in self.arrays or name in self._factors and spelling_of(name) in (MATRIX, COLUMN)

    def _is_entrywise(self, node):
        """Return whether an operator acts entry by entry: of the open forms those that scale by a number."""
        if node.op not in OPEN_OPERATORS or node.op == POWER:
            return super()._is_entrywise(node)
        sides = (node.left, node.right)
        return any(id(side) in self.numbers or is_scalar(self.node_shapes[id(side)]) for side in sides)

    @cached_property
    def _factors(self):
        """The names that stand in an open product; C before a sum over an index waits until that is known."""
        signs = (PRODUCT, DOT_PRODUCT, TIMES)
        products = [node for node in self.order if isinstance(node, Binary) and node.op in signs]
        products = [node for node in products if not isinstance(node.right, Over)]
        return {side.id for node in products for side in (node.left, node.right) if isinstance(side, Name)}

    def _decide_arrays(self, names):
        for name in (*weights_in(self), *pairs_in(self)):
            self._decide(name, NUMBER_FIRST)
        upper = [name for name in names if name[0].isupper()]
        super()._decide_arrays(upper)
        self._prefer_scalar_denominators()
        lower = [name for name in names if not name[0].isupper()]
        for name in lower:
            if name in self.arrays:
                super()._decide_arrays([name])
            else:
                self._decide(name, COLUMN_FIRST)
        if lower or not upper:
            self._prefer_columns(len(lower) == len(names))

    def _prefer_scalar_denominators(self):
        for item in list(self.deferred.values()):
            op = item[1].op if item[0] == "open" else ""
            if (op == FRACTION or op == QUOTIENT and _is_lower(item[1].right)) and is_scalar(item[3]) is None:
                self._try([(size, ONE) for size in item[3]])

    def _prefer_columns(self, early):
        """Read A b as a product with a column where A is an array with columns, and b is still open.

        ``early``: before the sums are read; then A c may still be a scaling, as in A c + B.
        """
        for item in list(self.deferred.values()):
            if item[0] != "open" or item[1].op not in (PRODUCT, DOT_PRODUCT):
                continue
            _, _, left, right, _ = item
            name = item[1].right.id if isinstance(item[1].right, Name) else ""
            step = name and (is_step(name) or early and spelling_of(name) == SCALAR)
            if is_scalar(left) is False and is_one(left[1]) is False and is_scalar(right) is None and not step:
                self._try([(right[1], ONE), (left[1], right[0])])

    # -- the answer ---------------------------------------------------------------------------------

    def _result(self):
        self._name_free_sizes()
        return super()._result()

    def _name_free_sizes(self):
        """Give a letter to each size that no name has: that of a constant, or a factor of such a size."""
        owned = {id(find(size)) for shape in self.names.values() for size in shape}
        owned |= {id(find(item[2])) for item in self.open_products if item[0] in (SIZE_PRODUCT, SUM)}
        letters = self._free_letters()
        free = [(size, node) for node in self.fitting for size in self.node_shapes[id(node)]]
        products = [item[1] for item in self.open_products if item[0] == SIZE_PRODUCT]
        free += [(factor, None) for factors in products for factor in factors]
        for size, node in free:
            size = find(size)
            if not isinstance(size, Size) or id(size) in owned:
                continue
            size.value = self._only_size(node) if node is not None else None
            if size.value is None:
                letter = next(letters)
                size.value = self.sizes[letter] = dimension(letter)

    def _only_size(self, node):
        """Return the one size that is declared, for a constant whose surroundings say nothing of its own."""
        declared = {size for shape in self.declared.values() for size in shape} - {ONE}
        if len(declared) > 1:
            raise ShapeError(
                f"the size of {self._operand(node)} is open here",
                source=self.source,
                span=node.span,
                hint="write eye(n) or ones(n, 1)" if self.syntax == "matlab" else r"write I_n or \mathbf{1}_n",
            )
        return next(iter(declared), None)


def _is_lower(node):
    return isinstance(node, Name) and node.id[0].islower()


def _is_name_beside_product(node):
    """Return whether a tree is a sum of a lower-case name and something with a matrix in it."""
    if not isinstance(node, Binary) or node.op not in ("+", "-"):
        return False
    lower, stack = set(), [node]
    while stack:
        part = inside(stack.pop())
        if isinstance(part, Binary) and part.op in ("+", "-"):
            stack += (part.left, part.right)
        elif isinstance(part, Name) or any(isinstance(one, Name) and one.id[0].isupper() for one in postorder(part)):
            lower.add(isinstance(part, Name) and part.id[0].islower())
    return lower == {True, False}
