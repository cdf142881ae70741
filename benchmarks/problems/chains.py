"""tr(A B C x yᵀ): products of matrices as the text has them, products with a column as they should be.

The frameworks run a product in the order in which it is written. The rows "as written" show what that costs; in the
rows "ordered" the frameworks get the function with its brackets set by hand, and nobody else gets anything new.
"""

import numpy as np

from ..problem import Problem


def draw(rng, n):
    matrices = {name: rng.standard_normal((n, n)) / np.sqrt(n) for name in "ABC"}
    return {**matrices, "x": rng.standard_normal(n), "y": rng.standard_normal(n)}


def gradient_by_column(A, B, C, x, y):
    g = ((y @ A) @ B) @ C
    return g @ x, g


def gradient_by_matrix(A, B, C, x, y):
    v = B @ (C @ x)
    return y @ (A @ v), np.outer(y, v)


def as_written(library, A, B, C, x, y):
    return y @ (A @ B @ C @ x)


def ordered(library, A, B, C, x, y):
    return y @ (A @ (B @ (C @ x)))


def problem(by, by_hand, order, function):
    """Return the problem of the gradient by a name."""
    return Problem(
        name=f"chain by {by}, {order}",
        kind="gradient",
        text="tr(A@B@C@x@y.T)",
        wrt=(by,),
        shapes={"A": ("n", "n"), "B": ("n", "n"), "C": ("n", "n"), "x": ("n", 1), "y": ("n", 1)},
        sizes=({"n": 200}, {"n": 600}, {"n": 2000}),
        draw=draw,
        by_hand=(by_hand,),
        functions=(function,),
    )


PROBLEMS = tuple(
    problem(by, by_hand, order, function)
    for order, function in (("as written", as_written), ("ordered", ordered))
    for by, by_hand in (("x", gradient_by_column), ("A", gradient_by_matrix))
)
