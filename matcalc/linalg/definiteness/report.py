"""What ``definite`` says of a matrix of numbers: the verdict, its certificate, and the margin of rounding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...api import book_of
from ...display import Displayed
from ...proofs.report import text_of
from ...proofs.steps import PLAIN, Style, UnicodeStyle
from ..showing import error_text, matrix_text, number_text, vector_text
from .exact import ExactFactors
from .numeric import INDEFINITE, NEGATIVE, POSITIVE, UNDECIDED, ZERO, Numbers, Witness
from .verify import Verification, verify

if TYPE_CHECKING:
    import numpy

_MOST_SHOWN = 6
_LONGEST_NUMBER = 24
_LARGEST_ENTRY = 10**6


@dataclass(frozen=True, repr=False)
class NumericReport(Displayed):
    """The definiteness of a matrix of numbers; ``found`` has the certificate, see :class:`Numbers`."""

    found: Numbers

    @property
    def verdict(self) -> str:
        """'positive definite', 'positive semidefinite', 'negative …', 'indefinite', 'zero' or 'undecided'."""
        return self.found.verdict

    @property
    def certificate(self):
        """What the verdict can be verified by: {'pivots', 'lower', 'minors', 'cholesky', 'witnesses', …}."""
        found = self.found
        record = {"eigenvalues": (found.smallest, found.largest), "margin": found.margin}
        if found.factors is not None:
            record |= {"order": found.factors.order, "lower": found.factors.lower, "pivots": found.factors.pivots}
            record |= {"couplings": found.factors.couplings, "minors": found.minors}
        if found.cholesky is not None:
            record["cholesky"] = found.cholesky
        witnesses = {"below": found.below, "above": found.above, "kernel": found.kernel}
        return {**record, **{name: witness for name, witness in witnesses.items() if witness is not None}}

    proof = None

    @property
    def counterexample(self):
        """The witness x with x.T@A@x < 0 of a matrix that is not positive semidefinite, else None."""
        return self.found.below

    def verify(self) -> Verification:
        """Compute the certificate again, by other code; returns a Verification."""
        return verify(self.found)

    @property
    def part(self) -> str:
        """What the verdict is about: the matrix, or its symmetric (Hermitian) part."""
        if self.found.symmetric:
            return "the matrix"
        return "the Hermitian part" if self.found.matrix.is_complex else "the symmetric part"

    def headline(self, style: Style = PLAIN) -> str:
        """Return the verdict with its shortest evidence, in one line."""
        found = self.found
        if found.verdict == ZERO:
            return f"zero: {self._form(style)} = 0 for every x, so positive and negative semidefinite"
        if found.verdict == UNDECIDED:
            return (
                f"undecided: {self.part} has the eigenvalue {number_text(self._nearest_zero(), 3)}, and rounding may "
                f"change it by {error_text(found.margin)}"
            )
        witness = found.below if found.verdict == INDEFINITE else found.kernel
        shown = [f"{found.verdict}: {self._evidence()}"]
        if witness is not None and max(map(abs, witness.vector)) <= _LARGEST_ENTRY:
            shown.append(self._at(witness, style))
        return ";  ".join(shown)

    def _nearest_zero(self) -> float:
        return min(self.found.smallest, self.found.largest, key=abs)

    def _evidence(self) -> str:
        found = self.found
        if found.matrix.shape[0] == 1:
            return f"{self.part} is {number_text(found.largest)}"
        if found.verdict in (POSITIVE, NEGATIVE) and found.minors is not None and self._short(found.minors):
            minors = ", ".join(map(str, found.minors))
            return f"the leading minors of {self.part} are {minors}"
        close = found.kernel is None and min(abs(found.smallest), abs(found.largest)) <= found.margin
        if found.factors is not None and found.exact and close:
            return f"{self.part} has {self._inertia(found.factors)}"
        low, high = (number_text(self._clean(v), 3) for v in (found.smallest, found.largest))
        if found.matrix.shape[0] == 2:
            return f"{self.part} has eigenvalues {low} and {high}"
        return f"{self.part} has eigenvalues from {low} to {high}"

    def _inertia(self, factors: ExactFactors) -> str:
        """Return how many eigenvalues are negative and positive, where floats cannot tell them from 0."""
        copies = 2 if self.found.matrix.is_complex else 1
        counts = {"negative": factors.negative // copies, "positive": factors.positive // copies}
        shown = [f"{count} {sign} eigenvalue{'s' if count > 1 else ''}" for sign, count in counts.items() if count]
        return " and ".join(shown)

    def _clean(self, eigenvalue: float) -> float:
        """Return 0 for an eigenvalue that exact arithmetic knows to be 0."""
        known_zero = self.found.exact and self.found.kernel is not None
        return 0.0 if known_zero and abs(eigenvalue) <= self.found.margin else eigenvalue

    @staticmethod
    def _short(numbers: tuple[Fraction, ...]) -> bool:
        return len(numbers) <= _MOST_SHOWN and all(len(str(number)) <= _LONGEST_NUMBER for number in numbers)

    def _form(self, style: Style) -> str:
        return style.either("x.conj().T@A@x", "x*Ax") if self.found.matrix.is_complex else style.expression("x.T@A@x")

    def _at(self, witness: Witness, style: Style) -> str:
        real = "" if self.found.symmetric or not self.found.matrix.is_complex else "the real part of "
        return f"{real}{self._form(style)} = {_number(witness.value)} at x = {vector_text(list(witness.vector))}"

    def details(self, style: Style = PLAIN) -> list[str]:
        """Return further lines: the factorization, the other witness, how it was decided."""
        found, lines = self.found, []
        if found.verdict == INDEFINITE and found.above is not None:
            lines.append(self._at(found.above, style))
        if found.factors is not None:
            lines += self._factors(found.factors, style)
        if found.cholesky is not None:
            lines += self._cholesky(found.cholesky, style)
        if found.exact:
            lines.append("decided by exact arithmetic")
        elif found.verdict not in (ZERO, UNDECIDED):
            how = style.either("n*eps*norm", "n ε ‖A‖")
            lines.append(f"rounding may change the eigenvalues by {error_text(found.margin)} ({how})")
        return lines

    def _factors(self, factors: ExactFactors, style: Style) -> list[str]:
        numbers: list[Any] = [entry for row in factors.lower for entry in row]
        if len(factors.pivots) > _MOST_SHOWN or not self._short_all([*numbers, *factors.pivots]):
            return []
        size = len(factors.pivots)
        middle: list[list[Any]] = [
            [factors.pivots[i] if i == j else Fraction(0) for j in range(size)] for i in range(size)
        ]
        for k, d in factors.couplings.items():
            middle[k][k + 1] = middle[k + 1][k] = d
        shown = f"diag({', '.join(map(str, factors.pivots))})" if not factors.couplings else _literal(middle)
        name = "A" if self.found.symmetric else style.expression("(A + A.T)/2")
        if self.found.matrix.is_complex:
            name = "the real form [[Re, -Im], [Im, Re]]"
        lines = [f"{name} = {style.expression('L@D@L.T')},  L = {_literal(factors.lower)},  D = {shown}"]
        if factors.order != tuple(range(size)):
            lines.append(f"with rows and columns in the order {', '.join(str(i + 1) for i in factors.order)}")
        return lines

    def _short_all(self, numbers: list[Fraction]) -> bool:
        return all(len(str(number)) <= _LONGEST_NUMBER for number in numbers)

    def _cholesky(self, factor: numpy.ndarray, style: Style) -> list[str]:
        text = matrix_text(factor, "    ")
        if text is None or len(factor) > _MOST_SHOWN:
            return []
        name = "A" if self.found.symmetric else f"{self.part} of A"
        name = name if self.found.verdict == POSITIVE else f"-({name})"
        is_complex = self.found.matrix.is_complex
        product = style.either("L@L.conj().T", "L L*") if is_complex else style.expression("L@L.T")
        return [f"{name} = {product},  L = {text}"]

    @property
    def notes(self) -> list[str]:
        """What the reader should know besides."""
        if self.found.symmetric:
            return []
        what = "Hermitian" if self.found.matrix.is_complex else "symmetric"
        return [f"the matrix is not {what}, so Cholesky and eigvalsh, which read one triangle, cannot tell"]

    def unicode(self) -> str:
        """Return verdict and certificate in Unicode mathematics."""
        style = UnicodeStyle(book_of(), {})
        return text_of(self.headline(style), self.details(style))

    def __str__(self) -> str:
        return text_of(self.headline(), self.details(), self.notes)

    def record(self):
        """Return what --json says."""
        found = self.found
        factors = found.factors
        return {
            "input": found.matrix.source,
            "shape": list(found.matrix.shape),
            "verdict": found.verdict,
            "symmetric": found.symmetric,
            "exact": found.exact,
            "eigenvalues": [_finite(found.smallest), _finite(found.largest)],
            "margin": _finite(found.margin),
            "minors": None if found.minors is None else list(map(str, found.minors)),
            "pivots": None if factors is None else list(map(str, factors.pivots)),
            "lower": None if factors is None else [list(map(str, row)) for row in factors.lower],
            "order": None if factors is None else list(factors.order),
            "couplings": None if factors is None else {str(k): str(d) for k, d in factors.couplings.items()},
            "witnesses": {
                name: {"x": list(map(_plain, witness.vector)), "value": _number(witness.value)}
                for name, witness in (("below", found.below), ("above", found.above), ("kernel", found.kernel))
                if witness is not None
            },
            "notes": self.notes,
        }


def _number(value: float | Fraction) -> str:
    return (
        str(value) if isinstance(value, Fraction) and len(str(value)) <= _LONGEST_NUMBER else number_text(float(value))
    )


def _literal(rows):
    return "[" + ", ".join(f"[{', '.join(map(str, row))}]" for row in rows) + "]"


def _plain(entry):
    return str(entry) if isinstance(entry, complex) else entry


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
