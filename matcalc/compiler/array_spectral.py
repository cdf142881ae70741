"""Functions of symmetric matrices in generated torch code, which gets the text of these functions.

From one decomposition by eigenvalues, as in NumPy's code, where no derivative is asked of what they compute: that of
eigenvectors has no value where two eigenvalues meet. Otherwise by the functions of any matrix, which have all of them.
"""


def symmetric_eigen(X):
    """X: n, n, symmetric -> (X, eigenvalues, eigenvectors), None for these where X may be differentiated by."""
    differentiable = torch.is_grad_enabled() and X.requires_grad  # noqa: F821
    if differentiable or torch.autograd.forward_ad.unpack_dual(X).tangent is not None:  # noqa: F821
        return X, None, None
    return X, *torch.linalg.eigh(X)  # noqa: F821


def positive_part(values):
    """values: n -> n; those that are positive, NaN for the others."""
    return torch.where(values > 0, values, torch.nan)  # noqa: F821


def spectral_function(factor, function, otherwise):
    """factor: of symmetric_eigen; function: of numbers; otherwise: of a matrix -> n, n; that function of the matrix."""
    X, values, vectors = factor
    return otherwise(X) if vectors is None else (vectors * function(values)) @ vectors.T


def spectral_change(factor, quotients, otherwise, E):
    """factor: of symmetric_eigen; quotients: of its eigenvalues; E: n, n -> n, n; the Fréchet derivative."""
    X, values, vectors = factor
    if vectors is None or torch.is_grad_enabled() and E.requires_grad:  # noqa: F821
        return otherwise(X, E)
    return vectors @ (quotients(values) * (vectors.T @ E @ vectors)) @ vectors.T


def exp_quotients(w):
    """w: n -> n, n; (exp(w[i]) - exp(w[j]))/(w[i] - w[j]), without cancellation."""
    gap, larger = torch.abs(w[:, None] - w), torch.maximum(w[:, None], w)  # noqa: F821
    one = torch.ones_like(gap)  # noqa: F821
    return torch.exp(larger) * torch.where(gap == 0, one, -torch.expm1(-gap) / torch.where(gap == 0, one, gap))  # noqa: F821


def log_quotients(w):
    """w: n, positive -> n, n; (log(w[i]) - log(w[j]))/(w[i] - w[j]), without cancellation."""
    gap, least = torch.abs(w[:, None] - w), torch.minimum(w[:, None], w)  # noqa: F821
    equal = gap == 0
    return torch.where(equal, 1 / least, torch.log1p(gap / least) / torch.where(equal, least, gap))  # noqa: F821


def sqrt_quotients(w):
    """w: n, positive -> n, n; (sqrt(w[i]) - sqrt(w[j]))/(w[i] - w[j])."""
    root = torch.sqrt(w)  # noqa: F821
    return 1 / (root[:, None] + root)
