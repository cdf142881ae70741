"""Our expressions out: SymPy's own matrix classes wherever SymPy has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import sympy
from sympy import (
    Abs,
    Determinant,
    Dummy,
    Eq,
    Expr,
    Ge,
    Gt,
    Integer,
    KroneckerDelta,
    Lambda,
    Le,
    Lt,
    Ne,
    Piecewise,
    Pow,
    Rel,
    S,
    Symbol,
    log,
)
from sympy import Trace as SympyTrace
from sympy.matrices import expressions as classes
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from ..algebra.blocks import Block
from ..algebra.expressions import (
    SELECT,
    STRIDE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    ScalarFunction,
    ScalarNode,
    Scale,
    Sum,
    Trace,
    Transpose,
    is_array,
    postorder,
)
from ..algebra.indexed import IndexedSum, IndexedTotal
from ..algebra.picked import picked
from ..algebra.strides import Stride, stride_of
from ..language.relations import FUNCTIONS

_RELATIONS = {
    FUNCTIONS[sign]: kind for sign, kind in {"!=": Ne, "==": Eq, "<=": Le, ">=": Ge, "<": Lt, ">": Gt}.items()
}
# functions of the rule book that SymPy has a class for
_FUNCTIONS = {
    "diag(X)": classes.DiagonalOf,
    "sqrtm(X)": lambda array: classes.MatPow(array, S.Half),
    "det(X)": Determinant,
    "logdet(X)": lambda array: log(Abs(Determinant(array))),
}


def to_sympy(node: Expr, symbols: Sequence[Expr] | set[Expr] = ()) -> Expr:
    """Return an expression of ours in SymPy's own classes.

    ``symbols``: SymPy symbols (MatrixSymbol, Symbol) to be used for the names and sizes that they have; for all
    others symbols are made, sizes as positive integers. What SymPy has no class for (softmax, pinv, comm, vec, …)
    stays a node of ours: it is a MatrixExpr or an Expr, so that SymPy holds it, but SymPy does not look into it. A
    scalar product such as ``x.T@A@x`` is the entry ``[0, 0]`` of its 1×1 matrix.

    >>> from matcalc import diff
    >>> diff("x.T@A@x").sympy
    (A + A.T)*x
    """
    given = {symbol.name: symbol for symbol in symbols}
    sizes = {}
    made = {}
    for item in postorder(node):
        made[item] = _written(item, made, given, sizes)
    return made[node]


def _size(value: Expr, given: dict[str, Expr], sizes: dict[Expr, Expr]) -> Expr:
    """Return a size with the caller's symbols."""
    if not given or isinstance(value, Integer):
        return value
    if value not in sizes:
        sizes[value] = value.xreplace({s: given[s.name] for s in value.free_symbols if s.name in given})
    return sizes[value]


def _written(node, made, given, sizes):
    if isinstance(node, ArraySymbol):
        shape = [_size(value, given, sizes) for value in node.shape]
        return given[node.name] if node.name in given else classes.MatrixSymbol(node.name, *shape)
    if isinstance(node, Constant):
        known = partial(_size, given=given, sizes=sizes)
        return _constant(node, [known(value) for value in node.shape], known)
    if not isinstance(node, (Array, ScalarNode)):
        return _scalar(node, made, given)
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return _function(node, [made[arg] for arg in node.args])
    if isinstance(node, (IndexedSum, IndexedTotal)):
        return _over_index(node, made, partial(_size, given=given, sizes=sizes))
    if isinstance(node, (MatMul, InnerProduct)):
        return _chain(node, made, lambda value: _size(value, given, sizes))
    if isinstance(node, Block):
        return _block(node, made)
    writer = _WRITERS.get(type(node))
    return writer(*[made[arg] for arg in node.args]) if writer else node


def _constant(node: Constant, shape: list[Expr], size: Callable[[Expr], Expr]) -> Expr:
    if node.name == "eye":
        return classes.Identity(shape[0])
    if node.name == "ones":
        return classes.OneMatrix(*shape)
    if node.name in (SELECT, STRIDE):
        return _part(classes.Identity(shape[0]), None, stride_of(node), size)
    if node.name == "e":
        place = size(node.dims[0])
        return classes.MatrixSlice(classes.Identity(shape[0]), (S.Zero, shape[0]), (place, place + 1))
    return classes.ZeroMatrix(*shape) if node.name == "zeros" else node


def _scalar(node, made, given):
    if isinstance(node, Symbol):
        return given.get(node.name, node)
    args = [made[arg] for arg in node.args]
    if all(new is old for new, old in zip(args, node.args)):
        return node
    if isinstance(node, Pow):
        # to simplify a power anew, SymPy would take the sums of matrices in it for sums of numbers
        return Pow(*args, evaluate=False)
    return node.func(*args)


def _function(node: Expr, args: list[Expr]) -> Expr:
    rule = node.rule
    if isinstance(node, ScalarFunction) and (rule.operation == "choice" or rule.name in _RELATIONS):
        return _choice(node, args)
    if rule.id in _FUNCTIONS:
        return _FUNCTIONS[rule.id](*args)
    if rule.elementwise and rule.sympy and len(args) == 1 and isinstance(node, ArrayFunction):
        return ElementwiseApplyFunction(getattr(sympy, rule.sympy), *args)
    return node


def _choice(node: ScalarFunction, args: list[Expr]) -> Expr:
    """A choice or a comparison of numbers, as a Piecewise."""
    if node.rule.operation == "choice":
        condition, one, other = args
        holds = condition.args[0][1] if _is_indicator(condition) else condition > 0
        return Piecewise((one, holds), (other, True))
    return Piecewise((S.One, _RELATIONS[node.rule.name](*args)), (S.Zero, True))


def _is_indicator(node: Expr) -> bool:
    branches = node.args if isinstance(node, Piecewise) else ()
    return [branch[0] for branch in branches] == [1, 0]


def _over_index(node: IndexedSum | IndexedTotal, made: dict[Expr, Expr], size: Callable[[Expr], Expr]) -> Expr:
    """A sum over an index; one of matrices by its entries, since SymPy adds matrices of given sizes alone."""
    loop, body = node.loop, made[node.args[0]]
    limits = (size(loop.index), size(loop.start), size(loop.stop) - 1)

    def total(term: Expr) -> Expr:
        for sign, left, right in loop.conditions:
            term = Piecewise((term, Rel(size(left), size(right), sign)), (S.Zero, True))
        return sympy.Sum(term, limits)

    if isinstance(node, IndexedTotal):
        return total(body)
    places = Dummy("row", integer=True), Dummy("column", integer=True)
    row, column = (S.Zero if length == 1 else place for length, place in zip(node.shape, places))
    entry = body[row, column] if body.is_Matrix else MatrixElement(body, row, column)
    return classes.FunctionMatrix(*map(size, node.shape), Lambda(places, total(entry)))


def _factors(array: Expr) -> tuple[Expr, ...]:
    return array.args if isinstance(array, classes.MatMul) else (array,)


def _product(*arrays: Expr) -> Expr:
    return classes.MatMul(*[factor for array in arrays for factor in _factors(array)])


def _sum(*terms: Expr) -> Expr:
    """The terms in SymPy's own order, so that the sum equals the one that SymPy's operators make."""
    return classes.MatAdd(*sorted(terms, key=sympy.default_sort_key))


def _chain(node: Expr, made: dict[Expr, Expr], size: Callable[[Expr], Expr]) -> Expr:
    """A matrix product, with entries and slices where its factors select them."""
    items = picked([(factor, False) for factor in node.args])
    parts = [_part(made[item.factor], item.rows, item.cols, size) for item in items]
    if not isinstance(node, InnerProduct):
        return parts[0] if len(parts) == 1 else _product(*parts)
    if len(parts) == 1 and (items[0].rows is not None or items[0].cols is not None):
        first, second = (_start(place, size) for place in (items[0].rows, items[0].cols))
        if isinstance(items[0].factor, Transpose):
            return MatrixElement(made[items[0].factor].T, second, first)
        return MatrixElement(made[items[0].factor], first, second)
    return MatrixElement(_product(*parts), 0, 0)


def _start(place: Stride | None, size: Callable[[Expr], Expr]) -> Expr:
    return S.Zero if place is None else size(place.start)


def _part(array: Expr, rows: Stride | None, columns: Stride | None, size: Callable[[Expr], Expr]) -> Expr:
    """Part of a matrix: a slice, or a product with a matrix that selects where SymPy has no slice of these places."""
    ranges, before, after = [], [], []
    for place, whole, selecting in ((rows, array.shape[0], before), (columns, array.shape[1], after)):
        bounds = (S.Zero, whole) if place is None else _bounds(place)
        ranges.append((S.Zero, whole) if bounds is None else tuple(map(size, bounds)))
        selecting += [_selecting(place, size)] if place is not None and bounds is None else []
    whole = all(bounds == (S.Zero, count) for bounds, count in zip(ranges, array.shape))
    part = array if whole else classes.MatrixSlice(array, *ranges)
    return _product(*before, part, *[matrix.T for matrix in after]) if before or after else part


def _bounds(place: Stride) -> tuple[Expr, ...] | None:
    """Return the bounds of a slice of SymPy's, which goes forwards and rounds the number of places down."""
    if place.step == 1:
        return place.start, place.end
    fits = place.step.is_positive and (place.size - place.end).is_nonnegative
    return (place.start, place.end, place.step) if fits else None


def _selecting(place: Stride, size: Callable[[Expr], Expr]) -> Expr:
    i, j = Dummy("i", integer=True), Dummy("j", integer=True)
    entry = KroneckerDelta(j, size(place.start) + place.step * i)
    return classes.FunctionMatrix(size(place.count), size(place.size), Lambda((i, j), entry))


def _block(node: Block, made: dict[Expr, Expr]) -> Expr:
    """An explicit matrix of scalars, else SymPy's matrix of blocks, in which a scalar is a 1×1 matrix."""
    grid = [[made[part] for part in row] for row in node.grid]
    if not any(map(is_array, node.args)):
        return sympy.ImmutableDenseMatrix(grid)
    return classes.BlockMatrix(
        [[part if part.is_Matrix else sympy.ImmutableDenseMatrix([[part]]) for part in row] for row in grid]
    )


def _power(base: Expr, exponent: Expr) -> Expr:
    return classes.Inverse(base) if exponent == -1 else classes.MatPow(base, exponent)


_WRITERS = {
    Transpose: classes.Transpose,
    Scale: _product,
    Sum: _sum,
    Hadamard: classes.HadamardProduct,
    Power: classes.HadamardPower,
    MatrixPower: _power,
    Kronecker: classes.KroneckerProduct,
    Diagonal: classes.DiagMatrix,
    Trace: SympyTrace,
}
