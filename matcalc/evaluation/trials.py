"""One rule of the rule book at one point: its torch line, its formulas and torch's derivative of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from ..language.syntax import Call, Name, parse_tree, postorder
from ..rulebook.conditions import Condition
from ..rulebook.entries import size_tree
from ..rulebook.facts import facts_with
from .evaluate import apply_rule, evaluate, node_values
from .fitting import COMPARISON, equated, fit_sizes, integer_parameters, result_shape, shape_function, some_places
from .points import Point, Sampler, acceptable, array_text, assignments
from .predicates import holds

_POINTS = 2


@dataclass(frozen=True)
class Line:
    """A line of an entry: its text, a function of a trial that gives pairs (expected, found), its conditions.

    ``ones`` are the sizes that are 1, ``facts`` what the first parameter is drawn for; ``domain`` stands for
    the conditions of the rule where they are not those that count.
    """

    text: str
    compare: Any
    where: tuple = ()
    ones: frozenset = frozenset()
    facts: frozenset = frozenset()
    domain: tuple | None = None


@dataclass
class Trial:
    """A rule at one point: values of its parameters and sizes, and a random change dX of each that varies."""

    rule: Any
    book: Any
    point: Point
    generator: torch.Generator
    changes: dict = field(default_factory=dict)

    def __post_init__(self):
        fixed = integer_parameters(self.rule)
        self.changes = {
            "d" + name: self.random(array.shape) for name, array in self.point.arrays.items() if name not in fixed
        }

    @property
    def first(self):
        """The value of the first array among the parameters."""
        return next(self.point.arrays[p.name] for p in self.rule.params if p.kind == "array")

    def random(self, shape):
        """Return a random array of this shape."""
        return torch.randn(shape, generator=self.generator, dtype=torch.float64)

    def value(self, **changed):
        """Return the value of the torch line, with some parameters changed."""
        arguments = {**self.point.arrays, **changed}
        given = [arguments[p.name] if p.name in arguments else self.point.sizes[p.name] for p in self.rule.params]
        sizes = fit_sizes(self.rule, [g if isinstance(g, int) else tuple(g.shape) for g in given])
        shape = result_shape(self.rule, {**self.point.sizes, **sizes})
        versions = [g._version for g in arguments.values()]  # torch counts what is written into a tensor
        value = apply_rule(self.rule, {p.name: g for p, g in zip(self.rule.params, given)}, sizes, shape)
        if versions != [g._version for g in arguments.values()]:
            message = f"the torch line '{self.rule.torch}' writes into its arguments"
            self.rule.fail(message, hint="give a new array back")
        return value

    def of_first(self, array):
        """Return the value of the torch line for another value of the first array."""
        name = next(p.name for p in self.rule.params if p.kind == "array")
        return self.value(**{name: array})

    def formula(self, tree, **known):
        """Return the value of a formula; d(...) in it is torch's differential for the changes in ``known``."""
        values = {
            id(node): self.forward(lambda arrays, inner=node.args[0]: self._plain(inner, arrays), known)
            for node in postorder(tree)
            if isinstance(node, Call) and node.function == "d"
        }
        return node_values(tree, {**self.point.arrays, **known}, self.point.sizes, self.book, values)[id(tree)]

    def _plain(self, tree, arrays):
        return evaluate(tree, arrays, self.point.sizes, self.book)

    def forward(self, function, changes):
        """Return the derivative of a function of the parameters in the direction of the changes dX of X.

        By differentiating the gradient by its cotangent, in which it is linear: forward mode is missing for
        some of torch's functions.
        """
        varying = {
            name: self.point.arrays[name].clone().requires_grad_()
            for name in self.point.arrays
            if "d" + name in changes
        }
        value = function({**self.point.arrays, **varying})
        if not value.requires_grad:
            return torch.zeros_like(value)
        cotangent = torch.zeros_like(value).requires_grad_()
        pulled = _gradients(value, list(varying.values()), cotangent)
        paired = sum(torch.sum(part * changes["d" + name]) for name, part in zip(varying, pulled))
        return _gradients(paired, [cotangent])[0].detach() if paired.requires_grad else torch.zeros_like(value)

    def shown(self, expected, found):
        """Return the point and both values as lines of text."""
        named = [*self.point.arrays.items(), *self.changes.items(), ("torch", expected), ("the line", found)]
        return "\n".join(f"  {name} = {array_text(array)}" for name, array in named)


def _gradients(value, variables, cotangent=None):
    return torch.autograd.grad(
        value, variables, cotangent, create_graph=cotangent is not None, allow_unused=True, materialize_grads=True
    )


def trials(rule, book, line, seed=0):
    """Yield trials of a line, at points with different sizes, under the conditions of the rule and the line.

    Raises RuleFileError where there is no such point.
    """
    texts = [*(rule.where if line.domain is None else line.domain), *line.where]
    tests = [_condition(text) for text in texts if "(" in text]
    compared = [match for match in map(COMPARISON.match, texts) if match]
    trial = None

    def admits(point):
        nonlocal trial
        trial = Trial(rule, book, point, sampler.generator)
        met = all(_compares(match, point) for match in compared) and holds(tests, point, book)
        return met and (line.domain is not None or acceptable(trial.value()))

    for turn in range(_POINTS):
        names = size_names(rule) - line.ones
        orders = list(assignments(names))
        turned = orders[turn:] + orders[:turn]
        fixed = {**dict.fromkeys(line.ones, 1), **some_places(rule)}
        sizes = (_equated(rule, line, {**found, **fixed}) for found in turned)
        sampler = Sampler(_shapes(rule), _facts(rule, tests, line), sizes, admits, seed + turn)
        if sampler.draw() is None:
            rule.fail(
                f"the line '{line.text}' cannot be compared with torch: {sampler.reason}",
                hint="see its conditions (where)",
            )
        yield trial


def _equated(rule, line, sizes):
    """Return sizes with which the products are equal that a rule equates.

    Where the first array is drawn for a fact about square matrices, it is square.
    """
    if line.facts & facts_with(square=True):
        rows, cols = next(p.sizes for p in rule.params if p.kind == "array")
        return {**sizes, cols: sizes[rows]}
    return equated(rule, sizes)


def _condition(text):
    tree = parse_tree(text)
    return Condition(tree.function, tree.args[0])


def _compares(match, point):
    value = float(point.arrays[match[1]])
    return value > int(match[3]) if match[2] == ">" else value < int(match[3])


def size_names(rule):
    """Return the names of the sizes in the signature of a rule."""
    texts = [text for p in rule.params for text in p.sizes]
    found = {node.id for text in texts for node in postorder(size_tree(text)) if isinstance(node, Name)}
    return found | {p.name for p in rule.params if p.kind == "size"}


def _shapes(rule):
    return {p.name: shape_function(p.sizes or ("1", "1")) for p in rule.params if p.kind in ("array", "scalar")}


def _facts(rule, tests, line):
    """Return what the parameters are drawn for: integers, and symmetric matrices where the domain has no others."""
    facts = {name: frozenset({"integer"}) for name in integer_parameters(rule)}
    for test in tests:
        if test.predicate in ("symmetric", "pd") and isinstance(test.tree, Name):
            facts[test.tree.id] = frozenset({test.predicate})
    if line.facts:
        facts[next(p.name for p in rule.params if p.kind == "array")] = line.facts
    return facts
