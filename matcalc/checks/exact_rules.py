"""The exact check of the rule book: every formula of a derivative is compared with the power series of the function.

The function is its torch line, displaced by h in random directions dX; the coefficient of h is compared with the
differential, and applied to a random G with the adjoint, in balls that hold the true values. Nothing is differentiated
by a rule.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from random import Random
from typing import Any

from ..bounds import MAX_EXACT_WORK as _MOST_WORK
from ..errors import LimitError, MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue, transpose
from ..evaluation.exact.balls import Balls, balls
from ..evaluation.exact.evaluate import Plan
from ..evaluation.exact.formula import Formula
from ..evaluation.exact.lines import read_line
from ..evaluation.exact.points import Reals, draw
from ..evaluation.exact.rationals import Rationals
from ..evaluation.fitting import COMPARISON, equated, integer_parameters, some_places, whole_number
from ..language.syntax import Call, Name, children, names, parse_tree, postorder, with_children
from ..rulebook.entries import Rule, size_tree

_BITS, _DECIMALS, _TRIES = 400, 50, 24
_SIZES, _SMALL = (3, 2, 4, 5), (2, 3, 1, 4)


def formulas_exactly(rule: Any, book: Any, seed: int = 0) -> list:
    """Return (formula, verdict, reason) for each differential, adjoint and Jacobian of a rule.

    The verdict is True or False, None where no exact values could be compared.
    """
    found: list[tuple[str, bool | None, str]] = []
    for kind, name, formula in _formulas(rule) if rule.torch else ():
        try:
            problem = _problem(_KINDS[kind], (rule, formula, book, seed, name))
            found.append((formula.text, not problem, problem))
        except (NotExact, NoValue) as reason:
            found.append((formula.text, None, str(reason)))
        except MatcalcError as error:
            found.append((formula.text, None, error.message))
    return found


def _problem(kind: Any, given: tuple) -> str:
    """Return why a formula is wrong, '' where it is right, at smaller sizes where others are too large."""
    try:
        return kind(*given, sizes=_SIZES).problem()
    except LimitError:
        return kind(*given, sizes=_SMALL).problem()


def _formulas(rule: Any) -> list:
    """Return (kind, the parameter that it is about or "", formula) for each formula of a derivative."""
    found = [("d", "", formula) for formula in rule.differentials]
    found += [("d", "", rule.everywhere)] if rule.everywhere else []
    found += [("commuting", rule.params[0].name, rule.commuting)] if rule.commuting else []
    found += [("adjoint", name, formula) for name, formula in rule.adjoints.items()]
    return found + [("jacobian", name, formula) for name, formula in rule.jacobians.items()]


def refuse_wrong_formulas(rule: Rule, book: Any) -> None:
    """Raise RuleFileError where exact values contradict a differential of a rule, which torch may not see."""
    for text, equal, problem in formulas_exactly(rule, book):
        if equal is False:
            rule.fail(
                f"without rounding the formula '{text}' is wrong: {problem}",
                hint="compare the line with its source",
            )


class _Differential:
    """A differential of a rule, at random points of fixed sizes that meet its conditions."""

    def __init__(
        self, rule: Any, formula: Any, book: Any, seed: int, name: str, sizes: tuple = _SIZES
    ) -> None:
        self.formula, self.book, self.name = formula, book, name
        self.random = Random(f"{seed} {rule.id} {formula.text}")
        letters = dict.fromkeys(name for p in rule.params for text in p.sizes for name in names(size_tree(text)))
        self.sizes = dict(zip(letters, sizes)) | {p.name: 3 for p in rule.params if p.kind == "size"}
        self.sizes = equated(rule, self.sizes)
        self.sizes |= some_places(rule)
        whole = integer_parameters(rule)
        self.shapes, self.facts = {}, {}
        for p in rule.params:
            if p.kind in ("array", "scalar"):
                self.shapes[p.name] = tuple(whole_number(size_tree(text), self.sizes) for text in p.sizes or ("1", "1"))
                self.facts[p.name] = frozenset({"integer"} if p.name in whole else ())
        for text in (*rule.where, *formula.where):
            predicate, _, inner = text.partition("(")
            fact = {"symmetric": "symmetric", "positive": "positive", "positive_spectrum": "pd"}.get(predicate)
            fact = "unit-interval" if predicate == "inside_unit" else fact
            if fact and inner[:-1] in self.shapes:
                self.facts[inner[:-1]] |= {fact}
        texts = [text.partition("(")[2][:-1] for text in (*rule.where, *formula.where) if text.startswith("positive(")]
        self.positive = [parse_tree(text) for text in texts if rule.elementwise]
        self.line = read_line(rule.torch)

    def problem(self) -> str:
        """Return by how much the formula is off, '' where it is equal; raises NoValue where no point has a value."""
        for _ in range(_TRIES - 1):
            with suppress(NoValue):
                return self._at_a_point()
        return self._at_a_point()

    def _at_a_point(self) -> str:
        rationals, source = Rationals(), Reals(self.random)
        point = {}
        for name, shape in self.shapes.items():
            if "integer" in self.facts[name]:
                point[name] = rationals.array(self._whole(name))
            else:
                point[name] = draw(rationals, source, shape, self.facts[name])
        self._move_inside(rationals, point)
        moves = self._moves(rationals, source, point)
        with balls(_BITS, 2) as c:
            arrays = {n: c.displaced(a, moves.get(f"d{n}")) for n, a in point.items()}
            fixed = {n: c.displaced(a, None) for n, a in {**point, **moves}.items()}
            value = self.line(c, {**self.sizes, **arrays})
            along = Array(value.shape or (1, 1), [c.flint.arb_series([ball]) for ball in c.coefficients(value, 1)])
            truth, ours = self._sides(c, along, arrays, fixed)
            if ours.shape != truth.shape:
                return "it has another shape"
            differences = [one - other for one, other in zip(c.coefficients(truth, 0), c.coefficients(ours, 0))]
            if not all(difference.contains(0) for difference in differences):
                return f"it is off by {max(float(abs(difference).mid()) for difference in differences):.2g}"
            if not all(float(difference.abs_upper()) < 10.0**-_DECIMALS for difference in differences):
                raise NoValue("too few digits are left")
        return ""

    def _moves(self, rationals: Rationals, source: Reals, point: dict) -> dict:
        """Return a random direction for each parameter whose differential the formula has."""
        moves = {f"d{n}": draw(rationals, source, a.shape, frozenset()) for n, a in point.items() if a.constant is None}
        right = self.formula.right
        used = {name for name in names(right) if name in moves}
        used |= {f"d{n}" for node in postorder(right) if isinstance(node, Call) and node.function == "d"
                 for n in names(node) if f"d{n}" in moves}
        return {name: move for name, move in moves.items() if name in used}

    def _sides(self, c: Balls, along: Array, arrays: dict, fixed: dict) -> tuple:
        """Return what the formula has to be, by how the value changes along the moves, and what it is."""
        return along, self._value(c, self._without_d(c, self.formula.right, arrays, fixed), fixed)

    def _move_inside(self, rationals: Rationals, point: dict) -> None:
        """Draw again the entries at which what the conditions call positive is not, at several scales."""
        for turn in range(_TRIES):
            values = [self._value(rationals, tree, point).entries for tree in self.positive]
            outside = {place for entries in values for place, entry in enumerate(entries) if entry <= 0}
            if not outside:
                return
            for name, array in point.items():
                if array.constant is None and max(outside) < len(array.entries):
                    source = Reals(self.random, Fraction(2) ** (turn % 3))
                    other = draw(rationals, source, array.shape, self.facts[name])
                    for place in outside:
                        array.entries[place] = other.entries[place]

    def _whole(self, name: str) -> int:
        for text in self.formula.where:
            match = COMPARISON.match(text)
            if match and match[1] == name:
                return int(match[3]) + (2 if match[2] == ">" else -2)
        return self.random.choice((2, 3, -2))

    def _value(self, c: Any, tree: Any, arrays: dict) -> Array:
        plan = Plan(Formula(tree, self.book), {n: a.shape for n, a in arrays.items()}, self.sizes, _MOST_WORK)
        return plan.value(c, arrays)

    def _without_d(self, c: Any, tree: Any, arrays: dict, fixed: dict) -> Any:
        """Return the formula with a name for each d(...), whose value is the coefficient of h of what stands in it."""
        changed: dict[int, Any] = {}
        for node in postorder(tree):
            if isinstance(node, Call) and node.function == "d":
                value = self._value(c, node.args[0], arrays)
                name = f"d_{len(fixed)}"
                entries = [c.flint.arb_series([ball]) for ball in c.coefficients(value, 1)]
                fixed[name] = Array(value.shape, entries)
                changed[id(node)] = Name(name)
            else:
                changed[id(node)] = with_children(node, [changed[id(child)] for child in children(node)])
        return changed[id(tree)]


class _Commuting(_Differential):
    """A differential that holds where dX commutes with X: it is a polynomial of X here."""

    def _moves(self, rationals: Rationals, source: Reals, point: dict) -> dict:
        X = point[self.name]
        square = rationals.scale(Fraction(2, 5), rationals.matmul(X, X))
        move = rationals.add(rationals.scale(Fraction(-13, 10), X), square)
        return {f"d{self.name}": move}


class _Adjoint(_Differential):
    """An adjoint f*: the inner product of G with df is that of f*(G) with dA."""

    def _moves(self, rationals: Rationals, source: Reals, point: dict) -> dict:
        return {f"d{self.name}": draw(rationals, source, point[self.name].shape, frozenset())}

    def _sides(self, c: Balls, along: Array, arrays: dict, fixed: dict) -> tuple:
        G = draw(Rationals(), Reals(self.random), along.shape, frozenset())
        G = c.displaced(G, None)
        move = fixed[f"d{self.name}"]
        found = self._value(c, self.formula.right, {**fixed, "G": G})
        if found.shape != move.shape:
            return move, found
        return _inner(c, G, along), _inner(c, found, move)


class _Jacobian(_Adjoint):
    """A Jacobian J: vec(df) = J @ vec(dA)."""

    def _sides(self, c: Balls, along: Array, arrays: dict, fixed: dict) -> tuple:
        return _vec(along), c.matmul(self._value(c, self.formula.right, fixed), _vec(fixed[f"d{self.name}"]))


def _inner(c: Balls, one: Array, other: Array) -> Array:
    return Array((1, 1), [c.total(c.multiply(one, other).entries)])


def _vec(A: Array) -> Array:
    return Array((len(A.entries), 1), transpose(A).entries)


_KINDS = {"d": _Differential, "commuting": _Commuting, "adjoint": _Adjoint, "jacobian": _Jacobian}
