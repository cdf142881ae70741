r"""Surface tree to LaTeX: ``2 A^{\top} \left(A x - b\right)``.

Names are italic letters, as typed; a name of several letters is upright (``\mathrm{loss}``), trailing digits and what
follows an underscore are subscripts. The text is for math mode with amsmath, as in a notebook.
"""

from __future__ import annotations

import re

from ..language.syntax import Number, Tree
from .notation import GREEK, Fragment, Notation
from .templates import ANY, FACTOR

_COMMANDS = {"lam": r"\lambda", "lambda_": r"\lambda", "Lam": r"\Lambda"}
_TRAILING_DIGITS = re.compile(r"(?P<stem>.*?[A-Za-z])(?P<digits>\d+)")


def latex_text(tree, book, shapes=None, changes=None):
    r"""Return a surface tree in LaTeX, for math mode.

    ``shapes``: those of its names, as in declarations; without them the language's inference finds them. They
    decide which products are elementwise. ``changes`` maps the names of differentials to the names that they are the
    differentials of. Raises LimitError where the text would fill thousands of pages.

    >>> from matcalc.api import book_of
    >>> from matcalc.language.syntax import parse_tree
    >>> print(latex_text(parse_tree("x.T@A@x/n"), book_of(), {"A": ("n", "n"), "x": ("n", 1)}))
    \frac{x^{\top} A x}{n}
    """
    return LatexNotation(tree, book, shapes, changes).write()


def _letters(text: str) -> str:
    if text in GREEK:
        return _COMMANDS.get(text, "\\" + text)
    if len(text) == 1:
        return text
    return r"\mathrm{" + text.replace("_", r"\_") + "}"


class LatexNotation(Notation):
    """LaTeX's commands."""

    field = "latex"
    brackets = (r"\left(", r"\right)")
    dot = r" \cdot "
    hadamard = r" \odot "
    entrywise_quotient = r" \oslash "
    transposed = r"^{\top}"
    inverse, inverse_transposed = "^{-1}", r"^{-\top}"

    def name(self, text: str) -> str:
        if text == "inf":
            return r"\infty"
        if text in GREEK:
            return _letters(text)
        stem, *subscripts = [part for part in text.split("_") if part]
        match = _TRAILING_DIGITS.fullmatch(stem)
        if match:
            stem, subscripts = match["stem"], [match["digits"], *subscripts]
        scripts = ",".join(part if part.isdigit() else _letters(part) for part in subscripts)
        return _letters(stem) + ("_{" + scripts + "}" if scripts else "")

    def differential(self, name: str) -> str:
        return r"\mathrm{d}" + name

    def verbatim(self, text: str) -> str:
        return r"\mathrm{" + text.replace("_", r"\_") + "}"

    def fraction(self, numerator: int, denominator: int) -> Fragment:
        return Fragment([rf"\frac{{{numerator}}}{{{denominator}}}"], FACTOR, digit=True)

    def quotient(self, node):
        digit = isinstance(node.left, Number)
        pieces = [r"\frac{", (node.left, ANY, True), "}{", (node.right, ANY, True), "}"]
        return Fragment(pieces, FACTOR, digit=digit)

    def raised(self, exponent: Tree, entrywise: bool) -> list[str | tuple[Tree, int, bool]]:
        mark = r"\odot " if entrywise else ""
        if isinstance(exponent, Number):
            return ["^{" + mark + str(exponent.value) + "}"]
        return ["^{" + mark, (exponent, ANY, True), "}"]

    def lowered(self, node):
        return ["_{", (node, ANY, True), "}"]

    def function(self, node):
        name = node.function.replace("_", r"\_")
        pieces = [rf"\operatorname{{{name}}}", r"\left("]
        for index, arg in enumerate(node.args):
            pieces += [", "] if index else []
            pieces.append((arg, ANY, True))
        for keyword, value in node.keywords:
            pieces += [rf", \mathrm{{{keyword}}}=", (value, ANY, True)]
        return [*pieces, r"\right)"]
