"""What ``convex`` says of a function: the verdict, the proof, or the chords that refute it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...display import Displayed
from ...libraries import trouble
from ...proofs.report import ProofReport, count_of
from ...proofs.steps import PLAIN
from ...steps.letters import Letters
from ..definiteness.definite import UNKNOWN
from .rules import CONVEX_TABLE

AFFINE_VERDICT = "affine"
CONVEX_VERDICTS = {
    (True, 1): "strictly convex",
    (True, -1): "strictly concave",
    (False, 1): "convex",
    (False, -1): "concave",
}
# the ends of a chord are named apart from the names of the function
_END_NAMES = (("a", "b"), ("u", "v"), ("p", "q"), ("r", "s"), ("end1", "end2"))
NEITHER, NOT_CONVEX, NOT_CONCAVE = "neither convex nor concave", "not convex", "not concave"


@dataclass(frozen=True, repr=False)
class ConvexReport(Displayed, ProofReport):
    """The convexity of a scalar function in one of its names, or in several jointly: then ``wrt`` is a tuple.

    ``verdict``: 'affine', 'strictly convex', 'convex', 'strictly concave', 'concave', else 'neither convex nor concave'
    or 'not convex', 'not concave' (by counterexamples), or 'unknown'. ``where``: the conditions of the domain, as
    texts; ``convex_domain``: whether they are known to make a convex set, else the verdict holds on every convex part.
    ``proof``: a :class:`~matcalc.proofs.steps.Proof` or None; ``smooth``: whether it holds where the function is
    differentiable. ``search``: what was found without a proof; ``hessian``: the second derivative as a text; ``notes``:
    what the reader should know besides.
    """

    expression: Any
    wrt: str | tuple
    verdict: str
    where: tuple
    convex_domain: bool
    proof: Any = None
    search: Any = None
    hessian: str | None = None
    smooth: bool = False
    notes: tuple = ()

    @property
    def counterexample(self):
        """The Chord that shows that the function is not convex, or None."""
        return None if self.search is None else self.search.above

    table = CONVEX_TABLE

    def ground(self):
        """Return the points that the proof speaks of."""
        from ...proofs.ground import Ground

        return Ground(self.expression.elaborated, self.expression.book, self.names, self.smooth)

    @property
    def names(self):
        """The names of the variables."""
        return (self.wrt,) if isinstance(self.wrt, str) else self.wrt

    @property
    def _variables(self):
        names = self.names
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} jointly"

    @property
    def _region(self):
        if not self.where:
            return ""
        conditions = ", ".join(self.where)
        return f", where {conditions}" if self.convex_domain else f", on every convex set where {conditions}"

    def headline(self, style=PLAIN):
        """Return the verdict in one line."""
        if self.proof is not None:
            steps, shown = count_of(len(self.proof), "step"), style.expression(self.expression.text)
            return f"{self.verdict} in {self._variables}{self._region}: {shown} (proved in {steps})"
        if self.verdict == UNKNOWN:
            if self.search is None:
                return f"unknown: not proved, and counterexamples are not sought: {trouble()}{self._region}"
            none = "no counterexample to convexity"
            pairs = count_of(self.search.points, "pair")
            return f"unknown: not proved, and {none} found at {pairs} of points{self._region}"
        example = (
            self._chord(self.search.below, "<") if self.search.above is None else self._chord(self.search.above, ">")
        )
        return f"{self.verdict} in {self._variables}: {example}"

    def details(self, style=PLAIN):
        """Return the lines of the proof, or the counterexample to concavity."""
        if self.proof is not None:
            return self.proof.lines(style)
        lines = []
        below = None if self.search is None else self.search.below
        if below is not None and (self.search.above is not None or self.verdict == UNKNOWN):
            lines.append(f"not concave: {self._chord(below, '<')}")
        if self.verdict == UNKNOWN and self.hessian is not None:
            lines.append(f"the second derivative is {self.hessian}")
        return lines

    def _chord(self, chord, relation):
        mean = _mean(*chord.ends)
        values = "".join(f", {name} = {value}" for name, value in chord.values.items())
        taken = {*self.expression.shapes, *chord.values}
        letters, free = Letters(taken), next((pair for pair in _END_NAMES if not taken & {*pair}), None)
        one, other = free or (letters.take("one_end"), letters.take("other_end"))
        points = f"{one} = {_point(chord.one)}, {other} = {_point(chord.other)}{values}"
        return f"f(({one} + {other})/2) = {chord.middle} {relation} {mean} = (f({one}) + f({other}))/2 at {points}"

    def record(self):
        """Return what --json says."""
        search = self.search
        return {
            "input": self.expression.text,
            "wrt": self.wrt if isinstance(self.wrt, str) else list(self.wrt),
            "verdict": self.verdict,
            "shapes": {name: list(shape) for name, shape in self.expression.shapes.items()},
            "where": list(self.where),
            "convex_domain": self.convex_domain,
            "hessian": self.hessian,
            "proof": None if self.proof is None else self.proof.record(),
            "counterexamples": {
                name: chord.record()
                for name, chord in (("convex", search and search.above), ("concave", search and search.below))
                if chord
            },
            "points": None if search is None else search.points,
            "notes": list(self.notes),
        }


def _point(value):
    """Return a point as it is shown: that of several variables with their names."""
    return value if not isinstance(value, dict) else f"({', '.join(f'{name} = {v}' for name, v in value.items())})"


def _mean(first, last):
    mean = (first + last) / 2
    return int(mean) if mean == int(mean) else float(f"{mean:.6g}")
