"""Vectors of three entries and the order of entries, written with the Python array API standard alone.

As those of ``array_functions``: generated code gets their text, each keeps its dtype and device, and JAX can trace it.
"""


def cross(a, b):
    """a: 3; b: 3 -> 3; the cross product."""
    xp = a.__array_namespace__()
    return xp.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def skew(x):
    """x: 3 -> 3, 3; the matrix of the cross product with x from the left."""
    xp = x.__array_namespace__()
    zero = xp.zeros_like(x[0])
    return xp.reshape(xp.stack([zero, -x[2], x[1], x[2], zero, -x[0], -x[1], x[0], zero]), (3, 3))


def vee(X):
    """X: 3, 3 -> 3; the x of which skew(x) is the skew part of X."""
    xp = X.__array_namespace__()
    return xp.stack([X[2, 1] - X[1, 2], X[0, 2] - X[2, 0], X[1, 0] - X[0, 1]]) / 2


def sortperm(x):
    """x: n -> n, n; the permutation matrix that sorts; equal entries keep their order."""
    xp = x.__array_namespace__()
    order = xp.argsort(x, stable=True)
    places = xp.arange(x.shape[0], device=x.device)
    return xp.where(order[:, None] == places[None, :], xp.ones_like(x)[None, :], xp.zeros_like(x)[None, :])


def median(X):
    """X: any shape -> 0-dimensional; the middle entry, or the mean of the two in the middle."""
    xp = X.__array_namespace__()
    entries = xp.sort(xp.reshape(X, (-1,)))
    return (entries[(entries.shape[0] - 1) // 2] + entries[entries.shape[0] // 2]) / 2


def hardmedian(X):
    """X: any shape -> the same; 1 at the middle entry, or 1/2 at each of the two in the middle."""
    xp = X.__array_namespace__()
    chosen = sortperm(xp.reshape(X, (-1,)))
    count = chosen.shape[0]
    return xp.reshape((chosen[(count - 1) // 2, :] + chosen[count // 2, :]) / 2, X.shape)


def qr_q(X):
    """X: n, m with n >= m -> n, m; the orthonormal factor for a positive diagonal of the other one."""
    xp = X.__array_namespace__()
    Q, R = xp.linalg.qr(X)
    return Q * xp.sign(xp.linalg.diagonal(R))


def qr_r(X):
    """X: n, m with n >= m -> m, m; the upper triangular factor, its diagonal positive."""
    xp = X.__array_namespace__()
    R = xp.linalg.qr(X)[1]
    return xp.sign(xp.linalg.diagonal(R))[:, None] * R


def lu_l(X):
    """X: n, n -> n, n; the unit lower triangular factor, without an exchange of rows."""
    xp = X.__array_namespace__()
    return xp.linalg.matmul(X, xp.linalg.inv(lu_u(X)))


def lu_u(X):
    """X: n, n -> n, n; the upper triangular factor, without an exchange of rows."""
    xp = X.__array_namespace__()
    places = xp.arange(X.shape[0], device=X.device)
    for k in range(X.shape[0] - 1):
        part = xp.where(places > k, X[:, k] / X[k, k], xp.zeros_like(X[:, k]))
        X = X - part[:, None] * X[k, :][None, :]
    return xp.triu(X)


def tied_sums(X, groups):
    """X: n, n; groups: n, n, whole numbers -> n, n; at each place the sum of the entries with its number."""
    xp = X.__array_namespace__()
    total = xp.zeros_like(X)
    for number in range(2 * X.shape[0]):
        inside = xp.where(groups == number, xp.ones_like(X), xp.zeros_like(X))
        total = total + inside * xp.sum(inside * X)
    return total


def diagonal_sums(X):
    """X: n, n -> n, n; at each place the sum of the entries of its diagonal."""
    xp = X.__array_namespace__()
    places = xp.arange(X.shape[0], device=X.device)
    return tied_sums(X, places[:, None] - places[None, :] + X.shape[0])


def antidiagonal_sums(X):
    """X: n, n -> n, n; at each place the sum of the entries of its antidiagonal."""
    xp = X.__array_namespace__()
    places = xp.arange(X.shape[0], device=X.device)
    return tied_sums(X, places[:, None] + places[None, :])


def cyclic_sums(X):
    """X: n, n -> n, n; at each place the sum of the entries of its diagonal, which continues at the other side."""
    xp = X.__array_namespace__()
    places = xp.arange(X.shape[0], device=X.device)
    ahead = places[:, None] - places[None, :]
    return tied_sums(X, xp.where(ahead < 0, ahead + X.shape[0], ahead))
