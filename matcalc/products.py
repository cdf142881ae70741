"""Checked constructors of matrix products: chains, inner products, traces, Kronecker products.

A chain is kept flat. Neighbours that cancel do (inv(A)@A, Q.T@Q for orthogonal Q), equal neighbours
become powers, and whatever has shape 1×1 leaves the chain as a scalar factor.
"""

from __future__ import annotations

from sympy import Add, Mul, S

from .constructors import (
    TRANSPOSERS,
    add,
    commutation,
    diagonal,
    eye,
    hadamard,
    is_constant,
    ones,
    repeated,
    scalar_power,
    scalar_product,
    scalar_sum,
    scale,
    shape_of,
    transpose,
    zero_of,
)
from .errors import DomainError, ShapeError
from .expressions import (
    ONE,
    ArrayFunction,
    ArraySymbol,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    coefficient,
    is_array,
)

MAX_LOOK_BACK = 8
LONG_CHAIN = 48
SEAM = 10

# -- matrix product ----------------------------------------------------------------------


def matmul(*factors):
    """Return the matrix product of arrays (scalars among the factors scale it).

    Raises ShapeError where inner sizes differ.
    """
    scalars, chain = [], []
    for factor in factors:
        if not is_array(factor):
            scalars.append(factor)
            continue
        scalar, array = coefficient(factor)
        if scalar != 1:
            scalars.append(scalar)
        chain.extend(array.args if isinstance(array, MatMul) else (array,))
    if not chain:
        return scalar_product(*scalars)
    shape = (chain[0].rows, chain[-1].cols)
    if len(chain) > LONG_CHAIN:
        long = _joined_long(factors, shape)
        if long is not None:
            return scale(scalar_product(*scalars), long) if scalars else long
    for left, right in zip(chain, chain[1:]):
        if left.cols != right.rows:
            raise ShapeError(f"a product of {left.shape} and {right.shape}")
    if any(is_constant(f, "zeros") for f in chain):
        return zero_of(shape)
    reduced = _reduced(chain, scalars)
    product = _split_at_scalars(reduced, shape, scalars)
    return scale(scalar_product(*scalars), product) if scalars else product


def _joined_long(factors, shape):
    """Return the product of two long reduced chains where nothing simplifies at their seam, else None.

    Only the seam is looked at, so that A@(B@(C@…)) costs little more than its length.
    """
    if len(factors) != 2 or not all(is_array(f) for f in factors):
        return None
    left, right = [coefficient(f)[1] for f in factors]
    left, right = [f.args if isinstance(f, MatMul) else (f,) for f in (left, right)]
    if left[-1].cols != right[0].rows or left[-1].cols == 1:
        return None
    window = [*left[-SEAM:], *right[:SEAM]]
    if any(is_constant(f, "zeros") or is_constant(f, "ones") or isinstance(f, Diagonal) for f in window):
        return None
    scalars = []
    if len(left) > SEAM and len(right) > SEAM:
        return None
    if _reduced(list(window), scalars) != window or scalars:
        return None
    return MatMul.of((*left, *right), shape, 0)


def _reduced(chain, scalars):
    """Return the chain with all neighbours joined that simplify."""
    pending, done = list(reversed(chain)), []
    if len(chain) > 1:
        pending = [part for f in pending for part in _split_ones(f)]
    while pending:
        factor = pending.pop()
        if is_constant(factor, "eye") and (done or pending):
            continue
        while True:
            joined = _cancelled_inverse(done, factor)
            if joined is None and done:
                joined = _join(done[-1], factor)
                if joined is not None:
                    done.pop()
            if joined is None:
                done.append(factor)
                break
            flat = []
            for part in joined:
                scalar, array = coefficient(part) if is_array(part) else (part, None)
                scalars.append(scalar)
                if array is not None:
                    flat.extend(array.args if isinstance(array, MatMul) else (array,))
            pending.extend(reversed(flat))
            if not pending:
                break
            factor = pending.pop()
            if is_constant(factor, "eye") and (done or pending):
                if not pending:
                    break
                factor = pending.pop()
    return done


def _split_ones(factor):
    """ones(n, m) as ones(n) @ ones(1, m), in reversed order; other factors alone."""
    if is_constant(factor, "ones") and factor.rows != 1 and factor.cols != 1:
        return (ones(ONE, factor.cols), ones(factor.rows))
    return (factor,)


def _power_parts(node):
    """Return (base, exponent) of a square matrix: X for X, matpow(X, k) and its transpose matpow(X.T, k)."""
    if isinstance(node, MatrixPower):
        return node.args
    if isinstance(node, Transpose) and isinstance(node.args[0], MatrixPower):
        base, exponent = node.args[0].args
        return transpose(base), exponent
    return node, ONE


def _join(left, right):
    """Return what replaces two neighbours, a list of factors, or None where nothing simplifies."""
    if left.is_square and right.is_square:
        base, exponent = _power_parts(left)
        other, more = _power_parts(right)
        if base is other:
            return [matrix_power(base, scalar_sum(exponent, more))]
    joined = _join_orthogonal(left, right) or _join_diagonal(left, right) or _join_sums(left, right)
    return joined or _join_kronecker(left, right)


def _join_orthogonal(left, right):
    inner, outer = (left, right) if isinstance(left, Transpose) else (right, left)
    if isinstance(inner, Transpose) and inner.args[0] is outer and isinstance(outer, ArraySymbol):
        if outer.facts & {"orthogonal", "permutation"} and (outer.is_square or isinstance(left, Transpose)):
            return [eye(left.rows)]
    return None


def _join_diagonal(left, right):
    if isinstance(left, Diagonal):
        if isinstance(right, Diagonal):
            return [diagonal(hadamard(left.args[0], right.args[0]))]
        if right.is_column:
            return [hadamard(left.args[0], right)]
    if isinstance(right, Diagonal) and left.is_row:
        return [transpose(hadamard(transpose(left), right.args[0]))]
    return None


def columns_add_to_one(node):
    """Return whether every column of the array is known to add to 1."""
    if isinstance(node, ArraySymbol):
        return "simplex" in node.facts
    return isinstance(node, ArrayFunction) and "simplex" in node.rule.gives


def _rows_add_to_one(node):
    if isinstance(node, Transpose):
        return columns_add_to_one(node.args[0])
    return isinstance(node, ArrayFunction) and "simplex rows" in node.rule.gives


def _join_sums(left, right):
    """ones(n).T @ X where the columns of X add to one, and the like for rows."""
    if is_constant(left, "ones") and left.is_row:
        if is_constant(right, "ones") and right.is_column:
            return [left.cols]
        if columns_add_to_one(right) or isinstance(right, Transpose) and _rows_add_to_one(right.args[0]):
            return [ones(ONE, right.cols)]
        if isinstance(right, Diagonal):
            return [transpose(right.args[0])]
        return _weighted_sum(right, "column")
    if is_constant(right, "ones") and right.is_column:
        if _rows_add_to_one(left):
            return [ones(left.rows)]
        return _weighted_sum(left, "row")
    return None


def _weighted_sum(node, side):
    """sum(w * A, axis=0) = w.T @ A for a column w, and sum(A * r, axis=1) = A @ r.T for a row r."""
    if not isinstance(node, Hadamard):
        return None
    for index, factor in enumerate(node.args):
        found = repeated(factor)
        if found is not None and found[1] == side:
            rest = hadamard(*node.args[:index], *node.args[index + 1:])
            return [transpose(found[0]), rest] if side == "column" else [rest, transpose(found[0])]
    return None


def _join_kronecker(left, right):
    if is_constant(left, "comm"):
        return _after_commutation(left, right)
    joined = _kronecker_with_column(left, right)
    if joined is not None:
        return joined
    if isinstance(left, Kronecker):
        if isinstance(right, Kronecker):
            return _kronecker_product(left, right)
        if isinstance(right, Vec):
            return _kronecker_vec(left, right.args[0])
        if is_constant(right, "comm") and len(left.args) == 2:
            first, second = left.args
            if right.dims == (first.cols, second.cols) and (first.rows == 1 or second.rows == 1):
                return [kronecker(second, first)]
    return None


def _kronecker_with_column(left, right):
    """kron(a, B) @ M = kron(a, B @ M) and kron(A, b) @ M = kron(A @ M, b) for columns a and b; so for rows."""
    if isinstance(left, Kronecker) and len(left.args) == 2 and not isinstance(right, (Kronecker, Vec)) and not right.is_column:
        first, second = left.args
        if first.is_column and not is_constant(right, "comm"):
            return [kronecker(first, matmul(second, right))]
        if second.is_column and not is_constant(right, "comm"):
            return [kronecker(matmul(first, right), second)]
    if isinstance(right, Kronecker) and len(right.args) == 2 and not isinstance(left, Kronecker) and not left.is_row:
        first, second = right.args
        if first.is_row and not is_constant(left, "comm"):
            return [kronecker(first, matmul(left, second))]
        if second.is_row and not is_constant(left, "comm"):
            return [kronecker(matmul(left, first), second)]
    return None


def _after_commutation(left, right):
    n, m = left.dims
    if is_constant(right, "comm") and right.dims == (m, n):
        return [eye(left.rows)]
    if isinstance(right, Vec) and right.args[0].shape == (n, m):
        return [vec(transpose(right.args[0]))]
    if isinstance(right, Kronecker) and len(right.args) == 2:
        first, second = right.args
        if (second.rows, first.rows) == (n, m):
            return [kronecker(second, first), commutation(second.cols, first.cols)]
    return None


def _kronecker_vec(left, matrix):
    """kron(B, A) @ vec(X) = vec(A @ X @ B.T) (Magnus & Neudecker 2019, theorem 2.2)."""
    if len(left.args) == 2 and left.args[1].cols == matrix.rows and left.args[0].cols == matrix.cols:
        return [vec(matmul(left.args[1], matrix, transpose(left.args[0])))]
    return None


def _partition(left, right):
    """Return index pairs at which the columns of left's and the rows of right's factors fit together."""
    cuts, i, j = [(0, 0)], 0, 0
    wide, high = ONE, ONE
    while i < len(left) or j < len(right):
        if wide == high and i < len(left) and j < len(right) and (wide != 1 or cuts[-1] == (i, j)):
            if cuts[-1] != (i, j):
                cuts.append((i, j))
            wide, high = left[i].cols, right[j].rows
            i, j = i + 1, j + 1
        elif j < len(right) and (i == len(left) or len(right) - j >= len(left) - i and high != wide):
            high, j = high * right[j].rows, j + 1
        elif i < len(left):
            wide, i = wide * left[i].cols, i + 1
        if wide == high and (i, j) != cuts[-1]:
            cuts.append((i, j))
    return cuts if wide == high and cuts[-1] == (len(left), len(right)) and len(cuts) > 2 else None


def _kronecker_product(left, right):
    """kron(A, B) @ kron(C, D) = kron(A@C, B@D) where the sizes fit (Magnus & Neudecker 2019, 2.2)."""
    cuts = _partition(left.args, right.args)
    if cuts is None:
        return None
    parts = []
    for (i, j), (k, l) in zip(cuts, cuts[1:]):
        parts.append(matmul(kronecker(*left.args[i:k]), kronecker(*right.args[j:l])))
    return [kronecker(*parts)]


def _inverted_factors(node):
    """Return the factors of P where the node is inv(P) or inv(P.T).T of a product P, else None."""
    if isinstance(node, Transpose):
        inner = _inverted_factors(node.args[0])
        return None if inner is None else tuple(transpose(f) for f in reversed(inner))
    if isinstance(node, MatrixPower) and node.args[1] == -1 and isinstance(node.args[0], MatMul):
        return node.args[0].args
    return None


def _cancelled_inverse(done, factor):
    """Return what replaces the end of the chain with ``factor`` where an inverse cancels, else None.

    The replaced factors are removed from ``done``.
    """
    inner = _inverted_factors(factor)
    if inner is not None:
        if len(done) >= len(inner) and all(a is b for a, b in zip(done[-len(inner):], inner)):
            del done[-len(inner):]
            return [eye(factor.rows)]
        if done and done[-1] is inner[-1] and inner[-1].is_square:
            done.pop()
            return [matrix_power(matmul(*inner[:-1]), S.NegativeOne)]
    for back in range(1, min(len(done), MAX_LOOK_BACK) + 1):
        inner = _inverted_factors(done[-back])
        if inner is None:
            continue
        tail = (*done[len(done) - back + 1:], factor)
        if len(tail) == len(inner) and all(a is b for a, b in zip(tail, inner)):
            size = done[-back].rows
            del done[-back:]
            return [eye(size)]
        if back == 1 and inner[0] is factor and factor.is_square:
            done.pop()
            return [matrix_power(matmul(*inner[1:]), S.NegativeOne)]
        break
    return _selected(done, factor) or _pseudoinverse(done, factor)


def _side_of_ones(node, column):
    """Return 'first' or 'second' where the node is kron(ones, eye) or kron(eye, ones) with ones a column (row)."""
    if not isinstance(node, Kronecker) or len(node.args) != 2:
        return None
    for place, other, name in ((0, 1, "first"), (1, 0, "second")):
        line = node.args[place]
        if is_constant(line, "ones") and (line.is_column if column else line.is_row) and is_constant(node.args[other], "eye"):
            return name
    return None


def _is_selection(diagonal_matrix):
    return isinstance(diagonal_matrix, Diagonal) and isinstance(diagonal_matrix.args[0], Vec) and is_constant(
        diagonal_matrix.args[0].args[0], "eye")


def _selected(done, factor):
    """Products with the Jacobian of diag(v), D = diag(vec(eye(n))) @ kron(ones(n), eye(n)), and with repetitions.

    D.T @ kron(A, B) @ D = A * B; kron(A, b) @ D = A @ diag(b.T) for a row b; and repetition, diag(vec(M)),
    summation is diag(M @ ones) or M itself (Magnus & Neudecker 2019, 3.6).
    """
    right = _side_of_ones(factor, True)
    if right is None or not done or not isinstance(done[-1], Diagonal) or not isinstance(done[-1].args[0], Vec):
        return None
    middle = done[-1].args[0].args[0]
    left = _side_of_ones(done[-2], False) if len(done) > 1 else None
    if left is not None and done[-2].cols == middle.rows * middle.cols:
        del done[-2:]
        if left == right:
            sums = matmul(middle, ones(middle.cols)) if left == "first" else matmul(transpose(middle), ones(middle.rows))
            return [diagonal(sums)]
        return [middle if left == "first" else transpose(middle)]
    if not _is_selection(done[-1]) or len(done) < 2 or not isinstance(done[-2], Kronecker) or len(done[-2].args) != 2:
        return None
    first, second = done[-2].args
    if first.cols != middle.rows or second.cols != middle.rows:
        return None
    if first.is_row or second.is_row:
        del done[-2:]
        return [second, diagonal(transpose(first))] if first.is_row else [first, diagonal(transpose(second))]
    if len(done) > 3 and _is_selection(done[-3]) and _side_of_ones(done[-4], False) and first.rows == second.rows == middle.rows:
        del done[-4:]
        return [hadamard(first, second)]
    return None


def _pseudoinverse(done, factor):
    """X@pinv(X)@X = X and pinv(X)@X@pinv(X) = pinv(X) (Penrose 1955)."""
    if len(done) < 2 or done[-2] is not factor:
        return None
    for outer, inner in ((factor, done[-1]), (done[-1], factor)):
        if isinstance(inner, ArrayFunction) and inner.rule.name == "pinv" and inner.args[0] is outer:
            del done[-2:]
            return [factor]
    return None


def _split_at_scalars(chain, shape, scalars):
    """Take the 1×1 pieces out of the chain into ``scalars``; return the array that is left, or 1."""
    pieces, piece = [], []
    for factor in chain:
        piece.append(factor)
        if factor.cols == 1:
            pieces.append(piece)
            piece = []
    if piece:
        pieces.append(piece)
    kept = []
    for piece in pieces:
        if piece[0].rows == 1 and piece[-1].cols == 1:
            scalars.append(inner_product(piece))
        else:
            kept.extend(piece)
    if not kept:
        return ONE
    if len(kept) == 1:
        return kept[0]
    if len(kept) < len(chain):
        return matmul(*kept)
    if len(kept) == 2 and all(is_constant(f, "ones") for f in kept):
        return ones(*shape)
    scaled = _scaled_rows(kept)
    if scaled is not None:
        return scaled
    return MatMul.of(kept, shape, 1 if all(f.sign == 1 for f in kept) else 0)


def _scaled_rows(chain):
    """B @ diag(v) @ A @ x = B @ (v * (A @ x)) for a column, and the like for a row; None for other chains."""
    for index, factor in enumerate(chain):
        if isinstance(factor, Diagonal) and chain[-1].is_column and not _column_inside(chain, index):
            return matmul(*chain[:index], hadamard(factor.args[0], matmul(*chain[index + 1:])))
        if isinstance(factor, Diagonal) and chain[0].is_row and not _column_inside(chain, index):
            scaled = transpose(hadamard(transpose(matmul(*chain[:index])), factor.args[0]))
            return matmul(scaled, *chain[index + 1:])
    return None


def _column_inside(chain, index):
    return any(f.is_column for f in chain[:index])


# -- scalars made of products ---------------------------------------------------------------


def inner_product(chain):
    """Return the scalar that a reduced chain of shape 1×1 stands for, in its canonical orientation."""
    if len(chain) == 2:
        entry = _unit_entry(transpose(chain[0]), chain[1])
        if entry is not None:
            return entry
    if len(chain) == 2 and isinstance(chain[0], Transpose) and isinstance(chain[1], Vec):
        if isinstance(chain[0].args[0], Vec):
            return frobenius_product(chain[0].args[0].args[0], chain[1].args[0])
    if len(chain) == 2:
        merged = _merged_columns(transpose(chain[0]), chain[1])
        if merged is not None:
            return merged
    turned = [transpose(f) for f in reversed(chain)]
    if any(isinstance(f, (Scale, MatMul)) for f in turned):
        return _oriented(chain, None)
    return _oriented(chain, turned)


def _unit_entry(left, right):
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


def _merged_columns(left, right):
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


def _even_power(node):
    if isinstance(node, Power):
        return not is_array(node.args[1]) and bool(node.args[1].is_even)
    return isinstance(node, Hadamard) and all(a.sign == 1 or _even_power(a) for a in node.args)


def _oriented(chain, turned):
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


def _orientation(chain):
    return (sum(f.transposes for f in chain), [f.key for f in chain])


def _semidefinite_middle(chain):
    """Return whether a palindromic chain is a square or a form with a semidefinite matrix."""
    if len(chain) % 2 == 0:
        return True
    middle = chain[len(chain) // 2]
    return positive_definite(middle) or isinstance(middle, ArraySymbol) and "psd" in middle.facts


def positive_definite(node):
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


def trace(node):
    """tr(A) of a square matrix in its canonical rotation; a scalar is its own trace."""
    if not is_array(node):
        return node
    if not node.is_square:
        raise ShapeError(f"the trace of a matrix of shape {node.shape}")
    scalar, array = coefficient(node)
    return Mul(scalar, _trace_of(array))


def _trace_of(array):
    if is_constant(array, "zeros"):
        return S.Zero
    if is_constant(array, "eye") or is_constant(array, "ones"):
        return array.rows
    if isinstance(array, Diagonal):
        return matmul(ones(ONE, array.rows), array.args[0])
    if isinstance(array, Transpose):
        return trace(array.args[0])
    if isinstance(array, Kronecker) and all(a.is_square for a in array.args):
        return Mul(*[trace(a) for a in array.args])
    if isinstance(array, Sum):
        if any(is_constant(coefficient(part)[1], "eye") for part in array.args):
            return Add(*[trace(part) for part in array.args])
        turned = transpose(array)
        array = turned if turned.transposes < array.transposes else array
    if isinstance(array, MatMul):
        return _trace_of_chain(array.args)
    return Trace.of((array,), positive_definite(array))


def _trace_of_chain(chain):
    for index, factor in enumerate(chain):
        if factor.is_column or factor.is_row and index:
            cut = index + 1 if factor.is_column else index
            if cut < len(chain):
                return matmul(*chain[cut:], *chain[:cut])
    first = matmul(chain[-1], *chain[:-1])
    scalar, array = coefficient(first)
    if not isinstance(array, MatMul) or len(array.args) < len(chain):
        return Mul(scalar, trace(array))
    return Trace.of((_best_rotation(chain),), _is_square_form(chain))


def _is_square_form(chain):
    half = len(chain) // 2
    return len(chain) % 2 == 0 and all(transpose(a) is b for a, b in zip(chain[:half], reversed(chain[half:])))


def _best_rotation(chain):
    """Return the product whose trace represents all rotations and the transpose of this one."""
    turned = tuple(transpose(f) for f in reversed(chain))
    if any(isinstance(f, (Scale, MatMul)) for f in turned):
        turned = chain
    forward, backward = _orientation(chain)[0], _orientation(turned)[0]
    candidates = [chain] if forward < backward else [turned] if backward < forward else [chain, turned]
    rotations = []
    for candidate in candidates:
        lowest = min(f.key for f in candidate)
        for start, factor in enumerate(candidate):
            if factor.key == lowest:
                rotations.append(candidate[start:] + candidate[:start])
    best = min(rotations, key=lambda rotation: [f.key for f in rotation])
    return MatMul.of(best, (best[0].rows, best[-1].cols))


# -- matrix powers ------------------------------------------------------------------------------


def matrix_power(base, exponent):
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


def _special_power(base, exponent):
    if isinstance(base, Diagonal):
        from .constructors import power

        return diagonal(power(base.args[0], exponent))
    if isinstance(base, Kronecker) and all(a.is_square for a in base.args):
        return kronecker(*[matrix_power(a, exponent) for a in base.args])
    symbol = base.args[0] if isinstance(base, Transpose) else base
    if isinstance(symbol, ArraySymbol):
        if symbol.facts & {"orthogonal", "permutation"} and exponent.is_negative:
            return matrix_power(transpose(base), -exponent)
        if "projection" in symbol.facts and exponent.is_integer and exponent.is_positive:
            return base
    if is_constant(base, "comm") and exponent.is_negative:
        return matrix_power(transpose(base), -exponent)
    return None


def _transpose_power(node):
    turned = transpose(node.args[0])
    if turned is node.args[0]:
        return node
    if turned.transposes < node.args[0].transposes or isinstance(turned, Scale):
        return matrix_power(turned, node.args[1])
    return Transpose.of((node,), node.shape)


# -- Kronecker products and vec ------------------------------------------------------------------


def kronecker(*factors):
    """kron(A, B, …): flat, scalars taken out, neighbouring identities joined."""
    scalars, parts = [], []
    for factor in factors:
        scalar, array = coefficient(factor) if is_array(factor) else (factor, None)
        scalars.append(scalar)
        if array is not None:
            parts.extend(array.args if isinstance(array, Kronecker) else (array,))
    joined = []
    for part in parts:
        together = _join_tensor(joined[-1], part) if joined else None
        if together is None:
            joined.append(part)
        else:
            joined[-1] = together
    if not joined:
        return Mul(*scalars)
    rows, cols = Mul(*[p.rows for p in joined]), Mul(*[p.cols for p in joined])
    if any(is_constant(p, "zeros") for p in joined):
        return zero_of((rows, cols))
    if len(joined) == 1:
        return scale(Mul(*scalars), joined[0])
    sign = 1 if all(p.sign == 1 for p in joined) else 0
    return scale(Mul(*scalars), Kronecker.of(joined, (rows, cols), sign))


def _join_tensor(left, right):
    """Return kron(left, right) where it is a simpler array, else None."""
    if is_constant(left, "eye") and is_constant(right, "eye"):
        return eye(left.rows * right.rows)
    if is_constant(left, "ones") and is_constant(right, "ones"):
        return ones(left.rows * right.rows, left.cols * right.cols)
    if left.is_column and right.is_row:
        return matmul(left, right)
    if left.is_row and right.is_column:
        return matmul(right, left)
    return None


def vec(node):
    """vec(X): the columns stacked; a column is its own, a row becomes its transpose."""
    if not is_array(node) or node.is_column:
        return node
    if node.is_row:
        return transpose(node)
    scalar, array = coefficient(node)
    shape = (array.rows * array.cols, ONE)
    if is_constant(array, "zeros") or is_constant(array, "ones"):
        return scale(scalar, ones(*shape)) if array.name == "ones" else zero_of(shape)
    if isinstance(array, MatMul) and len(array.args) == 2 and array.args[0].is_column:
        return scale(scalar, kronecker(transpose(array.args[1]), array.args[0]))
    if isinstance(array, Sum) and any(isinstance(vec(term), Kronecker) for term in array.args):
        return scale(scalar, add(*[vec(term) for term in array.args]))
    return scale(scalar, Vec.of((array,), shape, array.sign))


def _transpose_vec(node):
    return Transpose.of((node,), (node.cols, node.rows))


def _transpose_chain(node):
    return matmul(*[transpose(a) for a in reversed(node.args)])


TRANSPOSERS.update({
    MatMul: _transpose_chain,
    MatrixPower: _transpose_power,
    Kronecker: lambda node: kronecker(*[transpose(a) for a in node.args]),
    Vec: _transpose_vec,
    FrechetDerivative: _transpose_vec,
})


def diagonal_entries(node):
    """diag(X): the diagonal of a square matrix as a column, where it simplifies; else None."""
    if not is_array(node):
        return node
    if node.is_column:
        raise ShapeError("the diagonal of a column")
    scalar, array = coefficient(node)
    column = _diagonal_of(array)
    return None if column is None else scale(scalar, column)


def _diagonal_of(array):
    if is_constant(array, "eye") or is_constant(array, "ones"):
        return ones(array.rows)
    if is_constant(array, "zeros"):
        return zero_of((array.rows, ONE))
    if isinstance(array, Diagonal):
        return array.args[0]
    if isinstance(array, MatMul):
        first, *rest = array.args
        if first.is_column or array.args[-1].is_row and len(rest) == 1:
            return hadamard(first, transpose(matmul(*rest)))
        for index in range(1, len(array.args)):
            if array.args[index - 1].is_column:
                return hadamard(matmul(*array.args[:index]), transpose(matmul(*array.args[index:])))
    return None


def frobenius_product(left, right):
    """Return the sum of the entries of left * right, as a trace or an inner product where one is at hand."""
    if not is_array(left) and not is_array(right):
        return Mul(left, right)
    if left.is_column:
        return matmul(transpose(left), right)
    if left.is_row:
        return matmul(left, transpose(right))
    if any(isinstance(coefficient(a)[1], (Hadamard, Power)) or repeated(coefficient(a)[1]) for a in (left, right)):
        joined = hadamard(left, right)
        return matmul(ones(ONE, joined.rows), joined, ones(joined.cols))
    return trace(matmul(transpose(left), right))


def total(node):
    """sum(X): the sum of all entries."""
    if not is_array(node):
        return node
    return matmul(ones(ONE, node.rows), node, ones(node.cols))


def sum_axis(node, axis):
    """sum(X, axis=0), a row, or sum(X, axis=1), a column."""
    rows, cols = shape_of(node)
    return matmul(ones(ONE, rows), node) if axis == 0 else matmul(node, ones(cols))
