"""The check of a claim about a derivative by a complex name: which tangent it is, in whose convention, and what lacks.

The truth is torch's, of real and imaginary parts (:class:`~matcalc.checks.complexes.ComplexProblem`); every diagnosis
holds at all points that were compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..answers.derivative import answer
from ..checks.complexes import ComplexProblem
from ..checks.gaussian_point import smallest_difference
from ..checks.problem import informative_point
from ..complexes.names import conjugate_name
from ..errors import MatcalcError
from ..evaluation.evaluate import evaluate
from ..evaluation.exact.sides import MissingSide
from ..evaluation.points import Point
from ..evaluation.sides import ComplexSides
from ..language.nodes import plain_name
from ..language.syntax import Tree
from ..language.unparse import unparse
from ..rulebook.facts import hermitian, is_complex
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .complex_edits import edits
from .reading import Claim
from .report import ClaimReport
from .sentences import right_message
from .sides import not_compared
from .wording import possible_shapes

if TYPE_CHECKING:
    import torch

TOLERANCE = 1e-7
# farther out rounding errors are larger
_CLEARLY = 1e-3
_DENOMINATOR = 64
_GRADIENTS = {"torch": "torch's .grad", "jax": "JAX's grad"}


@dataclass(frozen=True)
class Reading:
    """What a formula may mean: its name, the diagnosis and the sentence that says so, and its values by layout."""

    diagnosis: str
    sentence: str
    values: dict[str, list[torch.Tensor]]


@dataclass(frozen=True)
class Found:
    """What was found out about a wrong formula."""

    diagnosis: str
    message: str
    layout: str
    repaired: Tree | None = None


class TangentCheck:
    """Compares a claim with the derivative by a complex name, or by a real one of an expression in complex names."""

    def __init__(self, query: Any, claim: Claim, layouts: list[str], points: int, seed: int, notes: tuple) -> None:
        self.query, self.claim, self.layouts, self.notes, self.seed = query, claim, layouts, notes, seed
        self.plain, self.words = plain_name(query.wrt), query.elaborated.facts.get(plain_name(query.wrt), frozenset())
        self.rights = {layout: answer(replace(query, layout=layout)) for layout in LAYOUTS}
        self.problem = ComplexProblem(self.rights["num"])
        self.points = self._drawn(points)

    def _drawn(self, count: int) -> list[Point]:
        sampler, found = self.problem.sampler(self.seed), []
        for _ in range(count):
            point = informative_point(self.problem, sampler, set())
            if point is None:
                break
            found.append(point)
        self.reason = sampler.reason
        return found

    # -- values -----------------------------------------------------------------------------------------------------

    def truths(self, wrt: str, convention: str = "wirtinger") -> dict[str, list[torch.Tensor]]:
        """Return torch's derivative by a name at the points, by layout."""
        return {
            layout: [self.truth(replace(self.query, wrt=wrt, convention=convention, layout=layout), point)
                     for point in self.points]
            for layout in LAYOUTS
        }

    def truth(self, query: Any, point: Point) -> torch.Tensor:
        """Return torch's derivative at a point."""
        problem = self.problem if query == self.problem.query else ComplexProblem(answer(query))
        value, found, _ = problem.derivative(point)
        return problem.true_value(value, found, point)

    def values(self, tree: Tree) -> list[torch.Tensor | None]:
        """Return the values of a formula at the points, None where it has none."""
        return [self.value(tree, point) for point in self.points]

    def value(self, tree: Tree, point: Point) -> torch.Tensor | None:
        """Return the value of a formula at a point, None where it has none."""
        try:
            found = evaluate(tree, point.arrays, point.sizes, self.problem.book)
        except MatcalcError:
            return None
        return found.detach() if bool(found.isfinite().all()) else None

    @cached_property
    def right(self) -> dict[str, list[torch.Tensor]]:
        """The derivative itself at the points."""
        return self.truths(self.query.wrt, self.query.convention)

    @cached_property
    def is_real(self) -> bool:
        """Whether the expression has real values at all points."""
        values = [evaluate(self.problem.typed, p.arrays, p.sizes, self.problem.book).detach() for p in self.points]
        return all(not v.is_complex() or float(v.imag.norm()) <= TOLERANCE * float(v.norm()) for v in values)

    # -- the verdict ------------------------------------------------------------------------------------------------

    def report(self) -> ClaimReport:
        """Return what is found out about the claim."""
        if not self.points:
            return self._report(None, "any", "", f"not checked: {self.reason}")
        read = [(reading, self.values(reading.tree)) for reading in self.claim.readings]
        for reading, values in read:
            both = [layout for layout in LAYOUTS if self.agree(values, self.right[layout])]
            wanted = [layout for layout in self.layouts if layout in both]
            if wanted and not self._wrong_elsewhere(reading.tree, wanted):
                layout = "any" if len(both) == 2 else wanted[0]
                self.notes += reading.notes
                message = right_message(layout, len(both) == 2)
                return self._report(True, layout, "right", message, error=self._error(values, wanted[0]))
        reading, values = read[0][0], self.values(read[0][0].tree)
        self.notes += reading.notes
        found = self._found(reading.tree, values)
        return self._wrong(found, reading.tree, values)

    def _wrong_elsewhere(self, tree: Tree, layouts: list[str]) -> bool:
        """Whether a formula is clearly wrong on sides of kinks that the points do not show; keeps such a point."""
        problem, book = self.problem, self.problem.book
        sides = ComplexSides([problem.typed, tree], self.points, problem.facts, book, self.seed)
        for point in sides.search():
            with suppress(MatcalcError, RuntimeError):
                truths = [self.truth(replace(self.query, layout=layout), point) for layout in layouts]
                value = self.value(tree, point)
                known = all(bool(truth.isfinite().all()) for truth in truths)
                if value is not None and known and all(_error(value, truth) > _CLEARLY for truth in truths):
                    self.points.append(point)
                    del self.right
                    return True
        missing = tuple(MissingSide(argument, sign) for argument, sign in sides.missing)
        self.notes += not_compared(self.query, missing)
        return False

    def agree(self, values: list, truths: list[torch.Tensor]) -> bool:
        """Return whether a formula has the values of the truth at all points."""
        return all(v is not None and _error(v, truth) <= TOLERANCE for v, truth in zip(values, truths))

    def _error(self, values: list, layout: str) -> float:
        errors = [
            float("inf") if v is None else _error(v, truth) for v, truth in zip(values, self.right[layout])
        ]
        return max(errors)

    def _found(self, tree: Tree, values: list) -> Found:
        if any(value is None for value in values):
            message = f"your formula has no value here; the derivative is {self._shapes()}"
            return Found("shape", message, self.layouts[0])
        if not any(bool(value.any()) for value in values):
            return Found("different", "your formula is zero, and the derivative is not", self.layouts[0])
        for reading in self._readings():
            for layout in (*self.layouts, *(name for name in LAYOUTS if name not in self.layouts)):
                if self.agree(values, reading.values[layout]):
                    return Found(reading.diagnosis, reading.sentence, layout)
        return self._factor(values) or self._edited(tree) or self._of_real(values) or self._different(values)

    def _different(self, values: list) -> Found:
        layout = self.layouts[0]
        if all(v.shape != t.shape for name in self.layouts for v, t in zip(values, self.right[name])):
            shape = "×".join(map(str, values[0].shape))
            message = f"your formula is {shape} at the first point; the derivative is {self._shapes()}"
            return Found("shape", message, layout)
        return Found("different", "no simple change of your formula makes it right", layout)

    def _shapes(self) -> str:
        return possible_shapes(self.query, self.layouts)

    # -- what it may be instead ---------------------------------------------------------------------------------------

    def _readings(self) -> Iterator[Reading]:
        """Yield what a formula may be instead, the likeliest first."""
        query = self.query
        if set(self.layouts) != set(LAYOUTS):
            yield Reading("other layout", "right in the other layout: it is transposed", self.right)
        if is_complex(self.words) and query.order == 1:
            yield from self._tangents()
            yield from self._gradients()
        for diagnosis, sentence, change in _CHANGES:
            yield Reading(diagnosis, sentence, self._changed(change))

    def _changed(self, change: Callable) -> dict[str, list[torch.Tensor]]:
        return {layout: [change(truth) for truth in truths] for layout, truths in self.right.items()}

    def _tangents(self) -> Iterator[Reading]:
        """Yield the two tangents: ∂f/∂z and ∂f/∂conj(z)."""
        query = self.query
        for name in (self.plain, conjugate_name(self.plain)):
            if query.convention != "wirtinger":
                library, other = self._gradient(query.convention)
                sentence = f"your formula is ∂f/∂{name}; {library} is {other}"
                yield Reading("convention", sentence, self.truths(name))
            elif name != query.wrt:
                sentence = f"your formula is ∂f/∂{name}, and asked for is ∂f/∂{query.wrt}; --wrt \"{name}\" asks for it"
                yield Reading("other tangent", sentence, self.truths(name))

    def _gradient(self, convention: str) -> tuple[str, str]:
        """Return whose gradient a convention is, and what it is."""
        name = conjugate_name(self.plain) if convention == "torch" else self.plain
        return _GRADIENTS[convention], f"twice ∂f/∂{name}"

    def _gradients(self) -> Iterator[Reading]:
        """Yield the gradients that libraries give of a real f."""
        query = self.query
        if not self.is_real or query.structure != "free" or hermitian(self.words):
            return
        asked = f"∂f/∂{query.wrt}" if query.convention == "wirtinger" else _GRADIENTS[query.convention]
        for convention in _GRADIENTS:
            if convention != query.convention:
                library, what = self._gradient(convention)
                name = conjugate_name(self.plain) if convention == "torch" else self.plain
                doubled = {layout: [2 * t for t in truths] for layout, truths in self.truths(name).items()}
                sentence = f"this is {library}: {what}; asked for is {asked}, and --convention {convention} asks for it"
                yield Reading("convention", sentence, doubled)

    def _factor(self, values: list) -> Found | None:
        """The formula is right up to a number, the same at all points."""
        for layout in self.layouts:
            ratios = [_ratio(v, truth) for v, truth in zip(values, self.right[layout])]
            found = [ratio for ratio in ratios if ratio is not None]
            if len(found) < len(ratios) or any(abs(one - found[0]) > TOLERANCE * abs(found[0]) for one in found):
                continue
            return Found("factor", f"a factor of {_number(found[0])} is missing", layout)
        return None

    def _edited(self, tree: Tree) -> Found | None:
        """The formula is right once a conjugate is put in, taken away, or taken of another part."""
        names = {name for name, words in self.query.elaborated.facts.items() if is_complex(words)}
        for edited, message in edits(tree, names):
            values = self.values(edited)
            for layout in self.layouts:
                if self.agree(values, self.right[layout]):
                    return Found("conjugate", message, layout, edited)
        return None

    def _of_real(self, values: list) -> Found | None:
        """The formula is what it would be of real names."""
        points = [Point({name: array.real for name, array in p.arrays.items()}, p.sizes) for p in self.points]
        tree = self.claim.readings[0].tree
        claimed = [self.value(tree, point) for point in points]
        for layout in self.layouts:
            other = conjugate_name(self.plain) if self.query.wrt == self.plain else self.plain
            texts = [self.rights[layout]]
            if is_complex(self.words) and self.query.convention == "wirtinger":
                texts.append(answer(replace(self.query, layout=layout, wrt=other)))
            trees = [found.tree for found in texts]
            parts = [[v for point in points if (v := self.value(one, point)) is not None] for one in trees]
            if any(len(column) < len(points) for column in parts):
                continue
            sums = [sum(column) for column in zip(*parts)]
            if self.agree(claimed, parts[0]) or len(parts) > 1 and self.agree(claimed, sums):
                return Found("real only", "right for real names alone: of complex ones it lacks conjugates", layout)
        return None

    # -- reports ----------------------------------------------------------------------------------------------------

    def _wrong(self, found: Found, tree: Tree, values: list) -> ClaimReport:
        layout = found.layout if found.layout in self.layouts else self.layouts[0]
        error = min(self._error(values, name) for name in self.layouts)
        shown = "its shape is another one" if error == float("inf") else f"relative error {error:.2g} at a random point"
        if found.diagnosis == "other layout":
            shown = "it is transposed"
        counterexample = smallest_difference(self, tree, layout)
        repaired = None if found.repaired is None else unparse(found.repaired)
        return self._report(
            False, layout, found.diagnosis, found.message, error, f"not the derivative: {shown}", repaired,
            counterexample,
        )

    def _report(
        self, ok: bool | None, layout: str, diagnosis: str, message: str, error: float | None = None,
        headline: str = "", repaired: str | None = None, counterexample: dict | None = None,
    ) -> ClaimReport:
        right = self.rights["denom" if layout == "any" else layout]
        shapes = {name: tuple(map(str, shape)) for name, shape in self.query.elaborated.shapes.items()}
        return ClaimReport(
            ok, layout, diagnosis, message, right=right, counterexample=counterexample, repaired=repaired,
            notes=self.notes, max_error=error, points=len(self.points), headline=headline, claim=self.claim.text,
            wrt=self.query.wrt, shapes=shapes,
        )


_CHANGES = (
    ("conjugate", "your formula is the conjugate of the derivative", lambda truth: truth.conj()),
    ("conjugate", "your formula is the conjugate transpose of the derivative", lambda truth: truth.mH),
    ("transpose", "your formula is the transpose of the derivative", lambda truth: truth.mT),
)


def _ratio(value: torch.Tensor, truth: torch.Tensor) -> complex | None:
    """Return the number by which a value is the truth, None where there is none."""
    if value.shape != truth.shape or not value.abs().max():
        return None
    value, truth = value + 0j, truth + 0j
    ratio = complex((value.conj() * truth).sum() / (value.conj() * value).sum())
    return ratio if ratio and _error(ratio * value, truth) <= TOLERANCE else None


def _number(ratio: complex) -> str:
    """Return a factor as it is written: 1/2, -1, 2j."""
    real, imaginary = (Fraction(part).limit_denominator(_DENOMINATOR) for part in (ratio.real, ratio.imag))
    if abs(complex(real, imaginary) - ratio) > TOLERANCE * abs(ratio):
        return f"about {ratio:.6g}"
    if not imaginary:
        return str(real)
    turned = f"{imaginary}*1j" if imaginary.denominator != 1 else f"{imaginary}j"
    return f"({real} + {turned})" if real else turned


def _error(value: torch.Tensor, truth: torch.Tensor) -> float:
    if value.shape != truth.shape:
        zeros = value.numel() == 1 and not float(value.abs().max()) and not float(truth.abs().max())
        return 0.0 if zeros else float("inf")
    difference = float((value - truth).norm())
    return difference / max(float(value.norm()), float(truth.norm())) if difference else 0.0
