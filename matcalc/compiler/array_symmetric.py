"""Symmetric matrices in generated NumPy code, which gets the text of these functions: Cholesky tried, and eigenvalues.

A function of a symmetric matrix, and its Fréchet derivative, are had from one decomposition: V @ diag(f(w)) @ V.T, and
V @ (L * (V.T @ E @ V)) @ V.T with L[i, j] = (f(w[i]) - f(w[j]))/(w[i] - w[j]) (Higham 2008, theorem 3.11).
"""


def symmetric_factor(A):
    """A: n, n, symmetric -> (whether it is positive definite, its factor by Cholesky, else by LU)."""
    try:
        return True, scipy.linalg.cho_factor(A, lower=True, check_finite=False)  # noqa: F821
    except numpy.linalg.LinAlgError:  # noqa: F821
        return False, lu_factor(A)  # noqa: F821


def symmetric_solve(factor, B):
    """factor: of symmetric_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    positive, inner = factor
    if positive:
        return scipy.linalg.cho_solve(inner, B, check_finite=False)  # noqa: F821
    return scipy.linalg.lu_solve(inner, B, check_finite=False)  # noqa: F821


def symmetric_logdet(factor):
    """factor: of symmetric_factor -> scalar; the logarithm of the determinant's absolute value."""
    positive, inner = factor
    return (1 + positive) * numpy.sum(numpy.log(numpy.abs(numpy.diagonal(inner[0]))))  # noqa: F821


def symmetric_inverse(factor):
    """factor: of symmetric_factor -> n, n; the inverse."""
    positive, inner = factor
    if positive:
        return inverse_from_cholesky(inner)  # noqa: F821
    return scipy.linalg.lu_solve(inner, numpy.eye(len(inner[0]), dtype=inner[0].dtype))  # noqa: F821


def positive_eigen(X):
    """X: n, n, symmetric -> (ascending eigenvalues, eigenvectors); raises LinAlgError where one is not positive."""
    values, vectors = numpy.linalg.eigh(X)  # noqa: F821
    if not values[0] > 0:
        raise numpy.linalg.LinAlgError("an eigenvalue is not positive")  # noqa: F821
    return values, vectors


def function_by_eigenvalues(factor, function):
    """factor: eigenvalues and eigenvectors; function: of an array of numbers -> n, n; that function of the matrix."""
    values, vectors = factor
    return (vectors * function(values)) @ vectors.T


def change_by_eigenvalues(factor, quotients, E):
    """factor: eigenvalues and eigenvectors; quotients: of the eigenvalues; E: n, n -> n, n; the Fréchet derivative."""
    values, vectors = factor
    inner = quotients(values)
    inner *= vectors.T @ E @ vectors
    return vectors @ inner @ vectors.T


def quotients_of_exp(w):
    """w: n -> n, n; (exp(w[i]) - exp(w[j]))/(w[i] - w[j]), without cancellation."""
    gap = numpy.abs(w[:, None] - w)  # noqa: F821
    equal = gap == 0
    gap[equal] = 1
    return numpy.exp(numpy.maximum(w[:, None], w)) * numpy.where(equal, 1, -numpy.expm1(-gap) / gap)  # noqa: F821


def quotients_of_log(w):
    """w: n, positive -> n, n; (log(w[i]) - log(w[j]))/(w[i] - w[j]), without cancellation."""
    gap, least = numpy.abs(w[:, None] - w), numpy.minimum(w[:, None], w)  # noqa: F821
    equal = gap == 0
    gap[equal] = 1
    return numpy.where(equal, 1 / least, numpy.log1p(gap / least) / gap)  # noqa: F821


def quotients_of_sqrt(w):
    """w: n, positive -> n, n; (sqrt(w[i]) - sqrt(w[j]))/(w[i] - w[j])."""
    root = numpy.sqrt(w)  # noqa: F821
    return 1 / (root[:, None] + root)
