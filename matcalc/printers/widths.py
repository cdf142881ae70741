r"""How wide a formula in LaTeX is set, in em of its font: the widths of Computer Modern.

Sources: D. E. Knuth, The TeXbook (1984), appendices F and G (fonts, spaces between atoms); the widths of signs are
those of cmmi10, cmr10, cmsy10 and cmex10, rounded up.
"""

from __future__ import annotations

import re

from .formula import Accent, Fenced, Fraction, Leaf, Node, Root, Row, Scripts, Styled, Table, read_formula

_SCRIPT = 0.74  # 7 pt letters in a formula of 10 pt are a little wider than 7/10
_BINARY = frozenset("+−⋅⊙⊘⊗⊕×±∘*")
_RELATIONS = frozenset("=≤≥≠<>∈≈∝⪰≻∼→∣")
_THIN, _MEDIUM, _THICK = 1 / 6, 2 / 9, 5 / 18
_SIGNS = {"‖": 0.5, "|": 0.28, "∑": 1.06, "∏": 0.95, "⊤": 0.78, ".": 0.28, ",": 0.28, "(": 0.39, ")": 0.39, "[": 0.28,
          "]": 0.28, "∂": 0.59, "∇": 0.84, "∞": 1.0, "′": 0.3, "…": 1.18, "⋯": 1.18}  # fmt: skip
_WIDE_LETTERS = {"m": 0.89, "w": 0.74, "M": 1.09, "W": 1.1, "i": 0.35, "j": 0.46, "l": 0.31, "t": 0.37, "r": 0.48,
                 "f": 0.6, "e": 0.47, "s": 0.47, "c": 0.44}  # fmt: skip
_UPRIGHT = {"i": 0.28, "l": 0.28, "j": 0.31, "t": 0.39, "f": 0.31, "r": 0.4, "s": 0.4, "m": 0.84, "w": 0.73}


def width(latex: str) -> float:
    r"""Return the width of a formula in text or display style, in em.

    >>> round(width(r"2 X^{\top} \left(X w - y\right)"))
    6
    """
    return _width(read_formula(latex))


def _width(node: Node | None) -> float:
    """Return the width of a node; formulas nest as deep as a page can hold."""
    if node is None:
        return 0.0
    if isinstance(node, Row):
        return _row(node.parts)
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, Styled):
        return 1.15 * _width(node.body) if node.style.startswith("bold") else _width(node.body)
    if isinstance(node, Fraction):
        return max(_width(node.above), _width(node.below)) + 0.24
    if isinstance(node, Root):
        return _width(node.body) + 0.84
    if isinstance(node, Scripts):
        scripts = _SCRIPT * max(_width(node.below), _width(node.above))
        above_and_below = isinstance(node.base, Leaf) and node.base.text in "∑∏"
        return max(_width(node.base), scripts) if above_and_below else _width(node.base) + scripts + 0.1
    if isinstance(node, Fenced):
        return _width(node.body) + _fence(node, node.opening) + _fence(node, node.closing)
    if isinstance(node, Accent):
        return _width(node.body)
    return _table(node)


def _row(parts: tuple) -> float:
    total, after = 0.0, True  # a sign at the beginning, or after another one, is no operation
    for part in parts:
        sign = part.text if isinstance(part, Leaf) and part.kind == "sign" else ""
        space = 2 * (_THICK if sign in _RELATIONS else _MEDIUM) if sign in _BINARY | _RELATIONS and not after else 0.0
        after = sign in _BINARY | _RELATIONS | {"("}
        operator = isinstance(part, Leaf) and part.kind == "operator"
        comma = _THIN if sign == "," else 0.0
        total += _width(part) + space + comma + (_THIN if operator else 0.0)
    return total


def _leaf(leaf: Leaf) -> float:
    text = leaf.text
    if leaf.kind == "space":
        return 1.0 if len(text.strip()) == 0 and text != " " else 0.28
    if leaf.kind == "number":
        return 0.5 * len(text)
    if leaf.kind == "letter":
        return _WIDE_LETTERS.get(text, 0.86 if text.isupper() else 0.57)
    if leaf.kind == "sign":
        return _SIGNS.get(text, 0.78)
    if text in ("bigl", "bigr"):
        return 0.07  # what the bracket behind it is wider
    scale = 1.15 if leaf.kind.startswith("bold") else 1.0
    return scale * sum(_UPRIGHT.get(letter, 0.75 if letter.isupper() else 0.53) for letter in text)


def _fence(node: Fenced, delimiter: str) -> float:
    """Return the width of a delimiter, which grows with what it encloses."""
    if not delimiter:
        return 0.12
    tall = any(isinstance(part, (Fraction, Table, Fenced)) or _is_sum(part) for part in _parts(node.body))
    return (1.5 if tall else 1.0) * _SIGNS.get(delimiter, 0.5) + 0.04


def _is_sum(part: Node) -> bool:
    return isinstance(part, Scripts) and isinstance(part.base, Leaf) and part.base.text in "∑∏"


def _parts(node: Node) -> tuple:
    return node.parts if isinstance(node, Row) else (node,)


def _table(node: Table) -> float:
    columns = max(map(len, node.rows))
    widths = [max((_width(row[k]) for row in node.rows if k < len(row)), default=0.0) for k in range(columns)]
    return sum(widths) + (columns - 1) + 1.2


# -- lines that fit --------------------------------------------------------------------------------------------

_NESTING = re.compile(r"\\left\b|\\right\b|\\begin\{\w+\}|\\end\{\w+\}|\\.|[{}]| ([+-]) | ", re.DOTALL)


def _cut(latex: str, between: str) -> list[str]:
    """Return a formula in pieces: its terms, each with its sign, or its factors, as ``between`` says."""
    depth, start, found = 0, 0, []
    for match in _NESTING.finditer(latex):
        text = match[0]
        if text in ("\\left", "{") or text.startswith("\\begin"):
            depth += 1
        elif text in ("\\right", "}") or text.startswith("\\end"):
            depth -= 1
        elif depth == 0 and (match[1] is not None if between == "terms" else text == " "):
            found.append(latex[start : match.start()])
            start = match.start() + 1
    return [*found, latex[start:]]
# what stands between two factors or before a term belongs to what follows it
_JOINING = frozenset(["+", "-", "=", r"\cdot", r"\odot", r"\oslash", r"\otimes", r"\oplus", r"\ge", r"\le", r"\ne"])
# brackets, or a function with its own, and what may stand before them
_OPENED = re.compile(
    r"((?:[-+]\s?|\\(?:odot|oslash|otimes|cdot)\s|\\operatorname\{\w+\}(?:_\w)?|\\[a-z]+(?=\\left)|\\bigl\()*)\\left\("
)
_FENCE = re.compile(r"\\(left|right)\b.")


def in_lines(latex: str, first: float, room: float) -> list[str]:
    r"""Return a formula in lines: the first of at most ``first`` em, the others of ``room``, where that can be done.

    Sums are broken before a sign, and a product that is too long by itself before a factor, with a dot.
    """
    lines: list[str] = [""]
    for term in _cut(latex, "terms"):
        _append(lines, term, first, room)
    return lines


def _append(lines: list[str], term: str, first: float, room: float) -> None:
    """Put a term behind the last line where it fits, else on a line of its own, or on several."""
    if _joined(lines, term, first, room):
        return
    if lines[-1]:
        lines.append("")
    if _joined(lines, term, first, room):
        return
    factors = _factors(term)
    for place, factor in enumerate(factors):
        if _joined(lines, factor, first, room):
            continue
        parts = _in_brackets(factor) if width(factor) > room else None
        if parts is not None:
            _open(lines, parts, first, room)
        elif lines[-1] in ("", "+", "-"):
            lines[-1] = f"{lines[-1]} {factor}".strip()
        else:
            lines.append(factor if not place or factor.split(" ")[0] in _JOINING else rf"\cdot {factor}")


def _joined(lines: list[str], part: str, first: float, room: float) -> bool:
    """Put a part behind the last line where it fits there; return whether it did."""
    together = f"{lines[-1]} {part}".strip()
    fits = width(together) <= (first if len(lines) == 1 else room)
    if fits:
        lines[-1] = together
    return fits


def _open(lines: list[str], parts: tuple[str, str, str], first: float, room: float) -> None:
    """Write what stands in brackets over several lines; the brackets are of one size, since no pair may be parted."""
    before, inner, after = parts
    terms = _cut(inner, "terms")
    for place, term in enumerate(terms):
        opened = rf"{before}\bigl({term}" if place == 0 else term
        _append(lines, opened + (rf"\bigr){after}" if place == len(terms) - 1 else ""), first, room)


def _in_brackets(factor: str) -> tuple[str, str, str] | None:
    """Return what stands before, in and after the brackets of a factor or of a function, None without any."""
    start = _OPENED.match(factor)
    if start is None:
        return None
    depth = 0
    for match in _FENCE.finditer(factor, start.end()):
        depth += 1 if match[1] == "left" else -1
        if depth < 0:
            return start[1], factor[start.end() : match.start()], factor[match.end() :]
    return None


def _factors(term: str) -> list[str]:
    """Return the factors of a term, each with the sign of an operation or of a sum that stands before it."""
    found: list[str] = []
    open_sign = False
    for factor in _cut(term, "factors"):
        if open_sign:
            found[-1] += f" {factor}"
        else:
            found.append(factor)
        open_sign = factor in _JOINING or factor.startswith((r"\sum", r"\prod"))
    return found
