"""Systems with F @ F.T + diag(d) for a thin F and a positive d: functions that generated code gets the text of.

The inverse is diag(1/d) - G @ inv(C) @ G.T with G = diag(1/d) @ F and C = I + F.T @ G (Woodbury 1950), the determinant
det(C) times the product of d. Where F is not thin the matrix is factorised itself.
"""


def low_rank_factor(F, d):
    """F: n, k; d: n, or a scalar -> (F, G, d, Cholesky factor of C), F for G of a scalar.

    Without G the factor is that of the sum, as symmetric_factor has it.
    """
    n, k = F.shape
    if 2 * k < n:
        if not numpy.min(d) > 0:  # noqa: F821
            raise numpy.linalg.LinAlgError("an entry of the diagonal is not positive")  # noqa: F821
        G = F / d[:, None] if numpy.ndim(d) else F  # noqa: F821
        C = F.T @ G
        if G is F:
            C /= d
        C.flat[:: k + 1] += 1
        factor = F, G, d, scipy.linalg.cho_factor(C, lower=True, check_finite=False)  # noqa: F821
        if low_rank_keeps_digits(factor):
            return factor
    whole = F @ F.T
    whole.flat[:: n + 1] += d
    return F, None, d, (True, scipy.linalg.cho_factor(whole, lower=True, check_finite=False))  # noqa: F821


def low_rank_keeps_digits(factor):
    """factor: of low_rank_factor -> whether the identity costs no more than a few digits.

    1/d of a row of F that stands almost alone is taken from nearly itself: 1 - t of it is left, with the
    leverage t of the row, which is at most s/(1 + s) with s = norm(row)**2/d.
    """
    F, G, d, inner = factor
    if numpy.max(numpy.einsum("ij,ij->i", F, F) / d) < 1e4:  # noqa: F821
        return True
    columns = scipy.linalg.cho_solve(inner, G.T, check_finite=False)  # noqa: F821
    leverages = numpy.einsum("ij,ji->i", F, columns) / (d if G is F else 1)  # noqa: F821
    return not numpy.max(leverages) > 1 - 1e-4  # noqa: F821


def low_rank_factor_tried(F, d):
    """As low_rank_factor, of a sum that may not be positive definite: without a positive d it is there as a whole."""
    n, k = F.shape
    if 2 * k < n and numpy.min(d) > 0:  # noqa: F821
        return low_rank_factor(F, d)
    whole = F @ F.T
    whole.flat[:: n + 1] += d
    return F, None, d, symmetric_factor(whole)  # noqa: F821


def low_rank_solve(factor, B):
    """factor: of low_rank_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    F, G, d, inner = factor
    if G is None:
        return symmetric_solve(inner, B)  # noqa: F821
    part = G @ scipy.linalg.cho_solve(inner, G.T @ B, check_finite=False)  # noqa: F821
    if G is F:
        part *= -1 / d
        part += B
        part /= d
        return part
    solution = B / (d[:, None] if B.ndim > 1 else d)
    solution -= part
    return solution


def low_rank_logdet(factor):
    """factor: of low_rank_factor -> scalar; the logarithm of the determinant."""
    F, G, d, inner = factor
    if G is None:
        return symmetric_logdet(inner)  # noqa: F821
    total = 2 * numpy.sum(numpy.log(numpy.diagonal(inner[0])))  # noqa: F821
    return total + numpy.sum(numpy.log(d)) * (1 if numpy.ndim(d) else len(F))  # noqa: F821


def low_rank_inverse(factor):
    """factor: of low_rank_factor -> n, n; the inverse."""
    return low_rank_inverse_by_columns(factor, low_rank_columns(factor))


def low_rank_inverse_by_columns(factor, columns):
    """factor: of low_rank_factor; columns: of low_rank_columns -> n, n; the inverse."""
    F, G, d, _ = factor
    if G is None:
        return low_rank_solve(factor, numpy.eye(len(F), dtype=F.dtype))  # noqa: F821
    inverse = (G * (-1 / d) if G is F else -G) @ columns.T
    inverse.flat[:: len(F) + 1] += 1 / d
    return inverse


def low_rank_columns(factor):
    """factor: of low_rank_factor -> n, k; the inverse times F, which is G @ inv(C)."""
    F, G, d, inner = factor
    if G is None:
        return symmetric_solve(inner, F)  # noqa: F821
    identity = numpy.eye(F.shape[1], dtype=F.dtype)  # noqa: F821
    if G is F:
        identity /= d
    return G @ scipy.linalg.cho_solve(inner, identity, check_finite=False)  # noqa: F821


def low_rank_diagonal(factor, columns):
    """factor: of low_rank_factor; columns: of low_rank_columns -> n; the diagonal of the inverse."""
    F, G, d, _ = factor
    if G is None:
        return numpy.diagonal(low_rank_inverse(factor))  # noqa: F821
    return 1 / d - numpy.einsum("ij,ij->i", G, columns) / (d if G is F else 1)  # noqa: F821


def low_rank_square(factor):
    """factor: of low_rank_factor -> scalar; the trace of F.T @ inverse @ F, of which C knows: I - inv(C)."""
    F, G, _, inner = factor
    if G is None:
        return numpy.vdot(F, low_rank_columns(factor))  # noqa: F821
    k = F.shape[1]
    identity = numpy.eye(k, dtype=F.dtype)  # noqa: F821
    return k - numpy.trace(scipy.linalg.cho_solve(inner, identity, check_finite=False))  # noqa: F821


def low_rank_trace(factor):
    """factor: of low_rank_factor -> scalar; the trace of the inverse."""
    F, G, d, _ = factor
    if G is not None and not numpy.ndim(d):  # noqa: F821
        return (len(F) - low_rank_square(factor)) / d
    if G is None:
        return numpy.trace(low_rank_inverse(factor))  # noqa: F821
    return numpy.sum(1 / d) - numpy.vdot(G, low_rank_columns(factor))  # noqa: F821


def low_rank_trace_by_columns(factor, columns):
    """factor: of low_rank_factor; columns: of low_rank_columns -> scalar; the trace of the inverse."""
    F, G, d, _ = factor
    if G is None:
        return numpy.trace(low_rank_inverse(factor))  # noqa: F821
    if G is F:
        return (len(F) - numpy.vdot(F, columns)) / d  # noqa: F821
    return numpy.sum(1 / d) - numpy.vdot(G, columns)  # noqa: F821


def low_rank_factor_within(F, d, M):
    """F: n, k; d: n, or a scalar; M: k, k, pd -> as low_rank_factor, of F @ inv(M) @ F.T + diag(d) and C = M + F.T @ G.

    Where d is not positive the sum is there as a whole.
    """
    n, k = F.shape
    if 2 * k < n and numpy.min(d) > 0:  # noqa: F821
        G = F / d[:, None] if numpy.ndim(d) else F  # noqa: F821
        C = F.T @ G
        if G is F:
            C /= d
        C += M
        factor = F, G, d, scipy.linalg.cho_factor(C, lower=True, check_finite=False)  # noqa: F821
        if low_rank_keeps_digits(factor):
            return factor
    half = scipy.linalg.solve_triangular(numpy.linalg.cholesky(M), F.T, lower=True)  # noqa: F821
    whole = half.T @ half
    whole.flat[:: n + 1] += d
    return F, None, d, symmetric_factor(whole)  # noqa: F821


def low_rank_columns_within(factor, M):
    """factor: of low_rank_factor_within; M: k, k -> n, k; the inverse times F @ inv(M), which is G @ inv(C)."""
    F, G, _, inner = factor
    if G is None:
        return numpy.linalg.solve(M, symmetric_solve(inner, F).T).T  # noqa: F821
    return low_rank_columns(factor)


def low_rank_logdet_within(factor, logdet):
    """factor: of low_rank_factor_within; logdet: of M -> scalar; the logarithm of the determinant of the sum."""
    found = low_rank_logdet(factor)
    return found if factor[1] is None else found - logdet


def low_rank_met(factor, X, product):
    """factor: of low_rank_factor; X: n, n; product: X @ inverse @ F -> scalar; the trace of inverse @ X."""
    F, G, d, _ = factor
    if G is None:
        return numpy.trace(low_rank_solve(factor, X))  # noqa: F821
    if G is F:
        return (numpy.trace(X) - numpy.vdot(F, product)) / d  # noqa: F821
    return numpy.sum(numpy.diagonal(X) / d) - numpy.vdot(G, product)  # noqa: F821


def low_rank_between(factor, columns, X, product):
    """As low_rank_met; columns: of low_rank_columns -> n; the diagonal of inverse @ X @ inverse.

    The product is that of the symmetric part of X.
    """
    F, G, d, _ = factor
    if G is None:
        return numpy.einsum("ij,ji->i", low_rank_solve(factor, X), low_rank_inverse(factor))  # noqa: F821
    rest = F @ (columns.T @ product)
    rest -= product
    rest -= product
    return (numpy.diagonal(X) + numpy.einsum("ij,ij->i", F, rest)) / (d * d)  # noqa: F821


def low_rank_between_trace(factor, columns, X, product):
    """As low_rank_between -> scalar; the trace of inverse @ X @ inverse."""
    F, G, d, _ = factor
    if G is None or numpy.ndim(d):  # noqa: F821
        return numpy.sum(low_rank_between(factor, columns, X, product))  # noqa: F821
    rest = numpy.vdot(F.T @ F, columns.T @ product)  # noqa: F821
    return (numpy.trace(X) - 2 * numpy.vdot(F, product) + rest) / (d * d)  # noqa: F821


def tensor_low_rank_factor(F, d):
    """F: n, k; d: n, or a scalar -> as low_rank_factor, in torch; the value of no tensor is asked for."""
    n, k = F.shape
    d = torch.as_tensor(d, dtype=F.dtype, device=F.device).expand(n)  # noqa: F821
    if 2 * k >= n:
        return F, None, d, torch.linalg.cholesky(F @ F.T + torch.diag(d))  # noqa: F821
    G = F / d[:, None]
    identity = torch.eye(k, dtype=F.dtype, device=F.device)  # noqa: F821
    return F, G, d, torch.linalg.cholesky(identity + F.T @ G)  # noqa: F821


def tensor_low_rank_solve(factor, B):
    """factor: of tensor_low_rank_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    _, G, d, inner = factor
    columns = B[:, None] if B.ndim == 1 else B
    if G is None:
        solution = torch.cholesky_solve(columns, inner)  # noqa: F821
    else:
        solution = columns / d[:, None]
        solution = solution - G @ torch.cholesky_solve(G.T @ columns, inner)  # noqa: F821
    return solution[:, 0] if B.ndim == 1 else solution


def tensor_low_rank_logdet(factor):
    """factor: of tensor_low_rank_factor -> scalar; the logarithm of the determinant."""
    _, G, d, inner = factor
    total = 2 * torch.sum(torch.log(torch.diagonal(inner)))  # noqa: F821
    return total if G is None else total + torch.sum(torch.log(d))  # noqa: F821


def tensor_low_rank_inverse(factor):
    """factor: of tensor_low_rank_factor -> n, n; the inverse."""
    d = factor[2]
    return tensor_low_rank_solve(factor, torch.eye(len(d), dtype=d.dtype, device=d.device))  # noqa: F821


def tensor_low_rank_columns(factor):
    """factor: of tensor_low_rank_factor -> n, k; the inverse times F, which is G @ inv(C)."""
    F, G, _, inner = factor
    return torch.cholesky_solve(F, inner) if G is None else torch.cholesky_solve(G.T, inner).T  # noqa: F821


def tensor_low_rank_diagonal(factor, columns):
    """factor: of tensor_low_rank_factor; columns: of tensor_low_rank_columns -> n; the diagonal of the inverse."""
    _, G, d, _ = factor
    if G is None:
        return torch.diagonal(tensor_low_rank_inverse(factor))  # noqa: F821
    return 1 / d - torch.linalg.vecdot(G, columns, dim=1)  # noqa: F821


def tensor_low_rank_square(factor):
    """factor: of tensor_low_rank_factor -> scalar; the trace of F.T @ inverse @ F, of which C knows: I - inv(C)."""
    F, G, _, inner = factor
    if G is None:
        return torch.sum(F * torch.cholesky_solve(F, inner))  # noqa: F821
    identity = torch.eye(F.shape[1], dtype=F.dtype, device=F.device)  # noqa: F821
    return F.shape[1] - torch.trace(torch.cholesky_solve(identity, inner))  # noqa: F821


def tensor_low_rank_trace(factor):
    """factor: of tensor_low_rank_factor -> scalar; the trace of the inverse."""
    _, G, d, inner = factor
    if G is None:
        return torch.trace(tensor_low_rank_inverse(factor))  # noqa: F821
    return torch.sum(1 / d) - torch.trace(torch.cholesky_solve(G.T @ G, inner))  # noqa: F821


def tensor_low_rank_met(factor, X, product):
    """factor: of tensor_low_rank_factor; X: n, n; product: X @ inverse @ F -> scalar; the trace of inverse @ X."""
    _, G, d, _ = factor
    if G is None:
        return torch.trace(tensor_low_rank_solve(factor, X))  # noqa: F821
    return torch.sum(torch.diagonal(X) / d) - torch.sum(G * product)  # noqa: F821


def tensor_low_rank_between(factor, columns, X, product):
    """As tensor_low_rank_met; columns: of tensor_low_rank_columns -> n; the diagonal of inverse @ X @ inverse."""
    F, G, d, _ = factor
    if G is None:
        return torch.sum(tensor_low_rank_solve(factor, X) * tensor_low_rank_inverse(factor), dim=1)  # noqa: F821
    rest = torch.sum(F * (F @ (columns.T @ product) - 2 * product), dim=1)  # noqa: F821
    return (torch.diagonal(X) + rest) / (d * d)  # noqa: F821


def tensor_low_rank_between_trace(factor, columns, X, product):
    """As tensor_low_rank_between -> scalar; the trace of inverse @ X @ inverse."""
    return torch.sum(tensor_low_rank_between(factor, columns, X, product))  # noqa: F821


def traced_low_rank_factor(F, d):
    """F: n, k; d: n, or a scalar -> as low_rank_factor, in JAX; the value of no array is asked for."""
    n, k = F.shape
    d = jnp.broadcast_to(d, (n,))  # noqa: F821
    if 2 * k >= n:
        return F, None, d, jax.scipy.linalg.cho_factor(F @ F.T + jnp.diag(d), lower=True)  # noqa: F821
    G = F / d[:, None]
    return F, G, d, jax.scipy.linalg.cho_factor(jnp.eye(k, dtype=F.dtype) + F.T @ G, lower=True)  # noqa: F821


def traced_low_rank_solve(factor, B):
    """factor: of traced_low_rank_factor; B: n, or n, m -> n, or n, m; the solution of the system."""
    _, G, d, inner = factor
    if G is None:
        return jax.scipy.linalg.cho_solve(inner, B)  # noqa: F821
    return B / (d if B.ndim == 1 else d[:, None]) - G @ jax.scipy.linalg.cho_solve(inner, G.T @ B)  # noqa: F821


def traced_low_rank_logdet(factor):
    """factor: of traced_low_rank_factor -> scalar; the logarithm of the determinant."""
    _, G, d, inner = factor
    total = 2 * jnp.sum(jnp.log(jnp.diagonal(inner[0])))  # noqa: F821
    return total if G is None else total + jnp.sum(jnp.log(d))  # noqa: F821


def traced_low_rank_inverse(factor):
    """factor: of traced_low_rank_factor -> n, n; the inverse."""
    d = factor[2]
    return traced_low_rank_solve(factor, jnp.eye(len(d), dtype=d.dtype))  # noqa: F821


def traced_low_rank_columns(factor):
    """factor: of traced_low_rank_factor -> n, k; the inverse times F, which is G @ inv(C)."""
    F, G, _, inner = factor
    if G is None:
        return jax.scipy.linalg.cho_solve(inner, F)  # noqa: F821
    return jax.scipy.linalg.cho_solve(inner, G.T).T  # noqa: F821


def traced_low_rank_diagonal(factor, columns):
    """factor: of traced_low_rank_factor; columns: of traced_low_rank_columns -> n; the diagonal of the inverse."""
    _, G, d, _ = factor
    if G is None:
        return jnp.diagonal(traced_low_rank_inverse(factor))  # noqa: F821
    return 1 / d - jnp.sum(G * columns, axis=1)  # noqa: F821


def traced_low_rank_square(factor):
    """factor: of traced_low_rank_factor -> scalar; the trace of F.T @ inverse @ F, of which C knows: I - inv(C)."""
    F, G, _, inner = factor
    if G is None:
        return jnp.sum(F * jax.scipy.linalg.cho_solve(inner, F))  # noqa: F821
    k = F.shape[1]
    return k - jnp.trace(jax.scipy.linalg.cho_solve(inner, jnp.eye(k, dtype=F.dtype)))  # noqa: F821


def traced_low_rank_trace(factor):
    """factor: of traced_low_rank_factor -> scalar; the trace of the inverse."""
    _, G, d, inner = factor
    if G is None:
        return jnp.trace(traced_low_rank_inverse(factor))  # noqa: F821
    return jnp.sum(1 / d) - jnp.trace(jax.scipy.linalg.cho_solve(inner, G.T @ G))  # noqa: F821


def traced_low_rank_met(factor, X, product):
    """factor: of traced_low_rank_factor; X: n, n; product: X @ inverse @ F -> scalar; the trace of inverse @ X."""
    _, G, d, _ = factor
    if G is None:
        return jnp.trace(traced_low_rank_solve(factor, X))  # noqa: F821
    return jnp.sum(jnp.diagonal(X) / d) - jnp.sum(G * product)  # noqa: F821


def traced_low_rank_between(factor, columns, X, product):
    """As traced_low_rank_met; columns: of traced_low_rank_columns -> n; the diagonal of inverse @ X @ inverse."""
    F, G, d, _ = factor
    if G is None:
        return jnp.sum(traced_low_rank_solve(factor, X) * traced_low_rank_inverse(factor), axis=1)  # noqa: F821
    rest = jnp.sum(F * (F @ (columns.T @ product) - 2 * product), axis=1)  # noqa: F821
    return (jnp.diagonal(X) + rest) / (d * d)  # noqa: F821


def traced_low_rank_between_trace(factor, columns, X, product):
    """As traced_low_rank_between -> scalar; the trace of inverse @ X @ inverse."""
    return jnp.sum(traced_low_rank_between(factor, columns, X, product))  # noqa: F821
