"""What a formula that is just different comes closest to: a factor or a function less, another derivative."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations

from ..checks.exact import difference_at
from ..errors import MatcalcError
from ..language.nodes import operands_of
from ..language.syntax import Binary, Call, Negate, Number, postorder
from ..language.unparse import unparse
from .case import Finding, shown
from .factors import Factor, rational
from .multiples import factor_message
from .samples import Ground
from .scale import Scale
from .trees import MOST_FACTORS, chains, joined, parents, product, replaced, scaled, toggled
from .wording import in_layout

# at how many of the points at which torch agrees exact values are asked, too, and how much nearer to 0
_MOST_EXACT, _SHRUNK = 4, (1, 4, 16, 64)
_CLOSE = 1e-3
_ONE = Number(Fraction(1))
# beside a missing part a factor is a small number
_LARGEST_BESIDES = 12


def different(case):
    """Say what a formula that is not the derivative comes closest to; None where nothing is known."""
    return missing_part(case) or needless_part(case) or other_function(case)


def needless_or_other(case):
    """Something in the formula does not belong there, or another function is needed."""
    if not case.verdict.compared and not case.verdict.misfit:  # why it has no value says more
        return None
    return needless_part(case) or other_function(case)


def zero(case):
    """The formula is zero."""
    if any(value is None or bool(value.any()) for value in case.values):
        return None
    far = [case.scale.value(case.tree, sample) for sample in case.scale.far]
    if any(value is not None and bool(value.any()) for value in far):
        return None
    return Finding("different", "your formula is zero, and the derivative is not", case.layouts[0])


def no_value(case):
    """The formula has no value, everywhere or at some of the points where the derivative has one."""
    verdict = case.verdict
    if not verdict.compared and not verdict.misfit:
        return Finding("different", case.reason, case.layouts[0])
    right = [name for name in case.targets if verdict.agree[name] and not verdict.differ[name]]
    if not verdict.undefined or not right:
        return None
    message = "your formula has no value at some points where the derivative has one; where it has a value it is right"
    return Finding("different", message + in_layout(case, right[0]), right[0])


def partly_right(case):
    """The formula is right at some of the points."""
    verdict = case.verdict
    for layout in case.targets:
        right, wrong = len(verdict.agree[layout]), len(verdict.differ[layout])
        if right and wrong:
            points = f"{right} of {right + wrong} random points"
            message = f"your formula is right at {points}, in a part of the domain only"
            if _only_close(case, layout):
                message = f"your formula is close to the derivative at {points}, but not equal to it"
            return Finding("different", message + in_layout(case, layout), layout)
    return None


def _only_close(case, layout):
    """Whether exact values differ a little where torch sees no difference, or nearer to 0: tanh(1000*x) for sign(x)."""
    query = replace(case.query, layout=layout)
    for sample in case.verdict.agree[layout][:_MOST_EXACT]:
        for shrunk in _SHRUNK:
            arrays = {
                name: [[Fraction(entry) / shrunk for entry in row] for row in array.tolist()]
                for name, array in sample.point.arrays.items()
            }
            difference = difference_at(query, case.tree, arrays, sample.point.sizes)
            if difference and difference < _CLOSE:
                return True
    return False


def the_expression(case):
    """The formula is the expression itself."""
    for sample, value in zip(case.scale.samples, case.values):
        own = case.scale.value(case.ground.tree, sample)
        if own is None or case.scale.error(value, own) > case.scale.tolerance:
            return None
    return Finding("different", "your formula is the expression itself, not its derivative", case.layouts[0])


def another_order(case):
    """The formula is the second derivative in place of the first, or the other way round."""
    order = 3 - case.query.order
    ground = Ground(replace(case.query, order=order), case.tree)
    try:
        samples = ground.at_same_points(case.scale.samples)
    except (MatcalcError, RuntimeError):
        return None
    scale = Scale(ground, samples)
    if not samples or not any(bool(s.truth.any()) for s in samples) or not scale.agreeing(case.tree, case.targets):
        return None
    found, asked = ("first", "second") if order == 1 else ("second", "first")
    message = f"your formula is the {found} derivative, and the {asked} one is asked for (order={case.query.order})"
    return Finding("different", message, case.layouts[0])


def missing_part_of_shape(case):
    """The same, for a formula of the shape of the derivative."""
    samples = zip(case.values, case.scale.samples)
    fits = all(v is not None and any(v.shape == s.target(name).shape for name in case.targets) for v, s in samples)
    return missing_part(case) if fits else None


def missing_part(case):
    """The right answer without one of its factors or functions is the formula."""
    if case.right_tree is None:
        return None
    if any(value is None for value in case.values):
        return _missing_in_text(case)
    for parts in case.tried(without_parts(case.right_tree)):
        number = _multiple_of(case, case.scale.values(parts[0]))
        if number is not None:
            return Finding("different", _missing(*parts[1:], case.right_tree, number), case.layouts[0])
    return None


def _missing_in_text(case):
    """The same for a formula whose shapes do not fit together: it is compared as a text."""
    texts = {unparse(case.tree), unparse(toggled(case.tree))}
    for tree, *parts in without_parts(case.right_tree) if case.verdict.misfit else ():
        if unparse(tree) in texts:
            return Finding("different", _missing(*parts, case.right_tree, 1), case.layouts[0])
    return None


def _multiple_of(case, values):
    """Return the rational c with which c times the formula has these values, or their transposes, or None."""
    if any(v is None for v in values):
        return None
    for turned in ([v for v in values], [v.mT for v in values]):
        numbers = {_ratio(case, v, w) for v, w in zip(turned, case.values)}
        if len(numbers) == 1 and None not in numbers:
            return numbers.pop()
    return None


def _ratio(case, value, own):
    if value.shape != own.shape or not bool(own.any()):
        return None
    number = rational(float((value * own).sum() / (own * own).sum()), _LARGEST_BESIDES)
    fits = number is not None and case.scale.error(float(number) * own, value) <= case.scale.tolerance
    return number if fits else None


def _missing(part, kind, whole, tree, number):
    """Say which part of a right answer is missing, and by which number the formula without it has to be multiplied."""
    besides = "" if number == 1 else f"; besides, {factor_message(Factor(Number(number), number))}"
    if kind == "function":
        return f"{shown(part)} belongs where {shown(part.args[0])} stands{besides}"
    if kind == "power":
        return f"{shown(part)} belongs where {shown(part.left)} stands{besides}"
    if kind == "factor" and number != 1:
        return f"the factor {shown(scaled(part, number))} is missing"
    where = f" in {shown(whole)}" if whole is not tree else ""
    return f"the {kind} {shown(part)} is missing{where}{besides}"


def without_parts(tree):
    """Yield (tree without a factor, a divisor or a function, the part, what it is, the node it was in)."""
    above = parents(tree)
    for node in chains(tree):
        factors = operands_of(node, "@")
        for index, factor in enumerate(factors):
            rest = product(factors[:index] + factors[index + 1 :])
            yield replaced(tree, node, rest, above), factor, "factor", node
        for index in range(len(factors) - 2):
            rest = product(factors[:index] + factors[index + 2 :])
            yield replaced(tree, node, rest, above), product(factors[index : index + 2]), "factor", node
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in "*/":
            yield replaced(tree, node, node.left, above), node.right, "factor" if node.op == "*" else "divisor", node
            rest = node.right if node.op == "*" else Binary("/", _ONE, node.right)
            if node.op == "*" or not isinstance(node.left, Number):
                yield replaced(tree, node, rest, above), node.left, "factor", node
        if isinstance(node, Call) and len(node.args) == 1:
            yield replaced(tree, node, node.args[0], above), node, "function", node
        if isinstance(node, Binary) and node.op == "**":
            yield replaced(tree, node, node.left, above), node, "power", node


def needless_part(case):
    """The formula without one of its factors or functions is right."""
    for tree, part, kind, _ in case.tried(chain(without_parts(case.tree), without_two_factors(case.tree))):
        layout = case.layout_of(tree)
        if layout:
            words = {
                "factor": "the factor {}",
                "divisor": "the divisor {}",
                "function": "the function in {}",
                "power": "the power {}",
            }
            message = f"{words[kind].format(shown(part))} does not belong there"
            return Finding("different", message + in_layout(case, layout), layout, tree)
    return None


def without_two_factors(tree):
    """Yield (tree without two factors of an elementwise product or of a matrix product, both, "factor", product)."""
    above = parents(tree)
    inner = {id(c) for n in postorder(tree) if isinstance(n, Binary) and n.op == "*" for c in (n.left, n.right)}
    outermost = [n for n in postorder(tree) if isinstance(n, Binary) and n.op == "*" and id(n) not in inner]
    for node in [*outermost, *chains(tree)]:
        factors = operands_of(node, node.op)
        for one, other in combinations(range(len(factors)), 2) if 2 < len(factors) <= MOST_FACTORS else ():
            rest = [f for place, f in enumerate(factors) if place not in (one, other)]
            pair = Binary(node.op, factors[one], factors[other])
            yield replaced(tree, node, joined(rest, node.op), above), pair, "factor", node


def other_function(case):
    """Another elementwise function is needed, or the function of the negative argument."""
    above = parents(case.tree)
    for node in postorder(case.tree):
        for new in _other_calls(node, case.query.book):
            mended = replaced(case.tree, node, new, above)
            layout = case.layout_of(mended)
            if layout:
                message = f"{shown(new)} belongs in place of {shown(node)}"
                return Finding("different", message + in_layout(case, layout), layout, mended)
    return None


def _other_calls(node, book):
    """Yield an elementwise function of the negative argument, then other functions of the same one."""
    rules = book.overloads(node.function) if isinstance(node, Call) and len(node.args) == 1 else ()
    if any(rule.elementwise for rule in rules):
        (arg,) = node.args
        yield replace(node, args=(arg.operand if isinstance(arg, Negate) else Negate(arg),))
        others = (rule.name for rule in book.rules if rule.elementwise and rule.callable and len(rule.params) == 1)
        yield from (replace(node, function=name) for name in others if name != node.function)
        return
    for rule in rules:
        # a function of an array for another of the same shapes: softmax for hardmax, det for tr
        others = (r.name for r in book.rules if r.callable and _is_alike(r, rule))
        yield from (replace(node, function=name) for name in dict.fromkeys(others) if name != node.function)


def _is_alike(rule, other):
    return (
        not rule.literals
        and len(rule.params) == 1
        and (rule.params[0].kind, rule.params[0].sizes, rule.result)
        == (other.params[0].kind, other.params[0].sizes, other.result)
    )
