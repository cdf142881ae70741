"""The expectation of an expression: what is linear at the mean, the rest by contracted differentials.

For a function of degree two in random names its second-order Taylor polynomial at the mean is exact, whatever the
distribution: E f = f(m) + half the contraction of its second differential with the covariance. For Gaussian names
E f(m + z) = exp(D/2) f(m), where D contracts the second differential (the heat equation; Isserlis' theorem is the
case of a product), a finite sum for every polynomial. An exponential of a quadratic form leaves a Gaussian law with
another mean and covariance, under which the expectation of its factor is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Integer, Mul, Pow, Rational, Symbol, factorial

from ..algebra.build import build
from ..algebra.constants import eye, ones, shape_of, zero_of
from ..algebra.constructors import add, hadamard, scale, transpose
from ..algebra.expressions import (
    ONE,
    ArrayFunction,
    ArraySymbol,
    Hadamard,
    MatMul,
    ScalarFunction,
    dependent,
    is_array,
    postorder,
)
from ..algebra.products import matmul, matrix_power
from ..algebra.substitute import rewrite, substitute
from ..algebra.traces import frobenius_product
from ..answers.shown import expression_text
from ..calculus.adjoint import gradient
from ..calculus.identify import jacobian
from ..calculus.linearise import linearise
from ..calculus.shortening.shorten import simplify
from ..errors import NoRuleError
from .contract import contract
from .covariance import Straight
from .degree import degree
from .laws import Law, latent_size, needs_gaussian

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule

MAX_DEGREE = 16


@dataclass
class Record:
    """What was used on the way: lines of the derivation (rule, expression or None, source), and conditions."""

    lines: list[tuple[str, Expr | None, str]] = field(default_factory=list)
    where: list[str] = field(default_factory=list)

    def say(self, text: str, value: Expr | None, source: str) -> None:
        """Add a line."""
        self.lines.append((text, value, source))

    def require(self, *conditions: str) -> None:
        """Add conditions."""
        self.where += [condition for condition in conditions if condition not in self.where]


def changes(law: Law, mark: str) -> list[Expr]:
    """Return symbols for changes of the random names; no name in the language has a blank."""
    return changes_of(law.symbols, mark)


def changes_of(symbols: Iterable[Expr], mark: str = "one") -> list[Expr]:
    """Return symbols for changes of names, in their shapes."""
    return [
        ArraySymbol(f"d {mark} {symbol.name}", *symbol.shape)
        if is_array(symbol)
        else Symbol(f"d {mark} {symbol.name}", real=True)
        for symbol in symbols
    ]


def half_laplacian(function: Expr, law: Law, book: Book) -> Expr:
    """Return half the contraction of the second differential of a function with a law's covariance."""
    one, other = changes(law, "one"), changes(law, "other")
    parts = []
    for (i, j), terms in law.covariances.items():
        if i > j or not terms:
            continue
        first = linearise(function, {law.symbols[i]: one[i]}, book)
        second = linearise(first, {law.symbols[j]: other[j]}, book)
        value = contract(second, one[i], other[j], terms, book)
        parts.append(scale(Rational(1, 2), value) if i == j else value)
    return add(*parts) if parts else zero_of(shape_of(function))


def expectation(function: Expr, law: Law, book: Book, record: Record) -> Expr:
    """Return the mean of a function over one law, an expression in which its names do not occur.

    Raises NoRuleError where it does not follow from what is known, or where there is no closed form.
    """
    variables = set(law.symbols)
    if function not in dependent(function, variables):
        return function
    order = degree(function, variables)
    record.require(*law.where[:1] if order == 1 else law.where[1:])
    if order is not None and order > MAX_DEGREE:
        raise NoRuleError(f"a moment of order {order}; at most {MAX_DEGREE} are taken", hint="take a lower power")
    if order == 1:
        value = substitute(function, law.at_mean)
        record.say("linear: the mean in the place of the name", value, "Matrix Cookbook, linear forms")
        return value
    if law.moment is not None:
        return _by_raw_moments(function, law, law.moment, order, book, record)
    if order == 2:
        return _second_order(function, law, book, record)
    if law.latent is not None and order is not None:
        return _of_latent(function, law, *law.latent, book, record)
    if not law.gaussian:
        raise needs_gaussian(law, order)
    if order is not None:
        return _heat(function, law, order, book, record)
    return _with_exponentials(function, law, book, record)


def _second_order(function: Expr, law: Law, book: Book, record: Record) -> Expr:
    first = substitute(function, law.at_mean)
    second = substitute(half_laplacian(function, law, book), law.at_mean)
    names = ", ".join(law.distribution.names)
    record.say("the value at the mean", first, "Taylor's theorem, exact in degree two")
    told = f"half the second differential, each pair of changes of {names} replaced by their covariance"
    record.say(told, second, law.distribution.kind.source)
    return add(first, second)


def smoothed(function: Expr, law: Law, order: int, book: Book) -> list[Expr]:
    """Return the terms of E f(x + z) for Gaussian z of mean 0, as functions of x."""
    terms = [function]
    for k in range(1, order // 2 + 1):
        term = simplify(scale(Rational(1, k), half_laplacian(terms[-1], law, book)), book)
        if term == zero_of(shape_of(function)):
            break
        terms.append(term)
    return terms


def _heat(function: Expr, law: Law, order: int, book: Book, record: Record) -> Expr:
    terms = [substitute(term, law.at_mean) for term in smoothed(function, law, order, book)]
    record.say("the value at the mean", terms[0], "the heat equation: E f(m + z) = exp(D/2) f(m)")
    for k, term in enumerate(terms[1:], 1):
        pairs = "one pair" if k == 1 else f"{k} pairs"
        record.say(f"{pairs} of factors contracted with the covariance", term, "Isserlis' theorem; Matrix Cookbook 8.2")
    return add(*terms)


def _of_latent(function: Expr, law: Law, inner: Law, whole: Expr, book: Book, record: Record) -> Expr:
    """A Wishart matrix is X@X.T for a Gaussian X: a polynomial in it is one in X."""
    record.say("a Wishart matrix is X@X.T, the columns of X independent N(0, V)", None, law.distribution.kind.source)
    value = expectation(substitute(function, {law.symbols[0]: whole}), inner, book, Record())
    return substitute_size(value, latent_size(law, inner))


def substitute_size(value: Expr, sizes: dict[Expr, Expr]) -> Expr:
    """Return an expression with a size as a number replaced; no array in it may have that size."""
    for node in postorder(value):
        if is_array(node) and any(size in node.shape for size in sizes):
            raise NoRuleError("this moment of a Wishart matrix has no closed form here")
    return rewrite(value, lambda node: sizes.get(node, node))


def _by_raw_moments(
    function: Expr, law: Law, moment: Callable[[int], Expr], order: int | None, book: Book, record: Record
) -> Expr:
    if order is None:
        raise needs_gaussian(law, None)
    (symbol,), value = law.symbols, zero_of(shape_of(function))
    derivative = function
    for k in range(order + 1):
        at_zero = substitute(derivative, {symbol: Integer(0)})
        value = add(value, scale(moment(k) / factorial(k), at_zero))
        derivative = linearise(derivative, {symbol: ONE}, book)
    record.say("powers replaced by raw moments", value, law.distribution.kind.source)
    return value


# -- beyond polynomials ----------------------------------------------------------------------------------------------


def _with_exponentials(function: Expr, law: Law, book: Book, record: Record) -> Expr:
    """A sum of polynomials, of polynomials times exponentials of quadratics, and of functions with a Gaussian mean."""
    variables = set(law.symbols)
    atoms: dict[Expr, Expr] = {}

    def named(node: Expr) -> Expr:
        if not _is_atom(node, variables, book):
            return node
        known = next((symbol for symbol, other in atoms.items() if other == node), None)
        if known is None:
            name = f"atom {len(atoms)}"
            known = ArraySymbol(name, *node.shape) if is_array(node) else Symbol(name, real=True)
            atoms[known] = node
        return known

    shape = rewrite(_joined(function, variables, book), named)
    stands = set(atoms)
    order = degree(shape, stands)
    if order is None or order > 1 or degree(shape, variables) is None:
        raise _no_mean(shape, variables | stands, law, book)
    rest = substitute(shape, {symbol: zero_of(shape_of(symbol)) for symbol in atoms})
    total = expectation(rest, law, book, record)
    for symbol, node in atoms.items():
        change = ArraySymbol(f"d {symbol.name}", *symbol.shape) if is_array(symbol) else Symbol("d atom", real=True)
        part = linearise(shape, {symbol: change}, book)
        total = add(total, _atom_mean(part, change, node, law, book, record))
    return total


def _is_atom(node: Expr, variables: set[Expr], book: Book) -> bool:
    rule = _rule_of(node, book)
    if rule is None or rule.normal is None or node not in dependent(node, variables):
        return False
    order = degree(node.args[0], variables)
    return order == 1 or order == 2 and rule.name == "exp" and not is_array(node)


def _rule_of(node: Expr, book: Book) -> Rule | None:
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule if len(node.args) == 1 else None
    if isinstance(node, sympy.Function) and len(node.args) == 1:
        return next((rule for rule in book.rules if rule.sympy == type(node).__name__), None)
    return None


def _joined(function: Expr, variables: set[Expr], book: Book) -> Expr:
    """Return a function whose powers of exponentials are exponentials: exp(x)**2 is exp(2*x)."""

    def change(node: Expr) -> Expr:
        if type(node).__name__ == "Power" or isinstance(node, Pow):
            base, exponent = node.args
            rule = _rule_of(base, book)
            if rule is not None and rule.name == "exp" and not is_array(exponent):
                return rule.apply(scale(exponent, base.args[0]))
        if isinstance(node, MatMul) and len(node.args) == 2 and node.args[0].is_column:
            one, other = (_exponent(part, book) for part in (node.args[0], transpose(node.args[1])))
            rule = _rule_of(node.args[0], book)
            if rule is not None and one is not None and other is not None:
                wide = add(matmul(one, ones(ONE, other.rows)), matmul(ones(one.rows), transpose(other)))
                return rule.apply(wide)
        if isinstance(node, Hadamard):
            exponents = [inner for part in node.args if (inner := _exponent(part, book)) is not None]
            rule = _rule_of(node.args[0], book)
            if rule is not None and len(exponents) == len(node.args):
                return rule.apply(add(*exponents))
        return node

    return rewrite(function, change)


def _exponent(node: Expr, book: Book) -> Expr | None:
    """Return X for exp(X), None for everything else."""
    rule = _rule_of(node, book)
    return node.args[0] if rule is not None and rule.name == "exp" else None


def _no_mean(shape: Expr, variables: set[Expr], law: Law, book: Book) -> NoRuleError:
    names = ", ".join(law.distribution.names)
    hard = [node for node in postorder(shape) if node in dependent(node, variables) and degree(node, variables) is None]
    what = expression_text(hard[0]) if hard and "atom" not in expression_text(hard[0]) else "this function"
    known = ", ".join(dict.fromkeys(rule.name for rule in book.rules if rule.normal is not None))
    return NoRuleError(
        f"no closed form is known for the expectation of {what} under the distribution of {names}",
        hint=f"known are polynomials, exp of a quadratic form, and {known} of what is linear in {names}",
    )


def _atom_mean(part: Expr, change: Expr, node: Expr, law: Law, book: Book, record: Record) -> Expr:
    """Return the mean of part(node), where ``part`` is linear in the symbol ``change``."""
    variables, rule = set(law.symbols), _rule_of(node, book)
    if rule is None or rule.normal is None:
        raise _no_mean(node, variables, law, book)
    if rule.name == "exp" and not is_array(node):
        factor = substitute(part, {change: ONE})
        mass, tilted = _tilted(node.args[0], law, book, record)
        return scale(mass, expectation(factor, tilted, book, record))
    if part in dependent(part, variables):
        raise _no_mean(node, variables, law, book)
    mean = substitute(node.args[0], law.at_mean)
    variance = substitute(variance_of_entries(node.args[0], law, book), law.at_mean)
    (parameter,) = rule.params
    rows, cols = shape_of(mean)
    value = build(rule.normal, {parameter.name: mean, "V": variance, "n": rows, "m": cols}, rule.book)
    told = f"the mean of {rule.name} of a Gaussian variable, entry by entry"
    record.say(told, value, "an integral over the normal density")
    return substitute(part, {change: value})


def variance_of_entries(node: Expr, law: Law, book: Book) -> Expr:
    """Return the variances of the entries of an array that is linear in the names of a law, in its shape."""
    one, other = changes(law, "one"), changes(law, "other")
    parts = []
    for (i, j), terms in law.covariances.items():
        first = linearise(node, {law.symbols[i]: one[i]}, book)
        second = linearise(node, {law.symbols[j]: other[j]}, book)
        form = hadamard(first, second) if is_array(node) else Mul(first, second)
        parts.append(contract(form, one[i], other[j], terms, book))
    return add(*parts) if parts else zero_of(shape_of(node))


def _tilted(exponent: Expr, law: Law, book: Book, record: Record) -> tuple[Expr, Law]:
    """Return E exp(q) and the Gaussian law whose density is that of the law times exp(q), divided by it."""
    if degree(exponent, set(law.symbols)) == 1:
        return _shifted(exponent, law, book, record)
    if len(law.symbols) > 1 or shape_of(law.symbols[0])[1] != 1:
        hint = "write the joint column as one name"
        raise NoRuleError("exp of a quadratic form is taken of one column only", hint=hint)
    (symbol,), covariance = law.symbols, law.matrix(0, 0)
    (change,) = changes(law, "one")
    slope = linearise(exponent, {symbol: change}, book)
    if not is_array(symbol):
        slope = substitute(slope, {change: ONE})
        curvature = linearise(slope, {symbol: ONE}, book)
        spread = covariance / (1 - covariance * curvature)
        factor = (1 - covariance * curvature) ** Rational(-1, 2)
    else:
        slope = gradient(slope, change, book)
        curvature = simplify(jacobian(linearise(slope, {symbol: change}, book), change, book), book)
        inner = add(eye(symbol.rows), scale(Integer(-1), matmul(covariance, curvature)))
        spread = matmul(matrix_power(inner, Integer(-1)), covariance)
        factor = _determinant(inner, book) ** Rational(-1, 2)
        precision = add(matrix_power(covariance, Integer(-1)), scale(Integer(-1), curvature))
        record.require(f"pd({expression_text(simplify(precision, book))})")
    slope = substitute(slope, law.at_mean)
    moved = matmul(spread, slope) if is_array(symbol) else spread * slope
    half = frobenius_product(slope, moved) / 2
    mass = factor * sympy.exp(substitute(exponent, law.at_mean) + simplify(half, book))
    record.say("the Gaussian integral of the exponential", mass, "Matrix Cookbook 8.1.1")
    mean = add(law.means[0], moved)
    return mass, replace(law, means=(mean,), covariances={(0, 0): [Straight(spread)]})


def _determinant(matrix: Expr, book: Book) -> Expr:
    (rule,) = book.named("det")
    return rule.apply(matrix)


def _shifted(exponent: Expr, law: Law, book: Book, record: Record) -> tuple[Expr, Law]:
    """E exp(q) for a linear q is exp(E q + Var(q)/2); the means move by the covariance with q."""
    variance = variance_of_entries(exponent, law, book)
    mass = sympy.exp(add(substitute(exponent, law.at_mean), scale(Rational(1, 2), variance)))
    record.say("E exp(q) = exp(E q + Var(q)/2) for a Gaussian q", mass, "the moment-generating function")
    one = changes(law, "one")
    means = []
    for j, mean in enumerate(law.means):
        for i, symbol in enumerate(law.symbols):
            slope = linearise(exponent, {symbol: one[i]}, book)
            weight = gradient(slope, one[i], book) if is_array(symbol) else substitute(slope, {one[i]: ONE})
            for term in law.covariances[i, j]:
                mean = add(mean, term.moved(weight))
        means.append(mean)
    return mass, replace(law, means=tuple(means))

