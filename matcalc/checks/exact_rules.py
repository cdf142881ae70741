"""The exact check of the rule book: every differential is compared with the power series of the function itself.

The function is its torch line, displaced by h in random directions dX; the coefficient of h is compared with the
formula, in balls that hold the true values. Nothing is differentiated by a rule.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from ..bounds import MAX_EXACT_WORK as _MOST_WORK
from ..errors import MatcalcError
from ..evaluation.exact.arrays import Array, NotExact, NoValue
from ..evaluation.exact.balls import balls
from ..evaluation.exact.evaluate import Formula, Plan
from ..evaluation.exact.lines import read_line
from ..evaluation.exact.points import Reals, draw
from ..evaluation.exact.rationals import Rationals
from ..evaluation.fitting import COMPARISON, integer_parameters, whole_number
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, names, parse_tree, postorder
from ..rulebook.entries import Rule, size_tree

_BITS, _DECIMALS, _TRIES = 400, 50, 24
_SIZES = (3, 2, 4, 5)


def differentials_exactly(rule: Any, book: Any, seed: int = 0) -> list:
    """Return (formula, verdict, reason) for each differential of a rule.

    The verdict is True or False, None where no exact values could be compared.
    """
    found = []
    for formula in rule.differentials if rule.torch else ():
        try:
            problem = _Differential(rule, formula, book, seed).problem()
            found.append((formula.text, not problem, problem))
        except (NotExact, NoValue) as reason:
            found.append((formula.text, None, str(reason)))
        except MatcalcError as error:
            found.append((formula.text, None, error.message))
    return found


def refuse_wrong_differentials(rule: Rule, book: Any) -> None:
    """Raise RuleFileError where exact values contradict a differential of a rule, which torch may not see."""
    for text, equal, problem in differentials_exactly(rule, book):
        if equal is False:
            rule.fail(
                f"without rounding the differential '{text}' is wrong: {problem}",
                hint="compare the line with its source",
            )


class _Differential:
    """A differential of a rule, at random points of fixed sizes that meet its conditions."""

    def __init__(self, rule: Any, formula: Any, book: Any, seed: int) -> None:
        self.formula, self.book = formula, book
        self.random = Random(f"{seed} {rule.id} {formula.text}")
        letters = dict.fromkeys(name for p in rule.params for text in p.sizes for name in names(size_tree(text)))
        self.sizes = dict(zip(letters, _SIZES)) | {p.name: 3 for p in rule.params if p.kind == "size"}
        self.sizes |= {p.name: 2 if p.name == "b" else 1 for p in rule.params if p.kind in ("index", "bound")}
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
        reason = None
        for _ in range(_TRIES):
            try:
                return self._at_a_point()
            except NoValue as problem:
                reason = problem
        raise reason

    def _at_a_point(self) -> str:
        rationals, source = Rationals(), Reals(self.random)
        point = {}
        for name, shape in self.shapes.items():
            if "integer" in self.facts[name]:
                point[name] = rationals.array(self._whole(name))
            else:
                point[name] = draw(rationals, source, shape, self.facts[name])
        self._move_inside(rationals, point)
        moves = {f"d{n}": draw(rationals, source, a.shape, frozenset()) for n, a in point.items() if a.constant is None}
        used = {name for name in names(self.formula.right) if name in moves}
        used |= {f"d{n}" for node in postorder(self.formula.right) if isinstance(node, Call) and node.function == "d"
                 for n in names(node) if f"d{n}" in moves}
        moves = {name: move for name, move in moves.items() if name in used}
        with balls(_BITS, 2) as c:
            arrays = {n: c.displaced(a, moves.get(f"d{n}")) for n, a in point.items()}
            fixed = {n: c.displaced(a, None) for n, a in {**point, **moves}.items()}
            truth = c.coefficients(self.line(c, {**self.sizes, **arrays}), 1)
            tree = self._without_d(c, self.formula.right, arrays, fixed)
            ours = self._value(c, tree, fixed)
            if len(ours.entries) != len(truth):
                return "it has another shape"
            differences = [one - other for one, other in zip(truth, c.coefficients(ours, 0))]
            if not all(difference.contains(0) for difference in differences):
                return f"it is off by {max(float(abs(difference).mid()) for difference in differences):.2g}"
            if not all(float(difference.abs_upper()) < 10.0**-_DECIMALS for difference in differences):
                raise NoValue("too few digits are left")
        return ""

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
            elif isinstance(node, (Number, String, Name)):
                changed[id(node)] = node
            elif isinstance(node, Binary):
                changed[id(node)] = Binary(node.op, changed[id(node.left)], changed[id(node.right)])
            elif isinstance(node, (Negate, Transpose)):
                changed[id(node)] = type(node)(changed[id(node.operand)])
            elif isinstance(node, Call):
                changed[id(node)] = Call(node.function, tuple(changed[id(a)] for a in node.args), node.keywords)
        return changed[id(tree)]
