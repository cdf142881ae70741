"""Compositions that have a name of their own: sigmoid, softplus, softmax, logsumexp, pinv.

Each rewrite replaces an expression by an equal one with fewer operations, so applying them ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sympy import Abs, Add, Expr, Mul, Pow, S, exp, log

from ...algebra.build import call
from ...algebra.constants import is_constant, is_zero
from ...algebra.constructors import diagonal, hadamard, negate, power, repeated, scale, transpose
from ...algebra.expressions import (
    ONE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Hadamard,
    InnerProduct,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    coefficient,
)
from ...algebra.products import matmul, matrix_power
from ...algebra.traces import trace
from .spectral import of_product

if TYPE_CHECKING:
    from ...rulebook.entries import Book, Rule


def recognise(node: Expr, book: Book, inverses: bool = True) -> Expr:
    """Return an equal expression in which the outermost operations have a name of their own, where they do.

    ``inverses``: also pinv and adj, whose differentials ask for more than those of what they replace.
    """
    rewrite = _REWRITES.get(type(node))
    if not inverses and rewrite in (_product, _pseudoinverse, _scaled):
        rewrite = _softmax if rewrite is _scaled else None
    if rewrite is None and isinstance(node, (ArrayFunction, ScalarFunction)):
        rewrite = _FUNCTIONS.get(node.rule.name)
    return rewrite(node, book) if rewrite is not None else node


def _function(node: Expr, name: str) -> bool:
    return isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.name == name


# -- sigmoid and softplus ------------------------------------------------------------------------------


def _one_plus_exp(node: Array) -> tuple[Expr, Array] | None:
    """Return (c, u) where the array is c*(1 + exp(u)), else None."""
    scalar, body = coefficient(node)
    if not isinstance(body, Sum) or len(body.args) != 2:
        return None
    terms = {coefficient(part)[1]: coefficient(part)[0] for part in body.args}
    one = next((a for a in terms if is_constant(a, "ones")), None)
    other = next((a for a in terms if a is not one), None)
    if one is None or terms[one] != terms[other]:
        return None
    base = other.args[0] if isinstance(other, Transpose) else other
    if not _function(base, "exp"):
        return None
    argument = base.args[0] if base is other else transpose(base.args[0])
    return scalar * terms[one], argument


def _elementwise_power(node: Power, book: Book) -> Power:
    """(1 + exp(u))**-k is sigmoid(-u)**k; heaviside(u)**k is heaviside(u)."""
    base, exponent = node.args
    if _function(base, "heaviside") and exponent.is_number and exponent.is_positive:
        return base
    found = _one_plus_exp(base) if exponent.is_number and exponent.is_negative else None
    if found is None or found[0] != 1:
        return node
    return power(call(book, "sigmoid", negate(found[1])), -exponent)


def _elementwise_product(node: Hadamard, book: Book) -> Array:
    """exp(u) * sigmoid(-u) is sigmoid(u); relu(u) * heaviside(u) is relu(u); sign(u) / abs(u) is 1/u."""
    reduced = _paired(list(node.args), book, lambda f: f.args if isinstance(f, Power) else (f, ONE), power)
    if reduced is not None:
        return recognise(hadamard(*reduced), book)
    factors = list(node.args)
    if any(is_constant(f, "eye") for f in factors):
        rest = hadamard(*[f for f in factors if not is_constant(f, "eye")])
        return diagonal(call(book, "diag", rest))
    for index, factor in enumerate(factors):
        if not _function(factor, "exp"):
            continue
        complement = call(book, "sigmoid", negate(factor.args[0]))
        for place, other in enumerate(factors):
            base, exponent = other.args if isinstance(other, Power) else (other, ONE)
            if base is complement and exponent.is_number and exponent >= 1:
                factors[index] = call(book, "sigmoid", factor.args[0])
                factors[place] = power(base, exponent - 1)
                return recognise(hadamard(*factors), book)
    return _row_softmax(node, book)


def _paired(factors: list[Expr], book: Book, parts: Callable, raised: Callable | type) -> list[Expr] | None:
    """Return the factors with a pair of functions of one argument made simpler, or None.

    relu(u)*heaviside(u) is relu(u), sinh(u)/cosh(u) is tanh(u), sign(u)*abs(u)**k is u*abs(u)**(k - 1).
    """
    found = {}
    for index, factor in enumerate(factors):
        base, exponent = parts(factor)
        name = base.rule.name if isinstance(base, (ArrayFunction, ScalarFunction)) else _NAMES.get(type(base).__name__)
        if name in _PAIRED and exponent.is_number:
            found.setdefault(base.args[0], {})[name] = (index, base, exponent)
    for argument, names in found.items():
        if "heaviside" in names and "relu" in names and names["relu"][2].is_positive:
            return [f for i, f in enumerate(factors) if i != names["heaviside"][0]]
        for (above, below), name in _RATIOS.items():
            if above in names and below in names and names[above][2] == 1 and names[below][2] == -1:
                rest = [f for i, f in enumerate(factors) if i not in (names[above][0], names[below][0])]
                return [*rest, call(book, name, argument)]
        if "sign" in names and "abs" in names and names["sign"][2] == 1:
            index, base, exponent = names["abs"]
            rest = [f for i, f in enumerate(factors) if i not in (index, names["sign"][0])]
            return (
                [*rest, argument, raised(base, exponent - 1)] if exponent != -1 else [*rest, raised(argument, exponent)]
            )
    return None


_RATIOS = {("sinh", "cosh"): "tanh", ("sin", "cos"): "tan"}
_PAIRED = ("relu", "heaviside", "sign", "abs", "sinh", "cosh", "sin", "cos")
_NAMES = {"Abs": "abs", **{name: name for name in ("sign", "sinh", "cosh", "sin", "cos")}}


def _extremum(node: Expr, book: Book) -> Expr:
    """maximum(x, 0) is relu(x), and minimum(x, 0) is -relu(-x)."""
    for zero, other in (node.args, node.args[::-1]):
        if is_zero(zero):
            if node.rule.name == "maximum":
                return call(book, "relu", other)
            return negate(call(book, "relu", negate(other)))
    return node


def _logarithm(node: ArrayFunction, book: Book) -> ArrayFunction:
    """log(1 + exp(u)) is softplus(u); log(sum(exp(X), axis)) is logsumexp(X, axis)."""
    (argument,) = node.args
    found = _one_plus_exp(argument)
    if found is not None and found[0] == 1:
        return call(book, "softplus", found[1])
    axis = _exponential_sums(argument)
    if axis is not None:
        return _axis_rule(book, "logsumexp", axis[1]).apply(axis[0])
    return node


def _exponential_sums(node: Array) -> tuple[Array, int] | None:
    """Return (X, axis) where the array is sum(exp(X), axis=axis), else None."""
    if isinstance(node, MatMul) and len(node.args) == 2:
        first, last = node.args
        if is_constant(last, "ones") and last.is_column and _function(first, "exp"):
            return first.args[0], 1
        if is_constant(first, "ones") and first.is_row and _function(last, "exp"):
            return last.args[0], 0
    return None


def _axis_rule(book: Book, name: str, axis: int) -> Rule:
    return next(r for r in book.overloads(name) if any(k == "axis" and v == axis for k, v in r.literals))


def _row_softmax(node: Hadamard, book: Book) -> Hadamard:
    """exp(X) / sum(exp(X), axis=1) is softmax(X, axis=1), and the like for columns."""
    for factor in node.args:
        if not isinstance(factor, MatMul) or repeated(factor) is None:
            continue
        line, side = repeated(factor)
        if not isinstance(line, Power) or line.args[1] != -1:
            continue
        found = _exponential_sums(line.args[0])
        numerator = found and call(book, "exp", found[0])
        if found and any(f is numerator for f in node.args):
            name = [r for r in book.overloads("softmax") if bool(r.literals) == (found[1] == 1)][0]
            rest = [f for f in node.args if f is not numerator and f is not factor]
            return hadamard(name.apply(found[0]), *rest)
    return node


# -- scalars -------------------------------------------------------------------------------------------


def _total_of_exponentials(node: Expr) -> MatMul | None:
    """Return X where the scalar is sum(exp(X)), else None."""
    if not isinstance(node, InnerProduct):
        return None
    inner = [f for f in node.args if not is_constant(f, "ones")]
    if len(inner) != 1 or not is_constant(node.args[0], "ones") and not is_constant(node.args[-1], "ones"):
        return None
    base = inner[0].args[0] if isinstance(inner[0], Transpose) else inner[0]
    return base.args[0] if _function(base, "exp") else None


def _scalar_logarithm(node: Expr, book: Book) -> Expr:
    (argument,) = node.args
    total = _total_of_exponentials(argument)
    if total is not None:
        return call(book, "logsumexp", total)
    if isinstance(argument, Abs) and _function(argument.args[0], "det"):
        return call(book, "logdet", *argument.args[0].args)
    if isinstance(argument, Add) and len(argument.args) == 2 and ONE in argument.args:
        other = next(a for a in argument.args if a != 1)
        if isinstance(other, exp):
            return call(book, "softplus", other.args[0])
    return node


def _scalar_power(node: Expr, book: Book) -> Expr:
    base, exponent = node.args
    if (
        exponent.is_number
        and exponent.is_negative
        and isinstance(base, Add)
        and len(base.args) == 2
        and ONE in base.args
    ):
        other = next(a for a in base.args if a != 1)
        if isinstance(other, exp):
            return Pow(call(book, "sigmoid", -other.args[0]), -exponent)
    return node


def _scalar_product(node: Expr, book: Book) -> Expr:
    """exp(u)/(1 + exp(u)) is sigmoid(u); sign(u)/abs(u) is 1/u; det(X)*tr(inv(X)) is tr(adj(X))."""
    factors = list(node.args)
    reduced = _paired(factors, book, lambda f: f.as_base_exp(), Pow)
    if reduced is not None:
        return Mul(*reduced)
    for factor in factors:
        if isinstance(factor, Trace):
            adjugate = _adjugate(node, factor.args[0], book)
            if adjugate is not None:
                return Mul(node / factor / adjugate[0], trace(adjugate[1]))
    for index, factor in enumerate(factors):
        if not isinstance(factor, exp):
            continue
        complement = call(book, "sigmoid", -factor.args[0])
        for place, other in enumerate(factors):
            base, exponent = other.as_base_exp()
            if base == complement and exponent.is_number and exponent >= 1:
                factors[index] = call(book, "sigmoid", factor.args[0])
                factors[place] = Pow(base, exponent - 1)
                return Mul(*factors)
    return node


# -- products ---------------------------------------------------------------------------------------------


def _adjugate(scalar, array, book):
    """Return (det(X), the array with adj(X) for inv(X)) where det(X) is a factor of the scalar, or None.

    For a plain name det(X)*inv(X) stays, as textbooks have it.
    """
    for factor in Mul.make_args(scalar):
        if not _function(factor, "det") or isinstance(factor.args[0], ArraySymbol):
            continue
        (matrix,) = factor.args
        for form in (matrix, transpose(matrix)):
            replaced = _replace_factor(array, matrix_power(form, S.NegativeOne), call(book, "adj", form))
            if replaced is not None:
                return factor, replaced
    return None


def _scaled(node: Array, book: Book) -> Scale:
    """det(X)*inv(X) is adj(X); else as for softmax."""
    scalar, array = node.args
    adjugate = _adjugate(scalar, array, book)
    if adjugate is not None:
        return recognise(scale(scalar / adjugate[0], adjugate[1]), book)
    return _softmax(node, book)


def _softmax(node: Array, book: Book) -> Scale:
    """exp(x)/sum(exp(x)) is softmax(x) for a column, alone or as a factor."""
    scalar, array = node.args
    for factor in Mul.make_args(scalar):
        base, exponent = factor.as_base_exp()
        total = _total_of_exponentials(base) if exponent.is_number and exponent <= -1 else None
        if total is None or not total.is_column:
            continue
        replaced = _replace_factor(array, call(book, "exp", total), call(book, "softmax", total))
        if replaced is not None:
            return recognise(scale(scalar * base, replaced), book)
    return node


def _replace_factor(node: Array, old: Array, new: Array) -> Array | None:
    """Return the product with one factor replaced, or None where it does not have it."""
    if node is old:
        return new
    if node is transpose(old):
        return transpose(new)
    if not isinstance(node, (MatMul, Hadamard)):
        return None
    construct = matmul if isinstance(node, MatMul) else hadamard
    for index, factor in enumerate(node.args):
        replaced = _replace_factor(factor, old, new)
        if replaced is not None:
            return construct(*node.args[:index], replaced, *node.args[index + 1 :])
    return None


def _product(node: Array, book: Book) -> MatMul:
    found = of_product(node, book)
    return _pseudoinverse(found, book) if isinstance(found, MatMul) else found


def _pseudoinverse(node: Expr, book: Book) -> Expr:
    """inv(X.T@X) @ X.T is pinv(X), where the inverse exists (Golub & Van Loan 2013, 5.5.2)."""
    factors = list(node.args)
    for index in range(len(factors) - 1):
        for inverse, other, flip in (
            (factors[index], factors[index + 1], False),
            (factors[index + 1], factors[index], True),
        ):
            matrix = _gram_factor(inverse)
            if matrix is None:
                continue
            if not flip and other is transpose(matrix):
                return matmul(*factors[:index], call(book, "pinv", matrix), *factors[index + 2 :])
            if flip and other is matrix:
                return matmul(*factors[:index], transpose(call(book, "pinv", matrix)), *factors[index + 2 :])
    return node


def _gram_factor(node):
    """Return X where the array is inv(X.T @ X) and X is not square, else None."""
    if not isinstance(node, MatrixPower) or node.args[1] != -1 or not isinstance(node.args[0], MatMul):
        return None
    factors = node.args[0].args
    half = len(factors) // 2
    if len(factors) % 2 or any(transpose(a) is not b for a, b in zip(factors[:half], reversed(factors[half:]))):
        return None
    matrix = matmul(*factors[half:])
    return None if matrix.is_square else matrix


_FUNCTIONS = {"log": _logarithm, "maximum": _extremum, "minimum": _extremum}
_REWRITES = {
    Power: _elementwise_power,
    Hadamard: _elementwise_product,
    Scale: _scaled,
    MatMul: _product,
    InnerProduct: _pseudoinverse,
    Mul: _scalar_product,
    Pow: _scalar_power,
    log: _scalar_logarithm,
}
