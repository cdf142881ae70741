"""How SymPy's matrix classes read: each function takes (node, reader, values) and returns a surface tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sympy import Dummy, Expr, Lambda, Rational, S
from sympy.matrices.expressions import (
    Adjoint,
    BlockDiagMatrix,
    BlockMatrix,
    DiagMatrix,
    DiagonalMatrix,
    DiagonalOf,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSlice,
    MatrixSymbol,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from ..errors import ConversionError, Span
from ..language.generators import For, Over
from ..language.subscripts import Range, blocks
from ..language.syntax import Binary, Name, Tree
from .summation import Factor, Unlifted, dense, oriented, part
from .trees import ONE, ZERO, call, chain, scaled, size, total, transposed

if TYPE_CHECKING:
    from .reading import Reader

_ONE_BY_ONE = (1, 1)
# of a matrix that is written out
_MOST_ENTRIES = 100


def _symbol(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Name:
    return Name(reader.names.matrix(node.name, node.shape))


def _constant(function: str) -> Callable:
    def read(node, reader, values):
        rows, cols = (reader.names.size(value) for value in node.shape)
        if node.shape == _ONE_BY_ONE:
            return ZERO if function == "zeros" else ONE
        return call(function, size(rows)) if function == "eye" or cols == 1 else call(function, size(rows), size(cols))

    return read


def _sum(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Binary:
    return total([reader.tree(arg, values) for arg in node.args])


def _product(node, reader, values):
    """Scalars, and whatever is 1×1, in front; then the chain."""
    small = [arg for arg in node.args if not arg.is_Matrix or arg.shape == _ONE_BY_ONE]
    trees = [reader.tree(arg, values) for arg in node.args if not any(arg is one for one in small)]
    scalars = [reader.tree(arg, values) for arg in small]
    if not trees:
        return chain("*", scalars)
    return scaled(scalars, trees[0]) if len(trees) == 1 else _scaled_chain(scalars, trees)


def _scaled_chain(scalars, trees):
    """2*A@x, or c*(x.T@A@x) where the chain is a scalar itself: then its factors may not come apart."""
    if not scalars:
        return chain("@", trees)
    return scaled(scalars, chain("@", trees))


def _power(node: Expr, reader: Reader, values: dict[int, list[Factor] | Tree]) -> Tree:
    base, exponent = reader.tree(node.base, values), node.exp
    power = reader.tree(exponent, values)
    if node.shape == _ONE_BY_ONE:
        return Binary("/", ONE, base) if exponent == -1 else Binary("**", base, power)
    if exponent == -1:
        return call("inv", base)
    if exponent == S.Half:
        return call("sqrtm", base)
    if exponent == Rational(-1, 2):
        return call("inv", call("sqrtm", base))
    return call("matpow", base, power)


def _transpose(node: Expr, reader: Reader, values: dict[int, list[Factor] | Tree]) -> Transpose:
    tree = reader.tree(node.arg, values)
    return tree if node.shape == _ONE_BY_ONE else transposed(tree)


def _entrywise_product(node, reader, values):
    return chain("*", [reader.tree(arg, values) for arg in node.args])


def _entrywise_power(node, reader, values):
    return Binary("**", reader.tree(node.base, values), reader.tree(node.exp, values))


def _kronecker(node, reader, values):
    scalars = [reader.tree(arg, values) for arg in node.args if arg.shape == _ONE_BY_ONE]
    trees = [reader.tree(arg, values) for arg in node.args if arg.shape != _ONE_BY_ONE]
    if not trees:
        return chain("*", scalars)
    product = trees[0]
    for tree in trees[1:]:
        product = call("kron", product, tree)
    return scaled(scalars, product)


def _diagonal_matrix(node, reader, values):
    """DiagMatrix(v): the diagonal matrix of a column or a row."""
    tree, (rows, cols) = reader.tree(node.args[0], values), node.args[0].shape
    if (rows, cols) == _ONE_BY_ONE:
        return tree
    if cols == 1:
        return call("diag", tree)
    if rows == 1:
        return call("diag", transposed(tree))
    raise ConversionError(f"DiagMatrix of a matrix of shape {rows}×{cols}", hint="give it a column")


def _square_argument(node):
    arg = node.args[0]
    if arg.shape[0] != arg.shape[1]:
        raise ConversionError(
            f"{type(node).__name__} of a matrix of shape {arg.shape[0]}×{arg.shape[1]}",
            hint="only the diagonal of a square matrix can be read",
        )
    return arg


def _diagonal(node, reader, values):
    """DiagonalOf(A): the diagonal as a column."""
    arg = _square_argument(node)
    tree = reader.tree(arg, values)
    return tree if arg.shape == _ONE_BY_ONE else call("diag", tree)


def _diagonal_part(node, reader, values):
    """DiagonalMatrix(A): A with zeros off its diagonal."""
    tree = _diagonal(node, reader, values)
    return tree if node.args[0].shape == _ONE_BY_ONE else call("diag", tree)


def _applied(node, reader, values):
    """A.applyfunc(f): the body of f, with A for its argument and every operation elementwise."""
    function, arg = node.function, node.expr
    if not isinstance(function, Lambda):
        variable = Dummy("d")
        function = Lambda(variable, function(variable))
    if len(function.variables) != 1:
        raise ConversionError(
            "a function of several arguments is applied to the entries of one matrix",
            hint="give a Lambda of one argument",
        )
    tree, (rows, cols) = reader.tree(arg, values), arg.shape
    axes = () if arg.shape == _ONE_BY_ONE else (Dummy("row"),) if cols == 1 else (Dummy("row"), Dummy("column"))
    body = function.expr
    factor = dense(reader.factors(body, reader.values(body, {function.variables[0]: Factor(tree, axes)})))
    if factor.axes or not axes:
        return oriented(factor, axes)
    return scaled([factor.tree], _constant("ones")(OneMatrix(rows, cols), reader, values))


def _of_entries(node: FunctionMatrix, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Tree:
    """FunctionMatrix(n, m, Lambda((i, j), …)): by the axes of what its entries are made of, or as a sum of entries."""
    indices, body = node.lamda.variables, node.lamda.expr
    if all(length.is_Integer for length in node.shape) and node.rows * node.cols <= _MOST_ENTRIES:
        whole = node.as_explicit()
        return reader.tree(whole, reader.values(whole))
    rows, columns = (size(reader.names.size(length)) for length in node.shape)
    reader.sizes.update(zip(indices, node.shape))
    factor = dense(reader.factors(body, reader.values(body)))
    if not reader.indexed:
        ones = Factor(call("ones", rows, columns), indices)
        return oriented(factor if set(factor.axes) == {*indices} else dense([factor, ones]), indices)
    names = [Name(index.name) for index in indices]
    place = Binary("@", call("e", names[0], rows), transposed(call("e", names[1], columns)))
    loops = tuple(For(name.id, ZERO, length) for name, length in zip(names, (rows, columns)))
    return Over("sum", scaled([factor.tree], place), loops)


def _slice(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Tree:
    """A[a:b, c:d], with steps a:b:s as well."""
    parent, *ranges = node.args
    places: list[Tree | Range] = []
    for (start, stop, step), length in zip(ranges, parent.shape):
        if not reader.indexed and (start.free_symbols | stop.free_symbols) & reader.sizes.keys():
            raise Unlifted(f"the slice {node} moves with the index of a sum", hint="write it with matrix products")
        if stop - start == 1:
            places.append(size(reader.names.index(start)))
            continue
        if step != 1 and not ((stop - start) / step).is_integer:
            message = f"SymPy takes {start}:{stop}:{step} for {(stop - start) // step} places, NumPy for one more"
            raise ConversionError(message, hint=f"end the slice behind a multiple of {step} places")
        first = None if start == 0 else size(reader.names.index(start))
        last = None if stop == length else size(reader.names.index(stop))
        places.append(Range(first, last, int(step)))
    return part(reader.tree(parent, values), parent.shape, places)


def _blocks(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Tree:
    rows, cols = node.blockshape
    grid = [[reader.tree(node.blocks[i, j], values) for j in range(cols)] for i in range(rows)]
    if len(grid) == len(grid[0]) == 1:
        return grid[0][0]
    return blocks([tuple(row) for row in grid], [Span(0, 0)] * rows, Span(0, 0))


def _diagonal_blocks(node: Expr, reader: Reader, values: Mapping[int, list[Factor] | Tree]) -> Tree:
    parts = [(reader.tree(part, values), part.shape) for part in node.args]
    grid = []
    for row, (tree, (height, _)) in enumerate(parts):
        zeros = [call("zeros", size(height), size(width)) for _, (_, width) in parts]
        grid.append(tuple(tree if column == row else zero for column, zero in enumerate(zeros)))
    return blocks(grid, [Span(0, 0)] * len(grid), Span(0, 0)) if len(grid) > 1 else parts[0][0]


MATRICES = {
    MatrixSymbol: _symbol,
    Identity: _constant("eye"),
    ZeroMatrix: _constant("zeros"),
    OneMatrix: _constant("ones"),
    MatAdd: _sum,
    MatMul: _product,
    MatPow: _power,
    Inverse: _power,
    Transpose: _transpose,
    Adjoint: _transpose,
    HadamardProduct: _entrywise_product,
    HadamardPower: _entrywise_power,
    KroneckerProduct: _kronecker,
    DiagMatrix: _diagonal_matrix,
    DiagonalMatrix: _diagonal_part,
    DiagonalOf: _diagonal,
    ElementwiseApplyFunction: _applied,
    MatrixSlice: _slice,
    BlockMatrix: _blocks,
    BlockDiagMatrix: _diagonal_blocks,
    FunctionMatrix: _of_entries,
}
