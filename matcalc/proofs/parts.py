"""Taking expressions apart, scalars and arrays alike: terms, factors, powers, functions, mirrored products."""

from __future__ import annotations

from sympy import Add, Mul, Pow
from sympy.core.function import Function

from ..algebra.constructors import scale, transpose
from ..algebra.expressions import ONE, ArrayFunction, Hadamard, Power, ScalarFunction, Scale, Sum, coefficient, is_array
from ..algebra.linear import negate
from ..algebra.products import matmul
from .prover import Claim, all_of, one_of

_NAMES = {"Abs": "abs"}


def opposite(node):
    """Return -node."""
    return negate(node) if is_array(node) else -node


def signed(node):
    """Return (number, body) with node = number * body, the number rational where there is one to take out."""
    if not is_array(node):
        return node.as_coeff_Mul()
    scalar, array = coefficient(node)
    number, rest = scalar.as_coeff_Mul()
    if not number.is_number:
        return ONE, node
    return number, scale(rest, array)


def is_symmetric(node):
    """Return whether an expression is known to equal its transpose."""
    return transpose(node) is node


def function_of(node):
    """Return (name, arguments) of a function of the rule book or of SymPy, else (None, ())."""
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule.name, node.args
    if isinstance(node, Function):
        name = type(node).__name__
        return _NAMES.get(name, name), node.args
    return None, ()


def terms_of(node):
    """Return the terms of a sum, a factor in front of it multiplied in."""
    number, body = signed(node)
    if isinstance(body, (Sum, Add)):
        parts = [scale(number, term) if is_array(body) else number * term for term in body.args]
        return parts
    if isinstance(body, Scale) and isinstance(body.args[1], Sum):
        scalar, total = body.args
        return [scale(number * scalar, term) for term in total.args]
    return [node]


def factors_of(node):
    """Return the factors of a scalar or elementwise product, None for other expressions."""
    if isinstance(node, (Mul, Hadamard)):
        return list(node.args)
    if isinstance(node, Scale):
        return [*Mul.make_args(node.args[0]), *(factors_of(node.args[1]) or [node.args[1]])]
    return None


def power_of(node):
    """Return (base, exponent) of an elementwise power with a scalar exponent, else None."""
    if isinstance(node, (Pow, Power)) and not is_array(node.args[1]):
        return node.args
    return None


def mirrored(chain):
    """Return (half, middle) where the chain is half.T @ middle @ half, middle None for an even one; else None."""
    half = len(chain) // 2
    if any(transpose(a) is not b for a, b in zip(chain[:half], reversed(chain[len(chain) - half :]))):
        return None
    last = chain[len(chain) - half :]
    return (matmul(*last) if last else None), chain[half] if len(chain) % 2 else None


def gram_of(node, kind):
    """Return (sign, F, M) where the node is sign*F.T@M@F, a product of a kind; M is None for F.T@F. None for others.

    A skew-symmetric factor is the opposite of its transpose: K@A@K is -K.T@A@K.
    """
    number, body = signed(node)
    if not isinstance(body, kind) or abs(number) != 1:
        return None
    chain, half = body.args, len(body.args) // 2
    last = chain[len(chain) - half :]
    for one, other in zip(chain[:half], reversed(last)):
        turned = transpose(one)
        if turned is not other:
            number = -number
            if opposite(turned) is not other:
                return None
    return number, (matmul(*last) if last else None), chain[half] if len(chain) % 2 else None


# -- premises about several parts at once -----------------------------------------------------------------------------


def sum_of(claim, terms):
    """Yield what makes a sum positive or definite: every term is weakly, one strictly where that is claimed."""
    strict, premises = claim.strict, []
    for term in terms:
        found = None
        if strict:
            found = yield from all_of(Claim(claim.kind, True, term))
            strict = found is None
        found = found or (yield from all_of(Claim(claim.kind, False, term)))
        if found is None:
            return None
        premises.extend(found)
    return None if strict else premises


def product_of(claim, parts, negative):
    """Yield what makes a product positive or definite: an even number of the parts is negative, with the sign in front.

    ``negative``: whether a minus stands in front of the product.
    """
    premises = []
    for part in parts:
        claims = Claim(claim.kind, claim.strict, part), Claim(claim.kind, claim.strict, opposite(part))
        found = yield from one_of(*claims)
        if found is None:
            return None
        negative ^= found[0].expression is not part
        premises.extend(found)
    return None if negative else premises
