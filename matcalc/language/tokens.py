"""The words and signs of the expression language, with their spans."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..bounds import MAX_TOKENS
from ..errors import ExpressionSyntaxError, LimitError, MatcalcError, Span, UnknownNameError

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<imaginary>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[jJ](?![A-Za-z_0-9]))
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<transpose>\.[TH](?![A-Za-z_0-9]))
      | (?P<op>\*\*|[!=<>]=|[-+*/@(),=\[\]:<>])
    """,
    re.VERBOSE | re.ASCII,
)

# a function of a library or a method of an array, as in code
_CALLED = re.compile(r"\.[A-Za-z_]\w*(\.\w+)*\(")

_IN_CONDITION = re.compile(r"\bfor\b.*\bif\b", re.DOTALL)
_INSTEAD = {
    "^": "** for a power",
    "−": "- (the ASCII minus)",
    "–": "- (the ASCII minus)",
    "⊙": "*",
    "∘": "*",
    "·": "*",
    "×": "* or @",
    "⊗": "kron(A, B)",
    "²": "**2",
    "³": "**3",
    "½": "1/2",
    "ᵀ": ".T",
    "⊤": ".T",
    "′": ".T",
    "’": ".T",
    "⁻": "inv(X)",
    "¹": "inv(X)",
    "√": "sqrt(x)",
    "‖": "norm(x)",
    "∥": "norm(x)",
    "|": "abs(x), det(X) or norm(x)",
    "∑": "sum(x)",
    "∞": "inf",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "\\": "the expression as in Python: x.T@A@x, not LaTeX",
    "{": "parentheses",
    "}": "parentheses",
    "$": "the expression without $",
    "%": "an expression without %",
    ";": "one expression",
    "!": "an expression without !",
    "&": "logical_and(A, B) or (A)*(B) for two conditions",
    "#": "one expression",
    "~": "- for a negation",
    "?": "one expression",
    "`": "one expression",
}


# between the words of a formula in Unicode mathematics
THIN_SPACE = "\u2009"
RELATIONS = ("!=", "==", "<=", ">=", "<", ">")


GREEK_LETTERS = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lam",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Σ": "Sigma",
    "Λ": "Lam",
    "Φ": "Phi",
    "Ω": "Omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Π": "Pi",
    "Ψ": "Psi",
}


LOOKALIKE = dict(zip("асеорхуіАВСЕНІКМОРТХ", "aceopxyiABCEHIKMOPTX"))


@dataclass(slots=True)
class Token:
    kind: str
    text: str
    span: Span


_FRACTION = re.compile(r"(?<![\w)])(\w+)\s*/\s*(\w+)$")


def _power_hint(text: str) -> str:
    """Return the hint for '^': the text with ** for it, and with the signs that are left out in 2x^2 and c(x + y)."""
    power = re.sub(r"(\d)(?=[A-Za-z(])|(\))(?=[\w(])", r"\1\2*", text.replace("^", "**"))
    usual = len(text) <= 60 and not re.search(r"\w [\w(]|\*\*(?:T|\{|\*)|\d[eE]\d", power)
    if not usual:
        power = _INSTEAD["^"]
    whole = ", or read the whole as MATLAB style with --syntax matlab"
    return f"write {power}" + (whole if power == text.replace("^", "**") else "")


# with which people go on in words behind a formula
_WORDS = re.compile(r"(?:and|assuming|by|for|given|if|over|subject|such|when|where|with|wrt)\s+\w.*", re.S)


def words_hint(rest: str) -> str | None:
    """Return the hint for words behind a formula, None where it does not go on in words."""
    words = _WORDS.fullmatch(rest.strip())
    if words is None:
        return None
    shown = words[0] if len(words[0]) <= 30 else words[0][:29] + "…"
    return f"leave out '{shown}': what is known of a name is declared with --assume and --shape"


def product_hint(left: str, right: str) -> str | None:
    """Return the hint for a sign that is missing between two operands; x of 1/2x may belong to either side."""
    if not left:
        return None
    if below := _FRACTION.search(left):
        return f"write {below[1]}/{below[2]}*{right}, or {below[1]}/({below[2]}*{right})"
    before = None if left.endswith(")") else re.search(r"[\w.]*\S?$", left)
    return f"write {before[0] if before else ')'}*{right}"


def _unexpected(text: str, position: int) -> MatcalcError:
    """Return the error for a character that begins no token."""
    char = text[position]
    span = Span(position, position + 1)
    if char == "%" and _IN_CONDITION.search(text, 0, position):
        hint = "take the sum of a slice: sum(x[::2]) has every second entry"
        return ExpressionSyntaxError("remainders of an index are not read", source=text, span=span, hint=hint)
    if char in _INSTEAD:
        what = "'^' is not a power here" if char == "^" else f"'{char}' is not in the expression language"
        hint = f"write {_INSTEAD[char]}"
        if char == "^":
            hint = _power_hint(text)
        return ExpressionSyntaxError(what, source=text, span=span, hint=hint)
    if char.isalpha():
        word = GREEK_LETTERS.get(char) or LOOKALIKE.get(char)
        hint = f"write {word}" if word else "names are written in ASCII letters"
        return UnknownNameError(
            f"'{char}' (U+{ord(char):04X}) cannot stand in a name", source=text, span=span, hint=hint
        )
    if char == ".":
        hint = "write X.T for the transpose, X.H for the conjugate transpose, inv(X) for the inverse"
        if _CALLED.match(text, position):
            hint = 'write sum(X, axis=0) for X.sum(axis=0), or read the whole as Python with syntax="python"'
        return ExpressionSyntaxError("only .T and .H can follow a dot", source=text, span=span, hint=hint)
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return ExpressionSyntaxError(
        f"'{shown}' is not in the expression language", source=text, span=span, hint="remove it"
    )


def _string_token(text: str, position: int) -> Token:
    end = text.find(text[position], position + 1)
    if end < 0:
        raise ExpressionSyntaxError(
            "the quotation is never closed",
            source=text,
            span=Span(position, position + 1),
            hint="close it, or write .T for a transpose",
        )
    return Token("string", text[position + 1 : end], Span(position, end + 1))


def tokens_of(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of a text from ``start`` to ``end``, with their spans in the whole text."""
    end = len(text) if end is None else end
    result: list[Token] = []
    position, after_operand, matched = start, False, _TOKEN.match
    while position < end:
        match = matched(text, position, end)
        if match is None:
            if text[position] in "'\"" and not after_operand:
                token = _string_token(text, position)
                result.append(token)
                position, after_operand = token.span.end, True
                continue
            if text[position] == "'":
                raise ExpressionSyntaxError(
                    "a prime is not a transpose here", source=text, span=Span(position, position + 1), hint="write .T"
                )
            raise _unexpected(text, position)
        kind, found, stop = str(match.lastgroup), match[0], match.end()
        if kind != "space":
            token = Token(kind, found, Span(position, stop))
            result.append(token)
            after_operand = kind != "op" or found in ")]"
            if len(result) > MAX_TOKENS:
                raise LimitError(
                    f"the expression has more than {MAX_TOKENS} words and signs",
                    source=text,
                    span=token.span,
                    hint="give repeated parts a name of their own",
                )
        position = stop
    return result
