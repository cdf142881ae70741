"""Whether the cancelled or the factored form of a scalar may be shorter than the scalar, told before they are sought.

SymPy takes milliseconds to cancel and to factor what seldom gets shorter by it. Where nothing cancels, the cancelled
form is the quotient of two polynomials multiplied out, whose length is known from below once they are; and where the
numerator is irreducible, so is the factored form. A polynomial that is linear in a variable, a*v + b, is irreducible
where a and b have no common factor (Cox, Little & O'Shea 2015, 4.2), which is seen from its values modulo a prime.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, Symbol

# exponents of the variables to the coefficient; exponents may be negative
Polynomial = dict[tuple[int, ...], Fraction]

_MOST_TERMS = 200
# by so much a form may be shorter than counted, since factors that meet are joined
_JOINED = 0.75
_PRIME = 2**31 - 1


class _Quotient(NamedTuple):
    """A numerator over powers of denominators, which are polynomials of more than one term."""

    above: Polynomial
    below: dict[frozenset, int]


class _TooLarge(Exception):
    """More terms than are worth it."""


def may_be_shorter(scalar: Expr, weights: Mapping[Symbol, float], length: float) -> tuple[bool, bool]:
    """Return whether the cancelled and the factored form of a scalar may be shorter than ``length``.

    ``scalar`` is made of symbols, rational numbers, sums, products and whole powers; ``weights`` are the lengths of
    what the symbols stand for.
    """
    names = list(weights)
    try:
        made = _quotient(scalar, {name: place for place, name in enumerate(names)})
    except _TooLarge:
        return True, True
    if made is None or not made.above:
        return True, True
    is_factored = _is_factored(scalar, names)
    if is_factored and not _sums_meet(scalar):
        return False, False
    above, inside = _without_content(made.above)
    if not all(_is_apart(dict(part), inside) for part in made.below):
        return True, True
    sizes = list(weights.values())
    content = _length({above: Fraction(1)}, sizes) if any(above) else 0
    denominators = sum([_least(part, sizes) for part in made.below])
    factored = content + _length(inside, sizes) + denominators
    # over one denominator, or term by term
    expanded = min(_length(_cleared(made.above), sizes), _length(made.above, sizes)) + denominators
    if is_factored:
        return _JOINED * expanded < length, False
    return _JOINED * expanded < length, not _is_irreducible(inside) or _JOINED * factored < length


# -- quotients of polynomials -------------------------------------------------------------------------------------


def _quotient(scalar: Expr, places: dict[Symbol, int]) -> _Quotient | None:
    """Return a scalar as a quotient, None where it has what is no polynomial."""
    if scalar.is_Rational:
        value = Fraction(scalar.p, scalar.q)
        return _Quotient({(0,) * len(places): value} if value else {}, {})
    if scalar in places:
        return _Quotient({tuple(int(place == places[scalar]) for place in range(len(places))): Fraction(1)}, {})
    if isinstance(scalar, Pow) and scalar.exp.is_Integer:
        base = _quotient(scalar.base, places)
        return base and _raised(base, int(scalar.exp))
    if not isinstance(scalar, (Add, Mul)):
        return None
    parts = []
    for argument in scalar.args:
        part = _quotient(argument, places)
        if part is None:
            return None
        parts.append(part)
    if isinstance(scalar, Add):
        return _total(parts)
    total = parts[0]
    for part in parts[1:]:
        total = _multiplied(total, part)
    return total


def _multiplied(one: _Quotient, other: _Quotient) -> _Quotient:
    below = dict(one.below)
    for part, power in other.below.items():
        below[part] = below.get(part, 0) + power
    return _Quotient(_product(one.above, other.above), below)


def _product(one: Polynomial, other: Polynomial) -> Polynomial:
    if len(one) * len(other) > 4 * _MOST_TERMS:
        raise _TooLarge
    found: Polynomial = {}
    for first, a in one.items():
        for second, b in other.items():
            exponents = tuple([i + j for i, j in zip(first, second)])
            found[exponents] = found.get(exponents, 0) + a * b
    found = {exponents: value for exponents, value in found.items() if value}
    if len(found) > _MOST_TERMS:
        raise _TooLarge
    return found


def _raised(base: _Quotient, exponent: int) -> _Quotient | None:
    if abs(exponent) > _MOST_TERMS or not base.above:
        return None
    if exponent < 0:
        base = _inverted(base)
    result = base
    for _ in range(abs(exponent) - 1):
        result = _multiplied(result, base)
    return result


def _inverted(quotient: _Quotient) -> _Quotient:
    above = {(0,) * len(next(iter(quotient.above))): Fraction(1)}
    for part, power in quotient.below.items():
        for _ in range(power):
            above = _product(above, dict(part))
    if len(quotient.above) == 1:
        ((exponents, value),) = quotient.above.items()
        return _Quotient(_product(above, {tuple([-e for e in exponents]): 1 / value}), {})
    leading, monic = _monic(quotient.above)
    content, inside = _without_content(monic)
    above = _product(above, {tuple([-e for e in content]): 1 / leading})
    return _Quotient(above, {frozenset(inside.items()): 1})


def _monic(polynomial: Polynomial) -> tuple[Fraction, Polynomial]:
    leading = polynomial[max(polynomial)]
    return leading, {exponents: value / leading for exponents, value in polynomial.items()}


def _total(parts: list[_Quotient]) -> _Quotient:
    below: dict[frozenset, int] = {}
    for part in parts:
        for factor, power in part.below.items():
            below[factor] = max(below.get(factor, 0), power)
    found: Polynomial = {}
    for part in parts:
        above = part.above
        for factor, power in below.items():
            for _ in range(power - part.below.get(factor, 0)):
                above = _product(above, dict(factor))
        for exponents, value in above.items():
            found[exponents] = found.get(exponents, 0) + value
    return _Quotient({exponents: value for exponents, value in found.items() if value}, below)


# -- lengths ------------------------------------------------------------------------------------------------------


def _length(polynomial: Polynomial, sizes: list[float]) -> float:
    """Return the length of a polynomial multiplied out, from below."""
    total = -1.0
    for exponents, value in polynomial.items():
        factors = [size for exponent, size in zip(exponents, sizes) if exponent]
        number = abs(value) != 1 or not factors
        total += 1 + sum(factors) + len(factors) - 1 + (2 if number and factors else 1 if number else 0)
    return total


def _least(part: frozenset, sizes: list[float]) -> float:
    """Return the least length of a denominator: all its variables occur."""
    return sum(size for place, size in enumerate(sizes) if any(exponents[place] for exponents, _ in part)) + 1


def _without_content(polynomial: Polynomial) -> tuple[tuple[int, ...], Polynomial]:
    """Return the powers of variables that all terms have in common, and the polynomial without them."""
    least = tuple([min(column) for column in zip(*polynomial)])
    return least, {tuple([e - m for e, m in zip(ex, least)]): value for ex, value in polynomial.items()}


def _cleared(polynomial: Polynomial) -> Polynomial:
    """Return the numerator over a common denominator, where exponents are negative."""
    least = [min(0, *column) for column in zip(*polynomial)]
    return {tuple([e - m for e, m in zip(ex, least)]): value for ex, value in polynomial.items()}


# -- irreducible --------------------------------------------------------------------------------------------------


def _is_factored(scalar: Expr, names: list[Symbol]) -> bool:
    """Return whether a product has factors that are irreducible and different, so that nothing is to be found.

    No term of a sum may have a denominator of the product in it: x*(a + b)/a may be shorter term by term.
    """
    if not isinstance(scalar, (Mul, Pow)):
        return False
    places, seen = {name: place for place, name in enumerate(names)}, set()
    powers = [factor.as_base_exp() for factor in Mul.make_args(scalar)]
    divisors = {base for base, exponent in powers if exponent.is_negative and base.is_Symbol}
    for base, _ in powers:
        if not isinstance(base, Add):
            continue
        if base.free_symbols & divisors:
            return False
        made = _quotient(base, places)
        if made is None or made.below or any(value.denominator != 1 for value in made.above.values()):
            return False
        if gcd(*[value.numerator for value in made.above.values()]) != 1:
            return False
        if min(map(min, made.above)) < 0 or any(_without_content(made.above)[0]) or not _is_irreducible(made.above):
            return False
        _, part = _monic(made.above)
        if frozenset(part.items()) in seen or len(made.above) != len(base.args):
            return False
        seen.add(frozenset(part.items()))
    return bool(seen)


def _sums_meet(product: Expr) -> bool:
    """Return whether sums in a product have a name in common, as in (a + b)*(a - b), which is a**2 - b**2."""
    sums = [base for base, _ in map(Expr.as_base_exp, Mul.make_args(product)) if isinstance(base, Add)]
    names = [name for base in sums for name in base.free_symbols]
    return len(set(names)) < len(names)


def _is_irreducible(polynomial: Polynomial) -> bool:
    """Return whether a polynomial without a common power of a variable is known to be irreducible."""
    if len(polynomial) < 2:
        return True
    for place, column in enumerate(zip(*polynomial)):
        if max(column) == 1 and min(column) == 0:
            slope = {ex: value for ex, value in polynomial.items() if ex[place]}
            rest = {ex: value for ex, value in polynomial.items() if not ex[place]}
            return len(slope) == 1 or _is_coprime(slope, rest, place)
    return False


def _is_apart(divisor: Polynomial, polynomial: Polynomial) -> bool:
    """Return whether a denominator is known to be irreducible and no factor of a numerator."""
    for place, column in enumerate(zip(*divisor)):
        if max(column) == 1 and min(column) == 0:
            if not _is_irreducible(divisor):
                return False
            point = _point(len(next(iter(divisor))))
            point[place] = 0
            slope = _value({ex: value for ex, value in divisor.items() if ex[place]}, point, place)
            if not slope:
                return False
            rest = _value({ex: value for ex, value in divisor.items() if not ex[place]}, point, place)
            point[place] = -rest * pow(slope, -1, _PRIME) % _PRIME
            return _value(polynomial, point) != 0
    return False


def _point(count: int) -> list[int]:
    random = Random(count)
    return [random.randrange(1, _PRIME) for _ in range(count)]


def _modular(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, _PRIME) % _PRIME


def _value(polynomial: Polynomial, point: list[int], without: int | None = None) -> int:
    """Return the value at a point modulo a prime; the variable ``without`` counts as 1."""
    total = 0
    for exponents, value in polynomial.items():
        term = _modular(value)
        for place, exponent in enumerate(exponents):
            if exponent and place != without:
                term = term * pow(point[place], exponent, _PRIME) % _PRIME
        total += term
    return total % _PRIME


def _is_coprime(one: Polynomial, other: Polynomial, place: int) -> bool:
    """Return whether two polynomials have no factor in common, by their values as polynomials of one variable each."""
    count = len(next(iter(one)))
    for variable in range(count):
        if variable == place or not (_degree(one, variable) and _degree(other, variable)):
            continue
        first, second = (_in_one_variable(part, variable) for part in (one, other))
        if len(first) <= _degree(one, variable) or len(second) <= _degree(other, variable):
            return False
        if len(_common(first, second)) > 1:
            return False
    return True


def _degree(polynomial: Polynomial, variable: int) -> int:
    return max(exponents[variable] for exponents in polynomial)


def _in_one_variable(polynomial: Polynomial, variable: int) -> list[int]:
    """Return the coefficients by one variable at a point of the others, that of the highest power last."""
    point = _point(len(next(iter(polynomial))))
    found = [0] * (_degree(polynomial, variable) + 1)
    for exponents, value in polynomial.items():
        found[exponents[variable]] += _value({exponents: value}, point, variable)
    return _trimmed(found)


def _trimmed(coefficients: list[int]) -> list[int]:
    found = [value % _PRIME for value in coefficients]
    while found and not found[-1]:
        found.pop()
    return found


def _common(one: list[int], other: list[int]) -> list[int]:
    """Return the greatest common divisor of two polynomials modulo a prime (Euclid)."""
    while other:
        quotient = pow(other[-1], -1, _PRIME)
        rest = list(one)
        while len(rest) >= len(other):
            factor, shift = rest[-1] * quotient % _PRIME, len(rest) - len(other)
            for index, value in enumerate(other):
                rest[shift + index] = (rest[shift + index] - factor * value) % _PRIME
            rest = _trimmed(rest[:-1])
        one, other = other, rest
    return one
