"""Checked constructors: sums, scaling, transposes and elementwise operations in canonical form.

Each constructor does the cheap steps that never lengthen an expression (like terms, neutral elements,
transposes at the leaves) and never expands a product. Matrix products are built in ``products``.
"""

from __future__ import annotations

from sympy import Expr, S

from ..errors import ShapeError
from ..rulebook.facts import implying
from .constants import (
    commutation,
    eye,
    is_constant,
    ones,
    scalar_power,
    scalar_product,
    shape_of,
    zero_of,
)
from .expressions import (
    ONE,
    STRIDE,
    ZERO,
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Hadamard,
    MatMul,
    Power,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from .linear import add, broadcast, repeated, scale
from .registry import HADAMARD_RULES, TRANSPOSERS
from .strides import Stride

# -- transpose ---------------------------------------------------------------------------


def transpose(node: Expr) -> Expr:
    """Return node.T with the transposes at the leaves; a scalar is its own transpose."""
    if not is_array(node):
        return node
    if node.cached_transpose is None:
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [a for a in _transposed_args(top) if a.cached_transpose is None]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if top.cached_transpose is None:
                top.cached_transpose = TRANSPOSERS[type(top)](top)
    return node.cached_transpose


def _transposed_args(node: Array) -> list[Array] | tuple:
    """Return the arrays whose transposes the transpose of this node is made of."""
    if isinstance(node, (ArraySymbol, Constant, Transpose, Diagonal)):
        return ()
    if isinstance(node, ArrayFunction):
        rule = node.rule
        if not (rule.commutes_with_transpose or rule.elementwise or rule.transposed):
            return ()
    return [a for a in node.args if is_array(a)]


def _transpose_symbol(node: Array) -> Array:
    if node.facts & implying("symmetric") and node.is_square:
        return node
    if "skew" in node.facts:
        return scale(S.NegativeOne, node)
    return Transpose.of((node,), (node.cols, node.rows), node.sign)


def _transpose_constant(node: Constant) -> Array:
    if node.name == "eye":
        return node
    if node.name in ("ones", "zeros"):
        return Constant(node.name, (node.cols, node.rows), node.cols, node.rows)
    if node.name == "comm":
        return commutation(node.dims[1], node.dims[0])
    if node.name == STRIDE and Stride(*node.dims).is_reversal:
        return node
    return Transpose.of((node,), (node.cols, node.rows))


TRANSPOSERS.update(
    {
        ArraySymbol: _transpose_symbol,
        Constant: _transpose_constant,
        Transpose: lambda node: node.args[0],
        Diagonal: lambda node: node,
        Scale: lambda node: scale(node.args[0], transpose(node.args[1])),
        Sum: lambda node: add(*[transpose(a) for a in node.args]),
        Hadamard: lambda node: hadamard(*[transpose(a) for a in node.args]),
        Power: lambda node: power(transpose(node.args[0]), transpose(node.args[1])),
    }
)


# -- broadcasting ------------------------------------------------------------------------


def common_shape(*nodes: Expr) -> tuple[Expr, Expr]:
    """Return the shape that torch's broadcasting gives the operands, or raise ShapeError."""
    shapes = [shape_of(node) for node in nodes]
    if all([shape == shapes[0] for shape in shapes]):
        return shapes[0]
    result = []
    for sizes in zip(*shapes):
        wide = [size for size in dict.fromkeys(sizes) if size != 1]
        if len(wide) > 1:
            raise ShapeError(f"sizes {wide[0]} and {wide[1]} do not broadcast")
        result.append(wide[0] if wide else ONE)
    return tuple(result)


def broadcast_sum(*terms: Expr) -> Expr:
    """Return the sum of terms after broadcasting them to their common shape."""
    shape = common_shape(*terms)
    return add(*[broadcast(term, shape) for term in terms])


def broadcast_product(left: Array, right: Array) -> Array:
    """Return the elementwise product of two operands after broadcasting; scaling by a scalar."""
    if not is_array(left):
        return scale(left, right)
    if not is_array(right):
        return scale(right, left)
    shape = common_shape(left, right)
    return hadamard(broadcast(left, shape), broadcast(right, shape))


def broadcast_power(base: Expr, exponent: Expr) -> Expr:
    """Return the elementwise power of two operands after broadcasting."""
    if not is_array(base) and not is_array(exponent):
        return scalar_power(base, exponent)
    shape = common_shape(base, exponent)
    return power(broadcast(base, shape), exponent if not is_array(exponent) else broadcast(exponent, shape))


# -- elementwise operations --------------------------------------------------------------


def _base_and_exponent(node: Array) -> tuple[Array, Expr]:
    if isinstance(node, Power) and not is_array(node.args[1]):
        return node.args
    return node, ONE


def hadamard(*factors: Array) -> Array:
    """Return the elementwise product of arrays of one shape, equal bases collected in powers."""
    shape = factors[0].shape
    scalars, exponents = [], {}
    for factor in factors:
        if factor.shape != shape:
            raise ShapeError(f"a Hadamard product of shapes {shape} and {factor.shape}")
        scalar, array = coefficient(factor)
        scalars.append(scalar)
        for part in array.args if isinstance(array, Hadamard) else (array,):
            base, exponent = _base_and_exponent(part)
            exponents[base] = exponents.get(base, ZERO) + exponent
    parts = []
    for base, exponent in exponents.items():
        scalar, part = coefficient(power(base, exponent))
        scalars.append(scalar)
        if not is_constant(part, "ones"):
            parts.append(part)
    product = scalar_product(*scalars)
    if product == 0 or any(is_constant(part, "zeros") for part in parts):
        return zero_of(shape)
    return scale(product, _hadamard_of_parts(parts, shape))


def _hadamard_of_parts(parts: list[Array], shape: tuple[Expr, Expr]) -> Array:
    if not parts:
        return ones(*shape)
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(p, (Hadamard, Scale)) for p in parts):
        return hadamard(*parts)
    parts = _merge_repeated(_oriented_on_diagonal(parts))
    if len(parts) == 1:
        return parts[0]
    for rule in HADAMARD_RULES:
        product = rule(parts)
        if product is not None:
            return product
    diagonal = _diagonal_product(parts, shape)
    if diagonal is not None:
        return diagonal
    parts.sort(key=lambda part: part.key)
    return Hadamard.of(parts, shape, 1 if all(p.sign == 1 for p in parts) else 0)


def _oriented_on_diagonal(parts: list[Array]) -> list[Array]:
    """eye(n) * A.T is eye(n) * A: of A and A.T the one with fewer transposes stands for both."""
    if not any(is_constant(part, "eye") for part in parts):
        return parts
    chosen = []
    for part in parts:
        scalar, turned = coefficient(transpose(part))
        chosen.append(turned if scalar == 1 and turned.transposes < part.transposes else part)
    return chosen


def _merge_repeated(parts: list[Array]) -> list[Array]:
    """Join the columns (and the rows) that are repeated along the same axis into one."""
    for side in ("column", "row"):
        found = [(part, inner) for part in parts if (inner := repeated(part)) and inner[1] == side]
        same = [part for part, _ in found]
        if len(same) > 1:
            joined = hadamard(*[inner[0] for _, inner in found])
            parts = [part for part in parts if part not in same] + [broadcast(joined, same[0].shape)]
    return parts


def _diagonal_product(parts: list[Array], shape: tuple[Expr, Expr]) -> Diagonal | None:
    """eye(n) * (a @ b.T) is diag(a*b); eye(n) * diag(v) is diag(v)."""
    if not any(is_constant(p, "eye") for p in parts):
        return None
    inner = [p for p in parts if not is_constant(p, "eye")]
    columns = []
    for part in inner:
        if isinstance(part, Diagonal):
            columns.append(part.args[0])
        elif isinstance(part, MatMul) and len(part.args) == 2 and part.args[0].is_column:
            columns += [part.args[0], transpose(part.args[1])]
        else:
            return None
    return diagonal(hadamard(*columns))


def power(base: Array, exponent: Expr) -> Array:
    """Return base**exponent entry by entry; ``base`` an array, ``exponent`` a scalar or an array of its shape."""
    if is_array(exponent):
        factor, array = coefficient(exponent)
        if is_constant(array, "ones"):
            return power(base, factor)
        return Power.of((base, exponent), base.shape, base.sign)
    if exponent is ZERO:
        return ones(*base.shape)
    if exponent is ONE or is_constant(base, "ones"):
        return base
    if is_constant(base, "zeros") and exponent.is_positive:
        return base
    if isinstance(base, Scale) and (exponent.is_integer or base.args[0].is_positive):
        return scale(scalar_power(base.args[0], exponent), power(base.args[1], exponent))
    if isinstance(base, Hadamard) and (exponent.is_integer or base.sign == 1):
        return hadamard(*[power(part, exponent) for part in base.args])
    if isinstance(base, Power) and not is_array(base.args[1]):
        inner, first = base.args
        joined = _power_of_power(inner, first, exponent)
        if joined is not None:
            return joined
    return _atomic_power(base, exponent)


def _power_of_power(base: Array, inner: Expr, outer: Expr) -> Array | None:
    if outer.is_integer or base.sign == 1:
        return power(base, inner * outer)
    return None


def _atomic_power(base: Array, exponent: Expr) -> Array:
    known = base.facts if isinstance(base, ArraySymbol) else base.rule.gives if isinstance(base, ArrayFunction) else ()
    unchanged = is_constant(base, "eye") or is_constant(base, "e") or "binary" in known
    if unchanged and exponent.is_positive:
        return base
    if isinstance(base, Diagonal) and exponent.is_positive:
        return diagonal(power(base.args[0], exponent))
    inner = repeated(base)
    if inner:
        return broadcast(power(inner[0], exponent), base.shape)
    if isinstance(base, ArrayFunction) and exponent.is_even and base.rule.name == "abs":
        return power(base.args[0], exponent)
    sign = 1 if base.sign == 1 else 0
    return Power.of((base, exponent), base.shape, sign)


def diagonal(column: Expr) -> Expr:
    """diag(v): the diagonal matrix of a column; a scalar is its own."""
    if not is_array(column):
        return column
    factor, array = coefficient(column)
    shape = (column.rows, column.rows)
    if is_constant(array, "zeros"):
        return zero_of(shape)
    if is_constant(array, "ones"):
        return scale(factor, eye(column.rows))
    inner = array.args[0] if isinstance(array, ArrayFunction) and array.rule.id == "diag(X)" else None
    if isinstance(inner, ArraySymbol) and "diagonal" in inner.facts:
        return scale(factor, inner)
    return scale(factor, Diagonal.of((array,), shape))
