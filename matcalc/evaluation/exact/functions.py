"""The functions that a torch line may call, on arrays of any arithmetic; the names are torch's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from operator import mul
from typing import Any

from ...bounds import MAX_CHECKED_ENTRIES as MAX_ENTRIES
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, NoValue, exchanged, from_rows, lines_along, picked, reshape, transpose

# functions of single entries by torch's names: what the arithmetic calls them
ENTRYWISE = {
    "torch.exp": "exp",
    "torch.log": "log",
    "torch.sqrt": "sqrt",
    "torch.sin": "sin",
    "torch.cos": "cos",
    "torch.tan": "tan",
    "torch.asin": "asin",
    "torch.acos": "acos",
    "torch.atan": "atan",
    "torch.sinh": "sinh",
    "torch.cosh": "cosh",
    "torch.tanh": "tanh",
    "torch.asinh": "asinh",
    "torch.acosh": "acosh",
    "torch.atanh": "atanh",
    "torch.log2": "log2",
    "torch.log10": "log10",
    "torch.exp2": "exp2",
    "torch.sigmoid": "sigmoid",
    "torch.special.expit": "sigmoid",
    "torch.nn.functional.sigmoid": "sigmoid",
    "torch.nn.functional.tanh": "tanh",
    "torch.nn.functional.softplus": "softplus",
    "torch.log1p": "log1p",
    "torch.expm1": "expm1",
    "torch.erf": "erf",
    "torch.special.erf": "erf",
    "torch.special.erfc": "erfc",
    "torch.special.ndtr": "normcdf",
    "torch.special.erfinv": "erfinv",
    "torch.special.ndtri": "norminv",
    "torch.special.log_ndtr": "lognormcdf",
    "torch.special.gammaln": "lgamma",
    "torch_functions.lgamma": "lgamma",
    "torch.special.digamma": "digamma",
    "torch_functions.digamma": "digamma",
    "torch.special.sinc": "sinc",
    "torch.nn.functional.logsigmoid": "logsigmoid",
    "torch.reciprocal": "inverse_of",
}


def _axes(A: Array, dims: Any) -> tuple:
    if dims is None:
        return tuple(range(len(A.shape)))
    return tuple(axis % len(A.shape) for axis in (dims if isinstance(dims, tuple) else (dims,)))


def _reduce(A: Array, dims: Any, keepdim: bool, function: Any) -> Array:
    """Return a function of the lists of entries along some dimensions, which lose their size or get 1."""
    axes = _axes(A, dims)
    if len(axes) == len(A.shape):
        entries = [function(A.entries)]
    elif len(axes) == 1:
        entries = [function(line) for line in lines_along(A, axes[0])]
    else:
        raise NotExact(f"a reduction over dimensions {axes}")
    kept = [1 if axis in axes else size for axis, size in enumerate(A.shape) if keepdim or axis not in axes]
    return Array(tuple(kept), entries)


def total(c: Arithmetic, A: Array, dim: Any = None, keepdim: bool = False) -> Array:
    if dim is None and not keepdim:
        return Array((), c.reduced([c.total(A.entries)]))
    found = _reduce(A, dim, keepdim, c.total)
    return Array(found.shape, c.reduced(found.entries))


def mean(c: Arithmetic, A: Array, dim: Any = None, keepdim: bool = False) -> Array:
    counted = prod(A.shape[axis] for axis in _axes(A, dim))
    return c.scale(Fraction(1, counted), total(c, A, dim, keepdim))


def product(c: Arithmetic, A: Array, dim: Any = None, keepdim: bool = False) -> Array:
    return _reduce(A, dim, keepdim, c.product)


def logsumexp(c: Arithmetic, A: Array, dim: Any, keepdim: bool = False) -> Array:
    return c.apply(c.log, total(c, c.apply(c.exp, A), dim, keepdim))


def softmax(c: Arithmetic, A: Array, dim: int) -> Array:
    grown = c.apply(c.exp, A)
    return c.divide(grown, total(c, grown, dim, True))


def log_softmax(c: Arithmetic, A: Array, dim: int) -> Array:
    return c.subtract(A, logsumexp(c, A, dim, True))


def logaddexp(c: Arithmetic, A: Array, B: Array) -> Array:
    return c.combine(lambda a, b: c.log(c.exp(a) + c.exp(b)), A, B)


# -- kinks: the decisions of an order, and at ties what docs/conventions.md says ------------------------------------


def signs(c: Arithmetic, A: Array) -> Array:
    return Array(A.shape, [c.number(Fraction(c.sign(entry))) for entry in A.entries])


def hypot(c: Arithmetic, A: Array, B: Array) -> Array:
    return c.combine(lambda a, b: c.sqrt(a * a + b * b), A, B)


def atan2(c: Arithmetic, A: Array, B: Array) -> Array:
    """Return the angles of the points (b, a)."""
    return c.combine(lambda a, b: _angle(c, a, b), A, B)


def _angle(c: Arithmetic, a: Any, b: Any) -> Any:
    half_turn = c.pi()
    if c.certain_sign(b) > 0:
        return c.atan(c.quotient(a, b))
    if c.certain_sign(a) == 0:
        raise NotExact("the angle on the negative axis, where it jumps")
    quarter = half_turn * c.number(Fraction(c.certain_sign(a), 2))
    return quarter - c.atan(c.quotient(b, a))


def polygamma(c: Arithmetic, k: Array, A: Array) -> Array:
    """Return the k-th derivative of digamma."""
    order = whole(k) + 1
    if order < 2:
        raise NoValue("the order of polygamma is positive")
    return c.apply(lambda x: c.polygamma(order, x), A)


def absolute(c: Arithmetic, A: Array) -> Array:
    return Array(A.shape, c.reduced([_with_sign(c, entry, c.sign(entry)) for entry in A.entries]))


def _with_sign(c: Arithmetic, entry: Any, sign: int) -> Any:
    return entry if sign > 0 else -entry if sign < 0 else c.zero


def _difference(c: Arithmetic, a: Any, b: Any) -> Any:
    """Return a - b: 0 where both are the very same value, which two balls alone do not show."""
    return c.zero if a is b else a - b


def relu(c: Arithmetic, A: Array) -> Array:
    return Array(A.shape, [entry if c.sign(entry) > 0 else c.zero for entry in A.entries])


def step(c: Arithmetic, A: Array, values: Array | None = None) -> Array:
    """Return torch.heaviside: 0, 1 or at 0 the second argument."""
    at_zero = c.zero if values is None else values.entries[0]
    cases = {1: c.one, -1: c.zero, 0: at_zero}
    return Array(A.shape, [cases[c.sign(entry)] for entry in A.entries])


def larger(c: Arithmetic, A: Array, B: Array) -> Array:
    return c.combine(lambda a, b: _of_two(c, a, b, c.sign(_difference(c, a, b))), A, B)


def smaller(c: Arithmetic, A: Array, B: Array) -> Array:
    return c.combine(lambda a, b: _of_two(c, a, b, c.sign(_difference(c, b, a))), A, B)


def _of_two(c: Arithmetic, a: Any, b: Any, sign: int) -> Any:
    if a is b:
        return a
    return a if sign > 0 else b if sign < 0 else (a + b) * c.number(Fraction(1, 2))


def amax(c: Arithmetic, A: Array, dim: Any = None, keepdim: bool = False) -> Array:
    found = _reduce(A, dim, keepdim, lambda entries: _extreme(c, entries, 1))
    return Array(found.shape, c.reduced(found.entries))


def amin(c: Arithmetic, A: Array, dim: Any = None, keepdim: bool = False) -> Array:
    found = _reduce(A, dim, keepdim, lambda entries: _extreme(c, entries, -1))
    return Array(found.shape, c.reduced(found.entries))


def _extreme(c: Arithmetic, entries: list, side: int) -> Any:
    """Return the largest (smallest) entry; entries that tie share it."""
    best = [entries[0]]
    for entry in entries[1:]:
        sign = side * c.sign(_difference(c, entry, best[0]))
        if sign > 0:
            best = [entry]
        elif sign == 0:
            best.append(entry)
    return best[0] if len(best) == 1 else c.total(best) * c.number(Fraction(1, len(best)))


# -- arrays ---------------------------------------------------------------------------------------------------------


def _filled(c: Arithmetic, shape: tuple, entry: Any) -> Array:
    if prod(shape) > MAX_ENTRIES:
        raise NotExact(f"an array of {prod(shape)} entries is too large")
    return Array(shape, [entry] * prod(shape))


def eye(c: Arithmetic, n: int, m: int | None = None, **_: object) -> Array:
    if m is not None and m != n:
        rows = [[c.one if i == j else c.zero for j in range(m)] for i in range(n)]
        return from_rows(rows)
    return c.eye(n)


def ones(c: Arithmetic, *shape: int, **_: object) -> Array:
    return _filled(c, shape, c.one)


def zeros(c: Arithmetic, *shape: int, **_: object) -> Array:
    return _filled(c, shape, c.zero)


def zeros_like(c: Arithmetic, A: Array, **_: object) -> Array:
    return _filled(c, A.shape, c.zero)


def ones_like(c: Arithmetic, A: Array, **_: object) -> Array:
    return _filled(c, A.shape, c.one)


def outer(c: Arithmetic, a: Array, b: Array) -> Array:
    return c.multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


def diag(c: Arithmetic, A: Array) -> Array:
    """Return the diagonal matrix of a vector, or the diagonal of a matrix as a vector."""
    if len(A.shape) == 2:
        return diagonal(c, A)
    n = A.shape[0]
    found = zeros(c, n, n)
    found.entries[:: n + 1] = A.entries
    return found


def diagonal(c: Arithmetic, A: Array) -> Array:
    count = min(A.shape)
    return Array((count,), A.entries[:: A.shape[1] + 1][:count])


def trace(c: Arithmetic, A: Array) -> Array:
    return Array((), c.reduced([c.total(A.entries[:: A.shape[1] + 1])]))


def stacked(c: Arithmetic, parts: tuple, dim: int = 0) -> Array:
    """Return torch.cat; parts without an entry, as X[:, 3:] of three columns, add nothing."""
    parts = tuple(part for part in parts if part.entries) or parts[:1]
    if dim % 2 == 0:
        return from_rows([row for part in parts for row in part.rows()])
    return from_rows([sum(rows, []) for rows in zip(*(part.rows() for part in parts))])


def triangle(keeps: Callable[[int], bool]) -> Callable:
    """Return torch.tril or torch.triu: entries (i, j) are kept by how far they are above the diagonal, 0 elsewhere."""

    def function(c: Arithmetic, A: Array, diagonal: int = 0) -> Array:
        cols = A.shape[1]
        entries = [entry if keeps(k % cols - k // cols - diagonal) else c.zero for k, entry in enumerate(A.entries)]
        return Array(A.shape, entries)

    return function


def cumulated(c: Arithmetic, A: Array, dim: int) -> Array:
    """Return torch.cumsum of a matrix."""
    lines = A.rows() if dim % 2 else transpose(A).rows()
    summed = []
    for line in lines:
        totals = line[:1]
        for entry in line[1:]:
            totals.append(totals[-1] + entry)
        summed.append(c.reduced(totals))
    return from_rows(summed) if dim % 2 else transpose(from_rows(summed))


# -- linear algebra -----------------------------------------------------------------------------------------------


def det(c: Arithmetic, A: Array) -> Array:
    return Array((), [c.det(A)])


def slogdet(c: Arithmetic, A: Array) -> tuple:
    value = c.det(A)
    return None, Array((), [c.log_of_size(value)])


def squared_norm(c: Arithmetic, A: Array) -> Any:
    conjugates = A.entries if c.is_real else map(c.conjugate, A.entries)
    return c.reduced([c.total(list(map(mul, A.entries, conjugates)))])[0]


def vector_norm(c: Arithmetic, A: Array, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Array:
    if ord != 2:
        raise NotExact(f"a vector norm of order {ord}")
    if dim is None:
        return Array((), [c.sqrt(squared_norm(c, A))])
    squares = Array(A.shape, [entry * c.conjugate(entry) for entry in A.entries])
    return c.apply(c.sqrt, total(c, squares, dim, keepdim))


def matrix_norm(c: Arithmetic, A: Array, ord: Any = "fro") -> Array:
    if ord == "fro":
        return vector_norm(c, A)
    if ord in (1, float("inf")):
        return amax(c, total(c, absolute(c, A), 0 if ord == 1 else 1))
    values = singular_values(c, A)
    if ord == 2:
        return Array((), [values[-1]])
    if ord == "nuc":
        return Array((), c.reduced([c.total(values)]))
    raise NotExact(f"a matrix norm of order {ord}")


def singular_values(c: Arithmetic, A: Array) -> list:
    """Return the singular values, ascending; they must be simple and not 0."""
    turned = transpose(A)
    gram = c.matmul(turned, A) if A.shape[0] >= A.shape[1] else c.matmul(A, turned)
    return [c.sqrt(value) for value in c.eigen(gram)[0]]


def solve(c: Arithmetic, A: Array, B: Array) -> Array:
    return c.solve(A, B)


def matrix_power(c: Arithmetic, A: Array, k: Any) -> Array:
    return c.matrix_power(A, whole(k))


def whole(k: Any) -> int:
    """Return the integer that an argument stands for."""
    value = k.constant if isinstance(k, Array) else k
    if value is None or value != int(value):
        raise NotExact("an exponent of a matrix that is no known integer")
    return int(value)


def symmetric_part(c: Arithmetic, A: Array) -> Array:
    """Return (A + A.T)/2: in a direction that is not symmetric, torch's eigh follows the symmetric part."""
    return c.scale(Fraction(1, 2), c.add(A, transpose(A)))


def eigvalsh(c: Arithmetic, A: Array) -> Array:
    return Array((A.shape[0],), c.eigen(symmetric_part(c, A))[0])


def clamp(c: Arithmetic, A: Array, min: Any = None, max: Any = None) -> Array:
    lowest, highest = (end if end is None or isinstance(end, Array) else c.array(end) for end in (min, max))
    found = A if lowest is None else larger(c, A, lowest)
    return found if highest is None else smaller(c, found, highest)


def gelu(c: Arithmetic, A: Array, approximate: str = "none") -> Array:
    half = c.number(Fraction(1, 2))
    if approximate == "none":
        return c.apply(lambda x: x * c.normcdf(x), A)
    root, cubic = c.sqrt(c.quotient(c.number(Fraction(2)), c.pi())), c.number(Fraction("0.044715"))
    return c.apply(lambda x: half * x * (c.one + c.tanh(root * (x + cubic * x * x * x))), A)


FUNCTIONS = {
    "torch.conj": lambda c, A: c.apply(c.conjugate, A),
    "torch.real": lambda c, A: c.apply(c.real_part, A),
    "torch_functions.imag": lambda c, A: c.apply(c.imaginary_part, A),
    "torch.abs": absolute,
    "torch.amax": amax,
    "torch.atan2": atan2,
    "torch.amin": amin,
    "torch.cat": stacked,
    "torch.clamp": clamp,
    "torch.det": det,
    "torch.diag": diag,
    "torch.diagonal": diagonal,
    "torch.eye": eye,
    "torch.heaviside": step,
    "torch.hypot": hypot,
    "torch.kron": lambda c, A, B: c.kron(A, B),
    "torch.linalg.det": det,
    "torch.linalg.eigvalsh": eigvalsh,
    "torch.linalg.inv": lambda c, A: c.inverse(A),
    "torch.linalg.matrix_exp": lambda c, A: c.expm(A),
    "torch.linalg.matrix_norm": matrix_norm,
    "torch.linalg.matrix_power": matrix_power,
    "torch.linalg.pinv": lambda c, A: c.pseudoinverse(A),
    "torch.linalg.slogdet": slogdet,
    "torch.linalg.solve": solve,
    "torch.linalg.vector_norm": vector_norm,
    "torch.log_softmax": log_softmax,
    "torch.logaddexp": logaddexp,
    "torch.logsumexp": logsumexp,
    "torch.matmul": lambda c, A, B: c.matmul(A, B),
    "torch.max": amax,
    "torch.maximum": larger,
    "torch.mean": mean,
    "torch.min": amin,
    "torch.minimum": smaller,
    "torch.mul": lambda c, A, B: c.multiply(A, B),
    "torch.nn.functional.gelu": gelu,
    "torch.nn.functional.mish": lambda c, A: c.multiply(A, c.apply(lambda x: c.tanh(c.softplus(x)), A)),
    "torch.nn.functional.relu": relu,
    "torch.nn.functional.silu": lambda c, A: c.multiply(A, c.apply(c.sigmoid, A)),
    "torch.nn.functional.softmax": softmax,
    "torch.ones": ones,
    "torch.ones_like": ones_like,
    "torch.outer": outer,
    "torch.pow": lambda c, A, B: c.power(A, B if isinstance(B, Array) else c.array(B)),
    "torch.prod": product,
    "torch.relu": relu,
    "torch.rsqrt": lambda c, A: c.apply(lambda x: c.inverse_of(c.sqrt(x)), A),
    "torch.angle": lambda c, A: c.apply(lambda x: c.zero if c.sign(x) > 0 else c.pi(), A),
    "torch.sign": signs,
    "torch.softmax": softmax,
    "torch.square": lambda c, A: c.multiply(A, A),
    "torch.sum": total,
    "torch.trace": trace,
    "torch.cumsum": cumulated,
    "torch.tril": triangle(lambda above: above <= 0),
    "torch.triu": triangle(lambda above: above >= 0),
    "torch.zeros": zeros,
    "torch.zeros_like": zeros_like,
    "torch_functions.polygamma": polygamma,
}

METHODS = {
    "contiguous": lambda c, A: A,
    "detach": lambda c, A: c.constant_of(A),
    "diagonal": diagonal,
    "flatten": lambda c, A: reshape(A, (-1,)),
    "mean": mean,
    "reshape": lambda c, A, *shape: reshape(A, shape),
    "squeeze": lambda c, A, dim: picked(A, (*[slice(None)] * (dim % len(A.shape)), 0)),
    "sum": total,
    "transpose": lambda c, A, one, other: exchanged(A, one, other),
    "unsqueeze": lambda c, A, dim: picked(A, (*[slice(None)] * (dim % (len(A.shape) + 1)), None)),
}
