"""Inequalities among norms, sums, extrema and traces of one array, and of inner products by norms.

A negative term is replaced by its largest value beside a positive one: norm(x) is at most norm1(x), and norm1(x) at
most sqrt(n)*norm(x). What is left of both is a claim of its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import product
from typing import Any, NamedTuple

from sympy import Add, Expr, Matrix, Mul, Pow, Rational, S

from ...algebra.build import build
from ...algebra.constants import eye, is_constant
from ...algebra.constructors import add, scale, transpose
from ...algebra.expressions import (
    ArrayFunction,
    Hadamard,
    InnerProduct,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    Sum,
    Trace,
    Transpose,
    coefficient,
    is_array,
)
from ...algebra.products import matmul
from ...algebra.traces import trace
from ...language.syntax import parse_tree
from ..kinds import DEFINITE, SIGN
from ..parts import opposite, signed
from ..prover import Claim, Given, Rule, all_of

_MOST_TERMS, _MOST_EXPANDED, _LARGEST = 8, 16, S.Infinity
# norms of matrices by their singular values
_SPECTRAL, _NUCLEAR = "spectral", "nuclear"
_SUM, _MAX, _MIN, _SMOOTH_MAX, _TRACE, _DOT = "sum", "max", "min", "logsumexp", "trace", "dot"


class Measure(NamedTuple):
    """A number that says how large an array is: a norm (its p, or a word), a sum, or the inner product with another."""

    kind: Any
    array: Any
    other: Any = None

    @property
    def is_norm(self) -> bool:
        """Whether it is never negative, and the same of the opposite array."""
        return self.kind in (_SPECTRAL, _NUCLEAR) or isinstance(self.kind, Expr)


def measures(node: Any) -> dict | None:
    """Return {Measure: exponent} of a product of measures, None where another factor is among them."""
    found: dict = {}
    for factor in Mul.make_args(node):
        base, exponent = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, S.One)
        known = _measure(base)
        if known is None or not exponent.is_Rational or not exponent.is_positive:
            return None
        measure, power = known
        found[measure] = found.get(measure, S.Zero) + power * exponent
    return found


def _measure(node: Any) -> tuple | None:
    """Return (Measure, exponent), the exponent 2 of a sum of squares; None of anything else."""
    if isinstance(node, ScalarFunction):
        return _of_function(node)
    if isinstance(node, Trace):
        (matrix,) = node.args
        chain = _chain(matrix)
        half = len(chain) // 2
        if half == 0 or len(chain) % 2:
            return Measure(_TRACE, matrix), S.One
        return _dot(transpose(matmul(*chain[:half])), matmul(*chain[half:]))
    if not isinstance(node, InnerProduct):
        return None
    summed = _summed(node)
    if summed is None:
        chain = node.args
        return _dot(transpose(chain[0]), matmul(*chain[1:]))
    if isinstance(summed, ArrayFunction) and summed.rule.name == "abs":
        return Measure(S.One, summed.args[0]), S.One
    if isinstance(summed, Power) and summed.args[1] == 2:
        return Measure(S(2), summed.args[0]), S(2)
    if isinstance(summed, Hadamard) and len(summed.args) == 2:
        return _dot(*summed.args)
    return Measure(_SUM, summed), S.One


def _dot(one: Any, other: Any) -> tuple:
    if one is other:
        return Measure(S(2), one), S(2)
    return Measure(_DOT, one, other), S.One


def _chain(matrix: Any) -> tuple:
    if isinstance(matrix, MatrixPower) and matrix.args[1].is_Integer and 0 < matrix.args[1] <= _MOST_TERMS:
        return (matrix.args[0],) * int(matrix.args[1])
    return matrix.args if isinstance(matrix, MatMul) else (matrix,)


def _summed(node: InnerProduct) -> Any:
    """Return the array whose entries are added up, None of other inner products."""
    chain = node.args
    if not is_constant(chain[0], "ones"):
        return None
    if len(chain) == 2:
        return chain[1]
    return chain[1] if len(chain) == 3 and is_constant(chain[2], "ones") else None


def _of_function(node: ScalarFunction) -> tuple | None:
    name, array = node.rule.name, node.args[0]
    if not is_array(array):
        return None
    if name == "norm" and len(node.args) == 2 and node.args[1].is_Rational and node.args[1] >= 1:
        return Measure(node.args[1], array), S.One
    word = {'norm(X, "nuc")': _NUCLEAR, "norm(X, 2)": _SPECTRAL}.get(node.rule.id)
    if word:
        return Measure(word, array), S.One
    if name == "max" and len(node.args) == 1:
        if isinstance(array, ArrayFunction) and array.rule.name == "abs":
            return Measure(_LARGEST, array.args[0]), S.One
        return Measure(_MAX, array), S.One
    if name in ("min", "logsumexp") and len(node.args) == 1:
        return Measure({"min": _MIN, "logsumexp": _SMOOTH_MAX}[name], array), S.One
    return None


# -- one measure at most so many times another ---------------------------------------------------------------------


def _ratio(one: Any, other: Any, array: Any) -> Iterator[Expr]:
    """Yield numbers K with |one| <= K*other for two norms of an array, by their kinds."""
    rows, cols = array.rows, array.cols
    if one == other:
        yield S.One
    elif isinstance(one, Expr) and isinstance(other, Expr):
        yield S.One if one >= other else (rows * cols) ** (1 / one - 1 / other)
    elif S(2) not in (one, other):
        for first in _ratio(one, S(2), array):
            for second in _ratio(S(2), other, array):
                yield first * second
        if one == _NUCLEAR and other == _SPECTRAL:
            yield from (rows, cols)
        if (one, other) == (_SPECTRAL, _NUCLEAR):
            yield S.One
    elif one == _NUCLEAR or other == _SPECTRAL:
        yield from dict.fromkeys((rows ** Rational(1, 2), cols ** Rational(1, 2)))
    else:
        yield S.One


def _bounds(one: Measure, other: Measure) -> Iterator[tuple[Expr, bool]]:
    """Yield (K, whether it bounds the size of ``one`` as well) with one <= K*other."""
    if not _same(one, other):
        return
    array = one.array
    if other.is_norm:
        first = {_SUM: S.One, _TRACE: _NUCLEAR, _MAX: _LARGEST, _MIN: _LARGEST}.get(one.kind, one.kind)
        if one.kind not in (_DOT, _SMOOTH_MAX):
            yield from ((K, True) for K in _ratio(first, other.kind, array))
        return
    count = array.rows * array.cols
    numbers = {
        (_MIN, _SUM): 1 / count, (_SUM, _MAX): count, (_MIN, _MAX): S.One, (_MAX, _SMOOTH_MAX): S.One,
        (_MIN, _SMOOTH_MAX): S.One, (_SUM, _SMOOTH_MAX): count,
    }
    if (one.kind, other.kind) in numbers:
        yield numbers[one.kind, other.kind], False


def _same(one: Measure, other: Measure) -> bool:
    """Whether two measures are of one array; a norm is that of the transpose and of the opposite array, too."""
    if one.array is other.array or transpose(one.array) is other.array:
        return True
    return one.is_norm and other.is_norm and _without_sign(one.array) is _without_sign(other.array)


def _without_sign(array: Any) -> Any:
    number, body = signed(array)
    if isinstance(body, Sum) and signed(body.args[0])[0].is_negative:
        number, body = -number, opposite(body)
    return body if abs(number) == 1 else array


def _ratios(small: dict, large: dict) -> Iterator[tuple[Expr, bool]]:
    """Yield (K, whether it bounds the size as well) with small <= K*large for two products of measures."""
    (one, power), *more = small.items()
    if more:
        return
    if one.kind == _DOT:
        yield from ((K, True) for K in _of_inner_product(one, power, large))
    elif len(large) == 1:
        ((other, exponent),) = large.items()
        if exponent == power:
            for K, both in _bounds(one, other):
                if power == 1 or both:
                    yield K**power, both


def _of_inner_product(one: Measure, power: Expr, large: dict) -> Iterator[Expr]:
    """Yield K with |sum(P*Q)|**power <= K times a product of norms of P and Q (Hölder, von Neumann)."""
    P, Q = one.array, one.other
    if any(not other.is_norm for other in large):
        return
    factors = [other for other, exponent in large.items() for _ in range(2 if exponent == 2 * power else 1)]
    if len(factors) != 2 or any(exponent not in (power, 2 * power) for exponent in large.values()):
        return
    for left, right in (factors, factors[::-1]):
        if not _same(Measure(S(2), P), left) or not _same(Measure(S(2), Q), right):
            continue
        kinds = (left.kind, right.kind)
        if all(isinstance(kind, Expr) for kind in kinds):
            if 1 / kinds[0] + 1 / kinds[1] >= 1:
                yield S.One
        elif set(kinds) == {_NUCLEAR, _SPECTRAL}:
            yield S.One
        for first in _ratio(S(2), left.kind, P):
            for second in _ratio(S(2), right.kind, Q):
                yield (first * second) ** power


def _beside(claim: Claim, given: Given) -> Generator | None:
    """A negative term that is at most a multiple of a positive one."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or len(node.args) > _MOST_TERMS:
        return None
    parts, premises = yield from _parts(node)
    for small, small_number, small_body in parts:
        for large, large_number, large_body in parts:
            if large is small or not large_number.is_positive:
                continue
            for K, both in _ratios(small, large):
                if not both and not small_number.is_negative:
                    continue
                left = (large_number - abs(small_number) * K) * large_body
                rest = node - small_number * small_body - large_number * large_body
                found = yield from all_of(Claim(SIGN, claim.strict, rest + left))
                if found:
                    return [*premises, *found]
    return None


def _parts(node: Add) -> Generator[Claim, bool, tuple[list, dict]]:
    """Return [(measures, number in front, their product)], and the matrices that are semidefinite: traces are norms."""
    found, premises = [], []
    for term in node.args:
        number = Mul(*[f for f in Mul.make_args(term) if _is_number(f)])
        body = Mul(*[f for f in Mul.make_args(term) if not _is_number(f)])
        known = measures(body)
        if not known or not (number.is_positive or number.is_negative):
            continue
        turned: dict = {}
        for measure, power in known.items():
            definite = Claim(DEFINITE, False, measure.array)
            if measure.kind == _TRACE and (yield definite):
                measure = Measure(_NUCLEAR, measure.array)
                premises.append(definite)
            turned[measure] = turned.get(measure, 0) + power
        found.append((turned, number, body))
    return found, dict.fromkeys(premises)


def _is_number(factor: Any) -> bool:
    """Whether a factor is made of numbers and sizes."""
    return not is_array(factor) and all(s.is_integer and s.is_positive for s in factor.free_symbols) and not any(
        is_array(part) or isinstance(part, (ScalarFunction, InnerProduct, Trace)) for part in _nodes(factor)
    )


def _nodes(node: Any) -> Iterator:
    stack = [node]
    while stack:
        part = stack.pop()
        yield part
        if not is_array(part):
            stack.extend(part.args)


# -- triangle inequality, squares ----------------------------------------------------------------------------------


def _triangle(claim: Claim, given: Given) -> Generator | None:
    """A negative multiple of the norm of a sum, which is at most the sum of the norms."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or len(node.args) > _MOST_TERMS:
        return None
    for term in node.args:
        number, body = signed(term)
        known = measures(body)
        if not number.is_negative or known is None or len(known) != 1:
            continue
        ((measure, power),) = known.items()
        if not measure.is_norm or power != 1 or not isinstance(measure.array, Sum):
            continue
        parts = [coefficient(part) for part in measure.array.args]
        if not all(scalar.is_number for scalar, _ in parts):
            continue
        norms = [abs(scalar) * _norm(measure.kind, array, given) for scalar, array in parts]
        found = yield from all_of(Claim(SIGN, claim.strict, node - term + number * Add(*norms)))
        if found:
            return found
    return None


def _norm(kind: Any, array: Any, given: Given) -> Any:
    """Return a norm of an array, by its kind."""
    text = _TEXTS.get(kind, "norm(X, p)")
    return build(parse_tree(text), {"X": array, "p": kind}, given.book)


_TEXTS = {
    S.One: "norm1(X)", S(2): "norm(X)", _LARGEST: "max(abs(X))", _SPECTRAL: "norm(X, 2)", _NUCLEAR: 'norm(X, "nuc")',
}


def _multiplied_out(claim: Claim, given: Given) -> Generator | None:
    """Inner products and traces of sums, multiplied out."""
    node = claim.expression
    terms = [] if is_array(node) else Add.make_args(node)
    if not 0 < len(terms) <= _MOST_TERMS:
        return None
    expanded = Add(*[_expanded(term) for term in terms])
    if expanded == node or len(Add.make_args(expanded)) > _MOST_EXPANDED:
        return None
    return (yield from all_of(Claim(SIGN, claim.strict, expanded)))


def _expanded(term: Any) -> Any:
    number, body = signed(term)
    if isinstance(body, InnerProduct) and any(isinstance(_plain(f), Sum) for f in body.args):
        chains = product(*[_plain(f).args if isinstance(_plain(f), Sum) else (f,) for f in body.args])
        return number * Add(*[matmul(*chain) for chain in chains])
    if isinstance(body, Trace):
        chain = _chain(body.args[0])
        if any(isinstance(f, Sum) for f in chain):
            chains = product(*[f.args if isinstance(f, Sum) else (f,) for f in chain])
            return number * Add(*[trace(matmul(*chain)) for chain in chains])
    return term


def _plain(factor: Any) -> Any:
    """Return (x + y).T as x.T + y.T."""
    if isinstance(factor, Transpose) and isinstance(factor.args[0], Sum):
        return add(*[transpose(part) for part in factor.args[0].args])
    return factor


def _joined_forms(claim: Claim, given: Given) -> Generator | None:
    """Quadratic forms in one column, joined: a*x.T@x + x.T@S@x is x.T@(a*eye(n) + S)@x."""
    node = claim.expression
    terms = [] if is_array(node) or claim.strict else Add.make_args(node)
    if not 1 < len(terms) <= _MOST_TERMS:
        return None
    column, matrices = None, []
    for term in terms:
        forms = [f for f in Mul.make_args(term) if isinstance(f, InnerProduct)]
        chain: tuple = forms[0].args if len(forms) == 1 else ()
        if len(chain) < 2 or transpose(chain[0]) is not chain[-1] or column not in (None, chain[-1]):
            return None
        column, middle = chain[-1], chain[1:-1]
        matrices.append(scale(term / forms[0], matmul(*middle) if middle else eye(column.rows)))
    joined = add(*matrices)
    joined = scale(S.Half, add(joined, transpose(joined)))
    return (yield from all_of(Claim(DEFINITE, False, joined))) if is_array(joined) else None


def _squares_of_parts(claim: Claim, given: Given) -> tuple | None:
    """A sum of inner products of matrices that is one of squares of their symmetric and their skew parts.

    Of c*sum(A*B) + d*sum(A.T*B) these are (c + d)*sum(S*T) and (c - d)*sum(K*L): so tr(A@A.T) is at least tr(A@A).
    """
    node = claim.expression
    terms = [] if is_array(node) or claim.strict else Add.make_args(node)
    if not 1 < len(terms) <= _MOST_EXPANDED:
        return None
    arrays: list = []
    entries: dict = {}
    for term in terms:
        number, body = signed(term)
        known = _pair(body) if number.is_Rational else None
        if known is None or not known[0].is_square:
            return None
        places = [_place(array, arrays) for array in known]
        turned = places[0][1] != places[1][1]
        key = (*sorted((places[0][0], places[1][0])), turned)
        entries[key] = entries.get(key, 0) + number
    size = len(arrays)

    def form(sign: int) -> Matrix:
        def entry(i: int, j: int) -> Expr:
            i, j = min(i, j), max(i, j)
            found = entries.get((i, j, False), S.Zero) + sign * entries.get((i, j, True), S.Zero)
            return found if i == j else found / 2

        return Matrix(size, size, entry)

    return () if all(form(sign).is_positive_semidefinite for sign in (1, -1)) else None


def _pair(body: Any) -> tuple | None:
    """Return (P, Q) where a scalar is sum(P*Q) for matrices, else None."""
    known = measures(body)
    if not known or len(known) != 1:
        return None
    ((measure, power),) = known.items()
    if measure.kind == 2 and power == 2:
        return measure.array, measure.array
    return (measure.array, measure.other) if measure.kind == _DOT and power == 1 else None


def _place(array: Any, arrays: list) -> tuple[int, bool]:
    """Return the number of an array in a list, where it is put if it is new, and whether its transpose stands there."""
    for number, other in enumerate(arrays):
        if other is array or other is transpose(array):
            return number, other is not array
    arrays.append(array)
    return len(arrays) - 1, False


HORN = "Horn & Johnson (2013), 5.4 and 7.4.1"
BOYD = "Boyd & Vandenberghe (2004), A.1.2"
NORM_RULES = (
    Rule("one norm beside another", HORN, _beside),
    Rule("triangle inequality", BOYD, _triangle),
    Rule("inner products multiplied out", "by linearity", _multiplied_out),
    Rule("quadratic forms joined", "Horn & Johnson (2013), definition 4.1.11", _joined_forms),
    Rule("squares of symmetric and skew parts", "Horn & Johnson (2013), 0.2.5", _squares_of_parts),
)
