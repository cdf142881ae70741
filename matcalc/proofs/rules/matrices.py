"""Rules for definite matrices, operation by operation, and for matrices of full column rank.

A definite matrix is symmetric; every rule shows that, too. Negative definite means that -M is positive definite.
"""

from __future__ import annotations

from sympy import Mul, S

from ...algebra.constants import is_constant
from ...algebra.constructors import add, scale, transpose
from ...algebra.expressions import (
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Hadamard,
    Kronecker,
    MatMul,
    MatrixPower,
    Scale,
    Sum,
    Transpose,
    is_array,
)
from ...algebra.products import matmul
from ...rulebook.facts import implying
from ..kinds import DEFINITE, NONZERO, RANK, SIGN
from ..parts import gram_of, is_symmetric, opposite, power_of, product_of, signed
from ..prover import Claim, Rule, all_of, one_of
from .functions import FUNCTION_DEFINITE_RULES
from .signs import FACTS, given_at_once

_MOST_PRODUCTS = 12
_INVERTIBLE = implying("invertible")


def _scalar(claim, given):
    """A matrix of one entry."""
    return None if is_array(claim.expression) else (yield from all_of(Claim(SIGN, claim.strict, claim.expression)))


def _declared(claim, given):
    """pd and psd; a diagonal matrix of positive entries; a symmetric projection."""
    number, body = signed(claim.expression)
    if not isinstance(body, ArraySymbol) or not body.is_square:
        return None
    words = body.facts
    positive = "pd" in words or "psd" in words and not claim.strict
    positive = positive or {"projection", "symmetric"} <= words and not claim.strict
    positive = positive or "diagonal" in words and bool(words & {"positive", "unit-interval"})
    negative = {"diagonal", "negative"} <= words
    return () if (positive if number > 0 else negative) else None


def _invertible(claim, given):
    """A semidefinite matrix that is given to be invertible."""
    if not claim.strict or not any(k.kind == RANK and k.expression is claim.expression for k in given.claims):
        return None
    return (yield from all_of(Claim(DEFINITE, False, claim.expression), Claim(RANK, True, claim.expression)))


def _constant(claim, given):
    """eye(n), and ones(n, n), which is ones(n)@ones(n).T."""
    node = claim.expression
    if is_constant(node, "eye") or not claim.strict and isinstance(node, Constant) and node.is_square:
        return () if node.name in ("eye", "ones", "zeros") else None
    return None


def _multiple(claim, given):
    """A multiple of a definite matrix."""
    if not isinstance(claim.expression, Scale) or claim.expression.args[0] == -1:
        return None
    scalar, array = claim.expression.args
    for sign in (1, -1):
        turned = array if sign == 1 else opposite(array)
        found = yield from all_of(Claim(SIGN, claim.strict, Mul(sign, scalar)), Claim(DEFINITE, claim.strict, turned))
        if found:
            return found
    return None


def _gram(claim, given):
    """F.T@F is semidefinite, and definite where F has full column rank."""
    sign, factor, middle = gram_of(claim.expression, MatMul) or (0, None, None)
    if sign != 1 or middle is not None:
        return None
    return (yield from all_of(Claim(RANK, True, factor))) if claim.strict else ()


def _congruence(claim, given):
    """F.T@M@F for a semidefinite M; definite where M is and F has full column rank."""
    number, factor, middle = gram_of(claim.expression, MatMul) or (0, None, None)
    if middle is None:
        return None
    rank = [Claim(RANK, True, factor)] if claim.strict else []
    return (yield from all_of(Claim(DEFINITE, claim.strict, middle if number == 1 else opposite(middle)), *rank))


def _matrix_power(claim, given):
    """Even powers of symmetric and of skew-symmetric matrices, all powers of definite ones; an inverse of one."""
    number, body = signed(claim.expression)
    if not isinstance(body, MatrixPower) or abs(number) != 1 or not body.args[1].is_real:
        return None
    base, exponent = body.args
    skew = exponent.is_even and transpose(base) is opposite(base)
    if exponent.is_even and number == 1 and is_symmetric(base) or skew and number == S.NegativeOne ** (exponent / 2):
        strict = claim.strict and not exponent.is_negative
        return (yield from all_of(Claim(RANK, True, base))) if strict else ()
    if number == -1 and not exponent.is_odd:
        return None
    turned = base if number == 1 else opposite(base)
    if exponent.is_negative or not claim.strict and exponent.is_positive:
        found = yield from all_of(Claim(DEFINITE, False, turned))
        if found:
            return found
    return (yield from all_of(Claim(DEFINITE, True, turned)))


def _kronecker(claim, given):
    """kron(A, B) of two definite matrices."""
    number, body = signed(claim.expression)
    if not isinstance(body, Kronecker) or abs(number) != 1 or not all(f.is_square for f in body.args):
        return None
    return (yield from product_of(claim, body.args, bool(number.is_negative)))


def _hadamard(claim, given):
    """The elementwise product of definite matrices, and whole elementwise powers of one."""
    node = claim.expression
    power = power_of(node)
    if power and power[1].is_integer and power[1].is_positive:
        return (yield from all_of(Claim(DEFINITE, claim.strict, power[0])))
    if not isinstance(node, Hadamard):
        return None
    return (yield from all_of(*[Claim(DEFINITE, claim.strict, factor) for factor in node.args]))


def _diagonal(claim, given):
    """diag(v) of entries of one sign."""
    number, body = signed(claim.expression)
    if not isinstance(body, Diagonal):
        return None
    return (yield from all_of(Claim(SIGN, claim.strict, scale(number, body.args[0]))))


def _commuting(claim, given):
    """The product of commuting definite matrices: functions of one symmetric matrix commute."""
    node = claim.expression
    if not isinstance(node, MatMul) or not all(f.is_square for f in node.args):
        return None
    bases = [function_base(factor) for factor in node.args]
    if bases[0] is None or any(base is not bases[0] for base in bases) or not is_symmetric(bases[0]):
        return None
    return (yield from all_of(*[Claim(DEFINITE, claim.strict, factor) for factor in node.args]))


def function_base(node):
    """Return the matrix of which another is a function (a power, expm, a polynomial …); None for eye(n) alone."""
    stack, bases = [node], set()
    while stack:
        top = stack.pop()
        if isinstance(top, (Sum, MatMul)):
            stack.extend(top.args)
        elif isinstance(top, Scale):
            stack.append(top.args[1])
        elif isinstance(top, MatrixPower) or _is_matrix_function(top):
            stack.append(top.args[0])
        elif not is_constant(top, "eye"):
            bases.add(top)
    return bases.pop() if len(bases) == 1 else None


def _is_matrix_function(node):
    return isinstance(node, ArrayFunction) and node.rule.matrix_function and is_array(node.args[0])


def _multiplied_out(claim, given):
    """A product of sums, multiplied out."""
    node = claim.expression
    if not isinstance(node, MatMul):
        return None
    products = [()]
    for factor in node.args:
        options = factor.args if isinstance(factor, Sum) else (factor,)
        products = [(*done, option) for done in products for option in options]
        if len(products) > _MOST_PRODUCTS:
            return None
    if len(products) == 1:
        return None
    return (yield from all_of(Claim(DEFINITE, claim.strict, add(*[matmul(*p) for p in products]))))


# -- full column rank ------------------------------------------------------------------------------------------------


def _rank_given(claim, given):
    """Given, for the matrix or, where it is square, for its transpose."""
    node = claim.expression
    turned = (node, transpose(node)) if is_array(node) and node.is_square else (node,)
    return () if any(k.kind == RANK and k.expression is form for k in given.claims for form in turned) else None


def _rank_declared(claim, given):
    """invertible, orthogonal, permutation, pd, positive-det; eye(n), e(i, n), ones(n) and comm(n, m)."""
    node = claim.expression
    if not is_array(node):
        return (yield from all_of(Claim(NONZERO, True, node)))
    if is_constant(node, "eye") or is_constant(node, "comm") or node.is_column and isinstance(node, Constant):
        return () if node.name != "zeros" else None
    symbol = node.args[0] if isinstance(node, Transpose) and node.is_square else node
    if not isinstance(symbol, ArraySymbol):
        return None
    diagonal = "diagonal" in symbol.facts and symbol.facts & {"positive", "negative"}
    return () if symbol.is_square and (symbol.facts & _INVERTIBLE or diagonal) else None


def _rank_column(claim, given):
    """A column with an entry that is not zero."""
    node = claim.expression
    if not is_array(node) or not node.is_column:
        return None
    return (yield from all_of(Claim(NONZERO, True, node)))


def _rank_operation(claim, given):
    """Products, inverses, Kronecker products and multiples of matrices of full column rank."""
    node = claim.expression
    if isinstance(node, Scale):
        return (yield from all_of(Claim(NONZERO, True, node.args[0]), Claim(RANK, True, node.args[1])))
    if isinstance(node, (MatMul, Kronecker)):
        return (yield from all_of(*[Claim(RANK, True, factor) for factor in node.args]))
    if isinstance(node, MatrixPower):
        return () if node.args[1].is_negative else (yield from all_of(Claim(RANK, True, node.args[0])))
    if isinstance(node, Transpose) and node.is_square:
        return (yield from all_of(Claim(RANK, True, node.args[0])))
    if isinstance(node, Diagonal):
        return (yield from all_of(Claim(NONZERO, True, node.args[0])))
    return () if isinstance(node, ArrayFunction) and "invertible" in node.rule.gives else None


def _rank_definite(claim, given):
    """A definite matrix is invertible."""
    node = claim.expression
    if not is_array(node) or not node.is_square:
        return None
    return (yield from one_of(Claim(DEFINITE, True, node), Claim(DEFINITE, True, opposite(node))))


HORN = "Horn & Johnson (2013), "
MATRIX_RULES = (
    Rule("a matrix of one entry", "by definition", _scalar),
    Rule("declared", FACTS, _declared),
    Rule("given", FACTS, given_at_once),
    Rule("constant matrix", "by definition", _constant),
    Rule("diagonal matrix", HORN + "7.1", _diagonal),
    Rule("multiple", HORN + "observation 7.1.3", _multiple),
    Rule("Gram matrix", HORN + "theorem 7.2.7", _gram),
    Rule("congruence", HORN + "observation 7.1.8", _congruence),
    Rule("power", HORN + "theorem 7.2.1", _matrix_power),
    Rule("Kronecker product", "Horn & Johnson (1991), Topics in Matrix Analysis, corollary 4.2.13", _kronecker),
    Rule("Schur product", HORN + "theorem 7.5.3", _hadamard),
    *FUNCTION_DEFINITE_RULES,
    Rule("commuting matrices", HORN + "theorem 4.1.6", _commuting),
)
PRODUCT_RULES = (
    Rule("semidefinite and invertible", HORN + "7.1", _invertible),
    Rule("multiplied out", "the distributive law", _multiplied_out),
)
RANK_RULES = (
    Rule("given", FACTS, _rank_given),
    Rule("declared", FACTS, _rank_declared),
    Rule("column that is not zero", "by definition", _rank_column),
    Rule("product of full rank", HORN + "0.4.6", _rank_operation),
    Rule("definite, so invertible", HORN + "7.1", _rank_definite),
)
