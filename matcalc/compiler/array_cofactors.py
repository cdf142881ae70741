"""Products of all entries but one, cofactors, quotients with their limits, written with the array API standard alone.

Generated code gets the text of these functions, as that of ``array_functions``. None of them divides by what may be 0.
"""


def prod_others(X):
    """X: any shape -> the same; at each place the product of all other entries."""
    xp = X.__array_namespace__()
    zero = X == 0
    count = xp.sum(xp.where(zero, xp.ones_like(X), xp.zeros_like(X)))
    entries = xp.where(zero, xp.ones_like(X), X)
    product = xp.prod(entries)
    # with one zero the product of the others is left there, with two of them nothing
    alone = xp.where(zero & (count == 1), product * xp.ones_like(X), xp.zeros_like(X))
    return xp.where(count == 0, product / entries, alone)


def prod_others_along(X, axis):
    """X: any shape -> the same; at each place the product of the other entries along an axis."""
    xp = X.__array_namespace__()
    zero = X == 0
    count = xp.sum(xp.where(zero, xp.ones_like(X), xp.zeros_like(X)), axis=axis, keepdims=True)
    entries = xp.where(zero, xp.ones_like(X), X)
    product = xp.prod(entries, axis=axis, keepdims=True)
    alone = xp.where(zero & (count == 1), product * xp.ones_like(X), xp.zeros_like(X))
    return xp.where(count == 0, product / entries, alone)


def prod_pairs(x):
    """x: n -> n, n; at (i, j) the product of all entries but the i-th and the j-th, 0 on the diagonal."""
    xp = x.__array_namespace__()
    same = xp.eye(x.shape[0], dtype=x.dtype, device=x.device) > 0
    left_out = same[:, None, :] | same[None, :, :]
    entries = xp.where(left_out, xp.ones_like(x)[None, None, :], x[None, None, :])
    products = xp.prod(entries, axis=2)
    return xp.where(same, xp.zeros_like(products), products)


def ratio(A, B):
    """A, B: any shapes that broadcast -> their shape; A/B, and 0 where both are 0."""
    xp = A.__array_namespace__()
    return A / xp.where((A == 0) & (B == 0), xp.ones_like(B), B)


def adjugate(X):
    """X: n, n -> n, n; the transposed matrix of cofactors, of singular X too.

    It is det(X)*inv(X) where that loses few digits; where it does not, or where the values are not known, as under
    jit and vmap, it is had from the singular values.
    """
    xp = X.__array_namespace__()
    try:
        inverse = xp.linalg.inv(X)
        regular = bool(xp.sum(X * X) * xp.sum(inverse * inverse) * xp.finfo(X.dtype).eps < 1e-3)
    except (ValueError, RuntimeError, TypeError):
        regular = False
    return xp.linalg.det(X) * inverse if regular else adjugate_by_singular_values(X)


def adjugate_by_singular_values(X):
    """X: n, n -> n, n; the transposed matrix of cofactors by singular values (Stewart 1998), of singular X too."""
    xp = X.__array_namespace__()
    left, values, right = xp.linalg.svd(X)
    identity = xp.eye(X.shape[0], dtype=X.dtype, device=X.device)
    others = xp.prod(xp.where(identity > 0, identity, values[None, :]), axis=1)
    sign = xp.sign(xp.linalg.det(left) * xp.linalg.det(right))
    return sign * (right.T * others) @ left.T


def adj_frechet(X, E):
    """X, E: n, n -> n, n; the derivative of the adjugate at X in the direction E, by singular values."""
    xp = X.__array_namespace__()
    left, values, right = xp.linalg.svd(X)
    pairs = prod_pairs(values)
    turned = left.T @ E @ right.T
    identity = xp.eye(X.shape[0], dtype=X.dtype, device=X.device)
    diagonal = xp.sum(pairs * xp.sum(identity * turned, axis=1)[None, :], axis=1)
    sign = xp.sign(xp.linalg.det(left) * xp.linalg.det(right))
    return sign * (right.T @ (identity * diagonal[:, None] - pairs * turned) @ left.T)


def adj_jacobian(X):
    """X: n, n -> n*n, n*n; the derivative of vec(adj(X)) by vec(X), by singular values."""
    xp = X.__array_namespace__()
    n = X.shape[0]
    left, values, right = xp.linalg.svd(X)
    right, pairs = right.T, prod_pairs(values)
    # ∂adj(X)[r, c]/∂X[a, b] is a sum over pairs of singular values, of which each takes two of the four indices
    crossed = xp.reshape(right[:, None, :] * left[None, :, :], (n * n, n))
    straight = xp.reshape(crossed @ pairs @ crossed.T, (n, n, n, n))
    straight = xp.permute_dims(straight, (1, 0, 2, 3))
    turned = xp.reshape(crossed @ pairs @ crossed.T, (n, n, n, n))
    turned = xp.permute_dims(turned, (3, 0, 2, 1))
    sign = xp.sign(xp.linalg.det(left) * xp.linalg.det(right))
    return sign * xp.reshape(straight - turned, (n * n, n * n))
