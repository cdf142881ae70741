"""MathML of a formula, as browsers show it and word processors import it (MathML Core, W3C)."""

from __future__ import annotations

from html import escape

from .formula import LARGE, Accent, Fenced, Fraction, Leaf, Node, Root, Row, Scripts, Styled, Table, read_formula

# where the alphabets of Unicode's mathematics begin: A, a, 0, Α, α
_ALPHABETS = {
    "bold": (0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2), "bold italic": (0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736),
    "double": (0x1D538, 0x1D552, 0x1D7D8, None, None), "script": (0x1D49C, 0x1D4B6, None, None, None),
    "sans": (0x1D5A0, 0x1D5BA, 0x1D7E2, None, None),
}  # fmt: skip
_RANGES = (("A", "Z"), ("a", "z"), ("0", "9"), ("Α", "Ω"), ("α", "ω"))
_HOLES = {"𝔺": "ℂ", "𝔿": "ℍ", "𝕅": "ℕ", "𝕇": "ℙ", "𝕈": "ℚ", "𝕉": "ℝ", "𝕑": "ℤ", "𝒝": "ℬ", "𝒠": "ℰ", "𝒡": "ℱ",
          "𝒣": "ℋ", "𝒤": "ℐ", "𝒧": "ℒ", "𝒨": "ℳ", "𝒭": "ℛ", "𝒺": "ℯ", "𝒼": "ℊ", "𝓄": "ℴ"}  # fmt: skip
_DELIMITERS = {"bmatrix": "[]", "pmatrix": "()", "cases": "{"}


def mathml_text(latex: str) -> str:
    """Return the <math> element, in display style, of a formula that matcalc wrote in LaTeX.

    >>> print(mathml_text("2 A^{2}"))
    <math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mn>2</mn><msup><mi>A</mi><mn>2</mn></msup></math>
    """
    body = "".join(_written(part) for part in read_formula(latex).parts)
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{body}</math>'


def styled_letters(text: str, style: str) -> str:
    """Return letters and digits in an alphabet of Unicode's mathematics, as far as it has them."""
    starts = _ALPHABETS.get(style)
    return "".join(_in_alphabet(char, starts) for char in text) if starts else text


def _in_alphabet(char: str, starts: tuple) -> str:
    for (first, last), start in zip(_RANGES, starts, strict=True):
        if first <= char <= last and start is not None:
            found = chr(start + ord(char) - ord(first))
            return _HOLES.get(found, found)
    return char


def _written(node: Node, style: str = "") -> str:
    if isinstance(node, Row):
        return "<mrow>" + "".join(_written(part, style) for part in node.parts) + "</mrow>"
    if isinstance(node, Leaf):
        return _leaf(node, style)
    if isinstance(node, Styled):
        return _written(node.body, node.style)
    if isinstance(node, Fraction):
        return f"<mfrac>{_written(node.above, style)}{_written(node.below, style)}</mfrac>"
    if isinstance(node, Root):
        return f"<msqrt>{_written(node.body, style)}</msqrt>"
    if isinstance(node, Accent):
        return f'<mover accent="true">{_written(node.body, style)}<mo>{node.mark}</mo></mover>'
    if isinstance(node, Fenced):
        inner = _written(node.body, style)
        return f"<mrow>{_fence(node.opening, 'prefix')}{inner}{_fence(node.closing, 'postfix')}</mrow>"
    if isinstance(node, Scripts):
        return _scripts(node, style)
    return _table(node, style)


def _leaf(leaf: Leaf, style: str) -> str:
    text = escape(styled_letters(leaf.text, style or leaf.kind), quote=False)
    if leaf.kind == "space":
        return '<mspace width="0.17em"/>'
    if leaf.kind == "number":
        return f"<mn>{text}</mn>"
    if leaf.kind == "sign":
        return f"<mo>{text}</mo>"
    if leaf.kind == "text":
        return f"<mtext>{text}</mtext>"
    upright = len(leaf.text) == 1 and (leaf.kind in ("upright", "operator") or style in ("upright", "operator"))
    return f'<mi mathvariant="normal">{text}</mi>' if upright else f"<mi>{text}</mi>"


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="true">{escape(sign, quote=False)}</mo>' if sign else ""


def _scripts(node: Scripts, style: str) -> str:
    limits = isinstance(node.base, Leaf) and node.base.text in LARGE
    under, over, both = ("munder", "mover", "munderover") if limits else ("msub", "msup", "msubsup")
    base = _written(node.base, style)
    scripts = "".join(_written(script, style) for script in (node.below, node.above) if script is not None)
    name = both if None not in (node.below, node.above) else under if node.above is None else over
    return f"<{name}>{base}{scripts}</{name}>"


def _table(table: Table, style: str) -> str:
    rows = "".join(
        "<mtr>" + "".join(f"<mtd>{_written(cell, style)}</mtd>" for cell in row) + "</mtr>" for row in table.rows
    )
    signs = _DELIMITERS.get(table.kind, "")
    return f"<mrow>{_fence(signs[:1], 'prefix')}<mtable>{rows}</mtable>{_fence(signs[1:], 'postfix')}</mrow>"
