"""Systems with F @ F.T + diag(d) for a thin F and a positive d: functions that generated NumPy code gets the text of.

The inverse is diag(1/d) - G @ inv(C) @ G.T with G = diag(1/d) @ F and C = I + F.T @ G (Woodbury 1950), the determinant
det(C) times the product of d. Where F is not thin the matrix is factorised itself.
"""


def low_rank_factor(F, d):
    """F: n, k; d: n, or a scalar -> (G, d, Cholesky factor of C), G None where the factor is of F @ F.T + diag(d)."""
    n, k = F.shape
    d = numpy.broadcast_to(d, (n,))  # noqa: F821
    if 2 * k >= n:
        whole = F @ F.T
        whole.flat[:: n + 1] += d
        return None, d, scipy.linalg.cho_factor(whole, lower=True, check_finite=False)  # noqa: F821
    if not d.min() > 0:
        raise numpy.linalg.LinAlgError("an entry of the diagonal is not positive")  # noqa: F821
    G = F / d[:, None]
    C = F.T @ G
    C.flat[:: k + 1] += 1
    return G, d, scipy.linalg.cho_factor(C, lower=True, check_finite=False)  # noqa: F821


def low_rank_solve(factor, B):
    """factor: of low_rank_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    G, d, inner = factor
    if G is None:
        return scipy.linalg.cho_solve(inner, B, check_finite=False)  # noqa: F821
    solution = B / (d if B.ndim == 1 else d[:, None])
    solution -= G @ scipy.linalg.cho_solve(inner, G.T @ B, check_finite=False)  # noqa: F821
    return solution


def low_rank_logdet(factor):
    """factor: of low_rank_factor -> scalar; the logarithm of the determinant."""
    G, d, inner = factor
    total = 2 * numpy.sum(numpy.log(numpy.diagonal(inner[0])))  # noqa: F821
    return total if G is None else total + numpy.sum(numpy.log(d))  # noqa: F821


def low_rank_inverse(factor):
    """factor: of low_rank_factor -> n, n; the inverse."""
    return low_rank_solve(factor, numpy.eye(len(factor[1]), dtype=factor[1].dtype))  # noqa: F821
