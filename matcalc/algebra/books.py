"""Rule books whose entries build expressions: the standard one, and those with a user's entries beside it.

The standard rules are shared by all books, and their formulas mean what the standard book says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..budget import uncounted
from ..rulebook.entries import Book, Rule
from ..rulebook.files import standard_rules
from . import known_values  # noqa: F401 (makes the lines ``value`` apply)
from .build import apply


@lru_cache(maxsize=1)
def standard_book() -> Book:
    """Return the rule book that matcalc ships."""
    with uncounted():
        book = _with_constructors(Book(standard_rules()))
    book.origin = (standard_book, ())
    return book


def make_book(extra: Sequence[Rule] = ()) -> Book:
    """Return the standard rule book, with further entries where there are any."""
    standard = standard_book()
    return _with_constructors(Book([*standard.rules, *extra])) if extra else standard


def extended(book: Book, extra: Sequence[Rule]) -> Book:
    """Return a book with further entries."""
    return _with_constructors(Book([*book.rules, *extra]))


def _with_constructors(book: Book) -> Book:
    for rule in book.rules:
        if rule.book is None:
            rule.book = book
            rule.apply = lambda *args, rule=rule: apply(rule, *args)
    book.seal()
    return book
