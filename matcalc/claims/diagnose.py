"""The diagnosis of a wrong claim: the hypotheses in their order, and what is said where none holds."""

from __future__ import annotations

from dataclasses import replace

from ..errors import DomainError, MatcalcError, ShapeError
from ..evaluation import evaluate
from .case import Finding
from .closest import different, no_value
from .hypotheses import (
    elementwise,
    factor,
    factor_and_elementwise,
    factor_and_order,
    factor_and_transpose,
    number_for_array,
    order_of_factors,
    other_layout,
    other_variable,
    reordered,
    rows_stacked,
    scalar_factor_missing,
    transpose,
    transpose_and_order,
    two_transposes,
)
from .residue import two_wrong_terms, wrong_inner_term, wrong_term
from .restrictions import (
    holds_under,
    other_structure,
    special_entries,
    special_matrices,
    special_sizes,
    symmetric_only,
    symmetries,
)
from .wording import possible_shapes, shape_text

# the most specific first: one small edit, then what nearly every formula can be turned into
HYPOTHESES = (
    other_layout,
    rows_stacked,
    factor,
    other_variable,
    other_structure,
    number_for_array,
    transpose,
    order_of_factors,
    elementwise,
    wrong_term,
    wrong_inner_term,
    symmetric_only,
    two_transposes,
    factor_and_transpose,
    factor_and_order,
    factor_and_elementwise,
    reordered,
    transpose_and_order,
    two_wrong_terms,
    special_matrices,
    scalar_factor_missing,
    special_entries,
    no_value,
    special_sizes,
)
_SYMMETRY_TOO = ("factor", "transpose", "order of factors", "term", "elementwise")


def diagnose(case):
    """Return (rank, Finding): the first hypothesis that holds, its place in the order."""
    for rank, hypothesis in enumerate(HYPOTHESES):
        found = hypothesis(case)
        if found:
            return rank, with_symmetry(case, found)
    return len(HYPOTHESES), impossible_shape(case) or different(case)


def with_symmetry(case, found):
    """Add to a finding that the formula is also right if a matrix is symmetric."""
    if found.diagnosis not in _SYMMETRY_TOO:
        return found
    for restriction in symmetries(case):
        if holds_under(case, restriction):
            return replace(found, also=(*found.also, f"your formula is also right {restriction.text}"))
    return found


def impossible_shape(case):
    """The formula has no shape, or one that the derivative has in no layout."""
    if case.misfit is not None and all(value is None for value in case.values):
        shapes = possible_shapes(case.query, case.layouts)
        return Finding("shape", f"{case.misfit.message}; the derivative is {shapes}", case.layouts[0])
    shape = case.symbolic_shape
    values = [value for value in case.values if value is not None]
    fits = any(
        v.shape == s.target(name).shape
        for v, s in zip(case.values, case.scale.samples)
        if v is not None
        for name in case.layouts
    )
    if not values or fits or shape is None:
        return None
    message = f"your formula is {shape_text(shape)}, and the derivative is {possible_shapes(case.query, case.layouts)}"
    return Finding("shape", message, case.layouts[0])


def reason_without_value(ground, tree, samples):
    """Return why a formula has no value at the samples, None where its shapes are the reason."""
    for sample in samples:
        try:
            evaluate(tree, sample.point.arrays, sample.point.sizes, ground.book)
        except ShapeError:
            return None
        except DomainError as error:
            return f"your formula has no value at any point that was tried: {error.message}"
        except MatcalcError as error:
            return f"your formula cannot be evaluated: {error.message}"
    return "your formula has no value at any point that was tried: it is infinite or not a real number"
