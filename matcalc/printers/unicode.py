"""Surface tree to Unicode mathematics: ``2 Aᵀ (A x - b)``."""

from __future__ import annotations

import re

from ..language import generators
from ..language.nodes import conjugated
from ..language.syntax import Binary, Call, Name, Negate, Number
from ..language.tokens import THIN_SPACE
from .notation import GREEK, Fragment, Notation
from .templates import ANY, ATOM, FACTOR, PRODUCT, QUOTIENT

_OVERLINE = "\u0304"
_RAISED = str.maketrans("0123456789+-abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SIZED = ("I_", "𝟏_")  # how the templates of constants begin whose size may be left out
_NUMBERED = re.compile(r"(?P<stem>.*?[A-Za-z])_?(?P<digits>\d+)")


def unicode_text(tree, book, shapes=None, changes=None):
    """Return a surface tree in Unicode mathematics.

    ``shapes``: those of its names, as in declarations; without them the language's inference finds them. They
    decide which products are elementwise (∘). ``changes`` maps the names of differentials to the names that they are
    the differentials of. Raises LimitError where the text would fill thousands of pages.

    >>> from matcalc.api import book_of
    >>> from matcalc.language.syntax import parse_tree
    >>> unicode_text(parse_tree("2*A.T@(A@x - b)"), book_of())
    '2 Aᵀ (A x - b)'
    """
    return UnicodeNotation(tree, book, shapes, changes).write()


def with_marks(text, plain):
    """Return a text in Unicode mathematics with thin spaces where it is all ASCII and not what the language says.

    ``plain``: the expression in the language. A x alone would be a slip in the language; with a thin space it is read.
    """
    if not text.isascii() or text == plain or "|" in text:
        return text
    return text.replace(" ", THIN_SPACE) if " " in text else text.replace("^(", f"{THIN_SPACE}^(")


def _script_text(node, depth=2):
    """Return a small exponent or index as plain text, or None where it is not small."""
    if isinstance(node, Number) and node.value.denominator == 1:
        return str(node.value)
    if isinstance(node, Name) and len(node.id) == 1:
        return node.id
    if isinstance(node, Negate) and isinstance(node.operand, (Number, Name)):
        inner = _script_text(node.operand)
        return inner and "-" + inner
    if isinstance(node, Binary) and node.op in "+-" and depth and not isinstance(node.right, (Binary, Negate)):
        left, right = _script_text(node.left, depth - 1), _script_text(node.right, depth - 1)
        return left and right and left + node.op + right
    return None


def _translated(node, table):
    text = _script_text(node)
    return text.translate(table) if text and all(ord(character) in table for character in text) else None


class UnicodeNotation(Notation):
    """Unicode's signs; a script whose characters do not all exist is written ^(…) or _(…)."""

    field = "unicode"

    leaves_out = frozenset({"unit", "eye", "ones"})

    def name(self, text: str) -> str:
        if text in GREEK:
            return GREEK[text]
        match = _NUMBERED.fullmatch(text)
        if match:
            stem = match["stem"]
            return GREEK.get(stem, stem) + match["digits"].translate(_LOWERED)
        stem, underscore, rest = text.partition("_")
        return GREEK.get(stem, stem) + underscore + rest

    def differential(self, name: str) -> str:
        return "d" + name

    def verbatim(self, text: str) -> str:
        return text

    def fraction(self, numerator: int, denominator: int) -> Fragment:
        return Fragment([f"{numerator}/{denominator}"], QUOTIENT)

    def quotient(self, node: Binary) -> Fragment:
        return Fragment([(node.left, PRODUCT, True), "/", (node.right, FACTOR, False)], QUOTIENT)

    def raised(self, exponent, entrywise):
        script = _translated(exponent, _RAISED)
        pieces = [script] if script else ["^", (exponent, ATOM, False)]
        return ["∘", *pieces] if entrywise else pieces

    def lowered(self, node):
        script = _translated(node, _LOWERED)
        return [script] if script else ["_", (node, ATOM, False)]

    sums = {"sum": "∑", "prod": "∏"}
    relations = {"!=": "≠", "==": "=", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}

    def over(self, node):
        """A sum or a product with its sign; what has none is written as in the language."""
        if node.function in self.sums:
            return super().over(node)
        return Fragment([p if isinstance(p, str) else (p[0], ANY, True) for p in generators.pieces(node)], ATOM)

    def sum_sign(self, function, below, last):
        """∑ᵢ₌₀ⁿ⁻¹ where all of it has small letters, else ∑_(i=0)^(n - 1)."""
        name, sign, start, *conditions = below
        lowered, raised = _translated(start[0], _LOWERED), _translated(last, _RAISED)
        small = name.translate(_LOWERED)
        if conditions or not lowered or not raised or small == name:
            limits = ["_(", name, sign, start, *conditions, ")^(", (last, ANY, True), ") "]
        else:
            limits = [small, "₌", lowered, raised, " "]
        return [self.sums[function], *limits]

    def write(self) -> str:
        """Return the text. Raises LimitError where it would fill thousands of pages."""
        text = super().write()
        # a comparison that stands alone is a condition, and in parentheses a value
        is_value = isinstance(self.tree, Call) and any(r.relation for r in self.book.overloads(self.tree.function))
        return f"({text})" if is_value and self.fragments[id(self.tree)].level == ANY else text

    def index(self, node):
        script = _translated(node, _RAISED)
        return ["⁽", script, "⁾"] if script else super().index(node)

    def _with_size(self, text: str, node: Call) -> str:
        if text[:2] in _SIZED:
            return text if id(node) in self.open else text.partition("_{")[0]
        return super()._with_size(text, node)

    def _is_unsized(self, text: str, node: Call) -> bool:
        pair = text.count("_{") == 2
        long = any(not isinstance(arg, (Name, Number)) and not _translated(arg, _LOWERED) for arg in node.args)
        return id(node) in self.open and "{" not in text or pair and long

    def function(self, node):
        inner = conjugated(node)
        written = self.name(inner.id) if isinstance(inner, Name) else ""
        if len(written) == 1:
            return [written + _OVERLINE]
        pieces = [node.function, "("]
        for index, arg in enumerate(node.args):
            pieces += [", "] if index else []
            pieces.append((arg, ANY, True))
        for name, value in node.keywords:
            pieces += [f", {name}=", (value, ANY, True)]
        return [*pieces, ")"]
