"""Verifies an entry of the rule book against torch, line by line, at generic points.

Differentials are compared with the directional derivative of the torch line, adjoints by the inner product
⟨G, f(dA)⟩ = ⟨f*(G), dA⟩, the other lines by their meaning. Generic: nonsymmetric, not square unless the
signature says so, all sizes different (a symmetric or square point would let a missing transpose through).
"""

from __future__ import annotations

import sympy
import torch

from ..errors import MatcalcError, RuleFileError
from ..evaluation.evaluate import evaluate, own_torch_state
from ..evaluation.trials import Line, size_names, trials
from ..language.nodes import substituted
from ..language.syntax import Call, Name, names, parse_tree
from ..language.unparse import unparse
from ..rulebook.entries import size_tree
from .exact_rules import refuse_wrong_formulas
from .properties import property_lines

TOLERANCE = 1e-8
# points are of size 1: what is smaller than this is a zero on both sides
_ROUNDING = 1e-12
_SIGNS = {"even": lambda f: f, "odd": lambda f: -f, "complement": lambda f: 1 - f}
_GIVEN = {
    "positive": lambda f: f > 0,
    "nonnegative": lambda f: f >= 0,
    "unit-interval": lambda f: (f > 0) & (f < 1),
    "simplex": lambda f: (f > 0) & ((f.sum(0) - 1).abs() < TOLERANCE),
    "simplex rows": lambda f: (f > 0) & ((f.sum(1, keepdim=True) - 1).abs() < TOLERANCE),
    "lower-triangular": lambda f: f == torch.tril(f),
    "upper-triangular": lambda f: f == torch.triu(f),
    "binary": lambda f: (f == 0) | (f == 1),
    "symmetric": lambda f: f == f.mT,
    "skew": lambda f: f == -f.mT,
    "pd": lambda f: torch.linalg.eigvalsh(f) > 0,
    "invertible": lambda f: torch.linalg.matrix_rank(f) == len(f),
    "orthogonal": lambda f: (f.mT @ f - torch.eye(f.shape[1], dtype=torch.float64)).abs() < TOLERANCE,
}


@own_torch_state()
def verify_rule(rule, book):
    """Verify a rule against torch; ``book`` has the functions that its formulas use.

    Raises RuleFileError with the line and both values where torch disagrees, where a line cannot be
    evaluated, and where the rule has nothing that could be compared.
    """
    if not rule.torch:
        rule.fail("nothing in it can be compared with torch", hint="add a line: torch    torch.name(X)")
    for parameter in rule.linear:
        if parameter not in rule.adjoints:
            rule.fail(f"linear in {parameter}, but without its adjoint", hint=f"add a line: adjoint {parameter} = ...")
    for line in [*_derivative_lines(rule), *_value_lines(rule), *_property_lines(rule, book)]:
        for trial in trials(rule, book, line):
            _compare(trial, line)
    refuse_wrong_formulas(rule, book)


def _compare(trial, line):
    rule = trial.rule
    try:
        for expected, found in line.compare(trial):
            if expected.shape != found.shape:
                shapes = ["×".join(map(str, array.shape)) for array in (found, expected)]
                rule.fail(
                    f"in the line '{line.text}' the shape is {shapes[0]}, in torch {shapes[1]}",
                    hint="compare the line with its source",
                )
            if not _close(expected, found):
                rule.fail(
                    f"torch disagrees with the line '{line.text}'\n{trial.shown(expected, found)}",
                    hint="compare the line with its source",
                )
    except RuleFileError:
        raise
    except MatcalcError as error:
        rule.fail(f"the line '{line.text}' cannot be evaluated: {error.message}", hint=error.hint)


def _close(expected, found):
    if not torch.isfinite(found).all():
        return False
    difference = float((expected - found).norm())
    return difference <= max(TOLERANCE * max(float(expected.norm()), float(found.norm())), _ROUNDING)


# -- lines that say the derivative ---------------------------------------------------------------------------------


def _derivative_lines(rule):
    for formula in rule.differentials:
        yield Line(f"d {rule.id} = {formula.text}", _differential(formula.right), formula.where)
    if rule.everywhere:
        formula = rule.everywhere
        yield Line(f"everywhere {rule.id} = {formula.text}", _differential(formula.right), formula.where)
    if rule.commuting:
        formula = rule.commuting
        yield Line(f"commuting {rule.id} = {formula.text}", _commuting(formula.right), formula.where)
    for name in rule.linear:
        formula = rule.adjoints[name]
        yield Line(f"adjoint {name} = {formula.text}", _adjoint(name, formula.right))
    for name, formula in rule.jacobians.items():
        yield Line(f"jacobian {name} = {formula.text}", _jacobian(name, formula.right))
    if rule.constant:
        yield Line("constant", lambda t: [(torch.zeros_like(t.value()), t.forward(lambda a: t.value(**a), t.changes))])


def _differential(tree):
    def compare(trial):
        yield trial.forward(lambda arrays: trial.value(**arrays), trial.changes), trial.formula(tree, **trial.changes)

    return compare


def _commuting(tree):
    """dX is a polynomial of X, so that both commute."""

    def compare(trial):
        name = trial.rule.params[0].name
        X = trial.point.arrays[name]
        change = 0.7 * torch.eye(len(X), dtype=torch.float64) - 1.3 * X + 0.4 * X @ X
        known = {"d" + name: change}
        yield trial.forward(lambda arrays: trial.value(**arrays), known), trial.formula(tree, **known)

    return compare


def _adjoint(name, tree):
    """Linear in A, alone or with the other parameters, and ⟨G, df⟩ = ⟨f*(G), dA⟩."""

    def compare(trial):
        changes = {"d" + name: trial.changes["d" + name]}
        along = trial.forward(lambda arrays: trial.value(**arrays), changes)
        if not _linear_in_all(trial):
            yield along, trial.value(**{name: changes["d" + name]})
        G = trial.random(along.shape)
        found = trial.formula(tree, G=G)
        if found.shape != changes["d" + name].shape:
            yield changes["d" + name], found
        yield torch.sum(G * along), torch.sum(found * changes["d" + name])

    return compare


def _linear_in_all(trial):
    """Whether the value is linear in all linear parameters at once, as in A + B, not in each as in A @ B."""
    changes = {"d" + name: trial.changes["d" + name] for name in trial.rule.linear}
    value = trial.value(**{name: changes["d" + name] for name in trial.rule.linear})
    return _close(trial.forward(lambda arrays: trial.value(**arrays), changes), value)


def _jacobian(name, tree):
    def compare(trial):
        change = trial.changes["d" + name]
        along = trial.forward(lambda arrays: trial.value(**arrays), {"d" + name: change})
        J = trial.formula(tree)
        if J.shape != (along.numel(), change.numel()):
            yield torch.zeros(along.numel(), change.numel()), J
        yield along.mT.reshape(-1, 1), J @ change.mT.reshape(-1, 1)

    return compare


# -- lines that say the value -----------------------------------------------------------------------------------------


def _value_lines(rule):
    arrays = [p for p in rule.params if p.kind == "array"]
    if rule.means is not None:
        yield Line("means", _same_value(rule.means))
    if not arrays:
        yield Line(f"torch {rule.torch}", lambda trial: [(trial.value(), trial.value())])
        return
    rows, cols = (frozenset(names(size_tree(text))) for text in arrays[0].sizes)
    for word, ones in (("scalar", frozenset(size_names(rule))), ("column", cols), ("row", rows)):
        if getattr(rule, word) is not None:
            yield Line(word, _same_value(getattr(rule, word)), ones=ones)
    if rule.positive is not None:
        yield Line("positive", _same_value(rule.positive), facts=frozenset({"positive"}))
    if rule.nonpositive is not None:
        yield Line("nonpositive", _at_opposite(rule.nonpositive), facts=frozenset({"positive"}))
    if rule.commutative is not None:
        yield Line("commutative", _commutative)
    if rule.sympy:
        yield Line(f"sympy {rule.sympy}", _sympy_value)


def _same_value(tree):
    def compare(trial):
        found = trial.formula(tree)
        value = trial.value()
        yield value, found.expand(value.shape) if found.numel() == 1 else found

    return compare


def _at_opposite(tree):
    def compare(trial):
        opposite = {parameter.name: -trial.first for parameter in trial.rule.params[:1]}
        value = trial.value(**opposite)
        yield value, trial.formula(tree, **opposite).expand(value.shape)

    return compare


def _commutative(trial):
    """All arrays are polynomials of the first one, so that they commute."""
    X = trial.first
    known = {}
    for place, parameter in enumerate(p for p in trial.rule.params if p.kind == "array"):
        known[parameter.name] = X + place * (0.3 * torch.eye(len(X), dtype=torch.float64) + 0.1 * X @ X)
    yield trial.value(**known), trial.formula(trial.rule.commutative, **known)


def _sympy_value(trial):
    function = getattr(sympy, trial.rule.sympy, None)
    if not isinstance(function, type) or not issubclass(function, sympy.Function):
        if trial.rule.sympy not in ("Abs", "sqrt"):
            trial.rule.fail(f"SymPy has no function '{trial.rule.sympy}'", hint="leave the line out")
    x = trial.first[:1, :1]
    yield trial.of_first(x), torch.tensor([[float(function(sympy.Float(float(x), 17)))]], dtype=torch.float64)


# -- lines that say a property -----------------------------------------------------------------------------------


def _property_lines(rule, book):
    if rule.elementwise:
        yield Line("elementwise", _elementwise)
    if rule.commutes_with_transpose:
        yield Line("commutes with transpose", _commutes_with_transpose)
    if rule.invariant:
        yield Line("invariant under transpose", lambda t: [(t.value(), t.of_first(t.first.mT))])
    if rule.matrix_function:
        yield Line("matrix function", lambda t: [(t.first @ t.value(), t.value() @ t.first)])
    if rule.parity:
        yield Line(f"parity {rule.parity}", _parity)
    if rule.complement:
        yield Line(f"complement {rule.complement}", _complement)
    if rule.inverse:
        yield Line(f"inverse {rule.inverse}", _inverse, domain=_domain_of_inverse(rule, book))
    for word in sorted(rule.gives):
        yield Line(f"gives {word}", _gives(word))
    yield from property_lines(rule, book)


def _commutes_with_transpose(trial):
    turned = {p.name: trial.point.arrays[p.name].mT for p in trial.rule.params if p.kind == "array"}
    yield trial.value().mT, trial.value(**turned)


def _elementwise(trial):
    corner = {name: array[:1, :1] for name, array in trial.point.arrays.items()}
    yield trial.value()[:1, :1], trial.value(**corner)


def _parity(trial):
    if trial.rule.parity not in _SIGNS:
        trial.rule.fail(f"unknown parity '{trial.rule.parity}'", hint=f"one of {', '.join(_SIGNS)}")
    yield trial.of_first(-trial.first), _SIGNS[trial.rule.parity](trial.value())


def _complement(trial):
    """A condition is 0 or 1, and its complement is the other one."""
    value = trial.value()
    other = Call(trial.rule.complement, tuple(Name(p.name) for p in trial.rule.params))
    yield value, (value == 1).to(torch.float64)
    yield 1 - value, evaluate(other, trial.point.arrays, trial.point.sizes, trial.book)


def _domain_of_inverse(rule, book):
    """Return the conditions under which g(X) exists, for the function g that this rule undoes."""
    rules = book.overloads(rule.inverse)
    if not rules:
        rule.fail(f"unknown function '{rule.inverse}'", hint="leave the line 'inverse' out")
    names_of = {rules[0].params[0].name: Name(rule.params[0].name)}
    return tuple(unparse(substituted(parse_tree(text), names_of)) for text in rules[0].where)


def _inverse(trial):
    """f(g(X)) is X wherever g(X) exists."""
    tree = Call(trial.rule.inverse, (Name("X"),))
    inner = evaluate(tree, {"X": trial.first}, trial.point.sizes, trial.book)
    yield trial.first, trial.of_first(inner)


def _gives(word):
    def compare(trial):
        if word not in _GIVEN:
            trial.rule.fail(f"unknown fact '{word}'", hint=f"one of {', '.join(_GIVEN)}")
        holds_there = _GIVEN[word](trial.value()).to(torch.float64)
        yield torch.ones_like(holds_there), holds_there

    return compare
