"""Checked constructors of matrix products: chains, inner products, traces, Kronecker products.

A chain is kept flat. Neighbours that cancel do (inv(A)@A, Q.T@Q for orthogonal Q), equal neighbours
become powers, and whatever has shape 1×1 leaves the chain as a scalar factor.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Mul, S

from ..errors import DomainError, ShapeError
from ..rulebook.facts import implying
from .constants import eye, is_constant, ones, scalar_power, scalar_product, scalar_sum, zero_of
from .constructors import diagonal, hadamard, scale, transpose
from .expressions import (
    ONE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from .keys import Key
from .kronecker import kronecker
from .registry import END_RULES, INNER_RULES, KNOWN_POWERS, PAIR_RULES, POWER_RULES, TRANSPOSERS

# -- matrix product ----------------------------------------------------------------------


def matmul(*factors: Expr) -> Expr:
    """Return the matrix product of arrays (scalars among the factors scale it).

    Raises ShapeError where inner sizes differ.
    """
    scalars, chain = [], []
    for factor in factors:
        if isinstance(factor, Scale):
            scalar, factor = factor.args
            scalars.append(scalar)
        elif not isinstance(factor, Array):
            scalars.append(factor)
            continue
        if isinstance(factor, MatMul):
            chain.extend(factor.args)
        else:
            chain.append(factor)
    if not chain:
        return scalar_product(*scalars)
    shape = (chain[0].rows, chain[-1].cols)
    for left, right in zip(chain, chain[1:]):
        if left.cols is not right.rows and left.cols != right.rows:
            raise ShapeError(f"a product of {left.shape} and {right.shape}")
    if any(is_constant(f, "zeros") for f in chain):
        return zero_of(shape)
    reduced = _reduced(chain, scalars)
    if reduced is not chain and any(is_constant(f, "zeros") for f in reduced):
        return zero_of(shape)  # parts that do not meet, such as the even and the odd places
    product = _split_at_scalars(reduced, shape, scalars)
    return scale(scalar_product(*scalars), product) if scalars else product


def _reduced(chain: list[Array], scalars: list[Expr]) -> list[Array]:
    """Return the chain with all neighbours joined that simplify."""
    if _stays(chain):
        return chain
    pending, done = list(reversed(chain)), []
    if len(chain) > 1:
        pending = [part for f in pending for part in _split_ones(f)]
    while pending:
        factor = pending.pop()
        if is_constant(factor, "eye") and (done or pending):
            continue
        joined = _joined_end(done, factor)
        if joined is None and done:
            joined = _join(done[-1], factor)
            if joined is not None:
                done.pop()
        if joined is None:
            done.append(factor)
        else:
            pending.extend(reversed(_flattened(joined, scalars)))
    return done


def _stays(chain: list[Array]) -> bool:
    """Return whether no neighbours of a chain can join, as is known of most chains without trying."""
    return all([f.inert for f in chain]) and all([one is not other for one, other in zip(chain, chain[1:])])


def _flattened(parts: list[Expr], scalars: list[Expr]) -> list[Array]:
    """Return the factors of arrays as one list; what scales them is added to ``scalars``."""
    flat = []
    for part in parts:
        scalar, array = coefficient(part) if is_array(part) else (part, None)
        scalars.append(scalar)
        if array is not None:
            flat.extend(array.args if isinstance(array, MatMul) else (array,))
    return flat


def _joined_end(done: list[Array], factor: Array) -> list[Expr] | None:
    """Return what replaces the end of the chain with ``factor``, removed from ``done``, or None."""
    for rule in END_RULES:
        joined = rule(done, factor)
        if joined is not None:
            return joined
    return None


def _split_ones(factor: Array) -> tuple[Array, ...]:
    """ones(n, m) as ones(n) @ ones(1, m), in reversed order; other factors alone."""
    if is_constant(factor, "ones") and factor.rows != 1 and factor.cols != 1:
        return (ones(ONE, factor.cols), ones(factor.rows))
    return (factor,)


def _power_parts(node: Array) -> tuple[Array, Expr]:
    """Return (base, exponent) of a square matrix: X for X, matpow(X, k) and its transpose matpow(X.T, k)."""
    if isinstance(node, MatrixPower):
        return node.args
    if isinstance(node, Transpose) and isinstance(node.args[0], MatrixPower):
        base, exponent = node.args[0].args
        return transpose(base), exponent
    return node, ONE


def _join(left: Array, right: Array) -> list[Expr] | None:
    """Return what replaces two neighbours, a list of factors, or None where nothing simplifies."""
    if left.inert and right.inert and left is not right:
        return None
    if left.is_square and right.is_square:
        base, exponent = _power_parts(left)
        other, more = _power_parts(right)
        if base is other:
            return [matrix_power(base, scalar_sum(exponent, more))]
    for rule in PAIR_RULES:
        joined = rule(left, right)
        if joined is not None:
            return joined
    return None


def _split_at_scalars(chain: list[Array], shape: tuple[Expr, Expr], scalars: list[Expr]) -> Expr:
    """Take the 1×1 pieces out of the chain into ``scalars``; return the array that is left, or 1."""
    pieces, piece = [], []
    for factor in chain:
        piece.append(factor)
        if factor.is_column:
            pieces.append(piece)
            piece = []
    if piece:
        pieces.append(piece)
    kept = []
    for piece in pieces:
        if piece[0].is_row and piece[-1].is_column:
            scalars.append(inner_product(piece))
        else:
            kept.extend(piece)
    if not kept:
        return ONE
    if len(kept) == 1:
        return kept[0]
    if len(kept) < len(chain):
        return matmul(*kept)
    if len(kept) == 2 and is_constant(kept[0], "ones") and is_constant(kept[1], "ones"):
        return ones(*shape)
    scaled = _scaled_rows(kept)
    if scaled is not None:
        return scaled
    return MatMul.of(kept, shape, 1 if all(f.sign == 1 for f in kept) else 0)


def _scaled_rows(chain: Sequence[Array]) -> Array | None:
    """B @ diag(v) @ A @ x = B @ (v * (A @ x)) for a column, and the like for a row; None for other chains."""
    if not any([isinstance(factor, Diagonal) for factor in chain]):
        return None
    for index, factor in enumerate(chain):
        if isinstance(factor, Diagonal) and chain[-1].is_column and not _column_inside(chain, index):
            return matmul(*chain[:index], hadamard(factor.args[0], matmul(*chain[index + 1 :])))
        if isinstance(factor, Diagonal) and chain[0].is_row and not _column_inside(chain, index):
            scaled = transpose(hadamard(transpose(matmul(*chain[:index])), factor.args[0]))
            return matmul(scaled, *chain[index + 1 :])
    return None


def _column_inside(chain: Sequence[Array], index: int) -> bool:
    return any(f.is_column for f in chain[:index])


# -- scalars made of products ---------------------------------------------------------------


def inner_product(chain: list[Array]) -> Expr:
    """Return the scalar that a reduced chain of shape 1×1 stands for, in its canonical orientation."""
    if len(chain) == 2:
        entry = _unit_entry(transpose(chain[0]), chain[1])
        if entry is not None:
            return entry
    for rule in INNER_RULES:
        value = rule(chain)
        if value is not None:
            return value
    if len(chain) == 2:
        merged = _merged_columns(transpose(chain[0]), chain[1])
        if merged is not None:
            return merged
    turned = [transpose(f) for f in reversed(chain)]
    if _is_opposite(turned, chain):
        return S.Zero
    if any(isinstance(f, (Scale, MatMul)) for f in turned):
        return _oriented(chain, None)
    return _oriented(chain, turned)


def _is_opposite(turned: list[Array], chain: list[Array]) -> bool:
    """Return whether a chain is -1 times its own transpose: x.T@K@x for a skew-symmetric K is 0."""
    parts = [coefficient(factor) for factor in turned]
    return Mul(*[scalar for scalar, _ in parts]) == -1 and all(a is b for (_, a), b in zip(parts, chain))


def _unit_entry(left: Array, right: Array) -> Expr | None:
    """e(i, n).T @ e(j, n) is 1 or 0, and an entry of ones(n) is 1; None for other columns."""
    if not is_constant(left, "e"):
        left, right = right, left
    if not is_constant(left, "e"):
        return None
    if is_constant(right, "ones"):
        return ONE
    if is_constant(right, "e") and left.dims[0].is_Integer and right.dims[0].is_Integer:
        return ONE if left.dims[0] == right.dims[0] else S.Zero
    return None


def _merged_columns(left: Array, right: Array) -> InnerProduct | None:
    """Return the inner product of two columns one of which is an elementwise product or power, else None."""
    if is_constant(left, "ones") and not isinstance(right, (Hadamard, Power)):
        return None
    if not isinstance(left, (Hadamard, Power)) and not isinstance(right, (Hadamard, Power)):
        return None
    joined = hadamard(left, right)
    scalar, array = coefficient(joined)
    if is_constant(array, "zeros"):
        return array.rows * 0
    if is_constant(array, "ones"):
        return Mul(scalar, array.rows)
    if isinstance(array, Hadamard) and len(array.args) == 2 and not any(isinstance(a, Power) for a in array.args):
        first, second = array.args
        if isinstance(first, MatMul) or isinstance(second, MatMul):
            return Mul(scalar, matmul(transpose(first), second))
        return Mul(scalar, _oriented([transpose(first), second], None))
    if isinstance(array, Power) and array.args[1] == 2:
        base = array.args[0]
        if isinstance(base, MatMul):
            return Mul(scalar, matmul(transpose(base), base))
        return Mul(scalar, _oriented([transpose(base), base], None))
    if isinstance(array, (Hadamard, Power)):
        return Mul(scalar, InnerProduct.of((ones(ONE, array.rows), array), array.sign == 1 or _even_power(array)))
    return Mul(scalar, matmul(ones(ONE, array.rows), array))


def _even_power(node: Array) -> bool:
    if isinstance(node, Power):
        return not is_array(node.args[1]) and bool(node.args[1].is_even)
    return isinstance(node, Hadamard) and all(a.sign == 1 or _even_power(a) for a in node.args)


def _oriented(chain: list[Array], turned: list[Array] | None) -> InnerProduct:
    if turned is None:
        turned = [transpose(f) for f in reversed(chain)]
    if any(isinstance(f, (Scale, MatMul)) for f in turned):
        turned = chain
    if _orientation(turned) < _orientation(chain):
        chain, turned = turned, chain
    same = all(a is b for a, b in zip(chain, turned))
    nonnegative = all(f.sign == 1 for f in chain) or same and _semidefinite_middle(chain)
    if not nonnegative and is_constant(chain[0], "ones") and is_constant(chain[-1], "ones") and len(chain) == 3:
        nonnegative = _even_power(chain[1])
    return InnerProduct.of(chain, nonnegative)


def _orientation(chain: Sequence[Array]) -> tuple[int, list[Key]]:
    return (sum(f.transposes for f in chain), [f.key for f in chain])


def _semidefinite_middle(chain: list[Array]) -> bool:
    """Return whether a palindromic chain is a square or a form with a semidefinite matrix."""
    if len(chain) % 2 == 0:
        return True
    middle = chain[len(chain) // 2]
    return positive_semidefinite(middle)


def positive_semidefinite(node: Array) -> bool:
    """Return whether the matrix is known to be symmetric and positive semidefinite."""
    if isinstance(node, ArraySymbol):
        return bool(node.facts & implying("psd"))
    if isinstance(node, Scale):
        return bool(node.args[0].is_nonnegative) and positive_semidefinite(node.args[1])
    if isinstance(node, Sum):
        return all(positive_semidefinite(term) for term in node.args)
    if isinstance(node, MatMul) and all(transpose(a) is b for a, b in zip(node.args, reversed(node.args))):
        return _semidefinite_middle(node.args)
    if isinstance(node, MatrixPower) and node.args[1].is_even:
        return transpose(node.args[0]) is node.args[0]
    return positive_definite(node)


def positive_definite(node: Array) -> bool:
    """Return whether the matrix is known to be symmetric and positive definite."""
    if isinstance(node, ArraySymbol):
        return "pd" in node.facts
    if is_constant(node, "eye"):
        return True
    if isinstance(node, MatrixPower):
        return positive_definite(node.args[0]) and bool(node.args[1].is_real)
    if isinstance(node, Scale):
        return bool(node.args[0].is_positive) and positive_definite(node.args[1])
    if isinstance(node, Sum):
        return all(positive_definite(term) for term in node.args)
    if isinstance(node, Diagonal):
        return node.args[0].sign == 1
    return isinstance(node, ArrayFunction) and "pd" in node.rule.gives


# -- matrix powers ------------------------------------------------------------------------------


def matrix_power(base: Array, exponent: Expr) -> Array:
    """matpow(X, k) of a square matrix; inv(X) is matpow(X, -1); base**k for a scalar."""
    if not is_array(base):
        return scalar_power(base, exponent)
    if not base.is_square:
        raise ShapeError(f"a power of a matrix of shape {base.shape}")
    if exponent == 0:
        return eye(base.rows)
    if exponent == 1 or is_constant(base, "eye"):
        return base
    if is_constant(base, "zeros"):
        if exponent.is_positive:
            return base
        raise DomainError("the inverse of a zero matrix", hint="zeros(n, n) has no inverse")
    if isinstance(base, Scale):
        return scale(scalar_power(base.args[0], exponent), matrix_power(base.args[1], exponent))
    if isinstance(base, MatrixPower):
        return matrix_power(base.args[0], Mul(base.args[1], exponent))
    special = _special_power(base, exponent)
    if special is not None:
        return special
    turned = transpose(base)
    if turned is not base and turned.transposes < base.transposes and not isinstance(turned, Scale):
        return Transpose.of((MatrixPower.of((turned, exponent), base.shape),), base.shape)
    return MatrixPower.of((base, exponent), base.shape)


def _special_power(base: Array, exponent: Expr) -> Array | None:
    if isinstance(base, Diagonal):
        from .constructors import power

        return diagonal(power(base.args[0], exponent))
    if exponent.is_Integer and type(base) in POWER_RULES:
        value = POWER_RULES[type(base)](base, exponent)
        if value is not None:
            return value
    if isinstance(base, ArrayFunction):
        for known in KNOWN_POWERS:
            value = known(base, exponent)
            if value is not None:
                return value
    if isinstance(base, Kronecker) and all(a.is_square for a in base.args):
        return kronecker(*[matrix_power(a, exponent) for a in base.args])
    symbol = base.args[0] if isinstance(base, Transpose) else base
    if isinstance(symbol, ArraySymbol):
        if symbol.facts & implying("orthogonal") and exponent.is_negative:
            return matrix_power(transpose(base), -exponent)
        if "projection" in symbol.facts and exponent.is_integer and exponent.is_positive:
            return base
    if is_constant(base, "comm") and exponent.is_negative:
        return matrix_power(transpose(base), -exponent)
    return None


def _transpose_power(node: MatrixPower) -> Array:
    turned = transpose(node.args[0])
    if turned is node.args[0]:
        return node
    if turned.transposes < node.args[0].transposes or isinstance(turned, Scale):
        return matrix_power(turned, node.args[1])
    return Transpose.of((node,), node.shape)


def _transpose_chain(node: Array) -> MatMul:
    return matmul(*[transpose(a) for a in reversed(node.args)])


TRANSPOSERS.update(
    {
        MatMul: _transpose_chain,
        MatrixPower: _transpose_power,
    }
)
