r"""Index notation in Unicode and in LaTeX: Σₖ Aᵢₖ xₖ, \sum_{k} A_{ik} x_{k}."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ..language.indexed import Apply, Axis, Delta, Entry, IndexTree, Moved, Plus, Product, Raised, Total, axis_text
from ..language.relations import SIGNS
from ..language.syntax import Call, Name, Tree
from ..language.unparse import ATOM, POWER, PRODUCT, SUM, precedence
from .latex import latex_text
from .unicode import unicode_text

if TYPE_CHECKING:
    from ..rulebook.entries import Book

_LOWERED = dict(zip("aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉"))
_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
_PLACEHOLDERS = ("\ue000", "\ue001", "\ue002")  # for private use: they are in no name
_MINUS = 1.5  # between a sum and a product

Piece = tuple[str, float]


class _Writer(ABC):
    """Writes index trees; a subclass says how the signs are spelled."""

    join, brackets, minus = " ", ("(", ")"), "-"

    def __init__(self, book: Book, shapes: dict, sizes: dict[str, Tree]) -> None:
        self.book, self.shapes, self.sizes = book, shapes, sizes

    @abstractmethod
    def plain(self, tree: Tree) -> str:
        """Return a surface tree of the language."""

    @abstractmethod
    def lowered(self, text: str, axes: Sequence[Axis]) -> str:
        """Return a text with indices."""

    @abstractmethod
    def sign(self, letters: Sequence[str]) -> str:
        """Return the sign of a sum over letters."""

    @abstractmethod
    def power(self, base: Piece, exponent: IndexTree) -> Piece:
        """Return a power."""

    @abstractmethod
    def fraction(self, above: list[str], below: list[str]) -> Piece:
        """Return a fraction of two products."""

    def bracketed(self, piece: Piece, least: float) -> str:
        return piece[0] if piece[1] >= least else f"{self.brackets[0]}{piece[0]}{self.brackets[1]}"

    def write(self, node: IndexTree) -> Piece:
        """Return (text, how tightly its outermost sign binds)."""
        if isinstance(node, Entry):
            text = self.plain(node.tree)
            if not node.axes:
                return text, ATOM if isinstance(node.tree, (Name, Call)) else precedence(node.tree)
            closed = isinstance(node.tree, Name) or self._is_call(text, node.tree)
            return self.lowered(text if closed else self.bracketed((text, SUM), ATOM), node.axes), ATOM
        if isinstance(node, Delta):
            return self.lowered(self.delta, [(node.left,), (node.right,)]), ATOM
        if isinstance(node, Raised):
            return self.power(self.write(node.base), node.exponent)
        if isinstance(node, Apply):
            return self._applied(node), ATOM
        if isinstance(node, Total):
            return f"{self.sign(node.letters)} {self.bracketed(self.write(node.body), PRODUCT)}", PRODUCT
        return self._product(node) if isinstance(node, Product) else self._sum(node)

    delta = "δ"

    def _is_call(self, text: str, tree: Tree) -> bool:
        """Return whether a text is a function's name with its arguments in brackets, which needs none around it."""
        front = isinstance(tree, Call) and tree.function in text[: len(tree.function) + len(r"\operatorname{}")]
        return front and text.endswith(self.brackets[1])

    def _applied(self, node: Apply) -> str:
        names = tuple(Name(name) for name in _PLACEHOLDERS[: len(node.args)])
        # a condition is no number that a name could stand for
        given = tuple(_condition(arg) or name for name, arg in zip(names, node.args))
        text = self.plain(Call(node.function, given))
        for name, arg in zip(names, node.args):
            if _condition(arg) is not None:
                continue
            mark = self.plain(name)
            before = text[: text.index(mark)].rstrip()[-1:]
            text = text.replace(mark, self.bracketed(self.write(arg), SUM if before in ("(", "{", "|", ",") else ATOM))
        return text

    def _product(self, node: Product) -> Piece:
        pieces = [self.write(factor) for factor in node.factors]
        above = [self.bracketed(piece, PRODUCT) for piece in pieces]
        for place, factor in enumerate(node.factors[:-1]):
            if isinstance(factor, Total):
                above[place] = self.bracketed(pieces[place], ATOM)
        below = [self.bracketed(self.write(factor), PRODUCT + 1) for factor in node.below]
        size = abs(node.number)
        if size.numerator != 1 or not above:
            above.insert(0, str(size.numerator))
        if size.denominator != 1:
            below.insert(0, str(size.denominator))
        text, level = self.fraction(above, below) if below else (self.join.join(above), PRODUCT)
        if not below and len(above) == 1 and len(pieces) == 1:
            level = pieces[0][1]
        return (f"{self.minus}{text}", _MINUS) if node.number < 0 else (text, level)

    def _sum(self, node: Plus) -> Piece:
        if not node.terms:
            return "0", ATOM
        first, *others = [self.bracketed(self.write(term), _MINUS) for term in node.terms]
        signed = [f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in others]
        return first + "".join(signed), SUM if others else PRODUCT


class _Unicode(_Writer):
    def plain(self, tree: Tree) -> str:
        return unicode_text(tree, self.book, self.shapes)

    def lowered(self, text: str, axes: Sequence[Axis]) -> str:
        letters = "".join(str(axis[0]) for axis in axes)
        if all(len(axis) == 1 and len(str(axis[0])) == 1 for axis in axes) and all(x in _LOWERED for x in letters):
            return text + "".join(_LOWERED[letter] for letter in letters)
        return f"{text}[{','.join(axis_text(axis, self.sizes) for axis in axes)}]"

    def sign(self, letters: Sequence[str]) -> str:
        if all(letter in _LOWERED for letter in letters):
            return "Σ" + "".join(_LOWERED[letter] for letter in letters)
        return f"Σ[{','.join(letters)}]"

    def power(self, base: Piece, exponent: IndexTree) -> Piece:
        text, _ = self.write(exponent)
        if all(character in _RAISED for character in text):
            return self.bracketed(base, ATOM) + "".join(_RAISED[character] for character in text), POWER
        return f"{self.bracketed(base, ATOM)}^({text})", POWER

    def fraction(self, above: list[str], below: list[str]) -> Piece:
        bottom = " ".join(below)
        return f"{' '.join(above)} / {bottom if len(below) == 1 else f'({bottom})'}", PRODUCT


def _condition(node: IndexTree) -> Tree | None:
    """Return a comparison that stands in index notation, None for all else."""
    if not isinstance(node, Entry) or not isinstance(node.tree, Call):
        return None
    return node.tree if node.tree.function in SIGNS else None


class _Latex(_Writer):
    brackets = (r"\left(", r"\right)")
    delta = r"\delta"

    def plain(self, tree: Tree) -> str:
        return latex_text(tree, self.book, self.shapes)

    def lowered(self, text: str, axes: Sequence[Axis]) -> str:
        separator = "" if all(len(axis) == 1 and not isinstance(axis[0], Moved) for axis in axes) else ","
        front = text if "_" not in text and "^" not in text or text.endswith(r"\right)") else f"{{{text}}}"
        return f"{front}_{{{separator.join(axis_text(axis, self.sizes) for axis in axes)}}}"

    def sign(self, letters: Sequence[str]) -> str:
        return rf"\sum_{{{','.join(letters)}}}"

    def power(self, base: Piece, exponent: IndexTree) -> Piece:
        return f"{self.bracketed(base, ATOM)}^{{{self.write(exponent)[0]}}}", POWER

    def fraction(self, above: list[str], below: list[str]) -> Piece:
        return rf"\frac{{{' '.join(above)}}}{{{' '.join(below)}}}", PRODUCT


def index_unicode(node: IndexTree, book: Book, shapes: dict, sizes: dict[str, Tree]) -> str:
    """Return an index tree in Unicode; ``shapes``: those of the names, ``sizes``: those of the letters."""
    return _Unicode(book, shapes, sizes).write(node)[0]


def index_latex(node: IndexTree, book: Book, shapes: dict, sizes: dict[str, Tree]) -> str:
    """Return an index tree in LaTeX."""
    return _Latex(book, shapes, sizes).write(node)[0]


def left_side(
    function: tuple[str, Sequence[Axis]],
    variables: Sequence[tuple[str, Sequence[Axis]]],
    along: Sequence[str],
    sizes: dict[str, Tree],
    kind: str,
) -> str:
    """Return ∂²f/∂x[i]∂x[j]: what the index form is equal to; ``kind``: "text", "unicode" or "latex"."""
    written = [_named(name, axes, sizes, kind) for name, axes in (function, *variables)]
    d, order = {"text": "d", "unicode": "∂", "latex": r"\partial "}[kind], len(variables) + len(along)
    runs = [(name, len(list(run))) for name, run in groupby(written[1:])]
    below = "".join(f"{d}{name}{_power(count, kind)}" for name, count in runs)
    suffix = f"[{', '.join(along)}]" if along else ""
    if kind == "latex":
        return rf"\frac{{\partial{_power(order, kind)} {written[0]}}}{{{below}}}{suffix}"
    return f"{d}{_power(order, kind)}{written[0]}/{below}{suffix}"


def _power(order: int, kind: str) -> str:
    if order == 1:
        return ""
    return {"text": str(order), "unicode": _RAISED[str(order)], "latex": f"^{{{order}}}"}[kind]


def _named(name: str, axes: Sequence[Axis], sizes: dict[str, Tree], kind: str) -> str:
    flat = [str(letter) for axis in axes for letter in axis]
    if not axes:
        return latex_text(Name(name), None, {name: ()}) if kind == "latex" else name
    if kind == "unicode" and len(flat) == len(axes) and all(letter in _LOWERED for letter in flat):
        return name + "".join(_LOWERED[letter] for letter in flat)
    texts = [axis_text(axis, sizes) for axis in axes]
    if kind == "latex":
        return f"{latex_text(Name(name), None, {name: ()})}_{{{('' if len(flat) == len(axes) else ',').join(texts)}}}"
    return f"{name}[{','.join(texts)}]"


