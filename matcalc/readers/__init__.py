"""Formulas in MATLAB's notation and in LaTeX, read into the expression language."""

from .translation import Translation, translate

__all__ = ["Translation", "translate"]
