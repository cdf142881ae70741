"""A formula in Typst's mathematics, to be put between dollar signs."""

from __future__ import annotations

from .formula import ACCENTS, Accent, Fenced, Fraction, Leaf, Node, Root, Row, Scripts, Styled, Table, read_formula

_STYLES = {"bold": "bold", "upright": "upright", "double": "bb", "script": "cal", "sans": "sans", "italic": "italic",
           "bold italic": "bold", "operator": "upright", "text": "upright"}  # fmt: skip
_ACCENTS = {ACCENTS[word]: name for word, name in {
    "hat": "hat", "tilde": "tilde", "bar": "macron", "dot": "dot", "ddot": "dot.double", "vec": "arrow",
    "check": "caron", "breve": "breve", "acute": "acute", "grave": "grave",
}.items()}  # fmt: skip
_DELIMITERS = {"bmatrix": '"["', "pmatrix": '"("'}
# what would be a command, a separator of arguments or markup stands for itself behind a backslash
_ESCAPED = frozenset("\\#$&_^\"/;,@~*`")


def typst_text(latex: str) -> str:
    """Return, in Typst's mathematics, a formula that matcalc wrote in LaTeX.

    >>> print(typst_text(r"2 A^{\\top} \\left(A x - b\\right)"))
    2 A^(⊤) (A x − b)
    """
    return _row(read_formula(latex).parts, False)


def _row(parts: tuple, inside: bool) -> str:
    text = " ".join(written for part in parts if (written := _written(part, inside)))
    return "−" + text[2:] if text.startswith("− ") else text


def _written(node: Node, inside: bool) -> str:
    """Return the text of a node; ``inside``: it is an argument, where a bare comma would end it."""
    if isinstance(node, Row):
        return _row(node.parts, inside)
    if isinstance(node, Leaf):
        return _leaf(node, inside)
    if isinstance(node, Styled):
        return f"{_STYLES[node.style]}({_written(node.body, True)})"
    if isinstance(node, Fraction):
        return f"frac({_written(node.above, True)}, {_written(node.below, True)})"
    if isinstance(node, Root):
        return f"sqrt({_written(node.body, True)})"
    if isinstance(node, Accent):
        return f"accent({_written(node.body, True)}, {_ACCENTS[node.mark]})"
    if isinstance(node, Fenced):
        return _fenced(node)
    if isinstance(node, Scripts):
        below = "" if node.below is None else f"_({_written(node.below, False)})"
        above = "" if node.above is None else f"^({_written(node.above, False)})"
        return f"{_written(node.base, inside) or '#none'}{below}{above}"
    return _table(node)


def _leaf(leaf: Leaf, inside: bool) -> str:
    text = leaf.text
    if leaf.kind == "operator":
        return f'op("{text}")'
    if leaf.kind == "text" or leaf.kind == "upright" and len(text) > 1:
        return f'"{text}"'
    if leaf.kind == "space":
        return "thin"
    if leaf.kind in _STYLES:
        return f"{_STYLES[leaf.kind]}({text})"
    if text == "," and not inside:
        return ","
    return "".join("\\" + char if char in _ESCAPED else char for char in text)


def _fenced(node: Fenced) -> str:
    """Parentheses and brackets grow by themselves; other delimiters are told to."""
    body = _written(node.body, True)
    if (node.opening, node.closing) in (("(", ")"), ("[", "]")):
        return f"{node.opening}{body}{node.closing}"
    if (node.opening, node.closing) == ("‖", "‖"):
        return f"norm({body})"
    if (node.opening, node.closing) == ("|", "|"):
        return f"abs({body})"
    return f"lr({node.opening} {body} {node.closing})"


def _table(table: Table) -> str:
    rows = [[_written(cell, True) for cell in row] for row in table.rows]
    if table.kind == "cases":
        return "cases(" + ", ".join(" & ".join(row) for row in rows) + ")"
    if table.kind in _DELIMITERS:
        body = "; ".join(", ".join(row) for row in rows)
        return f"mat(delim: {_DELIMITERS[table.kind]}, {body})"
    return " \\ ".join(" & ".join(row) for row in rows)
