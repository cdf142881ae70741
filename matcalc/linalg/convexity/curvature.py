"""Second derivatives of a function and of its parts, for the second-order condition; how many are found is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...algebra.constants import eye, is_constant
from ...algebra.constructors import transpose
from ...algebra.expressions import MatMul, dependent, is_array, postorder
from ...algebra.indexed import IndexedSum, IndexedTotal
from ...algebra.products import matmul
from ...algebra.substitute import rewrite
from ...api import answer
from ...bounds import MAX_SHOWN_HESSIAN
from ...errors import LimitError, NoRuleError
from ...language.syntax import Tree
from ...language.unparse import unparse
from ...presentation import Presenter
from ...presentation.order import prefers_norm
from ...proofs.parts import opposite
from ...proofs.prover import Given, Prover
from ...proofs.question import condition_claim
from ...proofs.table import TABLE
from ...rulebook.conditions import conditions
from ...shapes.query import Query

_MOST_PARTS, _MOST_NUMBERS = 8, 3


class Curvature:
    """Finds Hessians by one of the names ``wrt``; ``whole`` is whether that of the function itself may be used.

    Elsewhere a part counts only where it is smooth wherever it has a value. A Hessian is taken by the one variable
    that a part depends on; of a symmetric variable on symmetric directions.
    """

    def __init__(self, elaborated: Any, book: Any, wrt: tuple, whole: bool = True) -> None:
        self.elaborated, self.book, self.wrt, self.whole = elaborated, book, wrt, whole
        self._hessians: dict = {}
        self._smooth: dict = {}

    def without_whole(self) -> Curvature:
        """Return the same without the Hessian of the function itself, which is not smooth everywhere."""
        other = Curvature(self.elaborated, self.book, self.wrt, False)
        other._hessians = self._hessians
        return other

    def of_function(self, node: Any) -> Any:
        """Return the Hessian of the function or of its opposite, None for other expressions."""
        function = self.elaborated.expression
        if not self.whole or is_array(node) or node not in (function, opposite(function)) or has_index(node):
            return None
        return self._hessian(node)

    def of_part(self, node: Any, given: Given) -> Any:
        """Return the Hessian of a scalar that is smooth wherever it has a value, else None."""
        if len(self._hessians) >= _MOST_PARTS and node not in self._hessians:
            return None
        return self._hessian(node) if self.is_smooth(node, given) else None

    def by_numbers(self, node: Any, given: Given) -> list | None:
        """Return the second derivatives by the two or three variables that a scalar depends on, numbers all of them."""
        symbols = self.elaborated.symbols
        names = self._variables_of(node)
        if not 1 < len(names) <= _MOST_NUMBERS or any(is_array(symbols[name]) for name in names):
            return None
        prover = Prover(TABLE, Given(given.claims, self.book))
        if not all(self._holds(c, prover) for name in names for c in self._conditions(node, name)):
            return None
        return [[self._mixed(node, one, other) for other in names] for one in names]

    def _mixed(self, node: Any, one: str, other: str) -> Any:
        for name in (one, other):
            node = answer(Query(replace(self.elaborated, expression=node), self.book, name, "denom", 1)).expression
        return node

    def is_smooth(self, node: Any, given: Given) -> bool:
        """Return whether a scalar is differentiable wherever it has a value and what is given holds."""
        name = self._variable_of(node)
        if name is None or has_index(self.elaborated.expression):
            return False  # the conditions of a term hold or not for each value of its index
        if node not in self._smooth:
            prover = Prover(TABLE, Given(given.claims, self.book))
            self._smooth[node] = all(self._holds(c, prover) for c in self._conditions(node, name))
        return self._smooth[node]

    def _holds(self, condition: Any, prover: Prover) -> bool:
        env = {**self.elaborated.sizes, **self.elaborated.symbols}
        claim = condition_claim(condition, env, self.book)
        return claim is not None and prover.prove(claim)

    def _conditions(self, node: Any, name: str) -> list:
        return conditions(self.tree(node), self.elaborated.facts, self.book, name)

    def tree(self, node: Any) -> Tree:
        """Return the surface tree of an expression, as the user would write it."""
        return self._presenter.tree(node)

    def text(self, node: Any) -> str | None:
        """Return an expression as the user would write it, None where that would fill pages."""
        return None if self._presenter.cost(node) > MAX_SHOWN_HESSIAN else unparse(self.tree(node))

    @property
    def _presenter(self) -> Presenter:
        elaborated = self.elaborated
        return Presenter(elaborated.order, elaborated.sums, prefers_norm(elaborated.tree))

    def _variable_of(self, node: Any) -> str | None:
        """Return the one variable that a scalar depends on, None where there is none or several."""
        found = self._variables_of(node)
        return found[0] if len(found) == 1 else None

    def _variables_of(self, node: Any) -> list:
        symbols = self.elaborated.symbols
        return [name for name in self.wrt if node in dependent(node, {symbols[name]})]

    def _hessian(self, node: Any) -> Any:
        if node not in self._hessians:
            turned = opposite(node)
            if turned in self._hessians:
                known = self._hessians[turned]
                self._hessians[node] = None if known is None else opposite(known)
            else:
                self._hessians[node] = self._derived(node)
        return self._hessians[node]

    def _derived(self, node: Any) -> Any:
        """Return the second derivative, None without a closed form or where it is too large to be found."""
        name = self._variable_of(node)
        if name is None:
            return None
        try:
            value = answer(Query(replace(self.elaborated, expression=node), self.book, name, "denom", 2)).expression
        except (NoRuleError, LimitError):
            return None
        symbol = self.elaborated.symbols[name]
        if is_array(symbol) and symbol.is_square and transpose(symbol) is symbol:
            return on_symmetric(value)
        return value


def has_index(node: Any) -> bool:
    """Return whether a sum over an index is left in an expression."""
    return any(isinstance(part, (IndexedSum, IndexedTotal)) for part in postorder(node))


def on_symmetric(hessian: Any) -> Any:
    """Return the Hessian without the commutation matrices at its ends: K@vec(D) = vec(D) for a symmetric D."""

    def without(node: Any) -> Any:
        if is_constant(node, "comm") and node.is_square and node is hessian:
            return eye(node.rows)
        if not isinstance(node, MatMul):
            return node
        chain = list(node.args)
        while len(chain) > 1 and is_constant(chain[-1], "comm"):
            chain.pop()
        while len(chain) > 1 and is_constant(chain[0], "comm"):
            chain.pop(0)
        return matmul(*chain)

    return rewrite(hessian, without)
