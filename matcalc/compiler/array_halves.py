"""Halves of square matrices as vectors, written with the Python array API standard alone: vech, vecp, partial traces.

As those of ``array_functions``: generated code gets their text, each keeps its dtype and device, and JAX can trace it.
``elim_rows(M)`` is elim(n) @ M and so on: no matrix of zeros and ones is built, rows are taken.
"""


def vech(X):
    """X: n, n -> n*(n + 1)//2; the columns of the lower triangle, one after the other."""
    xp = X.__array_namespace__()
    return xp.concat([X[j:, j] for j in range(X.shape[0])], axis=0)


def vecp(X):
    """X: n, n -> n*(n - 1)//2; the columns below the diagonal, one after the other."""
    xp = X.__array_namespace__()
    return xp.concat([X[j + 1 :, j] for j in range(X.shape[0] - 1)], axis=0)


def lower_slices(M, n, k):
    """M: rows, m -> n, n, m; its rows as the columns of triangles that begin k below the diagonal."""
    xp = M.__array_namespace__()
    columns, start = [], 0
    for j in range(n):
        stop = start + max(n - j - k, 0)
        above = xp.zeros_like(M[:1, :] + xp.zeros((min(j + k, n), 1), dtype=M.dtype, device=M.device))
        columns.append(xp.concat([above, M[start:stop, :]], axis=0))
        start = stop
    return xp.stack(columns, axis=0)


def unvech(x, n):
    """x: n*(n + 1)//2 -> n, n; the symmetric matrix with these columns in its lower triangle."""
    xp = x.__array_namespace__()
    lower = lower_slices(x[:, None], n, 0)[:, :, 0]
    places = xp.arange(n, device=x.device)
    return xp.where(places[:, None] <= places[None, :], lower, lower.T)


def unvecp(x, n):
    """x: n*(n - 1)//2 -> n, n; the strictly lower triangular matrix with these columns."""
    return lower_slices(x[:, None], n, 1)[:, :, 0].T


def elim_rows(M):
    """M: n*n, m -> n*(n + 1)//2, m; elim(n) @ M."""
    xp = M.__array_namespace__()
    n = round(M.shape[0] ** 0.5)
    return xp.concat([M[j * n + j : (j + 1) * n, :] for j in range(n)], axis=0)


def strict_rows(M):
    """M: n*n, m -> n*(n - 1)//2, m; elim(n, -1) @ M."""
    xp = M.__array_namespace__()
    n = round(M.shape[0] ** 0.5)
    return xp.concat([M[j * n + j + 1 : (j + 1) * n, :] for j in range(n - 1)], axis=0)


def dup_rows(M):
    """M: n*(n + 1)//2, m -> n*n, m; dup(n) @ M."""
    xp = M.__array_namespace__()
    n = round((8 * M.shape[0] + 1) ** 0.5) // 2
    lower = lower_slices(M, n, 0)
    places = xp.arange(n, device=M.device)
    below = (places[:, None] <= places[None, :])[:, :, None]
    return xp.reshape(xp.where(below, lower, xp.permute_dims(lower, (1, 0, 2))), (n * n, -1))


def elim_columns(M):
    """M: n*(n + 1)//2, m -> n*n, m; elim(n).T @ M."""
    xp = M.__array_namespace__()
    n = round((8 * M.shape[0] + 1) ** 0.5) // 2
    return xp.reshape(lower_slices(M, n, 0), (n * n, -1))


def strict_columns(M):
    """M: n*(n - 1)//2, m -> n*n, m; elim(n, -1).T @ M."""
    xp = M.__array_namespace__()
    n = (round((8 * M.shape[0] + 1) ** 0.5) + 1) // 2
    return xp.reshape(lower_slices(M, n, 1), (n * n, -1))


def dup_columns(M):
    """M: n*n, m -> n*(n + 1)//2, m; dup(n).T @ M."""
    xp = M.__array_namespace__()
    n = round(M.shape[0] ** 0.5)
    blocks = xp.reshape(M, (n, n, -1))
    places = xp.arange(n, device=M.device)
    off = (places[:, None] != places[None, :])[:, :, None]
    turned = xp.permute_dims(blocks, (1, 0, 2))
    both = xp.reshape(blocks + xp.where(off, turned, xp.zeros_like(turned)), (n * n, -1))
    return xp.concat([both[j * n + j : (j + 1) * n, :] for j in range(n)], axis=0)


def ptrace(X, k, axis):
    """X: r*k, s*k -> r, s; the sum over the second index of rows and columns, over the first one where axis is 0."""
    xp = X.__array_namespace__()
    r, s = X.shape[0] // k, X.shape[1] // k
    if axis == 0:
        return xp.sum(xp.stack([X[i * r : (i + 1) * r, i * s : (i + 1) * s] for i in range(k)], axis=0), axis=0)
    blocks = xp.reshape(X, (r, k, s, k))
    return xp.sum(xp.stack([blocks[:, i, :, i] for i in range(k)], axis=0), axis=0)
