"""A claim compared with torch autograd at random points, and what the report says of it."""

from __future__ import annotations

from ..evaluation.counterexample import smallest
from ..language.stacks import as_written
from ..language.syntax import Call, Tree
from ..language.unparse import unparse
from ..rulebook.entries import size_tree
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .case import Case, verified_answer
from .diagnose import diagnose, reason_without_value
from .exact import ExactCheck, ExactVerdict
from .judge import judge, truth_is_steady
from .reading import misfit, unknown_name
from .report import ClaimReport
from .samples import Ground
from .scale import Scale, is_stable
from .sentences import headline, right_message
from .sides import not_compared
from .wording import derivative_shape

_LEAST_COMPARED = 3
_MOST_DIAGNOSED = 3


class SampledCheck:
    """One claim about one query, compared with torch autograd at random points."""

    def __init__(self, query, claim, layouts, points, seed, notes=()):
        self.query, self.claim, self.layouts, self.points, self.seed = query, claim, layouts, points, seed
        self.notes = notes
        self.ground = Ground(query, claim.readings[0].tree)

    def report(self):
        """Return the report."""
        tree = self.claim.readings[0].tree
        try:
            samples = self.ground.samples(self.points, self.seed, tree)
        except RuntimeError as error:
            return self._unjudged(f"torch cannot differentiate this: {str(error).splitlines()[0]}")
        if not samples:
            return self._where_broken()
        scale = Scale(self.ground, samples, lambda: self.ground.far_samples(self.seed + 1, tree))
        wrong = []
        for reading in self.claim.readings:
            if scale.too_large(reading.tree):
                return self._unjudged("your formula is too large to be evaluated")
            verdict = judge(scale, reading.tree, self.seed)
            exact = ExactVerdict(self.query, reading.tree, self.seed)
            agreeing = [layout for layout in self.layouts if layout in verdict.layouts]
            if exact.not_wrong(agreeing):
                return self._right(reading, verdict, scale, exact.not_wrong(agreeing), exact)
            if agreeing:
                return self._close(reading, verdict, scale, agreeing[0], exact.report(agreeing[0]))
            # exact points are few: they do not see all that kinks part
            known = not (verdict.misfit or verdict.undefined or verdict.digits or self.ground.has_kinks(reading.tree))
            # exact numbers have no signs: sqrt(a**2) may be a or -a there
            known = known and not (verdict.wrong and self.ground.has_roots(reading.tree))
            if known and exact.right(self.layouts):
                return self._right(reading, verdict, scale, exact.right(self.layouts), exact)
            zeros = self._as_zeros(reading, verdict, scale)
            if zeros is not None:
                return self._right(reading, verdict, scale, exact=zeros, zero=True)
            if not verdict.compared and not truth_is_steady(scale):
                return self._unjudged("the derivative itself is all rounding at the points that were tried")
            wrong.append((reading, verdict))
        for node in self.claim.unusual:
            raise unknown_name(node, self.query).at(self.claim.text)
        return self._wrong(wrong, scale)

    def _where_broken(self):
        """Judge a claim where conditions fail at every point: right where it has torch's values, else nothing is known.

        Of the derivative there only the convention can be compared: entries of a diagonal matrix that are always 0.
        """
        samples = self.ground.where_broken()
        scale = Scale(self.ground, samples, lambda: [])
        for reading in self.claim.readings if samples else ():
            verdict = judge(scale, reading.tree, self.seed)
            agreeing = [layout for layout in self.layouts if layout in verdict.layouts]
            if agreeing and not verdict.differ[agreeing[0]]:
                return self._right(reading, verdict, scale, agreeing)
        # values too large for floats are none for exact numbers, and exact points lie on all sides of kinks
        exact = ExactCheck(self.query, self.claim, self.layouts, self.seed, self.notes).report()
        return self._unjudged(self.ground.reason) if exact.ok is None else exact

    def _as_zeros(self, reading, verdict, scale):
        """Return the exact verdict on zeros where the claim is the number 0 and they are the derivative, else None."""
        samples = [*scale.samples, *scale.far]
        values = [scale.value(reading.tree, sample) for sample in samples]
        zero = all(
            value is not None and value.shape == (1, 1) and not value.any() and not sample.truth.any()
            for value, sample in zip(values, samples)
        )
        if not zero or scale.samples[0].truth.numel() == 1 and verdict.wrong:
            return None
        zeros = Call("zeros", tuple(size_tree(size) for size in derivative_shape(self.query, self.layouts[0])))
        exact = ExactVerdict(self.query, zeros, self.seed)
        return exact if exact.not_wrong(self.layouts[:1]) else None

    # -- reports ------------------------------------------------------------------------------------------------

    def _report(self, ok, layout, diagnosis, message, points=0, **found):
        shapes = {name: tuple(shape) for name, shape in self.ground.shapes.items()}
        return ClaimReport(
            ok,
            layout,
            diagnosis,
            message,
            points=points,
            claim=self.claim.text,
            wrt=self.query.wrt,
            shapes=shapes,
            **found,
        )

    def _unjudged(self, reason):
        return self._report(
            None, self.layouts[0], "", f"not judged: {reason}", right=self._engine_answer(self.layouts[0])
        )

    def _engine_answer(self, layout):
        return verified_answer(self.query, layout, Scale(self.ground, []))

    def _close(self, reading, verdict, scale, layout, exact):
        """Return the report on a formula that torch cannot tell from the derivative, and exact values can."""
        return self._report(
            False,
            layout,
            "different",
            f"too close for torch to see it, but without rounding {exact.reason}",
            verdict.total,
            right=verified_answer(self.query, layout, scale),
            notes=(*self.notes, *reading.notes),
            max_error=verdict.errors[layout],
            headline="not the derivative: it is close, but not equal",
        )

    def _right(self, reading, verdict, scale, layouts=(), exact=None, zero=False):
        layouts = list(self.layouts) if zero else layouts
        both = zero or len(layouts) == 2 or len(verdict.layouts) == 2
        layout = layouts[0]
        message = right_message(layout, both)
        if zero and scale.samples[0].truth.numel() > 1:
            message = "right: the derivative is zero, and the number 0 stands for its zeros"
        right = verified_answer(self.query, layout, scale)
        missing = () if exact is None else self._where_not_compared(exact.report(layout), reading.tree)
        return self._report(
            True,
            "any" if both else layout,
            "right",
            message,
            verdict.total,
            right=right,
            notes=(*self.notes, *reading.notes, *where_it_holds(verdict), *missing),
            max_error=min(verdict.errors[name] for name in layouts),
        )

    def _where_not_compared(self, exact, tree):
        """Return notes on the sides of kinks that were not found, or not sought."""
        if exact.ok is None and self.ground.has_kinks(tree):
            return (f"far from the points that were drawn kinks were not looked for: {exact.reason}",)
        return not_compared(self.query, exact.missing)

    def _wrong(self, wrong, scale):
        """Return the report for the reading with the most specific diagnosis."""
        best, rights = None, {}
        for reading, verdict in wrong[:_MOST_DIAGNOSED]:
            case = self._case(reading, verdict, scale, rights)
            rank, finding = diagnose(case)
            if best is None or rank < best[0]:
                best = (rank, finding, reading, verdict, case)
        _, finding, reading, verdict, case = best
        ground = Ground(self.query, reading.tree)
        return self._report(
            False,
            finding.layout,
            finding.diagnosis,
            finding.message,
            verdict.total,
            right=case.right(self._shown_layout(finding)),
            counterexample=self._counterexample(ground, case, self._shown_layout(finding)),
            repaired=None if finding.repaired is None else self._written(finding.repaired),
            also=finding.also,
            notes=(*self.notes, *reading.notes),
            max_error=min(verdict.errors[name] for name in self.layouts) if verdict.compared else None,
            headline=headline(case),
        )

    def _shown_layout(self, finding):
        """Return the layout of the right answer that is shown: that of the formula, where it was asked for."""
        other = finding.diagnosis == "other layout" and finding.layout not in self.layouts
        return self.layouts[0] if other else finding.layout

    def _written(self, tree: Tree) -> str:
        """Return a tree as text, with A[k] of stacks of matrices."""
        return unparse(as_written(tree, self.query.elaborated.stacks))

    def _counterexample(self, ground, case, layout):
        ground.small, right = True, derivative_shape(self.query, layout)
        return smallest(ground, case.tree, layout, (case.symbolic_shape or right, right), self.seed)

    def _case(self, reading, verdict, scale, rights):
        scale = telling(scale, reading.tree, verdict)
        scale.remember(reading.tree)
        likeliest = self._likeliest(reading, scale)
        return Case(
            self.query,
            self.ground,
            scale,
            reading.tree,
            likeliest,
            verdict,
            misfit(reading, self.claim.text, self.query),
            None if verdict.compared else reason_without_value(scale, reading.tree),
            self.seed,
            rights,
        )

    def _likeliest(self, reading, scale):
        """Return the layouts asked for, the one whose shape the claim has first."""
        value = scale.value(reading.tree, scale.samples[0])
        fits = [n for n in self.layouts if value is not None and value.shape == scale.samples[0].target(n).shape]
        return [*fits, *[name for name in self.layouts if name not in fits]]


def telling(scale, tree, verdict):
    """Return a scale with the samples that tell most of a wrong formula.

    Those at which it is singular are left out, and if it happens to be right at all others, some at which it is not
    are added.
    """
    samples = [s for s in scale.samples if is_stable(scale, tree, s)]
    samples = samples if len(samples) > 1 else list(scale.samples)
    differing = [s for name in LAYOUTS if verdict.agree[name] for s in verdict.differ[name]]
    if not any(sample in samples for sample in differing):
        extra = [s for s in dict.fromkeys([*differing, *verdict.undefined]) if s not in samples]
        samples += extra[:_LEAST_COMPARED]
    return Scale(scale.ground, samples, lambda: scale.far)


def where_it_holds(verdict):
    """Return a note where a right formula has a value for some of the sizes only."""
    if verdict.smaller is None:
        return ()
    one, other = verdict.smaller
    return (f"it has a value only where {one} >= {other}: otherwise a matrix that it inverts is singular",)
