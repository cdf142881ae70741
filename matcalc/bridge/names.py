"""The names of a SymPy expression: which can be read, and what is declared of them."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from ..algebra.expressions import Array, ArraySymbol, is_array
from ..errors import ConversionError
from .trees import declared_size

if TYPE_CHECKING:
    from ..rulebook.entries import Book

_NAME = re.compile(r"[A-Za-z][A-Za-z_0-9]*", re.ASCII)
_CONSTANTS = ("pi", "inf")
_KNOWN_FACTS = ("positive", "negative", "integer")


def can_be_a_name(text: str) -> bool:
    """Return whether a text can be a name in the language."""
    return bool(_NAME.fullmatch(text)) and not keyword.iskeyword(text) and text not in _CONSTANTS


class Names:
    """Collects the names with their shapes and facts, and refuses those that cannot be told apart."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.sizes = set()
        self.arrays = {}
        self.scalars = {}
        self.array_facts = {}

    def declarations(self) -> tuple[dict[str, tuple[int | str, ...]], dict[str, list[str]]]:
        """Return ({name: shape}, {name: facts}); a symbol that is also a size is a size."""
        scalars = {name: self._one(name, kinds) for name, kinds in self.scalars.items() if name not in self.sizes}
        for name in self.arrays:
            if name in scalars or name in self.sizes:
                other = "size" if name in self.sizes else "scalar"
                raise ConversionError(
                    f"'{name}' names both a matrix and a {other}",
                    hint=f"rename one of them: MatrixSymbol('{name}1', …)",
                )
        shapes = {**self.arrays, **dict.fromkeys(scalars, ())}
        facts = {name: sorted(words) for name, words in {**self.array_facts, **scalars}.items() if words}
        return shapes, facts

    def size(self, value: Expr) -> Expr:
        """Take note of a size, a SymPy expression of dimension names; return it."""
        for symbol in value.free_symbols:
            self.sizes.add(self._valid(symbol.name, "Symbol"))
        return value

    def index(self, value: Expr) -> Expr:
        """Take note of a bound of a slice, a SymPy expression of whole numbers and names; return it."""
        if value.is_Integer and value < 0:
            raise ConversionError(f"a slice cannot begin or end at {value}", hint="count from 0")
        for symbol in value.free_symbols:
            self._valid(symbol.name, "Symbol")
        return value

    def without_shape(self, name: str) -> str:
        """Take note of an array whose shape the language finds; return its name."""
        return self._valid(name, "IndexedBase")

    def matrix(self, name: str, shape: tuple[Expr, Expr], facts: tuple | frozenset = ()) -> str:
        """Take note of a named matrix of a shape (SymPy sizes); return its name."""
        self._valid(name, "MatrixSymbol")
        rows, cols = (declared_size(self.size(value)) for value in shape)
        declared = () if (rows, cols) == (1, 1) else (rows, cols)
        if self.arrays.setdefault(name, declared) != declared:
            raise ConversionError(f"two matrices of different shapes are called '{name}'", hint="rename one of them")
        self.array_facts.setdefault(name, set()).update(facts)
        return name

    def scalar(self, symbol: Symbol) -> str:
        """Take note of a scalar symbol; return its name. What SymPy assumes of it becomes facts."""
        name = self._valid(symbol.name, "Symbol")
        if symbol.is_real is False or not symbol.is_commutative:
            raise ConversionError(f"'{name}' is not a real number", hint=f"declare it as Symbol('{name}', real=True)")
        facts = frozenset(word for word in _KNOWN_FACTS if getattr(symbol, f"is_{word}"))
        self.scalars.setdefault(name, set()).add(facts)
        return name

    def _one(self, name: str, kinds: set[frozenset[str]]) -> frozenset[str]:
        """Return the facts of a scalar, of which all symbols of the name must agree."""
        if len(kinds) > 1:
            raise ConversionError(
                f"two symbols with different assumptions are called '{name}'",
                hint="SymPy counts them as two variables: rename one, or make them one",
            )
        return next(iter(kinds))

    def of_expression(self, nodes: list[Array]) -> None:
        """Take note of the names in nodes of our own classes."""
        for node in nodes:
            if isinstance(node, ArraySymbol):
                self.matrix(node.name, node.shape, node.facts)
            elif is_array(node):
                for value in node.shape:
                    self.size(value)
            elif isinstance(node, Symbol):
                self.scalar(node)

    def _valid(self, name: str, kind: str) -> str:
        if not can_be_a_name(name):
            fresh = "lam" if name == "lambda" else re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
            fresh = fresh if can_be_a_name(fresh) else "x1"
            raise ConversionError(f"'{name}' cannot be a name in the language", hint=f"rename it: {kind}('{fresh}', …)")
        if name != "e" and self.book.reserves(name):
            raise ConversionError(
                f"'{name}' is a function of the rule book and cannot name a {kind}",
                hint=f"rename it: {kind}('{name}1', …)",
            )
        return name
