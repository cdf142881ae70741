"""Terms of a formula that are missing, too many, or have the wrong sign or factor."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..bounds import MOST_DIRECTIONS
from ..language.syntax import Binary, Call, Negate, Number, postorder
from .case import Finding, shown
from .factors import Factor, constant_factor, rational
from .least_squares import combination
from .multiples import named_sizes
from .terms import terms
from .trees import parents, replaced, scaled
from .wording import in_layout

_MOST_INSERTED = 40
_MOST_WRONG = 4
_MOST_TERMS = 60
_ONE = Number(Fraction(1))


@dataclass
class Direction:
    """A term without its number: ``tree``, its values, and the number with which the formula has it."""

    tree: object
    values: list
    claimed: Fraction = Fraction(0)


def wrong_term(case):
    """The difference from the derivative is one term."""
    return _from_residue(case, _one_term)


def several_wrong_terms(case):
    """The difference from the derivative is made of two to four terms."""
    return _from_residue(case, _several_terms)


def _from_residue(case, search):
    for layout in case.targets:
        rest = _residue(case, layout)
        found = rest and search(case, layout, rest, _directions(case, rest))
        if found:
            return found
    return None


def _residue(case, layout):
    """Return truth minus formula at the samples, None where the shapes differ."""
    pairs = [(value, sample.target(layout)) for value, sample in zip(case.values, case.scale.samples)]
    if any(value is None or value.shape != target.shape for value, target in pairs):
        return None
    return [target - value for value, target in pairs]


def _directions(case, rest):
    """Return the distinct terms of the formula and of the right answer, none a multiple of another."""
    found = []
    for tree, claimed in ((case.tree, True), (case.right_tree, False)):
        for number, term in _few_terms(tree):
            term = _ONE if term is None else term
            values = [
                None if v is None else v.expand_as(r) if v.shape == (1, 1) else v
                for v, r in zip(case.scale.values(term), rest)
            ]
            if any(v is None or v.shape != r.shape for v, r in zip(values, rest)):
                continue
            _add(found, term, values, number if claimed else Fraction(0))
    return found


def _few_terms(tree):
    """Return the terms of a tree, none where they are too many to be compared with one another."""
    found = [] if tree is None else terms(tree)
    return found if len(found) <= _MOST_TERMS else []


def _add(found, term, values, number):
    """Add a term, or its number to the one that it is a multiple of."""
    if not any(bool(value.any()) for value in values):
        return
    for known in found:
        ratio = _common_ratio(known.values, values)
        if ratio is not None:
            known.claimed += ratio * number
            return
    found.append(Direction(term, values, Fraction(number)))


def _common_ratio(values, others):
    """Return the rational c with others = c*values at all points, or None."""
    found = None
    for value, other in zip(values, others):
        square = float((value * value).sum())
        if not square:
            continue
        ratio = float((value * other).sum()) / square
        if float((other - ratio * value).norm()) > 1e-9 * float(other.norm()) + 1e-300:
            return None
        if found is not None and abs(ratio - found) > 1e-8 * abs(found):
            return None
        found = ratio
    return None if found is None else rational(found)


def _one_term(case, layout, rest, directions):
    sizes = [named_sizes(case, sample) for sample in case.scale.samples]
    for direction in directions:
        ratios = _ratios(case, rest, direction.values)
        known = ratios and constant_factor(ratios, sizes)
        if known and known.number is not None:
            message = term_message(direction.tree, direction.claimed, direction.claimed + known.number)
        elif known:
            message = _factor_of_term(direction, known, ratios, sizes)
        else:
            continue
        repaired = None if case.right_tree is not None else added(case.tree, known, direction.tree)
        return Finding("term", message + in_layout(case, layout), layout, repaired)
    return None


def _factor_of_term(direction, known, ratios, sizes):
    """Say that a term has not the factor, made of sizes, that it should have."""
    if not direction.claimed:
        return f"the term {shown(known.times(direction.tree))} is missing"
    whole = constant_factor([ratio + float(direction.claimed) for ratio in ratios], sizes)
    claimed = shown(scaled(direction.tree, direction.claimed))
    if whole is not None:
        return f"the term {claimed} should be {shown(whole.times(direction.tree))}"
    return f"the term {claimed} needs another factor: {shown(known.times(direction.tree))} is missing"


def _ratios(case, rest, values):
    """Return rest over term at the samples, None where the one is no multiple of the other."""
    found = []
    for difference, value, sample in zip(rest, values, case.scale.samples):
        square = float((value * value).sum())
        if not square:
            return None
        ratio = float((value * difference).sum()) / square
        size = max(float(difference.norm()), 1e-6 * float(sample.truth.norm()))
        if not ratio or float((difference - ratio * value).norm()) > 10 * case.scale.tolerance * size:
            return None
        found.append(ratio)
    return found


def _several_terms(case, layout, rest, directions):
    """Find the few terms of which the difference is made, by least squares over all of them."""
    if not 2 <= len(directions) <= MOST_DIRECTIONS:
        return None
    numbers = combination([d.values for d in directions], rest)
    if numbers is None:
        return None
    wrong = [(direction, number) for direction, number in zip(directions, numbers) if number != 0]
    known = [(d.claimed, number) for d, number in zip(directions, numbers) if d.claimed and number is not None]
    kept = any((claimed + number) / claimed > 0 for claimed, number in known)
    if not 2 <= len(wrong) <= _MOST_WRONG or not kept or any(number is None for _, number in wrong):
        return None
    messages = [term_message(d.tree, d.claimed, d.claimed + number) for d, number in wrong]
    repaired = None if case.right_tree is not None else case.tree
    for direction, number in wrong:
        repaired = repaired and added(repaired, Factor(None, number), direction.tree)
    return Finding("term", "; ".join(messages) + in_layout(case, layout), layout, repaired)


def added(tree, factor, term):
    """Return the sum of a tree and a factor times a term."""
    if factor.number is not None and factor.number < 0:
        return Binary("-", tree, scaled(term, -factor.number))
    return Binary("+", tree, factor.times(term))


def term_message(tree, claimed, right):
    """Say what is wrong with a term that has the number ``claimed`` where it should have ``right``."""
    if not claimed:
        return f"the term {shown(scaled(tree, right))} is missing"
    term = shown(scaled(tree, claimed))
    if not right:
        return f"the term {term} does not belong there"
    if right == -claimed:
        return f"the sign of the term {term} is wrong"
    if claimed == 2 * right:
        return f"the term {shown(scaled(tree, right))} is doubled"
    return f"the term {term} should be {shown(scaled(tree, right))}"


# -- terms within the formula ----------------------------------------------------------------------------------


def wrong_inner_term(case):
    """Within a product or a function a term is missing, is too many, or has the wrong sign."""
    for tree, message in case.tried(_inner_edits(case)):
        layout = case.layout_of(tree)
        if layout:
            return Finding("term", message + in_layout(case, layout), layout, tree)
    return None


def _inner_edits(case):
    """Yield (edited formula, what was wrong)."""
    tree, above = case.tree, parents(case.tree)
    for node in postorder(tree):
        if isinstance(node, Binary) and node.op in "+-":
            turned = Binary("-" if node.op == "+" else "+", node.left, node.right)
            yield replaced(tree, node, turned, above), f"the sign of {shown(node.right)} is wrong in {shown(node)}"
            left = Binary(node.op, Negate(node.left), node.right)
            yield replaced(tree, node, left, above), f"the sign of {shown(node.left)} is wrong in {shown(node)}"
            for kept, dropped in ((node.left, node.right), (node.right, node.left)):
                yield replaced(tree, node, kept, above), f"the term {shown(dropped)} does not belong in {shown(node)}"
        if isinstance(node, Negate):
            where = _within(_whole_argument(node, above), tree)
            yield replaced(tree, node, node.operand, above), f"the sign of {shown(node.operand)} is wrong{where}"
    yield from _insertions(case, above)


def _insertions(case, above):
    """Yield edits that complete a sum to one that the expression or the right answer has, by one term."""
    known = [found for tree in (case.ground.tree, case.right_tree) if tree is not None for found in sums(tree)]
    inner = {id(c) for n in postorder(case.tree) if isinstance(n, Binary) and n.op in "+-" for c in (n.left, n.right)}
    yielded = 0
    for node in postorder(case.tree):
        if id(node) in inner:
            continue
        present = {text for text, _ in signed_terms(node)}
        for whole_sum in known:
            for sign in (1, -1):
                texts = {_signed(text, sign) for text, _ in signed_terms(whole_sum)}
                missing = texts - present
                if len(missing) == 1 and present < texts and yielded < _MOST_INSERTED:
                    yielded += 1
                    new = whole_sum if sign == 1 else Negate(whole_sum)
                    yield (
                        replaced(case.tree, node, new, above),
                        f"the term {_plain(missing)} is missing{_within(node, case.tree)}",
                    )


def _whole_argument(node, above):
    """Return the nearest function around a node, the formula itself where there is none."""
    while id(node) in above:
        node = above[id(node)][0]
        if isinstance(node, Call):
            break
    return node


def _within(node, tree):
    return f" in {shown(node)}" if node is not tree else ""


def _signed(text, sign):
    return text if sign == 1 else text[1:] if text.startswith("-") else "-" + text


def _plain(texts):
    (text,) = texts
    return text


def sums(tree):
    """Return the outermost nodes of all sums in a tree."""
    inner = {id(c) for n in postorder(tree) if isinstance(n, Binary) and n.op in "+-" for c in (n.left, n.right)}
    return [n for n in postorder(tree) if isinstance(n, Binary) and n.op in "+-" and id(n) not in inner]


def signed_terms(tree):
    """Return the terms of a sum as written, as pairs (text with its sign, tree)."""
    found, stack = [], [(1, tree)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Binary) and node.op in "+-":
            stack += [(sign if node.op == "+" else -sign, node.right), (sign, node.left)]
        elif isinstance(node, Negate):
            stack.append((-sign, node.operand))
        else:
            found.append((_signed(shown(node), sign), node))
    return found
