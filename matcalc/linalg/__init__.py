"""Numeric and symbolic linear algebra beside the engine: norms, decompositions, structure, definiteness, convexity.

>>> from matcalc.linalg import read_matrix
>>> read_matrix("[[2, 1], [1, 3]]").shape
(2, 2)
"""

from importlib import import_module

_PUBLIC = {
    "Matrix": "matrices",
    "read_matrix": "matrices",
    "norms": "all_norms",
    "eig": "eigen_report",
    "svd": "factorisations",
    "polar": "factorisations",
    "qr": "factorisations",
    "cholesky": "factorisations",
    "ldl": "indefinite",
    "schur": "triangularisation",
    "rank": "ranks",
    "null_space": "ranks",
    "spectral_radius": "ranks",
    "structure": "structure_report",
    "definite": "definiteness",
    "convex": "convexity",
}

__all__ = list(_PUBLIC)


def __getattr__(name):
    """Import the public names when they are first used: most of them need sympy or numpy."""
    if name in _PUBLIC:
        return getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module 'matcalc.linalg' has no attribute '{name}'")


def __dir__():
    return sorted([*globals(), *_PUBLIC])
