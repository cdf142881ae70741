"""``matcalc rules``: the functions by topic, or one entry with its differential and its source."""

from __future__ import annotations

import re
import sys

from ..errors import UnknownFunctionError
from ..language.unparse import unparse
from ..rulebook.entries import Book
from ..rulebook.files import standard_rules
from ..rulebook.properties import shown_properties
from .arguments import suggestion
from .streams import is_terminal, terminal_width, write

_WHERE_COLUMN = 32
_SOURCE_COLUMN = 53
_WORD_WIDTH = 10
_SHOWN_WORDS = ("alias", "operator", "inverse", "requires", "once", "note", "torch")
_LISTED_WIDTH = 34


def run(name, paths):
    """Show the entries of ``name`` (a function, an alias, an operator, a rule of calculus), without it a list of all.

    ``paths``: a user's rule files. Raises UnknownFunctionError with a suggestion, RuleFileError.
    """
    book = _book(paths)
    if not name:
        _show_all(book)
        return
    found = _entries(book, name)
    if not found:
        names = [*book.function_names(), *(rule.name for rule in book.rules)]
        raise UnknownFunctionError(
            f"the rule book has no '{name}'", hint=suggestion(name, names, "matcalc rules lists what it has")
        )
    for index, rule in enumerate(found):
        if index:
            write("")
        for line in entry_lines(rule):
            write(line)


def _book(paths):
    """Return the rule book; a user's own rules are compared with torch, which takes a while."""
    if not paths:
        return Book(standard_rules())
    from ..api import book_of  # sympy and torch: only where a rule has to be verified

    return book_of(paths)


def _entries(book, name):
    """Return the entries that a word means: a name, an alias, 'product' for the product rule, an operator."""
    found = book.named(name) or book.named(f"{name} rule")
    written = re.sub(r"\s", "", name)
    return found or [
        rule
        for rule in book.rules
        if rule.operator and written in (_sign(rule.operator), re.sub(r"\s", "", rule.operator))
    ]


def _sign(operator):
    """Return the sign in an operator's pattern: '@' of 'A @ B', '.T' of 'A.T'."""
    return re.sub(r"(?<!\.)\b[A-Za-z]\b|\s", "", operator)


def entry_lines(rule):
    """Return the lines that show an entry: its signature, its formulas, its source, and what else there is to know."""
    signature, _, where = rule.header.partition(" where ")
    lines = [f"{signature.strip():<{_WHERE_COLUMN}}where {where.strip()}" if where else signature]
    formulas = _formulas(rule)
    lines.append(
        f"  {formulas[0]:<{_SOURCE_COLUMN - 2}}{rule.source}"
        if len(formulas[0]) < _SOURCE_COLUMN - 2
        else f"  {formulas[0]}"
    )
    lines += [f"  {formula}" for formula in formulas[1:]]
    if len(formulas[0]) >= _SOURCE_COLUMN - 2:
        lines.append(f"  {'source':<{_WORD_WIDTH}}{rule.source}")
    if rule.means is not None:
        lines.append(f"  {'means':<{_WORD_WIDTH}}{unparse(rule.means)}")
    lines += [f"  {word:<{_WORD_WIDTH}}{rest}".rstrip() for word, rest in shown_properties(rule)]
    for word in _SHOWN_WORDS:
        value = getattr(rule, word)
        if value:
            lines.append(f"  {word:<{_WORD_WIDTH}}{value if isinstance(value, str) else ', '.join(value)}")
    return lines


def _formulas(rule):
    """Return the lines that say how the entry is differentiated, at least one."""
    if rule.states:
        return [rule.states]
    formulas = [
        f"d {rule.id} = {formula.text}" + (f"    where {', '.join(formula.where)}" if formula.where else "")
        for formula in rule.differentials
    ]
    if rule.commuting:
        formulas.append(f"d {rule.id} = {rule.commuting.text}    where dX commutes with X")
    if rule.linear:
        formulas.append(f"linear in {' and '.join(rule.linear)}")
    formulas += [f"adjoint {name} = {formula.text}" for name, formula in rule.adjoints.items()]
    return formulas or [f"d {rule.id} = 0"]


def _show_all(book):
    """Write all entries below the topics of their files, one a line."""
    width = terminal_width() if is_terminal(sys.stdout) else sys.maxsize
    topic = None
    for rule in book.rules:
        if rule.file != topic:
            write(("" if topic is None else "\n") + rule.file.removesuffix(".rules"), bold=True)
            topic = rule.file
        signature = rule.header.partition(" where ")[0].strip()
        operator = f"{rule.operator}: " if rule.operator and not rule.states else ""
        line = f"  {signature:<{_LISTED_WIDTH}}  {operator}{_formulas(rule)[0]}"
        write(line if len(line) <= width else line[: width - 3] + "...")
    write("\nmatcalc rules NAME shows one of them whole.", err=True)
