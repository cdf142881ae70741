"""The diagnosis of a wrong claim: the hypotheses in their order, and what is said where none holds."""

from __future__ import annotations

from dataclasses import replace

from ..bounds import MAX_EXAMINED
from ..errors import DomainError, ShapeError
from ..evaluation.evaluate import evaluate
from ..language.syntax import length
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .case import Finding
from .closest import (
    another_order,
    different,
    missing_part,
    missing_part_of_shape,
    needless_or_other,
    no_value,
    partly_right,
    the_expression,
    zero,
)
from .forgotten import chain_rule, missing_diagonal, other_question, other_terms, product_rule
from .hypotheses import (
    elementwise,
    elementwise_message,
    factor_and_elementwise,
    factor_and_order,
    factor_and_transpose,
    order_of_factors,
    other_layout,
    other_variable,
    reordered,
    rows_stacked,
    transpose,
    transpose_and_order,
    transpose_of_product,
    two_transposes,
)
from .instead import everywhere, factor_and_part_instead, one_part_instead, reduction_missing
from .multiples import factor, number_for_array, rounded_number, scalar_factor_missing, scalar_multiple
from .residue import several_wrong_terms, wrong_inner_term, wrong_term
from .restrictions import (
    declared_structure,
    entries_and_factor,
    free_parameters,
    holds_under,
    special_entries,
    special_matrices,
    special_sizes,
    special_values,
    symmetric_and_elementwise,
    symmetric_and_factor,
    symmetric_only,
    symmetries,
    undeclared_structure,
)
from .trees import elementwise_edits
from .wording import possible_shapes, shape_text


def elementwise_and_more(case):
    """With another operation in the place of an elementwise one, something is known of the formula that is left."""
    targets = case.targets
    for tree, old, new, needed in case.tried(elementwise_edits(case.tree, case.shapes)):
        edited = replace(case, tree=tree)
        for hypothesis in (transpose, product_rule, other_terms, wrong_term):
            found = hypothesis(edited)
            if found:
                said = f"{elementwise_message(old, new, needed)}, and even so {found.message}"
                return replace(found, diagnosis="elementwise", message=said)
    case.targets = targets
    return None


# the most specific first: the formula as it stands, one small edit, then what nearly every formula can be turned into
TIERS = (
    (other_layout, rounded_number, zero),
    (
        rows_stacked,
        missing_diagonal,
        product_rule,
        factor,
        other_variable,
        the_expression,
        another_order,
        declared_structure,
        free_parameters,
        number_for_array,
    ),
    (transpose, order_of_factors, transpose_of_product, elementwise, wrong_inner_term, other_terms, wrong_term),
    (one_part_instead, reduction_missing),
    (symmetric_only, symmetric_and_factor, symmetric_and_elementwise),
    (everywhere, two_transposes),
    (factor_and_transpose, factor_and_order, factor_and_elementwise, reordered, transpose_and_order),
    (scalar_factor_missing, special_entries, entries_and_factor, missing_part_of_shape, chain_rule),
    (elementwise_and_more,),
    (several_wrong_terms, special_matrices, undeclared_structure),
    (needless_or_other, factor_and_part_instead, special_values, other_question),
    (scalar_multiple, no_value, partly_right),
    (missing_part, special_sizes),
)
_SYMMETRY_TOO = ("factor", "transpose", "order of factors", "term", "elementwise")
# what may hold as well as what was found, and is worth saying
_RIVALS = {
    "factor": (other_variable,),
    "transpose": (order_of_factors,),
    "order of factors": (transpose, transpose_of_product),
}


def diagnose(case):
    """Return (rank, Finding): the first hypothesis that holds, its place in the order.

    In every tier the layouts that were asked for come first. Of a formula that fills pages only its value is looked at.
    """
    rank, groups = 0, [case.layouts, [name for name in LAYOUTS if name not in case.layouts]]
    short = max(length(case.tree), length(case.ground.tree)) <= MAX_EXAMINED
    for tier in TIERS if short else ():
        for case.targets in groups:
            for hypothesis in tier if case.targets else ():
                rank += 1
                found = hypothesis(case)
                if found:
                    return rank, replace(found, also=also(case, found))
    case.targets = list(LAYOUTS)
    return rank + 1, different(case) or impossible_shape(case) or unlike(case)


def also(case, found):
    """Return what else holds of a formula about which something was found."""
    rivals = [rival(case) for rival in _RIVALS.get(found.diagnosis, ())]
    said = [f"or: {rival.message}" for rival in rivals if rival]
    if found.diagnosis in _SYMMETRY_TOO:
        held = next((r for r in symmetries(case) if holds_under(case, r)), None)
        said += [f"your formula is also right {held.text}"] if held else []
    return (*found.also, *said)


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


def unlike(case):
    """Nothing is known of the formula but that it is wrong."""
    message = "your formula is not the derivative, nor close to it in a way that is known here"
    return Finding("different", message, case.layouts[0])


def reason_without_value(scale, tree):
    """Return why a formula has no value at the samples."""
    for sample in scale.samples:
        try:
            evaluate(tree, sample.point.arrays, sample.point.sizes, scale.book)
        except ShapeError:
            continue
        except DomainError as error:
            return f"your formula has no value at any point that was tried: {error.message}"
    return "your formula has no value at any point that was tried: it is infinite, or no real number, or all rounding"
