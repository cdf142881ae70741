"""Equations between products of sizes: kron(A, B) has as many rows as A and B have together, vec(X) the entries of X.

Every product is a pair, the slow index first: row i*p + j of kron(A, B) is row i of A and row j of B, entry j*n + i
of vec(X) entry (i, j) of X. Two products that are one size are matched index by index, which makes a square of
every factor of a square kron, and so are two sums, the rows and columns of blocks. It is done when nothing else
decides, and before anything is refused.
"""

from __future__ import annotations

from sympy import Mul, expand

from ..algebra.expressions import ONE, dimension
from ..language.syntax import Binary, Call, Number
from .sizes import Size, find, is_one
from .sums import SUM

PRODUCT, EQUAL = "product", "equal products"
# what is no product of two sizes; readers have signs of their own for one
_OTHER = frozenset({"+", "-", "/", "**", "@"})


class SizeProducts:
    """The part of the inference that solves them; all attributes are the inference's."""

    def _product_of_sizes(self, slow, fast):
        """Return the size that is the product of two."""
        factors = [find(slow), find(fast)]
        if not any(isinstance(factor, Size) for factor in factors):
            out = expand(factors[0] * factors[1])
            self.known_products.append((factors, out))
            return out
        out = Size()
        self._defer((PRODUCT, factors, out), (*factors, out))
        return out

    def _attempt_size_product(self, factors, out):
        """Find what can be found of one product; return whether all of it is known."""
        ones = [is_one(factor) for factor in factors]
        if True in ones:
            self._equal_sizes(out, factors[1 - ones.index(True)])
            return True
        if False in ones:
            self.solver.set_big(out)
        known, total = [find(factor) for factor in factors], find(out)
        if not any(isinstance(factor, Size) for factor in known):
            self._equal_sizes(out, expand(known[0] * known[1]))
            return True
        if not isinstance(total, Size):
            self._divide(known, total)
        return False

    def _divide(self, factors, total):
        """Find the one open factor of a known product, where the other factor divides it."""
        for one, other in (factors, factors[::-1]):
            if isinstance(one, Size) and not isinstance(other, Size):
                quotient = total / other
                if quotient.is_Integer or quotient != total and quotient.as_numer_denom()[1] == ONE:
                    self._equal_sizes(one, dimension(quotient) if quotient.is_Integer else quotient)

    def _equal_products(self, node, left, right):
        """Demand that two products are equal whose factors need not be: reshape(X, p, q) has the entries of X."""
        self._defer((EQUAL, node, left, right), tuple(size for size in (*left, *right) if isinstance(size, Size)))

    def _attempt_equal_products(self, node, left, right):
        """Find the one open factor of two equal products; return whether all is known."""
        sides = [[find(size) for size in side] for side in (left, right)]
        waiting = [size for side in sides for size in side if isinstance(size, Size)]
        if not waiting:
            one, other = (expand(Mul(*side)) for side in sides)
            if one != other:
                raise self._entries_error(node, one, other)
            return True
        if len(waiting) > 1:
            return False
        mine, others = sides if waiting[0] in sides[0] else sides[::-1]
        quotient = Mul(*others) / Mul(*[size for size in mine if size is not waiting[0]])
        whole = quotient.is_Integer and quotient > 0 or not quotient.is_number and quotient.as_numer_denom()[1] == ONE
        if not whole:
            known = expand(Mul(*[size for size in mine if size is not waiting[0]]))
            raise self._entries_error(node, f"a multiple of {known}", expand(Mul(*others)))
        self._equal_sizes(waiting[0], expand(quotient))
        return True

    def _guess_reshaped(self):
        """Take the open X of reshape(X, m*n, 1) for an m×n matrix, whose rows follow one another; return whether so.

        In MATLAB's notation the columns do, and it is unvec(vec(X), m*n, 1).
        """
        stacked = [(node, node.args[0].args[0]) for node in self.order if _is_stacked_again(node)]
        items = [item for item in self.deferred.values() if item[0] == EQUAL and item[1].function == "reshape"]
        shaped = [(item[1], item[2]) for item in items]
        for node, shape in [*shaped, *((node, self.node_shapes[id(inner)]) for node, inner in stacked)]:
            sizes = [size for size in map(find, shape) if isinstance(size, Size)]
            product = next((arg for arg in node.args[1:] if isinstance(arg, Binary) and arg.op not in _OTHER), None)
            alone = any(isinstance(arg, Number) and arg.value == 1 for arg in node.args[1:])
            if len(sizes) == 2 and sizes[0] is not sizes[1] and product is not None and alone:
                for size, factor in zip(shape, (product.left, product.right)):
                    self._equal_sizes(size, self._size_value(factor))
                return True
        return False

    def _equal_sizes(self, one, other):
        self._unify(self.tree, one, other, lambda l, r: self._sizes_error(self.tree, l, r))

    def _match_products(self):
        """Equate the factors of products that are one size, until nothing changes; return whether something did."""
        before = len(self.solver.trail)
        while True:
            mark, first = len(self.solver.trail), {}
            for kind, factors, out in self._all_products():
                size = find(out)
                key = (kind, len(factors), id(size) if isinstance(size, Size) else size)
                other = first.setdefault(key, factors)
                if kind == SUM:
                    pairs = [(one, two) for one, two in zip(factors, other) if find(one) is not find(two)]
                    if any(isinstance(find(size), Size) for pair in pairs for size in pair):
                        self._try(pairs)
                    continue
                for one, two in zip(factors, other):
                    self._equate_factors(one, two)
            if len(self.solver.trail) == mark:
                return mark != before
            self._settle()

    def _equate_factors(self, one, other):
        """Equate two factors; two that are known and differ are left to the error about the whole."""
        if isinstance(find(one), Size) or isinstance(find(other), Size):
            self._equal_sizes(one, other)

    def _all_products(self):
        """Yield (kind, factors or terms, what they make) of products, and of sums without differences."""
        yield from ((PRODUCT, *item) for item in reversed(self.known_products))
        for constraint in [*self.deferred.values(), *(item for _, item in self.solved)]:
            if constraint[0] == PRODUCT:
                yield constraint
            elif constraint[0] == SUM and not constraint[3] and all(sign > 0 for _, sign in constraint[1]):
                yield SUM, [size for size, _ in constraint[1]], constraint[2]


def _is_stacked_again(node):
    """Return whether a node is unvec(vec(X), m, n)."""
    inner = node.args[0] if isinstance(node, Call) and node.function == "unvec" else None
    return isinstance(inner, Call) and inner.function == "vec"
