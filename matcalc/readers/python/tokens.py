"""The words and signs of Python's notation, with their spans. Ends of lines within brackets are white space."""

from __future__ import annotations

import re

from ...bounds import MAX_TOKENS
from ...errors import ExpressionSyntaxError, LimitError, Span, UnknownNameError
from ...language.tokens import GREEK_LETTERS, Token

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\\\r?\n|\#[^\n]*)
      | (?P<newline>\n)
      | (?P<string>\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<imaginary>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ](?!\w))
      | (?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<op>\*\*=|//=|@=|\+=|-=|\*=|/=|==|!=|<=|>=|->|:=|\.\.\.|\*\*|//|<<|>>|[-+*/@%()\[\]{},.:;=<>~|&^!])
    """,
    re.VERBOSE,
)
_PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.)(?=[ \n]|\Z)")
_OPEN, _CLOSED = "([{", ")]}"


def python_tokens(text: str) -> list[Token]:
    """Return the tokens of a text, of the kinds number, imaginary, name, string, op and newline.

    The prompts of a session in front of a line are left out. Raises ExpressionSyntaxError, UnknownNameError or
    LimitError with a span in ``text``.
    """
    found, position, depth = [], 0, 0
    while position < len(text):
        if not depth and (position == 0 or text[position - 1] == "\n"):
            prompt = _PROMPT.match(text, position)
            position = prompt.end() if prompt else position
        match = _TOKEN.match(text, position)
        if match is None:
            if position < len(text):
                raise _unexpected(text, position)
            break
        position = match.end()
        if match.lastgroup == "space" or match.lastgroup == "newline" and depth:
            continue
        token = Token(str(match.lastgroup), match.group(), Span(*match.span()))
        if token.kind == "op":
            depth = max(0, depth + (token.text in _OPEN) - (token.text in _CLOSED))
        found.append(_ascii(text, token) if token.kind == "name" else token)
        if len(found) > MAX_TOKENS:
            raise LimitError(
                f"the code has more than {MAX_TOKENS} words and signs",
                source=text,
                span=token.span,
                hint="take the part that computes the one value",
            )
    return found


def _ascii(text: str, token: Token) -> Token:
    """Return a name in ASCII: a Greek letter has its word."""
    word = token.text
    if word.isascii():
        return token
    for letter, spelled in GREEK_LETTERS.items():
        word = word.replace(letter, spelled)
    if not word.isascii():
        raise UnknownNameError(
            f"'{token.text}' cannot be a name", source=text, span=token.span, hint="names are written in ASCII letters"
        )
    return Token("name", word, token.span)


def _unexpected(text: str, position: int) -> ExpressionSyntaxError:
    char, span = text[position], Span(position, position + 1)
    if char in "'\"":
        return ExpressionSyntaxError("the quotation is never closed", source=text, span=span, hint="close it")
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return ExpressionSyntaxError(f"'{shown}' is not in Python's notation", source=text, span=span, hint="remove it")
