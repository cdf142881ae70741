"""Functions that generated code for TensorFlow calls where TensorFlow has nothing of the kind; see ``array_functions``.

None of them writes into an array or asks for the value of one: ``tf.function`` can trace them.
"""


def singular_decomposition(X, full_matrices=True):
    """X: n, m -> (U, s, V.T) with X = U @ diag(s) @ V.T; TensorFlow's own gives s first, and V."""
    values, left, right = tf.linalg.svd(X, full_matrices=full_matrices)  # noqa: F821
    return left, values, tf.transpose(right)  # noqa: F821


def power_of_matrix(X, k):
    """X: n, n; k: a whole number -> n, n; X**k by squaring."""
    k = int(k)
    if k < 0:
        X, k = tf.linalg.inv(X), -k  # noqa: F821
    power = tf.eye(X.shape[0], dtype=X.dtype)  # noqa: F821
    while k:
        power = power @ X if k % 2 else power
        X, k = X @ X, k // 2
    return power


def solve_transposed(factor, B):
    """factor: of tf.linalg.lu(A); B: n, m -> n, m; the solution Y of A.T @ Y = B."""
    both, order = factor
    inner = tf.linalg.triangular_solve(both, B, lower=False, adjoint=True)  # noqa: F821
    lower = tf.linalg.set_diag(both, tf.ones_like(tf.linalg.diag_part(both)))  # noqa: F821
    outer = tf.linalg.triangular_solve(lower, inner, lower=True, adjoint=True)  # noqa: F821
    return tf.gather(outer, tf.math.invert_permutation(order))  # noqa: F821
