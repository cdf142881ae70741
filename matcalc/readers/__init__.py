"""Formulas in MATLAB's notation, in LaTeX and in code for array libraries, read into the expression language."""

from .translation import Translation, plain_name, translate, translate_function, with_whole_reading

__all__ = ["Translation", "plain_name", "translate", "translate_function", "with_whole_reading"]
