"""The sweeps over a graph: the values, the tangents with them, the adjoints from the result back.

Griewank & Walther (2008), Evaluating Derivatives, 3.1 and 3.2: a forward sweep finds the change of every value in one
direction dx, a reverse sweep the derivative of one combination of the result's entries by every value.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..algebra.constants import is_zero, shape_of, zero_of
from ..algebra.constructors import add
from ..algebra.expressions import Array, postorder
from ..algebra.substitute import substitute
from ..errors import NoRuleError
from ..language.syntax import Binary, Call, Name, Number, Transpose
from ..language.unparse import unparse
from ..printers.plain import plain_shape
from ..printers.sizes import node_shapes
from ..rulebook.entries import size_tree
from ..steps.letters import Letters
from ..steps.literal import signed, summed
from ..steps.reasons import joined, reasons_for
from .costs import FREE, products
from .lines import ADJOINT, SEED, TANGENT, VALUE, Line
from .local import Local
from .node import CONSTANT, OPERATION, Node

if TYPE_CHECKING:
    from sympy import Expr

    from .graph import Graph

FORWARD_SOURCE = "Griewank & Walther (2008), Evaluating Derivatives, 3.1"
REVERSE_SOURCE = "Griewank & Walther (2008), Evaluating Derivatives, 3.2"


class Sweeps:
    """Writes the lines of the sweeps over one graph.

    ``changes`` and ``adjoints`` map the names of the active nodes to those of their tangents and adjoints, ``shapes``
    all names in the lines to their shapes. After :meth:`reverse`, ``shares`` maps (operation, operand) to what the
    operation contributes to the operand's adjoint, as text.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.book, self.local = graph, graph.book, Local(graph)
        self.changes = {name: symbol.name for name, symbol in self.local.changes.items()}
        self.adjoints = {name: symbol.name for name, symbol in self.local.adjoints.items()}
        own = {node.name: node.shape for node in graph.nodes if node.kind != CONSTANT or node.name == graph.result}
        if graph.variable is not None:
            own[graph.variable] = plain_shape(shape_of(graph.env[graph.variable]))
        self.shapes = {**own, **{self.changes[name]: own[name] for name in self.changes}}
        self.shapes |= {self.adjoints[name]: own[name] for name in self.adjoints}
        self.texts = {name: tuple(map(str, shape or (1, 1))) for name, shape in self.shapes.items()}
        letters = Letters([*graph.letters.taken, *self.shapes])
        self.indices = letters.take("i", "k", "row"), letters.take("j", "l", "column")
        self.without_tangent, self.sums, self.whole, self.shares = {}, {}, {}, {}

    def _line(self, left, tree, kind, text, rules, sources, shape):
        """Return a line with the cost of its right-hand side."""
        cost = products(tree, self.texts, self.graph.env, self.book)
        sources = dict.fromkeys(part for source in sources for part in source.split("; ") if part)
        return Line(left, unparse(tree), kind, text, ", ".join(dict.fromkeys(rules)), "; ".join(sources), shape, cost)

    def _seed(self, left, shape, source):
        """Return the line with which a sweep begins: one entry is 1, all others are 0."""
        sizes = [(index, size) for index, size in zip(self.indices, shape) if size != 1]
        trees = [Call("e", (Name(index), size_tree(str(size)))) for index, size in sizes]
        if not trees:
            return self._line(left, Number(Fraction(1)), SEED, "the seed of the one sweep", ["seed"], [source], shape)
        if shape[-1] != 1:
            trees[-1] = Transpose(trees[-1])
        tree = Binary("@", *trees) if len(trees) == 2 else trees[0]
        text = f"the seed; one sweep for every {' and '.join(f'`{index}`' for index, _ in sizes)}"
        return self._line(left, tree, SEED, text, ["seed"], [source], shape)

    # -- values and tangents ------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Line:
        """Return the line of a node's value."""
        text = ""
        if node.cut:
            text = f"{node.operation}: a constant for the derivative"
        elif node.varies and not node.active:
            text = "its change does not reach the result"
        return Line(node.name, node.text, VALUE, text, node.rule_name, node.source, node.shape, node.cost)

    def forward(self) -> list[Line]:
        """Return the lines of a forward sweep: every value, and where the variable changes it, its tangent."""
        found, variable = [], self.graph.variable
        if variable in self.changes:
            found.append(self._seed(self.changes[variable], self.shapes[variable], FORWARD_SOURCE))
        for node in self.graph.operations:
            found.append(self.value(node))
            if node.active:
                found.append(self._tangent(node))
        return found

    def _tangent(self, node: Node) -> Line:
        reason, inserted = self._reason(node), self.without_tangent.keys() & set(node.operands)
        expression = None if inserted else self.local.tangent(node)
        if expression is None:
            expression = self.local.closed_tangent(node)
            reason = joined([*(self.without_tangent[name] for name in sorted(inserted)), reason])
        left = self.changes[node.name]
        if expression is not None:
            tree = self.local.tree(expression)
            return self._line(left, tree, TANGENT, reason.text, [reason.rule], [reason.source], node.shape)
        if node.name == self.graph.result:
            raise NoRuleError(
                f"the differential of {node.text} has no closed form in the language", hint="see matcalc rules"
            )
        self.without_tangent[node.name] = reason
        text = f"no form in the language by itself: `{node.name}` is inserted in what uses it"
        return Line(left, "", TANGENT, text, reason.rule, reason.source, node.shape, FREE)

    def _reason(self, node):
        """Return the rules of a node's differential, as the steps of a derivation cite them."""
        moving = {operand.name: self.changes[operand.name] for operand in self.local.moving(node)}
        shapes = node_shapes(node.tree, self.book, self.texts)
        return joined(reasons_for(node.tree, moving, shapes, self.graph.sizes, self.book))

    # -- adjoints -----------------------------------------------------------------------------------------------------

    def reverse(self) -> list[Line]:
        """Return the lines of a reverse sweep: the values, then the adjoints from the result back to the variable."""
        graph = self.graph
        found = [self.value(node) for node in graph.operations]
        active = [node for node in graph.nodes if node.active]
        active.sort(key=lambda node: node.kind == OPERATION)  # the variable's adjoint comes last
        users, self.uses = {node.name: {} for node in active}, {}
        for node in reversed(active):
            used = list(users[node.name])
            if node.name == graph.result:
                found.append(self._seed(self.adjoints[node.name], node.shape, REVERSE_SOURCE))
                passed = [node]
            else:
                shares = self._shares(node, used)
                found.append(self._adjoint(node, used, shares))
                passed = [node] if shares is not None else used
            for user in passed:
                self.uses.setdefault(user.name, user.expression)
                for operand in self.local.moving(node):
                    users[operand.name][user] = None
        return found

    def _shares(self, node: Node, users: list[Node]) -> list[Expr] | None:
        """Return what each user contributes to the adjoint of a node; None where one has no form in the language.

        The users of such a node are then taken together with it: its value is inserted in them.
        """
        try:
            return [self._share(user, node) for user in users]
        except NoRuleError:
            if node.name == self.graph.variable:
                raise
        for user in users:
            self.uses[user.name] = substitute(self.uses[user.name], {node.symbol: node.expression})
        return None

    def _adjoint(self, node: Node, users: list[Node], shares: list[Expr] | None) -> Line:
        """Return the line of an adjoint: the sum of what the operations that use the node contribute."""
        left, rules = self.adjoints[node.name], [user.rule_name for user in users[::-1]]
        if shares is None:
            text = f"no form in the language by itself: `{node.name}` is inserted in what uses it"
            return Line(left, "", ADJOINT, text, ", ".join(rules), REVERSE_SOURCE, node.shape, FREE)
        parts = [share for share in shares[::-1] if not is_zero(share)]  # in the order of the text
        self.sums[node.name] = add(*parts) if parts else zero_of(shape_of(node.symbol))
        trees = [self.local.tree(part) for part in parts]
        tree = summed([signed(tree) for tree in trees]) or self.local.tree(self.sums[node.name])
        contributing = [user for user, share in zip(users[::-1], shares[::-1]) if not is_zero(share)]
        self.shares |= {(user.name, node.name): unparse(tree) for user, tree in zip(contributing, trees)}
        text = "through " + " and ".join(f"`{user}`" for user in users[::-1])
        sources = [REVERSE_SOURCE, *(user.source for user in users[::-1])]
        return self._line(left, tree, ADJOINT, text, rules, sources, node.shape)

    def _share(self, user: Node, operand: Node) -> Expr:
        expression = self.uses[user.name]
        try:
            return self.local.share(expression, user, operand, self.local.adjoints[user.name])
        except NoRuleError:
            # the adjoint of a matrix function has a form for some cotangents, of which a symbol says nothing
            return self.local.closed_share(expression, user, operand, self._whole_adjoint(user))

    def _whole_adjoint(self, node: Node) -> Array:
        """Return the adjoint of a node in terms of the inputs and the adjoint of the result alone."""
        local, result = self.local, self.graph.result
        self.whole.setdefault(local.adjoints[result], local.adjoints[result])
        inner = {operation.symbol: operation for operation in self.graph.operations}
        for name, expression in self.sums.items():
            if local.adjoints[name] not in self.whole:
                found = set(postorder(expression))
                known = {symbol: self.whole[symbol] for symbol in found & self.whole.keys()}
                known |= {symbol: local.inline(inner[symbol]) for symbol in found & inner.keys()}
                self.whole[local.adjoints[name]] = substitute(expression, known)
        return self.whole[local.adjoints[node.name]]
