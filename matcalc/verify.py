"""Verifies an entry of the rule book against torch, line by line, at generic points.

Differentials are compared with the directional derivative of the torch line, adjoints by the inner product
⟨G, f(dA)⟩ = ⟨f*(G), dA⟩, the other lines by their meaning. Generic: nonsymmetric, not square unless the
signature says so, all sizes different (a symmetric or square point would let a missing transpose through).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy
import torch

from .conditions import Condition
from .errors import MatcalcError, RuleFileError
from .evaluation import COMPARISON, apply_rule, evaluate, fit_sizes, integer_parameters, node_values, result_shape
from .evaluation import size_tree, whole_number
from .points import Point, Sampler, acceptable, assignments, holds
from .syntax import Call, Name, parse_tree, postorder

TOLERANCE = 1e-8
_POINTS = 2
_SIGNS = {"even": lambda f: f, "odd": lambda f: -f, "complement": lambda f: 1 - f}
_GIVEN = {
    "positive": lambda f: f > 0,
    "nonnegative": lambda f: f >= 0,
    "unit-interval": lambda f: (f > 0) & (f < 1),
    "simplex": lambda f: (f > 0) & ((f.sum(0) - 1).abs() < TOLERANCE),
    "simplex rows": lambda f: (f > 0) & ((f.sum(1, keepdim=True) - 1).abs() < TOLERANCE),
    "pd": lambda f: torch.linalg.eigvalsh(f) > 0,
}


@dataclass(frozen=True)
class _Line:
    """A line of an entry: its text, a function of a trial that gives pairs (expected, found), its conditions.

    ``ones`` are the sizes that are 1, ``facts`` what the first parameter is drawn for; ``domain`` stands for
    the conditions of the rule where they are not those that count.
    """

    text: str
    compare: object
    where: tuple = ()
    ones: frozenset = frozenset()
    facts: frozenset = frozenset()
    domain: tuple | None = None


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
        for trial in _trials(rule, book, line):
            _compare(trial, line)


def _compare(trial, line):
    rule = trial.rule
    try:
        for expected, found in line.compare(trial):
            if expected.shape != found.shape:
                rule.fail(f"in the line '{line.text}' the shape is {_text(found.shape)}, in torch {_text(expected.shape)}",
                          hint="compare the line with its source")
            if not _close(expected, found):
                rule.fail(f"torch disagrees with the line '{line.text}'\n{trial.shown(expected, found)}",
                          hint="compare the line with its source")
    except RuleFileError:
        raise
    except MatcalcError as error:
        rule.fail(f"the line '{line.text}' cannot be evaluated: {error.message}", hint=error.hint)


def _text(shape):
    return "×".join(map(str, shape))


def _close(expected, found):
    difference = float((expected - found).norm())
    return difference <= TOLERANCE * max(float(expected.norm()), float(found.norm()))


# -- one rule at one point ---------------------------------------------------------------------------------------


@dataclass
class _Trial:
    """A rule at one point: values of its parameters and sizes, and a random change dX of each that varies."""

    rule: object
    book: object
    point: Point
    changes: dict = field(default_factory=dict)

    @property
    def first(self):
        """The value of the first array among the parameters."""
        return next(self.point.arrays[p.name] for p in self.rule.params if p.kind == "array")

    def random(self, shape):
        return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)

    def value(self, **changed):
        """Return the value of the torch line, with some parameters changed."""
        arguments = {**self.point.arrays, **changed}
        given = [arguments[p.name] if p.name in arguments else self.point.sizes[p.name] for p in self.rule.params]
        sizes = fit_sizes(self.rule, [g if isinstance(g, int) else tuple(g.shape) for g in given])
        shape = result_shape(self.rule, {**self.point.sizes, **sizes})
        return apply_rule(self.rule, {p.name: g for p, g in zip(self.rule.params, given)}, sizes, shape)

    def of_first(self, array):
        """Return the value of the torch line for another value of the first array."""
        name = next(p.name for p in self.rule.params if p.kind == "array")
        return self.value(**{name: array})

    def formula(self, tree, **known):
        """Return the value of a formula; d(...) in it is torch's differential for the changes in ``known``."""
        values = {id(node): self.forward(lambda arrays, inner=node.args[0]: self._plain(inner, arrays), known)
                  for node in postorder(tree) if isinstance(node, Call) and node.function == "d"}
        return node_values(tree, {**self.point.arrays, **known}, self.point.sizes, self.book, values)[id(tree)]

    def _plain(self, tree, arrays):
        return evaluate(tree, arrays, self.point.sizes, self.book)

    def forward(self, function, changes):
        """Return the derivative of a function of the parameters in the direction of the changes dX of X.

        By differentiating the gradient by its cotangent, in which it is linear: forward mode is missing for
        some of torch's functions.
        """
        varying = {name: self.point.arrays[name].clone().requires_grad_() for name in self.point.arrays
                   if "d" + name in changes}
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
        return "\n".join(f"  {name} = {[[float(f'{x:.6g}') for x in row] for row in array.tolist()]}" for name, array in named)


def _gradients(value, variables, cotangent=None):
    return torch.autograd.grad(value, variables, cotangent, create_graph=cotangent is not None, allow_unused=True,
                               materialize_grads=True)


def _trials(rule, book, line):
    """Yield trials of a line, at points with different sizes, under the conditions of the rule and the line.

    Raises RuleFileError where there is no such point.
    """
    texts = [*(rule.where if line.domain is None else line.domain), *line.where]
    tests = [_condition(text) for text in texts if "(" in text]
    compared = [match for match in map(COMPARISON.match, texts) if match]
    trial = None

    def admits(point):
        nonlocal trial
        trial = _Trial(rule, book, point, _changes(rule, point))
        met = all(_compares(match, point) for match in compared) and holds(tests, point, book)
        return met and (line.domain is not None or acceptable(trial.value()))

    for seed in range(_POINTS):
        names = _size_names(rule) - line.ones
        orders = list(assignments(names))
        sizes = ({**found, **dict.fromkeys(line.ones, 1), **_indices(rule)} for found in orders[seed:] + orders[:seed])
        sampler = Sampler(_shapes(rule), _facts(rule, tests, line), sizes, admits, seed)
        if sampler.draw() is None:
            rule.fail(f"the line '{line.text}' cannot be compared with torch: {sampler.reason}", hint="see its conditions (where)")
        yield trial


def _condition(text):
    tree = parse_tree(text)
    return Condition(tree.function, tree.args[0])


def _compares(match, point):
    value = float(point.arrays[match[1]])
    return value > int(match[3]) if match[2] == ">" else value < int(match[3])


def _size_names(rule):
    texts = [text for p in rule.params for text in p.sizes]
    found = {node.id for text in texts for node in postorder(size_tree(text)) if isinstance(node, Name)}
    return found | {p.name for p in rule.params if p.kind == "size"}


def _indices(rule):
    return {p.name: 1 for p in rule.params if p.kind == "index"}


def _shapes(rule):
    def function(texts):
        return lambda sizes: tuple(whole_number(size_tree(text), sizes) for text in texts)

    return {p.name: function(p.sizes or ("1", "1")) for p in rule.params if p.kind in ("array", "scalar")}


def _facts(rule, tests, line):
    """Return what the parameters are drawn for: integers, and symmetric matrices where the domain has no others."""
    facts = {name: frozenset({"integer"}) for name in integer_parameters(rule)}
    for test in tests:
        if test.predicate == "symmetric" and isinstance(test.tree, Name):
            facts[test.tree.id] = frozenset({"symmetric"})
    if line.facts:
        facts[next(p.name for p in rule.params if p.kind == "array")] = line.facts
    return facts


def _changes(rule, point):
    fixed = integer_parameters(rule)
    generator = torch.Generator().manual_seed(len(point.arrays))
    return {"d" + name: torch.randn(array.shape, generator=generator, dtype=torch.float64)
            for name, array in point.arrays.items() if name not in fixed}


# -- lines that say the derivative ---------------------------------------------------------------------------------


def _derivative_lines(rule):
    for formula in rule.differentials:
        yield _Line(f"d {rule.id} = {formula.text}", _differential(formula.right), formula.where)
    if rule.commuting:
        yield _Line(f"commuting {rule.id} = {rule.commuting.text}", _commuting(rule.commuting.right), rule.commuting.where)
    for name in rule.linear:
        formula = rule.adjoints[name]
        yield _Line(f"adjoint {name} = {formula.text}", _adjoint(name, formula.right))
    for name, formula in rule.jacobians.items():
        yield _Line(f"jacobian {name} = {formula.text}", _jacobian(name, formula.right))
    if rule.constant:
        yield _Line("constant", lambda t: [(torch.zeros_like(t.value()), t.forward(lambda a: t.value(**a), t.changes))])


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
        yield _Line("means", _same_value(rule.means))
    if not arrays:
        yield _Line(f"torch {rule.torch}", lambda trial: [(trial.value(), trial.value())])
        return
    rows, cols = (frozenset(n.id for n in postorder(size_tree(text)) if isinstance(n, Name)) for text in arrays[0].sizes)
    for word, ones in (("scalar", frozenset(_size_names(rule))), ("column", cols), ("row", rows)):
        if getattr(rule, word) is not None:
            yield _Line(word, _same_value(getattr(rule, word)), ones=ones)
    if rule.positive is not None:
        yield _Line("positive", _same_value(rule.positive), facts=frozenset({"positive"}))
    if rule.sympy:
        yield _Line(f"sympy {rule.sympy}", _sympy_value)


def _same_value(tree):
    def compare(trial):
        found = trial.formula(tree)
        value = trial.value()
        yield value, found.expand(value.shape) if found.numel() == 1 else found

    return compare


def _sympy_value(trial):
    function = getattr(sympy, trial.rule.sympy, None)
    if not isinstance(function, type) or not issubclass(function, sympy.Function):
        if trial.rule.sympy not in ("Abs", "sqrt"):
            trial.rule.fail(f"SymPy has no function '{trial.rule.sympy}'", hint="leave the line out")
    x = trial.first[:1, :1]
    yield trial.of_first(x), torch.tensor([[float(function(sympy.Float(float(x), 17)))]], dtype=torch.float64)


# -- lines that say a property ------------------------------------------------------------------------------------------


def _property_lines(rule, book):
    if rule.elementwise:
        yield _Line("elementwise", _elementwise)
    if rule.commutes_with_transpose:
        yield _Line("commutes with transpose", lambda t: [(t.value().mT, t.of_first(t.first.mT))])
    if rule.invariant:
        yield _Line("invariant under transpose", lambda t: [(t.value(), t.of_first(t.first.mT))])
    if rule.matrix_function:
        yield _Line("matrix function", lambda t: [(t.first @ t.value(), t.value() @ t.first)])
    if rule.parity:
        yield _Line(f"parity {rule.parity}", _parity)
    if rule.inverse:
        yield _Line(f"inverse {rule.inverse}", _inverse, domain=_domain_of_inverse(rule, book))
    for word in sorted(rule.gives):
        yield _Line(f"gives {word}", _gives(word))


def _elementwise(trial):
    corner = {name: array[:1, :1] for name, array in trial.point.arrays.items()}
    yield trial.value()[:1, :1], trial.value(**corner)


def _parity(trial):
    if trial.rule.parity not in _SIGNS:
        trial.rule.fail(f"unknown parity '{trial.rule.parity}'", hint=f"one of {', '.join(_SIGNS)}")
    yield trial.of_first(-trial.first), _SIGNS[trial.rule.parity](trial.value())


def _domain_of_inverse(rule, book):
    """Return the conditions under which g(X) exists, for the function g that this rule undoes."""
    rules = book.overloads(rule.inverse)
    if not rules:
        rule.fail(f"unknown function '{rule.inverse}'", hint="leave the line 'inverse' out")
    other, own = rules[0].params[0].name, rule.params[0].name
    return tuple(text.replace(f"({other})", f"({own})") for text in rules[0].where)


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
