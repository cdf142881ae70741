"""Where a formula is not continuous: at the jumps of its functions, unless a factor beside them is 0 there.

``sign(x)*x`` has no jump, nor has ``sin(abs(x))*sign(x)``. What is 0 where is told by places: (text, False) is where an
entry of ``text`` is 0, at which the entry that stands there is 0, too, and (text, True) where all of it is 0.
``sum(abs(x))*sign(x)`` jumps wherever an entry of x is 0, and is continuous where all of them are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from ..algebra.build import build
from ..algebra.expressions import is_array
from ..errors import MatcalcError
from ..language.nodes import Over, operands_of, outside_sums
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, children, parse_tree, postorder
from ..language.unparse import unparse
from ..rulebook.conditions import Condition, constant_value, with_arguments

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule
    from .elaborate import Elaborated

Place = tuple[str, bool]
Places = frozenset[Place]
NOWHERE: Places = frozenset()

# sums of what is never below 0: 0 where all of it is
_TOTALS = frozenset({"norm", "norm1", "norm2"})
_SMOOTH_KEEPING = frozenset({"expm1", "log1p", "sqrt"})


class Jumps:
    """The jumps of surface trees with the names of one question, as one name varies."""

    def __init__(self, elaborated: Elaborated, book: Book, variable: str) -> None:
        self.book, self.variable = book, variable
        self._elaborated = elaborated
        self._numbers: dict[str, bool] = {}
        self._zeros: dict[int, Places] = {}

    def of(self, tree: Tree) -> list[Condition]:
        """Return the conditions of the functions that are constant but for jumps, where nothing hides the jump."""
        varying = {id(n) for n in postorder(tree) if isinstance(n, Name) and n.id == self.variable}
        for node in postorder(tree):
            if any(id(child) in varying for child in children(node)):
                varying.add(id(node))
        found: dict[str, Condition] = {}
        pending: list[tuple[Tree, Places, tuple[str, ...]]] = [(tree, NOWHERE, ())]
        seen = set()
        while pending:
            node, beside, largest = pending.pop()
            if isinstance(node, Over) or id(node) not in varying or (id(node), beside, largest) in seen:
                continue
            seen.add((id(node), beside, largest))
            for condition in self._own(node, beside, largest):
                found.setdefault(str(condition), condition)
            pending += self._below(node, beside, largest)
        return list(found.values())

    def are_hidden(self, tree: Tree) -> bool:
        """Return whether a term of a sum over an index has a jump, of which nothing can be said outside of the sum."""
        terms = [part for node in postorder(tree) if isinstance(node, Over) for part in children(node)]
        calls = [n for term in terms for n in postorder(term, outside_sums) if isinstance(n, Call)]
        return any(is_step(self._rule(call)) for call in calls)

    # -- what stands beside a jump -----------------------------------------------------------------------------------

    def _below(self, node: Tree, beside: Places, largest: tuple[str, ...]) -> list:
        """Return the operands of a node, each with the places where what it is multiplied by is 0."""
        if isinstance(node, Binary) and node.op == "*":
            factors = operands_of(node, "*")
            found = []
            for factor in factors:
                others = [other for other in factors if other is not factor]
                tied = [unparse(o.args[0]) for o in others if isinstance(o, Call) and o.function == "hardmax"]
                found.append((factor, beside.union(*map(self.zeros, others)), (*largest, *tied)))
            return found
        if isinstance(node, Binary) and node.op in "+-":
            return [(node.left, beside, largest), (node.right, beside, largest)]
        if isinstance(node, Binary) and node.op == "/":
            return [(node.left, beside, largest), (node.right, NOWHERE, ())]
        if isinstance(node, Negate):
            return [(node.operand, beside, largest)]
        if isinstance(node, Call) and node.function == "where" and len(node.args) == 3:
            return [(part, beside, largest) for part in self._chosen(node, beside)]
        # entries are moved and added: what is 0 as a whole is 0 still
        whole = frozenset((text, True) for text, _ in beside if _ or self._is_number_text(text))
        return [(child, whole, ()) for child in children(node)]

    def _chosen(self, node: Call, beside: Places) -> list[Tree]:
        """Return the parts of where(C, A, B), without the condition if both values are 0 where it changes."""
        condition, *values = node.args
        steps = self._steps(condition) if isinstance(condition, Call) else []
        at_zero = steps and all(step.predicate == "nonzero" for step in steps)
        hidden = at_zero and all(covers(self.zeros(v) | beside, self._parts(s.tree)) or constant_value(v) == 0
                                 for v in values for s in steps)
        return values if hidden else [condition, *values]

    def _own(self, node: Tree, beside: Places, largest: tuple[str, ...]) -> list[Condition]:
        """Return what is left of the conditions of one function beside what is 0 at some places."""
        found = []
        if isinstance(node, Call) and node.function == "ratio":  # 0 where both are 0, else without a value
            vanishes = covers(self.zeros(node.args[0]), self._parts(node.args[1]))
            return [] if vanishes else [Condition("nonzero", node.args[1])]
        for step in self._steps(node) if isinstance(node, Call) else []:
            if step.predicate != "nonzero":
                found.append(step)
                continue
            left = [part for part in self._parts(step.tree) if not covers(beside, {part})]
            if left and f"abs({unparse(step.tree)})" in largest:
                # an entry that is the largest is 0 if all are
                if not covers(beside, {(zero_text(step.tree), True)}):
                    found.append(Condition("nonzero_array", step.tree))
            elif left and len(left) < len(self._parts(step.tree)):
                found += [Condition("nonzero_array" if self._is_sum(text, whole) else "nonzero", parse_tree(text))
                          for text, whole in left]
            elif left:
                found.append(step)
        return found

    def _is_sum(self, text: str, whole: bool) -> bool:
        return whole and not self._is_number_text(text)

    def _steps(self, node: Call) -> list[Condition]:
        """Return the conditions of a function with the derivative 0 wherever it has one, [] for any other."""
        rule = self._rule(node)
        if not is_step(rule):
            return []
        arguments = {p.name: arg for p, arg in zip(rule.params, node.args)}
        return [with_arguments(parse_tree(text), arguments) for f in rule.differentials for text in f.where]

    # -- zeros -------------------------------------------------------------------------------------------------------

    def zeros(self, tree: Tree) -> Places:
        """Return places where a factor is 0."""
        if id(tree) not in self._zeros:
            self._zeros[id(tree)] = self._zeros_of(tree)
        return self._zeros[id(tree)]

    def _zeros_of(self, tree: Tree) -> Places:
        own = frozenset() if isinstance(tree, Number) else frozenset({(zero_text(tree), self._is_number(tree))})
        if isinstance(tree, Negate):
            return self.zeros(tree.operand)
        if isinstance(tree, Transpose):
            return own | {(text, True) for text, _ in self.zeros(tree.operand)}
        if isinstance(tree, Binary):
            return own | self._zeros_of_operation(tree)
        if not isinstance(tree, Call) or not tree.args:
            return own
        rule = self._rule(tree)
        if tree.function == "prod" and len(tree.args) == 1 and not tree.keywords:
            return own | self.zeros(tree.args[0])
        if self._is_total(tree):
            return own | {(text, True) for text, _ in self.zeros(tree.args[0])}
        if tree.function == "where" and len(tree.args) == 3:
            return own | (self.zeros(tree.args[1]) & self.zeros(tree.args[2]))
        if tree.function in ("maximum", "minimum") and len(tree.args) == 2:
            bounds = [arg for arg in tree.args if constant_value(arg) == 0]
            return own.union(*[self.zeros(arg) for arg in tree.args if arg is not bounds[0]]) if bounds else own
        keeps = tree.function in _SMOOTH_KEEPING or rule.values.get("nonpositive", "").startswith("zeros(")
        keeps = keeps or tree.function == "abs" or rule.parity == "odd"
        return own | self.zeros(tree.args[0]) if keeps and len(tree.args) == 1 and not is_step(rule) else own

    def _is_total(self, tree: Call) -> bool:
        """Return whether a function is 0 where all of its argument is, and only there."""
        if tree.function in ("sum", "max") and len(tree.args) == 1:
            return not tree.keywords and self._is_never_negative(tree.args[0])
        return tree.function in _TOTALS and not tree.keywords

    def _zeros_of_operation(self, tree: Binary) -> Places:
        if tree.op == "*":
            return self.zeros(tree.left) | self.zeros(tree.right)
        if tree.op == "/":
            return self.zeros(tree.left)
        if tree.op == "**":
            return self.zeros(tree.left) if (constant_value(tree.right) or 0) > 0 else NOWHERE
        if tree.op in "+-":
            return self.zeros(tree.left) & self.zeros(tree.right)
        return frozenset((text, True) for text, _ in self.zeros(tree.left) | self.zeros(tree.right))

    def places(self, condition: Condition) -> set[Place]:
        """Return the places that a condition excludes: something is 0 there."""
        parts = self._parts(condition.tree)
        return {(text, True) for text, _ in parts} if condition.predicate == "nonzero_array" else parts

    def _parts(self, tree: Tree) -> set[Place]:
        """Return the places that the zeros of the argument of a jump are made of: of a product those of its factors."""
        while isinstance(tree, Negate) or isinstance(tree, Binary) and _is_power_above_zero(tree):
            tree = tree.operand if isinstance(tree, Negate) else tree.left
        if isinstance(tree, Binary) and tree.op in "*/" and tree.op == "*":
            return self._parts(tree.left) | self._parts(tree.right)
        if isinstance(tree, Binary) and tree.op == "/":
            return self._parts(tree.left)
        if isinstance(tree, Number):
            return set()
        if isinstance(tree, Call) and len(tree.args) == 1 and not tree.keywords:
            inner = tree.args[0]
            if tree.function in ("abs", "relu", "sqrt"):
                return self._parts(inner)
            if self._is_total(tree) and isinstance(inner, Name):
                return {(inner.id, True)}
            if self._is_total(tree) and self._is_never_negative(inner):
                return {(text, True) for text, _ in self._parts(inner)}
        return {(zero_text(tree), self._is_number(tree))}

    def _is_never_negative(self, tree: Tree) -> bool:
        if isinstance(tree, Call):
            bounds = self._rule(tree).bounds
            return bounds is not None and bounds.low >= 0
        exponent = constant_value(tree.right) if isinstance(tree, Binary) and tree.op == "**" else None
        return exponent is not None and exponent % 2 == 0

    def _rule(self, node: Call) -> Rule:
        return self.book.lookup(node)[-1]

    def _is_number(self, tree: Tree) -> bool:
        text = unparse(tree)
        if text not in self._numbers:
            try:
                self._numbers[text] = not is_array(built(tree, self._elaborated, self.book))
            except (MatcalcError, KeyError):  # the index of a sum has no value
                self._numbers[text] = False
        return self._numbers[text]

    def _is_number_text(self, text: str) -> bool:
        return self._numbers.get(text, False)


def built(tree: Tree, elaborated: Elaborated, book: Book) -> Expr:
    """Return the expression that a tree in the names and sizes of a question stands for."""
    letters = {size.name: size for shape in elaborated.shapes.values() for d in shape for size in d.free_symbols}
    return build(tree, {**letters, **elaborated.sizes, **elaborated.symbols}, book)


def is_step(rule: Rule) -> bool:
    """Return whether a function has the derivative 0 wherever it has one."""
    return bool(rule.differentials) and all(formula.text.startswith("0*") for formula in rule.differentials)


def covers(places: Places, parts: set[Place]) -> bool:
    """Return whether something is 0 at each of some places."""
    return all((text, False) in places or whole and (text, True) in places for text, whole in parts)


def _is_power_above_zero(tree: Binary) -> bool:
    return tree.op == "**" and (constant_value(tree.right) or 0) > 0


def zero_text(tree: Tree) -> str:
    """Return the text of what is 0 where a tree is: x - y and y - x are 0 where the other is."""
    if isinstance(tree, Binary) and tree.op == "-" and not isinstance(tree.left, Number):
        return min(unparse(tree), unparse(Binary("-", tree.right, tree.left)))
    return unparse(tree)
