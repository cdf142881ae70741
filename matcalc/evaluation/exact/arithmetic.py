"""What is common to all arithmetics: array operations, linear algebra, and what follows from exp and log.

An arithmetic says what its entries are and how one is divided by another; sums, differences and products are Python's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from operator import add, mul, neg, sub
from typing import Any

from ...bounds import MAX_EXACT_POWER
from .arrays import Array, NotExact, NoValue, common_shape, from_rows, identity, spread, transpose
from .minors import MOST_ROWS, adjugate_of, determinant_of

# up to this size a determinant is expanded by minors, without a division
_BY_MINORS = 6


class Arithmetic(ABC):
    """Arithmetic on entries; ``zero`` and ``one`` are two of them.

    Its methods on arrays raise NoValue where a point has no value, NotExact where no point has one that is computable.
    """

    zero: Any = 0
    one: Any = 1
    # whether every entry is its own conjugate
    is_real = True
    # the node that is being evaluated
    place: Any = None
    # of balls alone: python-flint, the terms of a series and its precision
    flint: Any
    length: int
    bits: int

    # -- entries: what every arithmetic has of its own ---------------------------------------------------------

    @abstractmethod
    def number(self, value: Fraction) -> Any:
        """Return the entry that a rational number is."""

    def reduced(self, entries: list) -> list:
        """Return entries in their canonical form."""
        return entries

    @abstractmethod
    def inverse_of(self, entry: Any) -> Any:
        """Return 1/entry; raises NoValue for 0."""

    def quotient(self, one: Any, other: Any) -> Any:
        """Return one/other."""
        return one * self.inverse_of(other)

    @abstractmethod
    def pivot(self, entries: list) -> int:
        """Return the place of the entry that is best divided by; raises NoValue where all may be 0."""

    def sign(self, entry: Any) -> int:
        """Return the sign of an entry: -1, 0 or 1."""
        raise NotExact("it has a kink, and signs need an order")

    def is_zero(self, entry: Any) -> bool:
        """Return whether an entry is known to be 0."""
        return entry == 0

    def certain_sign(self, entry: Any) -> int:
        """Return the sign of an entry where the function has no kink: the sign by which an eigenvector is chosen."""
        return self.sign(entry)

    def constant_of(self, A: Array) -> Array:
        """Return the array as a constant for differentiation."""
        return A

    # -- complex numbers: of real ones ----------------------------------------------------------------------------

    def conjugate(self, entry: Any) -> Any:
        """Return the conjugate of an entry."""
        return entry

    def real_part(self, entry: Any) -> Any:
        return entry

    def imaginary_part(self, entry: Any) -> Any:
        return self.zero

    def imaginary_unit(self) -> Any:
        """Return i."""
        raise NotExact("1j is no real number")

    def _lacks(self, name: str) -> NotExact:
        return NotExact(f"{name} is not rational")

    def pi(self) -> Any:
        """Return π."""
        raise self._lacks("pi")

    def exp(self, x: Any) -> Any:
        raise self._lacks("exp")

    def log(self, x: Any) -> Any:
        raise self._lacks("log")

    def log_of_size(self, x: Any) -> Any:
        """Return log|x|."""
        raise self._lacks("log")

    def sqrt(self, x: Any) -> Any:
        raise self._lacks("a square root")

    def sin(self, x: Any) -> Any:
        raise self._lacks("sin")

    def cos(self, x: Any) -> Any:
        raise self._lacks("cos")

    def atan(self, x: Any) -> Any:
        raise self._lacks("atan")

    def asin(self, x: Any) -> Any:
        raise self._lacks("asin")

    def erf(self, x: Any) -> Any:
        raise self._lacks("erf")

    def erfinv(self, x: Any) -> Any:
        raise self._lacks("the inverse of erf")

    def polygamma(self, order: int, x: Any) -> Any:
        """Return the derivative of this order of log Γ: log Γ itself for 0, digamma for 1."""
        raise self._lacks("log Γ")

    # -- what follows from them -------------------------------------------------------------------------------

    def expm1(self, x: Any) -> Any:
        return self.exp(x) - self.one

    def log1p(self, x: Any) -> Any:
        return self.log(self.one + x)

    def tan(self, x: Any) -> Any:
        return self.quotient(self.sin(x), self.cos(x))

    def acos(self, x: Any) -> Any:
        return self.pi() * self.number(Fraction(1, 2)) - self.asin(x)

    def sinh(self, x: Any) -> Any:
        grown = self.exp(x)
        return (grown - self.inverse_of(grown)) * self.number(Fraction(1, 2))

    def cosh(self, x: Any) -> Any:
        grown = self.exp(x)
        return (grown + self.inverse_of(grown)) * self.number(Fraction(1, 2))

    def tanh(self, x: Any) -> Any:
        grown = self.exp(x + x)
        return self.quotient(grown - self.one, grown + self.one)

    def sigmoid(self, x: Any) -> Any:
        return self.inverse_of(self.one + self.exp(-x))

    def softplus(self, x: Any) -> Any:
        return self.log(self.one + self.exp(x))

    def logsigmoid(self, x: Any) -> Any:
        return -self.softplus(-x)

    def asinh(self, x: Any) -> Any:
        return self.log(x + self.sqrt(x * x + self.one))

    def acosh(self, x: Any) -> Any:
        return self.log(x + self.sqrt(x * x - self.one))

    def atanh(self, x: Any) -> Any:
        return self.log(self.quotient(self.one + x, self.one - x)) * self.number(Fraction(1, 2))

    def log2(self, x: Any) -> Any:
        return self.quotient(self.log(x), self.log(self.number(Fraction(2))))

    def log10(self, x: Any) -> Any:
        return self.quotient(self.log(x), self.log(self.number(Fraction(10))))

    def exp2(self, x: Any) -> Any:
        return self.exp(x * self.log(self.number(Fraction(2))))

    def sinc(self, x: Any) -> Any:
        angle = self.pi() * x
        return self.quotient(self.sin(angle), angle)

    def erfc(self, x: Any) -> Any:
        return self.one - self.erf(x)

    def normcdf(self, x: Any) -> Any:
        half = self.number(Fraction(1, 2))
        return (self.one + self.erf(x * self.sqrt(half))) * half

    def norminv(self, x: Any) -> Any:
        return self.erfinv(x + x - self.one) * self.sqrt(self.number(Fraction(2)))

    def lognormcdf(self, x: Any) -> Any:
        return self.log(self.normcdf(x))

    def lgamma(self, x: Any) -> Any:
        return self.polygamma(0, x)

    def digamma(self, x: Any) -> Any:
        return self.polygamma(1, x)

    # -- arrays -------------------------------------------------------------------------------------------------

    def array(self, value: Fraction | int) -> Array:
        """Return a rational number as a 1×1 array."""
        value = value if isinstance(value, Fraction) else Fraction(value)
        return Array((1, 1), [self.number(value)], value)

    def combine(self, operate: Any, A: Array, B: Array) -> Array:
        """Return an elementwise operation of two arrays, which are broadcast."""
        found = paired(operate, A, B)
        return Array(found.shape, self.reduced(found.entries))

    def add(self, A: Array, B: Array) -> Array:
        return self.combine(add, A, B)

    def subtract(self, A: Array, B: Array) -> Array:
        return self.combine(sub, A, B)

    def multiply(self, A: Array, B: Array) -> Array:
        return self.combine(mul, A, B)

    def divide(self, A: Array, B: Array) -> Array:
        if len(B.entries) == 1 and len(A.entries) > 2:
            return self.combine(mul, A, Array(B.shape, self.reduced([self.inverse_of(B.entries[0])])))
        return self.combine(self.quotient, A, B)

    def negate(self, A: Array) -> Array:
        return Array(A.shape, self.reduced(list(map(neg, A.entries))))

    def scale(self, factor: Fraction | int, A: Array) -> Array:
        """Return a rational multiple of an array."""
        number = self.number(factor if isinstance(factor, Fraction) else Fraction(factor))
        return Array(A.shape, self.reduced([number * entry for entry in A.entries]))

    def matmul(self, A: Array, B: Array) -> Array:
        columns = [B.entries[j :: B.shape[1]] for j in range(B.shape[1])]
        found = [sum(map(mul, row, column), self.zero) for row in A.rows() for column in columns]
        return Array((A.shape[0], B.shape[1]), self.reduced(found))

    def apply(self, function: Any, A: Array) -> Array:
        """Return a function of every entry."""
        return Array(A.shape, self.reduced([function(entry) for entry in A.entries]))

    def total(self, entries: list) -> Any:
        """Return the sum of some entries."""
        return sum(entries, self.zero)

    def product(self, entries: list) -> Any:
        """Return the product of some entries."""
        found = self.one
        for entry in entries:
            (found,) = self.reduced([found * entry])
        return found

    def eye(self, n: int) -> Array:
        return identity(n, self.zero, self.one)

    def kron(self, A: Array, B: Array) -> Array:
        rows = [[a * b for a in one for b in other] for one in A.rows() for other in B.rows()]
        return from_rows([self.reduced(row) for row in rows])

    # -- powers ------------------------------------------------------------------------------------------------

    def integer_power(self, entry: Any, exponent: int) -> Any:
        """Return an entry to an integer power."""
        if exponent < 0:
            return self.integer_power(self.inverse_of(entry), -exponent)
        if not exponent:
            return self.one
        found: Any = None
        square = entry
        while exponent:
            if exponent & 1:
                found = square if found is None else self.reduced([found * square])[0]
            exponent >>= 1
            if exponent:
                (square,) = self.reduced([square * square])
        return found

    def power(self, A: Array, B: Array) -> Array:
        """Return A**B, elementwise; an exponent that is no integer has the principal value of a positive base."""
        exponent = B.constant
        if exponent is None:
            return self.combine(lambda a, b: self.exp(b * self.log(a)), A, B)
        if exponent.denominator == 1:
            whole = exponent.numerator
            if abs(whole) > MAX_EXACT_POWER:
                raise NotExact(f"the exponent {exponent} is large")
            return self.apply(lambda a: self.integer_power(a, whole), A)
        if exponent.denominator == 2:
            return self.apply(lambda a: self.integer_power(self.sqrt(a), exponent.numerator), A)
        number = self.number(exponent)
        return self.apply(lambda a: self.exp(number * self.log(a)), A)

    def matrix_power(self, A: Array, exponent: int) -> Array:
        """Return a matrix to an integer power."""
        if exponent < 0:
            return self.matrix_power(self.inverse(A), -exponent)
        if exponent > MAX_EXACT_POWER:
            raise NotExact(f"the exponent {exponent} is large")
        if not exponent:
            return self.eye(A.shape[0])
        found: Any = None
        square = A
        while exponent:
            if exponent & 1:
                found = square if found is None else self.matmul(found, square)
            exponent >>= 1
            square = self.matmul(square, square) if exponent else square
        return found

    # -- linear algebra ------------------------------------------------------------------------------------------

    def solve(self, A: Array, B: Array) -> Array:
        """Return the solution of A @ Y = B by Gauss–Jordan elimination; raises NoValue where A may be singular."""
        n, rows = A.shape[0], [a + b for a, b in zip(A.rows(), B.rows())]
        for step in range(n):
            place = step + self.pivot([row[step] for row in rows[step:]])
            rows[step], rows[place] = rows[place], rows[step]
            factor = self.inverse_of(rows[step][step])
            leading = self.reduced([factor * entry for entry in rows[step]])
            rows[step] = leading
            for other in range(n):
                if other != step:
                    first = rows[other][step]
                    pairs = zip(rows[other][step:], leading[step:])
                    rows[other][step:] = self.reduced([entry - first * known for entry, known in pairs])
        return from_rows([row[n:] for row in rows])

    def inverse(self, A: Array) -> Array:
        return self.solve(A, self.eye(A.shape[0]))

    def pseudoinverse(self, A: Array) -> Array:
        """Return the Moore–Penrose inverse of a matrix of full rank."""
        turned = transpose(A)
        if A.shape[0] >= A.shape[1]:
            return self.solve(self.matmul(turned, A), turned)
        return transpose(self.solve(self.matmul(A, turned), A))

    def det(self, A: Array) -> Any:
        """Return the determinant: by minors, and of larger matrices by Bird's algorithm, without a division.

        Bird (2011), A simple division-free algorithm for computing determinants.
        """
        n = A.shape[0]
        if 0 < n <= MOST_ROWS:
            return self.reduced([determinant_of(A.entries, n)])[0]
        rows = A.rows()
        if n <= _BY_MINORS:
            return self._by_minors(rows, n)
        found = rows
        for _ in range(n - 1):
            below, upper = self.zero, [[self.zero] * n for _ in range(n)]
            for i in range(n - 1, -1, -1):
                upper[i][i] = below
                upper[i][i + 1 :] = found[i][i + 1 :]
                (below,) = self.reduced([below - found[i][i]])
            found = self.matmul(from_rows(upper), A).rows()
        (value,) = self.reduced([found[0][0] if n % 2 else -found[0][0]])
        return value

    def _by_minors(self, rows: list, n: int) -> Any:
        known = {0: self.one}
        for row in range(n):
            following: dict = {}
            for chosen, minor in known.items():
                for column in range(n):
                    if not chosen >> column & 1:
                        term = rows[row][column] * minor
                        after = chosen | 1 << column
                        odd = (chosen >> column).bit_count() & 1
                        before = following.get(after)
                        signed = -term if odd else term
                        following[after] = signed if before is None else before + signed
            known = dict(zip(following, self.reduced(list(following.values()))))
        return known[(1 << n) - 1]

    def adjugate(self, A: Array) -> Array:
        """Return the transposed matrix of cofactors."""
        n = A.shape[0]
        if 1 < n <= MOST_ROWS:
            return Array((n, n), self.reduced(adjugate_of(A.entries, n)))
        rows = A.rows()

        def cofactor(i: int, j: int) -> Any:
            rest = [row[:j] + row[j + 1 :] for k, row in enumerate(rows) if k != i]
            minor = self.det(from_rows(rest)) if rest else self.one
            return -minor if (i + j) % 2 else minor

        return Array((n, n), self.reduced([cofactor(i, j) for j in range(n) for i in range(n)]))

    # -- functions of matrices that need more than elimination -----------------------------------------------------

    def expm(self, A: Array) -> Array:
        raise NotExact("expm is not rational")

    def logm(self, A: Array) -> Array:
        raise NotExact("logm is not rational")

    def sqrtm(self, A: Array) -> Array:
        raise NotExact("sqrtm is not rational")

    def eigen(self, A: Array) -> tuple:
        """Return the ascending eigenvalues of a symmetric matrix, and its unit eigenvectors as rows."""
        raise NotExact("eigenvalues are not rational")


def paired(operate: Any, A: Array, B: Array) -> Array:
    """Return an elementwise operation of two arrays, which are broadcast; its entries are not reduced."""
    if A.shape == B.shape:
        return Array(A.shape, list(map(operate, A.entries, B.entries)))
    shape = common_shape(A.shape, B.shape)
    return Array(shape, list(map(operate, spread(A, shape), spread(B, shape))))


def nonzero(entry: Any) -> Any:
    """Return an entry, unless it is 0: raises NoValue."""
    if entry == 0:
        raise NoValue("a divisor is 0")
    return entry
