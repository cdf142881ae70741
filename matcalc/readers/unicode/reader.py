"""Formulas in Unicode mathematics, as people type them and as matcalc prints them: 2 Aᵀ (A x − b), ‖X w − y‖²."""

from __future__ import annotations

from ..latex.functions import LatexFunctions
from ..latex.names import LatexNames
from ..latex.reader import Text
from ..shared.reading import Reading
from .tokens import MARKS, WEAK_MARKS, UnicodeTokens


def has_marks(text: str) -> bool:
    """Return whether a text has a sign of Unicode mathematics in it."""
    return "|" in text or not text.isascii() and not MARKS.isdisjoint(text)


def has_strong_marks(text: str) -> bool:
    """Return whether a text has such a sign that is more than another spelling of a minus or a prime."""
    return not text.isascii() and not (MARKS - WEAK_MARKS).isdisjoint(text)


def read_unicode(text: str, book, known=frozenset()) -> Reading:
    """Return the :class:`Reading` of a formula, its products open.

    ``known``: names that are variables. Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError or
    LimitError, each with the text and a span.
    """
    functions = LatexFunctions(book)
    tokens = UnicodeTokens(text, frozenset(known), functions.is_function).read()
    return Text(text, LatexNames(text, known), functions, spelled=False).read(tokens)
