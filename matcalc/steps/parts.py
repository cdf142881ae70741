"""Which parts of an expression a teacher would name before differentiating it.

Named are: the argument of a function that is not linear, a factor of a product in which several factors vary, and
what is written more than once, constant or not; each only where it is long enough, and where the derivative does not
need to see into it, as that of a matrix function does to know what commutes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..language.syntax import Binary, Call, Name, Negate, Transpose, Tree, parse_tree, postorder

if TYPE_CHECKING:
    from ..language.sharing import Shared
    from ..rulebook.entries import Book, Rule

_LEAST_WEIGHT = 3
_SEVERAL = 3


def choose_parts(shared, shapes, variable, book):
    """Return {number: whether it varies} for the nodes to be named, in order of evaluation.

    ``shared``: a Shared tree; ``shapes[i]``: the (rows, columns) of its nodes as texts; ``variable``: a name.
    """
    chooser = _Chooser(shared, shapes, variable, book)
    return {index: index in chooser.varying for index in chooser.chosen()}


def _needs_to_commute(rule: Rule) -> bool:
    """Return whether a function of a matrix has a differential only where that commutes with the matrix."""
    return rule.commuting is not None and all(formula.where for formula in rule.differentials)


class _Chooser:
    def __init__(self, shared: Shared, shapes: dict[int, tuple[str, str]], variable: str, book: Book) -> None:
        self.shared, self.shapes, self.book = shared, shapes, book
        self.varying = self._varying_nodes(variable)
        self.linear = self._linear_nodes()
        self.closed = self._around_matrix_functions()
        self.repeating = {index for index in self.varying if self._repeats_itself(self.shared.nodes[index])}

    def chosen(self) -> list[int]:
        wanted = {operand for index in self.varying for operand in self._asked_for(index)}
        uses = Counter(operand for operands in self.shared.operands for operand in set(operands))
        wanted |= {index for index, count in uses.items() if count > 1}
        wanted = {self._below_signs(index) for index in wanted} - {self.shared.root} - self.closed
        return self._long_enough(wanted)

    # -- what is known of the nodes ---------------------------------------------------------------

    def _rule(self, node: Call) -> Rule:
        return self.book.lookup(node)[0]

    def _moving(self, index: int) -> list[int]:
        return [operand for operand in self.shared.operands[index] if operand in self.varying]

    def _varying_nodes(self, variable: str) -> set[int]:
        """Return the nodes whose value varies with the variable."""
        self.varying = set()
        for index, node in enumerate(self.shared.nodes):
            constant = isinstance(node, Call) and self._rule(node).constant
            if isinstance(node, Name) and node.id == variable or self._moving(index) and not constant:
                self.varying.add(index)
        return self.varying

    def _linear_nodes(self) -> set[int]:
        """Return the varying nodes that are linear in the variable, up to a constant term."""
        found = set()
        for index in sorted(self.varying):
            if all(operand in found for operand in self._moving(index)) and self._is_linear_operation(index):
                found.add(index)
        return found

    def _is_linear_operation(self, index: int) -> bool:
        node, moving = self.shared.nodes[index], self._moving(index)
        if isinstance(node, Call):
            return bool(self._rule(node).linear) and len(moving) == 1
        if not isinstance(node, Binary) or node.op in "+-":
            return True
        operands = self.shared.operands[index]
        if operands[0] == operands[1] or len(moving) > 1:
            return False
        return node.op in ("*", "@") or node.op == "/" and moving[0] == operands[0]

    def _around_matrix_functions(self) -> set:
        """Return the nodes inside a matrix function such as expm, and the arrays that one stands in."""
        found, containing = set(), set()
        for index in sorted(self.varying):
            node = self.shared.nodes[index]
            if isinstance(node, Call) and _needs_to_commute(self._rule(node)):
                containing.add(index)
                found |= self._below(index)
            elif any(operand in containing for operand in self._moving(index)):
                containing.add(index)
        return found | {index for index in containing if self.shapes[index] != ("1", "1")}

    def _below(self, index):
        found, stack = set(), [index]
        while stack:
            for operand in self.shared.operands[stack.pop()]:
                if operand not in found:
                    found.add(operand)
                    stack.append(operand)
        return found

    # -- what a node would have named ----------------------------------------------------------------

    def _asked_for(self, index: int) -> list[int]:
        """Return the operands that the differential of a node would rather have a name for."""
        node, moving = self.shared.nodes[index], self._moving(index)
        if isinstance(node, Call):
            if not self._rule(node).linear:
                return [*moving, *({index} & self.repeating)]
            return [operand for operand in moving if not self._is_plain(operand)] if len(moving) > 1 else []
        if not isinstance(node, Binary) or node.op in "+-":
            return []
        if node.op == "**":
            return [operand for operand in moving if not self._is_function_call(operand)]
        if node.op == "/" and self.shared.operands[index][1] in self.varying:
            return [operand for operand in moving if not self._is_function_call(operand)]
        factors = self._varying_factors(index)
        return [factor for factor in factors if not self._is_plain(factor)] if len(factors) > 1 else []

    def _repeats_itself(self, node: Tree) -> bool:
        """Return whether the differential of a function has its value several times, as that of softmax."""
        if not isinstance(node, Call):
            return False
        rule = self._rule(node)
        formulas = [parse_tree(formula.text) for formula in rule.differentials[:1]]
        calls = [call for tree in formulas for call in postorder(tree) if isinstance(call, Call)]
        return sum(call.function == rule.name for call in calls) >= _SEVERAL

    def _varying_factors(self, index):
        """Return the varying factors of a product or quotient, nested ones of the same kind taken apart."""
        kind = "@" if self.shared.nodes[index].op == "@" else "*/"
        found, stack = [], [index]
        while stack:
            number = self._below_signs(stack.pop())
            node = self.shared.nodes[number]
            if number == index or isinstance(node, Binary) and node.op in kind:
                stack.extend(operand for operand in self.shared.operands[number] if operand in self.varying)
            else:
                found.append(number)
        return found

    def _below_signs(self, index: int) -> int:
        """Return the operand below minus signs and transposes."""
        while isinstance(self.shared.nodes[index], (Negate, Transpose)):
            (index,) = self.shared.operands[index]
        return index

    def _is_plain(self, index: int) -> bool:
        """Return whether a factor needs no name: a linear product, a power, a function of what has a name."""
        node = self.shared.nodes[self._below_signs(index)]
        if index in self.linear:
            return not (isinstance(node, Binary) and node.op in "+-")
        return self._is_function_call(index) or isinstance(node, Binary) and node.op == "**"

    def _is_function_call(self, index: int) -> bool:
        node = self.shared.nodes[index]
        return isinstance(node, Call) and not self._rule(node).linear

    def _long_enough(self, wanted: set[int]) -> list[int]:
        """Return those of the nodes for which a name makes the lines shorter, in order of evaluation.

        A part that has a name counts as one name in what it is a part of. A scalar sum such as 1 + a needs no name, a
        function whose value is repeated in its differential always has one.
        """
        found, weights = [], []
        for index, operands in enumerate(self.shared.operands):
            weight = self.shared.weights[index] + sum(weights[operand] for operand in operands)
            least = _LEAST_WEIGHT + (self.shapes[index] == ("1", "1") and index in self.linear)
            if index in wanted and (weight >= least or index in self.repeating):
                found.append(index)
                weight = 1
            weights.append(weight)
        return found
