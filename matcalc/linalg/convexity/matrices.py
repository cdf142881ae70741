"""Rules for functions of matrices: inverses, determinants, eigenvalues, singular values, traces of matrix functions."""

from __future__ import annotations

from sympy import Pow

from ...algebra.expressions import InnerProduct, MatMul, MatrixPower, Trace, is_array
from ...proofs.kinds import DEFINITE
from ...proofs.parts import function_of, is_symmetric, mirrored, signed
from ...proofs.prover import Claim, all_of
from .claims import BOYD, affine


def _inverse(claim, given):
    """v.T@inv(Y)@v and tr(F.T@inv(Y)@F) for affine v and positive definite affine Y."""
    node = claim.expression
    if isinstance(node, InnerProduct):
        chain = node.args
    elif isinstance(node, Trace):
        chain = node.args[0].args if isinstance(node.args[0], MatMul) else node.args
    else:
        return None
    for start in range(len(chain)):
        turned = (*chain[start:], *chain[:start]) if isinstance(node, Trace) else chain
        found = mirrored(turned) if len(turned) > 1 else (None, turned[0])
        if found is not None and found[1] is not None and _is_inverse(found[1]):
            outer = [] if found[0] is None else [affine(found[0])]
            base = found[1].args[0]
            return (yield from all_of(*outer, affine(base), Claim(DEFINITE, True, base)))
    return None


def _is_inverse(node):
    return isinstance(node, MatrixPower) and node.args[1] == -1


def _determinant(claim, given):
    """-log(det(Y)) and -det(Y)**(1/n) for a positive definite affine Y."""
    number, body = signed(claim.expression)
    if number != -1:
        return None
    name, args = function_of(body)
    if name == "log":
        name, args = function_of(args[0])
    elif isinstance(body, Pow):
        name, args = function_of(body.base)
        if name != "det" or not is_array(args[0]) or body.exp != 1 / args[0].rows:
            return None
    if name != "det" or function_of(body)[0] == "det":
        return None
    return (yield from all_of(Claim(DEFINITE, True, args[0]), affine(args[0])))


def _singular_values(claim, given):
    """tr(sqrtm(M.T@M)), the nuclear norm, of an affine matrix M."""
    node = claim.expression
    inner = function_of(node.args[0])[1][0] if _is_trace_of(node, "sqrtm") else None
    found = mirrored(inner.args) if isinstance(inner, MatMul) else None
    if found is None or found[1] is not None:
        return None
    return (yield from all_of(affine(found[0])))


def _is_trace_of(node, name):
    return isinstance(node, Trace) and function_of(node.args[0])[0] == name


def _trace_power(base, exponent):
    """Yield the claims under which tr(Y**k) is convex: Y definite, unless k is even."""
    if exponent.is_negative:
        return (yield from all_of(affine(base), Claim(DEFINITE, True, base)))
    if exponent.is_even:
        return (yield from all_of(affine(base)))
    if (exponent - 1).is_nonnegative:
        return (yield from all_of(affine(base), Claim(DEFINITE, False, base)))
    return None


def _trace_function(claim, given):
    """tr f(Y) of an affine symmetric Y for convex f: expm, even powers, Y@logm(Y); -tr(sqrtm(Y)), -tr(logm(Y))."""
    number, body = signed(claim.expression)
    if not isinstance(body, Trace) or abs(number) != 1:
        return None
    (matrix,) = body.args
    name, args = function_of(matrix)
    if name == "expm" and number == 1 and is_symmetric(args[0]):
        return (yield from all_of(affine(args[0])))
    if isinstance(matrix, MatrixPower) and number == 1 and is_symmetric(matrix.args[0]):
        return (yield from _trace_power(*matrix.args))
    if name in ("sqrtm", "logm") and number == -1:
        return (yield from all_of(affine(args[0]), Claim(DEFINITE, True, args[0])))
    if isinstance(matrix, MatMul) and len(matrix.args) == 2 and number == 1:
        for factor, other in (matrix.args, matrix.args[::-1]):
            name, args = function_of(other)
            if name == "logm" and args[0] is factor:
                return (yield from all_of(affine(factor), Claim(DEFINITE, True, factor)))
    return None


DAVIS = "Davis (1957), All convex invariant functions of hermitian matrices"
MATRIX_FUNCTION_RULES = (
    ("matrix fractional function", BOYD + "example 3.4", _inverse),
    ("determinant", BOYD + "3.1.5", _determinant),
    ("norm of singular values", BOYD + "3.1.5 and example 3.11", _singular_values),
    (
        "trace of a matrix function",
        "Davis (1957), All convex invariant functions of hermitian matrices",
        _trace_function,
    ),
)
