"""Numeric and symbolic linear algebra beside the engine: norms, decompositions, structure, definiteness, convexity.

>>> from matcalc.linalg import read_matrix
>>> read_matrix("[[2, 1], [1, 3]]").shape
(2, 2)
"""

from __future__ import annotations

from collections.abc import Callable

from ..libraries import load, require

_PUBLIC = {
    "Matrix": "input.matrices",
    "read_matrix": "input.matrices",
    "norms": "norm.norms",
    "eig": "spectra.report",
    "svd": "factors.factorisations",
    "polar": "factors.factorisations",
    "qr": "factors.factorisations",
    "cholesky": "factors.factorisations",
    "ldl": "factors.indefinite",
    "schur": "factors.triangularisation",
    "rank": "factors.ranks",
    "null_space": "factors.ranks",
    "spectral_radius": "factors.ranks",
    "structure": "structures.report",
    "definite": "definiteness.definite",
    "convex": "convexity.convex",
}

__all__ = list(_PUBLIC)
# of expressions; matrices of numbers need it there, too
_WITHOUT_NUMPY = ("definite", "convex")


def __getattr__(name: str) -> Callable:
    """Import the public names when they are first used: most of them need sympy or numpy."""
    if name in _PUBLIC:
        if name not in _WITHOUT_NUMPY:
            require(f"matcalc.linalg.{name}", "numpy")
        return getattr(load(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'matcalc.linalg' has no attribute '{name}'")


def __dir__():
    return sorted([*globals(), *_PUBLIC])
