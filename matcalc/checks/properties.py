"""Examines the lines of an entry that say what its values are like: bounds, signs, directions, curvature, short forms.

Each is tried on the torch line at points far apart within the domain: near 0, moderate and large ones. A line that
fails at one of them is refused with this point.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from ..errors import MatcalcError
from ..evaluation.points import Point, array_text
from ..evaluation.predicates import holds
from ..evaluation.trials import Line, Trial
from ..language.syntax import parse_tree
from ..rulebook.conditions import Condition
from ..rulebook.entries import Book, Rule
from ..rulebook.properties import DECREASING, Identity, Interval, Statement

# how much larger or smaller than the drawn arrays the others are
_SPREAD = (1.0, -1.0, 0.1, -0.1, 3.0, -3.0, 12.0)
_ROUNDING = 1e-9
_COEFFICIENTS = 8


def property_lines(rule: Rule, book: Book) -> Iterator[Line]:
    """Yield the lines with their tests; a test refuses the rule itself where it finds a point against the line."""
    if rule.bounds is not None:
        yield Line("bounds", _examined(book, (), lambda trial: _in_bounds(trial, rule.bounds)))
    for statement in rule.sign:
        yield _stated("sign", statement, book, _has_sign)
    for statement in rule.definite:
        line = _stated("definite", statement, book, _is_definite)
        for fact in ("pd", "symmetric"):
            if fact == "symmetric" or _may_be_positive(rule):
                yield Line(line.text, line.compare, facts=frozenset({fact}))
    if rule.monotone:
        text = "monotone " + ", ".join(f"{'increasing' if d > 0 else 'decreasing'} {name}" for name, d in rule.monotone)
        yield Line(text, _examined(book, rule.monotone_where, _is_monotone), where=rule.monotone_where)
    for word, shape in (("convex", rule.convex), ("concave", rule.concave)):
        if shape is not None:
            yield _curved(word, shape, book, rule)
    if rule.series:
        yield Line(f"series {rule.series}", _series)
    for word, identities in (("shortens", rule.shortens), ("stable", rule.stable), ("value", rule.known)):
        for identity in identities:
            yield _equal(word, identity)


def _may_be_positive(rule: Rule) -> bool:
    """Whether positive definite matrices are in the domain as far as the signature tells: for square ones they are."""
    return len(set(next(p.sizes for p in rule.params if p.kind == "array"))) == 1


def _facts_of(where: tuple) -> frozenset:
    """Return what the first parameter is drawn for, where the conditions ask for a definite or a symmetric matrix."""
    conditions: Any = map(parse_tree, where)
    words = {condition.function for condition in conditions} & {"pd", "psd", "symmetric", "nonnegative"}
    return frozenset("positive" if word == "nonnegative" else word for word in words)


def _stated(word: str, statement: Statement, book: Book, test) -> Line:
    text = f"{word} {statement.text}"
    compare = _examined(book, statement.where, lambda trial: test(trial, text, statement))
    return Line(text, compare, where=statement.where, facts=_facts_of(statement.where))


def _curved(word: str, statement: Statement, book: Book, rule: Rule) -> Line:
    sign = 1 if word == "convex" else -1

    def compare(trial: Trial) -> Iterator:
        tests = _tests(rule, statement.where)
        for one in _spread(trial, tests, book):
            for other in _spread(_redrawn(trial, rule), tests, book):
                _below_the_chord(word, sign, one, other, tests, book)
        return iter(())

    facts = _facts_of(statement.where)
    if "symmetric(X)" in rule.requires:
        facts = facts or frozenset({"symmetric"})
    return Line(word, compare, where=statement.where, facts=facts)


def _tests(rule: Rule, where: tuple) -> list:
    trees: Any = [parse_tree(text) for text in (*rule.where, *where) if "(" in text]
    return [Condition(tree.function, tree.args[0]) for tree in trees]


def _redrawn(trial: Trial, rule: Rule) -> Trial:
    """Return the trial at another point of the same kind: the arrays turned round, which keeps structures."""
    arrays = {n: a.flip(0, 1) if n in _array_names(rule) else a for n, a in trial.point.arrays.items()}
    return Trial(rule, trial.book, Point(arrays, trial.point.sizes), trial.generator)


def _array_names(rule: Rule) -> list[str]:
    return [p.name for p in rule.params if p.kind == "array"]


def _spread(trial: Trial, tests: list, book: Book) -> Iterator[Trial]:
    """Yield the trial and others at multiples of its arrays that are in the domain and have finite values."""
    arrays = trial.point.arrays
    for factor in _SPREAD:
        names = _array_names(trial.rule) or list(arrays)
        moved = Point({n: factor * a if n in names else a for n, a in arrays.items()}, trial.point.sizes)
        other = Trial(trial.rule, book, moved, trial.generator)
        try:
            if holds(tests, moved, book) and bool(torch.isfinite(other.value()).all()):
                yield other
        except (MatcalcError, RuntimeError):
            continue


def _examined(book: Book, where: tuple, test):
    """Return a comparison that makes a test at points far apart; it has no pairs of its own to compare."""

    def compare(trial: Trial) -> Iterator:
        for other in _spread(trial, _tests(trial.rule, where), book):
            test(other)
        return iter(())

    return compare


def _refuse(trial: Trial, line: str, found: str) -> None:
    point = "\n".join(f"  {name} = {array_text(array)}" for name, array in trial.point.arrays.items())
    trial.rule.fail(f"the line '{line}' does not hold: {found}\n{point}", hint="compare the line with its source")


# -- values ----------------------------------------------------------------------------------------------------------


def _in_bounds(trial: Trial, bounds: Interval) -> None:
    value = trial.value()
    moderate = bool(torch.cat([a.reshape(-1) for a in trial.point.arrays.values()]).abs().max() < 3)
    low, high = float(value.min()), float(value.max())
    rounding = _ROUNDING * max(1.0, abs(low), abs(high))
    # far out a value such as tanh(40) is rounded to its limit
    below = low < bounds.low - rounding or moderate and bounds.low_open and low <= bounds.low
    above = high > bounds.high + rounding or moderate and bounds.high_open and high >= bounds.high
    if below or above:
        _refuse(trial, "bounds", f"a value is {low if below else high:.6g}")


def _has_sign(trial: Trial, text: str, statement: Statement) -> None:
    expected = trial.formula(statement.tree)
    value = trial.value()
    if value.shape == expected.shape:
        wrong = value * expected < 0
        wrong |= (value == 0) & (expected.abs() > 1e-3) | (expected == 0) & (value.abs() > 1e-3)
    else:  # a function of all entries: where all have one sign, the value has it
        one_signed = bool((expected > 0).all()) or bool((expected < 0).all())
        wrong = value * expected.reshape(-1)[0] <= 0 if one_signed else torch.tensor(False)
    if bool(wrong.any()):
        _refuse(trial, text, f"the value is {array_text(value)} where the line has {array_text(expected)}")


def _is_definite(trial: Trial, text: str, statement: Statement) -> None:
    expected = _definiteness(trial.formula(statement.tree), _ROUNDING)
    one_sided = any(predicate in ("pd", "psd") for predicate, _ in statement.conditions)
    found = _definiteness(trial.value(), -_ROUNDING)
    if expected in ((1,) if one_sided else (1, -1)) and found != expected:
        words = {1: "positive definite", -1: "negative definite", 0: "neither positive nor negative definite"}
        _refuse(trial, text, f"the value is {words[found]}")


def _definiteness(array: torch.Tensor, margin: float) -> int:
    """Return 1 for a positive definite matrix or positive entries, -1 for negative ones, else 0.

    ``margin``: how far above 0 the smallest of them is at least, as a part of the largest; below 0 it allows rounding.
    """
    values = array.reshape(-1)
    if array.shape[0] == array.shape[1] > 1:
        if not torch.allclose(array, array.mT, rtol=1e-6, atol=1e-9):
            return 0
        values = torch.linalg.eigvalsh((array + array.mT) / 2)
    least = margin * float(values.abs().max())
    return 1 if bool((values > least).all()) else -1 if bool((values < -least).all()) else 0


# -- comparisons of values -----------------------------------------------------------------------------------------


def _is_monotone(trial: Trial) -> None:
    value = trial.value()
    tests = _tests(trial.rule, trial.rule.monotone_where)
    for name, direction in trial.rule.monotone:
        array = trial.point.arrays[name]
        for width in (0.01, 0.5, 4.0):
            moved = Point({**trial.point.arrays, name: array + width * torch.rand_like(array)}, trial.point.sizes)
            further = Trial(trial.rule, trial.book, moved, trial.generator)
            if not holds(tests, moved, trial.book) or not bool(torch.isfinite(further.value()).all()):
                continue
            growth = (further.value() - value) * direction
            if bool((growth < -_ROUNDING * (1 + value.abs().max())).any()):
                word = "decreasing" if direction == DECREASING else "increasing"
                shown = f"from {array_text(value)} to {array_text(further.value())} as {name} grows"
                _refuse(trial, f"monotone {word} {name}", f"the value goes {shown} by up to {width}")


def _below_the_chord(word: str, sign: int, one: Trial, other: Trial, tests: list, book: Book) -> None:
    arrays = {name: (array + other.point.arrays[name]) / 2 for name, array in one.point.arrays.items()}
    middle = Trial(one.rule, book, Point(arrays, one.point.sizes), one.generator)
    try:
        if not holds(tests, middle.point, book):
            return
        half_way = middle.value()
    except MatcalcError:
        return
    mean = (one.value() + other.value()) / 2
    gap = sign * (mean - half_way)
    largest = max(float(v.abs().max()) for v in (one.value(), other.value(), half_way))
    if bool(torch.isfinite(half_way).all()) and bool((gap < -_ROUNDING * (1 + largest)).any()):
        above = "above" if sign == 1 else "below"
        ends = "; ".join(f"{n} = {array_text(a)}" for n, a in other.point.arrays.items())
        shown = f"{array_text(half_way)} is {above} the mean {array_text(mean)}"
        _refuse(one, word, f"half way to {ends} the value {shown}, from")


def _series(trial: Trial) -> Iterator:
    """The first coefficients of the power series at 0, by differentiating the torch line again and again."""
    x = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    value, factorial = trial.of_first(x), 1.0
    for order in range(_COEFFICIENTS):
        coefficient = float(value.detach()) / factorial
        if not coefficient >= -_ROUNDING:
            trial.rule.fail(
                f"the line 'series {trial.rule.series}' does not hold: the coefficient of X**{order} is "
                f"{coefficient:.6g}",
                hint="leave the line out",
            )
        if not value.requires_grad:
            break
        (value,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        factorial *= order + 1
    return iter(())


def _equal(word: str, identity: Identity) -> Line:
    """Both sides have the same value wherever both have one."""

    def compare(trial: Trial) -> Iterator:
        yield _column(trial.formula(identity.right_tree)), _column(trial.formula(identity.left_tree))

    text = f"{word} {identity.left} = {identity.right}"
    return Line(text, compare, where=identity.where, facts=_facts_of(identity.where))


def _column(array: torch.Tensor) -> torch.Tensor:
    return array.reshape(-1, 1)
