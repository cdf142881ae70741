"""Several expressions read with one set of shapes, each error in the text that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sympy import Expr

from ..algebra.build import build
from ..algebra.expressions import ONE
from ..answers.book import book_of
from ..answers.complex_variable import refuse_complex
from ..answers.expression import Expression
from ..answers.findings import Part
from ..answers.functions import book_with_functions
from ..answers.given import known_declarations
from ..answers.shown import presenter_of
from ..errors import MatcalcError, Span, UnknownNameError
from ..language.nodes import Binary, Call, Name, Number, Tree
from ..language.syntax import names, parse_tree
from ..language.unparse import unparse
from ..readers import translate
from ..rulebook.entries import Book
from ..shapes.elaborate import Elaborated, elaborate, symbol_of
from ..words import known_text

_NOWHERE = Span(0, 0)


@dataclass(frozen=True)
class Together:
    """Texts in the language with their trees, and what was found out about all their names."""

    texts: tuple[str, ...]
    trees: tuple[Tree, ...]
    elaborated: Elaborated
    book: Book

    def expression(self, number: int) -> Expr:
        """Return the expression of one of the texts."""
        return build(self.trees[number], self.env, self.book)

    @property
    def env(self) -> dict[str, Expr]:
        """What the names stand for."""
        return {**self.elaborated.sizes, **self.elaborated.symbols}

    def symbol(self, name: str, number: int = 0) -> Expr:
        """Return the symbol of a name; raises UnknownNameError, pointing at one of the texts."""
        if name not in self.elaborated.symbols:
            known = ", ".join(self.elaborated.symbols)
            hint = f"one of {known}" if known else None
            raise UnknownNameError(f"no variable '{name}' in the expression", source=self.texts[number], hint=hint)
        return self.elaborated.symbols[name]

    def with_names(self, shapes: dict[str, tuple[Expr, Expr]]) -> Together:
        """Return the same with further names, of these (rows, columns)."""
        whole = self.elaborated
        symbols = {name: symbol_of(name, shape, frozenset()) for name, shape in shapes.items()}
        order = {**whole.order, **{name: len(whole.order) + i for i, name in enumerate(shapes)}}
        found = replace(
            whole, shapes={**whole.shapes, **shapes}, symbols={**whole.symbols, **symbols}, order=order
        )
        return replace(self, elaborated=found)

    def fresh(self, *wanted: str) -> str:
        """Return the first of some names that nothing has, or the last of them with a number."""
        taken = {*self.elaborated.shapes, *self.elaborated.sizes, *self.elaborated.size_letters}
        numbered = (f"{wanted[-1]}{number}" for number in range(1, len(taken) + 2))
        return next(name for name in (*wanted, *numbered) if name not in taken)

    def part(self, name: str, value: Expr, signs: tuple[str, str, str] = ("", "", ""), sign: str = "=") -> Part:
        """Return a part of an answer about the texts."""
        plain = replace(self.elaborated, expression=value)
        text = unparse(presenter_of(plain).tree(value))
        kept = names(parse_tree(text))
        known = replace(
            plain,
            text=text,
            tree=parse_tree(text),
            shapes={n: shape for n, shape in plain.shapes.items() if n in kept} or plain.shapes,
            facts={n: words for n, words in plain.facts.items() if n in kept},
        )
        return Part(name, Expression(known, self.book), *signs, sign)


class Asked(NamedTuple):
    """A text and what :func:`read_together` takes beside it, in its order."""

    text: str
    shapes: dict[str, tuple] | None
    assume: dict[str, list[str]] | None
    rules: object
    syntax: str | None


def asked(
    expr: object,
    shapes: dict[str, tuple] | None,
    assume: dict[str, list[str]] | None,
    rules: object,
    syntax: str | None,
) -> Asked:
    """Return the text of a text or an Expression, and the declarations to read it with; raises ArgumentError."""
    known_declarations(shapes, assume, syntax)
    if not isinstance(expr, Expression):
        return Asked(known_text(expr, "an expression", '"x.T@A@x"'), shapes, assume, rules, syntax)
    before = expr.elaborated
    facts = {name: list(words) for name, words in before.facts.items()}
    return Asked(expr.text, {**before.declared, **(shapes or {})}, {**facts, **(assume or {})}, rules, "matcalc")


def read_together(
    texts: Sequence[str | tuple[str, str]],
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
    links: Sequence[tuple[int, str]] = (),
) -> Together:
    """Return texts read together; a pair (left, right) is their difference.

    ``links``: pairs (number, name) of texts that have the shape of a name. Raises what reading one of them raises.
    """
    known_declarations(shapes, assume, syntax)
    for item in texts:
        for text in item if isinstance(item, tuple) else (item,):
            known_text(text, "an expression", '"x.T@A@x"')
    whole_text = " ".join(text for item in texts for text in ((item,) if isinstance(item, str) else item))
    book, offset, trees, shown = book_with_functions(book_of(rules), whole_text), 0, [], []
    for item in texts:
        sides = []
        for text in (item,) if isinstance(item, str) else item:
            found = translate(text, book, syntax, shapes)
            shapes = {**(found.shapes or {}), **(shapes or {})}
            assume = {**(found.assume or {}), **(assume or {})}
            sides.append(parse_tree(" " * offset + found.text))
            shown.append((offset, found.text))
            offset += len(found.text) + 1
        trees.append(_difference(sides))
    linked = [Binary("-", trees[number], Name(name, _NOWHERE), trees[number].span) for number, name in links]
    whole: Tree | None = None
    for tree in (*trees, *linked):
        total = Call("sum", (tree,), (), tree.span)
        whole = total if whole is None else Binary("+", whole, total, _NOWHERE)
    try:
        elaborated = elaborate("", book, shapes, assume, whole)
        refuse_complex(elaborated)
    except MatcalcError as error:
        raise _placed(error, shown) from None
    told = tuple(item if isinstance(item, str) else f"{item[0].strip()} - ({item[1].strip()})" for item in texts)
    return Together(told, tuple(trees), elaborated, book)


def _difference(sides: list[Tree]) -> Tree:
    if len(sides) == 1 or isinstance(sides[1], Number) and sides[1].value == 0:
        return sides[0]
    return Binary("-", sides[0], sides[1], Span(sides[0].span.start, sides[1].span.end))


def _placed(error: MatcalcError, shown: list[tuple[int, str]]) -> MatcalcError:
    """Let an error of the whole point into the text that it is about."""
    error.source = None
    if error.span is None or error.span.end == 0:
        error.span = None
        return error.at(shown[0][1])
    start, text = next(pair for pair in reversed(shown) if pair[0] <= error.span.start)
    error.span = Span(error.span.start - start, error.span.end - start)
    return error.at(text)


def is_scalar(shape: tuple[Expr, Expr]) -> bool:
    """Return whether a (rows, columns) is that of a number."""
    return shape == (ONE, ONE)
