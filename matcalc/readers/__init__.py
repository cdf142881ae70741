"""Formulas in MATLAB's notation and in LaTeX, read into the expression language."""

from .translation import SYNTAXES, Translation, translate

__all__ = ["SYNTAXES", "Translation", "translate"]
