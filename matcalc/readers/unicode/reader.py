"""Formulas in Unicode mathematics, as people type them and as matcalc prints them: 2 Aᵀ (A x − b), ‖X w − y‖²."""

from __future__ import annotations

from ..latex.functions import LatexFunctions
from ..latex.indices import with_indices
from ..latex.names import LatexNames
from ..latex.reader import Text
from ..shared.reading import Reading
from .tokens import UnicodeTokens


def read_unicode(text: str, book, known=frozenset()) -> Reading:
    """Return the :class:`Reading` of a formula, its products open.

    ``known``: names that are variables. Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError or
    LimitError, each with the text and a span.
    """
    functions = LatexFunctions(book)
    tokens = with_indices(UnicodeTokens(text, frozenset(known), functions.is_function).read())
    return Text(text, LatexNames(text, known, small=True), functions, spelled=False).read(tokens)
