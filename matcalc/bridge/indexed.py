"""Entries by index and sums over indices: SymPy's Indexed, ArrayElement, MatrixElement, Sum, Product, KroneckerDelta.

A sum that is a product of matrices is read as one (see ``summation``). Any other becomes a sum of the language,
``sum(i*x[i] for i in n)``, which is brought into matrix form there where it has one. SymPy counts from 0, as the
language does, but does not look at the bounds: where every index of an IndexedBase runs from 1, it is counted from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from sympy import Dummy, Expr, Idx, Indexed, IndexedBase, Product, S, Sum, Symbol, sympify
from sympy.matrices.expressions import FunctionMatrix

from ..errors import ConversionError
from ..language.generators import For, Over
from ..language.relations import FUNCTIONS
from ..language.subscripts import subscript
from ..language.syntax import Name, Tree
from .names import can_be_a_name
from .summation import Factor, Unlifted, dense, entry
from .trees import call, size

if TYPE_CHECKING:
    from .reading import Reader

OVER_INDICES = (Sum, Product)
_MOST_AXES = 2
_LETTERS = "ijklmnpqrstuvw"


# -- before anything is read ---------------------------------------------------------------------------------------


def prepared(root: Expr) -> Expr:
    """Return an expression whose indices are symbols, whose sums begin at 0, and whose entries are counted from 0."""
    found = root.atoms(Idx)
    ends = {index.label: (index.lower, index.upper) for index in found if index.lower is not None}
    if found:
        root = root.xreplace({index: index.label for index in found})
    sums = root.atoms(*OVER_INDICES)
    ends |= {limits[0]: limits[1:] for node in sums for limits in node.limits if len(limits) == 3}
    from_one = _counted_from_one(root, ends)
    moved = any(len(limits) == 3 and limits[1] != 0 for node in sums for limits in node.limits)
    if not moved and not from_one:
        return root
    return root.replace(lambda node: isinstance(node, (*OVER_INDICES, Indexed)), lambda node: _moved(node, from_one))


def _counted_from_one(root: Expr, limits: Mapping[Expr, tuple]) -> set[Expr]:
    """Return the bases whose first entry is 1: all of their indices run from there, none is 0, and they reach the end.

    ``limits``: {index: (first, last)}. A base without a shape ends where they do.
    """
    found: dict[Expr, set] = {}
    reaching = set()
    for node in root.atoms(Indexed):
        for index, length in zip(node.indices, node.base.shape or [None] * len(node.indices)):
            running = [symbol for symbol in index.free_symbols if symbol in limits]
            begins = {limits[symbol][0] for symbol in running} or ({index} if index == 0 else set())
            found.setdefault(node.base, set()).update(begins)
            last = index.xreplace({symbol: limits[symbol][1] for symbol in running})
            reaching |= {node.base} if length is None or last == length else set()
    return {base for base, begins in found.items() if begins == {1} and base in reaching}


def _moved(node: Expr, from_one: set[Expr]) -> Expr:
    if isinstance(node, Indexed):
        indices = [index - 1 for index in node.indices] if node.base in from_one else node.indices
        return Indexed(node.base, *indices)
    function, limits = node.function, list(node.limits)
    for place, (index, *bounds) in enumerate(limits):
        if len(bounds) == 2 and bounds[0] != 0:
            moved = {index: index + bounds[0]}
            function = function.xreplace(moved)
            others = [(other, *(bound.xreplace(moved) for bound in ends)) for other, *ends in limits[:place]]
            limits[: place + 1] = [*others, (index, S.Zero, bounds[1] - bounds[0])]
    return node.func(function, *limits)


def renamed(root: Expr, taken: set[str]) -> Expr:
    """Return an expression in which the indices of sums have names of the language; ``taken``: those of arrays."""
    indices = {limits[0] for node in root.atoms(*OVER_INDICES) for limits in node.limits}
    indices |= {index for node in root.atoms(FunctionMatrix) for index in node.lamda.variables}
    others = {symbol.name for symbol in root.free_symbols if isinstance(symbol, Symbol)} | taken
    names: dict[str, Expr] = {}
    for index in sorted(indices, key=str):
        plain = not isinstance(index, Dummy) and can_be_a_name(index.name)
        name = index.name if plain and index.name not in others | names.keys() else _fresh(others | names.keys())
        names[name] = index
    changed = {index: Symbol(name, integer=True) for name, index in names.items() if index.name != name}
    return root.xreplace(changed) if changed else root


def _fresh(taken: set[str]) -> str:
    candidates = (f"{letter}{number or ''}" for number in count() for letter in _LETTERS)
    return next(name for name in candidates if name not in taken)


# -- entries -------------------------------------------------------------------------------------------------------


def entry_of(tree: Tree, shape: tuple[Expr, Expr], indices: list[Expr], reader: Reader) -> list[Factor]:
    """Return the factor that an entry is; ``tree`` and ``shape`` are those of the matrix."""
    for value in shape:
        reader.names.size(value)
    if not reader.indexed:
        return [entry(tree, shape, indices, reader.sizes)]
    if shape == (1, 1):
        return [Factor(tree)]
    places = [size(reader.names.index(index)) for index, length in zip(indices, shape) if length != 1]
    return [Factor(subscript(tree, list(places)))]


def indexed(node: Indexed, reader: Reader, values: Mapping) -> list[Factor]:
    """x[i] of an IndexedBase with one index, and X[i, j]; a base without a shape has that of the sums around it."""
    base, indices = node.base, node.indices
    refuse_axes(base, len(indices))
    if not isinstance(base, IndexedBase) or not isinstance(base.label, Symbol):
        raise ConversionError(f"an entry of {base}", hint='take entries of IndexedBase("x") or of a MatrixSymbol')
    shape = base.shape or ()
    if len(shape) != len(indices):
        if reader.indexed:
            places = [size(reader.names.index(index)) for index in indices]
            return [Factor(subscript(Name(reader.names.without_shape(base.label.name)), list(places)))]
        if any(index not in reader.sizes for index in indices):
            raise Unlifted(f"the shape of {base} is not known", hint=f'give it one: IndexedBase("{base}", shape=(n,))')
        shape = tuple(reader.sizes[index] for index in indices)
    whole = as_matrix(shape)
    return entry_of(Name(reader.names.matrix(base.label.name, whole)), whole, _two(indices), reader)


def array_entry(node: Expr, reader: Reader, values: Mapping) -> list[Factor]:
    """A[i, j] of an ArraySymbol, or of an array expression with one or two axes."""
    parent, indices = node.args
    refuse_axes(parent, len(indices))
    return entry_of(reader.tree(parent, values), as_matrix(parent.shape), _two(indices), reader)


def as_matrix(shape: Sequence) -> tuple[Expr, Expr]:
    """Return the shape of an array of at most two axes as that of a matrix: one axis is a column."""
    rows, columns = (sympify(length) for length in (*shape, *[1] * (_MOST_AXES - len(shape))))
    return rows, columns


def _two(indices: Sequence) -> list[Expr]:
    return [sympify(index) for index in (*indices, 0)][:_MOST_AXES]


def refuse_axes(array: Expr, axes: int) -> None:
    """Raise ConversionError for an array of more than two axes."""
    if axes > _MOST_AXES:
        hint = "take the matrices of the last two axes one by one, or stack them"
        raise ConversionError(f"{array} has {axes} axes; arrays of the language have two at most", hint=hint)


def delta_of(indices: Sequence[Expr], reader: Reader) -> Factor:
    """Return the factor of KroneckerDelta(i, j), an entry of the identity as large as the range of an index."""
    counts = [reader.sizes[index] for index in indices if index in reader.sizes]
    if not counts:
        raise ConversionError("KroneckerDelta of indices that no sum runs over", hint="use Identity(n) and its entries")
    places = [size(reader.names.index(index)) for index in indices]
    if not all(index.is_Symbol for index in indices):  # which may be outside of an identity
        return Factor(call(FUNCTIONS["=="], *places))
    return Factor(subscript(call("eye", size(counts[0])), list(places)))


# -- sums ----------------------------------------------------------------------------------------------------------


def over(function: str, node: Expr, reader: Reader, values: Mapping) -> list[Factor]:
    """Return the sum or product of the language; SymPy's first index runs fastest, the language's last."""
    loops = tuple(
        For(index.name, size(start), size(reader.names.size(stop + 1))) for index, start, stop in reversed(node.limits)
    )
    return [Factor(Over(function, dense(reader.factors(node.function, values)).tree, loops))]


def ranges(nodes: Iterable[Expr]) -> dict[Expr, Expr]:
    """Return {index: its number of values} of sums and products. Raises ConversionError for one without both bounds."""
    found = {}
    for node in nodes:
        for index, *bounds in node.limits:
            if len(bounds) != 2:
                hint = "sum from 0 to n - 1, or write the sum as a product: (x.T*A*x)[0, 0]"
                raise ConversionError(f"the sum over {index} does not run over all entries of an array", hint=hint)
            if any(bound.is_infinite for bound in bounds):
                hint = "sum to n - 1, or call .doit() first"
                raise ConversionError(f"the sum over {index} has no end", hint=hint)
            found[index] = bounds[1] + 1 - bounds[0]
    return found
