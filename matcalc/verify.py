"""Verifies an entry of the rule book against torch, line by line, at generic points.

Differentials are compared with torch's forward derivative of the torch line, adjoints by the inner product
⟨G, f(dA)⟩ = ⟨f*(G), dA⟩, the other lines by their meaning. Generic: nonsymmetric, not square unless the
signature says so, all sizes different (a symmetric or square point would let a missing transpose through).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy
import torch

from .conditions import Condition
from .errors import DomainError, MatcalcError, RuleFileError
from .evaluation import apply_rule, evaluate, fit_sizes, integer_parameters, node_values, result_shape, size_tree, whole_number
from .points import COMPARISON, RECIPES, Point, acceptable, assignments, draw, holds
from .syntax import Call, Name, parse_tree, postorder

TOLERANCE = 1e-8
_TRIES = 240
_FACTS_OF = {"symmetric": "symmetric"}


def verify_rule(rule, book):
    """Verify a rule against torch; ``book`` has the functions that its formulas use.

    Raises RuleFileError with the line and both values where torch disagrees, where a line cannot be
    evaluated, and where the rule has nothing that could be compared.
    """
    if not rule.torch:
        rule.fail("nothing in it can be compared with torch", hint="add a line: torch    torch.name(X)")
    _check_complete(rule)
    compared = 0
    for label, extra, compare in _lines(rule):
        compared += _verify_line(_Verifier(rule, book, extra), label, compare)
    if not compared:
        compared = _verify_line(_Verifier(rule, book), f"torch {rule.torch}", lambda at: [(at.value, at.value)])
    if not compared:
        rule.fail("no point was found at which it could be compared with torch", hint="see its conditions (where)")


def _check_complete(rule):
    for parameter in rule.linear:
        if parameter not in rule.adjoints:
            rule.fail(f"linear in {parameter}, but without its adjoint", hint=f"add a line: adjoint {parameter} = ...")


def _verify_line(verifier, label, compare):
    """Compare both sides of a line at the verifier's points; return at how many. Raises RuleFileError."""
    count = 0
    for at in verifier.points():
        try:
            for expected, found in compare(at):
                if expected.shape != found.shape or not _close(expected, found):
                    verifier.rule.fail(f"torch disagrees with the line '{label}'\n{_both(at, expected, found)}",
                                       hint="compare the line with its source")
        except RuleFileError:
            raise
        except MatcalcError as error:
            verifier.rule.fail(f"the line '{label}' cannot be evaluated: {error.message}", hint=error.hint)
        count += 1
    if not count:
        verifier.rule.fail(f"no point was found at which the line '{label}' could be compared with torch",
                           hint="see its conditions (where)")
    return count


def _close(expected, found):
    difference = float((expected - found).norm())
    return difference <= TOLERANCE * max(float(expected.norm()), float(found.norm()))


def _both(at, expected, found):
    named = [*at.arrays.items(), ("torch", expected), ("the line", found)]
    return "\n".join(f"  {name} = {array.detach().tolist()}" for name, array in named)


# -- points ----------------------------------------------------------------------------------------------------


@dataclass
class _At:
    """A rule at one point: the values and random changes of its parameters, and the value of its torch line."""

    rule: object
    book: object
    arrays: dict
    sizes: dict
    generator: torch.Generator
    value: torch.Tensor = None

    def torch_value(self, **changed):
        """Return the value of the torch line with some parameters changed."""
        arguments = {**self.arrays, **changed}
        given = [arguments[p.name] if isinstance(arguments[p.name], int) else tuple(arguments[p.name].shape)
                 for p in self.rule.params]
        sizes = fit_sizes(self.rule, given)
        return apply_rule(self.rule, arguments, sizes, result_shape(self.rule, sizes))

    def random_like(self, array):
        return torch.randn(array.shape, generator=self.generator, dtype=torch.float64)

    def formula(self, tree, **known):
        """Return the value of a formula; d(...) in it is torch's differential for the changes dX in ``known``."""
        values = {id(node): self.differential(node.args[0], known)
                  for node in postorder(tree) if isinstance(node, Call) and node.function == "d"}
        return node_values(tree, {**self.arrays, **known}, self.sizes, self.book, values)[id(tree)]

    def differential(self, tree, changes):
        """Return torch's differential of a formula for the changes dX of the parameters X."""
        return self._forward(lambda arrays: evaluate(tree, arrays, self.sizes, self.book), changes)

    def torch_differential(self, changes):
        """Return torch's differential of the torch line."""
        return self._forward(lambda arrays: self.torch_value(**arrays), changes)

    def _forward(self, function, changes):
        names = [name for name in self.arrays if "d" + name in changes]

        def of_varying(*values):
            return function({**self.arrays, **dict(zip(names, values))})

        primals = tuple(self.arrays[name] for name in names)
        return torch.func.jvp(of_varying, primals, tuple(changes["d" + name] for name in names))[1]

    def changes(self):
        """Return a random change dX of each parameter X that varies."""
        fixed = integer_parameters(self.rule)
        return {"d" + p.name: self.random_like(self.arrays[p.name]) for p in self.rule.params
                if p.kind in ("array", "scalar") and p.name not in fixed}


class _Verifier:
    """Finds points for a rule: two assignments of sizes, under its conditions and those of one line."""

    def __init__(self, rule, book, where=(), ones=()):
        self.rule, self.book, self.ones = rule, book, ones
        texts = [*rule.where, *where]
        self.comparisons = [match for match in map(COMPARISON.match, texts) if match]
        self.conditions = [_condition(text) for text in texts if "(" in text]
        self.facts = {p.name: self._facts(p) for p in rule.params}
"""
"""
