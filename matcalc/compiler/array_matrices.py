"""Functions of matrices that the Python array API standard lacks, written with it alone; see ``array_functions``.

Where a value cannot be had accurately, it is NaN: an error would need to ask for the value of an array.
"""


def kron(A, B):
    """A: m, n; B: p, q -> m*p, n*q; the Kronecker product."""
    xp = A.__array_namespace__()
    product = A[:, None, :, None] * B[None, :, None, :]
    return xp.reshape(product, (A.shape[0] * B.shape[0], A.shape[1] * B.shape[1]))


def log_det(X):
    """X: n, n -> scalar; log(det(X)) without the determinant, which overflows; NaN where it is negative."""
    xp = X.__array_namespace__()
    sign, size = xp.linalg.slogdet(X)
    return size + xp.log(sign)


def polar(X):
    """X: n, m -> n, m; the U of X = U @ H, with orthonormal columns or rows (Higham 2008, theorem 8.1).

    NaN where the smallest singular value is 0 to rounding.
    """
    xp = X.__array_namespace__()
    left, values, right = xp.linalg.svd(X, full_matrices=False)
    regular = values[-1] > max(1e-10, 8 * float(xp.finfo(X.dtype).eps)) * values[0]
    return xp.where(regular, left @ right, xp.nan * xp.ones_like(X))


# -- functions of matrices ---------------------------------------------------------------------------------------


def expm(X):
    """X: n, n -> n, n; the exponential by scaling and squaring of a Padé approximant (Higham 2005, algorithm 2.3).

    NaN where the norm of X is above five million.
    """
    xp = X.__array_namespace__()
    identity = xp.eye(X.shape[0], dtype=X.dtype, device=X.device)
    norm = xp.max(xp.sum(xp.abs(X), axis=0))
    scale = xp.ones_like(norm)
    for _ in range(20):
        scale = xp.where(norm > 5.37 * scale, 2 * scale, scale)
    X = X / scale
    X2 = X @ X
    X4 = X2 @ X2
    X6 = X4 @ X2
    odd = X6 @ (X6 + 16380 * X4 + 40840800 * X2)
    odd = odd + 33522128640 * X6 + 10559470521600 * X4 + 1187353796428800 * X2 + 32382376266240000 * identity
    even = X6 @ (182 * X6 + 960960 * X4 + 1323241920 * X2)
    even = even + 670442572800 * X6 + 129060195264000 * X4 + 7771770303897600 * X2 + 64764752532480000 * identity
    odd = X @ odd
    power = xp.linalg.solve(even - odd, even + odd)
    for step in range(20):
        power = xp.where(scale > 2**step, power @ power, power)
    return xp.where(norm > 5.37 * scale * xp.abs(xp.ones_like(power)), xp.nan * xp.ones_like(power), power)


def phi1(X):
    """X: n, n -> n, n; the sum of X**k/(k + 1)!, by the exponential of [[X, I], [0, 0]] (Higham 2008, 10.22)."""
    xp = X.__array_namespace__()
    n = X.shape[0]
    identity, zero = xp.eye(n, dtype=X.dtype, device=X.device), xp.zeros_like(X)
    block = xp.concat([xp.concat([X, identity], axis=1), xp.concat([zero, zero], axis=1)], axis=0)
    return expm(block)[:n, n:]


def square_root(X, steps):
    """X: n, n -> n, n; steps of the scaled product form of the Denman-Beavers iteration (Higham 2008, 6.29)."""
    xp = X.__array_namespace__()
    identity = xp.eye(X.shape[0], dtype=X.dtype, device=X.device)
    product = root = X
    for _ in range(steps):
        inverse = xp.linalg.inv(product)
        scaling = (xp.linalg.matrix_norm(inverse) / xp.linalg.matrix_norm(product)) ** 0.25
        far = xp.linalg.matrix_norm(product - identity) > 0.1
        scaling = xp.where(far, scaling, xp.ones_like(scaling))
        root = scaling * root @ (identity + inverse / scaling**2) / 2
        product = (identity + (scaling**2 * product + inverse / scaling**2) / 2) / 2
    return root


def sqrtm(X):
    """X: n, n -> n, n; the principal square root; NaN where an eigenvalue is 0 or on the negative real axis."""
    xp = X.__array_namespace__()
    root = square_root(X, 16)
    residual, size = xp.linalg.matrix_norm(root @ root - X), xp.linalg.matrix_norm(X)
    accurate = residual <= xp.finfo(X.dtype).eps ** 0.5 * size * xp.abs(xp.ones_like(root))
    return xp.where(accurate, root, xp.nan * xp.ones_like(root))


def logm(X):
    """X: n, n -> n, n; the principal logarithm, by square roots and a Padé approximant (Higham 2008, 11.18).

    NaN where an eigenvalue is 0 or on the negative real axis.
    """
    xp = X.__array_namespace__()
    identity = xp.eye(X.shape[0], dtype=X.dtype, device=X.device)
    root, scale = X, xp.ones_like(X)
    for step in range(12):
        far = xp.linalg.matrix_norm(root - identity) > 0.25 * xp.abs(xp.ones_like(X))
        # the nearer the roots are to the identity, the fewer steps the next one takes
        following = square_root(root, 8 if step < 3 else 6) if step else sqrtm(root)
        root, scale = xp.where(far, following, root), xp.where(far, 2 * scale, scale)
    change, total = root - identity, xp.zeros_like(X)
    # nodes and weights of Gauss-Legendre quadrature
    for node, weight in (
        (0.1834346424956498, 0.3626837833783620),
        (0.5255324099163290, 0.3137066458778873),
        (0.7966664774136267, 0.2223810344533745),
        (0.9602898564975363, 0.1012285362903763),
    ):
        for place in ((1 + node) / 2, (1 - node) / 2):
            total = total + weight / 2 * xp.linalg.solve(identity + place * change, change)
    near = xp.linalg.matrix_norm(change) < 0.5 * xp.abs(xp.ones_like(X))
    return xp.where(near, scale * total, xp.nan * xp.ones_like(total))


# -- Fréchet derivatives -------------------------------------------------------------------------------------------


def frechet(function, X, E):
    """X: n, n; E: n, n -> n, n; the upper right block of f([[X, E], [0, X]]), E scaled (Higham 2008, 3.16)."""
    xp = X.__array_namespace__()
    n = X.shape[0]
    size, length = xp.linalg.matrix_norm(X), xp.linalg.matrix_norm(E)
    size = xp.where(size > 0, size, xp.ones_like(size))
    length = xp.where(length > 0, length, xp.ones_like(length))
    lower = xp.concat([xp.zeros_like(X), X], axis=1)
    block = xp.concat([xp.concat([X, E * (size / length)], axis=1), lower], axis=0)
    return function(block)[:n, n:] * (length / size)


def expm_frechet(X, E):
    """X: n, n; E: n, n -> n, n; the Fréchet derivative of the exponential at X in the direction E."""
    return frechet(expm, X, E)


def sqrtm_frechet(X, E):
    """X: n, n; E: n, n -> n, n; the Fréchet derivative of the principal square root at X in the direction E."""
    return frechet(sqrtm, X, E)


def logm_frechet(X, E):
    """X: n, n; E: n, n -> n, n; the Fréchet derivative of the principal logarithm at X in the direction E."""
    return frechet(logm, X, E)


def matpow_frechet(X, k, E):
    """X: n, n; k: a whole number; E: n, n -> n, n; the Fréchet derivative of X**k at X in the direction E."""
    xp = X.__array_namespace__()
    power = int(k)
    if power != k:
        raise ValueError(f"the power of a matrix is a whole number, not {k}")
    return frechet(lambda block: xp.linalg.matrix_power(block, power), X, E)


def sylvester(A, B, C):
    """A: n, n; B: m, m; C: n, m -> n, m; the Y with A @ Y + Y @ B = C, as a linear system of n*m equations."""
    xp = C.__array_namespace__()
    # a scalar A or B stands for a matrix of one entry, and C is a vector
    n = C.shape[0] if getattr(A, "ndim", 0) else 1
    zero = xp.zeros_like(xp.reshape(C, (n, -1)))
    m = zero.shape[1]
    A = A + xp.zeros((n, n), dtype=C.dtype, device=C.device)
    B = B + xp.zeros((m, m), dtype=C.dtype, device=C.device)
    left = kron(A, xp.eye(m, dtype=C.dtype, device=C.device))
    right = kron(xp.eye(n, dtype=C.dtype, device=C.device), B.T)
    return xp.reshape(xp.linalg.solve(left + right, xp.reshape(C, (-1, 1))), C.shape)


# -- eigenvectors and singular vectors -------------------------------------------------------------------------------


def signs(vectors):
    """vectors: n, m -> m; the sign of the first of the largest entries of each column, ties within 1e-6."""
    xp = vectors.__array_namespace__()
    sizes = xp.abs(vectors)
    large = sizes >= xp.max(sizes, axis=0) * (1 - 1e-6)
    rows = xp.arange(vectors.shape[0], dtype=vectors.dtype, device=vectors.device)[:, None] + xp.zeros_like(vectors)
    first = xp.min(xp.where(large, rows, xp.ones_like(rows) * vectors.shape[0]), axis=0)
    return xp.sum(xp.where(rows == first, xp.sign(vectors), xp.zeros_like(vectors)), axis=0)


def eigvecs(X):
    """X: n, n, symmetric -> n, n; orthonormal eigenvectors in the order of the ascending eigenvalues.

    In each column the first of the largest entries is positive. NaN where two eigenvalues meet.
    """
    xp = X.__array_namespace__()
    values, vectors = xp.linalg.eigh(X)
    return determined(vectors * signs(vectors), values)


def eigprojmax(X):
    """X: n, n, symmetric or hermitian -> n, n; v@v.H of the unit eigenvector v of the largest eigenvalue."""
    xp = X.__array_namespace__()
    vector = xp.linalg.eigh(X)[1][:, -1]
    return vector[:, None] * xp.conj(vector)[None, :]


def eigvecmax(X):
    """X: n, n, symmetric -> n; the unit eigenvector of the largest eigenvalue, its largest entry positive.

    NaN where that eigenvalue is not simple.
    """
    xp = X.__array_namespace__()
    values, vectors = xp.linalg.eigh((X + X.T) / 2)
    vector = vectors[:, -1:] * signs(vectors[:, -1:])
    return determined(vector, values[-2:], xp.max(xp.abs(values)))[:, 0]


def eigvecmin(X):
    """X: n, n, symmetric -> n; the unit eigenvector of the smallest eigenvalue, its largest entry positive.

    NaN where that eigenvalue is not simple.
    """
    xp = X.__array_namespace__()
    values, vectors = xp.linalg.eigh((X + X.T) / 2)
    vector = vectors[:, :1] * signs(vectors[:, :1])
    return determined(vector, values[:2], xp.max(xp.abs(values)))[:, 0]


def determined(vectors, values, size=None):
    """vectors: n, k; values: their eigenvalues or singular values in order -> vectors, NaN where two values meet."""
    xp = vectors.__array_namespace__()
    if values.shape[0] < 2:
        return vectors
    size = xp.max(xp.abs(values)) if size is None else size
    gap = xp.min(xp.abs(values[1:] - values[:-1]))
    # nearer than rounding tells them apart
    nearest = max(1e-10, 8 * float(xp.finfo(vectors.dtype).eps))
    return xp.where(gap > nearest * size, vectors, xp.nan * xp.ones_like(vectors))


def svdvals(X):
    """X: n, m with n >= m -> m; the singular values, descending. The one of a column is a scalar."""
    xp = X.__array_namespace__()
    return xp.linalg.svdvals(X) if X.ndim == 2 else xp.linalg.vector_norm(X)


def svdu(X):
    """X: n, m with n >= m -> n, m; the left singular vectors, in each the first of the largest entries positive.

    NaN where two singular values meet or one is 0.
    """
    xp = X.__array_namespace__()
    left, values, _ = xp.linalg.svd(xp.reshape(X, (X.shape[0], -1)), full_matrices=False)
    zero = xp.zeros_like(values[:1])
    return xp.reshape(determined(left * signs(left), xp.concat([values, zero], axis=0)), X.shape)


def svdv(X):
    """X: n, m with n >= m -> m, m; the right singular vectors that belong to svdu. That of a column is a scalar.

    NaN where two singular values meet or one is 0.
    """
    xp = X.__array_namespace__()
    left, values, right = xp.linalg.svd(xp.reshape(X, (X.shape[0], -1)), full_matrices=False)
    zero = xp.zeros_like(values[:1])
    right = determined(right.T * signs(left), xp.concat([values, zero], axis=0))
    return right if X.ndim == 2 else right[0, 0]


def inverse_from_cholesky(factor):
    """factor: the (n, n) array and the flag of scipy.linalg.cho_factor -> n, n; the inverse of the matrix it is of."""
    triangle, lower = factor
    invert = scipy.linalg.lapack.get_lapack_funcs("potri", (triangle,))  # noqa: F821
    inverse, _ = invert(triangle, lower=lower)
    half, n, step = inverse if lower else inverse.T, len(inverse), 64
    for start in range(0, n, step):
        stop = min(start + step, n)
        half[start:stop, stop:] = half[stop:, start:stop].T
        block = numpy.tril(half[start:stop, start:stop])  # noqa: F821
        half[start:stop, start:stop] = block + numpy.tril(block, -1).T  # noqa: F821
    return inverse


def inverse_from_lu(factor):
    """factor: of lu_factor -> n, n; the inverse of the matrix it is of."""
    factors, pivots = factor
    invert = scipy.linalg.lapack.get_lapack_funcs("getri", (factors,))  # noqa: F821
    inverse, _ = invert(factors, pivots)
    return inverse


def lu_factor(A):
    """A: n, n -> as scipy.linalg.lu_factor, which only warns of a singular A; raises LinAlgError for one."""
    A = numpy.asarray(A)  # noqa: F821
    factorise = scipy.linalg.lapack.get_lapack_funcs("getrf", (A,))  # noqa: F821
    factors, pivots, zero = factorise(A)
    if zero > 0:
        raise numpy.linalg.LinAlgError("Singular matrix")  # noqa: F821
    return factors, pivots


def plus_transpose(X):
    """X: n, n -> n, n; X + X.T, of a large X by tiles that stay in the cache: X.T lies in the opposite order."""
    n, step = X.shape[0], 64
    if n < 1500:
        return X + X.T
    result = numpy.empty((n, n), dtype=X.dtype)  # noqa: F821
    for i in range(0, n, step):
        for j in range(0, i + 1, step):
            tile = X[i : i + step, j : j + step] + X[j : j + step, i : i + step].T
            result[i : i + step, j : j + step] = tile
            result[j : j + step, i : i + step] = tile.T
    return result


def symmetric_product(A, x):
    """A: n, n, symmetric; x: n -> n; A @ x, for which BLAS reads one half of A."""
    multiply = scipy.linalg.blas.get_blas_funcs("symv", (A, x))  # noqa: F821
    # the transpose of an array in C's order is in the order that BLAS works on
    return multiply(1.0, A.T, x)


def add_outer_products(M, left, right):
    """M: n, m; left: vectors of n; right: as many of m -> n, m; M + sum of left[i] @ right[i].T, written into M."""
    if M.size < 4000:  # to look for the routine would take longer
        for one, other in zip(left, right):
            M += one[:, None] * other
        return M
    multiply = scipy.linalg.blas.get_blas_funcs("gemm", (M,))  # noqa: F821
    columns, rows = numpy.stack(right).T, numpy.stack(left).T  # noqa: F821
    if M.flags.f_contiguous:
        return multiply(1.0, rows, columns, beta=1.0, c=M, trans_b=True, overwrite_c=True)
    # M.T is in the order that BLAS works on where M is in C's
    return multiply(1.0, columns, rows, beta=1.0, c=M.T, trans_b=True, overwrite_c=True).T


def weighted_gram(A, weights):
    """A: n, m; weights: n -> m, m; A.T @ diag(weights) @ A, as the difference of two products that cost half of one."""
    positive = weights > 0
    above = numpy.sqrt(weights[positive])[:, None] * A[positive]  # noqa: F821
    below = numpy.sqrt(-weights[~positive])[:, None] * A[~positive]  # noqa: F821
    gram = above.T @ above
    gram -= below.T @ below
    return gram
