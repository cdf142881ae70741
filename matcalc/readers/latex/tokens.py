r"""The words and signs of LaTeX's math mode, with their spans.

Spaces, alignment, the size of delimiters and the signs that begin and end math mode are left out. A delimiter is one
of the kinds "open", "close" and, where it may be either, "bar"; a brace of TeX's is of kind "group" or "end group".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import ExpressionSyntaxError, LimitError, Span
from ...language.tokens import GREEK_LETTERS, MAX_TOKENS

_TOKEN = re.compile(
    r"""(?P<space>\s+|~|&|\$|%[^\n]*)
      | (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<letter>[A-Za-z])
      | (?P<command>\\(?:[A-Za-z]+\*?|[^A-Za-z]))
      | (?P<sign>.)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_IGNORED = frozenset(
    "\\, \\; \\: \\! \\  \\> \\/ \\( \\) \\[ \\] \\- \\quad \\qquad \\enspace \\thinspace \\medspace \\thickspace "
    "\\negthinspace \\displaystyle \\textstyle \\scriptstyle \\limits \\nolimits \\nonumber \\notag \\mathstrut "
    "\\strut \\allowbreak \\relax \\mathopen \\mathclose \\mathbin \\mathord \\mathrel \\noindent \\boldmath".split(" ")
) | {"\\ ", "\\\n", "\\\t"}
_OPENING_SIZES = frozenset("\\left \\bigl \\Bigl \\biggl \\Biggl".split())
_CLOSING_SIZES = frozenset("\\right \\bigr \\Bigr \\biggr \\Biggr".split())
_SIZES = frozenset("\\big \\Big \\bigg \\Bigg \\middle \\bigm \\Bigm".split())
_OPEN = {
    "(": "(",
    "[": "[",
    "\\{": "\\{",
    "\\lbrace": "\\{",
    "\\lbrack": "[",
    "\\langle": "⟨",
    "⟨": "⟨",
    "\\lvert": "|",
    "\\lVert": "‖",
}
_CLOSE = {
    ")": ")",
    "]": "]",
    "\\}": "\\}",
    "\\rbrace": "\\}",
    "\\rbrack": "]",
    "\\rangle": "⟩",
    "⟩": "⟩",
    "\\rvert": "|",
    "\\rVert": "‖",
}
_BARS = {"|": "|", "\\vert": "|", "∣": "|", "\\|": "‖", "\\Vert": "‖", "‖": "‖", "∥": "‖", "\\parallel": "‖"}
CLOSING = {"(": ")", "[": "]", "\\{": "\\}", "⟨": "⟩", "|": "|", "‖": "‖"}
_UNICODE = {
    "−": "-",
    "–": "-",
    "·": "\\cdot",
    "⋅": "\\cdot",
    "∙": "\\cdot",
    "×": "\\times",
    "⊙": "\\odot",
    "∘": "\\circ",
    "⊗": "\\otimes",
    "⊘": "\\oslash",
    "⊤": "'",
    "ᵀ": "'",
    "′": "'",
    "’": "'",
    "∞": "\\infty",
    "∇": "\\nabla",
    "∂": "\\partial",
    "∑": "\\sum",
}
_WITHOUT_MEANING = frozenset({"equation", "align", "aligned", "split", "gather", "gathered", "multline", "math"})
_WITHOUT_MEANING |= {"displaymath", "eqnarray", "flalign"}
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+)\*?\}")


@dataclass(slots=True)
class LatexToken:
    """A word or a sign. ``style``: the typeface, ``accent``: hat, bar …; ``spaced``: whether a space comes before."""

    kind: str
    text: str
    span: Span
    style: str = ""
    accent: str = ""
    spaced: bool = False


def latex_tokens(text):
    """Return the tokens of a text. Raises ExpressionSyntaxError or LimitError with a span in it."""
    found, position, size, spaced = [], 0, "", False
    while position < len(text):
        match = _TOKEN.match(text, position)
        kind, word, span = match.lastgroup, match.group(), Span(*match.span())
        position = match.end()
        if kind == "space" or word in _IGNORED:
            spaced = True
            continue
        if word in ("\\begin", "\\end"):
            position = _environment(text, span)
            continue
        if word in _OPENING_SIZES or word in _CLOSING_SIZES or word in _SIZES:
            size = word
            continue
        if size and word == ".":
            size = ""
            continue
        token = _token(text, kind, word, span, size)
        token.spaced = spaced
        found.append(token)
        size, spaced = "", False
        if len(found) > MAX_TOKENS:
            raise LimitError(
                f"the formula has more than {MAX_TOKENS} words and signs",
                source=text,
                span=span,
                hint="give repeated parts a name of their own",
            )
    return found


def _environment(text, span):
    """Return where the text goes on after \\begin{equation}; raises for a matrix by its entries."""
    match = _ENVIRONMENT.match(text, span.end)
    if match is None or match[1] not in _WITHOUT_MEANING:
        raise ExpressionSyntaxError(
            "an environment such as a matrix by its entries is not read",
            source=text,
            span=Span(span.start, match.end() if match else span.end),
            hint="give the matrix a name",
        )
    return match.end()


def _token(text, kind, word, span, size):
    word = _UNICODE.get(word, word)
    if word in _OPEN or word in _CLOSE:
        return LatexToken("open" if word in _OPEN else "close", _OPEN.get(word) or _CLOSE[word], span)
    if word in _BARS:
        kind = "open" if size in _OPENING_SIZES else "close" if size in _CLOSING_SIZES else "bar"
        return LatexToken(kind, _BARS[word], span)
    if size:
        raise ExpressionSyntaxError(
            f"'{size}' stands before a delimiter", source=text, span=span, hint=f"write {size}( or leave it out"
        )
    if word in "{}":
        return LatexToken("group" if word == "{" else "end group", word, span)
    if word in GREEK_LETTERS:
        return LatexToken("letter", GREEK_LETTERS[word], span)
    if word[0] == "\\":
        return LatexToken("command", word, span)
    return LatexToken(kind, word, span)
