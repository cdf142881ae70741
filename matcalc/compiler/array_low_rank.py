"""Systems with F @ F.T + diag(d) for a thin F and a positive d: functions that generated code gets the text of.

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


def tensor_low_rank_factor(F, d):
    """F: n, k; d: n, or a scalar -> as low_rank_factor, in torch; the value of no tensor is asked for."""
    n, k = F.shape
    d = torch.as_tensor(d, dtype=F.dtype, device=F.device).expand(n)  # noqa: F821
    if 2 * k >= n:
        return None, d, torch.linalg.cholesky(F @ F.T + torch.diag(d))  # noqa: F821
    G = F / d[:, None]
    identity = torch.eye(k, dtype=F.dtype, device=F.device)  # noqa: F821
    return G, d, torch.linalg.cholesky(identity + F.T @ G)  # noqa: F821


def tensor_low_rank_solve(factor, B):
    """factor: of tensor_low_rank_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    G, d, inner = factor
    columns = B[:, None] if B.ndim == 1 else B
    if G is None:
        solution = torch.cholesky_solve(columns, inner)  # noqa: F821
    else:
        solution = columns / d[:, None]
        solution = solution - G @ torch.cholesky_solve(G.T @ columns, inner)  # noqa: F821
    return solution[:, 0] if B.ndim == 1 else solution


def tensor_low_rank_logdet(factor):
    """factor: of tensor_low_rank_factor -> scalar; the logarithm of the determinant."""
    G, d, inner = factor
    total = 2 * torch.sum(torch.log(torch.diagonal(inner)))  # noqa: F821
    return total if G is None else total + torch.sum(torch.log(d))  # noqa: F821


def tensor_low_rank_inverse(factor):
    """factor: of tensor_low_rank_factor -> n, n; the inverse."""
    d = factor[1]
    return tensor_low_rank_solve(factor, torch.eye(len(d), dtype=d.dtype, device=d.device))  # noqa: F821
