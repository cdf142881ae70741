"""Constant arrays, exact scalar arithmetic, and shapes."""

from __future__ import annotations

from functools import cmp_to_key
from math import prod

from sympy import Add, Basic, Expr, Mul, Pow, Rational, Symbol, expand
from sympy.core.numbers import ComplexInfinity, ImaginaryUnit, Infinity, NaN, NegativeInfinity

from ..bounds import MAX_CONSTANT_BITS as MAX_BITS
from ..bounds import MAX_SYMPY_DEPTH, MAX_SYMPY_WIDTH
from ..budget import spend
from ..errors import DomainError, LimitError, ShapeError
from .expressions import ONE, SELECT, ZERO, Array, Constant, ScalarNode, is_array

# what SymPy does with one factor or one term, in units of work
_SCALAR_STEPS = 12


def size_product(*sizes: Expr) -> Expr:
    """Return the product of sizes, multiplied out where one of them is a sum, as in m*(n + 1)."""
    product = Mul(*sizes)
    return expand(product) if any(size.is_Add for size in sizes) else product


def eye(n: Expr) -> Expr:
    """eye(n): the n×n identity matrix; the scalar 1 for n = 1."""
    return ONE if n is ONE else Constant("eye", (n,), n, n)


def ones(n: Expr, m: Expr = ONE) -> Expr:
    """ones(n, m): the n×m matrix of ones; the scalar 1 for 1×1."""
    return ONE if n is ONE and m is ONE else Constant("ones", (n, m), n, m)


def zeros(n: Expr, m: Expr = ONE) -> Expr:
    """zeros(n, m): the n×m matrix of zeros; the scalar 0 for 1×1."""
    return ZERO if n is ONE and m is ONE else Constant("zeros", (n, m), n, m)


def unit(i: Expr, n: Expr) -> Constant:
    """e(i, n): the unit column i (from 0) of n entries."""
    return ONE if n == 1 else Constant("e", (i, n), n, ONE)


def commutation(n: Expr, m: Expr) -> Constant:
    """comm(n, m): comm(n, m) @ vec(A) == vec(A.T) for A of n×m (Magnus & Neudecker 2019, 3.7)."""
    size = size_product(n, m)
    return eye(size) if n == 1 or m == 1 else Constant("comm", (n, m), size, size)


def selector(start: Expr, stop: Expr, size: Expr) -> Expr:
    """Return eye(n)[:, start:stop]: the matrix S for which S.T @ X are the rows start to stop of X.

    Raises ShapeError where the range is known not to lie within the size or to be empty.
    """
    for gap in (stop - start - 1, size - stop, start):
        if gap.is_negative:
            raise ShapeError(f"the rows {start} to {stop} of {size}")
    if start == 0 and stop == size:
        return eye(size)
    if stop - start == 1:
        return unit(start, size)
    return Constant(SELECT, (start, stop, size), size, stop - start)


def chosen(node: Expr) -> tuple[Expr, Expr, Expr] | None:
    """Return (start, stop, size) of a unit column or a selector, None for any other node."""
    if not isinstance(node, Constant):
        return None
    if node.name == "e":
        start, size = node.dims
        return start, start + 1, size
    return node.dims if node.name == SELECT else None


def is_constant(node: Expr, name: str) -> bool:
    """Return whether the node is the named constant array."""
    return isinstance(node, Constant) and node.name == name


def shape_of(node: Expr) -> tuple[Expr, Expr]:
    """Return (rows, columns); (1, 1) for a scalar."""
    return node.shape if is_array(node) else (ONE, ONE)


def zero_of(shape: tuple[Expr, Expr]) -> Expr:
    """Return the zero of this shape, an array or the scalar 0."""
    return zeros(*shape)


_NOT_REAL = (ImaginaryUnit, ComplexInfinity, Infinity, NegativeInfinity, NaN)


def real(value: Expr) -> Expr:
    """Return a scalar that SymPy has evaluated, or raise DomainError where it is not a real number."""
    if isinstance(value, _NOT_REAL) or (value.is_number and (value.has(*_NOT_REAL) or value.is_real is False)):
        raise DomainError(
            "a constant in the expression is not a real number",
            hint="look for a division by 0, log or sqrt of a negative number",
        )
    return value


def scalar_power(base: Expr, exponent: Expr) -> Expr:
    """Return base**exponent of scalars, exactly; LimitError where the digits would fill pages."""
    if base.is_number and exponent.is_Rational and base not in (0, 1, -1):
        bits = max((_bits(part) for part in base.atoms(Rational)), default=0)
        if bits * abs(exponent.p) / exponent.q > MAX_BITS:
            raise LimitError("a constant power has thousands of digits", hint="give the number a name")
    if exponent.is_Rational and exponent.q % 2 == 0 and base.is_nonpositive and not base.is_zero:
        raise DomainError(
            "a root of something negative is not a real number", hint="look at the sign of what is under the root"
        )
    value = Pow(base, exponent)
    if base.is_number and exponent.is_number:
        real(value)
    return value


def _bits(number: Expr) -> int:
    """Return the length of a rational number in bits, 0 for other numbers."""
    return max(abs(number.p).bit_length(), number.q.bit_length()) if number.is_Rational else 0


def scalar_product(*factors: Expr) -> Expr:
    """Return the product of scalars, the rational content and sign of every sum taken out of it."""
    factors = tuple([factor for factor in factors if factor is not ONE])
    if all([factor.is_Rational for factor in factors]):
        spend(_SCALAR_STEPS * len(factors))
        product = prod(factors, start=ONE)  # SymPy's Mul takes ten times as long
    elif len(factors) == 1 and (factors[0].is_Symbol or isinstance(factors[0], ScalarNode)):
        return factors[0]
    else:
        spend(_SCALAR_STEPS * sum([len(Mul.make_args(factor)) for factor in factors]))
        product = _joined_powers(Mul(*factors))
    if _bits(product.as_coeff_Mul()[0]) > 3 * MAX_BITS:
        raise LimitError("a constant factor has thousands of digits", hint="give the number a name")
    if not product.is_Mul or not any(_sum_power(part) for part in product.args):
        return product
    parts = []
    for part in product.args:
        if _sum_power(part):
            base, exponent = part.as_base_exp()
            content, primitive = base.as_content_primitive()
            if primitive.could_extract_minus_sign():
                content, primitive = -content, -primitive
            part = Pow(primitive, exponent)
            parts.append(Pow(content, exponent))
        parts.append(part)
    return Mul(*parts)


def _joined_powers(product: Expr) -> Expr:
    """x*x**(k - 1) as x**k, which SymPy leaves apart."""
    if not product.is_Mul or all(part.as_base_exp()[1].is_Rational for part in product.args):
        return product
    exponents = {}
    for part in product.args:
        base, exponent = part.as_base_exp()
        exponents.setdefault(base, []).append(exponent)
    if all(len(found) == 1 for found in exponents.values()):
        return product
    return Mul(*[Pow(base, Add(*found)) for base, found in exponents.items()])


def _sum_power(scalar: Expr) -> bool:
    base, exponent = scalar.as_base_exp()
    return base.is_Add and exponent.is_Integer


def scalar_sum(*terms: Expr) -> Expr:
    """Return the sum of scalars.

    Numbers, symbols and scalar nodes are collected here: SymPy's Add loads its tensor package first.
    """
    spend(_SCALAR_STEPS * sum(len(Add.make_args(term)) for term in terms))
    if all(term.is_Rational for term in terms):
        return sum(terms, ZERO)
    collected = {}
    for term in terms:
        number, rest = term.as_coeff_Mul()
        if not number.is_Rational or not isinstance(rest, (Symbol, ScalarNode)):
            return Add(*terms)
        collected[rest] = collected.get(rest, ZERO) + number
    parts = [Mul(number, rest) for rest, number in collected.items() if number != 0]
    if len(parts) < 2:
        return parts[0] if parts else ZERO
    return Add._from_args(sorted(parts, key=cmp_to_key(Basic.compare)))


def is_zero(node: Expr) -> bool:
    """Return whether the expression is the zero of its shape."""
    return node == 0 if not isinstance(node, Array) else is_constant(node, "zeros")


def is_deep(scalar: Expr) -> bool:
    """Return whether the scalar nests so deeply that SymPy's recursive evaluation would be slow."""
    level = [scalar]
    for _ in range(MAX_SYMPY_DEPTH):
        level = [a for node in level for a in node.args if a.args and not isinstance(node, ScalarNode)]
        if not level or len(level) > MAX_SYMPY_WIDTH:
            return bool(level)
    return True
