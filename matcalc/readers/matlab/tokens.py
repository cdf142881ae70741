"""The words and signs of MATLAB's notation, with their spans."""

from __future__ import annotations

import re

from ...bounds import MAX_TOKENS
from ...errors import ExpressionSyntaxError, LimitError, Span, UnknownNameError
from ...language.tokens import GREEK_LETTERS, Token

# 2.*x is 2 .* x: the dot belongs to the operator
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<imaginary>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[ij](?![A-Za-z_0-9]))
      | (?P<number>(?:\d+(?:\.(?![*/\\^'’′])\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<prime>\.T(?![A-Za-z_0-9])|\.['’′])
      | (?P<op>\.\*|\./|\.\\|\.\^|[-−+*/\\^@(),:;\[\]])
    """,
    re.VERBOSE | re.ASCII,
)
_PRIMES = "'’′"
_REFUSED = {
    "{": ("cell arrays are not read", "use parentheses"),
    "}": ("cell arrays are not read", "use parentheses"),
    "=": ("'=' stands in the middle of the formula", "write only the right-hand side"),
    "%": ("comments are not read", "leave out what follows '%'"),
    "~": ("relations and logic are not read", "write - for a negation"),
    "<": ("relations are not read", "write one expression"),
    ">": ("relations are not read", "write one expression"),
    "&": ("logic is not read", "write one expression"),
    "|": ("logic is not read", "write abs(x) or norm(x)"),
    "!": ("'!' is not an operator of MATLAB", "write one expression"),
    "·": ("'·' is not an operator of MATLAB", "write * for the matrix product, .* for the entrywise product"),
    "⊙": ("'⊙' is not an operator of MATLAB", "write .*"),
    ".": ("structures and their fields are not read", "write .* ./ .^ or .' for an entrywise operation"),
}


def matlab_tokens(text, start, end):
    """Return the tokens of ``text`` from ``start`` to ``end``: numbers, imaginary ones, names, strings, ops and primes.

    Raises ExpressionSyntaxError, UnknownNameError or LimitError with a span in ``text``.
    """
    found, position, after_operand = [], start, False
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is None and text[position] in _PRIMES and after_operand:
            token = Token("prime", text[position], Span(position, position + 1))
        elif match is None and text[position] in "'\"":
            token = _string(text, position, end)
        elif match is None:
            raise _unexpected(text, position)
        elif match.lastgroup == "space":
            position = match.end()
            continue
        else:
            token = _token(match)
        found.append(token)
        position = token.span.end
        after_operand = token.kind in ("number", "imaginary", "name", "string", "prime") or token.text in (")", "]")
        if len(found) > MAX_TOKENS:
            raise LimitError(
                f"the formula has more than {MAX_TOKENS} words and signs",
                source=text,
                span=token.span,
                hint="give repeated parts a name of their own",
            )
    return found


def _token(match):
    return Token(match.lastgroup, match.group().replace("−", "-"), Span(*match.span()))


def _string(text, position, end):
    closing = text.find(text[position], position + 1, end)
    if closing < 0:
        raise ExpressionSyntaxError(
            "a prime needs an operand on its left, and a quotation its second mark",
            source=text,
            span=Span(position, position + 1),
            hint="write x' for the transpose",
        )
    return Token("string", text[position + 1 : closing], Span(position, closing + 1))


def _unexpected(text, position):
    char, span = text[position], Span(position, position + 1)
    if char in _REFUSED:
        message, hint = _REFUSED[char]
        return ExpressionSyntaxError(message, source=text, span=span, hint=hint)
    if char.isalpha():
        word = GREEK_LETTERS.get(char)
        hint = f"write {word}" if word else "names are written in ASCII letters"
        message = f"'{char}' (U+{ord(char):04X}) cannot stand in a name"
        return UnknownNameError(message, source=text, span=span, hint=hint)
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    message = f"'{shown}' is not in MATLAB's notation"
    return ExpressionSyntaxError(message, source=text, span=span, hint="remove it")
