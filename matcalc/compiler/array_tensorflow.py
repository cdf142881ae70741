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
