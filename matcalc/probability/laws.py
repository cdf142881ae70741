"""Random names with what is known of them as expressions: mean, covariance, and whether all moments follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from sympy import Expr, Integer, Rational, Symbol, factorial
from sympy.functions.combinatorial.numbers import stirling

from ..algebra.build import build
from ..algebra.constants import eye, shape_of, zero_of, zeros
from ..algebra.constructors import broadcast, scale, transpose
from ..algebra.expressions import ONE, ArraySymbol, dependent, is_array
from ..algebra.products import matmul
from ..answers.shown import expression_text
from ..errors import ArgumentError, NoRuleError, ShapeError
from ..language.syntax import Tree
from .covariance import Crossed, Separate, Straight, Term
from .distributions import Distribution, within
from .reading import Reading


@dataclass(frozen=True)
class Law:
    """Names that are random together: ``symbols`` stand for them, ``means`` are their means.

    ``covariances`` maps pairs of places to the terms of their covariance, ``gaussian``: whether all moments follow from
    both. ``moment(k)`` is the raw moment of a scalar that is not Gaussian; ``latent`` is the Gaussian law of a matrix
    and the expression of the name in it. ``where``: the conditions under which means exist, and those of covariances.
    """

    distribution: Distribution
    symbols: tuple[Expr, ...]
    means: tuple[Expr, ...]
    covariances: dict[tuple[int, int], list[Term]] = field(default_factory=dict)
    gaussian: bool = False
    moment: Callable[[int], Expr] | None = None
    latent: tuple[Law, Expr] | None = None
    where: tuple[str, ...] = ()

    @property
    def at_mean(self) -> dict[Expr, Expr]:
        """The means in the place of the names."""
        return dict(zip(self.symbols, self.means))

    def matrix(self, i: int, j: int) -> Expr:
        """Return the covariance matrix of two columns, or of the rows of a matrix, whose covariance is one term."""
        (term,) = self.covariances[i, j]
        return cast("Straight", term).left

    def parameters(self) -> list[Expr]:
        """Return the expressions that the law is made of."""
        found = list(self.means)
        for terms in self.covariances.values():
            for term in terms:
                found += [term.one, term.other] if isinstance(term, Separate) else [term.left, term.right]
        return found


def free_symbol(name: str, shape: tuple[Expr, Expr]) -> Expr:
    """Return the symbol of a random name, of whose entries nothing is known."""
    return Symbol(name, real=True) if shape == (ONE, ONE) else ArraySymbol(name, *shape)


def environment(reading: Reading) -> dict[str, Expr]:
    """Return what the names of a reading stand for, the random ones without any facts."""
    whole = reading.elaborated
    env = {**whole.sizes, **whole.symbols}
    return {**env, **{name: free_symbol(name, whole.shapes[name]) for name in reading.random}}


def laws_of(reading: Reading) -> list[Law]:
    """Return the laws of a reading, those whose parameters are random themselves before the laws of these."""
    env = environment(reading)
    laws = [_law(distribution, env, reading) for distribution in reading.distributions]
    return _inner_first(laws)


def _inner_first(laws: list[Law]) -> list[Law]:
    ordered: list[Law] = []
    waiting = list(laws)
    while waiting:
        for law in waiting:
            used = [part for other in waiting if other is not law for part in other.parameters()]
            if not any(dependent(part, set(law.symbols)) for part in used):
                waiting.remove(law)
                ordered.append(law)
                break
        else:
            names = ", ".join(name for law in waiting for name in law.distribution.names)
            message = f"the distributions of {names} depend on one another"
            raise ArgumentError(message, hint="give one by the others only")
    return ordered


def _law(distribution: Distribution, env: dict, reading: Reading) -> Law:
    try:
        return _MAKERS.get(distribution.kind.name, _scalar)(distribution, env, reading)
    except ShapeError as error:
        raise within(error, distribution.text, distribution.offset) if error.source is None else error from None


def _value(tree: Tree, env: dict, reading: Reading) -> Expr:
    return build(tree, env, reading.book)


def _of_shape(value: Expr, shape: tuple[Expr, Expr], what: str, tree: Tree, law: Distribution) -> Expr:
    if shape_of(value) == shape:
        return value
    if value == 0:
        return zero_of(shape)
    if what == "mean" and not is_array(value):
        return broadcast(value, shape)
    fits = "×".join(map(str, shape))
    hint = f"declare it as {fits}"
    if not is_array(value) and shape[0] == shape[1]:
        hint = f"write {expression_text(scale(value, eye(shape[0])))}"
    error = ShapeError(f"the {what} is not {fits}", span=tree.span, hint=hint)
    raise within(error, law.text, law.offset)


def _symmetric(value: Expr, what: str, tree: Tree, law: Distribution) -> Expr:
    if transpose(value) is value or transpose(value) == value:
        return value
    shown = expression_text(value)
    error = ArgumentError(
        f"the {what} {shown} is not known to be symmetric", span=tree.span, hint='declare its parts --assume "S psd"'
    )
    raise within(error, law.text, law.offset)


def _moments(law: Distribution, env: dict, reading: Reading) -> Law:
    symbols = tuple(env[name] for name in law.names)
    shapes = [shape_of(symbol) for symbol in symbols]
    for name, shape in zip(law.names, shapes):
        if shape[1] != 1:
            hint = f"for a matrix write {name} ~ MN(M, U, V), with the covariances of rows and columns"
            error = ShapeError(f"{name} is a matrix, and a covariance matrix is for columns", hint=hint)
            error.source = law.text
            raise error
    means = tuple(
        _of_shape(_value(tree, env, reading), shape, "mean", tree, law) for tree, shape in zip(law.mean, shapes)
    )
    covariances: dict[tuple[int, int], list[Term]] = {}
    found: dict[tuple[int, int], Expr] = {}
    for i, row in enumerate(law.covariance):
        for j, tree in enumerate(row):
            value = _of_shape(_value(tree, env, reading), (shapes[i][0], shapes[j][0]), "covariance", tree, law)
            if i == j:
                _symmetric(value, "covariance", tree, law)
            known = transpose(found[j, i]) if (j, i) in found else value
            if known != value:
                hint = f"write {expression_text(known)}"
                asymmetric = ArgumentError("the covariance is not symmetric", span=tree.span, hint=hint)
                raise within(asymmetric, law.text, law.offset)
            found[i, j] = value
            covariances[i, j] = [Straight(value)]
    return Law(law, symbols, means, covariances, gaussian=law.is_gaussian)


def _matrix_normal(law: Distribution, env: dict, reading: Reading) -> Law:
    (symbol,) = (env[name] for name in law.names)
    rows, cols = shape_of(symbol)
    mean, of_rows, of_cols = (_value(tree, env, reading) for tree in law.parameters)
    mean = _of_shape(mean, (rows, cols), "mean", law.parameters[0], law)
    left = _of_shape(of_rows, (rows, rows), "covariance of the rows", law.parameters[1], law)
    right = _of_shape(of_cols, (cols, cols), "covariance of the columns", law.parameters[2], law)
    _symmetric(left, "covariance of the rows", law.parameters[1], law)
    _symmetric(right, "covariance of the columns", law.parameters[2], law)
    return Law(law, (symbol,), (mean,), {(0, 0): [Straight(left, right)]}, gaussian=True)


def _scale_and_degrees(law: Distribution, env: dict, reading: Reading) -> tuple[Expr, Expr, Expr]:
    (symbol,) = (env[name] for name in law.names)
    size, degrees = shape_of(symbol)[0], _value(law.parameters[1], env, reading)
    matrix = _of_shape(_value(law.parameters[0], env, reading), (size, size), "scale", law.parameters[0], law)
    _symmetric(matrix, "scale", law.parameters[0], law)
    _of_shape(degrees, (ONE, ONE), "number of degrees of freedom", law.parameters[1], law)
    return symbol, matrix, degrees


def _wishart(law: Distribution, env: dict, reading: Reading) -> Law:
    """W = X@X.T for columns of X that are N(0, V): E W = nu*V (Gupta & Nagar 2000, theorem 3.3.15)."""
    symbol, matrix, degrees = _scale_and_degrees(law, env, reading)
    terms: list[Term] = [Straight(scale(degrees, matrix), matrix), Crossed(scale(degrees, matrix), matrix)]
    columns = Symbol("number of columns", integer=True, positive=True)
    root = ArraySymbol(f"root of {law.names[0]}", matrix.rows, columns)
    whole = matmul(root, transpose(root))
    inner = Law(law, (root,), (zeros(*root.shape),), {(0, 0): [Straight(matrix, eye(columns))]}, gaussian=True)
    return Law(law, (symbol,), (scale(degrees, matrix),), {(0, 0): terms}, latent=(inner, whole))


def latent_size(law: Law, inner: Law) -> dict[Expr, Expr]:
    """Return the number of columns that a latent Gaussian matrix has, which is the degrees of freedom."""
    mean, matrix = law.means[0], inner.matrix(0, 0)
    factor = mean.args[0] if mean != matrix else ONE
    return {inner.symbols[0].cols: factor}


def _inverse_wishart(law: Distribution, env: dict, reading: Reading) -> Law:
    """Mean Psi/(nu - p - 1), and its covariance (Gupta & Nagar 2000, theorem 3.4.3)."""
    symbol, matrix, degrees = _scale_and_degrees(law, env, reading)
    size = matrix.rows
    first = degrees - size - 1
    mean = scale(1 / first, matrix)
    common = 1 / ((degrees - size) * first**2 * (degrees - size - 3))
    halves = scale(first * common, matrix)
    terms: list[Term] = [
        Separate(scale(2 * common, matrix), matrix),
        Straight(halves, matrix),
        Crossed(halves, matrix),
    ]
    where = tuple(f"{expression_text(degrees)} > {expression_text(size + more)}" for more in (1, 3))
    return Law(law, (symbol,), (mean,), {(0, 0): terms}, where=where)


def _scalar(law: Distribution, env: dict, reading: Reading) -> Law:
    (symbol,) = (env[name] for name in law.names)
    if is_array(symbol):
        error = ShapeError(f"{law.names[0]} is an array, and the {law.kind.name} distribution is of a number")
        error.source = law.text
        raise error
    values = [
        _of_shape(_value(tree, env, reading), (ONE, ONE), what, tree, law)
        for tree, what in zip(law.parameters, law.kind.parameters)
    ]
    moment = _RAW_MOMENTS[law.kind.name](*values)
    variance = (moment(2) - moment(1) ** 2).factor()
    return Law(law, (symbol,), (moment(1),), {(0, 0): [Straight(variance)]}, moment=moment)


def _uniform(low: Expr, high: Expr) -> Callable[[int], Expr]:
    """E x**k = sum of low**i*high**(k - i) over i, divided by k + 1: the quotient multiplied out."""
    return lambda k: sum((low**i * high ** (k - i) for i in range(k + 1)), Integer(0)) * Rational(1, k + 1)


_RAW_MOMENTS: dict[str, Callable[..., Callable[[int], Expr]]] = {
    "exponential": lambda rate: lambda k: factorial(k) / rate**k,
    "Poisson": lambda mean: lambda k: sum((stirling(k, i) * mean**i for i in range(k + 1)), Integer(0)),
    "Bernoulli": lambda p: lambda k: p if k else ONE,
    "uniform": _uniform,
}
_MAKERS = {
    "normal": _moments,
    "moments": _moments,
    "matrix normal": _matrix_normal,
    "Wishart": _wishart,
    "inverse Wishart": _inverse_wishart,
}


def needs_gaussian(law: Law, degree: int | None) -> NoRuleError:
    """Return the refusal of a moment that does not follow from what is known of a law."""
    names, kind = ", ".join(law.distribution.names), law.distribution.kind.name
    order = "all moments" if degree is None else f"moments of order {degree}"
    if kind == "moments":
        name = law.distribution.names[0]
        return NoRuleError(
            f"needs Gaussian: this takes {order} of {names}, and only mean and covariance are known",
            hint=f'where {names} is Gaussian, declare --dist "{name} ~ N(…)"',
        )
    return NoRuleError(f"this takes {order} of {names}, of which no formula is known for the {kind} distribution")

