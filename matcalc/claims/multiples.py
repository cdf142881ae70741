"""Formulas that are right up to a factor: a number, one made of the sizes, or a scalar of the expression."""

from __future__ import annotations

import math

from ..language.syntax import Binary, Call, Name, Number, Transpose, parse_tree, postorder, substituted
from ..rulebook.conditions import constant_value
from ..rulebook.entries import size_tree
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .case import Finding, shown
from .factors import constant_factor, scalar_factor, scalar_quotient
from .trees import scaled
from .wording import derivative_shape, in_layout

_LARGEST_EXPONENT = 300


def rounded_number(case):
    """A number in the formula is rounded."""
    digits = case.verdict.digits
    if digits is None:
        return None
    message = f"a number in your formula is rounded: it agrees with the derivative to {digits} digits"
    layout = next(name for name in case.layouts + list(LAYOUTS) if not case.verdict.differ[name])
    return Finding("factor", message + in_layout(case, layout), layout)


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
        # a factor of sizes is fitted to few of them
        if known and (known.number is not None or layout in case.scale.agreeing(known.times(tree), [layout])):
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
    for node, values in list(known):
        inner = _exponential(node, case.query.book)
        if inner is not None and shown(inner) not in found and max(values) < _LARGEST_EXPONENT:
            known.append((inner, [math.exp(value) for value in values]))
    for name in named_sizes(case, case.scale.samples[0]):
        known.append((Name(name), [float(sample.point.sizes[name]) for sample in case.scale.samples]))
    return known


def _exponential(node, book):
    """Return sum(exp(x)) of logsumexp(x): what a function is the logarithm of, by the rule book; None of others."""
    for rule in book.overloads(node.function) if isinstance(node, Call) and not node.keywords else ():
        for written in rule.shortens:
            left = parse_tree(written.left)
            if isinstance(left, Call) and left.function == "log" and len(rule.params) == len(node.args) == 1:
                return substituted(left.args[0], {rule.params[0].name: node.args[0]})
    return None


def with_factor(case, tree, more):
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
