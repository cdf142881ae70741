r"""The words and signs of LaTeX's math mode, with their spans.

Spaces, alignment, the size of delimiters and the signs that begin and end math mode are left out. A delimiter is one
of the kinds "open", "close" and, where it may be either, "bar"; a brace of TeX's is of kind "group" or "end group".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ...bounds import MAX_TOKENS
from ...errors import ExpressionSyntaxError, LimitError, Span
from ...language.tokens import GREEK_LETTERS
from ..unicode.marks import LOWERED, RAISED

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
_BARS = {"|": "|", "\\vert": "|", "\\mid": "|", "∣": "|"}
_BARS |= {"\\|": "‖", "\\Vert": "‖", "‖": "‖", "∥": "‖", "\\parallel": "‖"}
CLOSING = {"(": ")", "[": "]", "\\{": "\\}", "⟨": "⟩", "|": "|", "‖": "‖"}
CLOSING |= {kind: f"end of {kind}" for kind in ("matrix", "determinant", "cases", "list")}
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
    "∏": "\\prod",
    "≠": "\\ne",
    "≤": "\\le",
    "≥": "\\ge",
    "∈": "\\in",
}
# small letters and digits of Unicode; ᵀ is a sign
_SMALL = (RAISED.keys() | LOWERED.keys()) - {"ᵀ", "ᴴ"}
# commands that are left out together with what they are given: a label, a length, a colour
_DROPPED = re.compile(
    r"\\(?:label|tag|hspace|vspace|phantom|hphantom|vphantom|color|textcolor|colorbox|mathcolor|cite|eqref|ref)\*?"
    r"\s*(?:\[[^\[\]]*\]\s*)?\{[^{}]*\}"
    r"|\\(?:mkern|kern|mskip|hskip|raise|lower)\s*-?[\d.]+\s*(?:mu|em|ex|pt|cm|mm)"
    r"|\\(?:boxed|ensuremath|smash|mathpalette|bgroup|egroup|underbrace|overbrace|substack|hfill|centering)(?![A-Za-z])"
)
# the macros of papers for bold letters: \\vx, \\mA, \\bx, \\bSigma
_GREEK_NAMES = "|".join("lambda" if name == "lam" else name for name in GREEK_LETTERS.values())
_BOLD_MACRO = re.compile(rf"\\(?:b(?!(?:eta|f|m)\Z)|v|m(?=[A-Z]))([A-Za-z]|{_GREEK_NAMES})")
_BRACED = frozenset({"\\underbrace", "\\overbrace"})
_LINE_SPACE = re.compile(r"\*?\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|cm|mm|\\\w+)\s*\]")
_OPERATOR = re.compile(r"\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*\{([^{}]*)\}")
_WITHOUT_MEANING = frozenset({"equation", "align", "aligned", "split", "gather", "gathered", "multline", "math"})
_WITHOUT_MEANING |= {"displaymath", "eqnarray", "flalign"}
_MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "Bmatrix", "smallmatrix", "vmatrix", "array"})
_CASES = frozenset({"cases", "dcases"})
_COLUMNS = re.compile(r"\s*\{[clr| ]*\}|\s*\[[clr]\]")
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+)\*?\}")


@dataclass(slots=True)
class LatexToken:
    """A word or a sign.

    ``style``: the typeface, ``accent``: hat, bar …; ``spaced``: whether a space comes before. ``index``: the tokens in
    the parentheses of a superscript, as in W^{(1)}.
    """

    kind: str
    text: str
    span: Span
    style: str = ""
    accent: str = ""
    spaced: bool = False
    index: tuple = ()


def latex_tokens(text):
    """Return the tokens of a text. Raises ExpressionSyntaxError or LimitError with a span in it."""
    found, position, size, spaced, operators, matrices = [], 0, "", False, {}, []
    while position < len(text):
        match = _DROPPED.match(text, position)
        if match is not None:
            position, spaced = match.end(), True
            if match.group() in _BRACED:
                found.append(LatexToken("command", match.group(), Span(*match.span())))
            continue
        match = _TOKEN.match(text, position)
        kind, word, span = match.lastgroup, match.group(), Span(*match.span())
        position = _small_letters(text, position, found) if word[0] in _SMALL else match.end()
        if word in ("\\begin", "\\end") or matrices and word in ("&", "\\\\"):
            position = _arrangement(text, word, span, found, matrices)
            size, spaced = "", True
            continue
        if kind == "space" or word in _IGNORED or word[0] in _SMALL:
            spaced = True
            continue
        if word.rstrip("*") == "\\DeclareMathOperator":
            position = _declared_operator(text, span, operators)
            continue
        if word == "\\\\":
            line_space = _LINE_SPACE.match(text, position)
            position = line_space.end() if line_space else position
        if word in _OPENING_SIZES or word in _CLOSING_SIZES or word in _SIZES:
            size = word
            continue
        if size and word == ".":
            size = ""
            continue
        if word in operators:
            token = LatexToken("word", operators[word], span, "operator")
        else:
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


def _small_letters(text, start, found):
    """Take the letters and digits of a subscript or a superscript of Unicode, as x_{i} is; return where it ends."""
    sign, table = ("^", RAISED) if text[start] in RAISED else ("_", LOWERED)
    end = start
    while end < len(text) and text[end] in table and text[end] in _SMALL:
        end += 1
    whole = Span(start, end)
    found += [LatexToken("sign", sign, whole), LatexToken("group", "{", whole)]
    for place in range(start, end):
        word = table[text[place]]
        digits = word.isdigit() and found[-1].kind == "number"
        if digits:
            found[-1] = LatexToken("number", found[-1].text + word, Span(found[-1].span.start, place + 1))
            continue
        kind = "number" if word.isdigit() else "letter" if word.isalpha() else {"(": "open", ")": "close"}.get(word)
        found.append(LatexToken(kind or "sign", word, Span(place, place + 1)))
    found.append(LatexToken("end group", "}", whole))
    return end


def _environment(text, span):
    """Return (where the text goes on after \\begin{equation}, the name of a matrix, "cases" or "")."""
    match = _ENVIRONMENT.match(text, span.end)
    if match is None or match[1] not in _WITHOUT_MEANING | _MATRICES | _CASES:
        raise ExpressionSyntaxError(
            "this environment is not read",
            source=text,
            span=Span(span.start, match.end() if match else span.end),
            hint=r"write \begin{bmatrix} a & b \\ c & d \end{bmatrix}, or give what it holds a name",
        )
    end = match.end()
    if match[1] in _MATRICES:
        columns = _COLUMNS.match(text, end)
        return columns.end() if columns else end, match[1]
    return end, "cases" if match[1] in _CASES else ""


def _arrangement(text, word, span, found, matrices):
    r"""Take the begin or end of an environment, or what parts a matrix; return where the text goes on.

    ``matrices``: the names of those that are open. \begin{vmatrix} is the bar of a determinant.
    """
    if word in ("&", "\\\\"):
        found.append(LatexToken("cell", word, span))
        line_space = _LINE_SPACE.match(text, span.end) if word != "&" else None
        return line_space.end() if line_space else span.end
    position, name = _environment(text, span)
    if name:
        kind = "determinant" if name.startswith("v") else "cases" if name in _CASES else "matrix"
        begins = word == "\\begin"
        span = span if begins else Span(span.start, position)
        found.append(LatexToken("open" if begins else "close", kind if begins else f"end of {kind}", span))
        if begins:
            matrices.append(name)
        elif matrices:
            matrices.pop()
    return position


def _declared_operator(text, span, operators):
    r"""Take \DeclareMathOperator{\tr}{tr} into {command: word}; return where the text goes on."""
    match = _OPERATOR.match(text, span.end)
    if match is None:
        raise ExpressionSyntaxError(
            "the declaration of an operator is not read",
            source=text,
            span=span,
            hint=r"write \DeclareMathOperator{\tr}{tr}, or leave it out",
        )
    operators[f"\\{match[1]}"] = "".join(re.findall("[A-Za-z0-9]+", re.sub(r"\\[A-Za-z]+", "", match[2]))) or match[1]
    return match.end()


def _styled_letter(char, span):
    """Return the token of a letter of Unicode's mathematical alphabets, such as a bold 𝐱; None for any other sign."""
    if not "\U0001d400" <= char <= "\U0001d7ff":
        return None
    plain = unicodedata.normalize("NFKC", char)
    plain = GREEK_LETTERS.get(plain, plain)
    kind = "number" if plain.isdigit() else "letter"
    return LatexToken(kind, plain, span, "bold" if "BOLD" in unicodedata.name(char, "") else "")


def _token(text, kind, word, span, size):
    styled = _styled_letter(word, span) if len(word) == 1 else None
    if styled is not None:
        return styled
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
    if macro := _BOLD_MACRO.fullmatch(word):
        letter = macro[1]
        single = len(letter) == 1
        return LatexToken("letter" if single else "command", letter if single else f"\\{letter}", span, "bold")
    if word[0] == "\\":
        return LatexToken("command", word, span)
    return LatexToken(kind, word, span)
