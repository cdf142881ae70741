"""Surface trees for what SymPy says: numbers, sizes, sums, products, calls."""

from __future__ import annotations

from fractions import Fraction

from sympy import Add, Expr, Integer, Mul, Pow, Symbol

from ..errors import ConversionError
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree
from ..language.unparse import unparse

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def number(value: Expr) -> Tree:
    """Return the tree of a SymPy rational or float, exactly; a float is the shortest decimal that names it."""
    fraction = Fraction(int(value.p), int(value.q)) if value.is_Rational else Fraction(repr(float(value)))
    return Negate(Number(-fraction)) if fraction < 0 else Number(fraction)


def call(function, *args):
    """Return the tree of a call."""
    return Call(function, args)


def transposed(tree):
    """Return the tree of the transpose."""
    return tree.operand if isinstance(tree, Transpose) else Transpose(tree)


def chain(op, trees):
    """Return the left-associated chain of an operator."""
    result = trees[0]
    for tree in trees[1:]:
        result = Binary(op, result, tree)
    return result


def total(trees):
    """Return the tree of a sum; the terms with a leading minus stand last, subtracted."""
    first, *rest = sorted(trees, key=lambda tree: isinstance(tree, Negate))
    result = first
    for tree in rest:
        result = Binary("-", result, tree.operand) if isinstance(tree, Negate) else Binary("+", result, tree)
    return result


def scaled(scalars, array):
    """Return the tree of the scalars times an array; a minus goes to the front of the whole."""
    negative = isinstance(scalars[0], Negate) if scalars else False
    if negative:
        first = scalars[0].operand
        rest = scalars[1:] if isinstance(first, Number) and first.value == 1 else [first, *scalars[1:]]
        return Negate(scaled(rest, array))
    return chain("*", [*scalars, array])


def size(value):
    """Return the tree of a size: whole numbers and dimension names, added and multiplied."""
    if isinstance(value, Integer):
        return number(value)
    if isinstance(value, Symbol):
        return Name(value.name)
    if isinstance(value, Mul) and value.args[0] == -1:
        return Negate(size(-value))
    if isinstance(value, (Add, Mul)):
        parts = [size(arg) for arg in value.args]
        return total(parts) if isinstance(value, Add) else chain("*", parts)
    if isinstance(value, Pow) and isinstance(value.exp, Integer) and value.exp > 0:
        return chain("*", [size(value.base)] * int(value.exp))
    raise ConversionError(
        f"the size {value} is not made of whole numbers and names",
        hint="give the size a name of its own, such as Symbol('n')",
    )


def declared_size(value: Expr) -> int | str:
    """Return a size as a declaration has it: 3, 'n', 'n*m' or 'n + 1'."""
    if isinstance(value, Integer):
        return int(value)
    if isinstance(value, Add):
        return unparse(size(value))
    factors = []
    for factor in Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        if not isinstance(base, (Symbol, Integer)) or not isinstance(exponent, Integer) or exponent < 1:
            raise ConversionError(
                f"the size {value} cannot be declared",
                hint="a size is a number, a name, or a product of them: give it a name",
            )
        factors += [str(base)] * int(exponent)
    return "*".join(factors)
