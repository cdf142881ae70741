"""A derivative's value wherever the function has a derivative, also where the printed form has none.

``x/sqrt(abs(x))`` is 0/0 at 0, where its limit 0 is the derivative of abs(x)**1.5 up to a factor. A product with poles
that vanishes where they stand is written as ``ratio(A, B)``, which is 0 at 0/0. The order to which it vanishes is
counted: where it is positive the quotient has the limit 0, and the function the derivative 0, for a continuous function
whose derivative has a limit at a point is differentiable there (the mean value theorem).
"""

from __future__ import annotations

from itertools import product
from math import prod

from sympy import Add, Mul, Pow

from ..algebra.build import call
from ..algebra.constants import is_constant
from ..algebra.constructors import add, hadamard, power, scale, transpose
from ..algebra.expressions import (
    ONE,
    ArrayFunction,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    is_array,
    postorder,
)
from ..algebra.substitute import rebuild, rewrite
from .linearise import LOGARITHMIC_FROM
from .shortening.blocks import is_of_blocks

_PRODUCTS = (Scale, Mul, Hadamard, MatMul, InnerProduct, Kronecker)
_SUMS = (Sum, Add)
# a product of sums is multiplied out to so many terms: the factored form is for people, and has few
_MOST_TERMS = 64
_LINEAR = (Transpose, Diagonal, Vec, Trace)
_KEEPING = frozenset({"abs", "relu", "sum"})


def is_restricted(expression, predicates):
    """Return whether an expression has a function whose differential asks for one of some predicates without need."""
    if has_long_product(expression) or is_of_blocks(expression):
        return True
    nodes, guarded = postorder(expression), _guarded(expression)
    rules = {n.rule for n in nodes if isinstance(n, (ArrayFunction, ScalarFunction)) and n not in guarded}
    formulas = [formula for rule in rules if rule.everywhere for formula in rule.differentials]
    return any(text.partition("(")[0] in predicates for formula in formulas for text in formula.where)


def _guarded(expression):
    """Return the functions that the expression divides by or takes the logarithm of: it has no value where one is 0."""
    found = set()
    for node in postorder(expression):
        name = node.rule.name if isinstance(node, (ArrayFunction, ScalarFunction)) else type(node).__name__
        if name == "log" or has_pole(node):
            found.update(Mul.make_args(node.args[0]))
    return found


def is_singular_by_construction(expression):
    """Return whether a function needs a regular matrix where it is given one of a lower rank, such as x@y.T."""
    nodes = [n for n in postorder(expression) if isinstance(n, (ArrayFunction, ScalarFunction)) and n.rule.everywhere]
    return any(isinstance(arg, MatMul) and arg.is_square and _is_narrow(arg) for n in nodes for arg in n.args)


def _is_narrow(product):
    """Return whether a size within a product is below those of the product: 1, or a smaller number."""
    inner = [factor.cols for factor in product.args[:-1]]
    return any(size == 1 or size.is_Integer and product.rows.is_Integer and size < product.rows for size in inner)


def has_long_product(expression):
    """Return whether an expression has a product so long that its derivative is the logarithmic one."""
    return any(isinstance(n, (Hadamard, Mul)) and len(n.args) >= LOGARITHMIC_FROM for n in postorder(expression))


def has_pole(node):
    """Return whether a node is a power below 0 of something that is not a plain number."""
    if not isinstance(node, (Power, Pow)):
        return False
    base, exponent = node.args
    return bool(exponent.is_number and exponent.is_negative) and not base.is_number


def without_poles(value, expression, book):
    """Return the value of a derivative with ``ratio`` for every product that has a limit where it has no value.

    Poles that the differentiated ``expression`` has itself are left: the function has no value there.
    """
    own = {node.args[0] for node in postorder(expression) if has_pole(node)}

    def mended(node):
        if isinstance(node, (Scale, Mul)):
            return _scalar_poles(node, own, book)
        return _entry_poles(node, own, book) if isinstance(node, Hadamard) else node

    poled = _poled(own)

    def change(node):
        terms = _terms(node, poled) if isinstance(node, _PRODUCTS) else [node]
        if len(terms) == 1:
            return mended(node)
        parts = [mended(term) for term in terms]
        return node if parts == terms else add(*parts)

    return rewrite(value, change)


def _poled(own):
    """Return the question whether a factor of a term of an expression is a pole that is not one of its ``own``."""
    known = {}

    def poled(node):
        if node not in known:
            inner = isinstance(node, (*_SUMS, *_PRODUCTS))
            known[node] = any(map(poled, node.args)) if inner else has_pole(node) and node.args[0] not in own
        return known[node]

    return poled


def _terms(node, poled):
    """Return the terms of an expression in which the sums that have a pole are multiplied out, itself if there is none.

    In ``(1/norm(x) + c)*x`` the pole and the x that vanishes with it meet in a term only.
    """
    if not poled(node) or not isinstance(node, (*_SUMS, *_PRODUCTS)):
        return [node]
    if isinstance(node, _SUMS):
        return [term for part in node.args for term in _terms(part, poled)]
    choices = [_terms(factor, poled) for factor in node.args]
    if prod(map(len, choices)) not in range(2, _MOST_TERMS + 1):
        return [node]
    return [rebuild(node, factors) for factors in product(*choices)]


def _scalar_poles(node, own, book):
    scalar, rest = (node.args[0], [node.args[1]]) if isinstance(node, Scale) else (node, [])
    below = [f for f in Mul.make_args(scalar) if has_pole(f) and f.args[0] not in own and _vanishes(node, f)]
    if not below:
        return node
    above = Mul(*[f for f in Mul.make_args(scalar) if f not in below])
    number, above = above.as_coeff_Mul()
    below = Mul(*[Pow(f.args[0], -f.args[1]) for f in below])
    if not rest:
        return number * call(book, "ratio", above, below)
    return scale(number, call(book, "ratio", scale(above, rest[0]), below))


def _entry_poles(node, own, book):
    below = [f for f in node.args if has_pole(f) and f.args[0] not in own and _vanishes(node, f)]
    if not below:
        return node
    above = [f for f in node.args if f not in below]
    if not above:
        return node
    return call(book, "ratio", hadamard(*above), hadamard(*[power(f.args[0], -f.args[1]) for f in below]))


def _vanishes(node, pole):
    """Return whether a product tends to 0 where the base of a pole in it tends to 0."""
    root = _root(pole.args[0])
    order = _order(node, root)
    return bool(order.is_number and order.is_positive)


def _root(base):
    """Return the array or scalar that is 0 where a base is: x for x.T@S@x, abs(x) and sum(x**2)."""
    if isinstance(base, Trace) and isinstance(base.args[0], MatMul):
        last = base.args[0].args[-1]
        return last.args[0] if isinstance(last, Transpose) else last
    if isinstance(base, InnerProduct):
        entries = [factor for factor in base.args if not is_constant(factor, "ones")]
        squared = []
        if len(entries) == 1:
            squared = entries[0].args if isinstance(entries[0], Hadamard) else entries
        if squared and all(isinstance(n, Power) and n.args[1].is_even and n.args[1].is_positive for n in squared):
            return hadamard(*[n.args[0] for n in squared])
        return base.args[-1]
    if isinstance(base, (ArrayFunction, ScalarFunction)) and base.rule.name == "abs" or type(base).__name__ == "Abs":
        return base.args[0]
    if isinstance(base, (Power, Pow)) and base.args[1].is_number and base.args[1].is_positive:
        return _root(base.args[0])
    return base


def _order(node, root):
    """Return the order to which an expression vanishes where ``root`` does, by what is seen of it."""
    orders = {}
    for part in postorder(node):
        orders[part] = _order_of(part, root, orders)
    return orders[node]


def _order_of(node, root, orders):
    if node is root or node == root or is_array(node) and is_array(root) and transpose(node) is root:
        return ONE
    below = [orders.get(part, 0 * ONE) for part in node.args]
    if isinstance(node, _PRODUCTS):
        return sum(below, ONE if _is_factored(node, root) else 0 * ONE)
    if isinstance(node, _SUMS):
        return min(below)
    if isinstance(node, (Power, Pow)):
        return below[0] * node.args[1] if node.args[1].is_number else 0 * ONE
    if isinstance(node, _LINEAR) or _keeps_zero(node):
        return below[0]
    return 0 * ONE


def _is_factored(node, root):
    """Return whether a product has all factors of a root, or up to its sign x and x + 1 for the root x + x**2."""
    if not isinstance(node, Hadamard) or node == root:
        return False
    if isinstance(root, Hadamard):
        there = dict(map(_base_and_exponent, node.args))
        return all(there.get(base, 0) >= exponent for base, exponent in map(_base_and_exponent, root.args))
    pairs = [(factor, other) for factor in node.args for other in node.args if isinstance(factor, Sum)]
    whole = [add(*[hadamard(other, part) for part in factor.args]) for factor, other in pairs if factor is not other]
    return any(product in (root, scale(-ONE, root)) for product in whole)


def _base_and_exponent(factor):
    return factor.args if isinstance(factor, Power) and factor.args[1].is_number else (factor, ONE)


def _keeps_zero(node):
    """Return whether a function is 0 to the same order as its argument."""
    name = node.rule.name if isinstance(node, (ArrayFunction, ScalarFunction)) else type(node).__name__.lower()
    return name in _KEEPING
