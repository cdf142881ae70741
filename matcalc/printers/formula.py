r"""The LaTeX that matcalc writes, as a tree of mathematics, from which Typst and MathML are written.

It reads what the LaTeX notation writes and what papers' names bring with them (``\hat{\beta}``, ``\mathbf{x}``); a
command that it does not know is a name in upright letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

SIGNS = {
    "cdot": "⋅", "odot": "⊙", "oslash": "⊘", "otimes": "⊗", "oplus": "⊕", "times": "×", "le": "≤", "ge": "≥", "ne": "≠",
    "leq": "≤", "geq": "≥", "neq": "≠", "partial": "∂", "nabla": "∇", "infty": "∞", "sum": "∑", "prod": "∏", "top": "⊤",
    "in": "∈", "pm": "±", "circ": "∘", "dagger": "†", "to": "→", "ell": "ℓ", "ldots": "…", "cdots": "⋯", "approx": "≈",
    "propto": "∝", "succeq": "⪰", "succ": "≻", "sim": "∼", "mid": "∣", "quad": " ", "qquad": " ", "ast": "*",
    "prime": "′",
}  # fmt: skip
LETTERS = dict(zip(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
    "αβγδϵεζηθϑικλμνξπρστυϕφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True,
))  # fmt: skip
NAMED = frozenset(
    "log ln exp sin cos tan sinh cosh tanh arcsin arccos arctan det max min dim ker sup inf arg Pr gcd lim".split()
)
LARGE = frozenset("∑∏")
FENCES = {"lVert": "‖", "rVert": "‖", "Vert": "‖", "|": "‖", "langle": "⟨", "rangle": "⟩", "{": "{", "}": "}",
          "lvert": "|", "rvert": "|", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉"}  # fmt: skip
_STYLES = {"mathbf": "bold", "boldsymbol": "bold italic", "bm": "bold italic", "mathrm": "upright",
           "operatorname": "operator", "mathbb": "double", "mathcal": "script", "mathsf": "sans", "mathit": "italic",
           "textbf": "bold"}  # fmt: skip
ACCENTS = {"hat": "ˆ", "widehat": "ˆ", "tilde": "˜", "widetilde": "˜", "bar": "¯", "overline": "¯", "dot": "˙",
           "ddot": "¨", "vec": "→", "check": "ˇ", "breve": "˘", "acute": "´", "grave": "`"}  # fmt: skip
_TEXT = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_TOKEN = re.compile(
    rf"\\text\{{(?P<text>{_TEXT})\}}|"
    r"\\begin\{(?P<begin>\w+\*?)\}|\\end\{(?P<end>\w+\*?)\}|\\(?P<command>[A-Za-z]+)\s?|\\(?P<escaped>.)|(?P<space>\s+)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<other>.)",
    re.DOTALL,
)

_ESCAPED = re.compile(r"\\([&%_#])")


@dataclass(frozen=True)
class Row:
    """Parts beside one another."""

    parts: tuple


@dataclass(frozen=True)
class Leaf:
    """A sign; ``kind`` is letter, number, sign, space, or a style: bold, upright, operator, text, double, script."""

    text: str
    kind: str


@dataclass(frozen=True)
class Styled:
    """Parts in one style."""

    body: Node
    style: str


@dataclass(frozen=True)
class Fraction:
    """A fraction."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Root:
    """A square root."""

    body: Node


@dataclass(frozen=True)
class Scripts:
    """A base with what stands below and above; None where nothing does."""

    base: Node
    below: Node | None
    above: Node | None


@dataclass(frozen=True)
class Fenced:
    """Parts between two delimiters that grow with them; "" for one that is not drawn."""

    opening: str
    body: Node
    closing: str


@dataclass(frozen=True)
class Accent:
    """A letter with an accent."""

    mark: str
    body: Node


@dataclass(frozen=True)
class Table:
    """Rows of cells; ``kind`` is the LaTeX environment: bmatrix, pmatrix, cases, aligned."""

    kind: str
    rows: tuple


Node = Row | Leaf | Styled | Fraction | Root | Scripts | Fenced | Accent | Table


def read_formula(text: str) -> Row:
    """Return the tree of a formula in LaTeX."""
    tokens = [
        (kind, match[kind])
        for match in _TOKEN.finditer(text)
        if (kind := match.lastgroup) is not None and kind != "space"
    ]
    return _Reader(tokens).row(())


def _words(text: str) -> Row:
    """Return the parts of a text with formulas in it, which stand between dollar signs."""
    parts: list = []
    for place, piece in enumerate(text.split("$")):
        if place % 2:
            parts.append(read_formula(piece))
        elif piece:
            parts.append(Leaf(_ESCAPED.sub(r"\1", piece), "text"))
    return Row(tuple(parts))


class _Reader:
    """Takes tokens one after another; nesting is that of the formula, which a page can hold."""

    def __init__(self, tokens: list) -> None:
        self.tokens, self.place = tokens, 0

    def peek(self) -> tuple:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def take(self) -> tuple:
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ("", "")

    def row(self, ends: tuple) -> Row:
        """Read parts up to one of the tokens that end them, which is left."""
        parts: list = []
        while self.place < len(self.tokens) and self.peek() not in ends:
            kind, text = self.peek()
            if kind == "other" and text in "^_":
                self.take()
                parts[-1:] = [self.scripts(parts[-1] if parts else Row(()), text)]
            else:
                parts.append(self.atom())
        return Row(tuple(parts))

    def scripts(self, base: Node, sign: str) -> Scripts:
        """Read a script of a base, which may have one on the other side."""
        held = base if isinstance(base, Scripts) else Scripts(base, None, None)
        if (held.below if sign == "_" else held.above) is not None:
            held = Scripts(base, None, None)
        script = self.atom()
        return replace(held, below=script) if sign == "_" else replace(held, above=script)

    def atom(self) -> Node:
        kind, text = self.take()
        if kind == "begin":
            return self.table(text)
        if kind == "text":
            return _words(text)
        if kind == "command":
            return self.command(text)
        if kind == "escaped":
            return Leaf(FENCES[text], "sign") if text in FENCES else Leaf(" " if text in ",;: " else text, "space")
        if (kind, text) == ("other", "{"):
            inner = self.row((("other", "}"),))
            self.take()
            return inner.parts[0] if len(inner.parts) == 1 else inner
        if kind == "number":
            return Leaf(text, "number")
        return Leaf({"-": "−", "'": "′"}.get(text, text), "letter" if text.isalpha() else "sign")

    def command(self, word: str) -> Node:
        if word == "frac":
            return Fraction(self.atom(), self.atom())
        if word == "sqrt":
            return Root(self.atom())
        if word == "left":
            return self.fenced()
        if word in ACCENTS:
            return Accent(ACCENTS[word], self.atom())
        if word in _STYLES:
            return self.styled(_STYLES[word])
        if word in LETTERS:
            return Leaf(LETTERS[word], "letter")
        if word in NAMED:
            return Leaf(word, "operator")
        if word in FENCES:
            return Leaf(FENCES[word], "sign")
        sign = SIGNS.get(word)
        return Leaf(word, "upright") if sign is None else Leaf(sign, "space" if sign == " " else "sign")

    def styled(self, style: str) -> Node:
        """Read a word in a style as it stands, or a formula of which all letters have the style."""
        start = self.place
        words = []
        if self.take() != ("other", "{"):
            self.place = start
            return Styled(self.atom(), style)
        while (token := self.take()) not in (("other", "}"), ("", "")):
            words.append(token)
        if style in ("operator", "text", "upright") or all(kind in ("number", "other") for kind, _ in words):
            if all(kind != "command" for kind, _ in words) and words:
                return Leaf("".join(text for _, text in words), style)
        self.place = start
        return Styled(self.atom(), style)

    def fenced(self) -> Fenced:
        opening = self.delimiter()
        end = ("command", "right")
        body = self.row((end,))
        self.take()
        return Fenced(opening, body, self.delimiter())

    def delimiter(self) -> str:
        kind, text = self.take()
        return FENCES.get(text, text) if kind in ("command", "escaped") else "" if text == "." else text

    def table(self, kind: str) -> Table:
        ends = (("other", "&"), ("escaped", "\\"), ("end", kind))
        rows: list = [[]]
        while True:
            rows[-1].append(self.row(ends))
            _, text = self.take()
            if text == "\\":
                rows.append([])
            elif text != "&":
                return Table(kind, tuple(tuple(row) for row in rows))
