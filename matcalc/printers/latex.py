r"""Surface tree to LaTeX: ``2 A^{\top} \left(A x - b\right)``.

Names are italic letters, as typed; a name of several letters is upright (``\mathrm{loss}``), trailing digits and what
follows an underscore are subscripts. The text is for math mode with amsmath, as in a notebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..language.nodes import IMAGINARY
from ..language.syntax import Binary, Call, Number, Tree
from .naming import Program, program_texts
from .notation import GREEK, Fragment, Notation
from .templates import ANY, ATOM, FACTOR, PRODUCT

if TYPE_CHECKING:
    from ..rulebook.entries import Book

_COMMANDS = {"ell": r"\ell", "lam": r"\lambda", "lambda_": r"\lambda", "Lam": r"\Lambda"}
ACCENTS = {word: rf"\{word}" for word in "hat tilde bar dot ddot check breve acute grave".split()}
# what has a comparison for its condition, and no indicator
_CHOICE = "where"
_SUM_SIGNS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
_RELATIONS = {"!=": r"\ne", "==": "=", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}
_JUXTAPOSED = re.compile(r"(?<=[\w)]) (?=[\w(])")
_TRAILING_DIGITS = re.compile(r"(?P<stem>.*?[A-Za-z])(?P<digits>\d+)")


def latex_text(tree, book, shapes=None, changes=None, spelled=None):
    r"""Return a surface tree in LaTeX, for math mode.

    ``shapes``: those of its names, as in declarations; without them the language's inference finds them. They
    decide which products are elementwise. ``changes`` maps the names of differentials to the names that they are the
    differentials of. ``spelled`` maps names to the way they are written where that is known. Raises LimitError where
    the text would fill thousands of pages.

    >>> from matcalc.api import book_of
    >>> from matcalc.language.syntax import parse_tree
    >>> print(latex_text(parse_tree("x.T@A@x/n"), book_of(), {"A": ("n", "n"), "x": ("n", 1)}))
    \frac{x^{\top} A x}{n}
    """
    return LatexNotation(tree, book, shapes, changes, spelled).write()


def latex_program(program: Program, book: Book, spelled: Mapping[str, str] | None = None) -> str:
    r"""Return a formula in named parts in LaTeX: 2 A^{\top} r, and below it where r = A x - b."""
    value, parts = program_texts(program, book, partial(latex_text, spelled=spelled))
    below = ", \\\\ & ".join(parts)
    return rf"\begin{{aligned}} & {value} \\ & \text{{where }} {below} \end{{aligned}}"


def with_marks(text, plain):
    r"""Return a text in LaTeX with a thin space where nothing else tells it from the language: A\, x."""
    if text == plain or "\\" in text or "^{" in text or "_{" in text:
        return text
    return _JUXTAPOSED.sub(r"\\, ", text, count=1)


def _letters(text: str) -> str:
    if text in GREEK or text in _COMMANDS:
        return _COMMANDS.get(text, "\\" + text)
    if len(text) == 1:
        return text
    return r"\mathrm{" + text.replace("_", r"\_") + "}"


def _subscripts(parts):
    scripts = ",".join(part if part.isdigit() else _letters(part) for part in parts)
    return "_{" + scripts + "}" if scripts else ""


class LatexNotation(Notation):
    """LaTeX's commands."""

    field = "latex"
    brackets = (r"\left(", r"\right)")
    dot = r" \cdot "
    hadamard = r" \odot "
    entrywise_quotient = r" \oslash "
    transposed, adjoint = r"^{\top}", r"^{\mathsf H}"
    inverse, inverse_transposed, inverse_adjoint = "^{-1}", r"^{-\top}", r"^{-\mathsf H}"
    unit = r"\mathrm{i}"

    def __init__(
        self,
        tree: Tree,
        book: Book,
        shapes: Mapping[str, tuple] | None = None,
        changes: Mapping[str, str] | None = None,
        spelled: Mapping[str, str] | None = None,
    ) -> None:
        self.given = spelled or {}
        super().__init__(tree, book, shapes, changes)

    def name(self, text: str) -> str:
        if text in self.given:
            return self.given[text]
        if text in ("inf", IMAGINARY):
            return r"\infty" if text == "inf" else self.unit
        if text in GREEK:
            return _letters(text)
        stem, *subscripts = [part for part in text.split("_") if part]
        if subscripts and subscripts[0] in ACCENTS:
            return self._accented(stem, subscripts)
        match = _TRAILING_DIGITS.fullmatch(stem)
        if match:
            stem, subscripts = match["stem"], [match["digits"], *subscripts]
        return _letters(stem) + _subscripts(subscripts)

    @staticmethod
    def _accented(stem, subscripts):
        r"""Return \hat{\beta} for beta_hat, with the other subscripts after it."""
        match = _TRAILING_DIGITS.fullmatch(stem)
        base, below = (match["stem"], [match["digits"]]) if match else (stem, [])
        return ACCENTS[subscripts[0]] + "{" + _letters(base) + "}" + _subscripts([*below, *subscripts[1:]])

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

    def _binary(self, node: Binary) -> Fragment:
        """A sum, a product or a quotient; a column is spread over a matrix by a product with a row of ones."""
        entrywise = node.op in "+-" or node.op in "*/" and not self._is_scalar(node.left)
        if not entrywise or self._is_scalar(node.right):
            return super()._binary(node)
        left, right = self._spread(node, node.left), self._spread(node, node.right)
        fragment = super()._binary(node)
        if left or right:
            fragment.pieces = [*(left or fragment.pieces[:1]), *fragment.pieces[1:-1], *(right or fragment.pieces[-1:])]
        return fragment

    def _spread(self, node: Binary, operand: Tree) -> list:
        """Return the pieces of an operand that is a column or a row beside a matrix, [] of any other."""
        (rows, cols), (own_rows, own_cols) = self.shapes[id(node)], self.shapes[id(operand)]
        if (own_rows, own_cols) == (rows, cols) or self._is_scalar(operand):
            return []
        column = own_cols == "1" != cols and own_rows == rows
        if not column and not (own_rows == "1" != rows and own_cols == cols):
            return []
        leads = node.op in "+-" and operand is node.left
        pieces: list = [r"\mathbf{1} ", (operand, FACTOR, False)]
        if column:
            pieces = [(operand, PRODUCT, leads), r" \mathbf{1}^{\top}"]
        return pieces if node.op in "+-" else [self.brackets[0], *pieces, self.brackets[1]]

    def _call(self, node: Call) -> Fragment:
        r"""A call; a comparison is its indicator, \mathbf{1}\left[x > y\right], but in the cases of a choice."""
        if node.function == _CHOICE and self._is_comparison(node.args[0]):
            node = replace(node, args=(self._without_indicator(node.args[0]), *node.args[1:]))
        fragment = super()._call(node)
        if self._is_comparison(node):
            return Fragment([r"\mathbf{1}\left[", *fragment.pieces, r"\right]"], ATOM, bars=fragment.bars)
        return fragment

    def _is_comparison(self, node: Tree) -> bool:
        rules = self.book.overloads(node.function) if isinstance(node, Call) else []
        return any(rule.relation and rule.latex for rule in rules)

    def _without_indicator(self, node: Tree) -> Tree:
        """Return a comparison, as a node of its own, that is written as such."""
        bare = replace(node)
        fragment = self.fragments[id(node)]
        self.shapes[id(bare)] = self.shapes[id(node)]
        self.fragments[id(bare)] = Fragment(fragment.pieces[1:-1], ANY, bars=fragment.bars)
        return bare

    def raised(self, exponent: Tree, entrywise: bool) -> list[str | tuple[Tree, int, bool]]:
        mark = r"\odot " if entrywise else ""
        if isinstance(exponent, Number):
            return ["^{" + mark + str(exponent.value) + "}"]
        return ["^{" + mark, (exponent, ANY, True), "}"]

    def lowered(self, node):
        return ["_{", (node, ANY, True), "}"]

    sums = _SUM_SIGNS
    relations = _RELATIONS

    def sum_sign(self, function: str, below: list, last: Tree) -> list:
        sign = self.sums.get(function, rf"\operatorname{{{function}}}")
        return [sign, "_{", *below, "}^{", (last, ANY, True), "} "]

    def subscripted(self, operand, inner):
        r"""\left[x\right]_{i}, which no name with a subscript is mistaken for; places count from 0."""
        pieces = [piece.replace(", ", ",") if isinstance(piece, str) else piece for piece in inner]
        return Fragment([r"\left[", (operand, ANY, True), r"\right]_{", *pieces, "}"], ATOM)

    def listed(self, parts):
        return [piece for part in parts for piece in (" & ", part)][1:]

    def arranged(self, node):
        """A matrix in brackets: signs part the columns, and double backslashes the rows."""
        sign = " & " if node.function == "hstack" else r" \\ "
        pieces = [piece for arg in node.args for piece in (sign, (arg, ANY, True))][1:]
        return [r"\begin{bmatrix} ", *pieces, r" \end{bmatrix}"]

    def function(self, node):
        name = node.function.replace("_", r"\_")
        if [keyword for keyword, _ in node.keywords] == ["axis"]:
            pieces = [rf"\operatorname{{{name}}}_{node.keywords[0][1].value}", r"\left("]
            node = replace(node, keywords=())
        else:
            pieces = [rf"\operatorname{{{name}}}", r"\left("]
        for index, arg in enumerate(node.args):
            pieces += [", "] if index else []
            pieces.append((arg, ANY, True))
        for keyword, value in node.keywords:
            pieces += [rf", \mathrm{{{keyword}}}=", (value, ANY, True)]
        return [*pieces, r"\right)"]
