"""A moment as an answer: the expression, the conditions, the derivation, and the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr

from ..algebra.constants import shape_of
from ..answers.expression import Expression
from ..answers.findings import Part, shape_told, shapes_told, steps_record
from ..answers.shown import presenter_of
from ..budget import limited
from ..calculus.shortening.shorten import simplify
from ..language.unparse import unparse
from ..printers.plain import plain_shape
from ..steps.step import Step
from .laws import Law
from .moments import Record
from .reading import Reading, answered

if TYPE_CHECKING:
    from ..checks.moments import MomentCheck


_SIGNS = {
    "expectation": ("E f", r"\mathbb{E} f"),
    "variance": ("Var f", r"\operatorname{Var} f"),
    "covariance": ("Cov(f, g)", r"\operatorname{Cov}(f, g)"),
    "entropy": ("H", "H"),
    "divergence": ("KL", r"\mathrm{KL}"),
}


class Moment(Expression):
    """An expectation, a variance or a covariance: an Expression in the parameters of the distributions.

    ``kind`` is "expectation", "variance", "covariance", "entropy" or "divergence", ``inputs`` the texts that it is of,
    ``where`` the conditions it holds under, as texts, and ``steps`` the derivation, a list of
    :class:`~matcalc.steps.step.Step`.
    """

    def __init__(self, kind: str, reading: Reading, laws: list[Law], value: Expr, record: Record) -> None:
        super().__init__(answered(reading, value), reading.book)
        self.kind, self.reading, self.inputs = kind, reading, reading.texts
        self.where = list(record.where)
        self._lines = list(record.lines)
        self._order = [law.distribution for law in laws]

    @property
    def dist(self) -> list[str]:
        """The distributions, as they were declared."""
        return [distribution.text.strip() for distribution in self.reading.distributions]

    @property
    def steps(self) -> list[Step]:
        """The derivation line by line; the last step is the moment itself."""
        steps = []
        for text, value, source in self._lines:
            shown = "" if value is None else self._text(value)
            shape = () if value is None else plain_shape(shape_of(value))
            steps.append(Step(shown, text, source, text, shape))
        return [*steps, Step(str(self), "together", "", "together, in short form", self.shape)]

    def _text(self, value: Expr) -> str:
        return unparse(presenter_of(self.elaborated).tree(simplify(value, self.book)))

    @property
    def problem(self):
        """What the check takes, a :class:`~matcalc.checks.randomness.MomentProblem`."""
        from ..checks.randomness import MomentProblem

        whole = self.reading.elaborated
        functions = self.reading.trees if self.kind != "variance" else self.reading.trees * 2
        return MomentProblem(
            functions, self.tree, self._order, whole.shapes, whole.facts, whole.sizes, tuple(self.where), self.book
        )

    @limited("checking")
    def check(self, points: int = 2, seed: int = 0) -> MomentCheck:
        """Compare with quadrature and with sampling of the text, at random parameters; returns a MomentCheck."""
        from ..checks.moments import check_moment

        return check_moment(self.problem, points, seed)

    @property
    def parts(self) -> list[Part]:
        """The moment with what stands on its left."""
        sign, latex = _SIGNS[self.kind]
        return [Part(self.kind, self, sign, sign, latex)]

    @property
    def told(self) -> list[str]:
        """Of what the moment is, and under which shapes and conditions."""
        told = [f"{shape_told(self.shape)}, {self.kind} over {', '.join(self.dist)}", shapes_told(self)]
        return [part for part in (*told, f"where {', '.join(self.where)}" if self.where else "") if part]

    def record(self) -> dict[str, Any]:
        """Return what --json says."""
        return {
            "input": self.inputs[0] if len(self.inputs) == 1 else list(self.inputs),
            "dist": self.dist,
            self.kind: str(self),
            "shape": list(self.shape),
            "shapes": {name: list(shape) for name, shape in self.shapes.items()},
            "assume": {name: sorted(words) for name, words in self.elaborated.facts.items() if words},
            "where": self.where,
            "steps": steps_record(self.steps),
        }

    def __repr__(self) -> str:
        return f"Moment({str(self)!r}, kind={self.kind!r})"
