"""The rule book in force: the standard rules, with the entries of a user's rule files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..algebra.books import make_book, standard_book
from ..bounds import MAX_RULE_BYTES
from ..errors import ArgumentError, LimitError
from ..libraries import trouble
from ..rulebook.files import read_rules


def book_of(rules=None):
    """Return the rule book in force: the standard one, with the entries of a user's rule files.

    ``rules``: a path or a list of paths. Raises RuleFileError for a file that does not follow the format, and
    for a rule that torch contradicts.
    """
    if rules is None or isinstance(rules, (str, list, tuple)) and not rules:
        return standard_book()
    paths = [rules] if isinstance(rules, (str, Path)) else rules
    if not isinstance(paths, (list, tuple)) or not all(isinstance(path, (str, Path)) for path in paths):
        raise ArgumentError("rules is a path or a list of paths", hint='write rules="my.rules"')
    return extended_book(tuple((Path(path).name, _rule_file(path)) for path in paths))


def _rule_file(path):
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_RULE_BYTES + 1)
        if len(content) > MAX_RULE_BYTES:
            message = f"the rule file '{path}' has more than {MAX_RULE_BYTES:,} bytes"
            raise LimitError(message, hint="split it: --rules may be repeated")
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ArgumentError(
            f"the rule file '{path}' cannot be read: {error}", hint="give the path of a text file"
        ) from error


@lru_cache(maxsize=8)
def extended_book(files):
    """Return the standard book with the entries of rule files, (name, text) each, verified against torch."""
    extra = [rule for name, text in files for rule in read_rules(text, name)]
    book = make_book(extra)
    for rule in extra:
        _verify(rule, book)
    book.origin = (extended_book, (files,))
    return book


def _verify(rule, book):
    """Raise RuleFileError where torch contradicts a rule; where torch is not installed, where exact values do."""
    if trouble():
        from ..checks.exact_rules import refuse_wrong_formulas

        refuse_wrong_formulas(rule, book)
    else:
        from ..checks.rules import verify_rule
        from ..compiler.rule_check import verify_counterparts

        verify_rule(rule, book)
        verify_counterparts(rule, book)
