"""What may be wrong with a formula, from the most to the least specific; each is tested by evaluation.

A hypothesis takes a :class:`~matcalc.claims.case.Case` and returns a Finding, or None where it does not hold.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice

from ..language.syntax import Binary, Number, String, Transpose, children, postorder
from ..words import LAYOUT_NAMES
from .case import Finding, shown
from .multiples import with_factor
from .samples import Ground
from .scale import Scale
from .trees import elementwise_edits, parents, reorderings, replaced, smallest_first, swaps, toggled, transposable
from .wording import in_layout

_MOST_PAIRS = 300


def other_layout(case):
    """The formula is the derivative in the layout that was not asked for."""
    for layout in case.verdict.layouts:
        asked = LAYOUT_NAMES[case.layouts[0]]
        message = f"your formula is the derivative in {LAYOUT_NAMES[layout]}; transpose it for {asked}"
        return Finding("other layout", message, layout, toggled(case.tree))
    return None


def rows_stacked(case):
    """The formula is the Jacobian for a vec that stacks rows."""
    variable, samples = case.query.wrt, case.scale.samples
    shapes = (samples[0].of_shape, tuple(samples[0].point.arrays[variable].shape))
    of_whole = case.query.order == 1 and case.query.part is None
    if not of_whole or (1, 1) in shapes or all(shape[1] == 1 for shape in shapes):
        return None
    for layout in case.targets:
        for which, message in _ROW_STACKED:
            if all(
                case.scale.error(value, sample.row_stacked(layout, variable, which)) <= case.scale.tolerance
                for value, sample in zip(case.values, samples)
            ):
                said = message.format(variable)
                return Finding("other layout", said + in_layout(case, layout), layout)
    return None


_ROW_STACKED = (
    ("both", "your formula is the Jacobian for a vec that stacks rows; here vec stacks columns"),
    ("variable", "your formula is the Jacobian by vec({0}.T), which stacks the rows of {0}; here it is by vec({0})"),
    ("value", "your formula is the Jacobian of the transposed value, whose vec stacks rows; here vec stacks columns"),
)


def other_variable(case):
    """The formula is the derivative by another name of the expression."""
    for name in case.ground.shapes:
        if name == case.query.wrt:
            continue
        ground = Ground(replace(case.query, wrt=name, part=None, placing=None, every=""), case.tree)
        scale = Scale(ground, ground.at_same_points(case.scale.samples))
        if len(scale.samples) < 2 or not any(bool(s.truth.any()) for s in scale.samples):
            continue
        layouts = scale.agreeing(case.tree, case.targets)
        if layouts:
            message = f"your formula is the derivative by {name}, not by {case.query.wrt}"
            return Finding("other variable", message, case.layouts[0])
    return None


# -- one edit --------------------------------------------------------------------------------------------------


def transpose(case):
    """One transpose of a name or a function is missing, or one is too many."""
    return _one_transpose(case, [n for n in transposable(case.tree, case.shapes) if not isinstance(n, Binary)])


def transpose_of_product(case):
    """The transpose of a product or a sum is missing."""
    return _one_transpose(case, [n for n in transposable(case.tree, case.shapes) if isinstance(n, Binary)])


def _one_transpose(case, nodes):
    above = parents(case.tree)
    for node in case.tried(nodes):
        tree = replaced(case.tree, node, toggled(node), above)
        layout = case.layout_of(tree)
        if layout:
            return Finding("transpose", transpose_message([node]) + in_layout(case, layout), layout, tree)
    return None


def transpose_message(nodes):
    """Say which factors have to be transposed, and which must not be."""
    parts = []
    for node in nodes:
        if isinstance(node, Transpose):
            parts.append(f"{shown(node.operand)} must not be transposed")
        else:
            parts.append(f"{shown(node)} must be transposed")
    return " and ".join(parts)


def order_of_factors(case):
    """Two factors have to change places."""
    for tree, one, other in case.tried(swaps(case.tree)):
        layout = case.layout_of(tree)
        if layout:
            message = f"the order of the factors is wrong: {shown(one)} and {shown(other)} must change places"
            return Finding("order of factors", message + in_layout(case, layout), layout, tree)
    return None


def elementwise(case):
    """An elementwise operation stands where a matrix operation belongs, or the other way round."""
    for tree, old, new, needed in case.tried(elementwise_edits(case.tree, case.shapes)):
        layout = case.layout_of(tree)
        if layout:
            message = elementwise_message(old, new, needed)
            return Finding("elementwise", message + in_layout(case, layout), layout, tree)
    return None


def elementwise_message(old, new, needed):
    """Say which operation is needed at a node."""
    what = {
        "matrix": "a matrix product or power belongs where an elementwise one stands",
        "inverse": "an inverse belongs where an elementwise quotient stands",
        "elementwise": "an elementwise product belongs where a matrix product stands",
        "broadcast": "the elementwise product scales rows where it has to scale columns, or the other way round",
    }[needed]
    return f"{what}: {shown(new)} in place of {shown(old)}"


# -- two edits -----------------------------------------------------------------------------------------------


def two_transposes(case):
    """Two transposes are wrong."""
    above = parents(case.tree)
    nodes = transposable(case.tree, case.shapes)
    for one, other in case.tried(islice(combinations(nodes, 2), _MOST_PAIRS)):
        if _is_nested(one, other, above):
            continue
        inside = {id(node) for node in postorder(other)}
        first, second = (one, other) if id(one) in inside else (other, one)
        half = replaced(case.tree, first, toggled(first), above)
        around = _path_copy(half, case.tree, second)
        tree = replaced(half, around, toggled(around))
        layout = case.layout_of(tree)
        if layout:
            return Finding("transpose", transpose_message([one, other]) + in_layout(case, layout), layout, tree)
    return None


def _is_nested(one, other, above):
    """Whether one of two nodes is the argument of the other: their transposes say no more than one of a column."""
    return any(above.get(id(a), (None,))[0] is b and not isinstance(b, Binary) for a, b in ((one, other), (other, one)))


def _path_copy(new, old, node):
    """Return the node of ``new`` that stands where ``node`` stands in ``old``."""
    path, above = [], parents(old)
    while node is not old:
        node, index = above[id(node)]
        path.append(index)
    for index in reversed(path):
        new = children(new)[index]
    return new


def reordered(case):
    """The factors of a product are in another order."""
    for tree, old, new in case.tried(reorderings(case.tree)):
        layout = case.layout_of(tree)
        if layout:
            message = f"the order of the factors is wrong: {shown(new)} in place of {shown(old)}"
            return Finding("order of factors", message + in_layout(case, layout), layout, tree)
    return None


def transpose_and_order(case):
    """Two factors have to change places, and one transpose is wrong."""
    for swapped, one, other in case.tried(swaps(case.tree)):
        above = parents(swapped)
        for node in smallest_first(postorder(swapped), swapped):
            if case.exhausted:
                return None
            if isinstance(node, (Number, String)) or id(node) not in above:
                continue
            tree = replaced(swapped, node, toggled(node), above)
            layout = case.layout_of(tree)
            if layout:
                message = f"{shown(one)} and {shown(other)} must change places, and {transpose_message([node])}"
                return Finding("order of factors", message + in_layout(case, layout), layout, tree)
    return None


def factor_and_transpose(case):
    """One transpose is wrong, and a factor is missing."""
    above = parents(case.tree)
    for node in case.tried(transposable(case.tree, case.shapes)):
        tree = replaced(case.tree, node, toggled(node), above)
        found = with_factor(case, tree, f"; besides, {transpose_message([node])}")
        if found:
            return replace(found, diagnosis="transpose")
    return None


def factor_and_order(case):
    """Two factors have to change places, and a factor is missing."""
    for tree, one, other in case.tried(swaps(case.tree)):
        found = with_factor(case, tree, f"; besides, {shown(one)} and {shown(other)} must change places")
        if found:
            return replace(found, diagnosis="order of factors")
    return None


def factor_and_elementwise(case):
    """An operation is elementwise where it must not be, or the other way round, and a factor is missing."""
    for tree, old, new, needed in case.tried(elementwise_edits(case.tree, case.shapes)):
        found = with_factor(case, tree, f"; besides, {elementwise_message(old, new, needed)}")
        if found:
            return replace(found, diagnosis="elementwise")
    return None
