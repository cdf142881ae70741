"""SymPy's own matrix classes in and out: the one place where they are known."""

from .reading import from_sympy
from .writing import to_sympy

__all__ = ["from_sympy", "to_sympy"]
