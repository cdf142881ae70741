"""SymPy's classes in: a SymPy expression to a text in the language, with the declarations of its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Indexed, IndexedBase, KroneckerDelta, MatrixSymbol, NDimArray, Piecewise, S, Symbol
from sympy.core.basic import Basic
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions import (
    BlockMatrix,
    FunctionMatrix,
    Identity,
    MatrixExpr,
    MatrixSlice,
    OneMatrix,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase
from sympy.tensor.array.expressions import ArrayElement, ArraySymbol

from ..algebra.expressions import Array, ScalarNode
from ..algebra.expressions import postorder as expression_postorder
from ..errors import ConversionError
from ..language.subscripts import DISPLAY, LIST, ROW
from ..language.syntax import Call
from ..language.unparse import unparse
from ..presentation import Presenter
from .arrays import ARRAYS, array, rank
from .indexed import OVER_INDICES, prepared, ranges, renamed
from .matrices import MATRICES
from .names import Names
from .scalars import SCALARS, constant, function
from .summation import Factor, Unlifted, dense, index_sizes

if TYPE_CHECKING:
    from ..language.syntax import Tree
    from ..rulebook.entries import Book

_HINTS = {
    "Derivative": "call .doit() on it first, or give matcalc what is to be differentiated",
    "Integral": "call .doit() on it first",
    "Dummy": "use a Symbol: a Dummy of the same name would be another variable",
    "conjugate": "everything is real here: declare the symbol real, and leave it out",
    "ImaginaryUnit": "everything is real here",
}
_DEFAULT_HINT = "write the expression as a text for matcalc.parse, or with SymPy's standard matrix classes"


def from_sympy(expr: str | Expr, book: Book) -> tuple[str, dict[str, tuple[int | str, ...]], dict[str, list[str]]]:
    """Return (text, shapes, facts) for a SymPy expression.

    ``text`` is in the language; ``shapes`` ({name: ("n", "m")}, () for a scalar) and ``facts`` ({name:
    ["positive"]}) are declarations for :func:`matcalc.parse`. Everything is taken to be real, a 1×1 matrix to be a
    scalar; SymPy's sums over the entries of arrays become matrix products, or sums over an index of the language.
    Nothing is evaluated.
    Raises ConversionError, which names the class, for whatever has no counterpart.

    >>> from sympy import MatrixSymbol, Symbol, Trace
    >>> from matcalc.api import book_of
    >>> X = MatrixSymbol("X", Symbol("n"), Symbol("n"))
    >>> from_sympy(Trace(X.T*X), book_of())
    ('tr(X.T@X)', {'X': ('n', 'n')}, {})
    """
    if not isinstance(expr, (Basic, MatrixBase, NDimArray)):
        raise ConversionError(
            f"{type(expr).__name__} is not a SymPy expression", hint="give a sympy.Expr or MatrixExpr"
        )
    expr = prepared(expr)
    try:
        return _read(expr, Reader(book))
    except Unlifted:
        # as a sum over an index, which is lifted with the rules of the language
        bases = {base.label.name for base in expr.atoms(IndexedBase) if isinstance(base.label, Symbol)}
        names = {symbol.name for symbol in expr.atoms(MatrixSymbol, ArraySymbol)} | bases
        return _read(renamed(expr, {*names, *book.function_names()}), Reader(book, indexed=True))


def _read(expr: Expr, reader: Reader) -> tuple[str, dict[str, tuple[int | str, ...]], dict[str, list[str]]]:
    tree = reader.tree(expr, reader.values(expr))
    shapes, facts = reader.names.declarations()
    return unparse(tree), shapes, facts


def is_matrix(node: Expr) -> bool:
    """Return whether a SymPy object is a matrix, 1×1 included, or an array with axes."""
    return isinstance(node, (MatrixExpr, MatrixBase)) or isinstance(node, ARRAYS) and rank(node) > 0


def _parts(node: Expr) -> tuple[Basic, ...]:
    """Return the parts of a SymPy object that are read before it."""
    if isinstance(node, (MatrixElement, MatrixSlice, ArrayElement)):
        return (node.args[0],)
    if isinstance(node, BlockMatrix):
        return tuple(node.blocks)
    if isinstance(node, (*ARRAYS, FunctionMatrix)):
        return ()  # read at indices of their axes
    if isinstance(node, (Array, ScalarNode, MatrixBase, KroneckerDelta, Indexed)) or node.is_Atom or node.is_symbol:
        return ()
    if isinstance(node, OVER_INDICES):
        return (node.function,)
    if isinstance(node, Piecewise):
        return tuple(part for branch in node.args for part in branch.args if part is not S.true)
    if isinstance(node, ElementwiseApplyFunction):
        return (node.expr,)
    return () if type(node) in _WITHOUT_PARTS else node.args


_WITHOUT_PARTS = (Identity, ZeroMatrix, OneMatrix)


class Reader:
    """Reads SymPy objects; a matrix becomes a surface tree, a scalar a list of factors (see ``summation``).

    ``indexed``: sums over an index stay such, and entries have their indices; a scalar is one factor without axes.
    """

    def __init__(self, book: Book, indexed: bool = False) -> None:
        self.book, self.indexed = book, indexed
        self.names = Names(book)
        self.sizes = {}
        self.functions = {getattr(sympy, rule.sympy): rule.name for rule in book.rules if rule.sympy}
        self.presenter = Presenter()

    def values(self, root: Expr, bound: dict[Expr, Factor] | None = None) -> dict[int, list[Factor] | Tree]:
        """Return {id of node: tree or factors} for all nodes below and including ``root``.

        ``bound``: {symbol: Factor} of the argument of a function that is applied to entries.
        """
        order = self._postorder(root, bound or {})
        sums = [node for node in order if isinstance(node, OVER_INDICES)]
        found = ranges(sums)
        self.sizes.update(found if self.indexed else index_sizes(sums))
        for symbol in {symbol for count in found.values() for symbol in count.free_symbols} - found.keys():
            self.names.scalar(symbol)
        values = {}
        for node in order:
            values[id(node)] = [bound[node]] if bound and node in bound else self._value(node, values)
        return values

    def _postorder(self, root: Expr, bound: Mapping[Expr, Factor]) -> list[Expr]:
        """Return the distinct objects that are read for ``root``, parts before wholes."""
        seen, order, stack = set(), [], [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                if not (isinstance(node, Symbol) and node in bound or self._is_known(node)):
                    raise unknown(node)
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(_parts(node)))
        return order

    def _is_known(self, node: Expr) -> bool:
        known = type(node) in MATRICES or type(node) in SCALARS
        known = known or isinstance(node, (Array, ScalarNode, MatrixBase, *ARRAYS))
        return known or constant(node) is not None or self._function_name(node) is not None

    def _value(self, node, values):
        if isinstance(node, (Array, ScalarNode)):
            self.names.of_expression(expression_postorder(node))
            tree = self.presenter.tree(node)
            return tree if isinstance(node, Array) else [Factor(tree)]
        if isinstance(node, MatrixBase):
            return explicit(node, self)
        if isinstance(node, ARRAYS):
            return array(node, self)
        if type(node) in MATRICES:
            return MATRICES[type(node)](node, self, values)
        if type(node) in SCALARS:
            return SCALARS[type(node)](node, self, values)
        return constant(node) or function(self._function_name(node), node, self, values)

    def _function_name(self, node: Basic) -> str | None:
        """Return the rule book's name of a function of one number, SymPy's own or an undefined one, else None."""
        if len(node.args) != 1:
            return None
        if isinstance(node, AppliedUndef):
            return next((r.name for r in self.book.overloads(node.func.__name__) if r.elementwise), None)
        return self.functions.get(type(node))

    def tree(self, node, values):
        """Return the tree of a matrix, or of a scalar in which no index of a sum is free."""
        if is_matrix(node):
            return values[id(node)]
        factor = dense(values[id(node)])
        if factor.axes:
            raise ConversionError(f"the index {factor.axes[0]} is used outside its sum", hint="rename it")
        return factor.tree

    def factors(self, node, values):
        """Return the factors of a scalar; a 1×1 matrix counts as one."""
        if not is_matrix(node):
            return values[id(node)]
        if node.shape != (1, 1):
            rows, cols = node.shape
            raise ConversionError(
                f"a matrix of shape {rows}×{cols} stands where a number is needed",
                hint="A.applyfunc(f) applies f to the entries; expm(A) in a text is the exponential",
            )
        return [Factor(values[id(node)])]


def unknown(node: Basic) -> ConversionError:
    """Return the error for an object of a class that has no counterpart in the language."""
    name = type(node).__name__
    hint = _HINTS.get(name, _DEFAULT_HINT)
    if isinstance(node, AppliedUndef):
        return ConversionError(f"the rule book has no function '{name}' of one number", hint="add it with a rule file")
    return ConversionError(f"SymPy's {name} has no counterpart in the language", hint=hint)


def explicit(node, reader):
    """Return the tree of an explicit matrix: of zeros, of ones, an identity, 1×1, or a list of its rows."""
    rows, cols = node.shape
    if node.shape == (1, 1):
        entry = node[0, 0]
        return reader.tree(entry, reader.values(entry))
    named = [(sympy.zeros(rows, cols), ZeroMatrix(rows, cols)), (sympy.ones(rows, cols), OneMatrix(rows, cols))]
    if rows == cols:
        named.append((sympy.eye(rows), Identity(rows)))
    for same, constant_matrix in named:
        if node == same:
            return MATRICES[type(constant_matrix)](constant_matrix, reader, {})
    entries = [[reader.tree(entry, reader.values(entry)) for entry in node.row(i)] for i in range(rows)]
    if cols == 1:
        return Call(LIST, tuple(row[0] for row in entries))
    return Call(DISPLAY, tuple(Call(ROW, tuple(row)) for row in entries))
