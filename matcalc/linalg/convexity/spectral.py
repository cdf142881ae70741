"""Rules for functions of eigenvalues that increase in the order of Loewner, composed with matrix convex functions.

A symmetric matrix M(x) is matrix convex where the mean of M(a) and M(b) less M((a + b)/2) is positive semidefinite.
Then eigmax(M), and for a semidefinite M its norms and the traces of its powers, are convex: they are convex in M, and
increase.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import Add, Expr, Mul, Pow, S

from ...algebra.constants import is_constant
from ...algebra.constructors import scale
from ...algebra.expressions import (
    ArrayFunction,
    Diagonal,
    InnerProduct,
    MatMul,
    MatrixPower,
    Power,
    Scale,
    Trace,
    is_array,
)
from ...algebra.products import matmul
from ...proofs.kinds import DEFINITE, MATRIX_CONVEX, SIGN
from ...proofs.parts import function_of, is_symmetric, mirrored, opposite, signed, terms_of
from ...proofs.prover import Claim, Given, all_of
from ...proofs.rules.functions import entry_of
from .claims import BOYD, affine, convex, varies

Premises = Generator | tuple | None
_NO_FUNCTION: tuple[str | None, tuple] = (None, ())


def matrix_convex(node: Any) -> Claim:
    """Return the claim that a symmetric matrix is convex in the order of Loewner."""
    return Claim(MATRIX_CONVEX, False, node)


# -- matrix convex functions -------------------------------------------------------------------------------------------


def _affine(claim: Claim, given: Given) -> Premises:
    """An affine symmetric matrix."""
    return (yield from all_of(affine(claim.expression))) if is_symmetric(claim.expression) else None


def _sum(claim: Claim, given: Given) -> Premises:
    """A sum of matrix convex functions."""
    terms = terms_of(claim.expression)
    return (yield from all_of(*map(matrix_convex, terms))) if len(terms) > 1 else None


def _multiple(claim: Claim, given: Given) -> Premises:
    """A multiple by a constant that is not negative."""
    node = claim.expression
    if not isinstance(node, Scale) or varies(node.args[0], given):
        return None
    number, array = node.args
    found = yield from all_of(Claim(SIGN, False, number), matrix_convex(array))
    return found or (yield from all_of(Claim(SIGN, False, -number), matrix_convex(opposite(array))))


def _congruence(claim: Claim, given: Given) -> Premises:
    """F.T@F, F.T@P@F and F.T@inv(Y)@F for affine F, a semidefinite constant P and a definite affine Y; C.T@M@C."""
    number, body = signed(claim.expression)
    found = mirrored(body.args) if isinstance(body, MatMul) else None
    if found is None or abs(number) != 1 or found[0] is None:
        return None
    half, middle = found
    if not varies(half, given):
        return (yield from all_of(matrix_convex(scale(number, middle)))) if middle is not None else None
    if number < 0:
        return None
    if middle is None:
        return (yield from all_of(affine(half)))
    if not varies(middle, given):
        return (yield from all_of(affine(half), Claim(DEFINITE, False, middle)))
    if isinstance(middle, MatrixPower) and middle.args[1] == -1:
        base = middle.args[0]
        return (yield from all_of(affine(half), affine(base), Claim(DEFINITE, True, base)))
    return None


def _power(claim: Claim, given: Given) -> Premises:
    """inv(Y), -sqrtm(Y) and -logm(Y) for a definite affine Y, and Y@Y for an affine symmetric one."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if name in ("sqrtm", "logm") and number == -1:
        return (yield from all_of(affine(args[0]), Claim(DEFINITE, True, args[0])))
    if not isinstance(body, MatrixPower) or number != 1:
        return None
    base, exponent = body.args
    if exponent == -1:
        return (yield from all_of(affine(base), Claim(DEFINITE, True, base)))
    return (yield from all_of(affine(base))) if exponent == 2 and is_symmetric(base) else None


def _diagonal(claim: Claim, given: Given) -> Premises:
    """A diagonal matrix of convex entries."""
    number, body = signed(claim.expression)
    return (yield from all_of(convex(scale(number, body.args[0])))) if isinstance(body, Diagonal) else None


# -- convex functions of them ------------------------------------------------------------------------------------------


def _extreme(claim: Claim, given: Given) -> Premises:
    """The largest eigenvalue of a matrix convex M, and the opposite of the smallest of -M."""
    number, body = signed(claim.expression)
    name, args = function_of(body)
    if name in ("max", "min"):
        inner, args = function_of(args[0])
        name = {"max": "eigmax", "min": "eigmin"}[name] if inner == "eigvals" else None
    if (name, number) == ("eigmax", 1):
        return (yield from all_of(matrix_convex(args[0])))
    return (yield from all_of(matrix_convex(opposite(args[0])))) if (name, number) == ("eigmin", -1) else None


def _schatten(claim: Claim, given: Given) -> Premises:
    """norm(M)**k for k >= 1, and tr(M@M@...), of a matrix convex M that is semidefinite."""
    matrix = _squared(claim.expression) or _repeated(claim.expression)
    if matrix is None or not is_symmetric(matrix) or not varies(matrix, given):
        return None
    return (yield from all_of(Claim(DEFINITE, False, matrix), matrix_convex(matrix)))


def _squared(node: Expr) -> Any:
    """Return M of a power k >= 1 of norm(M), None of anything else."""
    base, exponent = (node.base, node.exp) if isinstance(node, Pow) else (node, S.One)
    if not isinstance(base, InnerProduct) or len(base.args) != 3 or not (2 * exponent - 1).is_nonnegative:
        return None
    entries = base.args[1]
    sums = is_constant(base.args[0], "ones") and is_constant(base.args[2], "ones")
    return entries.args[0] if sums and isinstance(entries, Power) and entries.args[1] == 2 else None


def _repeated(node: Expr) -> Any:
    """Return M of tr(M@M@...), None of anything else."""
    if not isinstance(node, Trace):
        return None
    (matrix,) = node.args
    if isinstance(matrix, MatrixPower):
        return matrix.args[0] if matrix.args[1].is_Integer and matrix.args[1] > 1 else None
    chain = matrix.args if isinstance(matrix, MatMul) else ()
    for length in range(1, len(chain) // 2 + 1):
        if len(chain) % length == 0 and chain == chain[:length] * (len(chain) // length):
            return matmul(*chain[:length])
    return None


def _of_eigenvalues(claim: Claim, given: Given) -> Premises:
    """tr(expm(M)) of a matrix convex M, and sums of a convex function of the eigenvalues of an affine symmetric one."""
    node = claim.expression
    if isinstance(node, Trace):
        name, args = function_of(node.args[0])
        return (yield from all_of(matrix_convex(args[0]))) if name == "expm" else None
    if not isinstance(node, InnerProduct) or len(node.args) != 2 or not is_constant(node.args[0], "ones"):
        return None
    entries = node.args[1]
    entry = entry_of(entries, given) if isinstance(entries, ArrayFunction) else None
    even = isinstance(entries, Power) and entries.args[1].is_even and entries.args[1].is_positive
    always = entry is not None and entry.convex is not None and not entry.convex.where and len(entries.args) == 1
    name, args = function_of(entries.args[0]) if always or even else _NO_FUNCTION
    return (yield from all_of(affine(args[0]))) if name == "eigvals" and is_symmetric(args[0]) else None


def _logarithm(claim: Claim, given: Given) -> Premises:
    """The logarithm of sums and products of exp(u) for convex u, tr(expm(M)) and positive constants."""
    name, args = function_of(claim.expression)
    if name != "log" or is_array(args[0]):
        return None
    claims = _log_convex(args[0], given)
    return None if claims is None else (yield from all_of(*claims))


def _log_convex(node: Expr, given: Given) -> list[Claim] | None:
    """Return the claims under which log(node) is convex, None where nothing is known of it."""
    if not varies(node, given):
        return [Claim(SIGN, True, node)]
    name, args = function_of(node)
    if name == "exp":
        return [convex(args[0])]
    if isinstance(node, Trace):
        name, args = function_of(node.args[0])
        return [matrix_convex(args[0])] if name == "expm" else None
    if isinstance(node, InnerProduct):
        varying = [part for part in node.args if varies(part, given)]
        name, args = function_of(varying[0]) if len(varying) == 1 else _NO_FUNCTION
        weights = [Claim(SIGN, False, part) for part in node.args if part is not varying[0]]
        return [convex(args[0]), *weights] if name == "exp" else None
    if isinstance(node, (Add, Mul)):
        found = [_log_convex(part, given) for part in node.args]
        return None if any(one is None for one in found) else [claim for one in found for claim in one or ()]
    return None


MATRIX_CONVEX_RULES = (
    ("affine matrix", "by definition", _affine),
    ("sum of matrix convex functions", BOYD + "3.6.2", _sum),
    ("multiple of a matrix convex function", BOYD + "3.6.2", _multiple),
    ("matrix convex congruence", BOYD + "example 3.48 and exercise 3.58", _congruence),
    ("matrix convex power", BOYD + "example 3.48 and exercise 3.58", _power),
    ("matrix convex diagonal", "by definition", _diagonal),
)
SPECTRAL_RULES = (
    ("largest eigenvalue", BOYD + "example 3.10 and 3.6.2", _extreme),
    ("norm of a matrix convex function", BOYD + "3.6.2", _schatten),
    ("function of eigenvalues", "Davis (1957), All convex invariant functions of hermitian matrices", _of_eigenvalues),
    ("log-convex function", BOYD + "3.5.2", _logarithm),
)
