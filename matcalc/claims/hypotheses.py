"""What may be wrong with a formula, from the most to the least specific; each is tested by evaluation.

A hypothesis takes a :class:`~matcalc.claims.case.Case` and returns a Finding, or None where it does not hold.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice

from ..catalogue import size_tree
from ..conditions import constant_value
from ..layout import LAYOUT_NAMES
from ..syntax import Binary, Call, Name, Number, String, Transpose, children, postorder
from .case import Finding, shown
from .factors import constant_factor, scalar_factor, scalar_quotient
from .samples import LAYOUTS, Ground
from .scale import Scale
from .trees import (
    elementwise_edits,
    parents,
    reorderings,
    replaced,
    scaled,
    smallest_first,
    swaps,
    toggled,
    transposable,
)
from .wording import derivative_shape

_MOST_PAIRS = 300


def in_layout(case, layout):
    """Return ', in numerator layout' where it is not the layout that was asked for."""
    return "" if layout in case.layouts else f", in {LAYOUT_NAMES[layout]}"


# -- the formula as it stands --------------------------------------------------------------------------------


def other_layout(case):
    """The formula is the derivative in the layout that was not asked for."""
    for layout in case.verdict.layouts:
        asked = LAYOUT_NAMES[case.layouts[0]]
        message = f"your formula is the derivative in {LAYOUT_NAMES[layout]}; transpose it for {asked}"
        return Finding("other layout", message, layout, toggled(case.tree))
    return None


def rounded_number(case):
    """A number in the formula is rounded."""
    digits = case.verdict.digits
    if digits is None:
        return None
    message = f"a number in your formula is rounded: it agrees with the derivative to {digits} digits"
    layout = next(name for name in case.layouts + list(LAYOUTS) if not case.verdict.differ[name])
    return Finding("factor", message + in_layout(case, layout), layout)


def rows_stacked(case):
    """The formula is the Jacobian for a vec that stacks rows."""
    variable, samples = case.query.wrt, case.scale.samples
    shapes = (samples[0].of_shape, tuple(samples[0].point.arrays[variable].shape))
    if case.query.order != 1 or (1, 1) in shapes or all(shape[1] == 1 for shape in shapes):
        return None
    for layout in case.targets:
        if all(
            case.scale.error(value, sample.row_stacked(layout, variable)) <= case.scale.tolerance
            for value, sample in zip(case.values, samples)
        ):
            message = "your formula is the Jacobian for a vec that stacks rows; here vec stacks columns"
            return Finding("other layout", message + in_layout(case, layout), layout)
    return None


def number_for_array(case):
    """A number stands for an array: c for c*ones(n)."""
    for layout in case.targets:
        targets = [sample.target(layout) for sample in case.scale.samples]
        pairs = list(zip(case.values, targets))
        if all(v is not None and v.shape == (1, 1) != t.shape for v, t in pairs) and all(
            case.scale.error(v.expand_as(t), t) <= case.scale.tolerance for v, t in pairs
        ):
            rows, cols = derivative_shape(case.query, layout)
            message = f"your formula is a scalar, and the derivative is {rows}×{cols} with this value in every entry"
            sizes = (rows,) if cols == "1" else (rows, cols)
            ones = Call("ones", tuple(size_tree(size) for size in sizes))
            return Finding("shape", message, layout, _times(case.tree, ones))
    return None


def _times(tree, array):
    """Return a scalar times an array; a number goes in front."""
    value = constant_value(tree)
    return Binary("*", tree, array) if value is None else scaled(array, value)


def ratios(case, layout, values=None):
    """Return truth over value at the samples, None where it is not the same for all entries somewhere."""
    found = []
    for value, sample in zip(case.values if values is None else values, case.scale.samples):
        target = sample.target(layout)
        if value is None or value.shape != target.shape:
            return None
        square = float((value * value).sum())
        ratio = float((value * target).sum()) / square if square else 0.0
        if not ratio or case.scale.error(ratio * value, target, sample.scale) > case.scale.tolerance:
            return None
        found.append(ratio)
    return found


def factor(case):
    """The formula is right up to a factor: a number, or one made of the sizes."""
    return _factor_finding(case, case.tree, case.values)


def _factor_finding(case, tree, values, more=""):
    sizes = [named_sizes(case, sample) for sample in case.scale.samples]
    for layout in case.targets:
        found = ratios(case, layout, values)
        known = found and constant_factor(found, sizes)
        if known:
            message = factor_message(known) + more + in_layout(case, layout)
            return Finding("factor", message, layout, known.times(tree))
        if found and max(found) - min(found) <= 1e-7 * abs(found[0]):
            message = f"a factor of about {found[0]:.6g} is missing"
            return Finding("factor", message + more + in_layout(case, layout), layout)
    return None


def named_sizes(case, sample):
    """Return the sizes at a sample that have a name in the expression."""
    return {name: size for name, size in sample.point.sizes.items() if name.isidentifier()}


def factor_message(found):
    """Say which factor is missing, or too much."""
    number = found.number
    if number == -1:
        return "the sign is wrong: your formula is minus the derivative"
    if number is None:
        tree = found.tree
        if isinstance(tree, Binary) and tree.op == "/" and isinstance(tree.left, Number) and tree.left.value == 1:
            return f"a factor 1/{_grouped(tree.right)} is missing: divide by {shown(tree.right)}"
        return f"a factor {shown(tree)} is missing"
    size, sign = abs(number), ", and the sign is wrong" if number < 0 else ""
    if size < 1 and size.numerator == 1:
        return f"your formula is {size.denominator} times too large: a factor {number} is missing" + sign
    return f"a factor {number} is missing" + sign


def _grouped(tree):
    text = shown(tree)
    return f"({text})" if isinstance(tree, Binary) else text


def scalar_factor_missing(case):
    """The formula is right up to a power of a scalar that depends on the point: norm(x), det(X)."""
    return _scalar_factor(case, scalar_factor)


def _scalar_factor(case, search):
    for layout in case.targets:
        found = ratios(case, layout)
        known = found and search(found, scalar_values(case))
        if known:
            message = factor_message(known) + in_layout(case, layout)
            return Finding("factor", message, layout, known.times(case.tree))
    return None


def scalar_multiple(case):
    """The formula is right up to a quotient of two scalars, or to a factor that is not known."""
    known = _scalar_factor(case, scalar_quotient)
    if known:
        return known
    for layout in case.targets:
        if not ratios(case, layout):
            continue
        if case.scale.samples[0].truth.numel() == 1:
            continue
        message = "your formula is a multiple of the derivative, by a factor that depends on the values of the names"
        return Finding("factor", message + in_layout(case, layout), layout)
    return None


def scalar_values(case):
    """Return the scalars that the expression, the right answer and the formula are made of, with their values."""
    found = {}
    for tree in (case.ground.tree, case.right_tree, case.tree):
        for node in postorder(tree) if tree is not None else []:
            if isinstance(node, (Number, Transpose)) or case.exhausted:
                continue
            values = case.scale.values(node)
            if all(value is not None and value.shape == (1, 1) for value in values):
                found.setdefault(shown(node), (node, [float(value) for value in values]))
    known = list(found.values())
    for name in named_sizes(case, case.scale.samples[0]):
        known.append((Name(name), [float(sample.point.sizes[name]) for sample in case.scale.samples]))
    return known


def other_variable(case):
    """The formula is the derivative by another name of the expression."""
    for name in case.ground.shapes:
        if name == case.query.wrt:
            continue
        ground = Ground(replace(case.query, wrt=name), case.tree)
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
        inside = {id(node) for node in postorder(other)}
        first, second = (one, other) if id(one) in inside else (other, one)
        half = replaced(case.tree, first, toggled(first), above)
        around = _path_copy(half, case.tree, second)
        tree = replaced(half, around, toggled(around))
        layout = case.layout_of(tree)
        if layout:
            return Finding("transpose", transpose_message([one, other]) + in_layout(case, layout), layout, tree)
    return None


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
        found = _with_factor(case, tree, f"; besides, {transpose_message([node])}")
        if found:
            return replace(found, diagnosis="transpose")
    return None


def factor_and_order(case):
    """Two factors have to change places, and a factor is missing."""
    for tree, one, other in case.tried(swaps(case.tree)):
        found = _with_factor(case, tree, f"; besides, {shown(one)} and {shown(other)} must change places")
        if found:
            return replace(found, diagnosis="order of factors")
    return None


def factor_and_elementwise(case):
    """An operation is elementwise where it must not be, or the other way round, and a factor is missing."""
    for tree, old, new, needed in case.tried(elementwise_edits(case.tree, case.shapes)):
        found = _with_factor(case, tree, f"; besides, {elementwise_message(old, new, needed)}")
        if found:
            return replace(found, diagnosis="elementwise")
    return None


def _with_factor(case, tree, more):
    """Return the finding that an edited formula is right up to a factor, or None; the first sample decides."""
    if case.exhausted:
        return None
    sample = case.scale.samples[0]
    first = case.scale.value(tree, sample)
    if first is None or not any(first.shape == sample.target(name).shape for name in case.targets):
        return None
    one = ratios_at(case, first, sample)
    if one is None:
        return None
    return _factor_finding(case, tree, case.scale.values(tree), more)


def ratios_at(case, value, sample):
    """Return truth over value at one sample, None where it is not the same for all entries."""
    for layout in case.targets:
        target = sample.target(layout)
        square = float((value * value).sum())
        if value.shape == target.shape and square:
            ratio = float((value * target).sum()) / square
            if ratio and case.scale.error(ratio * value, target, sample.scale) <= case.scale.tolerance:
                return ratio
    return None
