"""One exception tree: every error that a user can cause is a :class:`MatcalcError`.

A message says what is wrong, shows where with a caret, and offers one fix. ``hint`` speaks of the command line's
options; as text an error speaks of arguments, for those who write Python.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from typing import NamedTuple

_CONTEXT = 60
# the options that hints speak of
_SHAPE = re.compile(r'--shape "([^"]*)"')
_ASSUME = re.compile(r'--assume "([^"]*)"')
_WORD = re.compile(r"--(wrt|syntax|layout|structure|target) ([A-Za-z_]\w*)")
_ORDER = re.compile(r"--order (\d)")
_ALONG = re.compile(r"--along ([A-Za-z_]\w*)((?: --along [A-Za-z_]\w*)*)")
_RULES = re.compile(r"--rules FILE")
_FUNCTION = re.compile(r"--function\b")
_LIMIT = re.compile(r"--limit (\w+=[\d.]+)")


class Span(NamedTuple):
    """A half-open range of character positions in the source text."""

    start: int
    end: int


class MatcalcError(Exception):
    """The root of every error that a user can cause.

    ``message`` says what is wrong, ``source`` and ``span`` say where,
    ``hint`` offers one fix. ``kind`` is the class of the message in one word
    and ``exit_code`` what the command line exits with.
    """

    kind = "error"
    exit_code = 2

    def __init__(
        self, message: str, *, source: str | None = None, span: Span | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def at(self, source: str) -> MatcalcError:
        """Return the error itself, with the source text added where it has none."""
        if self.source is None:
            self.source = source
        return self

    def in_options(self) -> str:
        """Return the whole text for the command line, whose hints speak of options."""
        return self._told(self.hint)

    def __str__(self) -> str:
        return self._told(self.hint and in_arguments(self.hint))

    def _told(self, hint: str | None) -> str:
        lines = [self.message]
        if self.source is not None:
            lines += _caret_lines(self.source, self.span or Span(0, 1))[: 2 if self.span else 1]
        if hint:
            lines.append(f"hint: {hint}")
        return "\n".join(lines)


class ExpressionSyntaxError(MatcalcError):
    """The text is not in the expression language."""

    kind = "syntax"


class UnknownNameError(MatcalcError):
    """A name that the expression does not have, or that cannot be a variable."""

    kind = "name"


class UnknownFunctionError(MatcalcError):
    """A function that the rule book does not have."""

    kind = "function"


class ShapeError(MatcalcError):
    """Shapes that do not fit together."""

    kind = "shape"


class LimitError(MatcalcError):
    """An input that is too large or too deep, or work that is more than was allowed (:class:`matcalc.limits`)."""

    kind = "limit"
    exit_code = 5


class ArgumentError(MatcalcError):
    """An argument (layout, order, assumption, shape declaration …) that has no meaning."""

    kind = "argument"


class DomainError(MatcalcError):
    """An expression that has no real value anywhere, such as log(-1)."""

    kind = "domain"


class NoRuleError(MatcalcError):
    """The derivative needs something that the rules or the language do not have."""

    kind = "rule"
    exit_code = 3


class RuleFileError(MatcalcError):
    """A rule file that does not follow the format, or a rule that is wrong."""

    kind = "rulefile"


class ConversionError(MatcalcError):
    """A SymPy object that has no counterpart here, or the other way round."""

    kind = "conversion"


class MissingLibraryError(MatcalcError):
    """A library that the work needs is not installed, or cannot be imported: torch, NumPy, SciPy."""

    kind = "library"
    exit_code = 4


class ConditionWarning(UserWarning):
    """A value was asked for where conditions under which it is known to hold are broken, as at a kink."""


def warn_of_broken(conditions: Iterable[object]) -> None:
    """Warn of conditions that are broken, at the line of the user's that asked."""
    told = ", ".join(map(str, conditions))
    if not told:
        return
    package, level, frame = __name__.partition(".")[0], 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    message = f"the derivative is known to hold where {told}, which is not so here"
    warnings.warn(message, ConditionWarning, stacklevel=level)


class CheckFailedError(MatcalcError):
    """A symbolic derivative that torch autograd contradicts: an internal error."""

    kind = "check"
    exit_code = 1


def shown_value(value: object) -> str:
    """Return a value that a user gave as a message shows it: short, and whatever it is."""
    try:
        text = "a number of more than 40 digits" if isinstance(value, int) and abs(value) >= 10**40 else repr(value)
    except ValueError:  # Python writes no whole number of thousands of digits, in a list say
        text = "a value with a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


def _caret_lines(source: str, span: Span) -> list[str]:
    """Return the line of the source that the span starts in, and a line of carets below it."""
    start = max(0, min(span[0], len(source)))
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", start)
    line_end = len(source) if line_end < 0 else line_end
    line = source[line_start:line_end]
    column = start - line_start
    width = max(1, min(span[1], line_end) - start)
    left = max(0, column - _CONTEXT)
    right = min(len(line), column + _CONTEXT)
    shown = line[left:right].replace("\t", " ")
    prefix = "…" if left else ""
    suffix = "…" if right < len(line) else ""
    carets = "^" * max(1, min(width, right - column))
    return ["  " + prefix + shown + suffix, "  " + " " * (column - left + len(prefix)) + carets]


def in_arguments(hint: str) -> str:
    """Return a hint with the options in it written as arguments: --shape "n: scalar" is shapes={"n": ()}."""
    if "--" not in hint:
        return hint
    hint = _SHAPE.sub(lambda match: f"shapes={{{', '.join(map(_shape, match[1].split(', ')))}}}", hint)
    hint = _ASSUME.sub(lambda match: f"assume={{{', '.join(map(_facts, match[1].split(', ')))}}}", hint)
    hint = _ALONG.sub(lambda match: f"along={_names([match[1], *match[2].split()[1::2]])}", hint)
    hint = _LIMIT.sub(r"mc.limits(\1)", _WORD.sub(r'\1="\2"', hint))
    hint = _FUNCTION.sub("functions=", hint)
    return _RULES.sub("rules=[FILE]", _ORDER.sub(r"order=\1", hint))


def _shape(declaration: str) -> str:
    """Return "A": ("n", "m") for A: n×m, "x": ("m",) for x: m, "n": () for n: scalar."""
    name, _, shape = (part.strip() for part in declaration.partition(":"))
    sizes = [] if shape == "scalar" else [size.strip("() ") for size in shape.split("×")]
    shown = ", ".join(size if size.isdigit() else f'"{size}"' for size in sizes)
    return f'"{name}": ({shown}{"," if len(sizes) == 1 else ""})'


def _names(names: list[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"


def _facts(declaration: str) -> str:
    name, *words = declaration.split()
    return f'"{name}": [{", ".join(f"{chr(34)}{word}{chr(34)}" for word in words)}]'
