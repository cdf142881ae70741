r"""Formulas in LaTeX."""

from __future__ import annotations

from ..errors import ExpressionSyntaxError, Span


def read_latex(text, book, known=frozenset()):
    """Raise ExpressionSyntaxError: this reader comes in the next change."""
    raise ExpressionSyntaxError(
        "LaTeX is not read yet", source=text, span=Span(0, len(text)), hint="write MATLAB style"
    )
