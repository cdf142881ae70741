"""A derivative's value wherever the function has a derivative, also where the printed form has none.

``x/sqrt(abs(x))`` is 0/0 at 0, where its limit 0 is the derivative of abs(x)**1.5 up to a factor. A product with poles
that vanishes where they stand is written as ``ratio(A, B)``, which is 0 at 0/0. The order to which it vanishes is
counted: where it is positive the quotient has the limit 0, and the function the derivative 0, for a continuous function
whose derivative has a limit at a point is differentiable there (the mean value theorem). Where it is 0 the quotient is
bounded, and another factor may be 0 at the same point: ``c*x/norm(x)`` is ``ratio(c, norm(x))*x``, 0 where c and x are
both 0, and without a value where x alone is.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from math import prod

from sympy import Add, Function, Mul, Pow

from ..algebra.build import call
from ..algebra.constants import is_constant
from ..algebra.constructors import add, hadamard, power, scale, transpose
from ..algebra.expressions import (
    ONE,
    ArrayFunction,
    Constant,
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
from ..algebra.products import matmul
from ..algebra.substitute import rebuild, rewrite, substitute
from ..errors import DomainError
from .linearise import LOGARITHMIC_FROM
from .shortening.blocks import is_of_blocks

_PRODUCTS = (Scale, Mul, Hadamard, MatMul, InnerProduct, Kronecker)
_SUMS = (Sum, Add)
# a product of sums is multiplied out to so many terms: the factored form is for people, and has few
_MOST_TERMS = 64
_LINEAR = (Transpose, Diagonal, Vec, Trace)
_KEEPING = frozenset({"abs", "norm", "relu", "sum", "expm1", "log1p"})
# functions of SymPy that are constant but for jumps
_STEPS = frozenset({"sign", "heaviside"})
# functions that are 0 where their argument is, and there alone
_SIZES = frozenset({"abs", "norm"})


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

    # what a factor in front of a sum is beside is known before the terms are mended one by one
    terms = value.args if isinstance(value, _SUMS) else [value]
    mended_first = [change(term) for term in terms]
    whole = value if mended_first == list(terms) else add(*mended_first)
    return rewrite(whole, change)


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
        return _beside_bounded(node, Mul.make_args(scalar), rest, own, book)
    above = Mul(*[f for f in Mul.make_args(scalar) if f not in below])
    number, above = above.as_coeff_Mul()
    below = Mul(*[Pow(f.args[0], -f.args[1]) for f in below])
    if not rest:
        return number * call(book, "ratio", above, below)
    return scale(number, call(book, "ratio", scale(above, rest[0]), below))


def _beside_bounded(node, factors, rest, own, book):
    """Return a product with the factor beside a bounded quotient divided by what the quotient divides by."""
    poles = [f for f in factors if has_pole(f) and f.args[0] not in own]
    if len(poles) != 1 or _order_beside(node, poles[0]) != 0:
        return node
    root, below = _root(poles[0].args[0]), Pow(poles[0].args[0], -poles[0].args[1])
    others = [f for f in factors if f is not poles[0]]
    beside = [f for f in others if not f.is_number and _order(f, root) == 0 and not _jumps(f, book)]
    if beside:
        left = Mul(call(book, "ratio", Mul(*beside), below), *[f for f in others if f not in beside])
        return scale(left, rest[0]) if rest else left
    chain = rest[0].args if rest and isinstance(rest[0], MatMul) else ()
    fitting = [not _is_plain(f) and _order(f, root) == 0 and not _jumps(f, book) for f in chain]
    place = fitting.index(True) if any(fitting) else None
    if place is None:
        return node
    turned = matmul(*chain[:place], call(book, "ratio", chain[place], below), *chain[place + 1 :])
    return scale(Mul(*others), turned)


def _is_plain(factor):
    """Return whether an array is made of numbers and sizes alone, and is not 0 by chance."""
    return isinstance(factor, Constant)


def _jumps(factor, book):
    """Return whether a factor has a function that is constant wherever it has a derivative: sign is 0 at 0 alone."""
    for node in postorder(factor):
        rule = node.rule if isinstance(node, (ArrayFunction, ScalarFunction)) else None
        rules = [rule] if rule is not None else book.overloads(type(node).__name__.lower())
        if any(formula.where and formula.text.startswith("0*") for r in rules for formula in r.differentials):
            return True
    return False


def _order_beside(node, pole):
    """Return the order to which a product vanishes where the base of a pole in it does, None where it is not known."""
    order = _order(node, _root(pole.args[0]))
    return order if order.is_number else None


def _entry_poles(node, own, book):
    below = [f for f in node.args if has_pole(f) and f.args[0] not in own and _vanishes(node, f)]
    if not below:
        return _beside_bounded_entries(node, own, book)
    above = [f for f in node.args if f not in below]
    if not above:
        return node
    return call(book, "ratio", hadamard(*above), hadamard(*[power(f.args[0], -f.args[1]) for f in below]))


def _beside_bounded_entries(node, own, book):
    """The same of a product entry by entry."""
    poles = [f for f in node.args if has_pole(f) and f.args[0] not in own]
    if not poles:
        return _beside_bounded_lines(node, own, book)
    if len(poles) != 1 or _order_beside(node, poles[0]) != 0:
        return node
    root, below = _root(poles[0].args[0]), power(poles[0].args[0], -poles[0].args[1])
    others = [f for f in node.args if f is not poles[0]]
    beside = [f for f in others if not _is_plain(f) and _order(f, root) == 0 and not _jumps(f, book)]
    if not beside:
        return node
    return hadamard(call(book, "ratio", hadamard(*beside), below), *[f for f in others if f not in beside])


def _beside_bounded_lines(node, own, book):
    """The same of X*(w/sqrt(sum(X**2, axis=1))), where each row is bounded beside its norm, and of columns."""
    for place, factor in enumerate(node.args):
        if not isinstance(factor, MatMul) or len(factor.args) != 2:
            continue
        column = next((f for f in factor.args if isinstance(f, Hadamard)), None)
        poles = [f for f in column.args if has_pole(f) and f.args[0] not in own] if column is not None else []
        if len(poles) != 1 or poles[0].args[1] != -ONE / 2 or _squared_lines(poles[0].args[0]) not in node.args:
            continue
        beside = [f for f in column.args if f is not poles[0]]
        if all(map(_is_plain, beside)) or any(_jumps(f, book) for f in beside):
            continue
        turned = call(book, "ratio", hadamard(*beside), power(poles[0].args[0], ONE / 2))
        spread = matmul(*[turned if f is column else f for f in factor.args])
        return hadamard(*node.args[:place], spread, *node.args[place + 1 :])
    return node


def _squared_lines(base):
    """Return the X of sum(X**2, axis=0) and of sum(X**2, axis=1), None for other bases."""
    squares = [f for f in base.args if isinstance(f, Power) and f.args[1] == 2] if isinstance(base, MatMul) else []
    lines = len(squares) == 1 and len(base.args) == 2 and any(is_constant(f, "ones") for f in base.args)
    return squares[0].args[0] if lines else None


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
    if isinstance(base, (ArrayFunction, ScalarFunction)) and base.rule.name in _SIZES or type(base).__name__ == "Abs":
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
        return max(min(below), _order_of_difference(node, orders))
    if isinstance(node, (Power, Pow)):
        return below[0] * node.args[1] if node.args[1].is_number else 0 * ONE
    if isinstance(node, _LINEAR) or _keeps_zero(node):
        return below[0]
    return 0 * ONE


def _order_of_difference(node, orders):
    """Return the order to which a sum of numbers vanishes for its value: 1 - cos(norm(x)), to the first at least."""
    if is_array(node):
        return 0 * ONE
    small, pending = {}, list(node.args)
    while pending:
        part = pending.pop()
        order = orders.get(part, 0 * ONE)
        if not is_array(part) and order.is_number and order >= 1:
            small[part] = 0 * ONE
        elif not is_array(part):
            pending += part.args
    if not small or any(map(_is_step, postorder(node))):
        return 0 * ONE
    with suppress(DomainError):  # there is a pole in the sum
        return ONE if substitute(node, small).is_zero else 0 * ONE
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
    """Return whether a function is 0 to the same order as its argument, or to a higher one."""
    if _is_step(node):
        return False
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule.name in _KEEPING or node.rule.parity == "odd" and len(node.args) == 1
    return type(node).__name__.lower() in _KEEPING or isinstance(node, Function) and _is_zero_at_zero(node)


def _is_zero_at_zero(node):
    return len(node.args) == 1 and not is_array(node.args[0]) and node.func(0) == 0


def _is_step(node):
    """Return whether a function is constant but for jumps."""
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return any(formula.text.startswith("0*") for formula in node.rule.differentials)
    return type(node).__name__.lower() in _STEPS
