r"""A reader of the Unicode and the LaTeX notation, written without the printers, for their tests.

It reads as a mathematician would: juxtaposition binds tightest, then '/', then ∘ ⊘ ⊗, then a minus in front, then
sums; all of them from the left. The result is a nested tuple.
"""

import re

from matcalc.language.syntax import Binary, Name, Negate, Number, Transpose

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789+-abcdefghijklmnoprstuvwxyz"))

_UNICODE = re.compile(r"(?P<number>\d+)|(?P<call>[^\W\d_ᵀ]+)\(|(?P<name>[^\W\d_ᵀ]+)|(?P<sign>.)")
_LATEX = re.compile(
    r"(?P<number>\d+)|\\operatorname\{(?P<operator>\w+)\}\\left\(|(?P<command>\\(?!left|right|frac|sqrt|od|os|cd|top)"
    r"[a-z]+)\\left\(|(?P<name>[A-Za-z]|\\(?:alpha|lambda|Sigma))(?![a-z])|(?P<sign>\\left\\lVert|\\right\\rVert|"
    r"\\left.|\\right.|\\[a-z]+|.)"
)


def read_unicode(text):
    """Return the nested tuple that a text in the Unicode notation means."""
    raised = "".join(RAISED)
    text = re.sub(f"[{raised}]+(?!ᵀ)", lambda run: "^{" + "".join(RAISED[c] for c in run[0]) + "}", text)
    text = text.replace("⁻ᵀ", "^{-1}ᵀ").replace("∘^{", "⌃^{").replace("∘^", "⌃^")
    # bars look alike on both sides: the printer never nests them, so they open and close in turn
    text = re.sub("‖([^‖]*)‖", r"⟦\1⟧", text)
    tokens = []
    for match in _UNICODE.finditer(text):
        kind = match.lastgroup
        tokens.append((kind, match[kind]))
    return _Reader(tokens).whole()


def read_latex(text):
    """Return the nested tuple that a LaTeX text of the printer's means."""
    text = text.replace(r"^{\top}", "ᵀ").replace(r"^{-\top}", "^{-1}ᵀ").replace(r"^{\odot ", "⌃^{")
    signs = {
        r"\left(": "(",
        r"\right)": ")",
        r"\odot": "∘",
        r"\oslash": "⊘",
        r"\otimes": "⊗",
        r"\cdot": "·",
        r"\left\lVert": "⟦",
        r"\right\rVert": "⟧",
    }
    tokens = []
    for match in _LATEX.finditer(text):
        kind = match.lastgroup
        value = match[kind]
        if kind in ("operator", "command"):
            kind, value = "call", value.lstrip("\\")
        if value == r"\sqrt":
            value = "√"
        tokens.append((kind, signs.get(value, value)))
    return _Reader(tokens).whole()


class _Reader:
    def __init__(self, tokens):
        # a space is juxtaposition only between two operands: beside an operator it means nothing
        self.tokens = [token for token in tokens if token != ("sign", " ")]
        self.index = 0

    def peek(self):
        return self.tokens[self.index] if self.index < len(self.tokens) else ("end", "")

    def take(self, *signs):
        if self.peek()[0] == "sign" and self.peek()[1] in signs:
            self.index += 1
            return self.tokens[self.index - 1][1]
        return None

    def expect(self, sign):
        assert self.take(sign), f"'{sign}' expected at token {self.index} of {self.tokens}"

    def whole(self):
        value = self.sum()
        assert self.peek()[0] == "end", f"left over: {self.tokens[self.index :]}"
        return value

    def sum(self):
        value = ("neg", self.entrywise()) if self.take("-") else self.entrywise()
        while sign := self.take("+", "-"):
            value = (sign, value, self.entrywise())
        return value

    def entrywise(self):
        value = self.quotient()
        while sign := self.take("∘", "⊘", "⊗"):
            value = (sign, value, self.quotient())
        return value

    def quotient(self):
        value = self.product()
        while self.take("/"):
            value = ("/", value, self.factor())
        return value

    def product(self):
        value = self.factor()
        while (
            self.take("·")
            or self.peek()[0] in ("number", "name", "call")
            or self.peek()[1] in ("(", "√", "⟦", r"\frac")
        ):
            value = ("juxtaposed", value, self.factor())
        return value

    def factor(self):
        if self.take("√"):
            closing = self.take("{")
            inner = self.sum() if closing else self.atom()
            if closing:
                self.expect("}")
            value = ("sqrt", inner)
            return self.scripts(value) if closing else value
        return self.scripts(self.atom())

    def scripts(self, value):
        while sign := self.take("ᵀ", "^", "⌃"):
            if sign == "ᵀ":
                value = ("T", value)
                continue
            if sign == "⌃":
                self.expect("^")
            value = ("entrywise power" if sign == "⌃" else "power", value, self.exponent())
        return value

    def exponent(self):
        if self.take("{"):
            value = self.sum()
            self.expect("}")
            return value
        return self.atom()

    def atom(self):
        kind, text = self.peek()
        self.index += 1
        if kind in ("number", "name"):
            return text
        if kind == "call" or text == "(":
            value = self.sum()
            self.expect(")")
            return (text, value) if kind == "call" else value
        if text == "⟦":
            value = self.sum()
            self.expect("⟧")
            return ("norm", value)
        if text == r"\frac":
            parts = []
            for _ in range(2):
                self.expect("{")
                parts.append(self.sum())
                self.expect("}")
            return ("/", *parts)
        raise AssertionError(f"no operand at token {self.index - 1} of {self.tokens}")


_GREEK = {"α": r"\alpha", "λ": r"\lambda", "Σ": r"\Sigma"}


def plain(value):
    """Return a reading with every minus pulled out of products and quotients, and Greek letters as commands."""
    if isinstance(value, str):
        return _GREEK.get(value, value)
    head, *parts = value
    parts = [plain(part) for part in parts]
    if head in ("juxtaposed", "∘", "⊘", "/") and isinstance(parts[0], tuple) and parts[0][0] == "neg":
        return ("neg", plain((head, parts[0][1], *parts[1:])))
    return (head, *parts)


def meaning(node, is_scalar):
    """Return the reading that a surface tree must have; ``is_scalar``: of a node, whether its value is a scalar."""
    if isinstance(node, Name):
        return {"alpha": r"\alpha", "lam": r"\lambda", "Sigma": r"\Sigma"}.get(node.id, node.id)
    if isinstance(node, Number):
        return str(node.value)
    if isinstance(node, Negate):
        return ("neg", meaning(node.operand, is_scalar))
    if isinstance(node, Transpose):
        return ("T", meaning(node.operand, is_scalar))
    if isinstance(node, Binary):
        left, right = meaning(node.left, is_scalar), meaning(node.right, is_scalar)
        return (_sign(node, is_scalar), left, right)
    inner = [meaning(arg, is_scalar) for arg in node.args]
    if node.function == "inv":
        return ("power", *inner, ("neg", "1"))
    if node.function == "kron":
        return ("⊗", *inner)
    return (node.function, *inner)


def _sign(node, is_scalar):
    scalars = [is_scalar(node.left), is_scalar(node.right)]
    if node.op == "**":
        return "power" if all(scalars) else "entrywise power"
    if node.op == "/":
        return "/" if scalars[1] else "⊘"
    if node.op == "*":
        return "juxtaposed" if any(scalars) else "∘"
    return "juxtaposed" if node.op == "@" else node.op
