"""What it costs to evaluate a surface tree, counted in products, in terms of the dimensions.

What counts (Griewank & Walther 2008, 2.5; Baur & Strassen 1983 count the same way):

* a matrix product of m×k by k×n takes m·k·n products, and m·k where the trace of the product is all that is needed;
* an elementwise product, quotient or power takes one for each entry, an elementwise function likewise;
* a function takes what the line ``products`` of its rule says, or what the expression takes that it is short for;
  without either a linear function of one argument is free, and any other takes one for each entry of its arguments;
* an inverse, a determinant, a factorisation, a matrix function of n×n counts n³, the factor of the method left out
  (Golub & Van Loan 2013, 3.2 and 5.2);
* sums, transposes, signs, and products with ones, eye, zeros, e and comm, which copy and add, are free;
* what is made of numbers and dimensions alone is computed beforehand, and equal subexpressions are computed once.
"""

from __future__ import annotations

from sympy import Expr, Integer, Mul, expand

from ..algebra.build import build
from ..language.sharing import Shared
from ..language.syntax import Binary, Call, Name, String, Transpose, Tree
from ..language.unparse import unparse
from ..presentation import present
from ..printers.sizes import fitting_rule, node_shapes
from ..rulebook.entries import Book, Rule, size_tree

FREE = Integer(0)
# operations of the engine whose value has the entries of their arguments, or products of them
_REARRANGING = frozenset({"kronecker", "vec"})


def products(tree, shapes, env, book):
    """Return how many products it takes to evaluate a surface tree, as a SymPy expression in the dimensions.

    ``shapes`` are the (rows, columns) of the variables in the tree, as texts; ``env`` maps variables and dimensions to
    their symbols.
    """
    return expand(_Count(tree, shapes, env, book).total())


def products_text(cost: Expr) -> str:
    """Return a number of products in the language, the terms of highest degree first: 2*m*n + m."""
    polynomial = cost.as_poly() if cost.free_symbols else None
    if polynomial is None or not all(size.is_Symbol for size in polynomial.gens):
        return unparse(present(cost))
    sizes = sorted(polynomial.gens, key=str)
    terms = sorted(polynomial.reorder(*sizes).terms(), key=lambda term: (-sum(term[0]), [-power for power in term[0]]))
    pieces = []
    for powers, factor in terms:
        sign = " - " if factor < 0 else " + "
        pieces += [sign if pieces else sign.strip(" +"), _term_text(abs(factor), sizes, powers)]
    return "".join(pieces)


def _term_text(factor: Expr, sizes: list[Expr], powers: tuple[int, ...]) -> str:
    """Return 2*m**2*n."""
    written = [f"{size}**{power}" if power > 1 else str(size) for size, power in zip(sizes, powers) if power]
    return "*".join([*([str(factor)] if factor != 1 or not written else []), *written])


class _Count:
    """The distinct nodes of one surface tree with what each of them takes."""

    def __init__(self, tree: Tree, shapes: dict[str, tuple[str, str]], env: dict[str, Expr], book: Book) -> None:
        self.shapes, self.env, self.book = shapes, env, book
        self.shared = Shared(tree)
        by_id = node_shapes(tree, book, shapes)
        self.by_id = by_id
        self.sizes = {number: by_id[identity] for identity, number in self.shared.numbers.items()}
        self.constant, self.pattern, self.rules = [], [], {}
        for number, node in enumerate(self.shared.nodes):
            self._enter(number, node)
        self.only_traced = self._only_traced()

    def _enter(self, number, node):
        operands = self.shared.operands[number]
        if isinstance(node, Call):
            self.rules[number] = fitting_rule(node, self.book, self.by_id)
        is_variable = isinstance(node, Name) and node.id in self.shapes
        self.constant.append(not is_variable and all(self.constant[operand] for operand in operands))
        self.pattern.append(self._is_pattern(number, node, operands))

    def _is_pattern(self, number: int, node: Tree, operands: tuple[int, ...]) -> bool:
        """Return whether the node is an array of zeros and ones by its construction."""
        if isinstance(node, Transpose):
            return self.pattern[operands[0]]
        if not isinstance(node, Call):
            return False
        rule = self.rules[number]
        if rule.operation in _REARRANGING:
            return all(self.pattern[operand] for operand in operands)
        return all(parameter.is_whole for parameter in rule.params)

    def _only_traced(self) -> set[int]:
        """Return the nodes of which nothing but the trace is needed."""
        traced, whole = set(), {self.shared.root}
        for number, operands in enumerate(self.shared.operands):
            is_trace = number in self.rules and self.rules[number].operation == "trace"
            (traced if is_trace else whole).update(operands)
        return traced - whole

    def total(self) -> Expr:
        """Return the sum over the nodes."""
        return sum((self._own(number, node) for number, node in enumerate(self.shared.nodes)), FREE)

    def _own(self, number: int, node: Tree) -> Expr:
        if self.constant[number]:
            return FREE
        if isinstance(node, Call):
            return self._of_call(number, node)
        if not isinstance(node, Binary) or node.op in "+-":
            return FREE
        left, right = self.shared.operands[number]
        if node.op != "**" and (self.pattern[left] or self.pattern[right]):
            return FREE
        if node.op != "@":
            return self._entries(number)
        (rows, inner), columns = self.sizes[left], self.sizes[right][1]
        return self._size(rows) * self._size(inner) * (1 if number in self.only_traced else self._size(columns))

    def _size(self, text: str) -> Expr:
        return build(size_tree(text), self.env, self.book)

    def _entries(self, number: int) -> Expr:
        return Mul(*map(self._size, self.sizes[number]))

    # -- functions ----------------------------------------------------------------------------------------------

    def _of_call(self, number: int, node: Call) -> Expr:
        rule, operands = self.rules[number], self.shared.operands[number]
        arrays = [operand for operand, p in zip(operands, rule.params) if p.kind == "array"]
        if rule.constant:
            return FREE
        if len(rule.linear) > 1 and any(self.pattern[operand] for operand in arrays):
            return FREE
        if rule.elementwise:
            return self._entries(number)
        if rule.scalar is not None and all(self.sizes[operand] == ("1", "1") for operand in arrays):
            return self._of_formula(rule.scalar, node, rule, operands)
        if rule.products is not None:
            return build(rule.products, self._environment(node, rule, operands), self.book)
        if rule.means is not None:
            return self._of_formula(rule.means, node, rule, operands)
        if len(rule.linear) == 1 and len(arrays) == 1:
            return FREE
        return sum((self._entries(operand) for operand in arrays), FREE)

    def _environment(self, node: Call, rule: Rule, operands: tuple[int, ...]) -> dict[str, Expr]:
        """Return the values of a rule's sizes and numbers for one call."""
        env = {}
        for parameter, arg, operand in zip(rule.params, node.args, operands):
            if parameter.kind == "array":
                env |= {text: self._size(size) for text, size in zip(parameter.sizes, self.sizes[operand])}
            elif not isinstance(arg, String):
                env[parameter.name] = build(arg, self.env, self.book)
        return env

    def _of_formula(self, formula, node, rule, operands):
        """Return the cost of the expression that a call is short for, in the sizes of the rule's signature."""
        shapes = {
            parameter.name: tuple(
                "1" if size == "1" else text for text, size in zip(parameter.sizes, self.sizes[operand])
            )
            for parameter, operand in zip(rule.params, operands)
            if parameter.kind == "array"
        }
        return _Count(formula, shapes, self._environment(node, rule, operands), self.book).total()
