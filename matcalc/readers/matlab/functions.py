"""Calls in MATLAB's notation: which function of the language each is."""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction

from ...errors import ExpressionSyntaxError, Span, UnknownFunctionError
from ...language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, conjugate
from ...language.unparse import unparse
from ...rulebook.foreign import advice
from ..open_products.forms import (
    DOT_OF_COLUMNS,
    FITTING_EYE,
    FITTING_MATRIX,
    FITTING_ONES,
    LEFT_QUOTIENT,
    NORM_1,
    NORM_2,
    NORM_INF,
    POWER,
    PRODUCT,
    QUOTIENT,
    literal_number,
)
from .brackets import is_index

_RENAMED = {"adjoint": "adj", "gamma": "Gamma", "psi": "digamma"}
_OPERATORS = {
    "plus": "+",
    "minus": "-",
    "times": "*",
    "rdivide": "/",
    "power": "**",
    "mtimes": PRODUCT,
    "mrdivide": QUOTIENT,
    "mldivide": LEFT_QUOTIENT,
    "mpower": POWER,
}
_CONSTANTS = {"vector": FITTING_ONES, "matrix": FITTING_MATRIX}
_OF_TWO = {"max": "maximum", "min": "minimum"}
# what stands between the array and the dimension in max(X, [], 2)
EMPTY = "[]"
_COLUMNWISE = frozenset({"mean", "max", "min", "prod"})


class MatlabCalls:
    """Reads the calls of one formula; ``names`` are those that occur without parentheses, or are known."""

    def __init__(self, text, book, names, conjugates=False):
        self.conjugates = conjugates
        self.text, self.book, self.names = text, book, names
        self.special = {
            "norm": self._norm,
            "vecnorm": self._vecnorm,
            "dot": self._dot,
            "eye": self._eye,
            "ones": self._filled,
            "zeros": self._filled,
            "reshape": self._reshape,
            "var": self._spread,
            "std": self._spread,
            "cov": self._cov,
            "corrcoef": self._cov,
            "numel": lambda call: Call("numel", (self._only(call),), (), call.span),
            "length": lambda call: Call("length", (self._only(call),), (), call.span),
            "size": self._size,
            "quantile": self._quantile,
            "prctile": self._quantile,
            "transpose": lambda call: Transpose(self._only(call), call.span),
            "ctranspose": lambda call: Transpose(self.conjugated(self._only(call), call.span), call.span),
            "uminus": lambda call: Negate(self._only(call), call.span),
        }

    def is_function(self, word):
        """Return whether a word before parentheses is a function."""
        return (
            word in self.special
            or word in _OPERATORS
            or word in _CONSTANTS
            or bool(self.book.overloads(_RENAMED.get(word, word)))
        )

    def is_subscript(self, name, args):
        """Return whether a call is an entry or another part of a variable: A(1, :), x(end), A(i, j)."""
        if name in self.special or name in _OPERATORS or not is_index(args):
            return False
        return name in self.names or not self.is_function(name)

    def read(self, call):
        """Return the tree that a call means.

        Raises UnknownFunctionError, or ExpressionSyntaxError where it is an index or called with wrong arguments.
        """
        name = call.function
        if name in self.names and not (name in self.special or name in _OPERATORS):
            raise self._index(call)
        if not self.is_function(name):
            raise self._unknown(call)
        if name in self.special:
            return self.special[name](call)
        if name in _OPERATORS:
            self._expect(call, 2)
            return Binary(_OPERATORS[name], *call.args, call.span)
        if name in _CONSTANTS:
            value, ones = self._only(call), Call(_CONSTANTS[name], (), (), call.span)
            if isinstance(value, Number) and value.value == 1:
                return ones
            return Binary("*", value, ones, call.span)
        return self._function(call)

    def _function(self, call):
        name, args = _RENAMED.get(call.function, call.function), tuple(map(literal_number, call.args))
        if len(args) == 3 and getattr(args[1], "value", None) == EMPTY:
            args = (args[0], args[2])
        elif name in _OF_TWO and len(args) == 2:
            return Call(_OF_TWO[name], args, (), call.span)
        before = self.book.counts_before_axis(name)
        axis = args[-1] if len(args) - 1 in before else None
        if isinstance(axis, String) and axis.value == "all":
            return Call(name, args[:1], (), call.span)
        if isinstance(axis, Number):
            if axis.value not in (1, 2):
                self._fail("there are rows and columns only", axis, self._of_an_axis(name, args[:-1]))
            return Call(name, args[:-1], (("axis", Number(axis.value - 1, axis.span)),), call.span)
        if name in _COLUMNWISE and len(args) == 1:
            return Call(f"{name} of a vector", args, (), call.span)
        if len(args) in before and all(rule.literals for rule in self.book.overloads(name)):
            self._fail(f"{name} is over rows or over columns", call, self._of_an_axis(name, args))
        return Call(name, args, (), call.span)

    @staticmethod
    def _of_an_axis(name, args):
        """Return the hint that gives the calls with a dimension, which is the last argument in MATLAB."""
        between = "[], " if name in _OF_TWO else ""
        written = ", ".join(["X", *map(unparse, args[1:])])
        return f"write {name}({written}, {between}1) or {name}({written}, {between}2)"

    @staticmethod
    def takes_empty(frame):
        """Return whether [] may stand in a bracket: as the second of three arguments of max and min."""
        opening = frame.opening
        return opening is not None and opening[0] is not None and opening[0].text in _OF_TWO and len(opening[2]) == 1

    def _vecnorm(self, call):
        """vecnorm(X, 2, 2) of each row; of each column where no dimension is given."""
        if len(call.args) not in (1, 2, 3):
            self._expect(call, 3)
        operand, rest = call.args[0], call.args[1:]
        order = rest[0] if rest else Number(Fraction(2), call.span)
        axis = rest[1] if len(rest) == 2 else Number(Fraction(1), call.span)
        if not isinstance(order, Number) or order.value != 2:
            self._fail("vecnorm is read of order 2 alone", order, "write sum(abs(X), 1) for the order 1")
        if not isinstance(axis, Number) or axis.value not in (1, 2):
            self._fail("there are rows and columns only", axis, "write vecnorm(X, 2, 1) or vecnorm(X, 2, 2)")
        return Call("norm", (operand,), (("axis", Number(axis.value - 1, axis.span)),), call.span)

    def _norm(self, call):
        if len(call.args) == 1:
            return Call(NORM_2, call.args, (), call.span)
        self._expect(call, 2)
        operand, which = call.args
        if isinstance(which, Number) and which.value in (1, 2):
            return Call(NORM_1 if which.value == 1 else NORM_2, (operand,), (), call.span)
        word = which.id if isinstance(which, Name) else getattr(which, "value", None)
        if str(word).lower() == "inf":
            return Call(NORM_INF, (operand,), (), call.span)
        if word == "fro":
            return Call("norm", (operand,), (), call.span)
        if word == "nuc":
            return Call("norm", (operand, String("nuc", which.span)), (), call.span)
        self._fail("this norm is not read", which, "write norm(x), norm(x, 1), norm(x, inf) or norm(X, 'fro')")

    def _dot(self, call):
        """dot(A, B) of matrices is one value for each column, dot(A, B, 2) one for each row; A is conjugated."""
        if call.args:
            first, *others = call.args
            call = Call(call.function, (self.conjugated(first, first.span), *others), call.keywords, call.span)
        if len(call.args) != 3:
            self._expect(call, 2)
            return Call(DOT_OF_COLUMNS, call.args, (), call.span)
        *operands, axis = call.args
        if not isinstance(axis, Number) or axis.value not in (1, 2):
            self._fail("there are rows and columns only", axis, "write dot(A, B, 1) or dot(A, B, 2)")
        product = Binary("*", *operands, call.span)
        return Call("sum", (product,), (("axis", Number(axis.value - 1, axis.span)),), call.span)

    def _eye(self, call):
        if not call.args:
            return Call(FITTING_EYE, (), (), call.span)
        if len(call.args) > 2 or len(call.args) == 2 and unparse(call.args[0]) != unparse(call.args[1]):
            self._fail("an identity matrix is square", call, "write eye(n)")
        return Call("eye", call.args[:1], (), call.span)

    def _filled(self, call):
        """ones(n) is n×n in MATLAB, ones(n, 1) a column."""
        if not 1 <= len(call.args) <= 2:
            self._fail(f"{call.function} takes two sizes", call, f"write {call.function}(n, m)")
        rows, cols = call.args[0], call.args[-1]
        if isinstance(cols, Number) and cols.value == 1:
            return Call(call.function, (rows,), (), call.span)
        return Call(call.function, (rows, cols), (), call.span)

    def _reshape(self, call):
        """reshape(X, n, m) goes down the columns in MATLAB."""
        self._expect(call, 3)
        return Call("unvec", (Call("vec", call.args[:1], (), call.span), *call.args[1:]), (), call.span)

    def _spread(self, call):
        """var(x) and std(x) divide by n - 1 in MATLAB, and with a second argument of 1 by n."""
        if len(call.args) not in (1, 2):
            self._expect(call, 2)
        weight = call.args[1] if len(call.args) == 2 else Number(Fraction(0), call.span)
        if not isinstance(weight, Number) or weight.value not in (0, 1):
            self._fail("weights are not read", weight, f"write {call.function}(x) or {call.function}(x, 1)")
        divisor = "n" if weight.value else "n - 1"
        return Call(f"{call.function} of a vector by {divisor}", call.args[:1], (), call.span)

    def _cov(self, call):
        hint = f'write {call.function[:4]}(X, axis=0, ddof=1) with syntax="matcalc"'
        self._fail(f"{call.function} is of the columns in MATLAB, by n - 1", call, hint)

    def _size(self, call):
        self._expect(call, 2)
        operand, axis = call.args
        if not isinstance(axis, Number) or axis.value not in (1, 2):
            self._fail("there are rows and columns only", axis, "write size(X, 1) or size(X, 2)")
        return Call("rows of" if axis.value == 1 else "columns of", (operand,), (), call.span)

    def _quantile(self, call):
        """MATLAB puts the sorted entries at (k - 1/2)/n, and so its quantiles between others than those of NumPy."""
        hint = f'use median(x), or NumPy\'s interpolation with syntax="matcalc": {call.function}(x, 0.3)'
        self._fail(f"{call.function} interpolates otherwise in MATLAB", call, hint)

    def conjugated(self, operand, span):
        """Return the conjugate of what a prime stands after, where names are complex."""
        return conjugate(operand, span) if self.conjugates else operand

    def _only(self, call):
        self._expect(call, 1)
        return call.args[0]

    def _expect(self, call, count):
        if len(call.args) != count:
            arguments = "one argument" if count == 1 else f"{count} arguments"
            self._fail(f"{call.function} takes {arguments}", call, f"write {call.function}({', '.join('xyz'[:count])})")

    def _fail(self, message, node, hint):
        raise ExpressionSyntaxError(message, source=self.text, span=node.span, hint=hint)

    def _index(self, call):
        return ExpressionSyntaxError(
            f"{call.function} is a variable, and this is no index of it",
            source=self.text,
            span=call.span,
            hint=f"write {call.function}*(…) for a product, {call.function}(i) for an entry",
        )

    def _unknown(self, call):
        known = [*self.book.function_names(), *self.special, *_OPERATORS, *_CONSTANTS]
        same = [name for name in known if name.lower() == call.function.lower()]
        close = same or (get_close_matches(call.function, known, 1, 0.75) if len(call.function) > 3 else [])
        hint = advice(call.function) or (
            f"did you mean '{close[0]}'?" if close else f"write {call.function}*(…) for a product"
        )
        span = Span(call.span.start, call.span.start + len(call.function))
        return UnknownFunctionError(f"unknown function '{call.function}'", source=self.text, span=span, hint=hint)
