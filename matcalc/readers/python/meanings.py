"""The operations in which the table of library functions is written: sums along an axis, norms, products, sizes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ...errors import ArgumentError, Span
from ...language.syntax import Number, String
from .extremes import Extremes
from .joins import Joins
from .operations import (
    ALIKE,
    ALL_DOT,
    CALL,
    COLUMN,
    COUNT,
    ENTRYWISE,
    EYE,
    FILLED,
    FILLED_LIKE,
    MATRIX,
    NAME,
    NORM,
    NUMBER,
    OF_MATRIX,
    PRODUCT,
    RAVEL,
    REDUCTION,
    ROW,
    SAME,
    SIZE,
    SOFTMAX,
    TRANSPOSE,
    Op,
)
from .sums import ENTRIES
from .sums import FUNCTIONS as OVER_NAMES
from .values import Closure, Parts, Run, Shape

_RELATIONS = {
    "tr": OF_MATRIX,
    "det": OF_MATRIX,
    "logdet": OF_MATRIX,
    "inv": MATRIX,
    "pinv": MATRIX,
    "expm": MATRIX,
    "logm": MATRIX,
    "sqrtm": MATRIX,
    "eigenvalues": ((2, 1),),
    "singular_values": ((2, 1),),
    "diag": ((1, 2), (2, 1)),
    "diagonal": ((2, 1),),
    "diagonal_matrix": ((1, 2),),
    "outer": ((1, 1, 2),),
    "kron": ((2, 2, 2), (1, 1, 1)),
    "solve": ((2, 1, 1), (2, 2, 2)),
    "matpow": ((2, 0, 2),),
    "median": ((1, 0), (2, 0)),
    "sort": ((1, 1),),
    "cross": ((1, 1, 1),),
    "tril": MATRIX,
    "triu": MATRIX,
    "cholesky": MATRIX,
}
_CALLED = {"diagonal": "diag", "diagonal_matrix": "diag", "eigenvalues": "eigvals", "singular_values": "svdvals"}
_INFINITY = float("inf")


class Meanings(Joins, Extremes):
    """The part of the expansion that knows the operations; all attributes are the expansion's."""

    book: Any
    span: Any
    text: Any
    places: Any
    array: Callable[..., Op]
    reduced_list: Callable[..., Op]
    over_entries: Callable[..., Op]
    count_of: Callable[..., Op]
    op: Callable[..., Op]

    def operation(self, name: str, args: list, span: Span) -> Any:
        """Return the value of an operation of the table's meanings."""
        own = getattr(self, f"do_{name}", None)
        if own is not None:
            return own(span, *args)
        arrays = tuple(self.array(arg, span) for arg in args)
        if name in _RELATIONS:
            return self.op(CALL, arrays, (_CALLED.get(name, name), _RELATIONS[name]), span)
        numbers = [p for rule in self.book.overloads(name) for p in rule.params if p.kind == "scalar"]
        if numbers and not any(rule.elementwise for rule in self.book.overloads(name)):
            return self.language_call(name, list(arrays), span)
        return self.op(ENTRYWISE, arrays, (name,), span)

    def language_call(self, name: str, args: list, span: Span) -> Op:
        """Return a call of a function of the language itself, its dimensions those of the rule."""
        rules = [rule for rule in self.book.overloads(name) if len(rule.params) == len(args) and not rule.literals]
        if not rules:
            raise ArgumentError("does not take these arguments", hint=f"see matcalc rules {name}")
        if rules[0].elementwise:
            return self.op(ENTRYWISE, tuple(args), (name,), span)
        relation = tuple(dims for rule in rules for dims in _relation(rule))
        return self.op(CALL, tuple(args), (name, relation), span)

    def product(self, way: str, left: Any, right: Any, span: Span) -> Op:
        """Return a product; ``way``: which dimensions the function takes."""
        return self.op(PRODUCT, (self.array(left, span), self.array(right, span)), (way,), span)

    def number(self, value: Any, span: Span) -> Op:
        """Return an exact number as an operation."""
        return self.op(NUMBER, (), (Fraction(value),), span)

    def entrywise(self, sign: str, *args: Any) -> Op:
        """Return an operation entry by entry at the place of the call."""
        return self.op(ENTRYWISE, args, (sign,), args[0].span if self.span is None else self.span)

    def whole(self, value: Any) -> int | None:
        """Return a whole number that is written out, None where it is not one."""
        if isinstance(value, Op) and value.kind is NUMBER and value.fixed[0].denominator == 1:
            return int(value.fixed[0])
        return None

    def axis(self, value: Any) -> int | None:
        """Return an axis: None for all entries, or from -2 to 1. Raises ArgumentError."""
        if isinstance(value, list):
            numbers = {self.whole(item) for item in value}
            if numbers in ({0, 1}, {-1, -2}, {0, -1}):
                return None
            value = value[0] if len(value) == 1 else value
        if value is None:
            return None
        number = self.whole(value)
        if number is None or not -2 <= number <= 1:
            raise ArgumentError("has an axis that a matrix does not have", hint="an axis is 0 or 1, or -1 for the last")
        return number

    def flag(self, value: Any) -> bool:
        """Return an option that is on or off."""
        if isinstance(value, bool):
            return value
        raise ArgumentError("has an option that is neither True nor False", hint="write True or False")

    # -- sums and the like ----------------------------------------------------------------------------------

    def reduced(self, name: str, span: Span, X: Any, axis: Any, keepdims: Any) -> Op:
        """Return a sum or the like over an axis; those that the language has only of all entries are refused."""
        place = self.axis(axis)
        if isinstance(X, list):
            return self.reduced_list(name, X, place, span)
        array = self.array(X, span)
        if array.kind is ENTRIES and name in OVER_NAMES and place in (None, 0) and not self.flag(keepdims):
            return self.over_entries(name, array, place is None, span)
        along = any(word == "axis" for rule in self.book.overloads(name) for word, _ in rule.literals)
        if place in (1, -2) and not along:
            raise ArgumentError("is read of all entries only", hint=f"leave the axis out: {name} has none here")
        if place is not None and not along:
            array = self.op(SAME, (array,), ((0, 1),), span)
        return self.op(REDUCTION, (array,), (name, place, self.flag(keepdims)), span)

    def do_sum(self, span: Span, X: Any, axis: Any = None, keepdims: Any = False) -> Op:
        return self.reduced("sum", span, X, axis, keepdims)

    def do_mean(self, span: Span, X: Any, axis: Any = None, keepdims: Any = False) -> Op:
        return self.reduced("mean", span, X, axis, keepdims)

    def do_prod(self, span: Span, X: Any, axis: Any = None, keepdims: Any = False) -> Op:
        return self.reduced("prod", span, X, axis, keepdims)

    def do_logsumexp(self, span: Span, X: Any, axis: Any = None, keepdims: Any = False) -> Op:
        return self.reduced("logsumexp", span, X, axis, keepdims)

    def do_variance(self, span: Span, X: Any, axis: Any, ddof: Any, keepdims: Any) -> Op:
        """Return the variance that divides by the count less ``ddof``."""
        centred = self.entrywise("-", self.array(X, span), self.do_mean(span, X, axis, True))
        squares = self.entrywise("**", centred, self.number(2, span))
        less = self.array(ddof, span)
        if less.kind is NUMBER and less.fixed[0] < 0:
            raise ArgumentError("has a negative ddof", hint="write ddof=0 or ddof=1")
        if less.kind is NUMBER and not less.fixed[0]:
            return self.do_mean(span, squares, axis, keepdims)
        count = self.entrywise("-", self.size_of(self.array(X, span), self.axis(axis), span), less)
        return self.entrywise("/", self.do_sum(span, squares, axis, keepdims), count)

    def do_covariance(self, span: Span, X: Any, y: Any, rowvar: Any, bias: Any, ddof: Any) -> Op:
        """numpy.cov divides by one less than the count of observations, which stand along the rows."""
        self._refuse_pair(y)
        whole = 1 - int(self.flag(bias)) if ddof is None else self.whole(ddof)
        if whole not in (0, 1):
            raise ArgumentError("is read with ddof 0 or 1", hint="write the product of the centred matrices")
        axis = [] if self.flag(rowvar) else [("axis", Number(Fraction(0)))]
        return self._statistic("cov", span, X, [*axis, *([("ddof", Number(Fraction(1)))] if whole else [])])

    def do_correlation(self, span: Span, X: Any, y: Any, rowvar: Any) -> Op:
        self._refuse_pair(y)
        return self._statistic("corr", span, X, [] if self.flag(rowvar) else [("axis", Number(Fraction(0)))])

    def _refuse_pair(self, y: Any) -> None:
        if y is not None:
            hint = "take its entry: ((x - x.mean())*(y - y.mean())).mean()"
            raise ArgumentError("of two vectors is a 2×2 matrix", hint=hint)

    def _statistic(self, name: str, span: Span, X: Any, keywords: list) -> Op:
        return self.op(CALL, (self.array(X, span),), (name, MATRIX, *keywords), span)

    def do_torch_variance(
        self, span: Span, X: Any, axis: Any, unbiased: Any, keepdims: Any, correction: Any
    ) -> Op:
        """torch.var(X, unbiased=False) divides by the count, torch.var(X) by one less."""
        if isinstance(axis, bool):
            axis, unbiased = None, axis
        ddof = correction if correction is not None else self.number(int(self.flag(unbiased)), span)
        return self.do_variance(span, X, axis, ddof, keepdims)

    def do_softmax(self, span: Span, X: Any, axis: Any) -> Op:
        return self.op(SOFTMAX, (self.array(X, span),), ("softmax", self.axis(axis)), span)

    def do_cumsum(self, span: Span, X: Any, axis: Any) -> Op:
        return self.op(SOFTMAX, (self.array(X, span),), ("cumsum", self.axis(axis)), span)

    def do_reduced(self, span: Span, X: Any, reduction: Any) -> Op:
        """The reduction of a loss: "mean", "sum" or "none"; "batchmean" divides by the number of rows."""
        array = self.array(X, span)
        if reduction == "none":
            return array
        if reduction == "batchmean":
            return self.entrywise("/", self.do_sum(span, array), self.size_of(array, 0, span))
        if reduction not in ("mean", "sum"):
            raise ArgumentError("has an unknown reduction", hint="write 'mean', 'sum' or 'none'")
        return self.do_mean(span, array) if reduction == "mean" else self.do_sum(span, array)

    def do_gelu(self, span: Span, x: Any, approximate: Any) -> Op:
        words = () if approximate in ("none", False) else (String("tanh", span),)
        return self.op(ENTRYWISE, (self.array(x, span),), ("gelu", *words), span)

    def do_cross_entropy(self, span: Span, z: Any, p: Any) -> Op:
        """The cross-entropy of each row of scores with a row of probabilities (one-hot, for a class)."""
        scores, weights = self.array(z, span), self.array(p, span)
        alike = self.op(ALIKE, (weights, scores), (), span)
        total = self.do_logsumexp(span, scores, self.number(-1, span), True)
        logs = self.entrywise("-", scores, total)
        row = self.do_sum(span, self.entrywise("*", alike, logs), self.number(-1, span))
        return self.entrywise("negate", row)

    # -- norms ------------------------------------------------------------------------------------------------

    def do_norm(self, span: Span, X: Any, order: Any, axis: Any = None, keepdims: Any = False) -> Op:
        return self._norm(span, X, order, axis, keepdims, False)

    def do_entries_norm(
        self, span: Span, X: Any, order: Any, axis: Any = None, keepdims: Any = False
    ) -> Op:
        return self._norm(span, X, None if order in ("fro", "euclidean") else order, axis, keepdims, order != "nuc")

    def do_matrix_norm(self, span: Span, X: Any, order: Any) -> Op:
        return self._norm(span, X, "fro" if order is None else order, None, False, False)

    def _norm(self, span: Span, X: Any, order: Any, axis: Any, keepdims: Any, entries: bool) -> Op:
        array, order = self.array(X, span), self._order(order)
        if axis is None or self.axis(axis) is None:
            return self.op(NORM, (array,), (order, entries), span)
        if order in (None, 2):
            return self.reduced("norm", span, array, axis, keepdims)
        if order in (1, _INFINITY):
            return self.reduced("sum" if order == 1 else "max", span, self.entrywise("abs", array), axis, keepdims)
        hint = "leave the axis out, or take the order 1, 2 or inf"
        raise ArgumentError("is read with this order of all entries only", hint=hint)

    def _order(self, order: Any) -> Any:
        """Return the order of a norm: None, "fro", "nuc", infinity or a number from 1 on."""
        if order is None or order in ("fro", "nuc"):
            return order
        if order == _INFINITY or order in ("inf", "Inf"):
            return _INFINITY
        if isinstance(order, Op) and order.kind is NUMBER and order.fixed[0] >= 1:
            return order.fixed[0]
        raise ArgumentError("has an order that is not read", hint="write 1, 2, np.inf, 'fro' or 'nuc'")

    # -- products -----------------------------------------------------------------------------------------------

    def do_matrix_product(self, span: Span, A: Any, B: Any) -> Op:
        return self.product("matrix", A, B, span)

    def do_matrix_vector(self, span: Span, A: Any, x: Any) -> Op:
        return self.product("matrix and vector", A, x, span)

    def do_vector_dot(self, span: Span, a: Any, b: Any) -> Op:
        return self.product("vectors", a, b, span)

    def do_numpy_dot(self, span: Span, a: Any, b: Any) -> Op:
        return self.product("numpy", a, b, span)

    def do_all_dot(self, span: Span, a: Any, b: Any) -> Op:
        return self.op(ALL_DOT, (self.array(a, span), self.array(b, span)), (), span)

    def do_tensordot(self, span: Span, A: Any, B: Any, axes: Any) -> Op:
        number = self.whole(axes)
        if number == 1:
            return self.product("@", A, B, span)
        if number == 2:
            both = [self.op(SAME, (self.array(X, span),), ((2,),), span) for X in (A, B)]
            return self.op(ALL_DOT, tuple(both), (), span)
        raise ArgumentError("is read with axes=1 or axes=2 only", hint="write the product with @ and .T")

    def do_chain(self, span: Span, factors: Any) -> Op:
        if not isinstance(factors, list) or len(factors) < 2:
            raise ArgumentError("takes a list of factors", hint="write them with @")
        product = factors[0]
        for factor in factors[1:]:
            product = self.product("@", product, factor, span)
        return product

    def do_turned(self, span: Span, A: Any, transpose: Any) -> Op:
        array = self.array(A, span)
        return self.op(TRANSPOSE, (array,), (True,), span) if self.flag(transpose) else array

    def do_linear(self, span: Span, x: Any, W: Any, b: Any) -> Op:
        turned = self.op(TRANSPOSE, (self.array(W, span),), (True,), span)
        product = self.product("@", x, turned, span)
        return product if b is None else self.entrywise("+", product, self.array(b, span))

    def do_sign_and_logdet(self, span: Span, X: Any) -> Parts:
        array = self.array(X, span)
        sign = self.entrywise("sign", self.op(CALL, (array,), ("det", OF_MATRIX), span))
        value = self.op(CALL, (array,), ("logdet", OF_MATRIX), span)
        return Parts(("sign", "logabsdet"), (sign, value))

    # -- other forms, sizes and constants -------------------------------------------------------------------------

    def do_clip(self, span: Span, x: Any, low: Any, high: Any) -> Op:
        value = self.array(x, span)
        for bound, sign in ((low, "maximum"), (high, "minimum")):
            if bound is not None:
                value = self.entrywise(sign, value, self.array(bound, span))
        return value

    def do_same(self, span: Span, x: Any) -> Any:
        return x if isinstance(x, (float, Closure)) else self.array(x, span)

    def do_transposed(self, span: Span, X: Any) -> Op:
        return self.op(TRANSPOSE, (self.array(X, span),), (False,), span)

    def do_matrix_transpose(self, span: Span, X: Any) -> Op:
        return self.op(TRANSPOSE, (self.array(X, span),), (True,), span)

    def do_transpose(self, span: Span, X: Any, axes: list) -> Op:
        axes = axes[0] if len(axes) == 1 and isinstance(axes[0], list) else axes
        numbers = [self.whole(axis) for axis in axes]
        if not numbers or axes == [None]:
            return self.do_transposed(span, X)
        if sorted(n % 2 for n in numbers if n is not None) != [0, 1] or len(numbers) != 2:
            raise ArgumentError("exchanges the two axes of a matrix only", hint="write X.T")
        return self.do_matrix_transpose(span, X)

    def do_ravel(self, span: Span, X: Any) -> Op:
        return self.op(RAVEL, (self.array(X, span),), (), span)

    def do_reshape(self, span: Span, X: Any, shape: list) -> Op:
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], list) else shape
        numbers = [self.whole(size) for size in shape]
        if numbers == [-1]:
            return self.do_ravel(span, X)
        if numbers in ([-1, 1], [1, -1]):
            return self.turned_column(self.array(X, span), numbers == [-1, 1], span)
        hint = "declare the array with the shape it has"
        raise ArgumentError("is read with (-1), (-1, 1) and (1, -1) only", hint=hint)

    def do_expanded(self, span: Span, x: Any, axis: Any) -> Op:
        number = self.axis(axis)
        return self.turned_column(self.array(x, span), number in (1, -1), span)

    def turned_column(self, value: Op, is_column: bool, span: Span) -> Op:
        """Return a vector as an n×1 or a 1×n array."""
        return self.op(COLUMN if is_column else ROW, (value,), (), span)

    def do_squeezed(self, span: Span, x: Any) -> Op:
        return self.op(SAME, (self.array(x, span),), ((0, 1),), span)

    def do_size(self, span: Span, x: Any, axis: Any) -> Op:
        if isinstance(x, list):
            return self.number(len(x), span)
        if isinstance(x, Run):
            return self.count_of(x, span)
        return self.size_of(self.array(x, span), self.axis(axis), span)

    def size_of(self, value: Op, axis: int | None, span: Span, exact: int | None = None) -> Op:
        """Return the size of an array along an axis, or the number of its entries."""
        kind = SIZE if axis is not None else COUNT
        return self.op(kind, (value,), (axis, self.place(value, axis), exact), self.span or span)

    def place(self, value: Op, axis: int | None) -> str:
        """Return the word that stands for a size of an array until the shapes are known."""
        place = f"size {len(self.places)}"
        self.places[place] = (value, axis)
        return place

    def do_eye(self, span: Span, n: Any, m: Any) -> Op:
        rows = self.size(n, span)
        if m is not None and not (isinstance(m, Op) and self._same_size(rows, m)):
            raise ArgumentError("is read as a square matrix only", hint="write np.eye(n)")
        return self.op(EYE, (rows,), (), span)

    def _same_size(self, one: Op, other: Op) -> bool:
        return one is other or one.kind is NUMBER and other.kind is NUMBER and one.fixed == other.fixed

    def do_filled(self, span: Span, name: str, shape: Any) -> Op:
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (list, Shape)) else shape
        if isinstance(shape, Shape):
            return self.do_filled_like(span, name, shape.of)
        if len(shape) > 2:
            raise ArgumentError("has more than two dimensions", hint="take one matrix")
        return self.op(FILLED, tuple(self.size(size, span) for size in shape), (name,), span)

    def size(self, value: Any, span: Span) -> Op:
        """Return an operation that can be a size: a number, a name, a size of an array, or their products."""
        array = self.array(value, span)
        if array.kind in (NUMBER, NAME, SIZE, COUNT):
            return array
        if array.kind is ENTRYWISE and array.fixed[0] in ("+", "-", "*"):
            for part in array.args:
                self.size(part, span)
            return array
        raise ArgumentError("needs a size", hint="write a whole number, a name such as n, or X.shape[0]")

    def do_filled_like(self, span: Span, name: str, x: Any) -> Op:
        """Ones or zeros of the shape of an array."""
        value = self.array(x, span)
        return self.op(FILLED_LIKE, (value,), (name, self.place(value, 0), self.place(value, -1)), span)


def _relation(rule: Any) -> list[tuple]:
    """Return the dimensions that a rule of the language admits: columns and rows may be vectors."""
    operands: list[tuple[int, ...]] = []
    for parameter in rule.params:
        if parameter.kind != "array":
            operands.append((0,))
        elif "1" in parameter.sizes:
            operands.append((1,))
        else:
            operands.append((2,) if rule.result != ("1", "1") or len(set(parameter.sizes)) == 1 else (1, 2))
    out = 0 if rule.result == ("1", "1") else 1 if "1" in rule.result else 2
    found: list[tuple] = [()]
    for choices in operands:
        found = [(*dims, d) for dims in found for d in choices]
    return [(*dims, out) for dims in found]
