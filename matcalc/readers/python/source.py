"""The text of a Python function, and what is known of the names in it. The function is never called."""

from __future__ import annotations

import inspect
import math
import textwrap
from fractions import Fraction
from types import FunctionType, ModuleType
from typing import NamedTuple

from ...bounds import MAX_HELPERS
from ...errors import ArgumentError
from ...language.tokens import Token
from .expand import Context
from .tokens import python_tokens

_ARRAYS = frozenset("numpy torch jax jaxlib tensorflow".split())


class Source(NamedTuple):
    """The text of a function, after those of the functions that it calls, what its other names are, its parameters."""

    text: str
    context: Context
    parameters: list[str]


def source_of(function: object, variables: frozenset[str] = frozenset()) -> Source:
    """Return the :class:`Source` of a function or a lambda.

    Names of numbers in its closure or module stand for the numbers, apart from ``variables``; arrays only for how many
    dimensions they have. Functions of the same module that it calls are read with it. Raises ArgumentError where there
    is no source.
    """
    function = inspect.unwrap(function) if callable(function) else function
    if not isinstance(function, FunctionType):
        raise ArgumentError(
            f"an expression is a text, a function or a SymPy object, not {type(function).__name__}",
            hint='write diff("x.T@A@x")',
        )
    texts, seen = [_text(function)], {function}
    context = Context({}, {}, {})
    waiting = [function]
    while waiting:
        user = waiting.pop()
        for name, value in _outside(user).items():
            if name in variables:
                continue
            if isinstance(value, FunctionType) and value.__globals__ is function.__globals__:
                if value not in seen and len(seen) < MAX_HELPERS:
                    seen.add(value)
                    texts.insert(0, _text(value, name))
                    waiting.append(value)
            else:
                _learn(name, value, context)
    return Source("\n".join(texts), context, _parameters_of(function))


def _outside(function: FunctionType) -> dict:
    """Return the values of the names that a function takes from around it."""
    code, found = function.__code__, {}
    for name in code.co_names:
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def _learn(name: str, value: object, context: Context) -> None:
    """Keep what a name stands for: a module, a number, or an array of so many dimensions."""
    if isinstance(value, ModuleType):
        context.modules[name] = value.__name__
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        context.numbers[name] = Fraction(repr(value)) if type(value) in (int, float) else Fraction(value)
    elif type(value).__module__.partition(".")[0] in _ARRAYS:
        dimensions = getattr(value, "ndim", None)
        if isinstance(dimensions, int) and dimensions <= 2:
            context.dimensions[name] = dimensions


def _text(function: FunctionType, name: str = "") -> str:
    """Return the source of a function; a lambda is cut out of the lines around it."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise ArgumentError(
            f"the source of {function.__name__} is not at hand", hint="give the function as a text"
        ) from None
    if function.__name__ != "<lambda>":
        return text
    found = [piece for piece in _lambdas(text) if _parameters(piece) == _parameters_of(function)]
    if len(found) != 1:
        raise ArgumentError("several lambdas stand on these lines", hint="write the function with def, or as a text")
    return f"{name} = {found[0]}\n" if name else found[0] + "\n"


def _lambdas(text: str) -> list[str]:
    """Return the texts of the lambdas in some lines: up to the bracket or comma that ends each."""
    tokens, found = python_tokens(text), []
    for place, token in enumerate(tokens):
        if token.kind == "name" and token.text == "lambda":
            found.append(text[token.span.start : _end(tokens, place)])
    return found


def _end(tokens: list[Token], place: int) -> int:
    depth, in_body = 0, False
    for token in tokens[place + 1 :]:
        if token.kind == "newline":
            break
        if token.kind == "op":
            if depth == 0 and (token.text in ")]}" or in_body and token.text == ","):
                break
            depth += (token.text in "([{") - (token.text in ")]}")
            in_body = in_body or depth == 0 and token.text == ":"
        end = token.span.end
    return end


def _parameters(text: str) -> list[str]:
    """Return the names before the colon of a lambda."""
    return [word.partition("=")[0].strip() for word in text[len("lambda") : text.index(":")].split(",") if word.strip()]


def _parameters_of(function: FunctionType) -> list[str]:
    return list(function.__code__.co_varnames[: function.__code__.co_argcount])
